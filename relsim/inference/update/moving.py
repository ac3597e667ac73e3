"""Where chains of draws move: around a Gaussian of the likelihoods seen so far.

The Gaussian is fitted to all recent evaluations, those of refused places too, and not to the draws
(`relsim.inference.calibrate.gaussians`, docs/decisions/0028-moves-around-likelihoods.md). It is
fitted once, before chains begin, and stays the same for all moves of a chain. Coordinates of
which evidence tells little have no curvature fitted: they move around their prior.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles
from relsim.inference.calibrate.block_moves import (
    FITTED,
    RHOS,
    SHARE,
    Moves,
    proposed,
    stepped_from,
)
from relsim.inference.calibrate.gaussians import Gaussian, gaussian_of_evaluations
from relsim.worlds.randomness.streams import Succession

__all__ = ["Seen", "moved"]

KEPT, MOST = 4096, 2048  # evaluations that are kept, and that a Gaussian is fitted to
ASIDE = 0.5  # of the coordinates of which evidence tells little, that a move changes
KINDS = Moves(1, SHARE, np.array(RHOS), FITTED)


class Seen(NamedTuple):
    """Places at which the weeks were evaluated, latest last.

    Attributes
    ----------
    w : float64, (place, coordinate)
    weekly : float64, (weeks, place)
        Log-likelihood of each week.
    """

    w: Doubles
    weekly: Doubles

    def then(self, w: Doubles, weekly: Doubles) -> Seen:
        """With more evaluations; the oldest are dropped."""
        return Seen(
            np.concatenate([self.w, w])[-KEPT:],
            np.concatenate([self.weekly, weekly], axis=1)[:, -KEPT:],
        )

    def gaussian(self, counts: Doubles, level: float, learned: int) -> Gaussian:
        """Of the first coordinates, fitted to the likelihood of some weeks.

        Parameters
        ----------
        counts : float64, (weeks,)
            How much of each week's evidence is in, of the first weeks.
        level : float
            The draws' median log-likelihood.
        learned : int
            Number of the coordinates.
        """
        target = counts @ self.weekly[: len(counts)]
        return gaussian_of_evaluations(self.w[:, :learned], target, level, MOST)


def moved(w: Doubles, around: Gaussian, rng: Succession) -> tuple[Doubles, Doubles]:
    """Where draws would move, and the log of the ratio that their acceptance needs.

    The ratio is density × chance to propose back, to density × chance to propose.

    Parameters
    ----------
    w : float64, (draws, coordinates)
        Under the density they are independent standard normals.
    around : Gaussian
        Of the first coordinates; the others move around the density.
    rng : Succession
        Random numbers.
    """
    learned = len(around.mean)
    proposal = proposed(w[:, :learned], KINDS, rng, around)
    rest = w[:, learned:]
    if rest.shape[1]:
        rest = stepped_from(rest, KINDS.rhos[proposal.which], ASIDE, rng)
    return np.concatenate([proposal.z, rest], axis=1), proposal.log_ratio
