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
from relsim.inference.calibrate.block_moves import FITTED, FOLDS, RHOS, SHARE, stepped_around
from relsim.inference.calibrate.gaussians import Gaussian, gaussian_of_draws
from relsim.worlds.randomness.streams import Succession

__all__ = ["Proposals", "proposals_from"]


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
        rho = np.array(RHOS)[(rng.uniforms((len(w),)) * len(RHOS)).astype(np.int64)]
        fits = ((by_fit & (fold == number), fit) for number, fit in enumerate(self.fits))
        return stepped_around(w, fits, rho, SHARE, rng)


def fold_of(draws: int) -> Integers:
    """The fold of each draw; they are contiguous, as the states of one chain stand together."""
    return np.arange(draws) * FOLDS // draws


def proposals_from(w: Doubles, weights: Doubles) -> Proposals:
    """Proposals that are fitted to weighted draws, (draws, coordinates)."""
    fold = fold_of(len(w))
    others = (fold != one for one in range(FOLDS))
    return Proposals(tuple(gaussian_of_draws(w[those], weights[those]) for those in others))
