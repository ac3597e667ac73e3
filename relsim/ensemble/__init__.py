"""What a simulation found: the class `Ensemble`, and what is made of one.

`ensemble` is the data class, with its probabilities; `gathering` puts one together from the parts
of chunks; `table`, `frames` and `record` show it as text, data frames and a forecast record;
`saved` writes and opens result folders. It may import from store, runs and the rooms above these.
Begin with `ensemble`.
"""
