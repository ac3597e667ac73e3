"""The probability of an outcome along one parameter: the other parameters as they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.estimates.confidence import of_share
from relsim.estimates.counts import Counts
from relsim.inference.drivers.indices import ranks

__all__ = ["BINS", "Curve", "curve"]

Doubles = npt.NDArray[np.float64]

BINS = 10  # of equal numbers of draws


@dataclass(frozen=True, repr=False)
class Curve(Brief):
    """P(outcome | parameter), in bins of equal numbers of draws.

    Attributes
    ----------
    at : float64 (bins,)
        Median of the parameter in each bin, in the engine's unit.
    edges : float64 (bins + 1,)
        Lowest value of each bin, and the highest of all.
    probability, mc_error : float64 (bins,)
        Share of the runs in which the outcome happened; its standard error, over draws and runs.
    low, high : float64 (bins,)
        90% interval of `probability`.
    """

    at: Doubles
    edges: Doubles
    probability: Doubles
    mc_error: Doubles
    low: Doubles
    high: Doubles

    def to_json(self) -> dict[str, list[float]]:
        """Plain data for JSON."""
        return {name: values.tolist() for name, values in vars(self).items()}


def curve(
    values: Doubles, hits: Doubles, draw_of_run: npt.NDArray[np.int64], runs_per_batch: int
) -> Curve:
    """Estimate P(outcome | parameter).

    Parameters
    ----------
    values : float64 (draws,)
        The parameter in each draw.
    hits : float64 (runs,)
        1, 0, or NaN for a run that failed.
    draw_of_run : int64 (runs,)
        The draw of each run.
    runs_per_batch : int
        Runs of a batch of 64 draws.

    Notes
    -----
    Bins are of ranks, so a parameter with few values has fewer of them. Errors are over batches,
    as for any probability (`relsim.estimates.probability.estimate`).
    """
    place = np.floor(ranks(values) * BINS)
    known, happened = ~np.isnan(hits), hits == 1
    rows = []
    for number in np.unique(place):
        inside = place == number
        counts = Counts(draw_of_run, runs_per_batch, known & inside[draw_of_run])
        sums = counts.of(happened)
        p = float(sums.batch.sum()) / counts.total
        error, _, (low, high), _ = of_share(
            sums.draw, counts.runs.draw, counts.error(sums), counts.total
        )
        rows.append((float(np.median(values[inside])), float(values[inside].min()),
                     p, error, low, high))  # fmt: skip
    at, lowest, p_of, errors, lows, highs = np.array(rows).T
    return Curve(at, np.append(lowest, values.max()), p_of, errors, lows, highs)
