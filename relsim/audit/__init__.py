"""Where a scenario's numbers come from, and which of them move anything.

`sources` lists claims, sources and reasons, and what is missing; `influence` shifts each parameter
far and says which change no record of any run. It may import from runs and the rooms above it;
commands import from it. Begin with `sources`.
"""
