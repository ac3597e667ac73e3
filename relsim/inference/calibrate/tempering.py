"""Draws of a posterior by tempered sequential Monte Carlo, whatever the likelihood is.

Draws are points z whose coordinates are independent standard normals a priori. The evidence is
brought in by degrees: at temperature t the target is prior × held × new^t, and t rises from 0 to 1
in steps so chosen that the effective number of draws stays the same (Del Moral, Doucet & Jasra
2006, Journal of the Royal Statistical Society B 68:411; 2012, Statistics and Computing 22:1009).
At each temperature draws are weighted, resampled (systematic), and moved.

A move takes a random subset S of the coordinates, and a Gaussian with mean m and precision P that
is either the prior or one fitted to the draws. It steps to

    z'_S = c + ρ (z_S − c) + √(1 − ρ²) ξ,   ξ ~ N(0, P_SS⁻¹),

c the Gaussian's mean of z_S given the other coordinates: reversible under that Gaussian for any ρ
below 1. With the prior it is preconditioned Crank–Nicolson (Cotter et al. 2013, Statistical
Science 28:424); with the fitted Gaussian, the ratio of the two densities enters the chance of
acceptance. The fit uses the draws that it moves, which is exact only as their number grows
(Beskos et al. 2016, Annals of Applied Probability 26:1111). The covariance is shrunk towards the
prior's by as much as its own noise (Ledoit & Wolf 2004, Journal of Multivariate Analysis 88:365).
How well this covers, and why the defaults are what they are: docs/decisions/0025-tempering.md.

Likelihoods may be noisy estimates, if they are unbiased: a draw keeps the estimate it was accepted
with (Andrieu & Roberts 2009, Annals of Statistics 37:697).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.errors import SimulationError, UsageError
from relsim.inference.calibrate.weights import effective_size, weights_of
from relsim.worlds.randomness.streams import philox

__all__ = ["LogLikelihoods", "State", "Step", "Tempered", "temper"]

LogLikelihoods = Callable[[Doubles, int], Doubles]

HALVINGS = 60  # of the interval in which the next temperature is sought
FIRST_RATIO = 2.0  # of two temperatures, before there are two to compare


@dataclass(frozen=True)
class Step:
    """What one temperature did.

    Attributes
    ----------
    temperature : float
        In (0, 1].
    effective : float
        Kish's effective number of draws before they were resampled.
    ancestors : int
        Draws of which at least one copy was kept.
    acceptance, acceptance_fitted : tuple of float (rho,)
        Share of moves accepted by ρ: of those around the prior, and around the fitted Gaussian;
        0 where there were none.
    log_evidence : float
        What this temperature adds to the logarithm of the evidence, in nats.
    evaluations : int
        Calls of the likelihood from the beginning to the end of this temperature.
    """

    temperature: float
    effective: float
    ancestors: int
    acceptance: tuple[float, ...]
    acceptance_fitted: tuple[float, ...]
    log_evidence: float
    evaluations: int


@dataclass(frozen=True)
class State:
    """Where tempering stands after a temperature: all that is needed to go on from there.

    Attributes
    ----------
    z : float64, (draw, coordinate)
        Draws of equal weight.
    log_likelihood : float64, (draw, 2)
        Of the held and of the new evidence, with which each draw was accepted.
    steps : tuple of Step
    """

    z: Doubles
    log_likelihood: Doubles
    steps: tuple[Step, ...] = ()

    @property
    def temperature(self) -> float:
        return self.steps[-1].temperature if self.steps else 0.0

    @property
    def evaluations(self) -> int:
        """Calls of the likelihood so far."""
        return self.steps[-1].evaluations if self.steps else 1

    @property
    def done(self) -> float:
        """Share of the work that is done, in [0, 1]: an estimate.

        It takes temperatures to go on rising by the same factor as they did.
        """
        if not self.steps:
            return 0.0
        first, last, count = self.steps[0].temperature, self.temperature, len(self.steps)
        rise = math.log(last / first) / (count - 1) if count > 1 else math.log(FIRST_RATIO)
        return count / (count + math.ceil(-math.log(last) / rise))


@dataclass(frozen=True)
class Tempered:
    """Draws of the posterior.

    Attributes
    ----------
    z : float64, (draw, coordinate)
        Of equal weight, after the moves at temperature 1.
    log_likelihood : float64, (draw, 2)
        Of the held and of the new evidence, with which each draw was accepted.
    steps : tuple of Step
    """

    z: Doubles
    log_likelihood: Doubles
    steps: tuple[Step, ...]

    @property
    def log_evidence(self) -> float:
        """Logarithm of the mean likelihood of the new evidence, given the held, in nats."""
        return math.fsum(step.log_evidence for step in self.steps)

    @property
    def distinct(self) -> int:
        """Draws that are no copies of another."""
        return len(np.unique(self.z, axis=0))


class _Gaussian(NamedTuple):
    mean: Doubles
    precision: Doubles

    def log_density(self, z: Doubles) -> Doubles:
        """But for a constant."""
        centred = z - self.mean
        return np.asarray(-0.5 * ((centred @ self.precision) * centred).sum(axis=1))


@dataclass(frozen=True)
class _Moves:
    count: int
    share: float
    rhos: Doubles
    fitted: float


def temper(
    log_likelihoods: LogLikelihoods,
    z: Doubles,
    *,
    seed: int,
    moves: int = 5,
    share: float = 0.25,
    rhos: Sequence[float] = (0.0, 0.5, 0.85),
    fitted: float = 0.5,
    effective: float = 0.5,
    start: State | None = None,
    each_step: Callable[[State], None] | None = None,
) -> Tempered:
    """Draws of the posterior from draws of the prior, or of the posterior given what is held.

    Parameters
    ----------
    log_likelihoods : function
        Of z, (draw, coordinate), and the number of the evaluation, to float64 (draw, 2):
        log-likelihood of evidence that counts in full from the start ("held", 0 if there is none;
        z must then be draws given it), and of evidence that is tempered in ("new"). −∞ and NaN
        both say that a draw is impossible. If it is noisy, its exponential must be unbiased, and
        its random numbers those of the number of the evaluation.
    z : float64, (draw, coordinate)
    seed : int
        What is drawn here depends on it and on the number of the temperature alone.
    moves : int
        Moves at each temperature, each one evaluation.
    share : float
        Of the coordinates that a move changes, in (0, 1].
    rhos : sequence of float
        What is kept of a coordinate in a move, in [0, 1): each draw takes one of them by chance.
    fitted : float
        Chance that a draw moves around the Gaussian fitted to all draws, not around the prior.
    effective : float
        Share of the draws that stay effective at each temperature, in (0, 1).
    start : State, optional
        Go on from here, to the same bits as without interruption; z then gives the shape alone.
    each_step : function, optional
        Called with the State after each temperature.

    Raises
    ------
    UsageError
        If an argument is out of bounds, or `start` is of other draws.
    SimulationError
        If all draws are impossible, or a log-likelihood is +∞ or has another shape.

    Examples
    --------
    >>> def measured(z, number):  # the first coordinate was measured as 1, with an sd of 1
    ...     return np.stack([np.zeros(len(z)), -0.5 * (z[:, 0] - 1) ** 2], axis=1)
    >>> z = np.random.Generator(np.random.Philox(1)).standard_normal((1024, 2))
    >>> posterior = temper(measured, z, seed=1)
    >>> abs(posterior.z[:, 0].mean() - 0.5) < 0.1
    True
    """
    _check(z, moves, share, rhos, fitted, effective)
    kinds = _Moves(moves, share, np.asarray(rhos, dtype=np.float64), fitted)
    if start is None:
        state = State(np.array(z, dtype=np.float64), _evaluated(log_likelihoods, z, 0))
    elif start.z.shape != z.shape or start.log_likelihood.shape != (len(z), 2):
        raise UsageError(f"start has draws of shape {start.z.shape}; z has shape {z.shape}")
    else:
        state = start
    while state.temperature < 1:
        state = _step(log_likelihoods, state, seed, kinds, effective)
        if each_step is not None:
            each_step(state)
    return Tempered(state.z, state.log_likelihood, state.steps)


def _step(
    log_likelihoods: LogLikelihoods, state: State, seed: int, kinds: _Moves, effective: float
) -> State:
    """Weigh, resample and move at the next temperature."""
    rng = np.random.Generator(philox(seed, "tempering", len(state.steps)))
    new = state.log_likelihood[:, 1]
    if np.isneginf(new).all():
        raise SimulationError(
            f"tempering: the evidence is impossible under all {len(new)} draws; "
            "the prior must allow what was seen: widen it, or take more draws"
        )
    temperature = _next_temperature(new, state.temperature, effective)
    log_weights = (temperature - state.temperature) * new
    weights = weights_of([log_weights])
    gaussian = _fitted(state.z, weights)
    kept = _resampled(weights, rng)
    z, values = state.z[kept], state.log_likelihood[kept]
    number, tries = state.evaluations, np.zeros((2, 2, len(kinds.rhos)))
    for _ in range(kinds.count):
        z, values, tried = _moved(log_likelihoods, z, values, temperature, gaussian, kinds, number, rng)
        gaussian = _fitted(z, np.full(len(z), 1 / len(z)))
        tries += tried
        number += 1
    shares = tries[1] / np.maximum(tries[0], 1)
    step = Step(
        temperature,
        effective_size(weights),
        len(np.unique(kept)),
        tuple(shares[0].tolist()),
        tuple(shares[1].tolist()),
        float(special.logsumexp(log_weights) - math.log(len(new))),
        number,
    )
    return State(z, values, (*state.steps, step))


def _next_temperature(new: Doubles, now: float, effective: float) -> float:
    """The highest temperature that leaves this share of the possible draws effective."""
    possible = new[np.isfinite(new)]

    def enough(temperature: float) -> bool:
        weights = weights_of([(temperature - now) * possible])
        return effective_size(weights) >= effective * len(possible)

    if enough(1.0):
        return 1.0
    low, high = now, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if enough(middle) else (low, middle)
    return low if low > now else high


def _resampled(weights: Doubles, rng: np.random.Generator) -> Integers:
    """Which draws are kept, by systematic resampling: one uniform for all."""
    places = (np.arange(len(weights)) + rng.random()) / len(weights)
    edges = np.cumsum(weights)
    kept = np.searchsorted(edges / edges[-1], places, side="right")
    last = int(np.flatnonzero(weights)[-1])
    return np.asarray(np.minimum(kept, last), dtype=np.int64)


def _fitted(z: Doubles, weights: Doubles) -> _Gaussian:
    """The Gaussian of weighted draws, its covariance shrunk towards that of the prior."""
    mean = weights @ z
    centred = z - mean
    covariance = (centred * weights[:, np.newaxis]).T @ centred
    prior = np.eye(z.shape[1])
    # Σ w² |x xᵀ − C|², the noise of the covariance, |.| the Frobenius norm
    lengths = (centred**2).sum(axis=1) ** 2 - 2 * ((centred @ covariance) * centred).sum(axis=1)
    noise = float(weights**2 @ (lengths + (covariance**2).sum()))
    apart = float(((covariance - prior) ** 2).sum())
    shrink = 1.0 if noise >= apart else noise / apart
    return _Gaussian(mean, np.linalg.inv(covariance + shrink * (prior - covariance)))


def _moved(
    log_likelihoods: LogLikelihoods,
    z: Doubles,
    values: Doubles,
    temperature: float,
    fit: _Gaussian,
    kinds: _Moves,
    number: int,
    rng: np.random.Generator,
) -> tuple[Doubles, Doubles, Doubles]:
    """One move of every draw; moves tried and accepted, (2, kind of Gaussian, rho)."""
    by_fit = rng.random(len(z)) < kinds.fitted
    which = rng.integers(len(kinds.rhos), size=len(z))
    proposed = _proposed(z, fit, by_fit, kinds.rhos[which], kinds.share, rng)
    prior = _Gaussian(np.zeros(z.shape[1]), np.eye(z.shape[1]))
    density = [prior.log_density(at) - fit.log_density(at) for at in (z, proposed)]
    found = _evaluated(log_likelihoods, proposed, number)
    gain = (found - values) @ (1.0, temperature) + np.where(by_fit, density[1] - density[0], 0)
    taken = np.log(rng.random(len(z))) < gain
    tried = np.zeros((2, 2, len(kinds.rhos)))
    np.add.at(tried, (0, by_fit.astype(int), which), 1)
    np.add.at(tried, (1, by_fit.astype(int), which), taken)
    column = taken[:, np.newaxis]
    return np.where(column, proposed, z), np.where(column, found, values), tried


def _proposed(
    z: Doubles,
    fit: _Gaussian,
    by_fit: Booleans,
    rho: Doubles,
    share: float,
    rng: np.random.Generator,
) -> Doubles:
    """Where each draw would move: a subset of its coordinates, around the prior or the fit."""
    draws, coordinates = z.shape
    size = max(1, round(share * coordinates))
    subset = rng.random(z.shape).argsort(axis=1)[:, :size]
    noise = rng.standard_normal((draws, size, 1))
    block = np.broadcast_to(np.eye(size), (draws, size, size)).copy()
    block[by_fit] = fit.precision[subset[:, :, np.newaxis], subset[:, np.newaxis]][by_fit]
    slope = np.where(by_fit[:, np.newaxis], (z - fit.mean) @ fit.precision, z)
    within = np.take_along_axis(slope, subset, axis=1)[:, :, np.newaxis]
    # P_SS = L Lᵀ; z_S less its mean given the others is P_SS⁻¹ (P (z − m))_S
    factor = np.linalg.cholesky(block)
    apart = np.linalg.solve(block, within)[:, :, 0]
    random = np.linalg.solve(factor.transpose(0, 2, 1), noise)[:, :, 0]
    keep = rho[:, np.newaxis]
    moved = np.take_along_axis(z, subset, axis=1) - (1 - keep) * apart
    result = z.copy()
    np.put_along_axis(result, subset, moved + np.sqrt(1 - keep**2) * random, axis=1)
    return result


def _evaluated(log_likelihoods: LogLikelihoods, z: Doubles, number: int) -> Doubles:
    """Log-likelihoods, (draw, 2), held and new; an impossible draw has 0 and −∞."""
    values = np.array(log_likelihoods(z, number), dtype=np.float64)
    if values.shape != (len(z), 2):
        raise SimulationError(
            f"tempering: the log-likelihoods must have shape {(len(z), 2)} (got {values.shape})"
        )
    if np.isposinf(values).any():
        raise SimulationError(f"tempering: evaluation {number} gave a log-likelihood of +∞")
    values[~np.isfinite(values).all(axis=1)] = (0.0, -np.inf)
    return values


def _check(
    z: Doubles, moves: int, share: float, rhos: Sequence[float], fitted: float, effective: float
) -> None:
    if z.ndim != 2 or len(z) < 2 or z.shape[1] == 0:
        raise UsageError(f"z must have shape (draws, coordinates), two draws or more (got {z.shape})")
    if moves < 1:
        raise UsageError(f"moves must be 1 or more (got {moves})")
    if not 0 < share <= 1:
        raise UsageError(f"share must be above 0 and at most 1 (got {share})")
    if not rhos or not all(0 <= rho < 1 for rho in rhos):
        raise UsageError(f"rhos must be numbers from 0 to below 1 (got {tuple(rhos)})")
    if not 0 <= fitted <= 1:
        raise UsageError(f"fitted must be from 0 to 1 (got {fitted})")
    if not 0 < effective < 1:
        raise UsageError(f"effective must be between 0 and 1 (got {effective})")
