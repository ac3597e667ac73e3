"""What is asked: a scenario, validated and frozen, with no arrays in it.

Its sections stand in `actors`, `world` and `catalogue`, what spans them in `checks`, the whole and
how it is loaded in `schema`; `canonical` is its JSON and hash, `diff` finds the lines in which two
scenarios differ. Below are the sub-rooms `fields` (what a section's entries hold), `conditions`
(when a run meets an outcome) and `files` (YAML with positions), each of which imports from those
before it alone. It may import from cameo, lexicons and errors. Begin with `schema`.
"""
