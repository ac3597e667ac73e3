"""Deconvolution: the distribution of a probability over draws, from binomial counts.

Source: Efron 2016, "Empirical Bayes deconvolution estimates", Biometrika 103:1-20.

Then what a draw's runs say of its probability, and of whatever depends on that. k hits in R runs
are not the draw's probability p. With g the distribution of the log-odds ℓ over draws, found by
deconvolution, two things are asked of a draw:

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

Interval = tuple[float, float]

TAILS = np.array([0.05, 0.95])
QUARTERS = np.array([0.25, 0.75])
KNOTS = 8  # a natural spline of 7 degrees of freedom
GRID = 200  # points in log-odds
PENALTY = 1.0  # Efron's c0
GRID_TAIL = 0.1  # of the posterior of the lowest and of the highest draw, beyond the grid
FLOOR = 1e-3  # mass of the base that is laid flat, so that no count is impossible
CLOSE = 1e-8  # change of the log-likelihood at which the climb stops
VARIANCE_PENALTY = 0.1  # λ of `unbiased`
LARGE = 512  # runs of a draw whose noise no longer matters, while the matrices cost their cube
FEWEST = 20  # hits, and misses, without which no two draws are distinguished


def deconvolve(
    hits: Integers, runs: Integers, weights: Doubles | None = None
) -> tuple[Doubles, Doubles]:
    """The distribution of a probability over draws, from binomial counts.

    Parameters
    ----------
    hits, runs : array of int, shape (draw,)
        At least two runs in each draw.
    weights : array of float, shape (draw,), optional
        Not 0. Draws count in proportion, and together as many as Kish's effective number.

    Returns
    -------
    log_odds : array of float, shape (grid,)
        Evenly spaced.
    mass : array of float, shape (grid,)
        Sums to 1.

    Notes
    -----
    Efron's model is mass ∝ base · exp(Q α), with Q a natural spline of 7 degrees of freedom in
    log-odds and α at the maximum of log-likelihood − c0·|α|, c0 = 1. Three choices are ours. With
    a flat base, evenly spaced knots and columns of unit length the 5% and 95% points were off by
    up to .08 for two humps and .10 for J shapes; with these by .01 typically and .03 at worst, over
    50 seeds at 1,024 draws × 32 runs, 256 × 128 and 4,096 × 8. Two bare values, as from a `choice`
    alone, stay blurred: the 95% point by .04 to .06.

    - The base is the beta distribution that has the counts' mean and variance, so that the penalty
      draws towards a beta distribution and not towards a flat one.
    - The knots stand where the base has its mass: at quantiles of half base, half flat.
    - The columns of Q are orthonormal under that same mixture, so that |α| does not depend on the
      fineness of the grid and one c0 serves all.
    """
    w = np.ones(hits.size) if weights is None else weights * weights.sum() / (weights**2).sum()
    # Draws with as many hits of as many runs count together; one number says both.
    base_of_runs = int(runs.max()) + 1
    kinds, kind_of = np.unique(hits * base_of_runs + runs, return_inverse=True)
    tally = np.bincount(kind_of, w)
    k, n, count = (x.astype(np.float64) for x in (*np.divmod(kinds, base_of_runs), tally))
    grid = _grid(k, n)
    base = _beta_base(grid, k, n, count)
    log_p, log_q = special.log_expit(grid), special.log_expit(-grid)
    log_likelihood = np.outer(k, log_p) + np.outer(n - k, log_q)
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return grid, _most_likely(likelihood, count, base, _spline(grid, base))


def points(grid: Doubles, mass: Doubles, q: Doubles) -> Doubles:
    """Quantiles of a mass on an even grid, each point's mass even over its cell."""
    half = (grid[1] - grid[0]) / 2
    edges = np.append(grid - half, grid[-1] + half)
    below = np.append(0.0, np.cumsum(mass))
    return np.asarray(np.interp(q, below / below[-1], edges))


def _grid(k: Doubles, n: Doubles) -> Doubles:
    """Log-odds from below the lowest draw's to above the highest's (Jeffreys posteriors)."""
    low, high = np.argmin(k / n), np.argmax(k / n)
    bottom = special.betaincinv(k[low] + 0.5, n[low] - k[low] + 0.5, GRID_TAIL)
    top = special.betaincinv(k[high] + 0.5, n[high] - k[high] + 0.5, 1 - GRID_TAIL)
    return np.linspace(special.logit(bottom), special.logit(top), GRID)


def _beta_base(grid: Doubles, k: Doubles, n: Doubles, count: Doubles) -> Doubles:
    """Beta distribution by the method of moments, as mass on the grid, shape (grid,)."""
    draws = count.sum()
    mean = (count @ k) / (count @ n)
    per_draw = (count @ n) / draws
    binomial = mean * (1 - mean)
    scatter = (count @ (k / n - mean) ** 2) / (draws - 1)
    variance = (scatter - binomial / per_draw) / (1 - 1 / per_draw)
    size = max(binomial / max(variance, 1e-4 * binomial) - 1, 0.1)
    log_base = size * (mean * special.log_expit(grid) + (1 - mean) * special.log_expit(-grid))
    base = np.exp(log_base - log_base.max())
    return np.asarray((1 - FLOOR) * base / base.sum() + FLOOR / grid.size)


