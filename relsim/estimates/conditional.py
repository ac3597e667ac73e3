"""How an outcome's probability differs between runs that meet a condition and runs that do not.

Source of the error: the ratio estimator, linearised, between batches (Cochran 1977, Sampling
Techniques, ch. 6).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.estimates.confidence import Confidence, effective, of_share
from relsim.estimates.counts import FEWEST_BATCHES, half_width
from relsim.estimates.weighted import share_error

__all__ = ["FEWEST", "Contrast", "conditional_share", "contrast"]

FEWEST = 10  # draws that must hold each of the four: condition or not, outcome or not
ROUNDING = 1e-12


class Contrast(NamedTuple):
    """Probability where a condition holds less that where it does not.

    Attributes
    ----------
    value : float
    mc_error : float
        Monte Carlo standard error.
    mc_interval_90 : (float, float)
    p_value : float
        Chance of a difference as large if there were none, by Student's t.
    """

    value: float
    mc_error: float
    mc_interval_90: tuple[float, float]
    p_value: float


def conditional_share(
    happened: Booleans,
    draw_of_run: Integers,
    runs_per_batch: int,
    weights: Doubles,
) -> tuple[float, Confidence]:
    """The share of the runs that bear weight in which an outcome came about; arguments as below.

    As `relsim.estimates.weighted.weighted_estimate`, without what differs over draws.
    """
    value = float(weights[happened].sum() / weights.sum())
    part, size = (np.bincount(draw_of_run, w) for w in (weights * happened, weights))
    error = share_error(happened, draw_of_run, runs_per_batch, weights, value)
    return value, of_share(part, size, error, effective(weights))


def contrast(
    happened: Booleans,
    holds: Booleans,
    draw_of_run: Integers,
    runs_per_batch: int,
    weights: Doubles,
) -> Contrast | None:
    """Estimate the difference that a condition makes to what is seen of an outcome.

    Parameters
    ----------
    happened, holds : bool, (run,)
        Whether the outcome came about, and whether the condition holds.
    draw_of_run : int64, (run,)
        The draw of each run.
    runs_per_batch : int
        Runs of a batch of 64 draws.
    weights : float64, (run,)
        0 leaves a run out.

    Returns
    -------
    Contrast or None
        None if under 10 draws hold one of: condition and outcome, condition without outcome,
        outcome without condition, neither.

    Notes
    -----
    The difference is D = p₁ − p₀. A run of weight w moves it by w (y − p₁) / W₁ if the condition
    holds, by −w (y − p₀) / W₀ if it does not. The variance of D is that of the sums of these moves
    between batches, or under 8 batches between draws.
    """
    held = {
        (x, y): np.bincount(draw_of_run, weights * ((holds == x) & (happened == y)))
        for x in (True, False)
        for y in (True, False)
    }
    if any(round(effective(by_draw)) < FEWEST for by_draw in held.values()):
        return None
    sums = {key: float(by_draw.sum()) for key, by_draw in held.items()}
    with_it, without = (sums[x, True] + sums[x, False] for x in (True, False))
    yes, no = sums[True, True] / with_it, sums[False, True] / without
    moves = weights * np.where(holds, (happened - yes) / with_it, (no - happened) / without)
    group = np.arange(draw_of_run.size) // runs_per_batch
    if group[-1] + 1 < FEWEST_BATCHES:
        group = draw_of_run
    groups = int(np.count_nonzero(np.bincount(group, weights)))
    variance = float((np.bincount(group, moves) ** 2).sum()) * groups / max(groups - 1, 1)
    error, half = math.sqrt(variance), half_width(variance, groups - 1)
    t = 0.0 if abs(yes - no) < ROUNDING else abs(yes - no) / error if error > 0 else math.inf
    p_value = 2 * float(special.stdtr(max(groups - 1, 1), -t))
    return Contrast(yes - no, error, (yes - no - half, yes - no + half), p_value)
