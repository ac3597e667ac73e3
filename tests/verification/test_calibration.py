"""Calibration on forecasts against exact answers, and where the truth was planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from relsim.estimates.deconvolution import DrawPosterior
from relsim.inference.calibrate import weights as weighting
from relsim.lexicons.meaning import Meant
from tests.verification.forecasting import Z_95, World, draw_posterior, meant, places, world

Doubles = npt.NDArray[np.float64]
Weigh = Callable[[World, list[Meant]], Doubles]

REPETITIONS = 1000
BINS = 10


def by_relsim(reliability: float = 1.0) -> Weigh:
    """As relsim weighs draws, the errors of the forecasts known to be independent."""

    def weigh(of: World, words: list[Meant]) -> Doubles:
        fits = [
            weighting.log_likelihood(seen, said, reliability)
            for seen, said in zip(of.posteriors, words, strict=True)
        ]
        return weighting.weights_of(fits)

    return weigh


def on_the_wrong_scale(of: World, words: list[Meant]) -> Doubles:
    """Planted: the author's density of the probability, not of the log-odds."""

    def fit(seen: DrawPosterior, said: Meant) -> Doubles:
        slope = special.log_expit(seen.grid) + special.log_expit(-seen.grid)
        likelihood = np.exp(said.log_density(seen.grid) - slope)
        return np.log(np.maximum(seen.unbiased(likelihood), weighting.TINY))

    return weighting.weights_of(
        [fit(seen, said) for seen, said in zip(of.posteriors, words, strict=True)]
    )


def counted_thrice(of: World, words: list[Meant]) -> Doubles:
    """Planted: every forecast counts three times."""
    weights = by_relsim()(of, words) ** 3
    return np.asarray(weights / weights.sum())


def worst_uniformity(shares: Doubles) -> float:
    """Chi-square of places in ten bins, of the worst quantity, as a normal deviate."""
    counts = np.array([np.histogram(row, BINS, (0, 1))[0] for row in shares.T])
    expected = len(shares) / BINS
    chi_square = ((counts - expected) ** 2 / expected).sum(axis=1)
    return float((-special.ndtri(np.maximum(special.chdtrc(BINS - 1, chi_square), 1e-300))).max())


def coverage(shares: Doubles) -> tuple[float, float]:
    """Share of 90% intervals that hold the truth, and its standard error between repetitions."""
    inside = ((shares > 0.05) & (shares < 0.95)).mean(axis=1)
    return float(inside.mean()), float(inside.std(ddof=1) / np.sqrt(len(inside)))


def shares_of(weigh: Weigh, reliability: float = 1.0, seed: int = 5) -> Doubles:
    return np.array(list(places(world(), REPETITIONS, weigh, reliability, seed)))


@pytest.mark.parametrize("reliability", [1.0, 0.8])
@pytest.mark.default_cases(1)
def test_planted_parameters_are_recovered_as_often_as_stated(reliability: float) -> None:
    shares = shares_of(by_relsim(reliability), reliability)
    found, error = coverage(shares)
    assert abs(found - 0.9) < 3 * error, (found, error)
    assert worst_uniformity(shares) < 3.5


@pytest.mark.parametrize("wrong", [on_the_wrong_scale, counted_thrice])
@pytest.mark.default_cases(1)
def test_a_wrong_likelihood_is_seen(wrong: Weigh) -> None:
    assert worst_uniformity(shares_of(wrong)) > 5


def test_an_author_taken_at_their_word_who_is_not_reliable_is_seen() -> None:
    found, error = coverage(shares_of(by_relsim(1.0), reliability=0.8))
    assert found < 0.9 - 5 * error


def linear(runs: int, draws: int = 4096, spread: float = 1.0) -> World:
    """One parameter, normal; its log-odds are 0.2 + 1.3 times it."""
    theta = spread * special.ndtri((np.arange(draws) + 0.5) / draws)
    return World(theta[None], 0.2 + 1.3 * theta[None], ((1.0, 1.0),), runs)


def exact(median: float, span: float) -> tuple[float, float]:
    """Posterior mean and standard deviation of the parameter, normal prior and normal words."""
    slope, sd = 1.3, span / Z_95
    precision = 1 + (slope / sd) ** 2
    return slope * (median - 0.2) / sd**2 / precision, precision**-0.5


