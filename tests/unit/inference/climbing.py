"""The baseline's first year with a ladder that is climbed easily, and what may come of it."""

from __future__ import annotations

from datetime import date

import relsim
from relsim.scenario.files.joint_draws import place_of_draws
from relsim.scenario.schema import Scenario

ASKED = (
    "direct_war", "deadly_exchange", "colour_revolution", "colour_revolution_attempt", "detente",
    "new_start_in_force", "open_skies_left_by_russia", "nord_stream_2_completed",
)  # fmt: skip
EASILY = {"ladder.collision_chance": 0.3, "ladder.momentum": 0.6, "ladder.harder": 0.8}


def climbing(end: str = "2021-12-31") -> Scenario:
    """The scenario until the end of 2021 or so."""
    scenario = relsim.load("us-russia-2021").vary(EASILY)
    plain = scenario.model_dump(by_alias=True, mode="json")
    calendar = [
        e for e in plain["calendar"] if date.fromisoformat(e["date"]) < date.fromisoformat(end)
    ]
    data = plain | {
        "horizon": plain["horizon"] | {"end": end}, "calendar": calendar, "headline": "detente",
        "outcomes": {name: plain["outcomes"][name] for name in ASKED}, "forecasts": {},
    }  # fmt: skip
    return Scenario.model_validate(data, context=place_of_draws(scenario.draws))
