"""The past of a scenario: another one that ran before it, with this one's actors.

What a scenario says of how its actors choose is held against the record in a scenario of the past,
which has the treaties, leaders and elections of its time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from relsim.scenario.schema import Scenario

__all__ = ["past_of"]

SHARED = ("dyad", "talks", "bursts")  # sections that are the scenario's own, whole
# Of an actor, what belongs to a date and not to its ways.
DATED = (
    "elections", "first_review", "review_every", "hostility_at_start", "goodwill_at_start",
    "sanctions_stock",
)  # fmt: skip


def past_of(scenario: Scenario, past: Scenario, end: date, carry: Collection[str] = ()) -> Scenario:
    """The past scenario with the actors, moves and talks of another, up to a day.

    Parameters
    ----------
    scenario : Scenario
        Whose numbers are to be learned.
    past : Scenario
        Treaties, leaders, elections and start values of the time before it.
    end : date
        The first day that is not simulated.
    carry : collection of str
        Dotted paths that a change of leaders leaves as they are, though the past's calendar draws
        them anew.
    """
    data, own = (one.model_dump(mode="json", exclude_none=True, by_alias=True) for one in (past, scenario))
    for section in SHARED:
        if section in own:
            data[section] = own[section]
    for name, spec in own["actors"].items():
        there = data["actors"][name]
        data["actors"][name] = spec | {key: there[key] for key in DATED if key in there}
    for name, spec in own["third_parties"].items():
        there = data["third_parties"].get(name, {})
        data["third_parties"][name] = spec | {k: there[k] for k in ("level",) if k in there}
    data["moves"] |= {
        name: spec for name, spec in own["moves"].items() if spec.get("treaty") in (None, *data["treaties"])
    }
    data["regions"] |= {name: spec for name, spec in own["regions"].items() if name in data["regions"]}
    data["sources"] |= own["sources"]
    data["calendar"] = list(_kept(data["calendar"], end, carry))
    data["horizon"] |= {"end": end.isoformat()}
    one = {"title": "x", "resolves": "x", "when": {"happened": {"deed": "summit"}}}
    data |= {"outcomes": {"met": one}, "headline": "met", "forecasts": {}, "name": f"{past.name}"}
    return Scenario.model_validate(data)


def _kept(
    entries: Iterable[dict[str, Any]], end: date, carry: Collection[str]
) -> Iterable[dict[str, Any]]:
    for entry in entries:
        if date.fromisoformat(entry["date"]) < end:
            kept = {path: v for path, v in entry.get("set", {}).items() if path not in carry}
            yield {key: v for key, v in entry.items() if key != "set"} | ({"set": kept} if kept else {})
