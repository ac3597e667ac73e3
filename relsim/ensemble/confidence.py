"""Confidence intervals of a mean of runs: by Student's t, exactly where hits are few."""

from __future__ import annotations

from scipy import special

from relsim.ensemble.spread import Interval

__all__ = ["FEW", "Z_90", "clopper_pearson", "exact", "exact_of_pairs", "student"]

FEW = 10  # hits or misses below which the normal approximation is not used
Z_90 = 1.6448536269514722


def student(value: float, error: float, degrees: int, lowest: float) -> Interval:
    """90% interval by Student's t, within the range from `lowest` to 1."""
    half = error * float(special.stdtrit(degrees, 0.95))
    return max(value - half, lowest), min(value + half, 1.0)


def exact(error: float, interval: Interval) -> tuple[float, Interval]:
    """The error of a handful of hits is hardly known: at least as large as its interval says."""
    return max(error, (interval[1] - interval[0]) / (2 * Z_90)), interval


def exact_of_pairs(gained: int, lost: int, n: int, error: float) -> tuple[float, Interval]:
    """Error and 90% interval of a paired difference of which few pairs differ.

    It joins two intervals of Clopper & Pearson at 95%, of the pairs that differ one way and the
    other (Bonferroni: 90% at the least).
    """
    gain, loss = clopper_pearson(gained, n, 0.95), clopper_pearson(lost, n, 0.95)
    return exact(error, (gain[0] - loss[1], gain[1] - loss[0]))


def clopper_pearson(hits: float, n: float, level: float = 0.90) -> Interval:
    """Exact two-sided confidence interval of a probability (Clopper & Pearson 1934).

    Numbers that are not whole are those of weighted runs.

    Examples
    --------
    >>> [round(end, 4) for end in clopper_pearson(0, 100)]
    [0.0, 0.0295]
    """
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high
