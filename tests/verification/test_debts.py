"""Moves that are answered in kind: debts against a slow scalar rule, and the end of answering."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from relsim.processes import making
from relsim.processes.making import Deeds, make_move
from relsim.rules import logit
from relsim.worlds.clock import Phase
from relsim.worlds.worlds import Worlds
from tests.verification.cases import Case, Result, rounding, with_planted
from tests.verification.stage import WEEK, Process, scripted, set_stage

REVIEWS, RUNS = 60, 40
FIRST_REVIEW = {"US": 0, "RU": 3}
HALF_LIFE = 2.5  # weeks
KINDS = ("impose_sanctions", "expel_diplomats")


@functools.cache
def scripts() -> npt.NDArray[np.int64]:
    """Rounds, expulsions and pauses at random, shape (sides, reviews, runs)."""
    moves = set_stage({}, 1).worlds.stage
    rows = np.array([0, 0, 0, *(moves.move(kind).index for kind in KINDS)])
    return rows[np.random.default_rng(21).integers(0, rows.size, (2, REVIEWS, RUNS))]


@functools.cache
def owed() -> npt.NDArray[np.float32]:
    """Debts of both sides before each of their choices, shape (sides, reviews, kinds, runs)."""
    settings = {f"actors.{name}.debt_half_life": HALF_LIFE for name in FIRST_REVIEW}
    stage = set_stage(settings, RUNS, days=REVIEWS * WEEK)
    kinds = [stage.worlds.stage.move(kind).answered for kind in KINDS]
    seen = []
    for side, (name, first) in enumerate(FIRST_REVIEW.items()):
        stage.review(name, scripted(scripts()[side]), first=first)
        read = functools.partial(lambda row: stage.worlds.debt[row, kinds], side)
        seen.append(stage.watch(read, Phase.CHOOSE, first))
    stage.play()
    return np.array(seen)


def slow_debts(run: int, opens: Callable[[float], bool]) -> npt.NDArray[np.float64]:
    """Debts of one run, move by move; `opens` says whether a move of a debtor opens a debt."""
    rows = [set_stage({}, 1).worlds.stage.move(kind).index for kind in KINDS]
    debt = np.zeros((2, len(KINDS)))
    seen = np.zeros((2, REVIEWS, len(KINDS)))
    for review in range(REVIEWS):
        for side in range(2):
            debt[side] *= 0.5 ** (1 / HALF_LIFE)
            seen[side, review] = debt[side]
            move = scripts()[side, review, run]
            if move in rows:
                kind = rows.index(move)
                if opens(debt[side, kind]):
                    debt[1 - side, kind] = 1
                if debt[side, kind] > 0.5:
                    debt[side, kind] = 0
    return seen


def unprovoked(debt: float) -> bool:
    return debt <= 0.5


def debts(opens: Callable[[float], bool] = unprovoked) -> Result:
    expected = np.stack([slow_debts(run, opens) for run in range(RUNS)], axis=-1)
    return rounding(owed(), expected)


# Both sides do nothing by themselves, and almost surely answer what they owe.
WILLING = {
    f"moves.expel_diplomats.{key}.{name}": value
    for name in FIRST_REVIEW
    for key, value in (("rate", 1e-7), ("answered", 60.0))
}
PROVOKED_ON = (31, 150, 311, 500)  # days


def answers() -> Result:
    """Each provocation is answered once, and the answer not at all."""
    stage = set_stage(WILLING, RUNS, days=90 * WEEK)
    expel = stage.worlds.stage.move("expel_diplomats")

    def provoke() -> Process:
        for day in PROVOKED_ON:
            yield stage.clock.until(day, Phase.CALENDAR)
            make_move(stage.scene, 0, expel, np.arange(RUNS), day)

    stage.begin(provoke())
    for name, first in FIRST_REVIEW.items():
        stage.review(name, logit, first=first)
    stage.play()
    made = stage.worlds.move_counts[:, expel.index]
    return rounding(made, np.full((2, RUNS), len(PROVOKED_ON)))


def answers_breed_answers(worlds: Worlds, actor: int, deeds: Deeds) -> None:
    """Planted error: an answer opens a debt as a provocation does."""
    for move, idx in deeds.by_move:
        if move.answered >= 0:
            worlds.debt[actor, move.answered, idx] = 0
            worlds.debt[worlds.stage.opponent(actor), move.answered, idx] = 1


CASES = (
    Case(
        "debts of scripted moves",
        debts,
        {
            "answers open debts": lambda: debts(lambda debt: True),
            "a trace of debt provokes": lambda: debts(lambda debt: debt <= 0.1),
        },
    ),
    Case(
        "answers do not breed answers",
        answers,
        {
            "they do": with_planted(answers, making, "settle_debts", answers_breed_answers),
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
