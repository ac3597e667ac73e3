"""Weekly stocks: domestic constraint, sanctions, hardship, third parties, openings."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.processes import domestic as domestic_process
from relsim.processes import sanctions as sanctions_process
from relsim.processes import shocks
from relsim.worlds.clock import Phase
from tests.verification.cases import Case, Result, mean_z, rounding, variance_z, with_planted
from tests.verification.stage import WEEK, YEAR, Process, Stage, scenario, set_stage

Doubles = npt.NDArray[np.float64]

WEEKS = 208
DAYS = WEEKS * WEEK
RELAXATION = 60.0  # weeks
LAGS = (1, 13, 52)


@functools.cache
def constraint() -> Floats:
    """Domestic constraint of the US, shape (weeks, runs)."""
    stage = set_stage({"actors.US.constraint_relaxation": RELAXATION}, 8192, days=DAYS)
    spec = scenario().actors["US"]
    stage.begin(domestic_process.domestic(stage.worlds, stage.clock, 0, spec))
    seen = stage.watch(lambda: stage.worlds.constraint[0], Phase.PERCEIVE)
    stage.play()
    return np.array(seen)


def unit_variance(variance: float = 1.0) -> Result:
    """Mean zero and variance one, on the first day, a year on, and at the end."""
    weeks = constraint()[[0, 52, -1]]
    return max(max(mean_z(week, 0), variance_z(week, variance)) for week in weeks)


def autocorrelation(relaxation: float = RELAXATION) -> Result:
    """Mean of N(t) N(t + k) is rᵏ, with r = exp(−1 week / τ)."""
    weeks = constraint().astype(np.float64)
    start = len(weeks) - 1 - max(LAGS)
    return max(mean_z(weeks[start] * weeks[start + lag], np.exp(-lag / relaxation)) for lag in LAGS)


# Sanctions: rounds at the start, half-life of a round in weeks, and where the bite saturates.
STOCK, ROUND_HALF_LIFE, BITE = 8.0, 120.0, 5.0
EXPOSURE, LAG, HARDSHIP = 6.0, 20.0, 0.5  # percent of GDP, half-life in weeks, percent of GDP
SUPPORT, ALIGNMENT = 0.7, 0.3  # levels of the third parties, which stay
IMPOSED = {10: 3.0, 47: 1.0}  # week: further rounds


def settings() -> dict[str, float]:
    return {
        "actors.US.sanctions_stock": STOCK,
        "actors.US.round_half_life": ROUND_HALF_LIFE,
        "actors.US.bite_saturation": BITE,
        "actors.US.bite_alone": 0.0,
        "actors.RU.exposure": EXPOSURE,
        "actors.RU.hardship_lag": LAG,
        "actors.RU.reference.hardship": HARDSHIP,
        "third_parties.europe.level": SUPPORT,
        "third_parties.europe.floor": SUPPORT,
        "third_parties.china.level": ALIGNMENT,
        "third_parties.china.floor": ALIGNMENT,
    }


@functools.cache
def sanctioned() -> tuple[Doubles, Doubles]:
    """Stock of the US and hardship of Russia after each week, shape (weeks, runs)."""
    stage = set_stage(settings(), width=2, days=DAYS)
    stage.begin(sanctions_process.sanctions(stage.worlds, stage.clock, scenario().third_parties))
    impose_by_hand(stage)
    stock = stage.watch(lambda: stage.worlds.stock[0], Phase.PERCEIVE)
    hardship = stage.watch(lambda: stage.worlds.hardship[1], Phase.PERCEIVE)
    stage.play()
    return np.array(stock), np.array(hardship)


def impose_by_hand(stage: Stage) -> None:
    """Rounds that nobody but the stock notices."""

    def rounds() -> Process:
        for week, number in IMPOSED.items():
            yield stage.clock.until(week * WEEK, Phase.EFFECTS)
            stage.worlds.stock[0] += number

    stage.begin(rounds())


def stock_after(week: int, half_life: float) -> float:
    """S = Σ over rounds of dⁿ, n the weeks that they have faded."""
    d = 0.5 ** (1 / half_life)
    later = sum(n * d ** (week - when) for when, n in IMPOSED.items() if when < week)
    return float(STOCK * d ** (week + 1) + later)


def stock(half_life: float = ROUND_HALF_LIFE) -> Result:
    expected = np.array([stock_after(week, half_life) for week in range(WEEKS)])
    return rounding(sanctioned()[0], np.repeat(expected[:, None], 2, axis=1), unit=5e-6)


def hardship(support: float = SUPPORT) -> Result:
    """Hardship lags behind exposure · S/(S + s) · support · (1 − alignment): a sum of its past."""
    d = 0.5 ** (1 / LAG)
    stocks = np.array([stock_after(week, ROUND_HALF_LIFE) for week in range(WEEKS)])
    full = EXPOSURE * stocks / (stocks + BITE) * support * (1 - ALIGNMENT)
    expected = np.array(
        [
            HARDSHIP * d ** (week + 1)
            + (1 - d) * sum(full[k] * d ** (week - k) for k in range(week + 1))
            for week in range(WEEKS)
        ]
    )
    return rounding(sanctioned()[1], np.repeat(expected[:, None], 2, axis=1), unit=5e-6)


# A third party: from its level down to a floor; strong moves of the target pull it to a ceiling.
LEVEL, FLOOR, CEILING, PULL, PARTY_HALF_LIFE = 0.6, 0.4, 0.9, 0.1, 30.0
STRONG = {5: 1, 20: 3}  # week: strong Russian moves since the week before


def support(pull: float = PULL) -> Result:
    """Allied support: fading to the floor, each strong move closing a share of the room above."""
    own = {
        "level": LEVEL,
        "floor": FLOOR,
        "ceiling": CEILING,
        "pull": PULL,
        "half_life": PARTY_HALF_LIFE,
    }
    stage = set_stage({f"third_parties.europe.{k}": v for k, v in own.items()}, 2, days=40 * WEEK)
    stage.begin(sanctions_process.sanctions(stage.worlds, stage.clock, scenario().third_parties))

    def provocations() -> Process:
        for week, number in STRONG.items():
            yield stage.clock.until(week * WEEK, Phase.CALENDAR)
            stage.worlds.strong_of[1] += number

    stage.begin(provocations())
    europe = stage.worlds.stage.third_parties.index("europe")
    seen = stage.watch(lambda: stage.worlds.third_party[europe], Phase.PERCEIVE)
    stage.play()
    level, expected = LEVEL, []
    for week in range(40):
        level = FLOOR + (level - FLOOR) * 0.5 ** (1 / PARTY_HALF_LIFE)
        for _ in range(STRONG.get(week, 0)):
            level += pull * (CEILING - level)
        expected.append(level)
    return rounding(np.array(seen), np.repeat(np.array(expected)[:, None], 2, axis=1))


OPENING_RATE, OPENING_HALF_LIFE = 2.0, 9.0  # a year, weeks


@functools.cache
def opened() -> Floats:
    settings = {
        f"issues.pandemic.{key}": value
        for key, value in (
            ("opening_rate", OPENING_RATE),
            ("opening_half_life", OPENING_HALF_LIFE),
        )
    }
    stage = set_stage(settings, 16_384, days=DAYS)
    stage.begin(shocks.openings(stage.worlds, stage.clock, stage.scene))
    stage.play()
    total: Floats = stage.worlds.openings.sum(axis=0)
    return total


def openings(half_life: float = OPENING_HALF_LIFE) -> Result:
    """Openings are shot noise of unit shocks: mean λ / (1 − d), variance λ / (1 − d²)."""
    d, rate = 0.5 ** (1 / half_life), OPENING_RATE / YEAR
    return max(mean_z(opened(), rate / (1 - d)), variance_z(opened(), rate / (1 - d * d)))


class Spread:
    """Planted error: NumPy with another square root."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def __getattr__(self, name: str) -> object:
        return getattr(np, name)

    def sqrt(self, x: Floats) -> Floats:
        return (np.sqrt(x) * self._factor).astype(np.float32)


CASES = (
    Case(
        "domestic constraint: unit variance",
        unit_variance,
        {
            "shocks a tenth too large": with_planted(
                unit_variance, domestic_process, "np", Spread(1.1), constraint
            )
        },
    ),
    Case(
        "domestic constraint: autocorrelation",
        autocorrelation,
        {"half-life for relaxation": lambda: autocorrelation(RELAXATION / np.log(2))},
    ),
    Case(
        "sanctions stock: decay",
        stock,
        {"mean life for half-life": lambda: stock(ROUND_HALF_LIFE * np.log(2))},
    ),
    Case("hardship: lag", hardship, {"without allies": lambda: hardship(1.0)}),
    Case("allied support", support, {"pulled more": lambda: support(0.11)}),
    Case("openings: shot noise", openings, {"a week longer": lambda: openings(10.0)}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
