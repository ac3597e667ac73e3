"""Probabilities of outcomes where runs have weights: an ensemble that was conditioned.

Source of the error: the ratio estimator, linearised, between batches (Cochran 1977, Sampling
Techniques, ch. 6).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.ensemble.confidence import FEW, Z_90, clopper_pearson
from relsim.ensemble.estimates import Estimate
from relsim.ensemble.glimpse import over_draws
from relsim.ensemble.spread import FEWEST_RUNS, TAILS, Interval

__all__ = ["effective", "weighted_estimate"]

Doubles = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

FEWEST_BATCHES = 8  # below: the variance between draws instead of between batches
FEWEST_DRAWS = 100  # that bear weight, for an interval over draws


def effective(weights: npt.NDArray[Any]) -> float:
    """Kish's effective number, (Σ w)² / Σ w²; 0 if no weight is left."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def weighted_estimate(
    happened: Booleans, draw_of_run: Integers, runs_per_batch: int, weights: Doubles
) -> Estimate:
    """Estimate an outcome's probability from weighted runs.

    Parameters
    ----------
    happened : bool, (run,)
    draw_of_run : int64, (run,)
    runs_per_batch : int
    weights : float64, (run,)
        Not negative; 0 leaves a run out.

    Returns
    -------
    Estimate
        `hits` and `n` count runs with any weight. There is an interval over draws only where 100
        draws bear weight, and runs of a draw that weigh the same are 8 or more.

    Raises
    ------
    ValueError
        If a weight is negative, or all are 0.
    """
    if (weights < 0).any() or not weights.sum() > 0:
        raise ValueError("weights must not be negative, and some must be positive")
    counted = weights > 0
    n, hits = int(counted.sum()), int((happened & counted).sum())
    value = float(weights[happened].sum() / weights.sum())
    error, degrees = _error(happened, draw_of_run, runs_per_batch, weights, value)
    if min(hits, n - hits) < FEW or error == 0:
        size = effective(weights)
        interval = clopper_pearson(value * size, size)
        error = max(error, (interval[1] - interval[0]) / (2 * Z_90))
    else:
        half = error * float(special.stdtrit(degrees, 0.95))
        interval = max(value - half, 0.0), min(value + half, 1.0)
    over_draws, reason = _interval_over_draws(happened, draw_of_run, weights)
    return Estimate(value, error, interval, over_draws, reason, n, hits)


def _error(
    happened: Booleans, draw: Integers, runs_per_batch: int, weights: Doubles, value: float
) -> tuple[float, int]:
    """Standard error of the weighted share, and its degrees of freedom."""
    group = np.arange(draw.size) // runs_per_batch
    if group[-1] + 1 < FEWEST_BATCHES:
        group = draw
    apart = np.bincount(group, weights * (happened - value))
    bearing = int(np.count_nonzero(np.bincount(group, weights)))
    if bearing < 2:
        return 0.0, 0
    scale = bearing / (bearing - 1)
    return math.sqrt(scale * float((apart**2).sum())) / float(weights.sum()), bearing - 1


def _interval_over_draws(
    happened: Booleans, draw: Integers, weights: Doubles
) -> tuple[Interval | None, str]:
    """5% and 95% points over draws; runs of one draw and one weight stand together."""
    if effective(np.bincount(draw, weights)) < FEWEST_DRAWS:
        return None, f"under {FEWEST_DRAWS} draws bear weight"
    counted = weights > 0
    cells, cell = np.unique(
        np.stack([draw[counted], weights[counted]]), axis=1, return_inverse=True
    )
    runs = np.bincount(cell.ravel())
    if runs.mean() < FEWEST_RUNS:
        return None, f"under {FEWEST_RUNS} runs of a draw weigh the same"
    hits = np.bincount(cell.ravel()[happened[counted]], minlength=runs.size)
    try:
        found = over_draws(hits, runs, cells[1] * runs)
    except ValueError as error:
        return None, str(error)
    low, high = found.quantiles(TAILS)
    return (float(low), float(high)), ""
