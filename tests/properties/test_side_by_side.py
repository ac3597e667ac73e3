"""Chunks simulated side by side: each gives what it gives alone, whatever stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from relsim.processes.actor import Forced
from relsim.rules import RULES, View, logit, rule_named
from relsim.runs.chunk_result import ChunkResult, Failure
from relsim.runs.engine import simulate_chunk, simulate_chunks, simulate_or_fail
from relsim.runs.plan import CHUNK_WIDTH, Plan, side_by_side
from relsim.scenario.schema import load
from relsim.worlds.parameters import parameter_columns
from tests.properties.comparing import shortened

WIDTH, RUNS = 128, 128 * 4 - 64  # the last chunk is half full


def plan(**options: Any) -> Plan:
    return Plan(shortened(load("us-russia-2021"), "2021-07-31"), 1, RUNS, 1, width=WIDTH, **options)


def bits(value: object) -> object:
    """The value with its arrays as bytes, so that it can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: bits(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(bits(each) for each in value)
    return {f.name: bits(getattr(value, f.name)) for f in fields(value)} if entry(value) else value


def entry(value: object) -> bool:
    return hasattr(value, "__dataclass_fields__")


@pytest.mark.parametrize("runs", [64, 192, 1024])
@pytest.mark.default_cases(1)
def test_the_first_runs_of_a_chunk_are_what_they_are_in_a_full_one(runs: int) -> None:
    """A chunk ends with its last run; the draws of its runs are those of a full chunk."""
    full = Plan(shortened(load("us-russia-2021"), "2021-07-31"), 1, CHUNK_WIDTH, 1, kept=())
    few, many = simulate_chunk(replace(full, runs=runs), 0), simulate_chunk(full, 0)
    np.testing.assert_array_equal(few.first_day, many.first_day[:, :runs])
    np.testing.assert_array_equal(few.move_counts, many.move_counts[:runs])
    np.testing.assert_array_equal(few.joint_counts, many.joint_counts[:runs])
    for name, values in few.quantities.items():
        np.testing.assert_array_equal(values, many.quantities[name][:runs], err_msg=name)


GROUPS = [(0, 1), (3, 0), (2,), (1, 3, 2, 0)]


@pytest.mark.parametrize("chunks", GROUPS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"log_all": True},
        {"kept": (5, 130, 131, RUNS - 1)},
        {"kept": (200,), "forced": {200: Forced(120, "US", "threaten")}},
    ],
    ids=["plain", "all logged", "some kept", "forced"],
)
@pytest.mark.default_cases(3)
def test_a_chunk_gives_what_it_gives_alone(chunks: Sequence[int], options: dict[str, Any]) -> None:
    asked = plan(**options)
    for chunk, result in zip(chunks, simulate_chunks(asked, chunks), strict=True):
        assert result.chunk == chunk
        assert bits(result) == bits(simulate_chunk(asked, chunk))


def test_given_columns_are_each_chunks_own() -> None:
    asked, path = plan(), "actors.US.stake"
    stakes = np.repeat(np.array([2, 5], np.float32), WIDTH)
    both = simulate_chunks(asked, (0, 1), {path: stakes})
    for chunk, result in enumerate(both):
        alone = simulate_chunk(asked, chunk, {path: stakes[chunk * WIDTH :][:WIDTH]})
        assert bits(result) == bits(alone)
    assert bits(both[0]) != bits(simulate_chunk(asked, 0))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.default_cases(2)
def test_every_rule_of_relsim_minds_no_neighbours(name: str) -> None:
    asked = plan(rules=dict.fromkeys(("US", "RU"), rule_named(name)))
    for chunk, result in enumerate(simulate_chunks(asked, (0, 1))):
        assert bits(result) == bits(simulate_chunk(asked, chunk))


def like_the_others(view: View, parameters: Any) -> Any:
    """A rule that looks across the runs it sees: all take the mean of their chances."""
    chances = logit(view, parameters).mean(axis=1, keepdims=True) * view.available
    return chances / chances.sum(axis=0)


def test_a_rule_of_ones_own_is_asked_chunk_by_chunk() -> None:
    asked = plan(rules={"US": like_the_others})
    for chunk, result in enumerate(simulate_chunks(asked, range(4))):
        assert bits(result) == bits(simulate_chunk(asked, chunk))


def breaking(above: float, view: View, parameters: Any) -> Any:
    """A rule that breaks off where some run has much to gain."""
    if (parameters["gain"] > above).any():
        raise ZeroDivisionError("much to gain")
    return logit(view, parameters)


def test_one_that_breaks_off_leaves_those_beside_it() -> None:
    drawn = parameter_columns(plan().scenario, 1, plan().draw_of_column(range(4)))
    highest = [gain.max() for gain in np.split(drawn["actors.US.gain"], range(WIDTH, RUNS, WIDTH))]
    asked = plan(rules={"US": partial(breaking, float(np.median(highest)))})
    alone = [simulate_or_fail(asked, (chunk,))[0] for chunk in range(4)]
    assert {type(result) for result in alone} == {ChunkResult, Failure}
    assert [bits(r) for r in simulate_or_fail(asked, range(4))] == [bits(r) for r in alone]


@pytest.mark.parametrize(
    ("chunks", "workers", "sizes"),
    [
        (range(0), 2, []),
        (range(1), 2, [1]),
        (range(4), 1, [4]),
        (range(4), 2, [2, 2]),
        (range(5), 1, [3, 2]),
        (range(10), 2, [3, 3, 2, 2]),
        (range(122), 2, [4] * 26 + [3] * 6),
        ([7, 2, 9], 1, [3]),
    ],
)
def test_groups_are_even_and_keep_every_worker_busy(
    chunks: Sequence[int], workers: int, sizes: list[int]
) -> None:
    groups = side_by_side(chunks, workers)
    assert [len(group) for group in groups] == sizes
    assert [chunk for group in groups for chunk in group] == list(chunks)
