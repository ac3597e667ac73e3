"""The priors of the baseline with a term of one year, simulated in a quarter of the time."""

from __future__ import annotations

from datetime import date
from functools import cache

from relsim.scenario.schema import Scenario, load

KEPT = ("new_start_in_force", "open_skies_left_by_russia", "nord_stream_2_completed")


@cache
def short() -> Scenario:
    """A year of the baseline before it has learned: every number is drawn on its own."""
    return shortened(load("us-russia-2021-prior"))


def shortened(scenario: Scenario) -> Scenario:
    """A scenario cut off after a year, with those outcomes alone that are decided by then."""
    outcomes = {name: scenario.outcomes[name] for name in KEPT}
    horizon = scenario.horizon.model_copy(update={"end": date(2022, 1, 20)})
    return scenario.model_copy(update={"horizon": horizon, "outcomes": outcomes})
