"""Chains of moves that keep density × likelihood, and of which every state is kept.

Waste-free sequential Monte Carlo (Dau & Chopin 2022, Journal of the Royal Statistical Society B
84:114): few draws are resampled, each begins a chain of Metropolis–Hastings moves, and all states
of all chains are the new draws. At the cost of evaluating as many draws as there are chains for
each move, there are several times as many draws; those of one chain are alike.

A move goes from where the draw is, or around a Gaussian fitted to the weighted draws of *other*
folds, as in `relsim.inference.calibrate.block_moves`. It is fitted once, before the chains begin,
to all weighted draws, and stays the same for all moves of a chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.inference.calibrate.block_moves import FOLDS, WIDER
from relsim.worlds.randomness.streams import Succession

__all__ = ["Proposals", "proposals_from"]

SHARE = 0.15  # of the coordinates that a move changes
RHOS = np.array([0.0, 0.5, 0.85])  # what is kept of a coordinate in a move: see decision 25
FITTED = 0.8  # chance that a move goes around a fitted Gaussian, not around the density's own


class _Gaussian(NamedTuple):
    """w = mean + u @ axes, u standard normal."""

    mean: Doubles  # (coordinates,)
    axes: Doubles  # (axes, coordinates)
    inverse: Doubles


@dataclass(frozen=True)
class Proposals:
    """Gaussians, each fitted to the draws outside one fold.

    Attributes
    ----------
    fits : tuple of Gaussian
        By fold.
    """

    fits: tuple[_Gaussian, ...]

    def proposed(self, w: Doubles, fold: Integers, rng: Succession) -> tuple[Doubles, Doubles]:
        """Where each draw would move, and the log of the ratio that its acceptance needs.

        The ratio is density × chance to propose back, to density × chance to propose.

        Parameters
        ----------
        w : float64, (draws, coordinates)
            Under the density they are independent standard normals.
        fold : int64, (draws,)
            Whose Gaussian each draw moves around.
        rng : Succession
            Random numbers.
        """
        by_fit = rng.uniforms((len(w),)) < FITTED
        keep = RHOS[(rng.uniforms((len(w),)) * len(RHOS)).astype(np.int64)]
        own = w.copy()
        sets = [(by_fit & (fold == number), fit) for number, fit in enumerate(self.fits)]
        for at, fit in sets:
            own[at] = (w[at] - fit.mean) @ fit.inverse
        stepped = _stepped(own, keep, rng)
        place = stepped.copy()
        for at, fit in sets:
            place[at] = fit.mean + stepped[at] @ fit.axes
        half_squares = [0.5 * (x**2).sum(axis=1) for x in (w, place, own, stepped)]
        return place, half_squares[0] - half_squares[1] - half_squares[2] + half_squares[3]


def fold_of(draws: int) -> Integers:
    """The fold of each draw; they are contiguous, as the states of one chain stand together."""
    return np.arange(draws) * FOLDS // draws


def proposals_from(w: Doubles, weights: Doubles) -> Proposals:
    """Proposals that are fitted to weighted draws, (draws, coordinates)."""
    fold = fold_of(len(w))
    return Proposals(tuple(_fitted(w[fold != one], weights[fold != one]) for one in range(FOLDS)))


def _fitted(w: Doubles, weights: Doubles) -> _Gaussian:
    """The Gaussian of weighted draws, its covariance shrunk towards the density's, then widened.

    By Ledoit & Wolf 2004, Journal of Multivariate Analysis 88:365, with the effective number of
    draws for their number.
    """
    weights = weights / weights.sum()
    number = 1 / (weights**2).sum()
    mean = weights @ w
    centred = w - mean
    covariance = (centred * weights[:, np.newaxis]).T @ centred
    own = np.eye(w.shape[1])
    fourth = float(weights @ (centred**2).sum(axis=1) ** 2)
    noise = (fourth - float((covariance**2).sum())) / number
    apart = float(((covariance - own) ** 2).sum())
    shrink = 1.0 if noise >= apart else max(noise / apart, 1 / number)
    variances, vectors = np.linalg.eigh(covariance + shrink * (own - covariance))
    lengths = np.sqrt(WIDER * variances)[:, np.newaxis]
    return _Gaussian(mean, lengths * vectors.T, vectors / lengths.T)


def _stepped(standard: Doubles, keep: Doubles, rng: Succession) -> Doubles:
    """Standard normals of which a random subset has taken a step, reversibly."""
    size = max(1, round(SHARE * standard.shape[1]))
    order = rng.uniforms(standard.shape).argsort(axis=1).argsort(axis=1)
    kept = keep[:, np.newaxis]
    moved = kept * standard + np.sqrt(1 - kept**2) * rng.normals(standard.shape)
    return np.where(order < size, moved, standard)
