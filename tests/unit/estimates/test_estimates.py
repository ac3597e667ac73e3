"""Estimates: the formulas by hand, the exact ends, what is printed, what goes into JSON."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relsim.errors import SimulationError
from relsim.estimates import formatting
from relsim.estimates.confidence import clopper_pearson
from relsim.estimates.probability import Estimate, difference, estimate, is_precise

PER_BATCH = 64 * 4  # 4 runs a draw


def layout(batches: int, per_draw: int = 4) -> np.ndarray:
    run = np.arange(batches * 64 * per_draw)
    return run // (64 * per_draw) * 64 + run % 64


def interval(result: Estimate) -> tuple[float, float]:
    assert result.mc_interval_90 is not None
    return result.mc_interval_90


def some_hits(batches: int, chance: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(batches * PER_BATCH) < chance


def made(value: float, error: float, hits: int = 500, n: int = 32_768) -> Estimate:
    interval = (value - 1.7 * error, value + 1.7 * error)
    return Estimate(value, error, interval, None, "under 50 hits", n, hits)


# The Monte Carlo error


def test_batch_means_by_hand() -> None:
    happened = some_hits(10, 0.3)
    result = estimate(happened, layout(10), PER_BATCH)
    means = happened.reshape(10, PER_BATCH).mean(axis=1)
    error = means.std(ddof=1) / np.sqrt(10)
    assert result.value == happened.mean()
    assert result.mc_error == pytest.approx(error)
    half = stats.t.ppf(0.95, 9) * error
    assert result.mc_interval_90 == pytest.approx((result.value - half, result.value + half))
    assert (result.n, result.hits) == (2560, happened.sum())


def test_few_batches_are_asked_beside_the_draws() -> None:
    """The smaller error of the two, and none below that of runs of given draws."""
    smaller = 0
    for seed in range(20):
        happened = some_hits(7, 0.3, seed)
        result = estimate(happened, layout(7), PER_BATCH)
        shares = happened.reshape(7, 4, 64).mean(axis=1)
        by_draws = shares.std(ddof=1) / np.sqrt(7 * 64)
        by_batches = shares.mean(axis=1).std(ddof=1) / np.sqrt(7)
        runs_alone = np.sqrt((shares * (1 - shares) / 3).sum()) / (7 * 64)
        assert result.mc_error == pytest.approx(min(by_draws, max(by_batches, runs_alone)))
        low, high = interval(result)
        assert high - low <= 2 * stats.t.ppf(0.95, 7 * 64 - 1) * by_draws + 1e-12
        smaller += by_batches < by_draws
    assert 0 < smaller < 20


def test_one_batch_goes_by_draws_where_no_parameter_is_given() -> None:
    happened = some_hits(1, 0.3)
    shares = happened.reshape(4, 64).mean(axis=0)
    result = estimate(happened, layout(1), PER_BATCH)
    assert result.mc_error == pytest.approx(shares.std(ddof=1) / 8)
    noise = {"a": np.random.default_rng(1).random(64), "fixed": np.full(64, 0.5)}
    assert estimate(happened, layout(1), PER_BATCH, parameters=noise) == result


def test_the_parameter_that_matters_gives_the_error_of_one_batch() -> None:
    """Sure above the 40th of 64 values, impossible below: only one neighbour differs."""
    column = np.random.default_rng(2).permutation(64).astype(float)
    happened = np.tile(column >= 40, 4)
    parameters = {"noise": np.random.default_rng(1).random(64), "it": column}
    result = estimate(happened, layout(1), PER_BATCH, parameters=parameters)
    assert result.mc_error == pytest.approx(np.sqrt(2 / 62 / 6 / 64))
    assert estimate(happened, layout(1), PER_BATCH).mc_error > 4 * result.mc_error


def test_failed_runs_are_left_out() -> None:
    """The same as if they had never been made."""
    happened, draw = some_hits(16, 0.3), layout(16)
    valid = np.ones(happened.size, dtype=bool)
    valid[-PER_BATCH:] = False
    fewer = estimate(happened[:-PER_BATCH], draw[:-PER_BATCH], PER_BATCH)
    assert estimate(happened, draw, PER_BATCH, valid=valid) == fewer
    assert estimate(happened | ~valid, draw, PER_BATCH, valid=valid) == fewer


def test_uneven_batches_weigh_by_their_runs() -> None:
    happened, draw = some_hits(16, 0.3), layout(16)
    valid = np.random.default_rng(1).random(happened.size) < 0.9
    result = estimate(happened, draw, PER_BATCH, valid=valid)
    batch = np.arange(happened.size) // PER_BATCH
    sizes, hits = np.bincount(batch[valid]), np.bincount(batch[valid & happened])
    residuals = hits - result.value * sizes
    assert result.value == happened[valid].mean()
    assert result.mc_error == pytest.approx(np.sqrt(16 / 15 * (residuals**2).sum()) / sizes.sum())


@pytest.mark.parametrize("hits", [0, 1, 9, 991, 999, 1000])
@pytest.mark.parametrize("level", [0.90, 0.95])
def test_clopper_pearson_ends(hits: int, level: float) -> None:
    exact = stats.binomtest(hits, 1000).proportion_ci(level, method="exact")
    assert clopper_pearson(hits, 1000, level) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize("hits", [0, 1, 9])
def test_under_ten_draws_with_hits_there_is_a_bound_alone(hits: int) -> None:
    """As if one more draw of 4 hits had been among the 1,024 (Fay & Feuer 1997)."""
    happened = np.arange(4096) < hits
    result = estimate(happened, layout(16), PER_BATCH)
    assert (result.mc_interval_90, result.resolved) == (None, False)
    assert result.refused == "under 10 draws hold hits"
    rates = happened.reshape(16, 4, 64).mean(axis=1).ravel()
    mean, variance = rates.mean() + 1 / 1024, rates.var(ddof=1) / 1024 + 1 / 1024**2
    high = stats.gamma.ppf(0.95, mean**2 / variance, scale=variance / mean)
    assert result.bounds[1] == pytest.approx(high)
    assert (result.bounds[0] > 0) == (hits > 0)
    assert result.bounds[0] <= result.value
    assert result.mc_error == pytest.approx((high - result.bounds[0]) / (2 * 1.6448536))
    assert result.value_text == formatting.at_most(high)
    misses = estimate(~happened, layout(16), PER_BATCH)
    assert misses.bounds == pytest.approx((1 - high, 1 - result.bounds[0]))
    assert misses.refused == "under 10 draws hold misses"
    assert misses.value_text == formatting.at_least(1 - high)


def test_many_hits_in_few_draws_are_few() -> None:
    """32 hits in 8 draws, or in 32 draws: draws count."""
    draw = layout(16)
    in_few = estimate(draw < 8, draw, PER_BATCH)
    in_many = estimate(np.arange(4096) % 128 == 5, draw, PER_BATCH)
    assert in_few.hits == in_many.hits == 32
    assert in_few.refused
    assert not in_many.refused


def test_ten_draws_with_hits_get_an_interval_of_their_own() -> None:
    happened = np.zeros(4096, dtype=bool)
    some = np.random.default_rng(1).choice(1024, 11, replace=False)
    happened[some // 64 * PER_BATCH + some % 64] = True  # one run of each
    result = estimate(happened, layout(16), PER_BATCH)
    assert result.hits == 11
    low, high = interval(result)
    assert low == pytest.approx(stats.gamma.ppf(0.05, 11) / 4096, rel=0.02)
    assert high == pytest.approx(stats.gamma.ppf(0.95, 12) / 4096, rel=0.02)


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(1, 5), st.randoms(use_true_random=False))
def test_never_zero_plus_minus_zero(batches: int, per_draw: int, random: object) -> None:
    """Whatever happened, also where all batches are alike."""
    draw = layout(batches, per_draw)
    pattern = np.array([random.random() < 0.5 for _ in range(64 * per_draw)])  # type: ignore[attr-defined]
    happened = np.tile(pattern, batches)
    for flags in (happened, happened & False, happened | True, draw == 3):
        result = estimate(flags, draw, 64 * per_draw)
        low, high = result.mc_bounds
        assert result.mc_error > 0
        assert 0 <= low <= result.value <= high <= 1
        assert low < high


def test_one_run() -> None:
    """It says nothing: not even a bound."""
    result = estimate(np.array([True]), np.array([0]), 1)
    assert result.mc_interval_90 is None
    assert result.bounds == (0, 1)
    assert (result.interval_90, result.interval_note) == (None, "under 20 draws")
    assert str(result) == "1.0 ± .3 (under 20 draws)"


def test_errors_say_what_is_wrong() -> None:
    flags, draw = np.zeros(8, dtype=bool), np.zeros(8, dtype=int)
    with pytest.raises(SimulationError, match="no run was finished"):
        estimate(flags, draw, 8, valid=flags)
    with pytest.raises(SimulationError, match="no run was finished"):
        estimate(flags[:0], draw[:0], 8)
    with pytest.raises(ValueError, match=r"bool of shape \(8,\) \(got bool, \(7,\)\)"):
        estimate(flags[:7], draw, 8)
    with pytest.raises(ValueError, match="got int16"):
        estimate(np.full(8, -1, dtype=np.int16), draw, 8)
    with pytest.raises(ValueError, match="runs_per_batch must be positive"):
        estimate(flags, draw, 0)
    with pytest.raises(ValueError, match=r"a must be of shape \(64,\) \(got \(63,\)\)"):
        estimate(some_hits(1, 0.3), layout(1), PER_BATCH, parameters={"a": np.ones(63)})


# Differences


def test_difference_by_hand() -> None:
    a, b, draw = some_hits(16, 0.3, 1), some_hits(16, 0.2, 2), layout(16)
    result = difference(a, b, draw, PER_BATCH)
    change = a.astype(int) - b
    means = change.reshape(16, PER_BATCH).mean(axis=1)
    assert result.value == pytest.approx(a.mean() - b.mean())
    assert result.mc_error == pytest.approx(means.std(ddof=1) / 4)
    assert result.flips == np.abs(change).sum()
    apart = [x.reshape(16, PER_BATCH).mean(axis=1).var(ddof=1) for x in (a, b)]
    assert result.variance_saved == pytest.approx(1 - means.var(ddof=1) / sum(apart))


def test_difference_changes_sign_when_swapped() -> None:
    a, b, draw = some_hits(16, 0.3, 1), some_hits(16, 0.25, 2), layout(16)
    there, back = difference(a, b, draw, PER_BATCH), difference(b, a, draw, PER_BATCH)
    assert there.value == -back.value
    assert there.mc_interval_90 == pytest.approx([-end for end in back.mc_interval_90[::-1]])
    assert there.variance_saved == back.variance_saved


def test_a_variant_like_its_baseline() -> None:
    """Exactly 0, and yet not 0 ± 0: a draw in which all runs differ may not have been drawn."""
    a, draw = some_hits(16, 0.3), layout(16)
    result = difference(a, a, draw, PER_BATCH)
    bound = -np.log(0.05) / 1024
    assert (result.value, result.flips, result.variance_saved) == (0, 0, 1)
    assert result.mc_interval_90 == pytest.approx((-bound, bound))
    assert result.mc_error > 0
    assert str(result) == "0 ± .002 (under 16 runs a draw)"


def test_nothing_happened_in_either() -> None:
    never = np.zeros(4096, dtype=bool)
    assert difference(never, never, layout(16), PER_BATCH).variance_saved is None


def test_few_draws_that_differ_get_an_interval_of_their_own() -> None:
    a, draw = some_hits(16, 0.3), layout(16)
    result = difference(a ^ (np.arange(4096) < 5), a, draw, PER_BATCH)
    assert result.flips == 5
    low, high = result.mc_interval_90
    assert low < result.value < high
    assert high - low > 5 / 4096


def test_a_difference_that_few_draws_carry_has_a_skewed_interval() -> None:
    """All 4 runs of 12 draws gain, one run of another loses."""
    draw, some = layout(16), np.random.default_rng(1).choice(1024, 13, replace=False)
    lost = (draw == some[12]) & (np.arange(4096) % 256 < 64)
    result = difference(np.isin(draw, some[:12]), lost, draw, PER_BATCH)
    assert result.flips == 12 * 4 + 1
    low, high = result.mc_interval_90
    assert high - result.value > 1.2 * (result.value - low) > 0


def test_difference_only_of_runs_valid_in_both() -> None:
    a, b, draw = some_hits(16, 0.3, 1), some_hits(16, 0.2, 2), layout(16)
    valid = np.arange(4096) < 4096 - PER_BATCH
    kept = [x[valid] for x in (a, b, draw)]
    assert difference(a, b, draw, PER_BATCH, valid=valid) == difference(*kept, PER_BATCH)


# Precision


def test_precision_needs_fifty_hits_or_a_bound() -> None:
    assert is_precise(made(0.284, 0.005), 0.005)
    assert not is_precise(made(0.284, 0.0051), 0.005)
    assert not is_precise(made(0.02, 0.001, hits=20, n=1000), 0.005)
    assert is_precise(made(0.0001, 0.0001, hits=3), 0.005)
    never = [estimate(np.zeros(64 * b, dtype=bool), layout(b, 1), 64) for b in (9, 10)]
    assert [is_precise(one, 0.005) for one in never] == [False, True]  # -ln .05 / 599 is .005


def test_hits_of_few_draws_are_not_precise() -> None:
    """Some 51 hits and an error that would do, but in two draws."""
    draw = layout(64, 32)
    assert not is_precise(estimate(draw < 2, draw, 64 * 32), 0.0005)


# Formatting


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [
        (0.28412, 0.006, ".284 ± .006"),
        (0.28412, 0.0234, ".28 ± .02"),
        (0.28412, 0.0096, ".28 ± .01"),
        (0.28412, 0.00096, ".284 ± .001"),
        (0.28412, 0.12, ".3 ± .1"),
        (0.9996, 0.0011, "1.000 ± .001"),
        (0.00061, 0.00014, ".0006 ± .0001"),
        (0.0001234, 0.0000001, ".000123 ± .0000001"),
    ],
)
def test_digits_follow_the_error(value: float, error: float, written: str) -> None:
    assert str(made(value, error)) == f"{written} (under 50 hits)"


@pytest.mark.parametrize(("hits", "written"), [(0, "<.0030"), (4096, ">.9970")])
def test_bounds_where_all_or_none_hit(hits: int, written: str) -> None:
    """−ln .05 / 1024 draws = .00293, rounded outwards."""
    result = estimate(np.arange(4096) < hits, layout(16), PER_BATCH)
    assert result.value_text == written
    assert result.error_text == ""


@given(st.floats(1e-9, 0.5), st.floats(0, 1))
def test_the_last_digit_is_not_below_the_error(error: float, value: float) -> None:
    shown = formatting.text(value, formatting.decimals(error))
    unit = 10.0 ** -len(shown.split(".")[1])
    assert unit <= error * 2.01 or unit == 0.1  # .0096 is written .01
    assert unit > error / 10
    assert abs(float(shown) - value) <= unit / 2 + 1e-12


@given(st.floats(1e-9, 0.99))
def test_bounds_stay_bounds(bound: float) -> None:
    rounding = 1e-15  # .33999999999999997 is .34
    assert bound <= float(formatting.at_most(bound)[1:]) + rounding <= bound * 1.11 + 2 * rounding
    least = float(formatting.at_least(1 - bound)[1:])
    assert 1 - bound * 1.11 - rounding <= least <= 1 - bound + rounding


def test_intervals_are_written_or_explained() -> None:
    base = (0.284, 0.006, (0.274, 0.294))
    with_interval = Estimate(*base, (0.1234, 0.4911), "", 32_768, 9306)
    alike = Estimate(*base, (0.284, 0.284), "no spread resolved", 32_768, 9306)
    assert str(with_interval) == ".284 ± .006 (90% over draws: .12–.49)"
    assert str(alike) == ".284 ± .006 (no spread resolved)"
    assert alike.interval_text == alike.middle_half_text == "no spread resolved"
    assert replace(with_interval, interval_50=(0.2134, 0.3811)).middle_half_text == ".21–.38"
    assert formatting.between(0.979, 0.9991) == ".979–.999"
    page = with_interval._repr_html_()
    assert page == "<b>.284</b> ± .006 (90% over draws: .12–.49), 32,768 runs"
    none = estimate(np.zeros(4096, dtype=bool), layout(16), PER_BATCH)
    assert none._repr_html_().startswith("<b>&lt;.0030</b> (under 8 runs a draw)")


def test_differences_carry_their_sign() -> None:
    a, b = np.arange(32_768) % 7 < 3, np.arange(32_768) % 5 < 2
    result = difference(a, b, layout(16, 32), 64 * 32)
    assert result.value_text[0] == "+"
    assert difference(b, a, layout(16, 32), 64 * 32).value_text[0] == "-"
    assert formatting.text(-0.0004, 3, signed=True) == ".000"
    assert formatting.between(-0.12, 0.04, signed=True) == "-.12 – +.04"


# JSON


def test_json_has_null_and_never_nan() -> None:
    draw = layout(16)
    never = np.zeros(4096, dtype=bool)
    for result in (
        estimate(never, draw, PER_BATCH),
        estimate(~never, draw, PER_BATCH),
        estimate(some_hits(16, 0.3), draw, PER_BATCH),
        difference(never, never, draw, PER_BATCH),
    ):
        data = json.loads(json.dumps(result.to_json(), allow_nan=False))
        assert data["interval_90"] is data.get("interval_50") is None
        assert data["spread"]
        ends = result.mc_interval_90
        assert data["mc_interval_90"] == (None if ends is None else list(ends))
        assert data["runs"] == 4096
    assert data["variance_saved"] is None
    assert data["difference"] == 0


def test_json_of_an_interval() -> None:
    rng, draw = np.random.default_rng(0), layout(16, 32)
    happened = rng.random(draw.size) < rng.beta(2, 5, 1024)[draw]
    data = estimate(happened, draw, 64 * 32).to_json()
    assert set(data) == {
        "probability", "mc_error", "mc_interval_90", "interval_90", "interval_50", "spread", "runs",
        "hits",
        "resolved", "mc_refused", "mc_bounds_95",
    }  # fmt: skip
    assert data["spread"] is None
    low, high = data["interval_90"]  # type: ignore[misc]
    assert 0 < low < 0.12 < 0.5 < high < 0.7
    assert all(math.isfinite(end) for end in (low, high))
    quarter, three = data["interval_50"]  # type: ignore[misc]
    assert low < quarter < data["probability"] < three < high  # type: ignore[operator]


# Cost


def test_import_is_light() -> None:
    code = (
        "import sys, relsim.estimates.probability;"
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
