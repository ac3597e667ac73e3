"""Variants against a baseline, paired run by run by common random numbers.

`attribution` shares a difference out to the lines that a variant changes (Shapley values), `table`
has the rows of a comparison. It may import from simulate and the rooms above it, and from
`relsim.inference.paired_runs`. Begin with `compare`.
"""
