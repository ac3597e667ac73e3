"""Bins of a histogram: few, even, and of round width."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["WEEK", "date_edges", "even_edges"]

Doubles = npt.NDArray[np.float64]

MOST_BINS = 60
WEEK = 7  # days


def even_edges(values: Doubles, whole: bool) -> Doubles:
    """Edges of at most 60 bins of a round width: 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> even_edges(np.array([0.0, 3.0]), whole=True)
    array([-0.5,  0.5,  1.5,  2.5,  3.5])
    >>> even_edges(np.array([-1.7, 0.4]), whole=False)[[0, 1, -1]]
    array([-1.7 , -1.65,  0.45])
    """
    lowest, highest = float(values.min()), float(values.max())
    width = _round_up((highest - lowest + whole) / (MOST_BINS - 1))
    if whole:
        width = max(width, 1.0)
    first = math.floor(lowest / width)
    bins = math.floor(highest / width) - first + 1
    return np.asarray((first + np.arange(bins + 1)) * width - 0.5 * whole)


def _round_up(width: float) -> float:
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return power * next(step for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def date_edges(days: int) -> Doubles:
    """Edges of bins of whole weeks, at most 60 or so; the last one ends with the term."""
    weeks = max(1, math.ceil(days / (MOST_BINS * WEEK)))
    step = WEEK * next((w for w in (1, 2, 4, 13, 26, 52) if w >= weeks), weeks)
    return np.append(np.arange(0.0, days, step), float(days))
