"""What a draw's runs tell of its probability: a distribution, since the runs are few.

k hits in R runs are not the draw's probability p. With g the distribution of the log-odds over
draws, found by deconvolution (`relsim.ensemble.deconvolution`), a draw's log-odds have

    π(ℓ | k, R) ∝ p^k (1 − p)^(R − k) g(ℓ),   p = 1 / (1 + exp(−ℓ)),

on a grid. Whatever is wanted of a draw is the mean over that, so noise is neither taken for
knowledge nor counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.ensemble.deconvolution import deconvolve, points

__all__ = ["FEWEST", "Glimpse", "glimpse_of"]

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST = 20  # hits, and misses, without which nothing is told apart


@dataclass(frozen=True, eq=False)
class Glimpse:
    """The log-odds of one outcome in each draw, as far as the runs tell.

    Attributes
    ----------
    grid : float64 (grid,)
        Log-odds, evenly spaced.
    mass : float64 (row, grid)
        A distribution on the grid for each pair of hits and runs that occurs; rows sum to 1.
    row : int64 (draw,)
        The row of each draw.
    """

    grid: Doubles
    mass: Doubles
    row: Integers

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.row.size

    def mean(self, of_log_odds: Doubles) -> Doubles:
        """The expectation of a function in each draw; from its values on the grid, (draw,)."""
        return np.asarray((self.mass @ of_log_odds)[self.row])

    @property
    def log_odds(self) -> Doubles:
        """The expected log-odds of each draw, (draw,)."""
        return self.mean(self.grid)

    @property
    def probability(self) -> Doubles:
        """The expected probability of each draw, (draw,)."""
        return self.mean(special.expit(self.grid))

    def over_draws(self, weights: Doubles | None = None) -> Doubles:
        """The distribution of the log-odds over weighted draws, on the grid, (grid,)."""
        of_row = np.bincount(self.row, weights, minlength=len(self.mass))
        return np.asarray(of_row @ self.mass / of_row.sum())

    def quantiles(self, q: npt.ArrayLike, weights: Doubles | None = None) -> Doubles:
        """Quantiles of the probability over weighted draws."""
        at = np.asarray(q, dtype=np.float64)
        return np.asarray(special.expit(points(self.grid, self.over_draws(weights), at)))


def glimpse_of(hits: npt.ArrayLike, runs: npt.ArrayLike) -> Glimpse:
    """What hits among runs tell of the log-odds of each draw.

    Parameters
    ----------
    hits, runs : array of int, shape (draw,)
        A draw without a run is as likely as any.

    Raises
    ------
    ValueError
        If there are under `FEWEST` hits or misses in all.
    """
    k, n = (np.asarray(array, dtype=np.int64) for array in (hits, runs))
    if min(k.sum(), (n - k).sum()) < FEWEST:
        raise ValueError(f"{k.sum():,} hits in {n.sum():,} runs")
    grid, g = deconvolve(k[n > 0], n[n > 0])
    pairs, row = np.unique(np.stack([k, n]), axis=1, return_inverse=True)
    log_p, log_q = special.log_expit(grid), special.log_expit(-grid)
    with np.errstate(divide="ignore"):
        log_mass = np.outer(pairs[0], log_p) + np.outer(pairs[1] - pairs[0], log_q) + np.log(g)
    mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
    mass /= mass.sum(axis=1, keepdims=True)
    return Glimpse(grid, mass, np.asarray(row.ravel(), dtype=np.int64))
