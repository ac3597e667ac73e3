"""Draws reweighed by each week, and moved where few of them bear weight.

What is called a week here may be a part of one, if on a day within it a forecast is wanted.

Iterated batch importance sampling (Chopin 2002, Biometrika 89:539): a draw's weight is the product
of its weekly likelihoods. Where the next week would leave too few effective draws, only as much of
its evidence is brought in as leaves enough (a power of its likelihood). Then some draws are
resampled, each begins a chain of moves that keep density × likelihood of all so far, and the states
of all chains are the draws for the rest: see `relsim.inference.update.moving`.
The likelihoods are unbiased estimates of a nested filter, and a draw keeps the one that it was
accepted with, for the weeks to come as well: the filter of each goes on through all weeks at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from relsim.array_types import Booleans, Doubles, Integers
from relsim.inference.calibrate.tempering import resampled
from relsim.inference.calibrate.weights import effective_size, weights_of
from relsim.inference.update.leading import Columns
from relsim.inference.update.moving import Seen, moved
from relsim.worlds.randomness.streams import Succession

__all__ = ["Found", "Population", "Rejuvenation", "Weekly", "filter_weeks"]

HALVINGS = 40  # of the interval in which a share of a week's evidence is sought
LEAST = 0.5  # effective draws for each chain
MOST = 0.8  # of the effective draws that the last moves left: so that some evidence comes in


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
        Parameters that have no place there, as what a dated change sets: they stay with the
        draw.
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

    @cached_property
    def which(self) -> Integers:
        """The number of each draw among those that are no copies of another, (draws,)."""
        _, which = np.unique(self.w, axis=0, return_inverse=True)
        return np.asarray(which.ravel())

    @property
    def distinct(self) -> int:
        """Draws that are no copies of another."""
        return int(self.which.max()) + 1

    @property
    def effective(self) -> float:
        """Kish's effective number of draws; copies of one count as one."""
        return self.effective_with(self.log_weights)

    def effective_with(self, log_weights: Doubles) -> float:
        """The same, if they had other weights."""
        of_distinct = np.bincount(self.which, weights_of([log_weights]))
        return effective_size(of_distinct.astype(np.float64))

    def few(self, each: int, rng: Succession) -> Integers:
        """One draw for each so many, by systematic resampling."""
        return resampled(self.weights, rng)[int(rng.uniforms((1,))[0] * each) :: each]

    def where(self, taken: Booleans, w: Doubles, found: Found) -> Population:
        """Those draws that moved at their new places, the others where they were."""
        return replace(
            self,
            w=np.where(taken[:, np.newaxis], w, self.w),
            found=Found(
                np.where(taken, found.weekly, self.found.weekly),
                np.where(taken, found.by_move, self.found.by_move),
            ),
        )

    def at(self, kept: Integers) -> Population:
        """Draws kept, with equal weights."""
        found = Found(self.found.weekly[:, kept], self.found.by_move[:, kept])
        others = {path: column[kept] for path, column in self.others.items()}
        return Population(self.w[kept], others, np.zeros(len(kept)), found)


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
    after : float
        Effective number of draws after the moves.
    acceptance : float
        Share of the moves that were accepted.
    """

    week: int
    share: float
    effective: float
    ancestors: int
    distinct: int
    after: float
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
    learned: int,
    least: float = LEAST,
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
        Moves of each chain, each one evaluation: there is a chain for each `moves` + 1 draws.
    learned : int
        Number of the coordinates that a Gaussian is fitted to, the first ones.
    least : float
        Effective draws for each chain, copies counted as one, that there are to be at all times.
        Where moves leave hardly as many, `MOST` of those that they leave.
    number : int
        Of the first evaluation.
    """
    now, weeks = start, len(start.found.weekly)
    predictive, effective, distinct = np.zeros(weeks), np.zeros(weeks), np.zeros(weeks)
    of_moves = np.asarray(list(week_of_move), dtype=np.int64)
    by_move = np.zeros(len(of_moves))
    happened: list[Rejuvenation] = []
    kept, fewest = dict[int, Population](), now.effective
    wanted = min(least * len(now.w) / (moves + 1), MOST * fewest)
    seen = Seen(now.w, now.found.weekly)
    for week in range(first_week, weeks):
        here = np.flatnonzero(of_moves == week)
        before = now.log_weights - logsumexp(now.log_weights)
        so_far = before + np.cumsum(now.found.by_move[here], axis=0)
        by_move[here] = np.diff(logsumexp(so_far, axis=1), prepend=0.0)
        share = 0.0  # of the week's evidence that is in
        while share < 1:
            until = _share(now, week, share, wanted)
            before = now.log_weights - logsumexp(now.log_weights)
            now = replace(now, log_weights=before + (until - share) * now.found.weekly[week])
            predictive[week] += logsumexp(now.log_weights)
            fewest, share = min(fewest, now.effective), until
            if share < 1:
                chains = _Chains(evaluate, moves, learned, number, seed)
                now, step, seen = chains.moved(now, seen, week, share)
                number += moves
                happened.append(step)
                wanted = min(least * len(now.w) / (moves + 1), MOST * now.effective)
        effective[week], distinct[week] = now.effective, now.distinct
        if week in keep:
            kept[week] = now
    return Weekly(predictive, by_move, effective, distinct, fewest, tuple(happened), kept)


def _share(now: Population, week: int, share: float, wanted: float) -> float:
    """How much of a week's evidence may be in, so that enough draws bear weight."""

    def enough(until: float) -> bool:
        with_it = now.log_weights + (until - share) * now.found.weekly[week]
        return now.effective_with(with_it) >= wanted

    if enough(1.0):
        return 1.0
    low, high = share, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if enough(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class _Chains:
    """Chains of moves; attributes as the arguments of `filter_weeks`."""

    evaluate: Evaluate
    moves: int
    learned: int
    number: int
    seed: int

    def moved(
        self, now: Population, seen: Seen, week: int, share: float
    ) -> tuple[Population, Rejuvenation, Seen]:
        """Chains from resampled draws, on the weeks before and a share of this one's evidence."""
        rng = Succession(self.seed, "update", self.number)
        counts = np.append(np.ones(week), share)
        level = float(np.median(counts @ now.found.weekly[: week + 1]))
        around = seen.gaussian(counts, level, self.learned)
        begins = now.few(self.moves + 1, rng)
        state, accepted = now.at(begins), 0.0
        states = [state]
        for move in range(self.moves):
            w, log_ratio = moved(state.w, around, rng)
            found = self.evaluate(w, state.others, self.number + move)
            seen = seen.then(w, found.weekly)
            gain = counts @ (found.weekly[: week + 1] - state.found.weekly[: week + 1])
            taken = np.log(rng.uniforms((len(w),))) < gain + log_ratio
            accepted += float(taken.mean()) / self.moves
            state = state.where(taken, w, found)
            states.append(state)
        after = _together(states)
        ancestors = len(np.unique(begins))
        step = Rejuvenation(
            week, share, now.effective, ancestors, after.distinct, after.effective, accepted
        )
        return after, step, seen


def _together(states: Sequence[Population]) -> Population:
    """The states of all chains as draws, those of one chain side by side."""
    order = np.arange(len(states) * len(states[0].w)).reshape(len(states), -1).T.ravel()
    beside = Population(
        np.concatenate([one.w for one in states]),
        {path: np.tile(column, len(states)) for path, column in states[0].others.items()},
        np.zeros(len(order)),
        Found(
            np.concatenate([one.found.weekly for one in states], axis=1),
            np.concatenate([one.found.by_move for one in states], axis=1),
        ),
    )
    return beside.at(order)
