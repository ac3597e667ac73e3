"""The lines in which two scenarios differ, and the scenarios that lie between them.

`lines` compares entries, names each difference, and makes scenarios with some of them.
It may import from the schema and numbers. Begin with `lines`.
"""
