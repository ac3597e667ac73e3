"""Moves of draws that keep a prior of independent standard normals, but for what they fit.

A move is made around a Gaussian that is either the prior or one fitted to the posterior
(`relsim.inference.calibrate.gaussians`). In coordinates u in which this Gaussian is standard
normal, those along its principal axes, a random subset steps to u' = ρ u + √(1 − ρ²) ξ, ξ standard
normal, which is reversible under the Gaussian for any ρ. With the prior it is preconditioned
Crank–Nicolson (Cotter et al. 2013, Statistical Science 28:424); with a fitted Gaussian, the ratio
of the two densities enters the chance of acceptance.

Where the Gaussian is fitted to draws, each moves around that of the draws of *other* folds: if it
were fitted to the draws that it moves, they would shrink towards it. Folds are contiguous, so that
copies of one draw, which systematic resampling puts side by side, share a fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.inference.calibrate.gaussians import Gaussian, gaussian_of_draws
from relsim.worlds.randomness.streams import Succession

__all__ = ["FOLDS", "Moves", "Proposal", "proposed", "stepped_from"]

FOLDS = 8


@dataclass(frozen=True)
class Moves:
    """How many moves there are at a temperature, and of which kinds; see `temper`."""

    count: int
    share: float
    rhos: Doubles
    fitted: float


class Proposal(NamedTuple):
    """Where each draw would move."""

    z: Doubles
    log_ratio: Doubles  # (draw,), of prior × chance to propose back, to prior × chance to propose
    by_fit: Integers  # (draw,), 1 if around a fitted Gaussian
    which: Integers  # (draw,), which rho


def proposed(z: Doubles, kinds: Moves, rng: Succession, around: Gaussian | None = None) -> Proposal:
    """Where each draw would move.

    Parameters
    ----------
    z : float64, (draw, coordinate)
        Coordinates are independent standard normals a priori.
    kinds : Moves
        Which kinds there are.
    rng : Succession
        Of all that is drawn here.
    around : Gaussian, optional
        Fitted to something else than the draws. Without it each draw moves around the Gaussian of
        the draws of other folds.

    Returns
    -------
    Proposal
    """
    by_fit = rng.uniforms((len(z),)) < kinds.fitted
    which = (rng.uniforms((len(z),)) * len(kinds.rhos)).astype(np.int64)
    fold = np.arange(len(z)) * FOLDS // len(z)
    standard = z.copy()
    fits = [around or gaussian_of_draws(z[fold != number]) for number in range(FOLDS)]
    for number, fit in enumerate(fits):
        at = by_fit & (fold == number)
        standard[at] = fit.standard(z[at])
    stepped = stepped_from(standard, kinds.rhos[which], kinds.share, rng)
    place = stepped.copy()
    for number, fit in enumerate(fits):
        at = by_fit & (fold == number)
        place[at] = fit.place(stepped[at])
    log_ratio = _log_prior(place) - _log_prior(z) + _log_prior(standard) - _log_prior(stepped)
    return Proposal(place, log_ratio, by_fit.astype(np.int64), which)


def stepped_from(standard: Doubles, rho: Doubles, share: float, rng: Succession) -> Doubles:
    """Standard normals of which a random subset has taken a step, reversibly.

    Parameters
    ----------
    standard : float64, (draw, coordinate)
        Where the draws are.
    rho : float64, (draw,)
        What a draw keeps of a coordinate that steps.
    share : float
        Of the coordinates, that step.
    rng : Succession
        Of all that is drawn here.
    """
    size = max(1, round(share * standard.shape[1]))
    order = rng.uniforms(standard.shape).argsort(axis=1).argsort(axis=1)
    keep = rho[:, np.newaxis]
    moved = keep * standard + np.sqrt(1 - keep**2) * rng.normals(standard.shape)
    return np.where(order < size, moved, standard)


def _log_prior(z: Doubles) -> Doubles:
    """Log-density of standard normals but for a constant, (draw,)."""
    return np.asarray(-0.5 * (z**2).sum(axis=1))
