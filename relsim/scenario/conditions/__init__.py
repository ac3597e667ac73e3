"""Conditions as data: when a run meets an outcome, as a file writes it.

`conditions` has the operators and `operands` what stands inside them; `meetable` finds what no run
could meet. How they are evaluated stands in `relsim.worlds.monitors`. It may import from errors and
the base of the schema. Begin with `conditions`.
"""
