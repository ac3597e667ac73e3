"""What is asked: a scenario, validated and frozen, with no arrays in it.

The schema stands in `schema`, `actors`, `world`, `catalogue` and `outcomes`; what spans sections in
`checks`. Rooms of its own: `numbers` (values with units), `conditions` (when a run meets an
outcome), `files` (YAML with positions), `diff` (two scenarios, line by line). It may import from
cameo, lexicons and errors. Begin with `schema`.
"""
