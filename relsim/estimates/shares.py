"""Shares of a paired difference, with their Monte Carlo errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.estimates import formatting
from relsim.estimates.confidence import of_difference
from relsim.estimates.counts import Counts
from relsim.estimates.over_draws import Interval

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
        places = formatting.decimals(self.mc_error)
        return formatting.text(self.value, places, signed=True) if self.flips else "0"

    @property
    def error_text(self) -> str:
        """``"± .006"``, one digit."""
        return "± " + formatting.text(self.mc_error, formatting.decimals(self.mc_error))

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
    parameters: Mapping[str, Doubles] | None = None,
) -> Share:
    """Estimate the mean of a number a run, between −1 and 1.

    Parameters
    ----------
    numbers : array of int, shape (run,)
        The number times `scale`; whole, so that shares add up to the bit.
    scale : int
        What the numbers were multiplied by.
    draw_of_run, runs_per_batch, valid, parameters
        As for `relsim.estimates.probability.estimate`.

    Notes
    -----
    Error and interval as for a paired difference (`relsim.estimates.probability.difference`).
    """
    counts = Counts(draw_of_run, runs_per_batch, valid, parameters)
    array = np.asarray(numbers)
    up, down = (counts.summed(np.maximum(sign * array, 0)) for sign in (1, -1))
    sums, n = up - down, counts.total
    value = int(sums.batch.sum()) / (n * scale)
    error, interval = of_difference(
        up.draw / scale, down.draw / scale, counts.runs.draw, counts.error(sums).over(scale)
    )
    flips = int(counts.of(array != 0).batch.sum())
    return Share(value, error, interval, n, flips)
