"""How unexpected weeks and moves were, in bits, and beside a reference forecaster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from relsim.history.events import BOTH, Event, packaged_record
from relsim.history.one_step import HALF_LIFE, actor_moves, past_rates, step_scores
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK

__all__ = ["MoveSurprise", "WeekSurprise", "excess_bits"]


@dataclass(frozen=True)
class WeekSurprise:
    """One week.

    Attributes
    ----------
    begins : date
    bits : float
        Minus the base-2 logarithm of its probability given all before, moves per day.
    excess : float or None
        In excess of what it cost EW4, a forecaster that knows rates alone; None where there is no
        record of the years before, and of a last week that is not whole.
    effective : float
        Draws that bear weight after it.
    distinct : int
    """

    begins: date
    bits: float
    excess: float | None
    effective: float
    distinct: int


@dataclass(frozen=True)
class MoveSurprise:
    """One move: minus the base-2 logarithm of its rate a day, or of a joint move's chance."""

    date: date
    actor: str | None
    move: str
    bits: float
    implied: bool


def excess_bits(scenario: Scenario, events: Sequence[Event], through: date) -> dict[date, float]:
    """What each whole week, by its first day, costs EW4 in bits.

    Its rates rest on the packaged record and on the events before each day; its classes of moves
    are coarser than a catalogue, and joint moves and implied rows are not scored.

    Empty unless the scenario is of the actors of the packaged record.
    """
    begins = min((event.date for event in events), default=through)
    before = [event for event in packaged_record() if event.date < begins]
    if {event.actor for event in before} - {BOTH} != set(scenario.actors):
        return {}
    start = scenario.horizon.start
    first = start - timedelta(days=(start - before[0].date).days // WEEK * WEEK)
    weeks = ((through - first).days + 1) // WEEK
    last = first + timedelta(days=WEEK * weeks - 1)
    moves = actor_moves([*before, *events], first, last)
    scores = step_scores(moves, past_rates(moves, HALF_LIFE)).sum(axis=1)
    return {
        first + timedelta(days=WEEK * week): -float(score) / math.log(2)
        for week, score in enumerate(scores)
    }