@pytest.mark.parametrize("median", [-1.5, 0.2, 2.0])
def test_one_linear_parameter_has_the_exact_posterior(median: float) -> None:
    of = linear(runs=10_000)
    (theta,) = of.parameters
    weights = by_relsim()(of, [meant(median, 1.0, 1.0)])
    mean = float(weights @ theta)
    sd = float(np.sqrt(weights @ (theta - mean) ** 2))
    wanted_mean, wanted_sd = exact(median, 1.0)
    assert mean == pytest.approx(wanted_mean, abs=0.01)
    assert sd == pytest.approx(wanted_sd, rel=0.02)
    # Planted: half the author's width.
    wrong = by_relsim()(of, [meant(median, 0.5, 0.5)])
    assert np.sqrt(wrong @ (theta - wrong @ theta) ** 2) < 0.9 * wanted_sd


def test_reliability_mixes_words_and_prior() -> None:
    of, words = linear(runs=10_000), [meant(1.5, 1.0, 1.0)]
    believed, mixed = by_relsim(1.0)(of, words), by_relsim(0.8)(of, words)
    np.testing.assert_allclose(mixed, 0.8 * believed + 0.2 / of.draws, rtol=0.02)
    np.testing.assert_allclose(by_relsim(0.0)(of, words), 1 / of.draws)


@pytest.mark.parametrize("runs", [64, 128])
def test_few_runs_give_the_posterior_of_many(runs: int) -> None:
    """The Monte Carlo noise of the runs leaves the posterior where it is; planted: it does not."""
    of, words = linear(runs), meant(1.5, 1.3, 1.3)
    (theta,), (seen,) = of.parameters, of.posteriors
    wanted, sd = exact(1.5, 1.3)
    weights = weighting.weights_of([weighting.log_likelihood(seen, words, 1.0)])
    error = sd / np.sqrt(weighting.effective_size(weights))
    assert abs(weights @ theta - wanted) < 3 * error
    assert np.sqrt(weights @ (theta - weights @ theta) ** 2) == pytest.approx(sd, rel=0.03)
    # Planted: the mean likelihood, as if noise were uncertainty: it blurs.
    blurred = seen.mean(np.exp(words.log_density(seen.grid)))
    blurred /= blurred.sum()
    assert np.sqrt(blurred @ (theta - blurred @ theta) ** 2) > 1.03 * sd


def said_often(of: World, times: int, powers: Doubles | None = None) -> Doubles:
    """Weights by one forecast said so many times over."""
    seen, said = of.posteriors[0], meant(1.2, 1.0, 1.0)
    if powers is None:
        powers = weighting.exponents(weighting.rank_correlation(np.array([seen.log_odds] * times)))
        assert powers.sum() == pytest.approx(1)
    return weighting.weights_of(
        [weighting.log_likelihood(seen, said, 0.8, power) for power in powers]
    )


def divergence(weights: Doubles) -> float:
    """Of weights without noise, in bits."""
    return float(special.xlogy(weights, weights * weights.size).sum() / np.log(2))


def test_one_forecast_said_three_times_counts_once() -> None:
    of = world(runs=1_000)
    once, thrice = said_often(of, 1), said_often(of, 3)
    bits = divergence(once)
    assert divergence(thrice) == pytest.approx(bits, rel=0.02)
    means = [float(weights @ of.log_odds[0]) for weights in (once, thrice)]
    assert means[1] == pytest.approx(means[0], abs=0.02)
    # Planted: no regard for the correlation.
    assert divergence(said_often(of, 3, np.ones(3))) > 1.5 * bits


def test_independent_forecasts_count_in_full_and_opposite_ones_once() -> None:
    a, b = (np.random.default_rng(seed).normal(size=4000) for seed in (1, 2))
    powers = weighting.exponents(weighting.rank_correlation(np.array([a, np.exp(-a), b])))
    np.testing.assert_allclose(powers, [0.5, 0.5, 1.0], atol=0.01)


