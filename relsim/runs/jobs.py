"""Many ensembles through one pool of workers: a pool is started once, whatever is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from relsim.rules import Rule
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure, Part, all_failed, part_of
from relsim.runs.engine import simulate_or_fail
from relsim.runs.plan import Plan, plan_runs, side_by_side
from relsim.runs.workers import capacity, chunks_done
from relsim.scenario.schema import Scenario
from relsim.worlds.parameters import Floats

__all__ = [
    "Days",
    "Job",
    "Progress",
    "days_of",
    "lean_plan",
    "shortened",
    "simulate_jobs",
    "simulate_missing",
]

Kept = TypeVar("Kept")
Progress = Callable[[int, int], None]
# Parameter columns of chunks side by side in place of those that their plan draws.
Given = Callable[[Plan, Sequence[int]], Mapping[str, Floats]]


@dataclass(frozen=True)
class Job:
    """One ensemble among many.

    Attributes
    ----------
    plan : Plan
    given : callable, optional
        Called in the worker with the plan and the numbers of chunks that are lived side by side;
        the parameter columns that they have in place of those that the plan draws.
    """

    plan: Plan
    given: Given | None = None


@dataclass(frozen=True, eq=False)
class Days:
    """What came about in the runs of one ensemble.

    Attributes
    ----------
    first_day : int16, (outcomes, runs)
        -1 never, -2 not run.
    failures : tuple of Failure
        Chunks that broke off.
    """

    first_day: npt.NDArray[np.int16]
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class _Work(Generic[Kept]):
    """What each worker is sent once."""

    jobs: tuple[Job, ...]
    tasks: tuple[tuple[int, tuple[int, ...]], ...]  # job and chunks
    keep: Callable[[ChunkResult], Kept]


def lean_plan(
    scenario: Scenario,
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    rules: Mapping[str, Rule] | None = None,
) -> Plan:
    """The plan of an ensemble of which no run is kept whole; numbers as `relsim.simulate` has them.

    Raises
    ------
    UsageError
        If a number is not positive, or there are fewer runs than draws.
    """
    total, per_draw = plan_runs(runs, draws)
    return Plan(scenario, seed, total, per_draw, dict(rules or {}), kept=())


def simulate_jobs(
    jobs: Sequence[Job],
    keep: Callable[[ChunkResult], Kept],
    workers: int = 1,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Kept | Failure]]:
    """Live all chunks of many ensembles, in one pool.

    Parameters
    ----------
    jobs : sequence of Job
        The ensembles.
    keep : callable
        What of a chunk is wanted, taken in the worker, so that little is sent back.
    workers : int
        Processes; 1 lives all chunks in this process. The numbers do not hang on it.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Yields
    ------
    job : int
        Its place in `jobs`.
    kept : what `keep` returned, or Failure
        Of one of its chunks, as they finish.

    Raises
    ------
    UsageError
        If `workers` is not positive, or a rule cannot be sent to a worker.
    """
    each = max(workers // max(len(jobs), 1), 1)
    tasks = tuple(
        (number, chunks)
        for number, job in enumerate(jobs)
        for chunks in side_by_side(range(job.plan.chunks), each)
    )
    work = _Work(tuple(jobs), tasks, keep)
    runs, done = sum(job.plan.runs for job in jobs), 0
    for number, found in chunks_done(_live, work, range(len(tasks)), workers):
        job, chunks = tasks[number]
        for chunk, kept in zip(chunks, found, strict=True):
            done += jobs[job].plan.counted(chunk)
            yield job, kept
            if progress is not None:
                progress(done, runs)


def _live(work: _Work[Kept], number: int) -> tuple[int, list[Kept | Failure]]:
    job, chunks = work.tasks[number]
    plan, given = work.jobs[job].plan, work.jobs[job].given
    results = simulate_or_fail(plan, chunks, None if given is None else given(plan, chunks))
    return number, [r if isinstance(r, Failure) else work.keep(r) for r in results]


def days_of(jobs: Sequence[Job], workers: int = 1, progress: Progress | None = None) -> list[Days]:
    """The days of the outcomes in each run of many ensembles; arguments as for `simulate_jobs`.

    Raises
    ------
    SimulationError
        If every chunk of an ensemble breaks off.
    """
    found = [np.full((len(j.plan.scenario.outcomes), j.plan.runs), NOT_RUN) for j in jobs]
    failures: list[list[Failure]] = [[] for _ in jobs]
    for number, kept in simulate_jobs(jobs, _first_days, workers, progress):
        if isinstance(kept, Failure):
            failures[number].append(kept)
        else:
            chunk, days = kept
            start = chunk * jobs[number].plan.width
            found[number][:, start : start + days.shape[1]] = days
    for job, broken in zip(jobs, failures, strict=True):
        if len(broken) == job.plan.chunks:
            raise all_failed(broken)
    return [Days(*pair) for pair in zip(found, map(tuple, failures), strict=True)]


def _first_days(result: ChunkResult) -> tuple[int, npt.NDArray[np.int16]]:
    return result.chunk, result.first_day


def shortened(plan: Plan, runs: int) -> Plan:
    """The first runs of a plan, whole batches: they are the same runs."""
    batches = -(-min(runs, plan.runs) // plan.runs_per_batch)
    return replace(plan, runs=batches * plan.runs_per_batch)


def simulate_missing(
    plan: Plan,
    keep: Callable[[Part], object],
    lose: Callable[[Failure], object] | None = None,
    have: Set[int] = frozenset(),
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Failure]:
    """Live the chunks that nobody has yet, and hand each over as it finishes."""
    waiting = [chunk for chunk in range(plan.chunks) if chunk not in have]
    finished = sum(plan.counted(chunk) for chunk in have)
    failures: list[Failure] = []
    groups = side_by_side(waiting, capacity(workers, executor))
    for results in chunks_done(simulate_or_fail, plan, groups, workers, executor):
        for result in results:
            if isinstance(result, Failure):
                failures.append(result)
                if lose is not None:
                    lose(result)
            else:
                keep(part_of(result, plan.scenario, plan.width))
            finished += plan.counted(result.chunk)
            if progress is not None:
                progress(finished, plan.runs)
    if len(failures) == plan.chunks:
        raise all_failed(failures)
    return failures
