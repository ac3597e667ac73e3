"""Events forced on the runs of a scenario: what was recorded happens in all of them on its day.

`relsim.runs.driven` makes dated moves; this makes them of events. A move that a run has no way to
make on its day (nobody leaves a treaty that has ended) is refused, and the rest is made.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relsim.history.events import BOTH, COLLISION, Event
from relsim.processes.recorded import Recorded
from relsim.runs.driven import Driven, RecordedMove, drive, read_moves

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario
    from relsim.worlds.worlds import Worlds

__all__ = ["RefusedEvent", "drive_events", "forced_moves", "recorded_moves", "refused_events"]

SIZED = ("expel",)  # effects of moves whose size is a number of people; of others it is for readers


class RefusedEvent(NamedTuple):
    """An event that could not be made in some of the runs.

    Attributes
    ----------
    date : date
    actor, move : str
    share : float
        Of the runs, 1 if in none of them.
    reason : str
        In one of these runs.
    """

    date: datetime.date
    actor: str
    move: str
    share: float
    reason: str


def forced_moves(events: Iterable[Event], scenario: Scenario) -> list[RecordedMove]:
    """Events as the dated moves that `relsim.runs.driven.drive` takes.

    Events outside the scenario's term are left out, and so are those that its calendar has: the
    calendar is carried out anyway.

    Parameters
    ----------
    events : iterable of Event
        In order of date, as `read_events` gives them.
    scenario : Scenario
        Whose catalogue has their moves.
    """
    return [_forced(event, scenario) for event in _to_force(events, scenario)]


def recorded_moves(events: Iterable[Event], scenario: Scenario) -> tuple[Recorded, ...]:
    """The same as days of the scenario's term, with a mark on what is implied.

    Parameters
    ----------
    events : iterable of Event
        In order of date.
    scenario : Scenario
        Whose catalogue has their moves.

    Raises
    ------
    UnknownName
        If an event names no actor, move or region of the scenario.
    """
    kept = _to_force(events, scenario)
    moves = read_moves(scenario, [_forced(event, scenario) for event in kept])
    return tuple(
        move._replace(implied=event.kind == "implied")
        for move, event in zip(moves, kept, strict=True)
    )


def _to_force(events: Iterable[Event], scenario: Scenario) -> list[Event]:
    horizon = scenario.horizon
    calendar = {(entry.date, entry.actor or BOTH, entry.move) for entry in scenario.calendar}
    return [
        event
        for event in events
        if horizon.start <= event.date < horizon.end
        and (event.date, event.actor, event.move) not in calendar
    ]


def _forced(event: Event, scenario: Scenario) -> RecordedMove:
    actor = None if event.actor == BOTH else event.actor
    if event.move == COLLISION:
        return event.date, actor, event.move, event.size, event.target
    spec = scenario.moves.get(event.move)
    size = event.size if spec is not None and spec.effect in SIZED else None
    return event.date, actor, event.move, size, None


def drive_events(
    scenario: Scenario,
    events: Iterable[Event],
    *,
    until: datetime.date | None = None,
    seed: int = 1,
    runs: int | None = None,
    draws: int | None = None,
    each_week: Callable[[int, Worlds], None] | None = None,
) -> Driven:
    """Let all runs of a scenario make what is recorded, in order, on its days.

    Parameters
    ----------
    scenario : Scenario
        From whose first day on.
    events : iterable of Event
        In order of date; see `forced_moves` for what is left out.
    until, seed, runs, draws, each_week
        As `relsim.runs.driven.drive` takes them.

    Raises
    ------
    UnknownName
        If an event names no actor, move or region of the scenario.
    UsageError
        If `until` lies before the last event or outside the term.
    """
    moves = forced_moves(events, scenario)
    return drive(
        scenario, moves, until=until, seed=seed, runs=runs, draws=draws, each_week=each_week
    )


def refused_events(driven: Driven) -> tuple[RefusedEvent, ...]:
    """What could not be made, in order of date, with the share of the runs in which it was not."""
    reasons = {(one.day, one.actor, one.move): one.reason for one in driven.refused}
    found = []
    for move, made in zip(driven.moves, driven.made, strict=True):
        if move.actor is not None and not made.all():
            found.append(
                RefusedEvent(
                    driven.scenario.date_of(move.day),
                    move.actor,
                    move.move,
                    float(np.mean(~made)),
                    reasons[move.day, move.actor, move.move],
                )
            )
    return tuple(found)
