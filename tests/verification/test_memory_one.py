"""Strategies of memory one in the engine, against the stationary vector of their chain.

Two actors with the same review days and errors of hand play one cooperative and one hostile move.
Sources of the printed rates: Nowak & Sigmund 1990, Acta Applicandae Mathematicae 20:247-265, and
1993, Nature 364:56-58. GRIM by hand: both come back to cooperation together with chance e² = .0025
and stay with .95² = .9025, so CC holds 1/40 of the time, and .95/40 + .05 · 39/40 = .0725.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.linalg import null_space

import relsim.processes.actor
from relsim.rules import RULES, Rule, View, memory_one
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate_chunk
from tests.verification.cases import Case, Result, with_planted, z

Doubles = npt.NDArray[np.float64]
Chances = tuple[float, float, float, float]  # to cooperate after CC, CD, DC, DD (own move first)

LIMIT = 3  # standard errors
ERROR = 0.05
RUNS = 1024
BURN = 100  # days; what is left of the start is at most 0.9 ** 100

TFT: Chances = (1, 0, 1, 0)
GTFT: Chances = (1, 1 / 3, 1, 1 / 3)
WSLS: Chances = (1, 0, 0, 1)
GRIM: Chances = (1, 0, 0, 0)
ALLD: Chances = (0, 0, 0, 0)

FILE = Path(__file__).with_name("two_moves.yaml")


@functools.cache
def scenario() -> Scenario:
    return load(FILE)


def long_run(one: Chances, other: Chances, error: float = ERROR) -> tuple[float, float]:
    """How often each cooperates in the long run, from the chain over (CC, CD, DC, DD)."""
    chain = np.zeros((4, 4))
    seen_by_other = (0, 2, 1, 3)
    for now in range(4):
        x = one[now] * (1 - 2 * error) + error
        y = other[seen_by_other[now]] * (1 - 2 * error) + error
        chain[now] = x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)
    vector = null_space(chain.T - np.eye(4))[:, 0]
    cc, cd, dc, _ = vector / vector.sum()
    return cc + cd, cc + dc


def built_in(name: str, error: float = ERROR) -> Rule:
    return partial(RULES[name].rule, error=error, pure=True)


def played(chances: Chances, error: float = ERROR) -> Rule:
    return partial(memory_one, chances=chances, error=error, pure=True)


def cooperation(one: Rule, other: Rule) -> Doubles:
    """The share of cooperative moves of each actor in each run after the burn-in, (2, RUNS)."""
    plan = Plan(
        scenario(), seed=1, runs=RUNS, runs_per_draw=RUNS // 64, rules={"A": one, "B": other},
        width=RUNS, log_all=True,
    )  # fmt: skip
    gifts, moves = np.zeros((2, RUNS)), np.zeros((2, RUNS))
    for entry in simulate_chunk(plan, 0).log:
        if entry.day >= BURN:
            actor = ("A", "B").index(str(entry.actor))
            moves[actor, entry.runs] += 1
            gifts[actor, entry.runs] += entry.kind == "give"
    days = (scenario().horizon.end - scenario().horizon.start).days
    assert (moves == days - BURN).all()  # one move a day
    return gifts / moves


def swapped_sight(*args: object) -> View:
    """Planted: an actor takes its own latest move for the other's."""
    right = SEEN(*args)
    return replace(right, own_last=right.last_of_opponent, last_of_opponent=right.own_last)


SEEN = relsim.processes.actor.view_of


@dataclass(frozen=True)
class Game:
    """Two strategies, the chain's, what is printed of them, and a wrong play of the first."""

    one: Rule
    other: Rule
    chances: tuple[Chances, Chances]
    printed: tuple[float, float]
    wrong: Rule


GTFT_RULE, TFT_RULE = built_in("generous_tit_for_tat"), built_in("tit_for_tat")
WSLS_RULE = built_in("win_stay_lose_shift")
GAMES = {
    "TFT v TFT": Game(
        TFT_RULE, TFT_RULE, (TFT, TFT), (0.5, 0.5),
        wrong=partial(GTFT_RULE, generosity=0.02),
    ),
    "GTFT v GTFT": Game(
        GTFT_RULE, GTFT_RULE, (GTFT, GTFT), (0.8750, 0.8750),
        wrong=partial(GTFT_RULE, generosity=0.30),
    ),
    "TFT v GTFT": Game(
        TFT_RULE, GTFT_RULE, (TFT, GTFT), (0.7935, 0.8261), wrong=GTFT_RULE
    ),
    "WSLS v WSLS": Game(
        WSLS_RULE, WSLS_RULE, (WSLS, WSLS), (0.8645, 0.8645),
        wrong=built_in("win_stay_lose_shift", error=0.04),
    ),
    "GTFT v ALLD": Game(
        GTFT_RULE, played(ALLD), (GTFT, ALLD), (0.38, 0.05),
        wrong=partial(GTFT_RULE, generosity=0.30),
    ),
    "GRIM v GRIM": Game(
        played(GRIM), played(GRIM), (GRIM, GRIM), (0.0725, 0.0725),
        wrong=played((1, 0, 0, 0.02)),
    ),
}  # fmt: skip


def in_the_long_run(game: Game, one: Rule) -> Result:
    """The worse of the two rates of cooperation, `one` playing for the first strategy."""
    rates = cooperation(one, game.other)
    errors = rates.std(axis=1, ddof=1) / np.sqrt(RUNS)
    exact = long_run(*game.chances)
    return max(z(r.mean(), e, se, "mean") for r, e, se in zip(rates, exact, errors, strict=True))


def case_of(name: str) -> Case:
    game = GAMES[name]
    right = partial(in_the_long_run, game, game.one)
    wrong = {"another strategy": partial(in_the_long_run, game, game.wrong)}
    if name == "TFT v GTFT":
        wrong["own move seen as the other's"] = with_planted(
            right, relsim.processes.actor, "view_of", swapped_sight
        )
    return Case(f"cooperation in the long run, {name}", right, wrong, limit=LIMIT)


CASES = tuple(case_of(name) for name in GAMES)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_the_chain_gives_the_printed_rates(game: Game) -> None:
    assert long_run(*game.chances) == pytest.approx(game.printed, abs=5e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(2)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_noisy_tit_for_tat_forgets_any_start() -> None:
    """One half whatever the error, and the error of first order for win-stay lose-shift."""
    for error in (0.01, 0.05, 0.1):
        assert long_run(TFT, TFT, error) == pytest.approx((0.5, 0.5))
    assert long_run(WSLS, WSLS, 0.001)[0] == pytest.approx(1 - 3 * 0.001, abs=1e-4)
    assert [round(long_run(GTFT, GTFT, e)[0], 5) for e in (0.01, 0.1)] == [0.97115, 0.78571]
    assert [round(long_run(WSLS, WSLS, e)[0], 4) for e in (0.01, 0.1)] == [0.9706, 0.7560]
