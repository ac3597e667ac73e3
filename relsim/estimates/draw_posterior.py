"""What a draw's runs say of its probability, and of whatever depends on that.

k hits in R runs are not the draw's probability p. With g the distribution of the log-odds ℓ over
draws, found by deconvolution (`relsim.estimates.deconvolution`), two things are asked of a draw:

- What is the mean of T(ℓ), now that k is known? `mean`: the integral of T against the posterior
  of ℓ, proportional to p^k (1 − p)^(R − k) g(ℓ).
- Which w(k) stands for T(ℓ) whatever the Monte Carlo noise of the runs, so that the mean of w(k)
  over the binomial distribution of k is T(ℓ)? `unbiased`: what weights and likelihoods need, since
  that noise then averages out over draws. Posterior means do not serve there: they blur T, and
  shrink besides.

The first is the minimum of bias² + λ variance under g for λ = 1; the second would be that for λ = 0
if the draws were very many. `unbiased` takes λ = 0.1: bias is common to all draws, while variance
averages out over them. At this λ 90% intervals of calibrated draws, 1,024 draws with 64 or 128
runs each, held planted truths in 90.0% of 1,500 repetitions; at λ = 1 in 92.7 and 91.6%, at
λ = 0.001 in 87.8 and 88.7%.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.array_types import Doubles, Integers
from relsim.estimates.deconvolution import deconvolve, points

__all__ = ["FEWEST", "DrawPosterior", "OverDraws", "draw_posterior", "over_draws"]

PENALTY = 0.1  # λ
LARGE = 512  # runs of a draw whose noise no longer matters, while the matrices cost their cube
FEWEST = 20  # hits, and misses, without which no two draws are distinguished


@dataclass(frozen=True, eq=False)
class OverDraws:
    """How a probability is distributed over draws, sampling noise removed.

    Attributes
    ----------
    grid : float64 (grid,)
        Log-odds, evenly spaced.
    mass : float64 (grid,)
        Sums to 1.
    """

    grid: Doubles
    mass: Doubles

    @property
    def mean(self) -> float:
        """Mean of the probability."""
        return float(self.mass @ special.expit(self.grid))

    def quantiles(self, q: npt.ArrayLike) -> Doubles:
        """Quantiles of the probability."""
        at = np.asarray(q, dtype=np.float64)
        return np.asarray(special.expit(points(self.grid, self.mass, at)))


@dataclass(frozen=True, eq=False)
class DrawPosterior:
    """The log-odds of one outcome in each draw, as far as the runs say.

    Attributes
    ----------
    hits, runs : int64 (draw,)
        A draw may be without a run.
    over : OverDraws
        g.
    """

    hits: Integers
    runs: Integers
    over: OverDraws

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.hits.size

    @property
    def grid(self) -> Doubles:
        """Log-odds at which functions are given, (grid,)."""
        return self.over.grid

    @property
    def log_odds(self) -> Doubles:
        """The mean log-odds of each draw, (draw,)."""
        return self.mean(self.grid)

    def mean(self, values: Doubles) -> Doubles:
        """The mean of a function in each draw, (draw,), from its values on the grid."""
        by_hits = {n: np.asarray(means @ values) for n, (means, _) in self._operators.items()}
        return self._of_draws(by_hits)

    def unbiased(self, values: Doubles) -> Doubles:
        """What stands for a function in each draw, (draw,), from its values on the grid.

        Never below the lowest of the values.
        """
        by_hits = {n: np.asarray(stands @ values) for n, (_, stands) in self._operators.items()}
        return np.asarray(np.maximum(self._of_draws(by_hits), values.min()))

    def _of_draws(self, of_count: dict[int, Doubles]) -> Doubles:
        result: Doubles = np.empty(self.draws)
        for n, by_hits in of_count.items():
            with_n = self.runs == n
            result[with_n] = by_hits[self.hits[with_n]]
        return result

    @cached_property
    def _operators(self) -> dict[int, tuple[Doubles, Doubles]]:
        """For each number of runs the matrices of `mean` and `unbiased`, (hits, grid)."""
        return {int(n): _operators(int(n), self.over, PENALTY) for n in np.unique(self.runs)}


def _operators(n: int, over: OverDraws, penalty: float) -> tuple[Doubles, Doubles]:
    k = np.arange(n + 1)
    log_choose = -special.betaln(k + 1, n - k + 1) - np.log(n + 1)
    log_p, log_q = special.log_expit(over.grid), special.log_expit(-over.grid)
    chance = np.exp(log_choose + np.outer(log_p, k) + np.outer(log_q, n - k))  # (grid, hits)
    joint = (chance * over.mass[:, None]).T
    of_hits = np.maximum(joint.sum(axis=1), 1e-300)
    scale = 1 / np.sqrt(of_hits)
    means = joint / of_hits[:, None]
    if n > LARGE:
        return means, means
    # min ∫ g (Σ_k P(k|ℓ) w_k − T)² + λ ∫ g Σ_k P(k|ℓ) (w_k − T)², in units of sqrt(P(k)).
    alike = scale[:, None] * (joint @ chance) * scale + penalty * np.eye(n + 1)
    solved = np.linalg.solve(alike, (1 + penalty) * scale[:, None] * joint)
    return means, scale[:, None] * solved


def over_draws(
    hits: npt.ArrayLike, runs: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> OverDraws:
    """How a probability is distributed over draws, or over weighted ones.

    Parameters
    ----------
    hits, runs : array of int, shape (draw,)
        A draw without a run is left out.
    weights : array of float, shape (draw,), optional
        That do not depend on the Monte Carlo noise of these runs.

    Raises
    ------
    ValueError
        If there are under `FEWEST` hits or misses in all.
    """
    k, n = (np.asarray(array, dtype=np.int64) for array in (hits, runs))
    w = np.ones(k.size) if weights is None else np.asarray(weights, dtype=np.float64)
    kept = (n > 0) & (w > 0)
    k, n, w = k[kept], n[kept], w[kept]
    if min(k.sum(), (n - k).sum()) < FEWEST:
        raise ValueError(f"{k.sum():,} hits in {n.sum():,} runs")
    return OverDraws(*deconvolve(k, n, w))


def draw_posterior(hits: npt.ArrayLike, runs: npt.ArrayLike) -> DrawPosterior:
    """What hits among runs say of the log-odds of each draw; raises as `over_draws` does."""
    k, n = (np.asarray(array, dtype=np.int64) for array in (hits, runs))
    return DrawPosterior(k, n, over_draws(k, n))
