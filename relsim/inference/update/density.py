"""What draws had learned, as a density against which they can be moved.

The joint draws of a scenario are points, and a move to a place between them needs a density there.
It is a Gaussian in the prior's z-space: the draws' own mean and covariance, its correlations shrunk
by that share which gives draws that were left out the highest density. Of a parameter that its
prior does not reach (the state in which each draw's own run began the term) z is the normal score
of its rank among the draws. What is the same in all draws has no place there. In w, the Gaussian's
principal axes, the density is a standard normal; the last coordinate is the coding intensity of the
term, of which nothing was learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from relsim.array_types import Doubles
from relsim.inference.calibrate.block_moves import FOLDS
from relsim.inference.calibrate.coordinates import SIGMA_OF_INTENSITY
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import joint_of

__all__ = ["Density", "density_of"]

WIDEST = 6.0  # standard deviations: beyond it a prior's quantiles are not told apart
SHRINKAGES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8)
GRID = np.linspace(-WIDEST, WIDEST, 2401)


@dataclass(frozen=True, eq=False)
class Density:
    """A Gaussian fitted to joint draws.

    Attributes
    ----------
    scales : dict of float64 (2, points)
        Of each parameter: its values in rising order, and the z of each.
    mean : float64, (parameters,)
    root, inverse : float64, (parameters, parameters)
        z = mean + root @ w; w = inverse @ (z − mean).
    """

    scales: dict[str, Doubles]
    mean: Doubles
    root: Doubles
    inverse: Doubles

    @property
    def size(self) -> int:
        """Number of coordinates of w, the coding intensity among them."""
        return len(self.scales) + 1

    def places(self, values: Mapping[str, Doubles]) -> Doubles:
        """The w of some draws without that of the coding intensity, (draws, parameters).

        There must be a parameter that has a place.
        """
        z = np.stack([np.interp(values[path], *scale) for path, scale in self.scales.items()])
        w: Doubles = (z.T - self.mean) @ self.inverse.T
        return w

    def values(self, w: Doubles) -> dict[str, Doubles]:
        """The parameters at w, (draws, coordinates), in the engine's units; each (draws,)."""
        z = self.mean + w[:, :-1] @ self.root.T
        return {
            path: np.interp(z[:, number], scale[1], scale[0])
            for number, (path, scale) in enumerate(self.scales.items())
        }

    def log_intensity(self, w: Doubles) -> Doubles:
        """ln ω of the term, (draws,)."""
        intensity: Doubles = SIGMA_OF_INTENSITY * w[:, -1]
        return intensity


def density_of(scenario: Scenario) -> Density:
    """The density of a scenario's joint draws; if none differ, of the coding intensity alone."""
    values = _varying(scenario)
    if not values:
        none = np.zeros((0, 0))
        return Density({}, np.zeros(0), none, none)
    parameters = scenario.parameters()
    scales = {
        path: _scale(column, parameters[path].distribution.quantile(ndtr(GRID)))
        for path, column in values.items()
    }
    z = np.stack([np.interp(values[path], *scale) for path, scale in scales.items()], axis=1)
    mean, covariance = z.mean(axis=0), _shrunk(z, _best_shrinkage(z))
    variances, vectors = np.linalg.eigh(covariance)
    lengths = np.sqrt(variances)
    return Density(scales, mean, vectors * lengths, (vectors / lengths).T)


def _varying(scenario: Scenario) -> dict[str, Doubles]:
    """The joint draws of the parameters that differ among them, in rows of equal weight."""
    joint = joint_of(scenario)
    if joint is None:
        return {}
    number = len(joint.cumulated)
    rows = np.searchsorted(joint.cumulated, (np.arange(number) + 0.5) / number)
    return {path: column[rows] for path, column in joint.values.items() if np.ptp(column[rows])}


def _shrunk(z: Doubles, share: float) -> Doubles:
    """The covariance of draws, with correlations nearer to 0."""
    covariance = np.atleast_2d(np.cov(z.T, bias=True))
    shrunk: Doubles = (1 - share) * covariance + share * np.diag(np.diag(covariance))
    return shrunk


def _best_shrinkage(z: Doubles) -> float:
    """The shrinkage of `SHRINKAGES` under which draws left out have the highest density.

    Folds are contiguous, as copies of one draw stand side by side.
    """
    fold = np.arange(len(z)) * FOLDS // len(z)

    def left_out(share: float) -> float:
        total = 0.0
        for number in range(FOLDS):
            kept = z[fold != number]
            covariance = _shrunk(kept, share)
            sign, logdet = np.linalg.slogdet(covariance)
            if sign <= 0:
                return -np.inf
            off = z[fold == number] - kept.mean(axis=0)
            total -= float((off * np.linalg.solve(covariance, off.T).T).sum() + len(off) * logdet)
        return total

    return max(SHRINKAGES, key=left_out)


def _scale(column: Doubles, prior: Doubles) -> Doubles:
    """Values in rising order and the z of each: of the prior, or of ranks where it has none."""
    inside = (column.min() > prior[0]) and (column.max() < prior[-1])
    if inside and (np.diff(prior) > 0).all():
        return np.array([prior, GRID])
    from scipy.stats import rankdata  # slow to import, and every command that draws would

    ordered, first = np.unique(column, return_index=True)
    scores = ndtri((rankdata(column) - 0.5) / len(column))[first]
    return np.array([ordered, scores])
