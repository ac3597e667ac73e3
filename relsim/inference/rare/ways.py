"""How an outcome is estimated where few runs meet it, and why so.

Splitting is unbiased for any levels, yet levels that miss the way to the outcome fail without a
sign: the few copies that come there carry all the weight, and most repetitions see none. So levels
are offered only where the way is known to lead through each of them in turn: the rungs of the
escalation ladder, which a run climbs one a week. Bins of the relations index on the way to détente
gave .0008 where plain Monte Carlo gave .0012 (``docs/decisions/0034-rare-outcomes.md``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from relsim.scenario.conditions.conditions import (
    Condition,
    Happened,
    Sustained,
    WeeksAt,
    operator_of,
    walk,
)
from relsim.scenario.conditions.operands import Deed, OfSeries
from relsim.scenario.conditions.windows import Range
from relsim.scenario.schema import Scenario

__all__ = ["CHANCES", "OVERTHROW", "PLAIN", "SPLITTING", "Way", "of_update", "way_of"]

SPLITTING, CHANCES, PLAIN = "splitting", "conditional expectation", "plain Monte Carlo"
OVERTHROW = "overthrow"
TOLD = ("protest_attempt", OVERTHROW)  # deeds whose weekly chances the engine tells
LADDER = "rung"


@dataclass(frozen=True)
class Way:
    """How an outcome is estimated.

    Attributes
    ----------
    method : str
        `SPLITTING`, `CHANCES` or `PLAIN`.
    reason : str
        Why so, in words.
    levels : tuple of str
        Of splitting, what is reached step by step; the last one is the outcome's own.
    deed : str
        Of chances, the deed whose weekly chances are told.
    actors : tuple of str
        By whom.
    days : Range or None
        On which it counts.
    """

    method: str
    reason: str
    levels: tuple[str, ...] = ()
    deed: str = ""
    actors: tuple[str, ...] = ()
    days: Range | None = None


def way_of(scenario: Scenario, outcome: str) -> Way:
    """How an outcome is estimated where few runs meet it."""
    condition = scenario.outcomes[outcome].when
    match condition:
        case WeeksAt(weeks=body) if body.in_at_least == 1:
            rung = _rung(scenario, body)
        case Sustained(sustained=body) if body.for_.weeks == 1:
            rung = _rung(scenario, body)
        case Happened(happened=deed) if deed.kinds[0] in TOLD and len(deed.kinds) == 1:
            return _by_chances(scenario, deed)
        case _:
            return Way(PLAIN, _no_level(condition))
    if rung is None:
        return Way(PLAIN, _no_level(condition))
    names = scenario.ladder.rungs
    reason = f"a run reaches {names[rung]} by way of each rung of the escalation ladder below it"
    return Way(SPLITTING, reason, tuple(names[: rung + 1]))


def of_update(way: Way) -> Way:
    """The same for the runs of an update, which are resampled until its last day."""
    if way.method != CHANCES:
        return way
    return Way(PLAIN, "runs of an update are copied as they fit what happened, chances are not")


def _rung(scenario: Scenario, body: OfSeries) -> int | None:
    """The lowest rung that meets a level, if that is all that the level asks."""
    if body.series != LADDER or body.upper is not None or body.lower is None:
        return None
    rung = math.ceil(body.lower) if body.above is None else math.floor(body.above) + 1
    return rung if 0 < rung < len(scenario.ladder.rungs) else None


def _by_chances(scenario: Scenario, deed: Deed) -> Way:
    term = scenario.horizon.term
    actors = [name for name in scenario.internal_order if deed.by in (None, name)]
    if deed.of is not None or not actors:
        return Way(PLAIN, "no process brings it about by a weekly chance")
    reason = (
        "it comes about in one step, without levels on the way: each run gives the chance that it "
        "has by the end, from its weekly chances"
    )
    days = term.deed_days(deed, term.whole)
    return Way(CHANCES, reason, deed=deed.kinds[0], actors=tuple(actors), days=days)


def _no_level(condition: Condition) -> str:
    series = {
        part.series
        for _, inner in walk(condition)
        for part in (getattr(inner, operator_of(inner), None),)
        if isinstance(part, OfSeries)
    }
    what = f"`{operator_of(condition)}`"
    if series:
        what += f" of {', '.join(sorted(series))}"
    return (
        f"for {what} no levels on the way are proven: runs copied at levels that miss the way give "
        "a wrong number without a sign. Levels are the rungs of the escalation ladder, for an "
        "outcome that is one of them reached"
    )
