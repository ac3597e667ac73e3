"""Words of likelihood into numbers: published lexicons, and what readers were found to mean."""
