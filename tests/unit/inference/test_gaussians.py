"""Gaussians fitted to likelihoods: exact where the likelihood is Gaussian."""

from __future__ import annotations

import numpy as np

from relsim.inference.calibrate.gaussians import WIDER, gaussian_of_likelihoods
from relsim.worlds.randomness.streams import Succession


def test_the_posterior_of_a_gaussian_likelihood_is_found_wherever_it_was_evaluated() -> None:
    rng = Succession(1, "gaussians")
    design = rng.normals((6, 3))
    seen = rng.normals((6,))
    covariance = np.linalg.inv(np.eye(3) + design.T @ design)
    mean = covariance @ design.T @ seen
    for scale in (0.2, 1.5):
        z = 0.5 + scale * rng.normals((400, 3))
        likely = -0.5 * ((seen - z @ design.T) ** 2).sum(axis=1)
        found = gaussian_of_likelihoods(z, likely, np.full(400, 1e-6), z.mean(axis=0))
        np.testing.assert_allclose(found.mean, mean, atol=0.01)
        np.testing.assert_allclose(found.axes.T @ found.axes, WIDER * covariance, atol=0.02)
        np.testing.assert_allclose(found.axes @ found.inverse, np.eye(3), atol=1e-9)


def test_where_the_likelihood_bends_upwards_or_says_nothing_the_prior_stays() -> None:
    z = Succession(2, "gaussians").normals((400, 2))
    for likely in (np.zeros(400), 0.4 * z[:, 0] ** 2):
        found = gaussian_of_likelihoods(z, likely, np.full(400, 1e-4), np.zeros(2))
        np.testing.assert_allclose(found.axes.T @ found.axes, WIDER * np.eye(2), atol=0.02)
        np.testing.assert_allclose(found.mean, 0, atol=0.02)


def test_places_of_large_misfit_matter_less() -> None:
    z = Succession(3, "gaussians").normals((600, 2))
    likely = -2 * z[:, 0] ** 2
    wrong = np.arange(600) % 3 == 0
    said = np.where(wrong, -30.0, likely)
    misfit = np.where(wrong, 1e6, 0.01)
    found = gaussian_of_likelihoods(z, said, misfit, np.zeros(2))
    np.testing.assert_allclose(np.diag(found.axes.T @ found.axes), [WIDER / 5, WIDER], rtol=0.05)
