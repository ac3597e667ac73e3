"""Scenario files: found, read, extended, changed and written, with every problem at its place.

`parsing` keeps line and column of each entry, `extending` merges a variant into what it extends,
`settings` changes single entries, `problems` says in the file's words what a schema found,
`joint_draws` reads the draws beside a scenario. Which schema it is, the caller says: it may import
from errors and the fields of a scenario, not from its sections. Begin with `reading`.
"""
