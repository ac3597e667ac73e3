"""Probabilities of outcomes where runs have weights: an ensemble that was conditioned.

Source of the error: the ratio estimator, linearised, between batches (Cochran 1977, Sampling
Techniques, ch. 6).
"""

from __future__ import annotations

import math

import numpy as np

from relsim.array_types import Booleans, Doubles, Integers
from relsim.estimates.confidence import effective, of_share
from relsim.estimates.counts import FEWEST_BATCHES, Error, error_of, half_width
from relsim.estimates.deconvolution import over_draws
from relsim.estimates.over_draws import FEWEST_RUNS, Spread
from relsim.estimates.probability import Estimate

FEWEST_DRAWS = 100  # that bear weight, for an interval over draws


def weighted_estimate(
    happened: Booleans, draw_of_run: Integers, runs_per_batch: int, weights: Doubles
) -> Estimate:
    """Estimate an outcome's probability from weighted runs.

    Parameters
    ----------
    happened : bool, (run,)
        Whether the outcome came about in each run.
    draw_of_run : int64, (run,)
        The draw of each run.
    runs_per_batch : int
        Runs of a batch of 64 draws.
    weights : float64, (run,)
        Not negative; 0 leaves a run out.

    Returns
    -------
    Estimate
        `hits` and `n` count runs with any weight. Of the draws that hold hits, or misses, the
        effective number must be 10 for a Monte Carlo interval. There are intervals over draws only
        where 100 draws bear weight, and runs of a draw that weigh the same are 8 or more.

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
    part, size = (np.bincount(draw_of_run, w) for w in (weights * happened, weights))
    plain = share_error(happened, draw_of_run, runs_per_batch, weights, value)
    error, interval, bounds, refused = of_share(part, size, plain, effective(weights))
    spread = _spread_over_draws(happened, draw_of_run, weights)
    return Estimate(
        value, error, interval, spread.interval_90, spread.note, n, hits, refused, bounds,
        spread.interval_50,
    )  # fmt: skip


def share_error(
    happened: Booleans, draw: Integers, runs_per_batch: int, weights: Doubles, value: float
) -> Error:
    """Error of the weighted share, between batches, or under 8 of them between draws."""

    def by(group: Integers) -> tuple[float, int]:
        """Variance of the share as groups show it, and how many bear weight."""
        apart = np.bincount(group, weights * (happened - value)) / weights.sum()
        bearing = int(np.count_nonzero(np.bincount(group, weights)))
        return float((apart**2).sum()) * bearing / max(bearing - 1, 1), bearing

    batch = np.arange(draw.size) // runs_per_batch
    of_draws, draws = by(draw)
    if batch[-1] + 1 < FEWEST_BATCHES:
        return Error(math.sqrt(of_draws), half_width(of_draws, draws - 1))
    of_batches, batches = by(batch)
    return error_of(of_batches, batches, of_draws)


def _spread_over_draws(happened: Booleans, draw: Integers, weights: Doubles) -> Spread:
    """The intervals over draws; runs of one draw and one weight stand together."""
    if effective(np.bincount(draw, weights)) < FEWEST_DRAWS:
        return Spread(None, None, f"under {FEWEST_DRAWS} draws bear weight")
    counted = weights > 0
    pairs = np.stack([draw[counted], weights[counted]])
    cells, cell = np.unique(pairs, axis=1, return_inverse=True)
    runs = np.bincount(cell.ravel())
    if runs.mean() < FEWEST_RUNS:
        return Spread(None, None, f"under {FEWEST_RUNS} runs of a draw weigh the same")
    hits = np.bincount(cell.ravel()[happened[counted]], minlength=runs.size)
    try:
        return Spread.of(over_draws(hits, runs, cells[1] * runs))
    except ValueError as error:
        return Spread(None, None, str(error))
