"""The priors of the baseline with a term of some months, simulated in a fifth of the time."""

from __future__ import annotations

from datetime import date
from functools import cache

from relsim.scenario.schema import Scenario, load

KEPT = ("new_start_in_force", "open_skies_left_by_russia", "nord_stream_2_completed")


@cache
def short() -> Scenario:
    """Eight months of the baseline before it has learned: every number is drawn on its own."""
    return shortened(load("us-russia-2021-prior"), date(2021, 10, 1))


def shortened(scenario: Scenario, end: date = date(2022, 1, 20)) -> Scenario:
    """A scenario cut off after a year or so, with some outcomes that may be decided by then."""
    outcomes = {name: scenario.outcomes[name] for name in KEPT}
    horizon = scenario.horizon.model_copy(update={"end": end})
    return scenario.model_copy(update={"horizon": horizon, "outcomes": outcomes})


def of_some_weeks(scenario: Scenario, end: date) -> Scenario:
    """A scenario cut off so soon that no more than these outcomes can be asked, and that varies."""
    early = tuple(entry for entry in scenario.calendar if entry.date < end)
    rest = {"calendar": early, "headline": KEPT[0], "forecasts": {}}
    return shortened(scenario.model_copy(update=rest), end)
