"""Beta beliefs against their closed forms: sums of discounted evidence over scripted moves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from relsim.processes.making import make_joint
from relsim.worlds.clock import Phase
from tests.verification.cases import Case, Result, rounding
from tests.verification.stage import (
    FOREVER,
    WEEK,
    Process,
    Setting,
    Stage,
    scripted,
    set_stage,
)

Doubles = npt.NDArray[np.float64]
Script = npt.NDArray[np.int64]

SIDES = ("US", "RU")
FIRST_REVIEW = (0, 3)  # days
REVIEWS, RUNS = 90, 24
WINDOW = 26  # reviews after which a round is judged
TRUST_WINDOW = 8.0  # weeks
PRESSURE_HALF_LIFE, TRUST_HALF_LIFE = 150.0, 60.0  # weeks
PRIOR_TRIALS, PRIOR = 10.0, 0.4
AGREED_ON, AGREEMENT_TRIALS = (100, 333), 2.5  # days; in every third run
SCRIPTED = (
    "hold", "hold", "criticize", "threaten", "impose_sanctions", "impose_sanctions",
    "goodwill_gesture", "release_prisoners", "ease_sanctions",
)  # fmt: skip


class Rates(NamedTuple):
    """Weights of one trial, one a run."""

    pressure: Doubles
    trust: Doubles


@functools.cache
def rates() -> Rates:
    rng = np.random.default_rng(11)
    return Rates(rng.uniform(0.2, 2.0, RUNS), rng.uniform(0.2, 2.0, RUNS))


@functools.cache
def scripts() -> tuple[Script, Script]:
    """Random moves of both sides, shape (reviews, runs); each leaves New START once at most."""
    rng = np.random.default_rng(12)
    names = list(set_stage({}, 1).worlds.stage.move_names)
    rows = np.array([names.index(name) for name in SCRIPTED])
    both = []
    for side in range(2):
        script = rows[rng.integers(0, len(rows), (REVIEWS, RUNS))]
        script[rng.integers(20, 80, RUNS // 2), np.arange(RUNS // 2) * 2 + side] = names.index(
            "leave_new_start"
        )
        both.append(script)
    return both[0], both[1]


@functools.cache
def believed() -> tuple[Doubles, Doubles]:
    """Mean beliefs at each review: pressure works, trust; shape (sides, reviews, runs)."""
    settings: dict[str, Setting] = {"talks.agreement_trials": AGREEMENT_TRIALS}
    for name in SIDES:
        own: dict[str, Setting] = {
            "sanctions_stock": 1000.0,
            "pressure_works": PRIOR,
            "pressure_trials": PRIOR_TRIALS,
            "learning_rate": rates().pressure,
            "belief_half_life": PRESSURE_HALF_LIFE,
            "trust": PRIOR,
            "trust_trials": PRIOR_TRIALS,
            "trust_rate": rates().trust,
            "trust_half_life": TRUST_HALF_LIFE,
            "trust_window": TRUST_WINDOW,
        }
        settings |= {f"actors.{name}.{key}": value for key, value in own.items()}
    stage = set_stage(settings, RUNS, REVIEWS * WEEK)
    play_scripts(stage)
    seen = [
        [
            stage.watch(functools.partial(mean, row), Phase.CHOOSE, first)
            for row, first in enumerate(FIRST_REVIEW)
        ]
        for mean in (stage.worlds.pressure_works, stage.worlds.trust)
    ]
    stage.play()
    pressure, trust = (np.array(both, dtype=np.float64) for both in seen)
    return pressure, trust


def play_scripts(stage: Stage) -> None:
    """Both sides follow their scripts; on two days some of the runs reach an agreement."""

    def signing() -> Process:
        for day in AGREED_ON:
            yield stage.clock.until(day, Phase.TABLE)
            make_joint(stage.scene, "agreement", np.arange(0, RUNS, 3), day)

    for name, first, script in zip(SIDES, FIRST_REVIEW, scripts(), strict=True):
        stage.review(name, scripted(script), first=first)
    stage.begin(signing())


class Deed(NamedTuple):
    """A scripted move of one side in one run."""

    day: int
    name: str
    cooperative: bool
    strong: bool
    treaty: bool
    concession: float


def deeds(side: int, run: int) -> list[Deed]:
    moves = set_stage({}, 1).worlds.stage.moves
    return [
        Deed(
            FIRST_REVIEW[side] + WEEK * number,
            (move := moves[row]).name,
            move.cooperative,
            move.strong,
            move.treaty >= 0,
            move.concession,
        )
        for number, row in enumerate(scripts()[side][:, run])
    ]


def agreed(run: int) -> list[int]:
    return list(AGREED_ON) if run % 3 == 0 else []


Closed = Callable[[int, int], Doubles]


def mean_belief(trials: list[tuple[int, float, float]], side: int, half_life: float) -> Doubles:
    """Mean of a Beta belief at each review, from trials (day reported, weight for, weight against).

    a = a₀ + Σ φⁿ w x over the trials, with n the reviews passed since the trial was reported.
    """
    phi = 0.5 ** (1 / half_life)
    means = np.empty(REVIEWS)
    for number in range(REVIEWS):
        a, b = PRIOR_TRIALS * PRIOR, PRIOR_TRIALS * (1 - PRIOR)
        for day, worked, failed in trials:
            first_after = -(-(day + 1 - FIRST_REVIEW[side]) // WEEK)
            passed = number - max(first_after, 0) + 1
            if passed >= 0 and day <= FIRST_REVIEW[side] + WEEK * number:
                a += phi**passed * worked
                b += phi**passed * failed
        means[number] = a / (a + b)
    return means


def pressure(
    side: int,
    run: int,
    window: int = WINDOW,
    most: float = 1.0,
    half_life: float = PRESSURE_HALF_LIFE,
) -> Doubles:
    """One round is one trial, judged 26 weeks later: x = min(1, concessions received since)."""
    weight = float(rates().pressure[run])
    received = [(deed.day, deed.concession) for deed in deeds(1 - side, run)]
    received += [(day, 0.5) for day in agreed(run)]
    trials = []
    for deed in deeds(side, run):
        if deed.name == "impose_sanctions":
            judged = deed.day + WEEK * window
            gained = sum(size for day, size in received if deed.day <= day < judged)
            x = min(most, gained)
            trials.append((judged, weight * x, weight * (1 - x)))
    return mean_belief(trials, side, half_life)


def trust(side: int, run: int, window: float = TRUST_WINDOW, exit_trials: float = 2.0) -> Doubles:
    """Replies within the window after an own offer; agreements are evidence at any time."""
    weight = float(rates().trust[run])
    offers = [deed.day for deed in deeds(side, run) if deed.cooperative]
    trials = [(day, weight * AGREEMENT_TRIALS, 0.0) for day in agreed(run)]
    for reply in deeds(1 - side, run):
        if not any(0 <= reply.day - day <= WEEK * window for day in offers):
            continue
        if reply.cooperative:
            trials.append((reply.day, weight, 0.0))
        elif reply.strong:
            trials.append((reply.day, 0.0, weight * (exit_trials if reply.treaty else 1.0)))
    return mean_belief(trials, side, TRUST_HALF_LIFE)


def belief(row: int, closed: Closed) -> Result:
    """Largest distance at any review of any run, for both sides."""
    expected = np.array([[closed(side, run) for run in range(RUNS)] for side in range(2)])
    return rounding(believed()[row], expected.swapaxes(1, 2), unit=2e-6)


LEARNING_RATE = 0.25


def failed_rounds(weight: float = LEARNING_RATE) -> Result:
    """After n rounds without success e = a / (a + b + w n); it halves at n = (a + b) / w."""
    settings = {
        "actors.US.pressure_works": PRIOR,
        "actors.US.pressure_trials": PRIOR_TRIALS,
        "actors.US.learning_rate": LEARNING_RATE,
        "actors.US.belief_half_life": FOREVER,
    }
    stage = set_stage(settings, 2, days=70 * WEEK)
    row = stage.worlds.stage.move("impose_sanctions").index
    stage.review("US", scripted(np.full((70, 2), row)))
    seen = stage.watch(lambda: stage.worlds.pressure_works(0), Phase.CHOOSE)
    stage.play()
    n = np.maximum(np.arange(70) - WINDOW + 1, 0)
    expected = PRIOR_TRIALS * PRIOR / (PRIOR_TRIALS + weight * n)
    assert n[65] == PRIOR_TRIALS / LEARNING_RATE
    halved = rounding(seen[65], np.full(2, PRIOR / 2))
    return max(halved, rounding(np.stack(seen), np.repeat(expected[:, None], 2, axis=1)))


CASES = (
    Case(
        "Beta belief with failures only",
        failed_rounds,
        {"another weight": lambda: failed_rounds(0.2501)},
    ),
    Case(
        "discounted Beta belief, judged 26 weeks later",
        lambda: belief(0, pressure),
        {
            "judged a week early": lambda: belief(0, functools.partial(pressure, window=25)),
            "success beyond one": lambda: belief(0, functools.partial(pressure, most=9.0)),
            "nothing forgotten": lambda: belief(0, functools.partial(pressure, half_life=FOREVER)),
        },
    ),
    Case(
        "belief in reciprocity",
        lambda: belief(1, trust),
        {
            "window a week longer": lambda: belief(1, functools.partial(trust, window=9.0)),
            "treaty exits count once": lambda: belief(1, functools.partial(trust, exit_trials=1)),
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_scripts_teach_both_ways() -> None:
    made = {deed.name for run in range(RUNS) for deed in deeds(1, run)}
    assert made == {*SCRIPTED, "leave_new_start"}
    for beliefs in believed():
        steps = np.diff(beliefs, axis=1)
        assert steps.min() < -0.01
        assert steps.max() > 0.01
