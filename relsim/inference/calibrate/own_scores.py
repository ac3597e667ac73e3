"""The log score of each actor's week, one step ahead, of draws that are led along a record.

It is that of `relsim.history.one_step`, for a forecaster that is a mixture of runs: each run gives
each actor a rate for each merged class of moves, and a week's score is the log of the weighted
mean, over runs, of the chance of what the actor did. Weights rest on earlier weeks alone.

The rates are those at which `record_likelihood` takes moves to be recorded, for rows that are
recorded and not implied:

- A move other than proposals and answers: ω ((1 − ε) r + ε r°).
- A proposal: the same, times `Observation.detected`. Whether accepted or not, that share is
  recorded as such; other accepted ones are implied rows, which no forecaster is scored on.
- A rejection: at the actor's own rate while a proposal is pending; and that of proposals which
  nobody records before they are rejected: the other's proposals that are recorded, times the chance
  that this side rejects one.
- An acceptance: likewise, times `Observation.detected`, as most acceptances are implied rows.

All rates of a day are those before anything happened on it, and moves come at them independently:
unlike in the likelihood, which knows that an answer in kind and a proposal come once a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import logsumexp

from relsim.array_types import Doubles, Floats
from relsim.errors import UsageError
from relsim.history.one_step import CLASSES, merged_class
from relsim.inference.calibrate.record_likelihood import (
    NestedFilter,
    Observation,
    Record,
    led,
    normalised,
)
from relsim.processes.recorded import Look, Recorded
from relsim.scenario.schema import Scenario
from relsim.worlds.stage import Stage
from relsim.worlds.worlds import Worlds

__all__ = ["OwnScores", "ScoringFilter", "mixture_scores", "own_scores"]


@dataclass(frozen=True)
class OwnScores:
    """What each draw made of each week.

    Attributes
    ----------
    own : float64, (weeks, actors, draws)
        Log of the chance of what an actor did, given all weeks before.
    weekly : float64, (weeks, draws)
        Log-likelihood of the whole week, as `Filtered` has it.
    """

    own: Doubles
    weekly: Doubles


def own_scores(
    past: Scenario,
    record: Record,
    observation: Observation,
    drawn: Mapping[str, Doubles],
    log_intensity: Doubles,
    runs: int,
    seed: int,
) -> OwnScores:
    """Lead draws along a record and score them; arguments as for `filter_record`."""
    done = led(ScoringFilter, past, record, observation, drawn, log_intensity, runs, seed)
    return OwnScores(np.array(done.own), np.array(done.weekly))


def mixture_scores(found: OwnScores, first: int) -> tuple[Doubles, Doubles]:
    """Log scores of the mixture of all draws, whose weights learn from week to week.

    Parameters
    ----------
    found : OwnScores
        Of draws that have equal weights at the beginning of the week `first`.
    first : int
        The first week that is scored.

    Returns
    -------
    scores : float64, (weeks, actors)
        From the week `first` on.
    effective : float64, (weeks,)
        Kish's effective number of draws at the beginning of each week.

    Examples
    --------
    Two draws give the first week chances of .9 and .1, and learn from it:

    >>> own = np.log([[[0.9, 0.1]], [[0.9, 0.1]]])
    >>> scores, effective = mixture_scores(OwnScores(own, own[:, 0]), 0)
    >>> np.exp(scores[:, 0]).round(2).tolist(), effective.round(2).tolist()
    ([0.5, 0.82], [2.0, 1.22])
    """
    weekly = found.weekly[first:]
    learned = np.concatenate([np.zeros((1, weekly.shape[1])), np.cumsum(weekly, axis=0)[:-1]])
    weights = normalised(learned)
    with np.errstate(divide="ignore"):
        scores: Doubles = logsumexp(found.own[first:] + np.log(weights)[:, None], axis=2)
    return scores, 1 / (weights**2).sum(axis=1)


class ScoringFilter(NestedFilter):
    """A nested filter that keeps each actor's log score of each week.

    Attributes
    ----------
    own : list of float64 (actors, draws)
        By week: the log of the chance of what an actor did, averaged over the inner runs of a draw
        by the weights that they had before the week.
    """

    foresight: ClassVar[bool] = False  # each week is a forecast

    def __init__(
        self,
        stage: Stage,
        record: Record,
        observation: Observation,
        shape: tuple[int, int],
        log_intensity: Floats,
        lifetime: Floats,
        seed: int,
    ) -> None:
        super().__init__(stage, record, observation, shape, log_intensity, lifetime, seed)
        self._sums = np.zeros((len(CLASSES), len(stage.moves)), dtype=np.float32)
        for move in stage.moves:
            try:
                self._sums[list(CLASSES).index(merged_class(move.name)), move.index] = 1
            except UsageError:  # hold, and moves that no record of this kind has
                continue
        self._done = np.zeros((len(stage.actors), shape[0] * shape[1]))
        self._today: list[Floats] | None = None
        self.own: list[Doubles] = []

    def _classes(self, looks: Sequence[Look]) -> list[Floats]:
        """Rates a day of each class of each actor, (classes, columns)."""
        found, omega = [], np.exp(self._omega)
        plain = [omega * self._rates(look) for look in looks]
        shown = np.float32(self._of.detected)
        for actor, look in enumerate(looks):
            rates = plain[actor].copy()
            rates[self._proposing] *= shown
            asked = shown * plain[self._stage.opponent(actor)][self._proposing].sum(axis=0)
            accepted, rejected = self._answered(look)
            yes = look.available[self._accept] * look.odds[self._accept]
            no = look.available[self._reject] * look.odds[self._reject]
            rates[self._accept] = shown * yes + asked * accepted
            rates[self._reject] = no + asked * rejected
            rates[0] = 0
            found.append(self._sums @ rates)
        return found

    def day_began(self, looks: Sequence[Look]) -> None:
        self._today = self._classes(looks) if self._counts else None

    def days_passed(self, looks: Sequence[Look], days: int) -> None:
        if self._counts:
            for actor, rates in enumerate(self._classes(looks)):
                self._done[actor] -= days * rates.sum(axis=0)
        super().days_passed(looks, days)

    def moved(self, move: Recorded, looks: Sequence[Look]) -> None:
        if self._today is not None and move.actor is not None and not move.implied:
            actor = self._stage.actor(move.actor)
            place = list(CLASSES).index(merged_class(move.move))
            self._done[actor] += np.log(self._today[actor][place])
        super().moved(move, looks)

    def week_ended(self, day: int, worlds: Worlds) -> None:
        weights = self._weights.reshape(self._shape)
        both = weights + self._done.reshape(-1, *self._shape)
        self.own.append(logsumexp(both, axis=2) - logsumexp(weights, axis=1))
        self._done[:] = 0
        super().week_ended(day, worlds)
