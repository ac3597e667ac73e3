"""What a simulation found: the class `Ensemble`, and what is made of one.

`data` is the data class, with its probabilities; `table`, `frames` and `forecast_record` show it as
text, data frames and a forecast record, and `saved` writes it to a result folder; `ensemble` joins
them to the class that users get; `gathering` puts one together from chunks, and `opening` from a
result folder. It may import from store, runs and the rooms above these. Begin with `data`.
"""
