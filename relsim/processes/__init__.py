"""What happens in a term: each process is a SimPy generator over the arrays of all runs.

Actors review and move (`actor`, `making`, `effects`); talks, treaties, sanctions, projects,
domestic politics, the escalation ladder and shocks go on beside them; `recorder` writes the weekly
series; `recorded` leads all runs along a record of moves. `term` begins them all. They may import
from scenario, worlds and rules, and know nothing of chunks, workers or files. Begin with `term`,
then `domestic`, the shortest process.
"""
