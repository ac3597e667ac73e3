"""Weighted splitting: runs that come near a rare outcome are copied, and weigh less for it.

The runs of a chunk are a population with weights. At the end of a week a run of weight w is
expected to have N w h / Σ w h copies, each of weight Σ w h / (N h). So the expected weight of its
copies is w, whatever h is, and every weighted mean stays unbiased as long as h depends on the
present population alone. Here h is such that each level has a share of the places (`expected`).

Sources: sequential Monte Carlo with a change of measure by potentials, Del Moral & Garnier 2005,
Genealogical particle analysis of rare events, Ann. Appl. Probab. 15:2496; copies by systematic
resampling, Kitagawa 1996, J. Comput. Graph. Stat. 5:1. Shares of the levels: our judgement, see
``docs/decisions/0034-rare-outcomes.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from relsim.array_types import Booleans, Doubles, Integers

__all__ = ["Banked", "Population", "copies", "expected", "places"]

# Shares of the places for the lowest occupied level; the other levels share the rest. Where each
# run is another draw, runs that are not copied are what lets many draws carry the figure.
LOWEST, LOWEST_OF_ONE_DRAW = 0.6, 0.25
LEAST_EFFECTIVE = 0.5  # of the places: copies are made if fewer would be effective


class Banked(NamedTuple):
    """Runs that met the outcome, and left with their weight; arrays of shape (runs,).

    Attributes
    ----------
    day : int
        The last day of the week.
    place : int64
        Where they stood.
    root : int64
        The run of the first day that each is a copy of.
    weight : float64
    """

    day: int
    place: Integers
    root: Integers
    weight: Doubles


def expected(weights: Doubles, level: Integers, lowest: float = LOWEST) -> Doubles:
    """The share of the places that the copies of each run are expected to have.

    Parameters
    ----------
    weights : float64, (runs,)
        Not negative; some positive.
    level : int64, (runs,)
        From 0 on.
    lowest : float
        The share for the lowest level that bears weight.

    Returns
    -------
    float64, (runs,)
        In proportion to w·h, with sum 1. Each level that bears weight has a quota of its own: a
        level merged with another would fail without a sign.

    Examples
    --------
    >>> expected(np.ones(4), np.array([0, 0, 0, 1])).round(3).tolist()
    [0.2, 0.2, 0.2, 0.4]
    """
    of_level = np.bincount(level, weights)
    occupied = np.flatnonzero(of_level)
    quota = np.zeros(of_level.size)
    quota[occupied] = (1 - lowest) / max(occupied.size - 1, 1)
    quota[occupied[0]] = lowest if occupied.size > 1 else 1.0
    quota[occupied] /= of_level[occupied]
    shares: Doubles = weights * quota[level]
    return shares


def copies(shares: Doubles, level: Integers, uniform: float) -> Integers:
    """How many copies each run has: systematic, one number of chance for all of them.

    Parameters
    ----------
    shares : float64, (runs,)
        Expected shares of the places, with sum 1.
    level : int64, (runs,)
        The runs stand in order of it, so that each level has its share but for one.
    uniform : float
        A uniform in [0, 1).

    Returns
    -------
    int64, (runs,)
        With as many copies in all as there are runs.
    """
    order = np.argsort(level.astype(np.int16), kind="stable")  # of short numbers quick
    edges = np.cumsum(shares[order])
    edges *= shares.size / edges[-1]
    below = np.clip(np.ceil(edges - uniform), 0, shares.size).astype(np.int64)
    below[-1] = shares.size
    counts = np.empty(shares.size, dtype=np.int64)
    counts[order] = np.diff(below, prepend=0)
    return counts


def places(counts: Integers) -> Integers:
    """The run that each becomes a copy of; one that has copies stays where it is.

    Examples
    --------
    >>> places(np.array([0, 3, 0, 1])).tolist()
    [1, 1, 1, 3]
    """
    index = np.arange(counts.size)
    index[counts == 0] = np.repeat(index, np.maximum(counts - 1, 0))
    return index


@dataclass
class Population:
    """The runs of one chunk, their weights, and what was banked.

    Attributes
    ----------
    runs : int
    leave : bool
        Whether runs that meet the outcome leave, and others take their places. If not they stay, as
        a level of their own, so that whatever else happens in them can be weighed.
    lowest : float
        As for `expected`.
    weights : float64, (runs,)
        At first 1 each; 0 of a run that left.
    root : int64, (runs,)
        The run of the first day that each is a copy of.
    banked : list of Banked
    resampled : int
        How often copies were made.
    """

    runs: int
    leave: bool = True
    lowest: float = LOWEST
    weights: Doubles = field(init=False)
    root: Integers = field(init=False)
    banked: list[Banked] = field(default_factory=list)
    resampled: int = 0

    def __post_init__(self) -> None:
        self.weights, self.root = np.ones(self.runs), np.arange(self.runs)

    def week(self, day: int, level: Integers, met: Booleans, uniform: float) -> Integers | None:
        """Bank what was met, and make copies if few runs would be effective.

        Parameters
        ----------
        day : int
            Of the end of the week.
        level : int64, (runs,)
            How near each run has come, from 0 on.
        met : bool, (runs,)
            Whether it has met the outcome by now.
        uniform : float
            A uniform in [0, 1) that was not used before.

        Returns
        -------
        int64, (runs,) or None
            The run that each is to become a copy of; None if all stay as they are.
        """
        if self.leave:
            self._bank(day, np.flatnonzero(met & (self.weights > 0)))
        else:
            level = np.where(met, level.max() + 1, level)
        if not self.weights.any():
            return None
        shares = expected(self.weights, level, self.lowest)
        if 1 / (shares @ shares) >= LEAST_EFFECTIVE * self.runs:
            return None
        index = places(copies(shares, level, uniform))
        with np.errstate(divide="ignore", invalid="ignore"):
            after = self.weights / (self.runs * shares)  # of a run without weight nobody is a copy
        self.weights, self.root = after[index], self.root[index]
        self.resampled += 1
        return index

    def _bank(self, day: int, met: Integers) -> None:
        if met.size:
            self.banked.append(Banked(day, met, self.root[met], self.weights[met]))
            self.weights[met] = 0

    @property
    def probability(self) -> float:
        """What was banked, as a share of the weight at the beginning."""
        return sum(float(one.weight.sum()) for one in self.banked) / self.runs
