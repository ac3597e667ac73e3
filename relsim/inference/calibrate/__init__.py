"""Draws that learn from evidence: an author's forecasts, or a record of moves.

On forecasts: `forecasts` sets what was said beside what the draws say, `weights` has the
likelihood, `calibration` is the result and its tables. On a record: `past` makes the scenario that
is led along it, `coordinates` says which parameters can learn, `record_likelihood` weighs draws by
a nested filter, `history` lays out years and events, `weighing` weighs draws by record and
forecasts, `tempering` moves draws from prior to posterior by `block_moves` around Gaussians of
`gaussians`, and `tempering_file` keeps where it stands, `learning` is the result and its tables.
`posterior_file` writes a scenario that draws from the posterior. It may import from simulate and
the rooms above it. Begin with `calibration`, or with `learning`.
"""
