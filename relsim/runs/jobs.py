"""Many ensembles through one pool of workers: a pool is started once, whatever is compared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from relsim.array_types import Floats
from relsim.rules import Rule
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure, all_failed
from relsim.runs.engine import simulate_or_fail
from relsim.runs.plan import Plan, plan_runs, side_by_side
from relsim.runs.workers import capacity, chunks_done
from relsim.scenario.schema import Scenario

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
        Called in the worker with the plan and the numbers of chunks simulated side by side;
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
    """What each worker is sent once; chunks are numbered through all jobs."""

    jobs: tuple[Job, ...]
    starts: tuple[int, ...]  # number of each job's first chunk
    keep: Callable[[ChunkResult], Kept]

    def job_of(self, number: int) -> int:
        return bisect_right(self.starts, number) - 1


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
    *,
    executor: Executor | None = None,
    have: Set[int] = frozenset(),
) -> Iterator[tuple[int, Kept | Failure]]:
    """Simulate all chunks of many ensembles, in one pool.

    Parameters
    ----------
    jobs : sequence of Job
        The ensembles.
    keep : callable
        What of a chunk is wanted, taken in the worker, so that little is sent back.
    workers : int
        Processes; 1 simulates all chunks in this process. The numbers do not depend on it.
    progress : callable, optional
        Called with the numbers of runs done and in all.
    executor : concurrent.futures.Executor, optional
        In place of `workers`.
    have : set of int
        Chunks that are done already, numbered through all jobs.

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
    each = max(capacity(workers, executor) // max(len(jobs), 1), 1)
    starts = tuple(accumulate((job.plan.chunks for job in jobs), initial=0))
    groups = [
        group
        for first, end in pairwise(starts)
        for group in side_by_side([n for n in range(first, end) if n not in have], each)
    ]
    work = _Work(tuple(jobs), starts[:-1], keep)

    def size(number: int) -> int:
        job = work.job_of(number)
        return len(jobs[job].plan.runs_of(number - starts[job]))

    runs, done = sum(job.plan.runs for job in jobs), sum(map(size, have))
    for found in chunks_done(_simulate, work, groups, workers, executor):
        for number, kept in found:
            done += size(number)
            yield work.job_of(number), kept
            if progress is not None:
                progress(done, runs)


def _simulate(work: _Work[Kept], numbers: tuple[int, ...]) -> list[tuple[int, Kept | Failure]]:
    """Chunks of one job, side by side."""
    place = work.job_of(numbers[0])
    plan, given = work.jobs[place].plan, work.jobs[place].given
    chunks = [number - work.starts[place] for number in numbers]
    results = simulate_or_fail(plan, chunks, None if given is None else given(plan, chunks))
    kept = (r if isinstance(r, Failure) else work.keep(r) for r in results)
    return list(zip(numbers, kept, strict=True))


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
            runs, days = kept
            found[number][:, runs] = days
    for job, broken in zip(jobs, failures, strict=True):
        if len(broken) == job.plan.chunks:
            raise all_failed(broken)
    return [Days(*pair) for pair in zip(found, map(tuple, failures), strict=True)]


def _first_days(result: ChunkResult) -> tuple[slice, npt.NDArray[np.int16]]:
    return result.runs, result.first_day


def shortened(plan: Plan, runs: int) -> Plan:
    """The first runs of a plan, whole batches: they are the same runs."""
    batches = -(-min(runs, plan.runs) // plan.runs_per_batch)
    return replace(plan, runs=batches * plan.runs_per_batch)


def simulate_missing(
    plan: Plan,
    keep: Callable[[ChunkResult], object],
    fail: Callable[[Failure], object] | None = None,
    have: Set[int] = frozenset(),
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Failure]:
    """Simulate the chunks that nobody has yet, and hand each over as it finishes."""
    failures: list[Failure] = []
    one = (Job(plan),)
    for _, result in simulate_jobs(one, _whole, workers, progress, executor=executor, have=have):
        if not isinstance(result, Failure):
            keep(result)
            continue
        failures.append(result)
        if fail is not None:
            fail(result)
    if len(failures) == plan.chunks:
        raise all_failed(failures)
    return failures


def _whole(result: ChunkResult) -> ChunkResult:
    return result
