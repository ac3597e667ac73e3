"""What draws had learned, as a density against which they can be moved.

The joint draws of a scenario are points, and a move to a place between them needs a density there.
It is a Gaussian in the prior's z-space: the draws' own mean and covariance, this shrunk by as much
as its noise. Of a parameter that its prior does not reach (the state in which each draw's own run
began the term) z is the normal score of its rank among the draws. In w, the Gaussian's principal
axes, the density is a standard normal; the last coordinate is the coding intensity of the term, of
which nothing was learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from relsim.array_types import Doubles
from relsim.inference.calibrate.block_moves import shrunk
from relsim.inference.calibrate.coordinates import SIGMA_OF_INTENSITY
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import joint_of

__all__ = ["Density", "density_of"]

WIDEST = 6.0  # standard deviations: beyond it a prior's quantiles are not told apart
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
        """The w of some draws without that of the coding intensity, (draws, parameters)."""
        if not self.scales:
            return np.zeros((len(next(iter(values.values()))), 0))
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
    """The density of a scenario's joint draws; without any it has the coding intensity alone."""
    joint = joint_of(scenario)
    if joint is None:
        none = np.zeros((0, 0))
        return Density({}, np.zeros(0), none, none)
    weights = np.diff(joint.cumulated, prepend=0.0)
    # Rows of equal weight: the fit knows of no others.
    rows = np.searchsorted(joint.cumulated, (np.arange(len(weights)) + 0.5) / len(weights))
    values = {path: column[rows] for path, column in joint.values.items()}
    parameters = scenario.parameters()
    scales = {
        path: _scale(column, parameters[path].distribution.quantile(ndtr(GRID)))
        for path, column in values.items()
    }
    z = np.stack([np.interp(values[path], *scale) for path, scale in scales.items()], axis=1)
    mean, covariance = shrunk(z)
    variances, vectors = np.linalg.eigh(covariance)
    lengths = np.sqrt(variances)
    return Density(scales, mean, vectors * lengths, (vectors / lengths).T)


def _scale(column: Doubles, prior: Doubles) -> Doubles:
    """Values in rising order and the z of each: of the prior, or of ranks where it has none."""
    inside = (column.min() > prior[0]) and (column.max() < prior[-1])
    if inside and (np.diff(prior) > 0).all():
        return np.array([prior, GRID])
    ordered, first = np.unique(column, return_index=True)
    scores = ndtri((rankdata(column) - 0.5) / len(column))[first]
    return np.array([ordered, scores])
