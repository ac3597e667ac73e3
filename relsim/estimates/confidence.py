"""Confidence intervals of a mean of runs: by Student's t, or from few draws that carry it all.

The runs of a draw share its parameters, so hits that stand in few draws say little, however many
they are: draws count, not runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from relsim.array_types import Doubles, Integers
from relsim.estimates.counts import Error
from relsim.estimates.deconvolution import Interval

Numbers = Integers | Doubles

FEW = 10  # draws that hold hits, or misses, below which there is no interval
SKEWED = 0.14  # skewness of a mean from which Student's t is not used: some 50 draws alike carry it
Z_90 = 1.6448536269514722
FEW_HITS, FEW_MISSES = (f"under {FEW} draws hold {what}" for what in ("hits", "misses"))


class Confidence(NamedTuple):
    """What is known of a share from finitely many runs.

    Attributes
    ----------
    error : float
        Standard error; never 0.
    interval : (float, float) or None
        90% confidence interval.
    bounds : (float, float)
        What the share is above, and what it is below, each with 95% confidence: the ends of the
        interval if there is one.
    refused : str
        Why there is no interval, or empty.
    """

    error: float
    interval: Interval | None
    bounds: Interval
    refused: str


def of_share(part: Numbers, size: Numbers, error: Error, runs: float) -> Confidence:
    """Confidence in the share of runs, from each draw's hits and runs, or sums of their weights.

    Parameters
    ----------
    part, size : array, shape (draw,)
        A draw without a run has size 0.
    error : Error
        From batches (`relsim.estimates.counts`).
    runs : float
        In all, or the effective number of weighted ones.
    """
    value = float(part.sum() / size.sum())
    bounds, refused = (0.0, 1.0), ""
    rest, all_of_one = size - part, size.max()
    few_hits, few_misses = (round(effective(size[x > 0])) < FEW for x in (part, rest))
    if few_misses:
        bounds, refused = _mirrored(_of_few_draws(rest, size, all_of_one)), FEW_MISSES
    if few_hits:
        low, high = _of_few_draws(part, size, all_of_one)
        bounds, refused = (bounds[0] if few_misses else low, high), FEW_HITS
    if refused:
        return Confidence(_error_of(bounds), None, bounds, refused)
    skewness = 0.0 if error.stratified else _skewness(part, size)
    if skewness > SKEWED:
        interval = _of_few_draws(part, size, part.max())
    elif skewness < -SKEWED:
        interval = _mirrored(_of_few_draws(rest, size, rest.max()))
    elif error.value == 0:
        interval = clopper_pearson(value * runs, runs)
    else:
        interval = max(value - error.half, 0.0), min(value + error.half, 1.0)
        return Confidence(error.value, interval, interval, "")
    return Confidence(max(error.value, _error_of(interval)), interval, interval, "")


def of_difference(
    up: Numbers, down: Numbers, size: Numbers, error: Error
) -> tuple[float, Interval]:
    """Error, and 90% interval, of a difference from what each draw gained and lost.

    Where few draws differ, or a few carry most of it, the intervals of gain and loss are joined
    (Zou & Donner 2008, Stat. Med. 27:1693-1702). Under 10 draws that differ these are the bounds
    that hold though one more draw gained, or lost, in every run.

    Parameters
    ----------
    up, down, size : array, shape (draw,)
        Pairs of runs that gained, that lost, and all.
    error : Error
        Monte Carlo error of the difference, by batches or by draws.
    """
    value = float((up.sum() - down.sum()) / size.sum())
    few = np.count_nonzero(up + down) < FEW
    even = error.stratified or abs(_skewness(up - down, size)) <= SKEWED
    if not few and error.value > 0 and even:
        return error.value, (max(value - error.half, -1.0), min(value + error.half, 1.0))
    largest = float(size.max()) if few else float(np.maximum(up, down).max())
    gain, loss = (float(x.sum() / size.sum()) for x in (up, down))
    (gain_low, gain_high), (loss_low, loss_high) = (
        _of_few_draws(x, size, largest) for x in (up, down)
    )
    low = value - float(np.hypot(gain - gain_low, loss_high - loss))
    high = value + float(np.hypot(gain_high - gain, loss - loss_low))
    interval = max(low, -1.0), min(high, 1.0)
    return max(error.value, _error_of(interval)), interval


def clopper_pearson(hits: float, n: float, level: float = 0.90) -> Interval:
    """Exact two-sided confidence interval of a probability (Clopper & Pearson 1934).

    For independent runs; runs of one draw are not.

    Examples
    --------
    >>> [round(end, 4) for end in clopper_pearson(0, 100)]
    [0.0, 0.0295]
    """
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def effective(weights: Numbers) -> float:
    """Kish's effective number, (Σ w)² / Σ w²; 0 if no weight is left."""
    squares = float((weights.astype(np.float64) ** 2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def _of_few_draws(part: Numbers, size: Numbers, largest: float) -> Interval:
    """90% interval of a small share from the sums of draws, each an event of its own size.

    The lower end is that of a gamma distribution with the share as mean and its variance between
    draws; the upper end that with one more draw, which holds `largest` (Fay & Feuer 1997, Stat.
    Med. 16:791-801).
    """
    total = float(size.sum())
    share, more = float(part.sum()) / total, float(largest) / total
    apart = (part - share * size) / total
    draws = int(np.count_nonzero(size))
    variance = float((apart**2).sum()) * draws / max(draws - 1, 1)
    low = _gamma(share, variance, 0.05)
    return low, min(_gamma(share + more, variance + more**2, 0.95), 1.0)


def _gamma(mean: float, variance: float, q: float) -> float:
    """Quantile of the gamma distribution with this mean and variance."""
    if mean == 0 or variance == 0:
        return mean
    return float(special.gammaincinv(mean**2 / variance, q)) * variance / mean


def _skewness(part: Numbers, size: Numbers) -> float:
    """Skewness of a mean over draws; 0 if all draws are alike."""
    apart = part - float(part.sum() / size.sum()) * size
    squares = float((apart**2).sum())
    return float((apart**3).sum()) / squares**1.5 if squares > 0 else 0.0


def _mirrored(interval: Interval) -> Interval:
    return 1 - interval[1], 1 - interval[0]


def _error_of(interval: Interval) -> float:
    """The error of which an interval would be the 90% interval."""
    return (interval[1] - interval[0]) / (2 * Z_90)