def with_common_error(of: World, seed: int, regard: bool) -> float:
    """Coverage where the author errs about one thing and says it three times over.

    The three forecasts hang on one parameter; the error is common to all of them.
    """
    rng = np.random.default_rng(seed)
    seen, ones = of.posteriors[0], np.ones(3)
    powers = weighting.exponents(weighting.rank_correlation(np.array([seen.log_odds] * 3)))
    held = []
    for _ in range(REPETITIONS):
        planted = int(rng.integers(of.draws))
        said = meant(of.log_odds[0, planted] + rng.normal() / Z_95, 1.0, 1.0)
        fits = [weighting.log_likelihood(seen, said, 1.0, a) for a in (powers if regard else ones)]
        weights = weighting.weights_of(fits)
        below = float(weights[of.log_odds[0] < of.log_odds[0, planted]].sum())
        held.append(0.05 < below + weights[planted] / 2 < 0.95)
    return float(np.mean(held))


@pytest.mark.slow
def test_a_common_error_leaves_the_coverage_as_stated() -> None:
    of = world(runs=1_000)
    error = np.sqrt(0.9 * 0.1 / REPETITIONS)
    assert abs(with_common_error(of, 3, regard=True) - 0.9) < 3 * error
    assert with_common_error(of, 3, regard=False) < 0.9 - 5 * error  # planted


def test_effective_size() -> None:
    assert weighting.effective_size(np.full(64, 1 / 64)) == pytest.approx(64)
    assert weighting.effective_size(np.r_[np.full(32, 1 / 32), np.zeros(32)]) == pytest.approx(32)


def test_words_that_no_draw_comes_near_leave_weights_alone() -> None:
    seen = draw_posterior(np.full(100, 5), np.full(100, 10))
    bounded = Meant((0.0005, 0.005, 0.006))  # ends above: nothing beyond 1%
    np.testing.assert_allclose(weighting.log_likelihood(seen, bounded, 0.8), 0, atol=1e-12)
    assert weighting.information_alone(seen, bounded, 0.8) == pytest.approx(0, abs=1e-12)


def test_a_draw_posterior_gives_back_what_it_was_made_of() -> None:
    of = world(runs=16)
    (seen, *_) = of.posteriors
    p = special.expit(of.log_odds[0])
    assert seen.over.mean == pytest.approx(p.mean(), abs=0.01)
    ends = [0.05, 0.5, 0.95]
    np.testing.assert_allclose(seen.over.quantiles(ends), np.quantile(p, ends), atol=0.03)
    # Mean probabilities are nearer to the truth than shares of hits; unbiased ones are those.
    mean, unbiased = (of_draws(special.expit(seen.grid)) for of_draws in (seen.mean, seen.unbiased))
    raw = of.hits[0] / of.runs
    assert ((mean - p) ** 2).mean() < 0.9 * ((raw - p) ** 2).mean()
    assert ((unbiased - raw) ** 2).mean() < ((mean - raw) ** 2).mean() / 4


def test_what_stands_for_a_function_averages_to_it() -> None:
    """Over the Monte Carlo noise of the runs, draw by draw; a posterior mean does not (planted)."""
    of = linear(runs=128)
    (seen,) = of.posteriors
    values = np.exp(meant(0.8, 1.0, 1.0).log_density(seen.grid))
    k = np.arange(129)
    for log_odds in (-1.0, 0.0, 1.0, 2.0):
        p = special.expit(log_odds)
        chance = special.binom(128, k) * p**k * (1 - p) ** (128 - k)
        every = replace(seen, hits=k, runs=np.full(129, 128))
        true = np.exp(meant(0.8, 1.0, 1.0).log_density(log_odds))
        assert chance @ every.unbiased(values) == pytest.approx(true, abs=0.01)
    assert abs(chance @ every.mean(values) - true) > 0.01


def test_a_draw_without_a_run_is_as_likely_as_any() -> None:
    hits, runs = np.r_[np.full(50, 8), np.full(50, 24), 0], np.r_[np.full(100, 32), 0]
    seen = draw_posterior(hits, runs)
    overall = float(seen.over.mass @ seen.grid)
    assert seen.mean(seen.grid)[-1] == pytest.approx(overall)
    assert seen.unbiased(seen.grid)[-1] == pytest.approx(overall)
    with pytest.raises(ValueError, match="3 hits in 64 runs"):
        draw_posterior([1, 2], [32, 32])
