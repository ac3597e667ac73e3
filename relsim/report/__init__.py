"""A result as one self-contained HTML page, to hand over.

`reporting` makes and writes it, `sections` lists what it says and where its data come from, and
``templates`` hold how it looks. How to add a section stands at the head of `sections`. The room may
import from plots and all rooms above; of rooms only cli imports from it. Begin with `sections`.
"""
