"""Forecasts that any other has to beat: base rates of the record, the status quo, the author.

*Base rate.* The record of events is cut into spans as long as the question's term, each begun on
the same day of an earlier year, one after the other. With h of n spans in which the condition was
met, its base rate is that of Jeffreys' posterior, (h + ½) / (n + 1). *EW4* is the same with
exponential forgetting: a span that ended x years before the forecast has the weight ½^(x/4). Both
are given where the condition asks for nothing but deeds that are moves of the record. EW4 with
excitation gives no probability of its own here: what moves excite dies out within weeks, and terms
are years.

*Status quo.* Yes or no: what most of some runs show in which neither government makes a move.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from relsim.history.events import Event, events_until, packaged_record
from relsim.history.one_step import EW4, HALF_LIFE
from relsim.inference.score.crowds import Crowd
from relsim.inference.score.frozen import Record, References
from relsim.rules.scripted import always_hold
from relsim.scenario.conditions.conditions import AllOf, AnyOf, AtLeast, Condition, Happened, Not
from relsim.scenario.conditions.operands import Deed
from relsim.scenario.schema import Horizon, Scenario
from relsim.simulate import simulate

__all__ = [
    "AUTHOR", "BASE", "HALF", "STATUS_QUO", "Span", "base_rates", "met_in", "past_spans",
    "references_of",
]  # fmt: skip

BASE, STATUS_QUO, AUTHOR, HALF = "base rate", "status quo", "author", "one half"
OF_RECORD = ("summit", "agreement", "negotiation_round", "ease_sanctions")  # moves that are deeds
RECORD_ACTORS, RECORD_START = {"US", "RU"}, datetime.date(1993, 1, 1)
RUNS = 64  # one of each draw: enough to see what most of them show


@dataclass(frozen=True)
class Span:
    """A term of the past, which stands for that of a question.

    Attributes
    ----------
    start, end : date
        From the start until before the end.
    years : int
        By how many years it lies before the term asked about.
    """

    start: datetime.date
    end: datetime.date
    years: int


def references_of(
    record: Record, scenario: Scenario | None, crowds: Sequence[Crowd] = ()
) -> References:
    """The reference forecasts of each question of a record.

    Parameters
    ----------
    record : Record
        As it was frozen.
    scenario : Scenario or None
        That of the record; without it neither base rates nor the status quo are known.
    crowds : sequence of Crowd
        Those that are for the record's scenario.

    Returns
    -------
    mapping of str to mapping of str to float
        By outcome and name of the reference.
    """
    found: dict[str, dict[str, float]] = {}
    still = _status_quo(scenario) if scenario is not None else {}
    for name, asked in record.outcomes.items():
        given = {HALF: 0.5}
        if scenario is not None and name in scenario.outcomes:
            given |= base_rates(scenario, name)
            given[STATUS_QUO] = still[name]
        if asked.author is not None:
            given[AUTHOR] = asked.author
        found[name] = given | _of_crowds(record, name, crowds)
    return found


def _of_crowds(record: Record, outcome: str, crowds: Sequence[Crowd]) -> dict[str, float]:
    at = {
        crowd.name: crowd.at(record.as_of)
        for crowd in crowds
        if (crowd.scenario, crowd.outcome) == (record.scenario, outcome)
    }
    return {name: p for name, p in at.items() if p is not None}


def _status_quo(scenario: Scenario) -> dict[str, float]:
    """1 for each outcome that most runs show in which neither government moves, else 0."""
    still = simulate(
        scenario, runs=RUNS, draws=RUNS, rules=dict.fromkeys(scenario.actors, always_hold)
    )
    return {name: float(still.probability(name).value > 0.5) for name in still.outcomes}


def base_rates(scenario: Scenario, outcome: str) -> dict[str, float]:
    """Base rate and EW4 of an outcome; none if the record cannot say whether it was met."""
    horizon, condition = scenario.horizon, scenario.outcomes[outcome].when
    if set(scenario.actors) != RECORD_ACTORS or horizon.known_until is None:
        return {}
    if not _asks_the_record(condition):
        return {}
    events = events_until(packaged_record(), horizon.known_until)
    spans = list(past_spans(horizon, RECORD_START))
    met = [met_in(condition, span, events) for span in spans]
    ages = [(horizon.known_until - span.end).days for span in spans]
    rates = {}
    for name, weights in (
        (BASE, [1.0] * len(spans)),
        (EW4, [0.5 ** (age / HALF_LIFE) for age in ages]),
    ):
        hits = sum(weight for weight, hit in zip(weights, met, strict=True) if hit)
        rates[name] = (hits + 0.5) / (sum(weights) + 1)
    return rates if spans else {}


def past_spans(horizon: Horizon, first: datetime.date) -> Iterator[Span]:
    """The spans of the past like a term that begin on a day or later, the latest first.

    Examples
    --------
    >>> import relsim
    >>> horizon = relsim.load("us-russia-2021").horizon
    >>> [span.start.year for span in past_spans(horizon, datetime.date(1993, 1, 1))]
    [2017, 2013, 2009, 2005, 2001, 1997, 1993]
    """
    years = max(1, round((horizon.end - horizon.start).days / 365.25))
    back = years
    while (start := _earlier(horizon.start, back)) >= first:
        yield Span(start, _earlier(horizon.end, back), back)
        back += years


def _earlier(day: datetime.date, years: int) -> datetime.date:
    """The same day some years before; 28 February for the 29th."""
    return day.replace(
        year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day
    )


def _parts(condition: Condition) -> tuple[Condition, ...] | None:
    """The conditions that one consists of; None if it is a deed, or asks for something else."""
    match condition:
        case AllOf():
            return tuple(condition.all)
        case AnyOf():
            return tuple(condition.any)
        case AtLeast():
            return tuple(condition.at_least.of)
        case Not():
            return (condition.not_,)
    return None


def _asks_the_record(condition: Condition) -> bool:
    """Whether a condition asks for nothing but deeds that the record holds, by date."""
    if isinstance(condition, Happened):
        deed = condition.happened
        return set(deed.kinds) <= set(OF_RECORD) and deed.of is None and deed.in_last is None
    parts = _parts(condition)
    return parts is not None and all(map(_asks_the_record, parts))


def met_in(condition: Condition, span: Span, events: Sequence[Event]) -> bool:
    """Whether the events of a past span meet a condition on deeds, its dates moved there.

    Parameters
    ----------
    condition : Condition
        Of deeds alone, and what joins them.
    span : Span
        Its first and last day.
    events : sequence of Event
        Those of other days are left out.
    """

    def met(one: Condition) -> bool:
        return met_in(one, span, events)

    match condition:
        case Happened():
            return any(map(_within(condition.happened, span), events))
        case Not():
            return not met(condition.not_)
        case AllOf():
            return all(map(met, condition.all))
        case AnyOf():
            return any(map(met, condition.any))
        case AtLeast():
            return sum(map(met, condition.at_least.of)) >= condition.at_least.n
    raise ValueError(f"a record of events cannot say whether {type(condition).__name__} is met")


def _within(deed: Deed, span: Span) -> Callable[[Event], bool]:
    """Whether an event is the deed, in its own days of the span."""
    first = span.start if deed.from_ is None else _earlier(deed.from_, span.years)
    last = span.end if deed.until is None else _earlier(deed.until, span.years)

    def fits(event: Event) -> bool:
        if event.move not in deed.kinds or not span.start <= event.date < span.end:
            return False
        return first <= event.date <= last and deed.by in (None, event.actor)

    return fits
