"""A year in which a gesture brings an outcome about, and something else merely goes with it."""

from __future__ import annotations

from datetime import date
from functools import cache

from relsim.scenario.catalogue import DRIVER_NAMES
from relsim.scenario.schema import Scenario, load

END, BY = "2022-01-20", date(2021, 9, 1)
CAUSE, CORRELATE = "seen_US_goodwill_gesture_1", "seen_RU_release_prisoners_"


@cache
def planted() -> Scenario:
    """The outcome asks for two of three: US gestures by and after the date, and Russian releases.

    The rates of US gestures and of Russian releases of prisoners are one draw, so that a release
    by the date goes with the outcome, which asks for later ones alone. Both express no motive, so
    that nothing moves the two sides to make them.
    """
    rate = "moves.goodwill_gesture.rate.US"
    changed = load("us-russia-2021-prior").vary(
        {
            rate: "0.1 to 10 per year",
            "moves.release_prisoners.rate.RU": {"same_as": rate},
            **{
                f"moves.{move}.expresses.{name}": 0
                for move in ("goodwill_gesture", "release_prisoners")
                for name in DRIVER_NAMES
            },
        }
    )
    plain = changed.model_dump(by_alias=True, mode="json", exclude_none=True)
    later = {"from": "2021-09-02"}
    asked = {
        "at_least": {
            "n": 2,
            "of": [
                {"happened": {"deed": "goodwill_gesture", "by": "US", "until": BY.isoformat()}},
                {"happened": {"deed": "goodwill_gesture", "by": "US", **later}},
                {"happened": {"deed": "release_prisoners", "by": "RU", **later}},
            ],
        }
    }
    outcome = {"title": "Planted", "resolves": "Two of three.", "when": asked}
    data = plain | {
        "horizon": plain["horizon"] | {"end": END},
        "calendar": [entry for entry in plain["calendar"] if entry["date"] < END],
        "outcomes": {"planted": outcome}, "headline": "planted", "forecasts": {},
    }  # fmt: skip
    return Scenario.model_validate(data)
