"""Remembered hostility as shot noise on the weekly grid, and the index under a constant flow."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.processes import making, recorder, shocks
from relsim.processes.making import make_move
from relsim.rules import logit
from relsim.worlds.clock import Phase
from relsim.worlds.worlds import Worlds
from tests.verification.cases import Case, Result, mean_z, rounding, variance_z, with_planted
from tests.verification.stage import TERM, WEEK, YEAR, Process, Stage, set_stage

Moments = tuple[float, float]

# Collisions of one region: a rate a week, and what one of them does to either side's memory.
RATE, LOW, HIGH, FELT = 0.5, 3.0, 12.0, 0.6
FIRST_REVIEW = {"US": 0, "RU": 3}
SHOCK = FELT * (LOW + HIGH) / 2
SHOCK_SQUARED = FELT**2 * ((HIGH - LOW) ** 2 / 12 + ((LOW + HIGH) / 2) ** 2)


def idle(stage: Stage) -> None:
    """Both sides review and hold."""
    for name, first in FIRST_REVIEW.items():
        stage.review(name, logit, first=first)


@functools.cache
def remembered(half_life: float, width: int) -> tuple[Floats, ...]:
    """Hostility of both sides as each sees it at its last whole week's review."""
    settings = {
        "regions.europe.rate": RATE * YEAR,
        "regions.europe.severity_low": LOW,
        "regions.europe.severity_high": HIGH,
        "regions.europe.felt": FELT,
        "regions.europe.excitation": 0.0,
    }
    for name in FIRST_REVIEW:
        settings[f"actors.{name}.memory_half_life"] = half_life
        settings[f"actors.{name}.hostility_at_start"] = 0.0
    stage = set_stage(settings, width)
    stage.begin(shocks.collisions(stage.worlds, stage.clock, stage.scene))
    idle(stage)

    def hostility(row: int) -> Floats:
        felt: Floats = stage.worlds.hostility[row]
        return felt

    seen = [
        stage.watch(functools.partial(hostility, row), Phase.CHOOSE, first)
        for row, first in enumerate(FIRST_REVIEW.values())
    ]
    stage.play()
    return tuple(weeks[-1] for weeks in seen)


def shot_noise(half_life: float, age: float) -> Moments:
    """Shocks once a week, seen at some age (weeks): λ E[S] dᵃ/(1 − d), λ E[S²] d²ᵃ/(1 − d²)."""
    d = 0.5 ** (1 / half_life)
    return (
        RATE * SHOCK * d**age / (1 - d),
        RATE * SHOCK_SQUARED * d ** (2 * age) / (1 - d * d),
    )


def campbell(half_life: float, age: float) -> Moments:
    """Shocks at any time since the term began: Campbell's theorem, λ ∫ E[S] e^(−t/τ) dt."""
    tau, span = half_life / np.log(2), TERM / WEEK
    return (
        RATE * SHOCK * tau * (1 - np.exp(-span / tau)),
        RATE * SHOCK_SQUARED * tau / 2 * (1 - np.exp(-2 * span / tau)),
    )


def memory(
    half_life: float,
    moments: Callable[[float, float], Moments],
    width: int = 8192,
    sides: tuple[str, ...] = ("US", "RU"),
) -> Result:
    scores = []
    samples = dict(zip(FIRST_REVIEW, remembered(half_life, width), strict=True))
    for side in sides:
        mean, variance = moments(half_life, FIRST_REVIEW[side] / WEEK)
        scores += [mean_z(samples[side], mean), variance_z(samples[side], variance)]
    return max(scores)


def fine_grid(moments: Callable[[float, float], Moments]) -> Result:
    """A long memory, seen by Russia about half way between two shocks."""
    return memory(26.0, moments, 4096, ("RU",))


def unseen_age(half_life: float, age: float) -> Moments:
    """Planted error: all look as if the shocks came on the day of the review."""
    return shot_noise(half_life, 0)


def mean_size(half_life: float, age: float) -> Moments:
    """Planted error: the variance of shocks that are all of the mean size."""
    mean, variance = shot_noise(half_life, age)
    return mean, variance * SHOCK**2 / SHOCK_SQUARED


def half_life_for_tau(half_life: float, age: float) -> Moments:
    """Planted error: the half-life taken for the mean lifetime."""
    return campbell(half_life * np.log(2), age)


HURTS = (0, 1, 2, 4, 5, 9, 10, 20, 27, 33)  # days on which the US criticizes
HALF_LIFE = 5.0


