"""The lines in which two scenarios differ, and the scenarios that lie between them.

`entries` compares plain data, `lines` names each difference and makes scenarios with some of them.
It may import from the schema and numbers. Begin with `lines`.
"""
