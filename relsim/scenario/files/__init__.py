"""Scenario files: found, read, extended, changed and written, with every problem at its place.

`parsing` keeps line and column of each entry, `extending` merges a variant into what it extends,
`settings` changes single numbers, `problems` says in the file's words what the schema found. It may
import from errors, numbers and the schema. Begin with `reading`.
"""