def exact_age() -> Result:
    """What Russia, reviewing on days 3, 10, 17, ..., remembers: every weight at its exact age."""
    settings = {"actors.RU.memory_half_life": HALF_LIFE, "actors.RU.hostility_at_start": 0.0}
    stage = set_stage(settings, width=8, days=36)
    criticize = stage.worlds.stage.move("criticize")

    def critic() -> Process:
        for day in HURTS:
            yield stage.clock.until(day, Phase.CALENDAR)
            make_move(stage.scene, 0, criticize, np.arange(8), day)

    stage.begin(critic())
    idle(stage)
    seen = stage.watch(lambda: stage.worlds.hostility[1], Phase.CHOOSE, first=3)
    stage.play()
    expected = [
        sum(-criticize.weight * 0.5 ** ((now - day) / 7 / HALF_LIFE) for day in HURTS if day <= now)
        for now in range(3, 36, 7)
    ]
    return rounding(np.stack(seen), np.repeat(np.array(expected)[:, None], 8, axis=1))


def felt_at_review(
    worlds: Worlds, actor: int, weight: float, idx: npt.NDArray[np.int64], day: int
) -> None:
    """Planted error: what comes between two reviews counts as if it came at the first."""
    RIGHT_FEEL(worlds, actor, weight, idx, worlds.reviewed[actor])


RIGHT_FEEL = making.feel

FLOW, START, INDEX_HALF_LIFE = -4.2, 3.0, 13.0


def constant_flow(days: int) -> list[Floats]:
    """The index at each record when every day adds a seventh of a constant weekly flow."""
    settings = {"index.half_life": INDEX_HALF_LIFE, "index.start": START}
    stage = set_stage(settings, width=3, days=days)

    def source() -> Process:
        for day in stage.clock.every(1):
            yield stage.clock.until(day, Phase.EFFECTS)
            stage.worlds.flow += np.float32(FLOW / 7)

    record = recorder.Recorder(
        stage.worlds, stage.clock, stage.happenings, [slice(0, 3)], np.zeros(0, dtype=np.int64)
    )
    stage.begin(source(), record.process())
    stage.play()
    return [series["index"] for _, series in stage.happenings.series]


def index(days: int, last_week: float, weigh: float = 1.0) -> Result:
    """y after n weeks: c + dⁿ (y₀ − c), n counting the days of the short last week too."""
    seen = constant_flow(days)
    whole = days // WEEK
    n = np.array([*range(1, whole + 1), whole + last_week] if days % WEEK else range(1, whole + 1))
    expected = FLOW * weigh + 0.5 ** (n / INDEX_HALF_LIFE) * (START - FLOW * weigh)
    return rounding(np.stack(seen), np.repeat(expected[:, None], 3, axis=1), unit=1e-5)


def short_week(last_week: float = 5 / WEEK) -> Result:
    return max(index(TERM, last_week), index(10 * WEEK + 5, last_week))


def by_the_week(half_life: Floats, weeks: float) -> Floats:
    """Planted error: the index fades by a whole week however short the week is."""
    return np.asarray(0.5 ** (1 / half_life), dtype=np.float32)


CASES = (
    Case(
        "hostility memory: shot noise",
        lambda: memory(5.4, shot_noise),
        {
            "age not seen": lambda: memory(5.4, unseen_age),
            "variance of equal shocks": lambda: memory(5.4, mean_size),
            "limit of a fine grid": lambda: memory(5.4, campbell),
        },
    ),
    Case(
        "hostility memory: Campbell's limit",
        lambda: fine_grid(campbell),
        {"half-life for lifetime": lambda: fine_grid(half_life_for_tau)},
    ),
    Case(
        "hostility memory: exact ages",
        exact_age,
        {"ages of whole weeks": with_planted(exact_age, making, "feel", felt_at_review)},
    ),
    Case(
        "index under a constant flow",
        lambda: index(52 * WEEK, 0),
        {"flow counted twice": lambda: index(52 * WEEK, 0, weigh=2.0)},
    ),
    Case(
        "index in a short last week",
        short_week,
        {
            "last week taken for a whole one": lambda: short_week(1.0),
            "a whole week's fading": with_planted(short_week, recorder, "keep", by_the_week),
        },
    ),
)


LONG = pytest.param(CASES[0], marks=pytest.mark.slow)


@pytest.mark.parametrize("case", [LONG, *CASES[1:]], ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
