"""Shares of a paired difference, with their Monte Carlo errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.ensemble import digits
from relsim.ensemble.confidence import FEW, exact_of_pairs, student
from relsim.ensemble.counts import Counts
from relsim.ensemble.spread import Interval

__all__ = ["Share", "share"]


@dataclass(frozen=True, repr=False)
class Share(Brief):
    """A part of the difference of an outcome's probability.

    Attributes
    ----------
    value : float
    mc_error : float
        Monte Carlo standard error; never 0.
    mc_interval_90 : (float, float)
    n, flips : int
        Runs, and those of which the part is not 0.
    """

    value: float
    mc_error: float
    mc_interval_90: Interval
    n: int
    flips: int

    @property
    def value_text(self) -> str:
        """The value with its sign in the digits its error supports; 0 if it is 0 in every run."""
        places = digits.decimals(self.mc_error)
        return digits.text(self.value, places, signed=True) if self.flips else "0"

    @property
    def error_text(self) -> str:
        """``"± .006"``, one digit."""
        return "± " + digits.text(self.mc_error, digits.decimals(self.mc_error))

    def __str__(self) -> str:
        return f"{self.value_text} {self.error_text}"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "share": self.value,
            "mc_error": self.mc_error,
            "mc_interval_90": list(self.mc_interval_90),
            "runs": self.n,
            "flips": self.flips,
        }


def share(
    numbers: npt.ArrayLike,
    scale: int,
    draw_of_run: npt.ArrayLike,
    runs_per_batch: int,
    *,
    valid: npt.ArrayLike | None = None,
) -> Share:
    """Estimate the mean of a number a run, between −1 and 1.

    Parameters
    ----------
    numbers : array of int, shape (run,)
        The number times `scale`; whole, so that shares add up to the bit.
    scale : int
    draw_of_run, runs_per_batch, valid
        As for `relsim.ensemble.estimates.estimate`.

    Notes
    -----
    The error as for a paired difference. If under 10 runs are not 0, or all batches are alike, the
    interval is the exact one of as many pairs that differ, since no number is larger than 1.
    """
    counts = Counts(draw_of_run, runs_per_batch, valid)
    array = np.asarray(numbers)
    up, down = counts.of(array > 0), counts.of(array < 0)
    gained, lost, n = int(up.batch.sum()), int(down.batch.sum()), counts.total
    sums = counts.summed(array)
    value, (error, degrees) = int(sums.batch.sum()) / (n * scale), counts.error(sums)
    error /= scale
    if gained + lost < FEW or error == 0:
        error, interval = exact_of_pairs(gained, lost, n, error)
    else:
        interval = student(value, error, degrees, -1.0)
    return Share(value, error, interval, n, gained + lost)
