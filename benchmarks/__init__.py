"""Benchmarks: ratios within one run, never a timed test. `make bench` runs them all."""
