"""Keeping score: frozen forecasts beside what happened, and the ledger that keeps both.

`scoring_rules` are the scores, `frozen` reads forecast records, `resolutions` and `crowds` what a
person writes, `references` makes the forecasts that any other has to beat. `scoring` puts them
together, `corp` says whether probabilities mean what they say, `ledger` keeps records and
resolutions in a chain. It may import from history, ensemble and the rooms above these.
"""
