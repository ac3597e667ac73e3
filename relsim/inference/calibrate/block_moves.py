"""Moves of draws that keep a prior of independent standard normals, but for what they fit.

A move is made around a Gaussian that is either the prior or one fitted to the posterior
(`relsim.inference.calibrate.gaussians`). In coordinates u in which this Gaussian is standard
normal, those along its principal axes, a random subset steps to u' = ρ u + √(1 − ρ²) ξ, ξ standard
normal, which is reversible under the Gaussian for any ρ. With the prior it is preconditioned
Crank–Nicolson (Cotter et al. 2013, Statistical Science 28:424); with a fitted Gaussian, the ratio
of the two densities enters the chance of acceptance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.inference.calibrate.gaussians import Gaussian
from relsim.worlds.randomness.streams import Succession

__all__ = ["FITTED", "RHOS", "SHARE", "Moves", "Proposal", "proposed", "stepped_from"]

# Measured on models whose posterior is known: docs/decisions/0025-tempering.md.
SHARE = 0.25  # of the coordinates that a move changes
RHOS = (0.0, 0.5, 0.85)  # what is kept of a coordinate in a move
FITTED = 0.8  # chance that a move goes around a fitted Gaussian, not around the prior


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


def proposed(z: Doubles, kinds: Moves, rng: Succession, around: Gaussian) -> Proposal:
    """Where each draw would move.

    Parameters
    ----------
    z : float64, (draw, coordinate)
        Coordinates are independent standard normals a priori.
    kinds : Moves
        Which kinds there are.
    rng : Succession
        Of all that is drawn here.
    around : Gaussian
        Fitted to something else than the draws.

    Returns
    -------
    Proposal
    """
    by_fit = rng.uniforms((len(z),)) < kinds.fitted
    which = (rng.uniforms((len(z),)) * len(kinds.rhos)).astype(np.int64)
    at = by_fit[:, np.newaxis]
    standard = np.where(at, around.standard(z), z)
    stepped = stepped_from(standard, kinds.rhos[which], kinds.share, rng)
    place = np.where(at, around.place(stepped), stepped)
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
