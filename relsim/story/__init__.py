"""One run simulated again, in words: what happened, why, and why each outcome came about.

`one_run` simulates the run, `happenings` reads its log, `reasons` asks why it met an outcome or
not, `wording` has the names of deeds, dates and conditions; `story` is the result, its text, and
what differs if one move is changed. It may import from simulate, ensemble and the rooms above
these. Begin with `replay`.
"""
