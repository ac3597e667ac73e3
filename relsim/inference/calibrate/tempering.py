"""Draws of a posterior by tempered sequential Monte Carlo, whatever the likelihood is.

Draws are points z whose coordinates are independent standard normals a priori. The evidence is
brought in by degrees: at temperature t the target is prior × held × new^t, and t rises from 0 to 1
in steps so chosen that the effective number of draws stays the same (Del Moral, Doucet & Jasra
2006, Journal of the Royal Statistical Society B 68:411; 2012, Statistics and Computing 22:1009).
At each temperature draws are weighted, resampled (systematic), and moved.

Moves are those of `relsim.inference.calibrate.block_moves`, most of them around a Gaussian fitted
to all recent evaluations, also of places that were refused. How well all this covers, and why:
docs/decisions/0025-tempering.md and 0028-moves-around-likelihoods.md.

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

from relsim.array_types import Doubles, Integers
from relsim.errors import SimulationError, UsageError
from relsim.inference.calibrate.block_moves import FITTED, RHOS, SHARE, Moves, proposed
from relsim.inference.calibrate.gaussians import Gaussian, gaussian_of_evaluations
from relsim.inference.calibrate.weights import effective_size, weights_of
from relsim.worlds.randomness.streams import Succession

__all__ = ["LogLikelihoods", "Seen", "State", "Step", "Tempered", "resampled", "temper"]

LogLikelihoods = Callable[[Doubles, int], Doubles]

HALVINGS = 60  # of the interval in which the next temperature is sought
FEWEST = 16  # draws
FIRST_RATIO = 2.0  # of two temperatures, before there are two to compare
KEPT = 8192  # evaluations


class Seen(NamedTuple):
    """Places at which the likelihood was evaluated, latest last.

    Attributes
    ----------
    z : float64, (place, coordinate)
    log_likelihood : float64, (place, 2)
        Of the held and of the new evidence.
    """

    z: Doubles
    log_likelihood: Doubles

    def then(self, z: Doubles, log_likelihood: Doubles) -> Seen:
        """With more evaluations; the oldest are dropped."""
        more = (self.z, z), (self.log_likelihood, log_likelihood)
        return Seen(*(np.concatenate(parts)[-KEPT:] for parts in more))


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
    seen : Seen, optional
        Earlier evaluations; without any, those of the draws.
    """

    z: Doubles
    log_likelihood: Doubles
    steps: tuple[Step, ...] = ()
    seen: Seen | None = None

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
    seen : Seen, optional
        The latest evaluations.
    """

    z: Doubles
    log_likelihood: Doubles
    steps: tuple[Step, ...]
    seen: Seen | None = None

    @property
    def log_evidence(self) -> float:
        """Logarithm of the mean likelihood of the new evidence, given the held, in nats."""
        return math.fsum(step.log_evidence for step in self.steps)

    def holding(self, new: Doubles) -> State:
        """Where draws stand that hold this evidence, before more of it comes in.

        At places of earlier evaluations the new log-likelihood is not known: that of none of them
        differs from the draws' mean, until others take their places.

        Parameters
        ----------
        new : float64, (draw,)
            Log-likelihood of the evidence to come.
        """
        values = np.stack([self.log_likelihood.sum(axis=1), new], axis=1)
        seen = self.seen or Seen(self.z, self.log_likelihood)
        possible = new[np.isfinite(new)]
        unknown = np.full(len(seen.z), possible.mean() if possible.size else 0.0)
        before = np.stack([seen.log_likelihood.sum(axis=1), unknown], axis=1)
        return State(self.z, values, (), Seen(seen.z, before).then(self.z, values))

    @property
    def distinct(self) -> int:
        """Draws that are no copies of another."""
        return len(np.unique(self.z, axis=0))


def temper(
    log_likelihoods: LogLikelihoods,
    z: Doubles,
    *,
    seed: int,
    moves: int = 6,
    share: float = SHARE,
    rhos: Sequence[float] = RHOS,
    fitted: float = FITTED,
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
        At least 16 draws.
    seed : int
        What is drawn here depends on it and on the number of the temperature alone.
    moves : int
        Moves at each temperature, each one evaluation.
    share : float
        Of the coordinates that a move changes, in (0, 1].
    rhos : sequence of float
        What is kept of a coordinate in a move, in [0, 1): each draw takes one of them by chance.
    fitted : float
        Chance that a draw moves around a Gaussian fitted to likelihoods, not around the prior.
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
    >>> bool(abs(posterior.z[:, 0].mean() - 0.5) < 0.1)
    True
    """
    _check(z, moves, share, rhos, fitted, effective)
    kinds = Moves(moves, share, np.asarray(rhos, dtype=np.float64), fitted)
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
    return Tempered(state.z, state.log_likelihood, state.steps, state.seen)


def _step(
    log_likelihoods: LogLikelihoods, state: State, seed: int, kinds: Moves, effective: float
) -> State:
    """Weigh, resample and move at the next temperature."""
    rng = Succession(seed, "tempering", len(state.steps))
    new = state.log_likelihood[:, 1]
    if np.isneginf(new).all():
        raise SimulationError(
            f"tempering: the evidence is impossible under all {len(new)} draws; "
            "the prior must allow what was seen: widen it, or take more draws"
        )
    temperature = _next_temperature(new, state.temperature, effective)
    log_weights = (temperature - state.temperature) * new
    weights = weights_of([log_weights])
    kept = resampled(weights, rng)
    z, values = state.z[kept], state.log_likelihood[kept]
    seen = state.seen or Seen(state.z, state.log_likelihood)
    around = _around(seen, values, temperature)
    number, tries = state.evaluations, np.zeros((2, 2, len(kinds.rhos)))
    for _ in range(kinds.count):
        proposal = proposed(z, kinds, rng, around)
        found = _evaluated(log_likelihoods, proposal.z, number)
        seen = seen.then(proposal.z, found)
        gain = (found - values) @ (1.0, temperature) + proposal.log_ratio
        taken = np.log(rng.uniforms((len(z),))) < gain
        z = np.where(taken[:, np.newaxis], proposal.z, z)
        values = np.where(taken[:, np.newaxis], found, values)
        cell = proposal.by_fit * len(kinds.rhos) + proposal.which
        np.add.at(tries[0].reshape(-1), cell, 1)
        np.add.at(tries[1].reshape(-1), cell, taken)
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
    return State(z, values, (*state.steps, step), seen)


def _around(seen: Seen, values: Doubles, temperature: float) -> Gaussian:
    """The Gaussian of recent evaluations at a temperature."""
    target, level = (of @ (1.0, temperature) for of in (seen.log_likelihood, values))
    return gaussian_of_evaluations(seen.z, target, float(np.median(level)))


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


def resampled(weights: Doubles, rng: Succession) -> Integers:
    """Which draws are kept, by systematic resampling: one uniform for all."""
    places = (np.arange(len(weights)) + rng.uniforms((1,))) / len(weights)
    edges = np.cumsum(weights)
    kept = np.searchsorted(edges / edges[-1], places, side="right")
    last = int(np.flatnonzero(weights)[-1])
    return np.asarray(np.minimum(kept, last), dtype=np.int64)


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
    if z.ndim != 2 or len(z) < FEWEST or z.shape[1] == 0:
        raise UsageError(
            f"z must have shape (draws, coordinates), {FEWEST} draws or more (got {z.shape})"
        )
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
