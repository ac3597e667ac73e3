"""What a simulation found: the class `Ensemble`, and what is made of one.

`data` is the data class, with its probabilities; `summary` shows it as text and as a forecast
record, `frames` as data frames, and `saved` writes it to a result folder; `ensemble` joins them to
the class that users get, and puts one together from chunks; `opening` does from a result folder.
It may import from store, runs and the rooms above these. Begin with `data`.
"""
