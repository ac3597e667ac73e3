"""One run simulated again, in words: what happened, why, and why each outcome came about.

`one_run` simulates the run, `run_record` has the classes that say what happened in it, `happenings`
reads its log, `reasons` asks why it met an outcome or not, `divergence` sets it beside the same run
with one move changed, `text` writes it. It may import from simulate, ensemble and the rooms above
these. Begin with `replay`.
"""
