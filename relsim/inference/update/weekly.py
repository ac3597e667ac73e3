"""Draws reweighed by each week, and moved where few of them bear weight.

What is called a week here may be a part of one, if on a day within it a forecast is wanted.

Iterated batch importance sampling (Chopin 2002, Biometrika 89:539): a draw's weight is the product
of its weekly likelihoods. Where the next week would leave too few effective draws, only as much of
its evidence is brought in as leaves enough (a power of its likelihood), draws are resampled and
moved, and then comes the rest. Metropolis–Hastings moves keep density × likelihood of all so far.
The likelihoods are unbiased estimates of a nested filter, and a draw keeps the one that it was
accepted with, for the weeks to come as well: the filter of each goes on through all weeks at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from relsim.array_types import Doubles
from relsim.inference.calibrate.block_moves import Moves, proposed
from relsim.inference.calibrate.tempering import resampled
from relsim.inference.calibrate.weights import effective_size, weights_of
from relsim.inference.update.leading import Columns
from relsim.worlds.randomness.streams import Succession

__all__ = ["Found", "Population", "Rejuvenation", "Weekly", "filter_weeks"]

HALVINGS = 40  # of the interval in which a share of a week's evidence is sought
SHARE, RHOS, FITTED = 0.25, (0.0, 0.5, 0.85), 0.8  # of the moves: see decision 25


@dataclass(frozen=True)
class Found:
    """What the weeks, and each move that counts, say of draws: log-likelihoods, draws last."""

    weekly: Doubles
    by_move: Doubles


Evaluate = Callable[[Doubles, Columns, int], Found]


@dataclass(frozen=True)
class Population:
    """Draws on a day.

    Attributes
    ----------
    w : float64, (draws, coordinates)
        Places in the density.
    others : dict of float64 (draws,)
        Parameters that have no place there: they stay with the draw.
    log_weights : float64, (draws,)
    found : Found
        What each draw was accepted with.
    """

    w: Doubles
    others: Columns
    log_weights: Doubles
    found: Found

    @property
    def weights(self) -> Doubles:
        """They sum to 1."""
        return weights_of([self.log_weights])

    @property
    def distinct(self) -> int:
        """Draws that are no copies of another."""
        return len(np.unique(self.w, axis=0))

    @property
    def effective(self) -> float:
        """Kish's effective number of draws; copies of one count as one."""
        _, which = np.unique(self.w, axis=0, return_inverse=True)
        return effective_size(np.bincount(which.ravel(), self.weights).astype(np.float64))

    def at(self, kept: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Population:
        """Draws kept, with equal weights."""
        return Population(
            self.w[kept],
            {path: column[kept] for path, column in self.others.items()},
            np.zeros(len(kept)),
            Found(self.found.weekly[:, kept], self.found.by_move[:, kept]),
        )


@dataclass(frozen=True)
class Rejuvenation:
    """A time at which draws were resampled and moved.

    Attributes
    ----------
    week : int
    share : float
        How much of the week's evidence was in.
    effective : float
        Number of draws before.
    ancestors : int
        Draws of which a copy was kept.
    distinct : int
        Draws after the moves that are no copies of another.
    acceptance : float
        Share of the moves that were accepted.
    """

    week: int
    share: float
    effective: float
    ancestors: int
    distinct: int
    acceptance: float


@dataclass(frozen=True)
class Weekly:
    """What the weeks did.

    Attributes
    ----------
    log_predictive : float64, (weeks,)
        Log of each week's probability given those before, in nats.
    by_move : float64, (moves,)
        Of each move that counts, with the draws' weights before its week, and given what came
        before it in its week.
    effective, distinct : float64, int64 (weeks,)
        Draws after each week, and after the moves there were.
    least : float
        Effective draws when they were fewest, before they were moved.
    rejuvenations : tuple of Rejuvenation
    kept : dict of Population
        After each week that was asked for.
    """

    log_predictive: Doubles
    by_move: Doubles
    effective: Doubles
    distinct: Doubles
    least: float
    rejuvenations: tuple[Rejuvenation, ...]
    kept: dict[int, Population]


def filter_weeks(
    evaluate: Evaluate,
    start: Population,
    first_week: int,
    week_of_move: Collection[int],
    keep: Collection[int],
    *,
    seed: int,
    moves: int,
    least: float = 0.5,
    number: int = 1,
) -> Weekly:
    """Reweigh draws week by week, and move them where few bear weight.

    Parameters
    ----------
    evaluate : function
        Of w, the other parameters and the number of the evaluation, to what the weeks say.
    start : Population
        Draws before the first week.
    first_week : int
        Those before it were known.
    week_of_move : collection of int
        Of each move in `by_move`, in order.
    keep : collection of int
        Weeks after which the population is kept.
    seed : int
        Of all that is drawn here.
    moves : int
        Moves at each rejuvenation, each one evaluation.
    least : float
        Share of the draws that stay effective.
    number : int
        Of the first evaluation.
    """
    now, weeks = start, len(start.found.weekly)
    kinds = Moves(moves, SHARE, np.asarray(RHOS), FITTED)
    predictive, effective, distinct = np.zeros(weeks), np.zeros(weeks), np.zeros(weeks)
    of_moves = np.asarray(list(week_of_move), dtype=np.int64)
    by_move = np.zeros(len(of_moves))
    happened: list[Rejuvenation] = []
    kept, fewest = dict[int, Population](), float(now.effective)
    for week in range(first_week, weeks):
        here = np.flatnonzero(of_moves == week)
        before = now.log_weights - logsumexp(now.log_weights)
        so_far = before + np.cumsum(now.found.by_move[here], axis=0)
        by_move[here] = np.diff(logsumexp(so_far, axis=1), prepend=0.0)
        share = 0.0  # of the week's evidence that is in
        while share < 1:
            of_week = now.found.weekly[week]
            until = _share(now.log_weights, of_week, share, least)
            before = now.log_weights - logsumexp(now.log_weights)
            now = replace(now, log_weights=before + (until - share) * of_week)
            predictive[week] += logsumexp(now.log_weights)
            fewest, share = min(fewest, now.effective), until
            if share < 1:
                now, step = _moved(evaluate, now, week, share, kinds, number, seed)
                number += moves
                happened.append(step)
        effective[week], distinct[week] = now.effective, now.distinct
        if week in keep:
            kept[week] = now
    return Weekly(predictive, by_move, effective, distinct, fewest, tuple(happened), kept)


def _share(log_weights: Doubles, of_week: Doubles, share: float, least: float) -> float:
    """How much of a week's evidence may be in, so that enough draws bear weight."""

    def enough(until: float) -> bool:
        weights = weights_of([log_weights + (until - share) * of_week])
        return effective_size(weights) >= least * len(weights)

    if enough(1.0):
        return 1.0
    low, high = share, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if enough(middle) else (low, middle)
    return low


def _moved(
    evaluate: Evaluate, now: Population, week: int, share: float, kinds: Moves, number: int,
    seed: int,
) -> tuple[Population, Rejuvenation]:  # fmt: skip
    """Resample draws and move them, on the weeks before and a share of the evidence of this one."""
    rng = Succession(seed, "update", number)
    before, counts = now.effective, np.append(np.ones(week), share)
    kept = resampled(now.weights, rng)
    now, accepted = now.at(kept), 0.0
    for move in range(kinds.count):
        proposal = proposed(now.w, kinds, rng)
        found = evaluate(proposal.z, now.others, number + move)
        gain = counts @ (found.weekly[: week + 1] - now.found.weekly[: week + 1])
        taken = np.log(rng.uniforms((len(kept),))) < gain + proposal.log_ratio
        accepted += float(taken.mean()) / kinds.count
        now = replace(
            now,
            w=np.where(taken[:, np.newaxis], proposal.z, now.w),
            found=Found(
                np.where(taken, found.weekly, now.found.weekly),
                np.where(taken, found.by_move, now.found.by_move),
            ),
        )
    ancestors = len(np.unique(kept))
    return now, Rejuvenation(week, share, before, ancestors, now.distinct, accepted)
