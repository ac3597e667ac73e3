"""A small ensemble to store: all that a result can hold, in few bytes."""

from __future__ import annotations

from functools import lru_cache

from relsim.ensemble.ensemble import Ensemble
from relsim.scenario.schema import load
from relsim.simulate import simulate
from tests.properties.comparing import shortened


@lru_cache(maxsize=1)
def small() -> Ensemble:
    """The baseline until the end of July 2021, 256 runs over 64 draws."""
    return simulate(shortened(load("us-russia-2021"), "2021-07-31"), runs=256, draws=64, seed=3)
