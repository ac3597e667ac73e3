"""What the fields of a scenario's sections hold: names, dates, and numbers that may be uncertain.

`section` is the base class of all sections, `notation` reads how a number is written, `values` is
what the schema declares, `distributions` has the kinds of distributions. It may import from errors
and brief. Begin with `values`.
"""
