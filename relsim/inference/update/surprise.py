"""How unexpected weeks and moves were, in bits, and what draws learned from a move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.history.events import BOTH, Event, packaged_record
from relsim.history.one_step import HALF_LIFE, actor_moves, past_rates, step_scores
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK

__all__ = ["MoveSurprise", "WeekSurprise", "bits_of_rates", "learned_from"]


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
        record of the years before, and of a first or last week that is not all evidence.
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
    """One move.

    Attributes
    ----------
    date : date
    actor : str or None
        None of a joint move.
    move : str
    bits : float
        Minus the base-2 logarithm of its rate a day, or of a joint move's chance.
    implied : bool
    effect : float
        The headline's probability on the last day, less what it is if the draws learn nothing from
        this move. What the move itself did to relations stays in both.
    effect_error : float
        Its standard error, from the number of draws.
    """

    date: date
    actor: str | None
    move: str
    bits: float
    implied: bool
    effect: float
    effect_error: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the effect is more than two standard errors."""
        return abs(self.effect) > 2 * self.effect_error


def learned_from(by_move: Doubles, came: Doubles, which: Integers) -> tuple[Doubles, Doubles]:
    """What draws of equal weight learned from each move of an outcome's probability; its error.

    The likelihood of the move is taken out of the weight of each draw.

    Parameters
    ----------
    by_move : float64, (moves, draws)
        Log-likelihood of each move in each draw.
    came : float64, (draws,)
        Share of each draw's runs in which the outcome came about.
    which : int64, (draws,)
        Copies of a draw have the same number: they are no independent draws.

    Returns
    -------
    effect, error : float64, (moves,)
    """
    without = np.exp(by_move.min(axis=1, keepdims=True) - by_move)
    without /= without.mean(axis=1, keepdims=True)
    left = (without * came).mean(axis=1)
    influence = (came - came.mean()) - without * (came - left[:, np.newaxis])
    squares = [float((np.bincount(which, row) ** 2).sum()) for row in influence]
    return came.mean() - left, np.sqrt(np.array(squares)) / came.size


def bits_of_rates(
    scenario: Scenario, events: Sequence[Event], known: date, through: date
) -> dict[date, float]:
    """What each week, by its first day, costs EW4 in bits: whole weeks that are all evidence.

    Its rates rest on the packaged record until the last day that the scenario knows, and on the
    events since; its classes of moves are coarser than a catalogue, and joint moves and implied
    rows are not scored.

    Empty unless the scenario is of the actors of the packaged record.
    """
    before = [event for event in packaged_record() if event.date <= known]
    since = [event for event in events if event.date > known]
    if {event.actor for event in before} - {BOTH} != set(scenario.actors):
        return {}
    start = scenario.horizon.start
    first = start - timedelta(days=(start - before[0].date).days // WEEK * WEEK)
    weeks = ((through - first).days + 1) // WEEK
    if weeks < 1:
        return {}
    last = first + timedelta(days=WEEK * weeks - 1)
    moves = actor_moves([*before, *since], first, last)
    scores = step_scores(moves, past_rates(moves, HALF_LIFE)).sum(axis=1)
    begins = (first + timedelta(days=WEEK * week) for week in range(weeks))
    return {
        day: -float(score) / math.log(2)
        for day, score in zip(begins, scores, strict=True)
        if day > known
    }
