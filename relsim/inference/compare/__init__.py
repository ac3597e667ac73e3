"""Variants against a baseline, paired run by run by common random numbers.

`paired_runs` simulates scenarios on the same draws and random streams, `attribution` shares a
difference out to the lines that a variant changes (Shapley values), `comparison` is the result and
`table` its rows. It may import from simulate and the rooms above it. Begin with `compare`.
"""
