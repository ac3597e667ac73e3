"""Counts of runs by batch and by draw, and the error of a share that they give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.errors import SimulationError

__all__ = ["Counts", "Sums"]

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

BLOCK = 2**20  # runs
FEWEST_BATCHES = 8  # below: the variance between draws instead of between batches


@dataclass(frozen=True)
class Sums:
    """Counts by batch, shape (batch,), and by draw, shape (draw,)."""

    batch: Integers
    draw: Integers

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.batch - other.batch, self.draw - other.draw)


class Counts:
    """Counts runs by batch and by draw; a million runs take some milliseconds."""

    def __init__(
        self, draw_of_run: npt.ArrayLike, runs_per_batch: int, valid: npt.ArrayLike | None
    ) -> None:
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
        return Sums(batch, draw)

    def summed(self, numbers: npt.ArrayLike) -> Sums:
        """Sums over valid runs of one whole number a run, by batch and by draw."""
        array = np.where(self._valid, np.asarray(numbers, dtype=np.int64), 0)
        draw = np.bincount(self._draw_of_run, weights=array, minlength=self._draws)
        return Sums(np.add.reduceat(array, self._starts), np.rint(draw).astype(np.int64))

    def error(self, sums: Sums) -> tuple[float, int]:
        """Standard error of the mean and its degrees of freedom; 0 where all groups are alike."""
        size, part = self.runs.batch, sums.batch
        if np.count_nonzero(size) < FEWEST_BATCHES:
            size, part = self.runs.draw, sums.draw
        part, size = part[size > 0], size[size > 0]
        groups = size.size
        if groups < 2:
            return 0.0, 0
        # In whole numbers until here, so that groups that are alike give exactly 0.
        apart = (part * self.total - part.sum() * size) / self.total**2
        return math.sqrt(groups / (groups - 1) * float((apart**2).sum())), groups - 1
