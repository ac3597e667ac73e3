"""Chains of moves: they keep the density, and the Gaussians are of other draws."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.inference.update.moving import fold_of, proposals_from
from relsim.inference.update.surprise import learned_from
from relsim.worlds.randomness.streams import Succession

EQUAL = np.full(800, 1 / 800)


def test_moves_change_as_many_coordinates_as_those_of_tempering() -> None:
    """The settings have one copy: a quarter of the coordinates, four fifths around a fit."""
    rng, draws = Succession(6, "moves"), 4000
    w = rng.normals((draws, 20)) + rng.normals((draws, 1))  # correlated: the axes of fits are other
    place, _ = proposals_from(w, np.full(draws, 1 / draws)).proposed(w, fold_of(draws), rng)
    steps = (~np.isclose(place, w)).sum(axis=1)
    around_the_prior = steps == 5
    assert around_the_prior.mean() == pytest.approx(0.2, abs=0.03)
    assert (steps[~around_the_prior] > 15).all()


def test_moves_keep_the_density_though_they_go_around_another_gaussian() -> None:
    """Accepted by their ratio alone, draws of N(0, 1) stay such, whatever was fitted."""
    numbers = np.random.Generator(np.random.Philox(3))
    elsewhere = numbers.standard_normal((800, 3)) * (0.5, 1.0, 2.0) + (1.0, 0.0, -1.0)
    proposals, fold = proposals_from(elsewhere, EQUAL), fold_of(8000)
    w, rng, moved = numbers.standard_normal((8000, 3)), Succession(1, "moves"), 0.0
    for _ in range(20):
        place, log_ratio = proposals.proposed(w, fold, rng)
        taken = np.log(rng.uniforms((8000,))) < log_ratio
        w, moved = np.where(taken[:, np.newaxis], place, w), moved + taken.mean() / 20
    assert 0.3 < moved < 0.99
    assert np.abs(w.mean(axis=0)).max() < 0.05
    assert np.abs(w.std(axis=0) - 1).max() < 0.04
    assert np.abs(np.corrcoef(w.T) - np.eye(3)).max() < 0.05


def test_a_fit_is_of_the_weighted_draws_of_other_folds() -> None:
    numbers = np.random.Generator(np.random.Philox(4))
    w = numbers.standard_normal((800, 2))
    weights = np.where(w[:, 0] > 0, EQUAL, 0)
    without = w.copy()
    without[:100] += 50.0  # the first of eight folds
    fits = proposals_from(without, weights / weights.sum()).fits
    assert fits[0].mean[0] == pytest.approx(np.sqrt(2 / np.pi), abs=0.1)
    assert fits[1].mean[0] > 3
    assert np.allclose(fits[0].axes @ fits[0].inverse, np.eye(2))


# --- what draws learned from a move ---


def test_what_draws_learned_from_a_move_is_what_its_likelihood_did() -> None:
    """Draws of two kinds; under the one the move is three times as likely, and the outcome sure."""
    kinds = np.repeat([0.0, 1.0], [100, 300])  # three to one after the move, equal before it
    by_move = np.log(np.stack([1 + 2 * kinds, np.full(400, 0.7)]))
    effect, error = learned_from(by_move, kinds, np.arange(400))
    assert effect[0] == pytest.approx(0.75 - 0.5)
    assert effect[1] == pytest.approx(0)
    assert error[1] == pytest.approx(0)
    # The effect is p − p / (3 − 2 p), of a share p of 400: its derivative at 3/4 is −1/3.
    assert error[0] == pytest.approx(np.sqrt(0.75 * 0.25 / 400) / 3)
    # Ten copies each of forty draws know as little as forty draws.
    _, of_copies = learned_from(by_move, kinds, np.arange(400) // 10)
    assert of_copies[0] == pytest.approx(error[0] * np.sqrt(10))


def test_the_error_of_what_was_learned_is_what_repeated_draws_show() -> None:
    numbers = np.random.Generator(np.random.Philox(5))
    found = []
    for _ in range(300):
        z = numbers.standard_normal(256)
        came = 1 / (1 + np.exp(-z))
        effect, error = learned_from(0.5 * z[np.newaxis], came, np.arange(256))
        found.append((effect[0], error[0]))
    effects, errors = np.array(found).T
    assert effects.std() == pytest.approx(errors.mean(), rel=0.2)
