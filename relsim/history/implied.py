"""What is implied of a record's events, as it was known on a day.

A leaders' meeting implies that it had been proposed and accepted some weeks before; the row says
for which day's event it was made, as in "for the meeting of 2018-07-16". Before that day nobody
could know of it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from relsim.history.events import Event

__all__ = ["Unit", "as_known", "units"]

FOLLOWED = re.compile(r"\d{4}-\d{2}-\d{2}$")


def shown_by(event: Event) -> datetime.date:
    """The day from which on an event is known: for an implied one that of what implies it."""
    found = FOLLOWED.search(event.what) if event.kind == "implied" else None
    day = datetime.date.fromisoformat(found[0]) if found else event.date
    return max(day, event.date)


def as_known(events: Iterable[Event], first_day: datetime.date) -> tuple[Event, ...]:
    """The record without foresight: what is implied by events from a day on happens with these.

    A forecaster that is led along a record must not see a proposal that only a later meeting
    implies. Rows that are implied by what happened before `first_day` stay as they are; the others
    move to the day of what implies them, and stand before it.

    Parameters
    ----------
    events : iterable of Event
        In order of date.
    first_day : date
        The first that is to be forecast.

    Returns
    -------
    tuple of Event
        In order of date.

    Examples
    --------
    >>> from relsim.history import packaged_record
    >>> day = datetime.date(2018, 7, 16)
    >>> [e.move for e in as_known(packaged_record(), day) if e.date == day]
    ['propose_summit', 'accept_proposal', 'summit']
    """
    found = []
    for event in events:
        day = shown_by(event)
        moved = day > event.date and day >= first_day
        found.append((event.model_copy(update={"date": day}) if moved else event, not moved))
    return tuple(event for event, _ in sorted(found, key=lambda one: (one[0].date, one[1])))


@dataclass(frozen=True)
class Unit:
    """Events that are noted together, or not at all: one, with the rows that it implies."""

    events: tuple[Event, ...]


def units(events: Iterable[Event]) -> list[Unit]:
    """A record as what a coder notes or overlooks; implied rows go with what implies them.

    Implied rows that belong to nothing that was recorded on the day stand by themselves.

    Examples
    --------
    >>> from relsim.history import packaged_record
    >>> max(len(unit.events) for unit in units(packaged_record()))
    5
    """
    listed = list(events)
    recorded = [[event] for event in listed if event.kind == "recorded"]
    of_day = {of[0].date: of for of in recorded if of[0].joint}
    of_day |= {of[0].date: of for of in recorded if of[0].move == "reject_proposal"}
    alone = []
    for event in listed:
        if event.kind == "recorded":
            continue
        of = of_day.get(shown_by(event))
        if of is None:
            alone.append([event])
        else:
            of.append(event)
    return [Unit(tuple(of)) for of in [*recorded, *alone]]
