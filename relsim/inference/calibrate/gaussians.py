"""Gaussians around which draws move, fitted to likelihoods at any places.

Such a Gaussian does not depend on how the draws are spread. Fitted to draws it would, and draws
that then move around it stay as narrow as they have become: see
docs/decisions/0028-moves-around-likelihoods.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg

from relsim.array_types import Doubles

__all__ = ["Gaussian", "gaussian_of_evaluations", "gaussian_of_likelihoods"]

WIDER = 1.1  # variances against those of the fitted curvature
# A priori variances of what is fitted, in squared nats: of the level, of a slope, of half a
# curvature. The misfit of a likelihood near the draws has a variance of 1.
LEVEL, SLOPE, CURVATURE = 100.0, 1.0, 1.0
# A Gaussian is fitted to the latest evaluations that are not far less likely than the draws.
MOST, LEAST = 5120, 512  # evaluations
A_COEFFICIENT = 2  # evaluations for each coefficient of the quadratic are enough
FAR, NEAR = 40.0, 20.0  # nats below the draws' median: the limit; where misfits have grown


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


def gaussian_of_evaluations(
    z: Doubles, log_likelihood: Doubles, level: float, most: int = MOST
) -> Gaussian:
    """The Gaussian fitted to the latest evaluations that are not far less likely than the draws.

    Places that draws were refused count as others do.

    Parameters
    ----------
    z : float64, (place, coordinate)
        Where the likelihood was estimated, latest last; coordinates are independent standard
        normals a priori.
    log_likelihood : float64, (place,)
        Estimates, in nats; −∞ if a place is impossible.
    level : float
        The draws' median of the same.
    most : int
        Evaluations that are fitted, at most.

    Returns
    -------
    Gaussian
    """
    short = np.maximum(level - log_likelihood, 0.0)
    coordinates = z.shape[1]
    coefficients = (coordinates + 1) * (coordinates + 2) // 2
    near = np.flatnonzero(short < FAR)[-min(most, max(LEAST, A_COEFFICIENT * coefficients)) :]
    if len(near) < LEAST:
        near = np.argsort(short, kind="stable")[:LEAST]
        near = near[np.isfinite(short[near])]
    misfit = 1 + (short[near] / NEAR) ** 2
    places = z[near]
    return gaussian_of_likelihoods(places, log_likelihood[near], misfit, places.mean(axis=0))


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
