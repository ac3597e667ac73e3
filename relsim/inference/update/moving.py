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

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.inference.calibrate.block_moves import FOLDS, stepped_from
from relsim.inference.calibrate.gaussians import Gaussian, gaussian_of_draws
from relsim.worlds.randomness.streams import Succession

__all__ = ["Proposals", "proposals_from"]

SHARE = 0.15  # of the coordinates that a move changes
RHOS = np.array([0.0, 0.5, 0.85])  # what is kept of a coordinate in a move: see decision 25
FITTED = 0.8  # chance that a move goes around a fitted Gaussian, not around the density's own


@dataclass(frozen=True)
class Proposals:
    """Gaussians, each fitted to the draws outside one fold.

    Attributes
    ----------
    fits : tuple of Gaussian
        By fold.
    """

    fits: tuple[Gaussian, ...]

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
            own[at] = fit.standard(w[at])
        stepped = stepped_from(own, keep, SHARE, rng)
        place = stepped.copy()
        for at, fit in sets:
            place[at] = fit.place(stepped[at])
        half_squares = [0.5 * (x**2).sum(axis=1) for x in (w, place, own, stepped)]
        return place, half_squares[0] - half_squares[1] - half_squares[2] + half_squares[3]


def fold_of(draws: int) -> Integers:
    """The fold of each draw; they are contiguous, as the states of one chain stand together."""
    return np.arange(draws) * FOLDS // draws


def proposals_from(w: Doubles, weights: Doubles) -> Proposals:
    """Proposals that are fitted to weighted draws, (draws, coordinates)."""
    fold = fold_of(len(w))
    others = (fold != one for one in range(FOLDS))
    return Proposals(tuple(gaussian_of_draws(w[those], weights[those]) for those in others))
