"""The interval over draws against known distributions of the probability over draws."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize, special

from relsim.estimates import deconvolution
from relsim.estimates.over_draws import (
    interval_of_differences,
    interval_over_draws,
    spread_over_draws,
)
from tests.verification.cases import LIMIT, Case, Result, rounding, share_z

Doubles = npt.NDArray[np.float64]
Quantile = Callable[[Doubles], Doubles]
Method = Callable[[npt.NDArray[np.int64], int], Doubles]

TAILS = np.array([0.05, 0.95])
QUARTERS = np.array([0.25, 0.75])
TOLERANCE = 0.025  # at 32 runs a draw; the worst of 50 other seeds was .022


def beta(a: float, b: float) -> Quantile:
    return lambda u: special.betaincinv(a, b, u)


def two_humps(u: Doubles) -> Doubles:
    """60% Beta(8, 32), 40% Beta(28, 12)."""
    p = np.linspace(1e-6, 1 - 1e-6, 20_001)
    return np.interp(u, 0.6 * special.betainc(8, 32, p) + 0.4 * special.betainc(28, 12, p), p)


SHAPES: dict[str, Quantile] = {
    "beta": beta(2, 5),
    "J": beta(0.4, 1.5),
    "J mirrored": beta(1.5, 0.4),
    "two humps": two_humps,
}


def counts(
    quantile: Quantile, draws: int, runs: int, seed: int, points: Doubles = TAILS
) -> tuple[npt.NDArray[np.int64], Doubles]:
    """Hits of each draw, and the points that are sought: 5% and 95%, if nothing else is said."""
    rng = np.random.default_rng(seed)
    strata = (rng.permutation(draws) + rng.random(draws)) / draws
    return rng.binomial(runs, quantile(strata)), quantile(points)


def raw_quantiles(hits: npt.NDArray[np.int64], runs: int, points: Doubles = TAILS) -> Doubles:
    """Planted error: the sampling noise is left in."""
    return np.quantile(hits / runs, points)


def raw_quarters(hits: npt.NDArray[np.int64], runs: int) -> Doubles:
    return raw_quantiles(hits, runs, QUARTERS)


def beta_binomial(hits: npt.NDArray[np.int64], runs: int) -> Doubles:
    """Planted error: a beta distribution by the method of moments, whatever the shape."""
    mean, variance = hits.mean() / runs, (hits / runs).var(ddof=1)
    between = (variance - mean * (1 - mean) / runs) / (1 - 1 / runs)
    size = mean * (1 - mean) / between - 1
    return special.betaincinv(mean * size, (1 - mean) * size, TAILS)


def mean_and_deviation(hits: npt.NDArray[np.int64], runs: int) -> Doubles:
    """Planted error: noise taken out, but a normal distribution taken for granted."""
    mean, variance = hits.mean() / runs, (hits / runs).var(ddof=1)
    between = (variance - mean * (1 - mean) / runs) / (1 - 1 / runs)
    return mean + np.array([-1.645, 1.645]) * np.sqrt(between)


def by_relsim(hits: npt.NDArray[np.int64], runs: int) -> Doubles:
    interval, reason = interval_over_draws(hits, runs)
    assert reason == ""
    return np.array(interval)


def middle_half(hits: npt.NDArray[np.int64], runs: int) -> Doubles:
    found = spread_over_draws(hits, runs)
    assert found.note == ""
    return np.array(found.interval_50)


def ends(shape: str, method: Method = by_relsim, points: Doubles = TAILS) -> Result:
    """The worse end at four seeds; its tolerance is absolute."""
    pairs = [counts(SHAPES[shape], 1024, 32, seed, points) for seed in range(4)]
    return max(rounding(method(hits, 32), truth, TOLERANCE / LIMIT) for hits, truth in pairs)


def spread_by_chance(
    method: Callable[..., Any] = lambda *of: interval_over_draws(*of)[0],
) -> Result:
    """How often a spread is seen where all draws have one probability: at 95%, in one of 20."""
    rng = np.random.default_rng(0)
    seen = 0
    for _ in range(200):
        hits = rng.binomial(32, 0.3, 1024)
        seen += bool(np.ptp(method(hits, 32)) > 0)
    return share_z(seen, 200, 0.05)


def ends_case(shape: str, **wrong: Method) -> Case:
    planted = {
        name.replace("_", " "): functools.partial(ends, shape, method)
        for name, method in wrong.items()
    }
    return Case(f"interval over draws: {shape}", functools.partial(ends, shape), planted)


def quarters(shape: str, method: Method = middle_half) -> Result:
    return ends(shape, method, QUARTERS)


def half_case(shape: str, **wrong: Method) -> Case:
    planted = {
        name.replace("_", " "): functools.partial(quarters, shape, method)
        for name, method in wrong.items()
    }
    return Case(f"middle half over draws: {shape}", functools.partial(quarters, shape), planted)


CASES = (
    ends_case("beta", sampling_noise_left_in=raw_quantiles),
    ends_case("J", normal_distribution=mean_and_deviation),
    ends_case("J mirrored", normal_distribution=mean_and_deviation),
    ends_case("two humps", sampling_noise_left_in=raw_quantiles, beta_distribution=beta_binomial),
    half_case("two humps", sampling_noise_left_in=raw_quarters, the_ends_of_the_90=by_relsim),
    half_case("J", the_ends_of_the_90=by_relsim),
    Case(
        "interval over draws: point mass",
        spread_by_chance,
        {"sampling noise left in": lambda: spread_by_chance(raw_quantiles)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


@pytest.mark.parametrize(("draws", "runs"), [(256, 128), (4096, 8), (1024, 32)])
@pytest.mark.parametrize("shape", SHAPES)
def test_middle_half_at_other_sizes(shape: str, draws: int, runs: int) -> None:
    for seed in range(4):
        hits, truth = counts(SHAPES[shape], draws, runs, seed, QUARTERS)
        assert middle_half(hits, runs) == pytest.approx(truth, abs=TOLERANCE)


@pytest.mark.parametrize(("draws", "runs"), [(256, 128), (4096, 8), (1024, 1000)])
@pytest.mark.parametrize("shape", SHAPES)
def test_ends_at_other_sizes(shape: str, draws: int, runs: int) -> None:
    hits, truth = counts(SHAPES[shape], draws, runs, seed=1)
    interval, _ = interval_over_draws(hits, runs)
    assert interval == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("shape", "wrong"),
    [
        ("beta", raw_quantiles),
        ("two humps", raw_quantiles),
        ("two humps", beta_binomial),
        ("J", mean_and_deviation),
        ("J mirrored", mean_and_deviation),
    ],
)
def test_planted_errors_miss(shape: str, wrong: Method, seed: int) -> None:
    hits, truth = counts(SHAPES[shape], 1024, 32, seed)
    assert wrong(hits, 32) != pytest.approx(truth, abs=TOLERANCE)


@pytest.mark.parametrize("seed", range(6))
def test_rare_outcome_in_relative_terms(seed: int) -> None:
    """Log-odds normal around −5 (a probability near .009): the upper end within a quarter."""

    def rare(u: Doubles) -> Doubles:
        return special.expit(-5 + 0.8 * special.ndtri(u))

    hits, truth = counts(rare, 1024, 32, seed)
    interval, reason = interval_over_draws(hits, 32)
    assert reason == ""
    assert interval is not None
    assert interval[1] == pytest.approx(truth[1], rel=0.25)
    assert raw_quantiles(hits, 32)[1] != pytest.approx(truth[1], rel=0.25)


@pytest.mark.parametrize("probability", [0.005, 0.3, 0.97])
@pytest.mark.parametrize(("draws", "runs"), [(1024, 32), (4096, 8)])
def test_point_mass_has_no_spread(probability: float, draws: int, runs: int) -> None:
    rng = np.random.default_rng(0)
    resolved = 0
    for _ in range(200):
        hits = rng.binomial(runs, probability, draws)
        interval, reason = interval_over_draws(hits, runs)
        assert interval is not None
        if reason:
            assert reason == "no spread resolved"
            assert interval == (hits.sum() / (draws * runs),) * 2
            assert spread_over_draws(hits, runs).interval_50 == interval
        else:
            resolved += 1
    assert 2 <= resolved <= 20  # 5% of 200 by the test's own level


def test_raw_quantiles_see_a_spread_in_a_point_mass() -> None:
    hits = np.random.default_rng(0).binomial(32, 0.3, 1024)
    assert raw_quantiles(hits, 32) != pytest.approx([0.3, 0.3], abs=0.1)
    assert interval_over_draws(hits, 32)[0] == pytest.approx([0.3, 0.3], abs=0.01)


def test_a_small_spread_is_seen() -> None:
    """Standard deviation .05 over draws, noise .088 a draw."""
    for seed in range(20):
        hits, _ = counts(beta(50, 50), 1024, 32, seed)
        assert interval_over_draws(hits, 32)[1] == ""


@pytest.mark.parametrize("shape", SHAPES)
def test_misses_mirror_hits(shape: str) -> None:
    hits, _ = counts(SHAPES[shape], 1024, 32, seed=2)
    interval, _ = interval_over_draws(hits, 32)
    mirrored, _ = interval_over_draws(32 - hits, 32)
    assert interval is not None
    assert mirrored == pytest.approx((1 - interval[1], 1 - interval[0]), abs=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_order_of_draws_and_failed_runs(shape: str) -> None:
    """The same bits in any order; a draw that lost all runs counts for nothing."""
    hits, _ = counts(SHAPES[shape], 1024, 32, seed=3)
    order = np.random.default_rng(0).permutation(1024)
    interval, _ = interval_over_draws(hits, 32)
    assert interval_over_draws(hits[order], 32)[0] == interval
    runs = np.append(np.full(1024, 32), 0)
    assert interval_over_draws(np.append(hits, 0), runs)[0] == interval


@pytest.mark.parametrize("shape", SHAPES)
def test_uneven_runs(shape: str) -> None:
    rng = np.random.default_rng(4)
    runs = 32 - rng.integers(0, 9, 1024)
    strata = (rng.permutation(1024) + rng.random(1024)) / 1024
    hits = rng.binomial(runs, SHAPES[shape](strata))
    interval, _ = interval_over_draws(hits, runs)
    assert interval == pytest.approx(SHAPES[shape](TAILS), abs=TOLERANCE)


@pytest.mark.parametrize(
    ("hits", "runs", "reason"),
    [
        (np.full(1000, 3), 7, "under 8 runs a draw"),
        (np.r_[np.ones(49, int), np.zeros(951, int)], 32, "under 50 hits"),
        (np.r_[np.full(49, 31), np.full(951, 32)], 32, "under 50 misses"),
        (np.zeros(1000, int), 32, "under 50 hits"),
        (np.full(19, 10), 32, "under 20 draws"),
        (np.array([10]), 32, "under 20 draws"),
    ],
)
def test_refusals(hits: npt.NDArray[np.int64], runs: int, reason: str) -> None:
    assert interval_over_draws(hits, runs) == (None, reason)
    assert spread_over_draws(hits, runs) == (None, None, reason)  # neither without the other


def test_extreme_counts() -> None:
    """Draws that all hit or never do; one draw apart from all others."""
    interval, _ = interval_over_draws(np.repeat([0, 64], 100), 64)
    assert interval is not None
    assert interval[0] < 0.01
    assert interval[1] > 0.99
    interval, _ = interval_over_draws(np.r_[np.zeros(999, int), 1000], 1000)
    assert interval is not None
    assert interval[1] < 0.01


@pytest.mark.parametrize("shape", SHAPES)
def test_maximum_by_another_road(shape: str) -> None:
    """Newton's method against BFGS without derivatives on the objective written out here."""
    hits, _ = counts(SHAPES[shape], 512, 32, seed=5)
    grid, mass = deconvolution.deconvolve(hits, np.full(512, 32))
    k, tally = np.unique(hits, return_counts=True)
    n = np.full(k.size, 32.0)
    base = deconvolution._beta_base(grid, k.astype(float), n, tally.astype(float))
    basis = deconvolution._spline(grid, base)
    p = special.expit(grid)

    def mass_at(alpha: Doubles) -> Doubles:
        return special.softmax(np.log(base) + basis @ alpha)

    def loss(alpha: Doubles) -> float:
        chance = (p ** k[:, None] * (1 - p) ** (32 - k[:, None])) @ mass_at(alpha)
        return float(np.sqrt(alpha @ alpha + 1e-6) - tally @ np.log(chance))

    best = optimize.minimize(loss, np.full(7, 0.1), method="BFGS", options={"gtol": 1e-4})
    found = np.linalg.lstsq(np.c_[np.ones(200), basis], np.log(mass / base), rcond=None)[0][1:]
    assert loss(found) <= best.fun + 1e-4
    assert np.abs(np.cumsum(mass) - np.cumsum(mass_at(best.x))).max() < 2e-3


