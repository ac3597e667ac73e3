"""Draws weighted by how well they fit an author's forecasts, and the posterior as a file.

`forecasts` sets what was said beside what the draws say, `weights` has the likelihood,
`calibration` is the result and its tables, and says how far the parameters move; `posterior_file`
writes a scenario that draws from the posterior. `tempering` draws from the posterior of any
likelihood by the moves of `block_moves`, and `tempering_file` keeps where it stands. It may import
from simulate and the rooms above it. Begin with `calibration`.
"""
