"""Mass-protest attempts and their success at constant chances, against geometric waiting times."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from relsim.processes import domestic
from tests.verification.cases import (
    Case,
    Result,
    differences,
    mean_z,
    share_z,
    variance_z,
    with_planted,
)
from tests.verification.stage import WEEK, YEAR, Stage, set_stage

WIDTH, WEEKS = 16_384, 208
RATE, SUCCESS = 1.5, 0.15  # attempts a year; given one, at the usual support
SUPPORT_WEIGHT, SUPPORT_ABOVE = 6.0, 0.1  # log-odds; support above the usual one


@functools.cache
def protests(success: float = SUCCESS) -> Stage:
    own = {
        "attempt_rate": RATE,
        "hardship_weight": 0.0,
        "constraint_weight": 0.0,
        "success": success,
        "support_weight": SUPPORT_WEIGHT,
        "support": 0.6 + SUPPORT_ABOVE,
        "support_usual": 0.6,
        "support_lost": 0.0,
    }
    settings = {f"internal_order.RU.{name}": value for name, value in own.items()}
    stage = set_stage(settings, WIDTH, days=WEEKS * WEEK)
    russia = stage.worlds.stage.actor("RU")
    stage.begin(domestic.internal_order(stage.worlds, stage.clock, stage.scene, russia))
    stage.play()
    return stage


def a_week() -> float:
    """Chance of an attempt in a week."""
    return float(1 - np.exp(-RATE / YEAR))


def attempts() -> Result:
    """Without success: binomial counts."""
    p, counts = a_week(), protests(0.0).happenings.count("protest_attempt", WIDTH)
    return max(mean_z(counts, WEEKS * p), variance_z(counts, WEEKS * p * (1 - p)))


def overthrown(weight: float = SUPPORT_WEIGHT) -> Result:
    """P(overthrown by the end) = 1 − (1 − p s)ⁿ, the odds of s lowered by support."""
    odds = SUCCESS / (1 - SUCCESS) * np.exp(-weight * SUPPORT_ABOVE)
    chance = 1 - (1 - a_week() * odds / (1 + odds)) ** WEEKS
    return share_z(protests().worlds.overthrown[1].sum(), WIDTH, chance)


def certain(success: float = 1.0) -> Result:
    """A success that is sure: the first attempt is the last."""
    stage = protests(success)
    tried = stage.happenings.count("protest_attempt", WIDTH)
    assert tried.any()
    return differences(np.count_nonzero(tried != stage.worlds.overthrown[1]))


CASES = (
    Case(
        "internal order: attempts",
        attempts,
        {
            "a twentieth more": with_planted(
                attempts, domestic, "YEARS_A_WEEK", np.float32(1.05 / YEAR), protests
            )
        },
    ),
    Case(
        "internal order: overthrow",
        overthrown,
        {"support without weight": lambda: overthrown(0.0)},
    ),
    Case(
        "internal order: sure success",
        certain,
        {"nearly sure": lambda: certain(0.99)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
