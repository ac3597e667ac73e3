"""Gaussians around which draws move, fitted to draws or to likelihoods at any places.

Fitted to likelihoods, a Gaussian does not depend on how the draws are spread. Fitted to draws it
does, and draws that then move around it stay as narrow as they have become: see
docs/decisions/0028-moves-around-likelihoods.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg

from relsim.array_types import Doubles

__all__ = ["Gaussian", "gaussian_of_draws", "gaussian_of_likelihoods"]

WIDER_THAN_DRAWS = 1.2  # variances of a fitted Gaussian against those of the draws
WIDER = 1.1  # variances against those of the fitted curvature
# A priori variances of what is fitted, in squared nats: of the level, of a slope, of half a
# curvature. The misfit of a likelihood near the draws has a variance of 1.
LEVEL, SLOPE, CURVATURE = 100.0, 1.0, 1.0


class Gaussian(NamedTuple):
    """z = mean + u @ axes, u standard normal."""

    mean: Doubles  # (coordinate,)
    axes: Doubles  # (axis, coordinate)
    inverse: Doubles  # of the axes

    def standard(self, z: Doubles) -> Doubles:
        """The u of z, both (draw, coordinate)."""
        return np.asarray((z - self.mean) @ self.inverse)

    def place(self, standard: Doubles) -> Doubles:
        """The z of u, both (draw, coordinate)."""
        return np.asarray(self.mean + standard @ self.axes)


def gaussian_of_draws(z: Doubles, weights: Doubles | None = None) -> Gaussian:
    """The Gaussian of draws, its covariance shrunk towards that of the prior, then widened.

    The covariance is shrunk by as much as its own noise (Ledoit & Wolf 2004, Journal of
    Multivariate Analysis 88:365, with the effective number of draws for their number). A fit
    narrower than the target would keep its draws out of the target's tails.

    Parameters
    ----------
    z : float64, (draw, coordinate)
        Draws whose coordinates are independent standard normals a priori.
    weights : float64, (draw,), optional
        By default all alike.

    Returns
    -------
    Gaussian
    """
    weights = np.full(len(z), 1 / len(z)) if weights is None else weights / weights.sum()
    number = 1 / (weights**2).sum()
    mean = weights @ z
    centred = z - mean
    covariance = (centred * weights[:, np.newaxis]).T @ centred
    prior = np.eye(z.shape[1])
    # Mean of |x xᵀ − C|² over the number of draws, the noise of C; |.| is the Frobenius norm.
    fourth = float(weights @ (centred**2).sum(axis=1) ** 2)
    noise = (fourth - float((covariance**2).sum())) / number
    apart = float(((covariance - prior) ** 2).sum())
    shrink = 1.0 if noise >= apart else max(noise / apart, 1 / number)
    variances, vectors = np.linalg.eigh(covariance + shrink * (prior - covariance))
    return _with_axes(mean, WIDER_THAN_DRAWS * variances, vectors)


def gaussian_of_likelihoods(
    z: Doubles, log_likelihood: Doubles, misfit: Doubles, middle: Doubles
) -> Gaussian:
    """The prior times a likelihood whose logarithm is fitted by a quadratic, then widened.

    The quadratic is fitted by least squares with a penalty, in its dual form: a Gaussian process
    with a kernel of second degree (Rasmussen & Williams 2006, Gaussian Processes for Machine
    Learning, chapter 2). Where it would bend upwards it is taken to be flat.

    Parameters
    ----------
    z : float64, (place, coordinate)
        Where the likelihood was estimated; coordinates are independent standard normals a priori.
    log_likelihood : float64, (place,)
        Estimates, in nats; finite.
    misfit : float64, (place,)
        Variances of their distance from a quadratic: places that matter less have larger ones.
    middle : float64, (coordinate,)
        Where the slope is penalised.

    Returns
    -------
    Gaussian

    Examples
    --------
    >>> z = np.random.Generator(np.random.Philox(1)).standard_normal((512, 2))
    >>> measured = -0.5 * (z[:, 0] - 1) ** 2 / 0.25  # an sd of ½
    >>> found = gaussian_of_likelihoods(z, measured, np.full(512, 0.01), np.zeros(2))
    >>> found.mean.round(1).tolist()
    [0.8, 0.0]
    """
    off = z - middle
    products = off @ off.T
    kernel = CURVATURE * products  # in place from here on: it has some 200 MB
    kernel += SLOPE
    kernel *= products
    kernel += LEVEL
    kernel[np.diag_indices_from(kernel)] += misfit
    level = np.average(log_likelihood, weights=1 / misfit)
    factor = linalg.cho_factor(kernel.T, lower=True, overwrite_a=True, check_finite=False)
    weights = linalg.cho_solve(factor, log_likelihood - level)
    slope = SLOPE * (weights @ off)
    bend = -2 * CURVATURE * (off.T * weights) @ off
    values, vectors = np.linalg.eigh(bend)
    precision = 1 + np.maximum(values, 0)
    # The prior's slope at the middle is −middle.
    mean = middle + vectors @ ((vectors.T @ (slope - middle)) / precision)
    return _with_axes(mean, WIDER / precision, vectors)


def _with_axes(mean: Doubles, variances: Doubles, vectors: Doubles) -> Gaussian:
    lengths = np.sqrt(variances)[:, np.newaxis]
    return Gaussian(mean, lengths * vectors.T, vectors / lengths.T)
