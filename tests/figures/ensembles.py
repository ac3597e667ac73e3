"""Ensembles to draw: a small simulated one, and one whose outcomes are planted."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from relsim.ensemble.ensemble import Ensemble
from relsim.scenario.schema import load
from relsim.simulate import simulate

LONG = (
    "A question whose title needs line after line, as titles do that name both governments, "
    "$5 or $6 billion of sanctions and Donaudampfschifffahrtsgesellschaftsvertragsunterzeichnung"
)
SHARES = (0.0, 1e-3, 0.004, 0.01, 0.03, 0.08, 0.2, 0.35, 0.5, 0.6, 0.75, 0.9, 0.99, 0.9997, 1.0)
FAILED = slice(40, 43)


@lru_cache(maxsize=1)
def simulated() -> Ensemble:
    """The packaged baseline, 4,096 runs over 128 draws."""
    return simulate(load("us-russia-2021"), runs=4096, draws=128, seed=3)


@lru_cache(maxsize=1)
def planted() -> Ensemble:
    """Fifteen outcomes of chosen probability, some with long titles; three runs failed.

    The draws differ, the later half of a probability comes in the later half of the term, and the
    last outcome comes about on the last day of each run.
    """
    base = simulated()
    random = np.random.default_rng(7)
    days = (base.scenario.horizon.end - base.scenario.horizon.start).days
    of_draw = random.beta(0.8, 0.8, base.draws)[base.draw_of_run]
    first_day = np.full((len(SHARES), base.runs), -1, dtype=np.int16)
    for row, share in zip(first_day, SHARES, strict=True):
        chance = np.where(share > 0.5, 1 - 2 * (1 - share) * of_draw, 2 * share * of_draw)
        hit = random.random(base.runs) < chance
        row[hit] = random.integers(80, days, int(hit.sum()))
    first_day[-1] = days - 1
    first_day[:, FAILED] = -2
    outcome = next(iter(base.scenario.outcomes.values()))
    outcomes = {
        f"planted_{number}": outcome.model_copy(update={"title": LONG[: 20 + 11 * number]})
        for number in range(len(SHARES))
    }
    scenario = base.scenario.model_copy(update={"outcomes": outcomes, "headline": "planted_7"})
    return replace(base, scenario=scenario, outcomes=tuple(outcomes), first_day=first_day)
