"""The baseline's first year with a ladder that is climbed easily, and what may come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import relsim
from relsim.inference.rare.outline import RISE, Deed, Outline
from relsim.inference.rare.rarely import Rare
from relsim.inference.rare.ways import way_of
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


def told(days: Sequence[int], began_with: Deed, weight: float) -> Outline:
    """A run that climbs a rung on each of the days."""
    rises = [Deed(day, RISE, None, str(rung)) for rung, day in enumerate(days, start=1)]
    return Outline(1, weight, days[0], days[-1], (began_with, *rises))


def found() -> Rare:
    """What might come of splitting, made by hand: two beginnings, three runs."""
    scenario = relsim.load("us-russia-2021")
    collision = Deed(300, "collision", None, "europe")
    posture = Deed(299, "military_posture", "RU", None)
    outlines = (
        told((301, 308, 315, 322, 329, 336), collision, 0.5),
        told((301, 308, 322, 343, 350, 371), collision, 0.25),
        told((301, 315, 336, 357, 378, 399), posture, 0.25),
    )
    return Rare(
        scenario=scenario, outcome="direct_war", way=way_of(scenario, "direct_war"), value=2.5e-6,
        mc_error=3e-7, mc_interval_90=(2e-6, 3e-6), refused="", bounds=(2e-6, 3e-6),
        interval_90=(4e-8, 9e-6), interval_50=(3e-7, 3e-6), interval_note="", effective_draws=80.0,
        gain=1200.0, outlines=outlines, runs=32_768, draws=512, failed_runs=0, seed=1,
        provenance={}, elapsed_seconds=1.0,
    )  # fmt: skip
