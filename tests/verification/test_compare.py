"""Differences and shares against closed forms, through the whole of `relsim.compare`.

With the weights of hardship and constraint at nothing, protest is tried each week with the chance
1 − exp(−rate · week), and succeeds with a chance of its own: whether it is tried, and whether it
succeeds, by the end of the term is then known exactly, also where the rate differs between draws.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest

import relsim
from relsim.inference import paired_runs as paired
from relsim.inference.compare import compare as comparing
from relsim.inference.compare.compare import Comparison
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan

WEEK, YEAR = 7, 365.25
RATES = (0.1, 0.5)  # attempts a year, uniform over draws
SUCCESS = 0.2
FACTORS = {"internal_order.RU.attempt_rate": 3, "internal_order.RU.success": 2}
TRIED, OVERTHROWN = "colour_revolution_attempt", "colour_revolution"
RUNS, DRAWS = 2048, 512  # 8 batches of 4 runs a draw


@cache
def baseline() -> Scenario:
    """Until the end of 2021; it asks of protest alone."""
    data = load("us-russia-2021").model_dump(mode="json", exclude_none=True)
    asked = {name: data["outcomes"][name] for name in (TRIED, OVERTHROWN)}
    short = Scenario.model_validate(
        {**data, "horizon": {**data["horizon"], "end": "2021-12-31"}, "outcomes": asked,
         "headline": TRIED, "forecasts": {}}
    )  # fmt: skip
    plain = {"hardship_weight": 0, "constraint_weight": 0, "support_lost": 0, "support": 0.6,
             "support_usual": 0.6, "success": SUCCESS,
             "attempt_rate": "uniform({}, {})".format(*RATES)}  # fmt: skip
    return short.vary({f"internal_order.RU.{key}": value for key, value in plain.items()})


@cache
def variant() -> Scenario:
    rate, success = FACTORS.values()
    ends = [rate * end for end in RATES]
    return baseline().vary(
        {"internal_order.RU.attempt_rate": "uniform({}, {})".format(*ends),
         "internal_order.RU.success": success * SUCCESS}
    )  # fmt: skip


@cache
def compared(seed: int) -> Comparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired, "Plan", partial(Plan, width=RUNS))
        patch.setattr(comparing, "ATTRIBUTED", RUNS)
        return relsim.compare(baseline(), variant(), runs=RUNS, draws=DRAWS, seed=seed)


def weeks() -> int:
    """Weeks that chance has: those that end after the last day that is known."""
    horizon = baseline().horizon
    assert horizon.known_until is not None
    known = (horizon.known_until - horizon.start).days
    return sum(day > known for day in range(WEEK - 1, (horizon.end - horizon.start).days, WEEK))


def chance(rate: float, success: float, count: int) -> float:
    """P(tried, or overthrown, within so many weeks), the rate averaged over its draws."""
    rates = np.linspace(*(rate * end for end in RATES), 20_001)
    weekly = -np.expm1(-rates * WEEK / YEAR) * success
    return float(np.trapezoid(1 - (1 - weekly) ** count, rates) / (rates[-1] - rates[0]))


def exact(outcome: str, count: int) -> tuple[float, float, float]:
    """The difference, and the Shapley values of rate and success."""
    rate, success = FACTORS.values()
    low, high = (1.0, 1.0) if outcome == TRIED else (SUCCESS, success * SUCCESS)
    none, all_ = chance(1, low, count), chance(rate, high, count)
    by_rate, by_success = chance(rate, low, count), chance(1, high, count)
    first = (by_rate - none + all_ - by_success) / 2
    return all_ - none, first, all_ - none - first


def found(outcome: str, seed: int) -> list[tuple[float, tuple[float, float]]]:
    """Difference and shares with their intervals."""
    contrast = compared(seed)[outcome]
    measured = [contrast.difference, *contrast.attribution.shares]
    return [(one.value, one.mc_interval_90) for one in measured]


def deviations(outcome: str, count: int, seeds: range) -> list[float]:
    """How many standard errors the mean over seeds is from the closed form.

    Of one seed they are those that it states.
    """
    values = np.array([[value for value, _ in found(outcome, seed)] for seed in seeds])
    if len(seeds) == 1:
        contrast = compared(seeds[0])[outcome]
        measured = [contrast.difference, *contrast.attribution.shares]
        errors = np.array([one.mc_error for one in measured])
    else:
        errors = values.std(axis=0, ddof=1) / np.sqrt(len(seeds))
    return list(np.abs(values.mean(axis=0) - exact(outcome, count)) / np.maximum(errors, 1e-12))


@pytest.mark.slow
def test_the_lines_are_those_that_were_changed() -> None:
    (only,) = compared(1).variants.values()
    assert [line.path for line in only.lines] == list(FACTORS)


@pytest.mark.parametrize(
    "seeds", [range(1, 2), pytest.param(range(1, 5), marks=pytest.mark.slow)], ids=["one", "four"]
)
def test_difference_and_shares_are_the_closed_form(seeds: range) -> None:
    """Beyond 5 standard errors would be a fault; half too many weeks are one."""
    assert max(deviations(OVERTHROWN, weeks(), seeds)) < 5
    assert deviations(TRIED, weeks(), seeds)[0] < 5
    assert max(deviations(OVERTHROWN, weeks() * 3 // 2, seeds)) > 5  # planted


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.default_cases(1)
def test_a_line_that_cannot_matter_explains_nothing(seed: int) -> None:
    """Whether protest is tried does not hang on how it ends."""
    rate, success = compared(seed)[TRIED].attribution.shares
    assert (success.value, success.flips) == (0.0, 0)
    assert rate.value == compared(seed)[TRIED].difference.value


def test_pairing_saves_variance() -> None:
    assert compared(1)[TRIED].difference.variance_saved > 0.2


@pytest.mark.slow
def test_intervals_cover_the_closed_form_over_seeds() -> None:
    seeds = range(1, 41)  # .9 is covered within .12, 2.5 standard errors
    for outcome in (TRIED, OVERTHROWN):
        for number, truth in enumerate(exact(outcome, weeks())):
            if truth == 0:
                continue
            ends = [found(outcome, seed)[number][1] for seed in seeds]
            held = float(np.mean([low <= truth <= high for low, high in ends]))
            assert held >= 0.78, (outcome, number, held)
            off = float(np.mean([low <= 1.3 * truth <= high for low, high in ends]))
            assert off < 0.6, (outcome, number, off)  # planted
