"""Conditions as data: when a run meets an outcome, as a file writes it.

`conditions` has the operators and `operands` what stands inside them; `windows` says at which days
they look, and finds what no run could meet. How they are evaluated stands in
`relsim.worlds.monitors`. It may import from errors and the fields of a scenario. Begin with
`conditions`.
"""
