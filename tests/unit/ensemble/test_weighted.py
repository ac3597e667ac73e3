"""Ensembles whose runs have weights, and ensembles that are extended."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from scipy import special

import relsim
from relsim.errors import UsageError
from relsim.estimates.probability import estimate
from relsim.estimates.weighted import weighted_estimate
from relsim.runs.plan import Plan
from relsim.simulate import extend
from relsim.worlds.randomness.draws import draw_of_run
from tests.properties.comparing import shortened

pytestmark = pytest.mark.usefixtures("remembered")

DRAWS, R = 1024, 32


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of draws with known probabilities: log-odds, draw of each run, hits, weights of draws.

    Weights favour draws with high log-odds: exp(0.8 log-odds).
    """
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-0.5, 1.0, DRAWS)
    draw = draw_of_run(np.arange(DRAWS * R), R)
    happened = rng.random(DRAWS * R) < special.expit(log_odds)[draw]
    return log_odds, draw, happened, np.exp(0.8 * log_odds)


def test_even_weights_are_none() -> None:
    _, draw, happened, _ = drawn(1)
    plain = estimate(happened, draw, 64 * R)
    even = weighted_estimate(happened, draw, 64 * R, np.full(draw.size, 0.3))
    assert even.value == pytest.approx(plain.value)
    assert even.mc_error == pytest.approx(plain.mc_error)
    np.testing.assert_allclose(even.mc_interval_90, plain.mc_interval_90)
    assert (even.hits, even.n) == (plain.hits, plain.n)
    np.testing.assert_allclose(even.interval_90, plain.interval_90, atol=1e-6)
    np.testing.assert_allclose(even.interval_50, plain.interval_50, atol=1e-6)


@pytest.mark.parametrize("seeds", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_a_weighted_probability_and_both_its_errors(seeds: int) -> None:
    """Weighted by exp(0.8 ℓ), a normal of sd 1 is one whose mean is 0.8 higher."""
    weighted = special.expit(np.random.default_rng(0).normal(0.3, 1.0, 400_000))
    truth, ends = weighted.mean(), np.quantile(weighted, [0.05, 0.95])
    half = np.quantile(weighted, [0.25, 0.75])
    found = [
        weighted_estimate(happened, draw, 64 * R, weights[draw])
        for _, draw, happened, weights in map(drawn, range(seeds))
    ]
    held = np.mean([f.mc_interval_90[0] < truth < f.mc_interval_90[1] for f in found])
    assert abs(held - 0.9) < 3 * np.sqrt(0.09 / len(found))
    np.testing.assert_allclose(np.mean([f.interval_90 for f in found], axis=0), ends, atol=0.02)
    np.testing.assert_allclose(np.mean([f.interval_50 for f in found], axis=0), half, atol=0.02)
    # Planted: without the weights, and with the binomial error of as many runs.
    _, draw, happened, _ = drawn(0)
    assert abs(estimate(happened, draw, 64 * R).value - truth) > 0.1
    naive = [np.sqrt(f.value * (1 - f.value) / f.n) * 1.645 for f in found]
    assert np.mean([abs(f.value - truth) < w for f, w in zip(found, naive, strict=True)]) < 0.5


def test_few_draws_that_bear_weight_give_no_interval() -> None:
    _, draw, happened, _ = drawn(1)
    weights = np.zeros(DRAWS)
    weights[:90] = 1.0
    found = weighted_estimate(happened, draw, 64 * R, weights[draw])
    assert found.interval_90 is found.interval_50 is None
    assert found.interval_note == "under 100 draws bear weight"
    assert found.n == 90 * R
    each = np.random.default_rng(1).random(draw.size)
    assert weighted_estimate(happened, draw, 64 * R, each).interval_note.endswith("weigh the same")


def test_no_hit_gives_a_bound_by_the_heaviest_draw() -> None:
    _, draw, happened, weights = drawn(1)
    found = weighted_estimate(np.zeros_like(happened), draw, 64 * R, weights[draw])
    assert found.mc_error > 0
    assert found.mc_interval_90 is None
    heaviest = weights.max() / weights.sum()
    assert found.bounds == pytest.approx((0.0, -np.log(0.05) * heaviest))


def test_hits_of_few_draws_that_bear_weight_give_a_bound() -> None:
    """Forty draws hold hits, but two of them all but all weight."""
    _, draw, _, _ = drawn(1)
    weights = np.where(np.arange(DRAWS) < 38, 1e-9, 1.0)
    found = weighted_estimate(draw < 40, draw, 64 * R, weights[draw])
    assert found.refused == "under 10 draws hold hits"


@pytest.mark.parametrize("weights", [np.array([1.0, -1.0]), np.zeros(2)])
def test_weights_that_make_no_sense_are_refused(weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must not be negative, and some must be positive"):
        weighted_estimate(np.array([True, False]), np.array([0, 1]), 64, weights)


@cache
def simulated(runs: int) -> relsim.Ensemble:
    module = sys.modules[relsim.simulate.__module__]
    kept, module.Plan = module.Plan, partial(module.Plan, width=256)
    try:
        return relsim.simulate(shortened(relsim.load("us-russia-2021")), runs=runs, draws=runs // 4)
    finally:
        module.Plan = kept


def test_an_ensemble_takes_account_of_its_weights() -> None:
    ensemble = simulated(512)
    happened = ensemble.happened("nord_stream_2_completed")
    only = replace(ensemble, weights=happened.astype(np.float64))
    assert only.probability("nord_stream_2_completed").value == 1.0
    assert replace(ensemble, weights=np.ones(512)).median_date("detente") == ensemble.median_date(
        "detente"
    )
    first = np.sort(ensemble.days("detente")[ensemble.days("detente") >= 0])[0]
    early = replace(ensemble, weights=np.where(ensemble.days("detente") == first, 1.0, 1e-9))
    assert early.median_date("detente") == ensemble.scenario.date_of(int(first))
    with pytest.raises(UsageError, match="none of runs with weights"):
        only.quantile("index", 0.5)


def test_an_extended_ensemble_is_the_larger_one(monkeypatch: pytest.MonkeyPatch) -> None:
    module, jobs = (sys.modules[f"relsim.{name}"] for name in ("simulate", "runs.jobs"))
    small, large = simulated(256), simulated(512)
    monkeypatch.setattr(module, "Plan", partial(Plan, width=256))
    chunks: list[int] = []
    original = jobs.simulate_or_fail
    monkeypatch.setattr(
        jobs, "simulate_or_fail", lambda p, c, *_: (chunks.extend(c), original(p, c))[1]
    )
    grown = extend(small, 500)
    assert chunks == [1]
    assert replace(grown, provenance=large.provenance) == large
    with pytest.raises(UsageError, match="must be more than 512"):
        extend(grown, 512)
    ours = replace(small, provenance={**small.provenance, "custom_rules": ["US"]})
    with pytest.raises(UsageError, match="rules of one's own"):
        extend(ours, 1024)
