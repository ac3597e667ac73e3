"""The scores beside their definitions: integrals by brute force, closed forms, propriety."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.inference.score.scoring_rules import (
    brier,
    crps,
    crps_of_date,
    log_score,
    ranked_probability,
    unresolvable,
)


def integral(values: np.ndarray, weights: np.ndarray, observed: float) -> float:
    """The definition of the CRPS, by midpoints on a fine grid."""
    low, high = min(values.min(), observed) - 1, max(values.max(), observed) + 1
    edges = np.linspace(low, high, 200_001)
    x = (edges[1:] + edges[:-1]) / 2
    below = (weights[:, None] * (values[:, None] <= x)).sum(axis=0)
    return float((((below - (x >= observed)) ** 2) * np.diff(edges)).sum())


@pytest.mark.parametrize("observed", [-3.0, 0.25, 1.0, 9.0])
def test_crps_is_the_integral(observed: float) -> None:
    values, weights = np.array([1.0, -0.5, 1.0, 4.0]), np.array([0.1, 0.4, 0.3, 0.2])
    wanted = integral(values, weights, observed)
    assert crps(values, observed, weights) == pytest.approx(wanted, abs=1e-3)
    even = integral(values, np.full(4, 0.25), observed)
    assert crps(values, observed) == pytest.approx(even, abs=1e-3)


def test_crps_is_that_of_two_draws() -> None:
    """E|X − y| − E|X − X'|/2, the other form of the same (Gneiting & Raftery 2007, eq. 21)."""
    values = np.array([3.0, 8.0, 1.0, 2.0, 5.0])
    apart = np.abs(values[:, None] - values).mean() / 2
    for observed in (0.0, 2.5, 7.0):
        wanted = np.abs(values - observed).mean() - apart
        assert crps(values, observed) == pytest.approx(wanted, abs=1e-12)


def test_crps_of_many_normal_quantiles_is_the_closed_form() -> None:
    """Of a standard normal at y = 0: (√2 − 1)/√π (Gneiting & Raftery 2007, eq. 20)."""
    from scipy.special import ndtri

    values = ndtri((np.arange(4000) + 0.5) / 4000)
    assert crps(values, 0.0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=1e-4)


@pytest.mark.parametrize("observed", [None, 5.0, 30.0, 80.0])
def test_a_date_that_may_never_come_is_one_after_the_last(observed: float | None) -> None:
    days = np.array([10.0, 30.0, 60.0, 60.0])
    values, weights = np.append(days, 100.0), np.append(np.full(4, 0.15), 0.4)
    wanted = integral(values, weights, 100.0 if observed is None else observed)
    assert crps_of_date(days, 0.6, observed, 99) == pytest.approx(wanted, abs=1e-2)


def test_what_is_forecast_never_has_no_dates() -> None:
    assert crps_of_date([], 0.0, None, 99) == 0
    assert crps_of_date([], 0.0, 40.0, 99) == 60


def test_a_probability_from_few_runs_is_clipped_where_they_tell_nothing() -> None:
    least = unresolvable(64)
    assert least == 1 / 130
    costs = log_score([0.0, 0.001, 0.01, 1.0, 0.999], [True] * 3 + [False] * 2, least)
    assert costs == pytest.approx(-np.log([1 / 130, 1 / 130, 0.01, 1 / 130, 1 / 130]))
    assert log_score(1.0, True, least) == pytest.approx(-np.log(129 / 130)), "nobody is sure"


def test_ranked_probability_of_two_categories_is_the_brier_score() -> None:
    for p in (0.0, 0.2, 0.9):
        assert ranked_probability([p, 1 - p], 0) == pytest.approx(float(brier(p, True)))
        assert ranked_probability([p, 1 - p], 1) == pytest.approx(float(brier(p, False)))


def test_a_near_miss_costs_less_than_a_far_one() -> None:
    said = [0.0, 1.0, 0.0, 0.0]
    marks = [ranked_probability(said, category) for category in (1, 0, 2, 3)]
    assert marks == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])


def test_each_score_is_proper() -> None:
    """What is right is expected to score best, against every other forecast of a grid."""
    truth, grid = 0.3, np.linspace(0.01, 0.99, 99)
    for rule in (brier, lambda p, y: log_score(p, y, 0.001)):
        expected = truth * rule(grid, True) + (1 - truth) * rule(grid, False)
        assert grid[expected.argmin()] == pytest.approx(truth)
    shares = np.array([0.2, 0.5, 0.3])
    others = [shares, [0.5, 0.2, 0.3], [0.3, 0.4, 0.3], [0.0, 1.0, 0.0]]
    means = [sum(w * ranked_probability(o, k) for k, w in enumerate(shares)) for o in others]
    assert int(np.argmin(means)) == 0
    dates = [
        0.6 * np.mean([crps_of_date([20, 50], p, day, 99) for day in (20, 50)])
        + 0.4 * crps_of_date([20, 50], p, None, 99)
        for p in (0.4, 0.5, 0.6, 0.7, 0.8)
    ]
    assert int(np.argmin(dates)) == 2
