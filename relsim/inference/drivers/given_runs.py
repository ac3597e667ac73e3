"""First-order effects on an outcome given that something else comes about.

The runs that meet a condition are a sample of draws and runs as they are distributed given it: a
draw has the more of them the likelier it finds the condition. So what is learned from these runs,
each counting once, is given the condition. With g the condition's probability in a draw and p the
outcome's given draw and condition, draws have density g / E g relative to how they are drawn, and a
parameter's first-order effect is Var(E[p | parameter]) / Var(p), all of it under that density.

Parameters that are drawn independently depend on each other given a condition that two of them
make likelier. So a first-order effect includes what the parameter tells of others, and there is no
total effect: to draw one parameter again alone would break the dependence, and the condition.

As in `relsim.inference.drivers.indices` no noise is left in a square: each is a sum over pairs of
different things. The square of a mean comes from pairs of different draws; those that have the same
row of joint draws are one. The mean square of p comes from pairs of runs of one draw, so that a run
that stands alone in its draw says nothing of it. Such runs are left out of all effects, so that
all are of the same runs; draws that find the condition unlikely count a little less for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.errors import UsageError
from relsim.estimates.confidence import effective
from relsim.inference.drivers.indices import waves
from relsim.inference.drivers.screening import (
    LEVEL,
    SHUFFLES,
    Index,
    Row,
    Screening,
    Split,
    jackknifed,
)
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH
from relsim.worlds.randomness.streams import Succession

__all__ = ["FEWEST_DRAWS", "MOST_ALONE", "Kept", "screen_given"]

FEWEST_DRAWS = 100  # effective: at 104 intervals of 90% held the index in .87 to 1 of 60 cases
MOST_ALONE = 0.25  # of the runs, in draws that hold no other
GROUPS = 64  # of rows of joint draws, which are left out one after the other for the error


class Kept(NamedTuple):
    """The runs that meet a condition, by draw; arrays of shape (draws,).

    Attributes
    ----------
    runs, hits : float64
        Those of each draw, and those of them in which the outcome came about.
    row : int64
        The number of each draw among those that are different.
    """

    runs: Doubles
    hits: Doubles
    row: Integers

    @property
    def alone(self) -> float:
        """Share of the runs that have no other of their draw."""
        return float(self.runs[self.runs == 1].sum() / self.runs.sum())


class _Sums(NamedTuple):
    """Sums over rows, and over the squares of what each row brings: of all, then leaving out.

    Attributes
    ----------
    total, squares : float64 (1 + groups, ...)
    """

    total: Doubles
    squares: Doubles

    @classmethod
    def of(cls, by_row: Doubles, group: Integers) -> _Sums:
        """From what each row brings, (rows, ...), and the group of each row."""
        groups = int(group.max()) + 1
        found = []
        for values in (by_row, by_row**2):
            of_group = np.zeros((groups, *values.shape[1:]))
            np.add.at(of_group, group, values)
            whole = of_group.sum(axis=0)
            found.append(np.concatenate([whole[np.newaxis], whole - of_group]))
        return cls(*found)

    @property
    def pairs(self) -> Doubles:
        """Sum of the products of two different rows."""
        return np.asarray(self.total**2 - self.squares)


def screen_given(kept: Kept, parameters: Mapping[str, Doubles], seed: int) -> Screening:
    """First-order effects of all parameters on an outcome, given a condition.

    Parameters
    ----------
    kept : Kept
        The runs that meet it.
    parameters : mapping of path to float64 (draws,)
        Values of the parameters to try.
    seed : int
        Of the signs.

    Returns
    -------
    Screening
        Without what total effects need.

    Raises
    ------
    UsageError
        If fewer than 100 effective draws are left, or over a quarter of the runs stand alone in
        their draws.

    Notes
    -----
    What chance shows: each row's part in every index is given a sign at random, the same for all
    parameters, 499 times (the wild bootstrap; Wu 1986, Ann. Stat. 14:1261-1295), and the largest
    index is noted (Westfall & Young 1993). Errors are from leaving out one group of rows at a time:
    a batch, or where rows of joint draws stand in several batches one row in 64.
    """
    _refuse_few(kept)
    several = kept.runs > 1
    kept = kept._replace(
        runs=np.where(several, kept.runs, 0.0), hits=np.where(several, kept.hits, 0.0)
    )
    rows = int(kept.row.max()) + 1
    joint = rows < kept.row.size
    group = np.arange(rows) % GROUPS if joint else np.arange(rows) // DRAWS_PER_BATCH
    split, variances = _split(kept, group)
    if not split.resolved:
        return _screening(split, (), None, None, variances)
    size = _Sums.of(_by_row(kept, kept.runs), group).pairs
    residual = kept.hits - kept.runs * float(kept.hits.sum() / kept.runs.sum())
    signs = np.where(Succession(seed, "drivers, given").uniforms((SHUFFLES, rows)) < 0.5, -1.0, 1.0)
    order = np.argsort(kept.row, kind="stable")
    starts = np.flatnonzero(np.diff(kept.row[order], prepend=-1))
    largest, found = np.full(SHUFFLES, -np.inf), dict[str, Index]()
    together = np.zeros(variances.size)
    for path, values in parameters.items():
        parts = (waves(values, kept.runs) * residual).T[order]
        by_row = np.add.reduceat(parts, starts)
        shares = _Sums.of(by_row, group).pairs.sum(axis=1) / size / variances
        by_chance = ((signs @ by_row) ** 2).sum(axis=1) - (by_row**2).sum()
        by_chance = by_chance / size[0] / variances[0]
        together += shares
        found[path] = jackknifed(shares, float(by_chance.std()))
        largest = np.maximum(largest, by_chance)
    listed = [
        Row(path, index, float((1 + (largest >= index.value).sum()) / (1 + SHUFFLES)))
        for path, index in found.items()
    ]
    ranked = sorted(listed, key=lambda one: -one.first_order.value)
    chance = float(np.quantile(largest, LEVEL)) if listed else None
    additive = jackknifed(together, most=np.inf)
    return _screening(split, tuple(ranked), chance, additive, variances)


def _screening(
    split: Split, ranked: tuple[Row, ...], chance: float | None, additive: Index | None,
    variances: Doubles,
) -> Screening:  # fmt: skip
    return Screening(split, ranked, chance, additive, np.zeros(0, np.bool_), variances)


def _split(kept: Kept, group: Integers) -> tuple[Split, Doubles]:
    """The variance of p, and within draws, of runs of which none is alone in its draw."""
    squares = kept.hits * (kept.hits - 1) / np.maximum(kept.runs - 1, 1)
    of_runs, of_hits, of_squares = (
        _Sums.of(_by_row(kept, x), group) for x in (kept.runs, kept.hits, squares)
    )
    mean_square = of_squares.total / of_runs.total
    variances = mean_square - of_hits.pairs / of_runs.pairs
    within = of_hits.total / of_runs.total - mean_square
    among = jackknifed(variances)
    split = Split(None, among.value, among.error, float(within[0]))
    if split.resolved:
        split = Split(
            jackknifed(variances / (variances + within)), among.value, among.error, split.within
        )
    return split, variances


def _by_row(kept: Kept, of_draw: Doubles) -> Doubles:
    return np.bincount(kept.row, of_draw).astype(np.float64)


def _refuse_few(kept: Kept) -> None:
    left, rows = effective(_by_row(kept, kept.runs)), int(kept.row.max()) + 1
    if left < FEWEST_DRAWS:
        more = FEWEST_DRAWS / max(left, 1.0) * 1.2
        draws = int(np.ceil(kept.runs.size * more / DRAWS_PER_BATCH)) * DRAWS_PER_BATCH
        joint = f" (they have {rows:,} different rows of the joint draws)"
        raise UsageError(
            f"indices need {FEWEST_DRAWS} effective draws that meet the condition, and {left:,.0f} "
            f"do: simulate some {draws:,} draws in place of {kept.runs.size:,}, with as many runs "
            f"of each{joint * (rows < kept.runs.size)}"
        )
    if kept.alone > MOST_ALONE:
        raise UsageError(
            f"{kept.alone:.0%} of the runs that meet the condition have no other of their draw "
            f"beside them, so that draws cannot be told from chance; {MOST_ALONE:.0%} may be so: "
            "simulate more runs of each draw"
        )
