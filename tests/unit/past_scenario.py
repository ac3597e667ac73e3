"""Some months or years of the scenario of 1993, with the outcomes that can be told by then."""

from __future__ import annotations

from datetime import date
from functools import cache

from relsim.scenario.schema import Scenario, load

PAST = "us-russia-1993"
ANY_TIME = ("abm_in_force", "inf_in_force", "new_start_in_force", "deadly_exchange", "direct_war")


@cache
def past(start: date = date(1993, 1, 1), end: date = date(1993, 7, 1)) -> Scenario:
    """Some months or years of it, with all that it holds."""
    plain = load(PAST).model_dump(by_alias=True, mode="json")
    horizon = {"start": str(start), "end": str(end), "known_until": str(start)}
    entries = [e for e in plain["calendar"] if str(start) <= e["date"] < str(end)]
    outcomes = {name: plain["outcomes"][name] for name in ANY_TIME}
    changed = {"horizon": horizon, "calendar": entries, "outcomes": outcomes}
    return Scenario.model_validate(plain | changed | {"headline": ANY_TIME[0]})
