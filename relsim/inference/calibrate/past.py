"""The past of a scenario: another one that ran before it, with this one's actors.

What a scenario says of how its actors choose is held against the record in a scenario of the past,
which has the treaties, leaders and elections of its time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from relsim.history.events import Event
from relsim.scenario.schema import Scenario

__all__ = ["past_of"]

SECTIONS = ("dyad", "talks", "bursts")  # of the scenario, whole
# Of an actor, what belongs to a date and not to its ways.
DATED = (
    "elections", "first_review", "review_every", "hostility_at_start", "goodwill_at_start",
    "sanctions_stock",
)  # fmt: skip
ASKED = {"title": "any", "resolves": "any", "when": {"happened": {"deed": "summit"}}}


def past_of(
    scenario: Scenario,
    past: Scenario,
    start: date,
    end: date,
    events: Sequence[Event] = (),
    carry: Collection[str] = (),
) -> Scenario:
    """The past scenario with the actors, moves and talks of another, in some years.

    Parameters
    ----------
    scenario : Scenario
        Whose numbers are to be learned.
    past : Scenario
        Treaties, leaders, elections and start values of the time before it.
    start, end : date
        The first day, and the first that is not simulated.
    events : sequence of Event
        What happened before `start` decides which treaties had been left by then.
    carry : collection of str
        Dotted paths that a change of leaders leaves as they are, though the past's calendar draws
        them anew.
    """
    data, own = _plain(past), _plain(scenario)
    data |= {section: own[section] for section in SECTIONS if section in own}
    for name, spec in own["actors"].items():
        dated = {key: data["actors"][name][key] for key in DATED if key in data["actors"][name]}
        data["actors"][name] = spec | dated
    for actor in data["actors"].values():
        seasons = actor.get("elections", ())
        actor["elections"] = [s for s in seasons if _day(s["begins"]) >= start]
    for section in ("third_parties", "regions", "moves"):
        kept = data.setdefault(section, {})
        for name, spec in own.get(section, {}).items():
            if spec.get("treaty") in (None, *data["treaties"]) and (
                name in kept or section == "moves"
            ):
                level = {"level": kept[name]["level"]} if section == "third_parties" else {}
                kept[name] = spec | level
    data["sources"] |= own["sources"]
    left = {e.move.removeprefix("leave_") for e in events if e.date < start}
    for name, treaty in data["treaties"].items():
        if name in left or ("expires" in treaty and _day(treaty["expires"]) <= start):
            treaty.pop("expires", None)
            treaty["parties"] = {actor: {"status": "left"} for actor in data["actors"]}
    data["calendar"] = list(_entries(data["calendar"], start, end, carry))
    data["horizon"] |= {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "known_until": start.isoformat(),
    }
    data |= {"outcomes": {"any": ASKED}, "headline": "any", "forecasts": {}}
    return Scenario.model_validate(data)


def _plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True, by_alias=True)


def _day(written: str) -> date:
    return date.fromisoformat(written)


def _entries(
    entries: Iterable[dict[str, Any]], start: date, end: date, carry: Collection[str]
) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if start <= _day(entry["date"]) < end:
            kept = {path: v for path, v in entry.pop("set", {}).items() if path not in carry}
            yield entry | ({"set": kept} if kept else {"drawn_anew": False})