def _spline(grid: Doubles, base: Doubles) -> Doubles:
    """Natural cubic spline without its constant, orthonormal, shape (grid, degrees of freedom)."""
    weight = 0.5 * base + 0.5 / grid.size
    knots = points(grid, weight, np.linspace(0, 1, KNOTS))

    def bend(knot: float) -> Doubles:
        cubes = np.maximum(grid - knot, 0) ** 3 - np.maximum(grid - knots[-1], 0) ** 3
        return np.asarray(cubes / (knots[-1] - knot))

    last = bend(knots[-2])
    columns = np.stack([grid, *(bend(knot) - last for knot in knots[:-2])], axis=1)
    columns -= weight @ columns
    _, triangle = np.linalg.qr(columns * np.sqrt(weight)[:, None])
    return np.asarray(np.linalg.solve(triangle.T, columns.T).T)


def _most_likely(likelihood: Doubles, count: Doubles, base: Doubles, basis: Doubles) -> Doubles:
    """Mass at the penalised maximum, by Newton's method, damped where it does not climb.

    `likelihood` has shape (row, grid), `count` (row,), `base` (grid,), `basis` (grid, df).
    """
    log_base = np.log(base)

    def loss_at(alpha: Doubles) -> tuple[float, Doubles, Doubles]:
        exponent = log_base + basis @ alpha
        mass = np.exp(exponent - exponent.max())
        mass /= mass.sum()
        fitted = likelihood @ mass
        with np.errstate(divide="ignore"):  # a step too far: an infinite loss, refused below
            loss = PENALTY * _length(alpha) - float(count @ np.log(fitted))
        return loss, mass, fitted

    alpha = np.zeros(basis.shape[1])
    loss, mass, fitted = loss_at(alpha)
    damping = 1e-3
    for _ in range(200):
        slope, curvature = _derivatives(alpha, mass, likelihood / fitted[:, None], count, basis)
        while damping < 1e12:
            step = _downhill(slope, curvature, damping)
            if step is not None:
                new_loss, new_mass, new_fitted = loss_at(alpha + step)
                if new_loss <= loss:
                    break
            damping *= 10
        else:
            break  # nowhere lower: rounding is all that is left
        gain = loss - new_loss
        alpha, loss, mass, fitted = alpha + step, new_loss, new_mass, new_fitted
        damping = max(damping / 10, 1e-9)
        if gain < CLOSE:
            break
    return mass


def _length(alpha: Doubles) -> float:
    """Euclidean norm, rounded off at 0 so that it has a slope there."""
    return float(np.sqrt(alpha @ alpha + 1e-6))


def _derivatives(
    alpha: Doubles, mass: Doubles, ratio: Doubles, count: Doubles, basis: Doubles
) -> tuple[Doubles, Doubles]:
    """Slope (df,) and curvature (df, df) of the loss; `ratio` is likelihood over its mean."""
    pull = mass * (ratio - 1)  # (row, grid): Efron's W
    per_row = pull @ basis
    score = count @ per_row
    mean = mass @ basis
    information = (
        (per_row.T * count) @ per_row
        + np.outer(score, mean)
        + np.outer(mean, score)
        - basis.T @ ((count @ pull)[:, None] * basis)
    )
    length = _length(alpha)
    bend = np.eye(alpha.size) / length - np.outer(alpha, alpha) / length**3
    return PENALTY * alpha / length - score, information + PENALTY * bend


def _downhill(slope: Doubles, curvature: Doubles, damping: float) -> Doubles | None:
    """Damped Newton step, None where the damped curvature is not positive."""
    values, vectors = np.linalg.eigh(curvature)
    if values[0] + damping <= 0:
        return None
    return np.asarray(-vectors @ ((vectors.T @ slope) / (values + damping)))


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

    @property
    def interval_90(self) -> Interval:
        """The 5% and 95% points of the probability."""
        low, high = self.quantiles(TAILS)
        return float(low), float(high)

    @property
    def interval_50(self) -> Interval:
        """The middle half: the 25% and 75% points of the probability."""
        low, high = self.quantiles(QUARTERS)
        return float(low), float(high)


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
        return self._of_draws(values, 0)

    def unbiased(self, values: Doubles) -> Doubles:
        """What stands for a function in each draw, (draw,), from its values on the grid.

        Never below the lowest of the values.
        """
        return np.asarray(np.maximum(self._of_draws(values, 1), values.min()))

    def _of_draws(self, values: Doubles, which: int) -> Doubles:
        result: Doubles = np.empty(self.draws)
        for n, operators in self._operators.items():
            with_n = self.runs == n
            result[with_n] = (operators[which] @ values)[self.hits[with_n]]
        return result

    @cached_property
    def _operators(self) -> dict[int, tuple[Doubles, Doubles]]:
        """For each number of runs the matrices of `mean` and `unbiased`, (hits, grid)."""
        return {
            int(n): _operators(int(n), self.over, VARIANCE_PENALTY) for n in np.unique(self.runs)
        }


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
