"""The pieces of sensitivity indices: tallies, waves, products of batches."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.inference.drivers.indices import WAVES, Tally, between, ranks, squared, waves, within


def test_a_tally_has_the_order_of_an_ensembles_runs() -> None:
    runs = np.arange(2 * 3 * 64)
    tally = Tally.of(runs, 3)
    slow = np.zeros((2, 64))
    for run in runs:
        slow[run // 192, run % 64] += run
    assert (tally.total == slow).all()
    assert (tally.runs == 3).all()


def test_the_product_of_two_runs_by_hand() -> None:
    values = np.tile(np.array([1.0, 2.0, 4.0])[:, np.newaxis], (1, 64)).ravel()
    products = Tally.of(values, 3).mean_squares
    assert products == pytest.approx((1 * 2 + 1 * 4 + 2 * 4) / 3)


def test_runs_that_failed_are_left_out() -> None:
    values = np.ones(3 * 64)
    values[64] = np.nan
    tally = Tally.of(values, 3)
    assert tally.runs[0, :2].tolist() == [2, 3]
    assert tally.means[0, 0] == tally.mean_squares[0, 0] == 1.0
    assert tally.whole.all()
    assert not Tally.of(np.where(np.arange(192) % 64 == 5, np.nan, 1.0), 3).whole.any()


def test_squares_are_unbiased_and_plain_squares_are_not() -> None:
    rng = np.random.default_rng(2)
    means = 0.5 + rng.standard_normal((20_000, 8))
    found = squared(means, np.ones(8))
    error = found.std() / np.sqrt(found.size)
    assert abs(found.mean() - 0.25) < 4 * error
    assert abs((means.mean(axis=1) ** 2).mean() - 0.25) > 10 * error  # the planted error


def test_a_batch_left_out_is_as_if_it_were_not_there() -> None:
    means = np.random.default_rng(3).standard_normal(9)
    weights = 1.0 - np.eye(9)[4]
    assert squared(means, weights) == pytest.approx(squared(np.delete(means, 4), np.ones(8)))


def test_between_and_within_add_up_to_the_whole() -> None:
    hits = (np.random.default_rng(5).random(32 * 8 * 64) < 0.3) * 1.0
    tally, weights = Tally.of(hits, 8), np.ones(32)
    whole = float(between(tally, weights) + within(tally, weights))
    assert whole == pytest.approx(hits.var(), rel=1e-3)


@pytest.mark.parametrize("values", [2, 3, 5, 7, 8, 64, 4096])
def test_waves_are_orthonormal_whatever_the_parameter(values: int) -> None:
    parameter = np.random.default_rng(1).integers(values, size=4096) ** 3.0
    found = waves(parameter)
    assert len(found) == min(values - 1, WAVES)
    assert found @ found.T / 4096 == pytest.approx(np.eye(len(found)), abs=1e-6)
    assert found.mean(axis=1) == pytest.approx(0.0, abs=1e-9)


def test_a_parameter_of_one_value_has_no_waves() -> None:
    assert waves(np.full(64, 3.0)).shape == (0, 64)


def test_what_the_waves_catch() -> None:
    u = (np.arange(4096) + 0.5) / 4096
    found = waves(u)

    def caught(effect: np.ndarray) -> float:
        centred = effect - effect.mean()
        return float(((found @ centred / u.size) ** 2).sum() / (centred**2).mean())

    assert caught(u) > 0.999
    assert caught(np.sin(2 * np.pi * u)) == pytest.approx(0.994, abs=0.001)
    assert caught(np.cos(4 * np.pi * u)) == pytest.approx(1.0)
    assert caught((u > 0.5) * 1.0) == pytest.approx(0.93, abs=0.01)


def test_ranks_of_ties_stand_in_their_middle() -> None:
    assert ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [0.5, 0.125, 0.5, 0.875]
