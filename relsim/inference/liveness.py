"""Which parameters move anything: each is shifted far, and some record of a small chunk must change.

A source on a parameter that moves nothing would be a lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.ensemble.chunk import ChunkResult
from relsim.errors import ScenarioError
from relsim.scenario.schema import Scenario
from relsim.scenario.values import Value
from relsim.simulate import Plan, live_chunk
from relsim.workers import chunks_done

RUNS = 512  # enough for rare mechanisms to be seen in some run, few enough to take a minute
ENDS = np.array([0.999, 0.001])


@dataclass(frozen=True)
class Trial:
    """The chunk as it is, and the parameters to shift in turn."""

    scenario: Scenario
    paths: tuple[str, ...]
    base: ChunkResult


def small_chunk(scenario: Scenario) -> ChunkResult:
    """A small chunk with every record kept."""
    plan = Plan(scenario, 1, RUNS, RUNS // 64, width=RUNS, kept=tuple(range(RUNS)))
    return live_chunk(plan, 0)


def shifts(value: Value) -> Iterator[float]:
    """Numbers far from a parameter: the ends of its distribution, or some way off a point."""
    if value.constant is None:
        yield from (float(end) for end in value.distribution.quantile(ENDS))
        return
    number = value.constant
    yield from (2 * number, number / 2, number + 1, number - 1, 0.5 * (1 + number))


def differs(one: ChunkResult, other: ChunkResult) -> bool:
    """Whether any record of two chunks differs."""
    pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = [
        (one.first_day, other.first_day),
        (one.move_counts, other.move_counts),
        (one.joint_counts, other.joint_counts),
        *((one.quantities[name], other.quantities[name]) for name in one.quantities),
        *((one.sample[name], other.sample[name]) for name in one.sample),
    ]
    return any(not np.array_equal(a, b, equal_nan=True) for a, b in pairs) or happenings(
        one
    ) != happenings(other)


def happenings(result: ChunkResult) -> list[tuple[int, str, str | None, bytes]]:
    """The log in a form that can be compared."""
    return [(e.day, e.kind, e.subject, e.runs.tobytes()) for e in result.log]


def is_live(trial: Trial, number: int) -> tuple[str, bool]:
    """Whether the parameter of this number moves anything."""
    path = trial.paths[number]
    for shifted in shifts(trial.scenario.parameters()[path]):
        try:
            variant = trial.scenario.vary({path: shifted})
        except ScenarioError:
            continue  # out of the parameter's bounds: the next shift may be within
        if differs(small_chunk(variant), trial.base):
            return path, True
    return path, False


def dead_parameters(
    scenario: Scenario,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    paths: tuple[str, ...] | None = None,
) -> tuple[str, ...]:
    """Parameters that move nothing, in the order of the schema.

    Parameters
    ----------
    scenario : Scenario
    workers : int
        Processes.
    progress : callable, optional
        Called with the numbers of parameters done and in all.
    paths : tuple of str, optional
        The parameters to try; all by default.
    """
    wanted = tuple(scenario.parameters()) if paths is None else paths
    trial = Trial(scenario, wanted, small_chunk(scenario))
    live: set[str] = set()
    for done, (path, moved) in enumerate(chunks_done(is_live, trial, len(wanted), workers), 1):
        if moved:
            live.add(path)
        if progress is not None:
            progress(done, len(wanted))
    return tuple(path for path in wanted if path not in live)
