"""The error that strata leave, where too few batches show it: along the parameter that matters.

The draws of a batch are a Latin hypercube: each parameter has one of 64 values in each of 64
strata. An outcome that depends on one parameter therefore scatters between draws and hardly between
batches. Put in order of that parameter, neighbours are all but alike, and what is left between
them is the error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import special

from relsim.array_types import Doubles, Integers

__all__ = ["FEWEST_BATCHES", "variance_along"]

FEWEST_BATCHES = 8  # from which on they show the error themselves
BY_CHANCE = 0.05  # that any parameter seems to matter where none does


def variance_along(
    part: Integers, size: Integers, parameters: Mapping[str, Doubles], batches: int
) -> float | None:
    """Variance of a mean over stratified draws, if one parameter explains much of their scatter.

    Parameters
    ----------
    part, size : array of int, shape (draw,)
        Sums and numbers of the runs of each draw.
    parameters : mapping of float64 (draw,)
        Each in a Latin hypercube column of its own.
    batches : int
        Latin hypercubes that the draws are made of, one after the other.

    Returns
    -------
    float or None
        None if no parameter is seen to matter.

    Raises
    ------
    ValueError
        If a parameter has not one value a draw.

    Notes
    -----
    1. A parameter matters if the mean squared difference of neighbours, halved, is less than the
       variance: von Neumann's ratio (1941, Ann. Math. Stat. 12:367-395) at 5%, by Bonferroni.
    2. Along the one of the least ratio the variance is the mean squared second difference / 6,
       which a slope does not enter.
    """
    for path, column in parameters.items():
        if column.shape != part.shape:
            raise ValueError(f"{path} must be of shape {part.shape} (got {column.shape})")
    varying = [column for column in parameters.values() if np.ptp(column) > 0]
    draws, rest = divmod(part.size, batches)
    if not varying or rest or draws < 3 or not size.all():
        return None
    rates = part / size
    variance = float(rates.var(ddof=1))
    if variance == 0:
        return None
    cells = np.stack(varying).reshape(len(varying), batches, draws)
    order = np.argsort(cells, axis=2, kind="stable")
    along = np.take_along_axis(rates.reshape(1, batches, draws), order, axis=2)
    ratios = (np.diff(along, axis=2) ** 2).mean(axis=(1, 2)) / (2 * variance)
    scatter = math.sqrt((draws - 2) / (draws**2 - 1) / batches)
    if ratios.min() > 1 + float(special.ndtri(BY_CHANCE / len(varying))) * scatter:
        return None
    second = np.diff(along[ratios.argmin()], n=2, axis=1)
    return float((second**2).mean()) / 6 / part.size
