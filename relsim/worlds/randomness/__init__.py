"""Random numbers by name: the draws of the parameters, and the streams of the runs.

A number depends on seed, name, chunk and tick alone, so that runs can be simulated in any order and
two scenarios share the chance of each run. Nobody else makes a generator; a test refuses it.
`draws` is a Latin hypercube, `streams` is what processes draw from. It may import from scenario,
for draws that stand in a file. Begin with `streams`.
"""