def test_basis_is_a_natural_spline() -> None:
    """Orthonormal columns, orthogonal to the constant; a straight line is among them."""
    grid = np.linspace(-6, 3, 200)
    base = special.softmax(-((grid + 2) ** 2))
    basis = deconvolution._spline(grid, base)
    weight = 0.5 * base + 0.5 / 200
    assert basis.shape == (200, 7)
    np.testing.assert_allclose(basis.T @ (weight[:, None] * basis), np.eye(7), atol=1e-8)
    np.testing.assert_allclose(weight @ basis, 0, atol=1e-10)
    line = np.linalg.lstsq(np.c_[np.ones(200), basis], grid, rcond=None)
    assert line[1] == pytest.approx(0, abs=1e-12)
    bends = np.diff(basis, 2, axis=0)  # no curvature at both ends
    assert np.abs(bends[[0, -1]]).max() < 0.05 * np.abs(bends).max()


def paired_counts(
    shift: float, draws: int, runs: int, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Doubles]:
    """A variant that adds `shift` to the log-odds, on common random numbers.

    Returns the sums and the flips of each draw and the true ends of the difference over draws.
    """

    def chance(u: Doubles) -> Doubles:
        return special.expit(-2 + 0.5 * special.ndtri(u))

    def gain(p: Doubles) -> Doubles:
        return special.expit(special.logit(p) + shift) - p

    rng = np.random.default_rng(seed)
    p = chance((rng.permutation(draws) + rng.random(draws)) / draws)[:, None]
    u = rng.random((draws, runs))
    reshuffled = np.where(rng.random((draws, runs)) < 0.03, rng.random((draws, runs)), u)
    change = (reshuffled < p + gain(p)).astype(int) - (u < p)
    truth = np.quantile(gain(chance((np.arange(100_000) + 0.5) / 100_000)), TAILS)
    return change.sum(axis=1), np.abs(change).sum(axis=1), truth


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shift", [-0.8, 0.8])
def test_differences_within_their_tolerance(shift: float, seed: int) -> None:
    total, flips, truth = paired_counts(shift, 1024, 32, seed)
    interval, reason = interval_of_differences(total, flips, 32)
    assert reason == ""
    assert interval == pytest.approx(truth, abs=0.03)
    assert np.quantile(total / 32, TAILS) != pytest.approx(truth, abs=0.03)  # noise left in


def test_no_spread_of_differences() -> None:
    """All draws alike: [d, d] in 95% of cases, where raw quantiles see a spread."""
    rng = np.random.default_rng(0)
    resolved = 0
    for _ in range(200):
        change = rng.choice([-1, 0, 1], p=[0.02, 0.9, 0.08], size=(256, 32))
        total, flips = change.sum(axis=1), np.abs(change).sum(axis=1)
        interval, reason = interval_of_differences(total, flips, 32)
        assert interval is not None
        if reason:
            assert interval == (change.mean(),) * 2
        else:
            resolved += 1
        assert np.ptp(np.quantile(total / 32, TAILS)) > 0.1
    assert 2 <= resolved <= 20


def test_refusals_of_differences() -> None:
    none, few = np.zeros(100, int), np.r_[np.ones(49, int), np.zeros(51, int)]
    assert interval_of_differences(none, none, 32) == (None, "under 50 runs that differ")
    assert interval_of_differences(few, few, 32) == (None, "under 50 runs that differ")
    assert interval_of_differences(none, none + 4, 15) == (None, "under 16 runs a draw")
    assert interval_of_differences(few[:19], few[:19], 32) == (None, "under 20 draws")
