"""Words of likelihood into numbers: published lexicons, and what readers were found to mean.

`terms` holds the lexicons, `phrases` finds a phrase in one, `meaning` makes a distribution of a
probability of it. It may import errors and the files above it in the list of rooms. Begin with
`phrases`.
"""
