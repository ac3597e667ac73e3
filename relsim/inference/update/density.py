"""What draws had learned, as a density against which they can be moved.

The joint draws of a scenario are points, and a move to a place between them needs a density there.
It is a Gaussian in the prior's z-space: the draws' own mean and covariance, its correlations shrunk
by that share which gives draws that were left out the highest density. Of a parameter that its
prior does not reach (the state in which each draw's own run began the term) z is the normal score
of its rank among the draws. What is the same in all draws has no place there. In w, the Gaussian's
principal axes, the density is a standard normal.

Two kinds of coordinates follow, standard normal as well: the coding intensity of the term, of which
nothing was learned, and each uncertain parameter that has no joint draws, by its prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from relsim.array_types import Doubles
from relsim.inference.calibrate.coordinates import OUTERMOST, SIGMA_OF_INTENSITY
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.relative import drawn_as, held_jointly
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, joint_of, latin_columns
from relsim.worlds.randomness.streams import Succession

__all__ = ["Density", "density_of"]

WIDEST = 6.0  # standard deviations: beyond it a prior's quantiles are not told apart
SHRINKAGES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8)
FOLDS = 8  # of the draws, each left out once
GRID = np.linspace(-WIDEST, WIDEST, 2401)


@dataclass(frozen=True, eq=False)
class Density:
    """A Gaussian fitted to joint draws, and the priors of what they leave open.

    Attributes
    ----------
    scales : dict of float64 (2, points)
        Of each parameter that has joint draws: its values in rising order, and the z of each.
    mean : float64, (parameters,)
    root, inverse : float64, (parameters, parameters)
        z = mean + root @ w; w = inverse @ (z − mean).
    alone : dict of Distribution
        Of each uncertain parameter without joint draws.
    drawn_as : dict of str
        The parameter whose random numbers, and whose coordinate, each of these has.
    """

    scales: dict[str, Doubles]
    mean: Doubles
    root: Doubles
    inverse: Doubles
    alone: dict[str, Distribution]
    drawn_as: dict[str, str]

    @property
    def learned(self) -> int:
        """Number of the coordinates of w of which evidence tells much: they come first.

        They are those of the joint draws and the coding intensity.
        """
        return len(self.scales) + 1

    @property
    def size(self) -> int:
        """Number of coordinates of w."""
        return self.learned + len(set(self.drawn_as.values()))

    @property
    def paths(self) -> frozenset[str]:
        """The parameters that have a place."""
        return frozenset((*self.scales, *self.alone))

    def places(self, values: Mapping[str, Doubles]) -> Doubles:
        """The w of parameters that have joint draws, (draws, parameters); there must be some."""
        z = np.stack([np.interp(values[path], *scale) for path, scale in self.scales.items()])
        w: Doubles = (z.T - self.mean) @ self.inverse.T
        return w

    def start(self, values: Mapping[str, Doubles], seed: int, draws: int) -> Doubles:
        """The w of the draws of an ensemble with these parameters, (draws, coordinates).

        Their coding intensity is drawn.
        """
        learned = self.places(values) if self.scales else np.zeros((draws, 0))
        intensity = Succession(seed, "coding intensity").normals((draws, 1))
        batches = range(-(-draws // DRAWS_PER_BATCH))
        alone = [
            ndtri(latin_columns(seed, path, batches)[:draws])
            for path in dict.fromkeys(self.drawn_as.values())
        ]
        w = np.concatenate([learned, intensity, np.reshape(alone, (-1, draws)).T], axis=1)
        return np.asarray(np.clip(w, -OUTERMOST, OUTERMOST))

    def values(self, w: Doubles) -> dict[str, Doubles]:
        """The parameters at w, (draws, coordinates), in the engine's units; each (draws,)."""
        z = self.mean + w[:, : len(self.scales)] @ self.root.T
        jointly = {
            path: np.interp(z[:, number], scale[1], scale[0])
            for number, (path, scale) in enumerate(self.scales.items())
        }
        own = dict.fromkeys(self.drawn_as.values())
        u = dict(zip(own, ndtr(w[:, self.learned :].T), strict=True))
        return jointly | {
            path: distribution.quantile(u[self.drawn_as[path]])
            for path, distribution in self.alone.items()
        }

    def log_intensity(self, w: Doubles) -> Doubles:
        """ln ω of the term, (draws,)."""
        intensity: Doubles = SIGMA_OF_INTENSITY * w[:, len(self.scales)]
        return intensity


def density_of(scenario: Scenario) -> Density:
    """The density of a scenario's draws."""
    values, parameters = _varying(scenario), scenario.parameters()
    jointly, own = set(held_jointly(scenario)), drawn_as(scenario)
    alone = {
        path: value.distribution
        for path, value in parameters.items()
        if value.constant is None and path not in jointly
    }
    drawn = {path: own[path] for path in alone}
    if not values:
        none = np.zeros((0, 0))
        return Density({}, np.zeros(0), none, none, alone, drawn)
    scales = {
        path: _scale(column, parameters[path].distribution.quantile(ndtr(GRID)))
        for path, column in values.items()
    }
    z = np.stack([np.interp(values[path], *scale) for path, scale in scales.items()], axis=1)
    mean, covariance = z.mean(axis=0), _shrunk(z, _best_shrinkage(z))
    variances, vectors = np.linalg.eigh(covariance)
    lengths = np.sqrt(variances)
    return Density(scales, mean, vectors * lengths, (vectors / lengths).T, alone, drawn)


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
