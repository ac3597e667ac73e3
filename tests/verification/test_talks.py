"""Talks at constant rates: competing risks of agreement and breakdown, round by round."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from relsim.processes import talks as talks_process
from relsim.worlds.worlds import UNDER_WAY
from tests.verification.cases import Case, Result, counts_z, mean_z, share_z, with_planted
from tests.verification.stage import WEEK, Setting, set_stage

Doubles = npt.NDArray[np.float64]
Ends = Callable[[float, float, float], tuple[float, float]]

WIDTH = 65_536
ROUND_EVERY = 13.0  # weeks
MONTH = 365.25 / 12  # days
FIRST_ROUND = 5  # day on which the table first meets
# Rates a month of agreement and breakdown by issue; the first pair is that of the research notes,
# with three agreements in eight and a mean length of 12.5 months in continuous time.
RATES = {
    "arms_control": (0.03, 0.05),
    "pandemic": (0.20, 0.05),
    "climate": (0.02, 0.40),
    "regional_hot_spots": (0.10, 0.10),
    "cyber": (0.50, 0.25),
}
ROUNDS = 16


@functools.cache
def ended() -> Doubles:
    """Talks by issue, number of their last round, and whether signed; shape (5, 16, 2)."""
    settings: dict[str, Setting] = {
        "talks.responsiveness": 0.0,  # the climate has no say
        "talks.round_every": ROUND_EVERY,
        "talks.chill_weight": 0.0,
    }
    for name, (agreement, breakdown) in RATES.items():
        settings[f"issues.{name}.agreement_rate"] = 12 * agreement
        settings[f"issues.{name}.breakdown_rate"] = 12 * breakdown
    stage = set_stage(settings, WIDTH, days=ROUNDS * 13 * WEEK)
    worlds = stage.worlds
    issue = np.arange(WIDTH) % len(RATES)
    order = [worlds.stage.issues.index(name) for name in RATES]
    worlds.talks[:] = UNDER_WAY
    worlds.talks_issue[:] = np.array(order)[issue]
    worlds.talks_due[:] = FIRST_ROUND
    arms = [name == "arms_control" for name in worlds.stage.issues]
    stage.begin(talks_process.talks(worlds, stage.clock, stage.scene, arms, arms))
    stage.play()
    counts = np.zeros((len(RATES), ROUNDS, 2))
    for signed, kind in enumerate(("talks_broken_down", "agreement")):
        for happening in stage.happenings.of(kind):
            number = (happening.day - FIRST_ROUND) // int(ROUND_EVERY * WEEK)
            counts[:, number, signed] += np.bincount(issue[happening.runs], minlength=len(RATES))
    return counts


def competing(agreement: float, breakdown: float, months: float) -> tuple[float, float]:
    """Chances that a round ends talks without and with a signature."""
    ends = 1 - np.exp(-(agreement + breakdown) * months)
    return ends * breakdown / (agreement + breakdown), ends * agreement / (agreement + breakdown)


def two_draws(agreement: float, breakdown: float, months: float) -> tuple[float, float]:
    """Planted error: agreement is tried first, and breakdown only where it failed."""
    signs = 1 - np.exp(-agreement * months)
    return (1 - signs) * (1 - np.exp(-breakdown * months)), signs


def first_order(agreement: float, breakdown: float, months: float) -> tuple[float, float]:
    """Planted error: chances are rates times time."""
    return min(breakdown * months, 0.5), min(agreement * months, 0.5)


def durations(ends: Ends = competing) -> Result:
    """Chi-square of last rounds and signatures, issue by issue (geometric competing times)."""
    observed: list[float] = []
    expected: list[float] = []
    months = ROUND_EVERY * WEEK / MONTH
    for issue, (agreement, breakdown) in enumerate(RATES.values()):
        talks = np.count_nonzero(np.arange(WIDTH) % len(RATES) == issue)
        lost, signed = ends(agreement, breakdown, months)
        going_on = (1 - lost - signed) ** np.arange(ROUNDS)
        chances = talks * going_on[:, None] * np.array([lost, signed])
        # Ends late in the term are few: taken together, with what never ends.
        later = talks - chances.sum(axis=1).cumsum()
        early = int(((chances.min(axis=1) >= 10) & (later >= 10)).sum())
        for table, into in ((ended()[issue], observed), (chances, expected)):
            into.extend([*table[:early].ravel(), talks - table[:early].sum()])
    return counts_z(np.array(observed), np.array(expected), totals=len(RATES))


def signed_share(share: float = 0.375) -> Result:
    """Of the talks on arms control three in eight are signed, s / (s + f)."""
    broken, signed = ended()[0].sum(axis=0)
    return share_z(signed, broken + signed, share)


def length() -> Result:
    """Mean number of rounds of the fastest talks: 1 / (1 − e^(−(s + f) L))."""
    rounds = ended()[4].sum(axis=1)
    sample = np.repeat(np.arange(1, ROUNDS + 1), rounds.astype(int))
    lost, signed = competing(*RATES["cyber"], ROUND_EVERY * WEEK / MONTH)
    return mean_z(sample, 1 / (lost + signed))


CASES = (
    Case(
        "talks: last round and signature",
        durations,
        {
            "breakdown tried second": lambda: durations(two_draws),
            "chances linear in time": lambda: durations(first_order),
            "months of four weeks": with_planted(
                durations, talks_process, "DAYS_A_MONTH", np.float32(28), ended
            ),
        },
    ),
    Case(
        "talks: share signed",
        signed_share,
        {"breakdown's share": lambda: signed_share(0.625)},
    ),
    Case(
        "talks: mean number of rounds",
        length,
        {
            "months of four weeks": with_planted(
                length, talks_process, "DAYS_A_MONTH", np.float32(28), ended
            )
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_talks_without_rates_go_on() -> None:
    """Rates of zero are no division by zero (warnings are errors)."""
    kinds = ("agreement_rate", "breakdown_rate")
    stage = set_stage({f"issues.{n}.{kind}": 0.0 for n in RATES for kind in kinds}, 8, 60 * WEEK)
    worlds = stage.worlds
    worlds.talks[:], worlds.talks_due[:] = UNDER_WAY, FIRST_ROUND
    none = [False] * len(RATES)
    stage.begin(talks_process.talks(worlds, stage.clock, stage.scene, none, none))
    stage.play()
    assert (worlds.talks == UNDER_WAY).all()
    assert stage.happenings.count("negotiation_round", 8).tolist() == [5] * 8
