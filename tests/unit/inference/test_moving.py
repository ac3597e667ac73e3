"""Chains of moves: they keep the density, and go around what likelihoods say."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.inference.calibrate.gaussians import WIDER, Gaussian
from relsim.inference.update import moving
from relsim.inference.update.moving import Seen, moved
from relsim.inference.update.surprise import learned_from
from relsim.worlds.randomness.streams import Succession


def test_moves_keep_the_density_though_they_go_around_another_gaussian() -> None:
    """Accepted by their ratio alone, draws of N(0, 1) stay such, whatever was fitted."""
    numbers = np.random.Generator(np.random.Philox(3))
    axes = np.diag([0.5, 1.0, 2.0]) @ np.linalg.qr(numbers.standard_normal((3, 3)))[0]
    around = Gaussian(np.array([1.0, 0.0, -1.0]), axes, np.linalg.inv(axes))
    w, rng, accepted = numbers.standard_normal((8000, 5)), Succession(1, "moves"), 0.0
    for _ in range(20):
        place, log_ratio = moved(w, around, rng)
        taken = np.log(rng.uniforms((8000,))) < log_ratio
        w, accepted = np.where(taken[:, np.newaxis], place, w), accepted + taken.mean() / 20
    assert 0.3 < accepted < 0.99
    assert np.abs(w.mean(axis=0)).max() < 0.05
    assert np.abs(w.std(axis=0) - 1).max() < 0.04
    assert np.abs(np.corrcoef(w.T) - np.eye(5)).max() < 0.05


def test_a_fit_is_of_the_weeks_so_far_and_of_refused_places() -> None:
    """The first week measures the first coordinate, the second one the second, sd ½ each."""
    w = np.random.Generator(np.random.Philox(4)).standard_normal((800, 3))
    weekly = -2 * (w[:, :2].T - 1) ** 2
    seen = Seen(w[:100], weekly[:, :100]).then(w[100:], weekly[:, 100:])
    for counts, mean in (([1.0], (0.8, 0)), ([1.0, 1.0], (0.8, 0.8)), ([0.0, 0.5], (0, 2 / 3))):
        level = float(np.median(np.array(counts) @ weekly[: len(counts)]))
        found = seen.gaussian(np.array(counts), level, learned=2)
        np.testing.assert_allclose(found.mean, mean, atol=0.1)
    np.testing.assert_allclose(found.axes.T @ found.axes, WIDER * np.diag([1, 1 / 3]), atol=0.1)


def test_only_the_latest_places_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "KEPT", 30)
    seen = Seen(np.zeros((20, 2)), np.zeros((3, 20))).then(np.ones((20, 2)), np.ones((3, 20)))
    np.testing.assert_array_equal(seen.w[:, 0], [0.0] * 10 + [1.0] * 20)
    np.testing.assert_array_equal(seen.weekly, np.repeat([[0.0, 1.0]], [10, 20], axis=1)[[0] * 3])


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
