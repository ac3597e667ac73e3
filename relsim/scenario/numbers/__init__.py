"""Numbers that may be uncertain: values with a unit and a source, drawn by inverse functions.

`notation` reads how a number is written, `distributions` has the kinds of distributions, `values`
what the schema declares. It may import from errors and brief. Begin with `values`.
"""
