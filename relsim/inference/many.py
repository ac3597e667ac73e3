"""Many ensembles through one pool of workers: a pool is started once, whatever is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from relsim.ensemble.chunk import ChunkResult, Failure
from relsim.rules import Rule
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan, live_or_fail, plan_runs
from relsim.workers import chunks_done
from relsim.worlds.parameters import Floats

__all__ = ["Job", "Progress", "lean_plan", "live_all", "shortened"]

Kept = TypeVar("Kept")
Progress = Callable[[int, int], None]
# Parameter columns of a chunk in place of those that its plan draws.
Given = Callable[[Plan, int], Mapping[str, Floats]]


@dataclass(frozen=True)
class Job:
    """One ensemble among many.

    Attributes
    ----------
    plan : Plan
    given : callable, optional
        Called in the worker with the plan and the number of a chunk; the parameter columns that
        the chunk is lived with in place of those that the plan draws.
    """

    plan: Plan
    given: Given | None = None


@dataclass(frozen=True)
class _Work(Generic[Kept]):
    """What each worker is sent once."""

    jobs: tuple[Job, ...]
    tasks: tuple[tuple[int, int], ...]  # job and chunk
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


def live_all(
    jobs: Sequence[Job],
    keep: Callable[[ChunkResult], Kept],
    workers: int = 1,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Kept | Failure]]:
    """Live all chunks of many ensembles, in one pool.

    Parameters
    ----------
    jobs : sequence of Job
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
    tasks = tuple((n, chunk) for n, job in enumerate(jobs) for chunk in range(job.plan.chunks))
    work = _Work(tuple(jobs), tasks, keep)
    runs, done = sum(job.plan.runs for job in jobs), 0
    for number, kept in chunks_done(_live, work, range(len(tasks)), workers):
        job, chunk = tasks[number]
        plan = jobs[job].plan
        done += min(plan.width, plan.runs - chunk * plan.width)
        yield job, kept
        if progress is not None:
            progress(done, runs)


def _live(work: _Work[Kept], number: int) -> tuple[int, Kept | Failure]:
    job, chunk = work.tasks[number]
    plan, given = work.jobs[job].plan, work.jobs[job].given
    result = live_or_fail(plan, chunk, None if given is None else given(plan, chunk))
    return number, result if isinstance(result, Failure) else work.keep(result)


def shortened(plan: Plan, runs: int) -> Plan:
    """The first runs of a plan, whole batches: they are the same runs."""
    batches = -(-min(runs, plan.runs) // plan.runs_per_batch)
    return replace(plan, runs=batches * plan.runs_per_batch)
