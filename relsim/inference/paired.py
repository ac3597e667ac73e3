"""Many scenarios lived with the same draws and the same luck, and what came about in each run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from relsim.ensemble.chunk import NOT_RUN, Failure, all_failed
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan, live_or_fail
from relsim.workers import chunks_done
from relsim.worlds.draws import DRAWS_PER_BATCH, draw_of_run

__all__ = ["Lived", "Size", "live_all"]

Flags = npt.NDArray[np.bool_]
Progress = Callable[[int, int], None]
K = TypeVar("K", bound=Hashable)
Work = tuple[tuple[Plan, int], ...]  # a chunk of a plan each
Result = npt.NDArray[np.int16] | Failure  # days of the outcomes in a chunk, or why there are none


@dataclass(frozen=True)
class Size:
    """How large each ensemble is, and of which luck."""

    runs: int
    runs_per_draw: int
    seed: int

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.runs // self.runs_per_draw

    @property
    def runs_per_batch(self) -> int:
        """Runs of a batch of 64 draws."""
        return self.runs_per_draw * DRAWS_PER_BATCH

    @property
    def draw_of_run(self) -> npt.NDArray[np.int64]:
        """The draw of each run, int64 (runs,)."""
        return draw_of_run(np.arange(self.runs), self.runs_per_draw)


@dataclass(frozen=True, eq=False)
class Lived:
    """What came about in the runs of one scenario.

    Attributes
    ----------
    happened : dict of bool (runs,)
        By outcome.
    valid : bool (runs,)
        False for a run that failed.
    failures : tuple of Failure
        Chunks that broke off.
    """

    happened: Mapping[str, Flags]
    valid: Flags
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> int:
        """Runs that failed."""
        return int((~self.valid).sum())

    def first(self, runs: int) -> Lived:
        """The first runs alone: those of a smaller ensemble with as many runs a draw."""
        happened = {name: flags[:runs] for name, flags in self.happened.items()}
        return Lived(happened, self.valid[:runs], self.failures)


def live_all(
    wanted: Mapping[K, tuple[Scenario, Size]],
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[K, Lived]:
    """Live scenarios; those of one seed and as many runs a draw share their luck run by run.

    Parameters
    ----------
    wanted : mapping of key to (Scenario, Size)
    workers : int
        One pool of processes for all chunks of all scenarios.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Raises
    ------
    SimulationError
        If every chunk of a scenario breaks off.
    """
    plans = [
        Plan(scenario, size.seed, size.runs, size.runs_per_draw, kept=())
        for scenario, size in wanted.values()
    ]
    work: Work = tuple((plan, chunk) for plan in plans for chunk in range(plan.chunks))
    found: list[Result | None] = [None] * len(work)
    done, total = 0, sum(plan.runs for plan in plans)
    for number, result in chunks_done(_live, work, range(len(work)), workers):
        found[number] = result
        plan, chunk = work[number]
        done += min(plan.width, plan.runs - chunk * plan.width)
        if progress is not None:
            progress(done, total)
    ends = accumulate(plan.chunks for plan in plans)
    return {
        key: _joined(plan, found[end - plan.chunks : end])
        for key, plan, end in zip(wanted, plans, ends, strict=True)
    }


def _live(work: Work, number: int) -> tuple[int, Result]:
    """Live one chunk of one plan; only the days of the outcomes go back to the parent."""
    plan, chunk = work[number]
    result = live_or_fail(plan, chunk)
    return number, result if isinstance(result, Failure) else result.first_day


def _joined(plan: Plan, parts: Sequence[Result | None]) -> Lived:
    """The chunks of one plan as one record."""
    failures = tuple(part for part in parts if isinstance(part, Failure))
    if len(failures) == plan.chunks:
        raise all_failed(failures)
    days = np.full((len(plan.scenario.outcomes), plan.runs), NOT_RUN)
    for chunk, part in enumerate(parts):
        if isinstance(part, np.ndarray):
            first = chunk * plan.width
            days[:, first : first + part.shape[1]] = part
    happened = dict(zip(plan.scenario.outcomes, days >= 0, strict=True))
    return Lived(happened, (days != NOT_RUN).all(axis=0), failures)
