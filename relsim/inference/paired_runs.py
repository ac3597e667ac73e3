"""Scenarios simulated with the same draws and random streams, and what came about in each run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from relsim.runs.chunk_result import NOT_RUN, Failure
from relsim.runs.jobs import Days, Job, Progress, days_of
from relsim.runs.plan import Size
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan

__all__ = ["PairedRuns", "simulate_together"]

Flags = npt.NDArray[np.bool_]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class PairedRuns:
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

    def first(self, runs: int) -> PairedRuns:
        """The first runs alone: those of a smaller ensemble with as many runs a draw."""
        happened = {name: flags[:runs] for name, flags in self.happened.items()}
        return PairedRuns(happened, self.valid[:runs], self.failures)


def simulate_together(
    wanted: Mapping[K, tuple[Scenario, Size]],
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[K, PairedRuns]:
    """Simulate scenarios; those of one seed and as many runs a draw share random streams.

    Parameters
    ----------
    wanted : mapping of key to (Scenario, Size)
        What to simulate, and with how many runs and draws.
    workers : int
        One pool of processes for all chunks of all scenarios.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Raises
    ------
    SimulationError
        If every chunk of a scenario breaks off.
    """
    jobs = [
        Job(Plan(scenario, size.seed, size.runs, size.runs_per_draw, kept=()))
        for scenario, size in wanted.values()
    ]
    found = days_of(jobs, workers, progress)
    return {
        key: _record(job.plan, days) for key, job, days in zip(wanted, jobs, found, strict=True)
    }


def _record(plan: Plan, days: Days) -> PairedRuns:
    first_day = days.first_day
    happened = dict(zip(plan.scenario.outcomes, first_day >= 0, strict=True))
    return PairedRuns(happened, (first_day != NOT_RUN).all(axis=0), days.failures)
