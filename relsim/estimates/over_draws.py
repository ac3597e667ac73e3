"""The interval over draws: how an outcome's probability differs between draws.

Only R runs stand behind each draw, so the hits of a draw scatter even where its probability
does not. That noise is taken out before points of the distribution are read off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.array_types import Integers
from relsim.estimates.deconvolution import TAILS, Interval, OverDraws, deconvolve

NO_SPREAD = "no spread resolved"
FEWEST_RUNS = 8  # a draw
FEWEST_RUNS_PAIRED = 16  # a draw: a difference is shrunk, not deconvolved, and needs more
FEWEST_HITS = 50  # and as many misses; of flips in a difference
FEWEST_DRAWS = 20  # with fewer, no draw lies beyond the 5% point


class Spread(NamedTuple):
    """How far a probability differs between draws.

    Attributes
    ----------
    interval_90, interval_50 : (float, float) or None
        5% and 95% points; and the middle half, 25% and 75% points. Both are there or neither is.
    note : str
        Why there are none, ``"no spread resolved"``, or empty.
    """

    interval_90: Interval | None
    interval_50: Interval | None
    note: str

    @classmethod
    def of(cls, over: OverDraws) -> Spread:
        """The points of a distribution."""
        return cls(over.interval_90, over.interval_50, "")


def interval_over_draws(
    hits: npt.ArrayLike, runs: npt.ArrayLike, *, by_runs: bool = False
) -> tuple[Interval | None, str]:
    """The 5% and 95% points of the probability over draws, and why there are none.

    As `spread_over_draws`, which has the middle half as well.

    Examples
    --------
    >>> interval_over_draws([1, 2, 2], 32)
    (None, 'under 20 draws')
    >>> interval_over_draws([8] * 64, 32)
    ((0.25, 0.25), 'no spread resolved')
    """
    found = spread_over_draws(hits, runs, by_runs=by_runs)
    return found.interval_90, found.note


def spread_over_draws(hits: npt.ArrayLike, runs: npt.ArrayLike, *, by_runs: bool = False) -> Spread:
    """The 90% interval and the middle half of the probability over draws, sampling noise removed.

    Parameters
    ----------
    hits : array of int, shape (draw,)
        Runs of each draw in which the outcome happened.
    runs : int, or array of int, shape (draw,)
        Runs of each draw; a draw without a run is left out.
    by_runs : bool
        Draws count in proportion to their runs: those of a condition, of which a draw has the more
        the likelier it finds it. By default all count alike.

    Returns
    -------
    Spread
        None for both intervals if the distribution cannot be estimated; the ends of each alike if
        the draws do not differ beyond the noise.

    Notes
    -----
    1. Unless chi-square refuses at 95% that all draws have one probability, that one is given.
    2. Else the distribution of the probability is found by `deconvolve`.

    Both intervals come from this one distribution, so what is too little for one is too little
    for the other: under 20 draws, 8 runs a draw, 50 hits or 50 misses there is neither.

    The mean may lie outside: an outcome certain in 3% of the draws and impossible in the others
    has the interval 0 to 0.

    Examples
    --------
    >>> spread_over_draws([8] * 64, 32).interval_50
    (0.25, 0.25)
    """
    k, n = np.broadcast_arrays(*(np.asarray(a, dtype=np.int64) for a in (hits, runs)))
    k, n = k[n > 0], n[n > 0]
    if reason := _too_little(n, FEWEST_RUNS, {"hits": k.sum(), "misses": (n - k).sum()}):
        return Spread(None, None, reason)
    rate = float(k.sum() / n.sum())
    scatter = float(((k - n * rate) ** 2 / n).sum()) / (rate * (1 - rate))
    if scatter <= float(special.chdtri(k.size - 1, 0.05)):
        return Spread((rate, rate), (rate, rate), NO_SPREAD)
    return Spread.of(OverDraws(*deconvolve(k, n, n.astype(np.float64) if by_runs else None)))


def _too_little(runs: Integers, fewest_runs: int, counted: Mapping[str, int]) -> str:
    """Why runs of draws, or what was counted among them, are too few; empty if they are not."""
    if runs.size < FEWEST_DRAWS:
        return f"under {FEWEST_DRAWS} draws"
    if runs.mean() < fewest_runs:
        return f"under {fewest_runs} runs a draw"
    few = [what for what, number in counted.items() if number < FEWEST_HITS]
    return f"under {FEWEST_HITS} {few[0]}" if few else ""


def interval_of_differences(
    total: npt.ArrayLike, flips: npt.ArrayLike, runs: npt.ArrayLike
) -> tuple[Interval | None, str]:
    """The 5% and 95% points, over draws, of a paired difference of probabilities.

    Parameters
    ----------
    total : array of int, shape (draw,)
        Sum over a draw's pairs of runs of +1 (happened in the first alone), −1 (in the second
        alone) and 0.
    flips : array of int, shape (draw,)
        Pairs of the draw that are not 0.
    runs : int, or array of int, shape (draw,)
        Pairs of each draw.

    Returns
    -------
    interval, reason
        As from `interval_over_draws`.

    Notes
    -----
    1. One-way analysis of variance at 95%: do the draws' means differ beyond the noise within them?
    2. The means are drawn together around the overall mean until their variance is that of the
       true differences, total less noise (Louis 1984, J. Am. Stat. Assoc. 79:393-398), and the
       5% and 95% points are read off.

    Within about .03 of the truth at 32 runs a draw, .05 where the differences have two humps.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.int64) for a in (total, flips, runs)))
    s, f, n = (array[arrays[2] > 0] for array in arrays)
    if reason := _too_little(n, FEWEST_RUNS_PAIRED, {"runs that differ": f.sum()}):
        return None, reason
    means = s / n
    overall = s.sum() / n.sum()
    between = float((n * (means - overall) ** 2).sum()) / (n.size - 1)
    rest = int((n - 1).sum())
    within = float((f - n * means**2).sum()) / rest
    if between <= within * float(special.fdtri(n.size - 1, rest, 0.95)):
        return (float(overall), float(overall)), NO_SPREAD
    shrink = np.sqrt(1 - within / between)
    low, high = overall + shrink * (np.quantile(means, TAILS) - overall)
    return (float(low), float(high)), ""
