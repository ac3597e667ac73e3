"""Counts of runs by batch and by draw, and the error of a share that they give.

The draws of a batch are a Latin hypercube: each parameter has one of 64 values in each of 64
strata. An outcome that depends on one parameter therefore scatters between draws and hardly between
batches. Put in order of that parameter, neighbours are all but alike, and what is left between
them is the error: `variance_along`, for where too few batches show it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.errors import SimulationError

FEWEST_BATCHES = 8  # from which on they show the error themselves
BLOCK = 2**20  # runs
ONE_IN_A_HUNDRED = 0.99  # chance to be above; below it batches are more alike than draws make them
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


class Error(NamedTuple):
    """Monte Carlo error of a mean.

    Attributes
    ----------
    value : float
        Standard error; 0 where all groups are alike.
    half : float
        Half the width of the 90% interval, by Student's t.
    stratified : bool
        Whether the strata of the draws make it clearly smaller than draws without strata had it.
    """

    value: float
    half: float
    stratified: bool = False

    def over(self, scale: float) -> Error:
        """Of the mean divided by a number."""
        return Error(self.value / scale, self.half / scale, self.stratified)


@dataclass(frozen=True)
class Sums:
    """Sums by batch, shape (batch,), and by draw, shape (draw,); of squares by draw."""

    batch: Integers
    draw: Integers
    squares: Integers

    def __sub__(self, other: Sums) -> Sums:
        """Of differences, where no run counts in both."""
        squares = self.squares + other.squares
        return Sums(self.batch - other.batch, self.draw - other.draw, squares)


class Counts:
    """Counts runs by batch and by draw; a million runs take some milliseconds."""

    def __init__(
        self,
        draw_of_run: npt.ArrayLike,
        runs_per_batch: int,
        valid: npt.ArrayLike | None,
        parameters: Mapping[str, Doubles] | None = None,
    ) -> None:
        self._parameters = parameters or {}
        self._draw_of_run = np.asarray(draw_of_run)
        if runs_per_batch < 1 or self._draw_of_run.ndim != 1:
            raise ValueError("runs_per_batch must be positive, draw_of_run of shape (run,)")
        everything = np.ones(self._draw_of_run.size, dtype=np.bool_)
        self._valid = everything if valid is None else self.checked(valid)
        if not self._valid.any():
            raise SimulationError("no run was finished: there is nothing to estimate")
        self._starts = np.arange(0, everything.size, runs_per_batch)
        self._draws = int(self._draw_of_run.max()) + 1
        self.runs = self.of(everything)
        self.total = int(self.runs.batch.sum())

    def checked(self, flags: npt.ArrayLike) -> Booleans:
        """The flags, if they are one boolean a run."""
        array = np.asarray(flags)
        wish = self._draw_of_run.shape
        if array.shape != wish or array.dtype != np.bool_:
            raise ValueError(f"must be bool of shape {wish} (got {array.dtype}, {array.shape})")
        return array

    def of(self, flags: npt.ArrayLike) -> Sums:
        """Valid runs among the flagged ones, by batch and by draw."""
        flagged = self.checked(flags) & self._valid
        draw = np.zeros(self._draws, dtype=np.int64)
        for first in range(0, flagged.size, BLOCK):  # few numbers of draws in memory at a time
            piece = slice(first, first + BLOCK)
            of_flagged = self._draw_of_run[piece][flagged[piece]]
            draw += np.bincount(of_flagged, minlength=self._draws)
        ends = np.append(self._starts[1:], flagged.size)
        pairs = zip(self._starts, ends, strict=True)
        batch = np.array([np.count_nonzero(flagged[a:b]) for a, b in pairs], dtype=np.int64)
        return Sums(batch, draw, draw)

    def summed(self, numbers: npt.ArrayLike) -> Sums:
        """Sums over valid runs of one whole number a run, by batch and by draw."""
        array = np.where(self._valid, np.asarray(numbers, dtype=np.int64), 0)
        draw, squares = (
            np.rint(np.bincount(self._draw_of_run, x, self._draws)).astype(np.int64)
            for x in (array, array**2)
        )
        return Sums(np.add.reduceat(array, self._starts), draw, squares)

    def error(self, sums: Sums) -> Error:
        """Monte Carlo error of the mean (notes at `relsim.estimates.probability.estimate`)."""
        of_draws, draws = _variance(sums.draw, self.runs.draw)
        of_batches, batches = _variance(sums.batch, self.runs.batch)
        if batches >= FEWEST_BATCHES:
            return error_of(of_batches, batches, of_draws)
        along = variance_along(sums.draw, self.runs.draw, self._parameters, self._starts.size)
        if along is not None:
            return Error(math.sqrt(along), half_width(along, draws // 2), stratified=True)
        plain = Error(math.sqrt(of_draws), half_width(of_draws, draws - 1))
        if batches < 2:
            return plain
        rather = max(of_batches, self._within(sums))
        half = half_width(rather, batches - 1, tail=0.01)  # one more that may miss
        return Error(min(math.sqrt(rather), plain.value), min(half, plain.half))

    def variance(self, sums: Sums) -> float:
        """Of the mean, between batches, or under 8 batches between draws; to be compared."""
        variance, batches = _variance(sums.batch, self.runs.batch)
        return variance if batches >= FEWEST_BATCHES else _variance(sums.draw, self.runs.draw)[0]

    def _within(self, sums: Sums) -> float:
        """Variance of the mean if draws were given and their runs alone uncertain."""
        several = self.runs.draw > 1
        part, squares, size = (x[several] for x in (sums.draw, sums.squares, self.runs.draw))
        apart = (squares - part**2 / size) * size / (size - 1)
        return float(apart.sum()) / self.total**2


def error_of(of_batches: float, batches: int, of_draws: float) -> Error:
    """The error by 8 or more batches, from the variances of the mean by batches and by draws."""
    expected = of_draws * float(special.chdtri(batches - 1, ONE_IN_A_HUNDRED)) / (batches - 1)
    return Error(math.sqrt(of_batches), half_width(of_batches, batches - 1), of_batches < expected)


def _variance(part: Integers, size: Integers) -> tuple[float, int]:
    """Variance of the mean as groups show it, and how many there are; 0 where all are alike."""
    part, size = part[size > 0], size[size > 0]
    groups, total = size.size, int(size.sum())
    # In whole numbers until here, so that groups that are alike give exactly 0.
    apart = (part * total - part.sum() * size) / total**2
    return float((apart**2).sum()) * groups / max(groups - 1, 1), groups


def half_width(variance: float, degrees: int, tail: float = 0.05) -> float:
    """Half the width of the interval by Student's t."""
    return math.sqrt(variance) * float(special.stdtrit(max(degrees, 1), 1 - tail))
