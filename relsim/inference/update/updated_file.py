"""A scenario as an update leaves it: what happened in its calendar, and what draws have learned.

It is a scenario like any other, so that whatever takes one works on it: `run`, `compare` and its
variants under the same news, `drivers`, `replay`. It differs from the update's own runs in three
things: the actors review as often as the scenario says, runs of one draw are not weighed against
each other, and an expulsion has the size that the model draws.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.history.events import BOTH, COLLISION, Event
from relsim.inference.calibrate.posterior_file import check_place, write_rows
from relsim.inference.update.density import density_of
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.joint_draws import Evidence
from relsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from relsim.inference.update.update import Update

__all__ = ["write_updated"]


def write_updated(update: Update, file: Path) -> Path:
    """Write a scenario and its joint draws; see `Update.save_scenario`."""
    check_place(file)
    asked, through = update.asked, update.through
    where = f"{asked.name} ({scenario_hash(asked)[:12]})"
    last = update.stages[-1]
    span = f"{update.stages[0].date} to {through}"
    why = (
        f"posterior: {last.distinct:,} draws, {last.effective:.0f} effective, of {where}, seed "
        f"{update.seed}, updated with {len(update.counted)} events of {span}"
    )
    what = json.dumps([event.model_dump(mode="json") for event in update.counted])
    learned = Evidence(
        kind="events", text=f"events of {span}, in an update of {where}",
        hash=hashlib.sha256(f"{where} {span} {what}".encode()).hexdigest(),
    )  # fmt: skip
    columns, weights = _rows(update)
    calendar = {"add": list(_entries(update.counted, asked))}
    changes = {"horizon.known_until": through.isoformat(), "calendar": calendar}
    return write_rows(asked.vary(changes), columns, weights, why, [learned], file, None)


def _rows(update: Update) -> tuple[dict[str, Doubles], Doubles]:
    """What draws have learned, each distinct draw once, and their weights."""
    population, values = update.population, update.asked.parameters()
    if population is None:
        raise UsageError(
            "an update that was read from a result folder has no draws: update anew, from its "
            "state if it was kept, and save the scenario then"
        )
    _, first = np.unique(population.which, return_index=True)
    weights = np.bincount(population.which, population.weights).astype(np.float64)
    columns = population.others | density_of(update.asked).values(population.w)
    return {path: column[first] for path, column in columns.items() if path in values}, weights


def _entries(events: tuple[Event, ...], scenario: Scenario) -> Iterator[dict[str, object]]:
    """Events as entries of a calendar."""
    held = {(one.date, one.actor or BOTH, one.move) for one in scenario.calendar}
    for event in events:
        if (event.date, event.actor, event.move) in held:
            continue
        entry: dict[str, object] = {"date": event.date.isoformat(), "source": event.source}
        if event.actor != BOTH:
            entry["actor"] = event.actor
        if event.move == COLLISION:
            entry |= {"collision": event.target, "severity": _severity(event, scenario)}
        else:
            entry["move"] = event.move
        yield entry | {"why": event.what}


def _severity(event: Event, scenario: Scenario) -> float:
    """As recorded, else the middle of the region's range over its draws."""
    if event.size is not None:
        return event.size
    values = scenario.parameters()
    ends = (values[f"regions.{event.target}.severity_{end}"] for end in ("low", "high"))
    return float(np.mean([one.distribution.median for one in ends]))
