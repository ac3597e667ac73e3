"""Copies by weight: what is expected of each run, and that nothing is lost of a mean."""

from __future__ import annotations

import numpy as np

from relsim.inference.rare.splitting import LOWEST, Population, copies, expected, places

RANDOM = np.random.default_rng(1)


def some(runs: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Weights, some of them 0, and levels, one of them empty."""
    weights = RANDOM.random(runs) * (RANDOM.random(runs) < 0.8)
    return weights, RANDOM.choice([0, 1, 3], size=runs, p=[0.9, 0.08, 0.02])


def test_each_level_that_bears_weight_has_its_quota() -> None:
    weights, level = some()
    shares = expected(weights, level)
    by_level = np.bincount(level, shares)
    np.testing.assert_allclose(by_level, [LOWEST, (1 - LOWEST) / 2, 0, (1 - LOWEST) / 2])
    assert (shares[weights == 0] == 0).all()


def test_at_one_level_shares_are_the_weights() -> None:
    weights, _ = some()
    np.testing.assert_allclose(expected(weights, np.full(200, 2)), weights / weights.sum())


def test_copies_differ_from_their_expectation_by_less_than_one_and_on_average_by_nothing() -> None:
    weights, level = some()
    shares = expected(weights, level)
    lucks = (np.arange(1000) + 0.5) / 1000
    found = np.array([copies(shares, level, luck) for luck in lucks])
    assert (found.sum(axis=1) == 200).all()
    assert (np.abs(found - 200 * shares) < 1 + 1e-9).all()
    np.testing.assert_allclose(found.mean(axis=0), 200 * shares, atol=1e-3)


def test_a_run_with_copies_stays_in_its_place() -> None:
    weights, level = some()
    counts = copies(expected(weights, level), level, 0.3)
    index = places(counts)
    np.testing.assert_array_equal(np.bincount(index, minlength=200), counts)
    kept = counts > 0
    np.testing.assert_array_equal(index[kept], np.flatnonzero(kept))


def test_weights_go_with_copies_so_that_means_stay() -> None:
    """Of anything that a run has, over many numbers of chance."""
    weights, level = some()
    value, never = RANDOM.random(200), np.zeros(200, dtype=np.bool_)
    means = []
    for luck in (np.arange(500) + 0.5) / 500:
        population = Population(200)
        population.weights = weights.copy()
        index = population.week(6, level, never, luck)
        assert index is not None
        means.append(population.weights @ value[index])
    np.testing.assert_allclose(np.mean(means), weights @ value, rtol=1e-3)


def test_what_meets_the_outcome_is_banked_and_its_places_are_given_away() -> None:
    population, level = Population(16), np.array([0] * 14 + [1, 2])
    met = level == 2
    index = population.week(6, level, met, 0.5)
    assert index is not None
    assert 15 not in index
    (banked,) = population.banked
    assert (banked.day, banked.place.tolist(), banked.weight.tolist()) == (6, [15], [1.0])
    assert population.probability == 1 / 16
    assert (population.weights > 0).all()
    population.week(13, level[index], met[index], 0.5)
    assert population.probability == 1 / 16  # once banked, it is not counted again


def test_runs_that_stay_are_a_level_of_their_own() -> None:
    population, level = Population(16, leave=False), np.array([0] * 15 + [2])
    index = population.week(6, level, level == 2, 0.5)
    assert index is not None
    assert not population.banked
    assert (index == 15).sum() in (6, 7)  # 0.4 of 16 places
    np.testing.assert_allclose(population.weights[index == 15], 1 / 6.4)


def test_without_weight_nothing_is_copied() -> None:
    population = Population(4)
    assert population.week(6, np.zeros(4, np.int64), np.ones(4, np.bool_), 0.1) is None
    assert population.probability == 1
    assert population.week(13, np.zeros(4, np.int64), np.ones(4, np.bool_), 0.1) is None
    assert population.probability == 1
