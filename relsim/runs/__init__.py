"""How runs are made: how an ensemble is cut into chunks, and who simulates them.

`plan` says what to simulate, `engine` simulates chunks side by side, `chunk_result` is what comes
back, `workers` share chunks out to processes, `jobs` many ensembles to one pool. It may
import from processes and the rooms above it. Begin with `engine`.
"""
