"""Splitting against exact answers: the top of the escalation ladder down to one in a billion."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from relsim.inference.rare import splitting
from relsim.inference.rare.splitting import Population
from tests.verification.cases import Case, Result, with_planted, z
from tests.verification.rare_ladders import (
    LADDERS,
    exact,
    relative_error,
    split_chain,
    split_ladder,
)

REPETITIONS = 8
SMALLER = 512  # runs of a chunk


@functools.cache
def repeated(name: str) -> tuple[float, ...]:
    """Repetitions by the engine's ladder."""
    return tuple(split_ladder(LADDERS[name], seed, runs=SMALLER) for seed in range(REPETITIONS))


@functools.cache
def repeated_chain(name: str) -> tuple[float, ...]:
    """Repetitions by the chain that shares nothing with the engine but the splitting."""
    return tuple(split_chain(LADDERS[name], n, SMALLER) for n in range(2 * REPETITIONS))


def mean(found: tuple[float, ...], expected: float) -> Result:
    error = float(np.std(found, ddof=1)) / len(found) ** 0.5
    return z(float(np.mean(found)), expected, error, "mean")


def by_engine(name: str) -> Result:
    return mean(repeated(name), exact(LADDERS[name]))


def by_chain(name: str) -> Result:
    return mean(repeated_chain(name), exact(LADDERS[name]))


def unweighted(self: Population) -> float:
    """Planted error: hits are counted, copies and all."""
    return sum(one.weight.size for one in self.banked) / self.runs


def too_much(weights: np.ndarray, level: np.ndarray, lowest: float) -> np.ndarray:
    """Planted error: the shares of the places do not add up to one."""
    shares: np.ndarray = 1.1 * right(weights, level, lowest)
    return shares


right = splitting.expected


def case(name: str) -> Case:
    check = functools.partial(by_engine, name)
    return Case(
        f"splitting: the top of the ladder at {name}",
        check,
        {
            "copies count as much as runs": with_planted(
                check, Population, "probability", property(unweighted), repeated
            ),
            "shares of the places above one": with_planted(
                check, splitting, "expected", too_much, repeated
            ),
        },
    )


CASES = (
    *(case(name) for name in ("1e-3", "1e-5")),
    Case(
        "splitting: a chain without the engine at 1e-7",
        functools.partial(by_chain, "1e-7"),
        {
            "copies count as much as runs": with_planted(
                functools.partial(by_chain, "1e-7"),
                Population,
                "probability",
                property(unweighted),
                repeated_chain,
            ),
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(1)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"), [("1e-3", 0.10), ("1e-5", 0.10), ("1e-7", 0.20), ("1e-9", 0.25)]
)
def test_relative_error_of_a_chunk(name: str, most: float) -> None:
    """2,048 runs, with room for what 20 repetitions say of a standard deviation."""
    found = [split_ladder(LADDERS[name], seed) for seed in range(20)]
    assert relative_error(found) <= 1.3 * most
    assert mean(tuple(found), exact(LADDERS[name])).deviation <= 4
