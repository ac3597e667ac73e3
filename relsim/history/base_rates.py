"""Base rates of outcomes: in how many earlier terms the packaged record met the same condition.

The record is cut into spans as long as the term, one after the other back to 1993, each begun on
the same day of an earlier year. The deeds of each span, and the weekly series that follow from
deeds alone, go through the very monitors that watch the runs (`relsim.worlds.monitors`), one span
for each run. A condition that asks for more than the record holds has no base rate: the relations
index and the ladder are the model's, and what a record of moves leaves out cannot be counted.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from relsim.array_types import Booleans, Floats
from relsim.estimates.base_rate import BaseRate
from relsim.history.dispersion import Histories, histories_of_record
from relsim.history.events import COLLISION, Event, events_until, packaged_record
from relsim.history.one_step import HALF_LIFE
from relsim.processes.effects import MASS
from relsim.scenario.conditions.conditions import Condition, Happened, Status, walk
from relsim.scenario.conditions.operands import DAYS_A_WEEK
from relsim.scenario.schema import Horizon, Scenario
from relsim.worlds.monitors import LoggedDeed, Monitors, replay_log

__all__ = ["ARMS_TEXTS", "base_rates", "fading_base_rates", "met_in_past_terms", "past_starts"]

RECORD_START, RECORD_END = datetime.date(1993, 1, 1), datetime.date(2021, 4, 6)
ACTORS = {"US", "RU"}
FEWEST = 3  # spans for a rate
WEEK = 7  # days by which a term may be longer than whole years
# Bilateral texts on arms among the recorded agreements, and whether they were new and binding.
ARMS_TEXTS = {
    datetime.date(1993, 1, 3): True,  # START II
    datetime.date(1997, 9, 26): False,  # START II prolonged
    datetime.date(2002, 5, 24): True,  # SORT
    datetime.date(2010, 4, 8): True,  # New START
    datetime.date(2021, 2, 3): False,  # New START prolonged
}
DEEDS = {
    "agreement", "arms_text", "ease_sanctions", "expel_diplomats", "impose_sanctions",
    "mass_expulsion", "new_arms_agreement", "release_prisoners", "summit", "treaty_exit_notice",
}  # fmt: skip
SERIES = {"flow", "hostile", "cooperative"}


def base_rates(
    scenario: Scenario, met: Mapping[str, Booleans] | None = None
) -> dict[str, BaseRate]:
    """In how many earlier terms each outcome came about, where the packaged record can say.

    Parameters
    ----------
    scenario : Scenario
        Between the United States and Russia, with `known_until`; others have none.
    met : mapping of str to bool array (spans,), optional
        What `met_in_past_terms` finds of it, if that is at hand.

    Returns
    -------
    dict of str to BaseRate
        By outcome. Only what the scenario knows is counted: spans end by `known_until`, and by
        6 April 2021, the end of the packaged record.

    Examples
    --------
    >>> import relsim
    >>> str(base_rates(relsim.load("us-russia-2021"))["new_arms_control_agreement"])
    '.31 (2 of 7)'
    """
    met = met_in_past_terms(scenario) if met is None else met
    return {name: BaseRate(int(hits.sum()), hits.size) for name, hits in met.items()}


def fading_base_rates(
    scenario: Scenario, met: Mapping[str, Booleans] | None = None
) -> dict[str, BaseRate]:
    """The same with exponential forgetting: a span that ended x years ago counts as ½^(x/4)."""
    horizon = scenario.horizon
    met = met_in_past_terms(scenario) if met is None else met
    if not met or horizon.known_until is None:
        return {}
    ends = [start + (horizon.end - horizon.start) for start in _known_starts(horizon)]
    ages = np.array([(horizon.known_until - end).days for end in ends])
    weights = 0.5 ** (ages / HALF_LIFE)
    return {
        name: BaseRate(float(weights[hits].sum()), float(weights.sum()))
        for name, hits in met.items()
    }


def met_in_past_terms(scenario: Scenario) -> dict[str, Booleans]:
    """Which earlier spans met each outcome that the packaged record can tell of.

    Parameters
    ----------
    scenario : Scenario
        As for `base_rates`.

    Returns
    -------
    dict of str to bool array (spans,)
        The latest span first.
    """
    horizon = scenario.horizon
    asked = {
        name: outcome.when
        for name, outcome in scenario.outcomes.items()
        if _told_by_record(outcome.when)
    }
    if set(scenario.actors) != ACTORS or horizon.known_until is None or not asked:
        return {}
    starts = _known_starts(horizon)
    if len(starts) < FEWEST:
        return {}
    term = horizon.term
    events = [e for e in events_until(packaged_record(), horizon.known_until) if _recorded(e)]
    found = list(_in_spans(events, starts, term.days))
    monitors = Monitors(asked, term, len(starts))
    series = _weekly(scenario, histories_of_record(events, scenario, starts, term.days), found)
    replay_log(monitors, term, _logged(found), series)
    return dict(zip(monitors.names, monitors.finish() >= 0, strict=True))


def past_starts(horizon: Horizon, first: datetime.date) -> Iterator[datetime.date]:
    """First days of spans of the past as long as a term, none before a day, the latest first.

    Parameters
    ----------
    horizon : Horizon
        The term; spans begin whole years apart, one at least, and do not overlap by over a week.
    first : date
        No span begins before it.

    Examples
    --------
    >>> import relsim
    >>> horizon = relsim.load("us-russia-2021").horizon
    >>> [start.year for start in past_starts(horizon, datetime.date(1993, 1, 1))]
    [2017, 2013, 2009, 2005, 2001, 1997, 1993]
    """
    start = horizon.start
    years = max(1, math.ceil(((horizon.end - start).days - WEEK) / 365.25))
    day = 28 if (start.month, start.day) == (2, 29) else start.day
    for year in range(start.year - years, first.year - 1, -years):
        if (begun := start.replace(year=year, day=day)) >= first:
            yield begun


def _known_starts(horizon: Horizon) -> tuple[datetime.date, ...]:
    """First days of the spans that end while the record lasts, and by what the scenario knows."""
    known = min(horizon.known_until or RECORD_END, RECORD_END)
    rest = datetime.timedelta(days=horizon.term.days - 1)
    return tuple(s for s in past_starts(horizon, RECORD_START) if s + rest <= known)


def _told_by_record(condition: Condition) -> bool:
    """Whether a condition asks for nothing but deeds and series that the record holds."""
    return all(_part_told(part) for _, part in walk(condition))


def _part_told(part: Condition) -> bool:
    if isinstance(part, Happened):
        return set(part.happened.kinds) <= DEEDS and part.happened.of is None
    series = getattr(getattr(part, next(iter(type(part).model_fields))), "series", None)
    return not isinstance(part, Status) and (series is None or series in SERIES)


def _recorded(event: Event) -> bool:
    return event.kind == "recorded"


class _InSpan(NamedTuple):
    """An event by the place of its span, and its day there."""

    span: int
    day: int
    event: Event


def _in_spans(
    events: Sequence[Event], starts: Sequence[datetime.date], days: int
) -> Iterator[_InSpan]:
    for span, start in enumerate(starts):
        for event in events:
            if 0 <= (day := (event.date - start).days) < days:
                yield _InSpan(span, day, event)


def _logged(found: Sequence[_InSpan]) -> Iterator[LoggedDeed]:
    for span, day, event in found:
        actor = None if event.joint else event.actor
        for kind in _deeds_of(event):
            yield LoggedDeed(day, kind, actor, None, np.array([span]))


def _deeds_of(event: Event) -> Iterator[str]:
    """What the engine would report of an event: the move, and what it counts as beside it."""
    yield event.move
    if event.move == "expel_diplomats" and (event.size or 0) >= MASS:
        yield "mass_expulsion"
    if event.move.startswith("leave_"):
        yield "treaty_exit_notice"
    if event.move == "agreement" and event.date in ARMS_TEXTS:
        yield "arms_text"
        if ARMS_TEXTS[event.date]:
            yield "new_arms_agreement"


def _weekly(scenario: Scenario, past: Histories, found: Sequence[_InSpan]) -> Mapping[str, Floats]:
    """The series that follow from the record alone, each float32 (week, span)."""
    term = scenario.horizon.term
    shape = (-(-term.days // DAYS_A_WEEK), past.size)
    flow, hostile, cooperative = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    week, counts = past.day // DAYS_A_WEEK, past.day >= term.count_day
    np.add.at(flow, (week, past.history), past.weight)
    for span, day, event in found:
        if event.move == COLLISION:
            flow[day // DAYS_A_WEEK, span] -= event.size or 0
    warm = [name for name, move in scenario.moves.items() if move.kind == "cooperative"]
    for flags, kinds in ((hostile, past.strong), (cooperative, warm)):
        chosen = counts & np.isin(
            past.kind, [past.kinds.index(k) for k in kinds if k in past.kinds]
        )
        flags[week[chosen], past.history[chosen]] = 1
    return {"flow": flow, "hostile": hostile, "cooperative": cooperative}
