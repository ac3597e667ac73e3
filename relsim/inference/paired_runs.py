"""Scenarios simulated with the same draws and random streams, and what came about in each run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from relsim.array_types import Booleans, Doubles, Integers
from relsim.ensemble.data import stratified
from relsim.estimates.probability import Difference, Estimate, difference, estimate
from relsim.runs.chunk_result import NOT_RUN, Failure
from relsim.runs.jobs import Job, Progress, days_of
from relsim.runs.plan import Size
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan

__all__ = ["PairedRuns", "simulate_jobs_paired", "simulate_together"]

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class PairedRuns:
    """What came about in the runs of one scenario.

    Attributes
    ----------
    plan : Plan
        By which they were simulated.
    happened : dict of bool (runs,)
        By outcome.
    valid : bool (runs,)
        False for a run that failed.
    failures : tuple of Failure
        Chunks that broke off.
    """

    plan: Plan
    happened: Mapping[str, Booleans]
    valid: Booleans
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> int:
        """Runs that failed."""
        return int((~self.valid).sum())

    @cached_property
    def sampling(self) -> tuple[Integers, int]:
        """The draw of each run, and the runs of a batch, as estimates take them."""
        return self.plan.draw_of_run, self.plan.runs_per_batch

    @cached_property
    def stratified(self) -> dict[str, Doubles]:
        """The parameters that the batches stratify, in each draw."""
        return stratified(self.plan.scenario, self.plan.seed, self.plan.draws)

    def first(self, runs: int) -> PairedRuns:
        """The first runs alone: those of a smaller ensemble with as many runs a draw."""
        happened = {name: flags[:runs] for name, flags in self.happened.items()}
        return PairedRuns(replace(self.plan, runs=runs), happened, self.valid[:runs], self.failures)

    def probability(self, outcome: str) -> Estimate:
        """Estimate the probability of an outcome."""
        happened, valid = self.happened[outcome], self.valid
        return estimate(happened, *self.sampling, valid=valid, parameters=self.stratified)

    def less(self, usual: PairedRuns, outcome: str, valid: Booleans | None = None) -> Difference:
        """Estimate an outcome's probability less that in `usual`, paired run by run.

        Parameters
        ----------
        usual : PairedRuns
            The same runs of another scenario.
        outcome : str
            Its name.
        valid : bool (runs,), optional
            The runs to take; by default those that failed in neither.
        """
        return difference(
            self.happened[outcome],
            usual.happened[outcome],
            *usual.sampling,
            valid=self.valid & usual.valid if valid is None else valid,
            parameters=usual.stratified,
        )


def simulate_jobs_paired(
    jobs: Sequence[Job], workers: int = 1, progress: Progress | None = None
) -> list[PairedRuns]:
    """Simulate jobs in one pool; those of one seed and as many runs a draw share random streams.

    Parameters
    ----------
    jobs : sequence of Job
        The ensembles.
    workers : int
        One pool of processes for all chunks of all of them.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Raises
    ------
    SimulationError
        If every chunk of a scenario breaks off.
    """
    found = []
    for job, days in zip(jobs, days_of(jobs, workers, progress), strict=True):
        happened = dict(zip(job.plan.scenario.outcomes, days.first_day >= 0, strict=True))
        valid = (days.first_day != NOT_RUN).all(axis=0)
        found.append(PairedRuns(job.plan, happened, valid, days.failures))
    return found


def simulate_together(
    wanted: Mapping[K, tuple[Scenario, Size]],
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[K, PairedRuns]:
    """Simulate scenarios, each with its number of runs and draws; as `simulate_jobs_paired`."""
    jobs = [
        Job(Plan(scenario, size.seed, size.runs, size.runs_per_draw, kept=()))
        for scenario, size in wanted.values()
    ]
    return dict(zip(wanted, simulate_jobs_paired(jobs, workers, progress), strict=True))
