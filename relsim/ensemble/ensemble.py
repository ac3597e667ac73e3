"""The ensemble: what came out of a simulation, frozen, with its provenance."""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relsim.ensemble.chunk import NOT_RUN, ChunkResult
from relsim.ensemble.estimates import Estimate, estimate
from relsim.ensemble.log import Vocabulary, log_of, vocabulary
from relsim.ensemble.record import forecast_record, provenance
from relsim.ensemble.table import as_html
from relsim.errors import SimulationError, UnknownName, nearest
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.draws import DRAWS_PER_BATCH, draw_of_run

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Some runs kept whole.

    Attributes
    ----------
    runs : int64, (sampled,)
        Numbers of the runs, rising.
    series : dict of float32 (weeks, sampled)
    log : structured array of `relsim.ensemble.log.LOG_TYPE`
        One row a happening: run, day, kind, actor, subject, weight, probability, drivers.
    words : Vocabulary
        What the numbers of kind, actor and subject stand for.
    """

    runs: npt.NDArray[np.int64]
    series: Mapping[str, npt.NDArray[np.float32]]
    log: npt.NDArray[np.void]
    words: Vocabulary


@dataclass(frozen=True)
class Health:
    """How the runs fared: numbers of runs that failed, and of chunks that did."""

    failed: int
    runs: int

    def __str__(self) -> str:
        return f"{self.failed} of {self.runs:,} runs failed" if self.failed else "all runs finite"


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Outcomes and records of many simulated histories.

    Two are equal if they hold the same numbers of the same origin, whenever they were made.

    Attributes
    ----------
    scenario : Scenario
    seed, runs, runs_per_draw : int
    outcomes : tuple of str
    first_day : int16, (outcomes, runs)
        Day, from the start of the term, on which each outcome came about; -1 never, -2 not run.
    parameters : dict of float64 (draws,)
    quantities : dict of float32 (runs,)
    move_counts : int64, (draws, actors, moves)
        Moves made, summed over the runs of each draw.
    joint_counts : int64, (draws, joint moves)
    histograms : dict of int64 (weeks, bins)
    edges : dict of float64 (bins + 1,)
    sample : Sample
    weights : float64 (runs,) or None
        Weights of the runs in a conditioned ensemble.
    provenance : dict
        Hash of the scenario, seed, versions, time, chunk width.
    elapsed_seconds : float
    """

    scenario: Scenario
    seed: int
    runs: int
    runs_per_draw: int
    outcomes: tuple[str, ...]
    first_day: npt.NDArray[np.int16]
    parameters: Mapping[str, Doubles]
    quantities: Mapping[str, npt.NDArray[np.float32]]
    move_counts: npt.NDArray[np.int64]
    joint_counts: npt.NDArray[np.int64]
    histograms: Mapping[str, npt.NDArray[np.int64]]
    edges: Mapping[str, Doubles]
    sample: Sample
    provenance: Mapping[str, object]
    elapsed_seconds: float
    weights: Doubles | None = field(default=None)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.runs // self.runs_per_draw

    @property
    def runs_per_batch(self) -> int:
        """Runs of a batch of 64 draws."""
        return self.runs_per_draw * DRAWS_PER_BATCH

    @cached_property
    def draw_of_run(self) -> npt.NDArray[np.int64]:
        """The draw of each run, int64 (runs,)."""
        return draw_of_run(np.arange(self.runs), self.runs_per_draw)

    @property
    def start(self) -> datetime.date:
        """Day 0."""
        return self.scenario.horizon.start

    @cached_property
    def week_days(self) -> npt.NDArray[np.int64]:
        """The day on which each week was recorded, int64 (weeks,)."""
        horizon = self.scenario.horizon
        return np.asarray(record_days((horizon.end - horizon.start).days))

    @property
    def health(self) -> Health:
        """How the runs fared."""
        return Health(int((~self._valid).sum()), self.runs)

    @cached_property
    def _valid(self) -> npt.NDArray[np.bool_]:
        valid: npt.NDArray[np.bool_] = (self.first_day != NOT_RUN).all(axis=0)
        return valid

    def days(self, outcome: str) -> npt.NDArray[np.int16]:
        """The day on which an outcome came about in each run (-1 never, -2 not run).

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        check_outcome(outcome, self.outcomes)
        days: npt.NDArray[np.int16] = self.first_day[self.outcomes.index(outcome)]
        return days

    def happened(self, outcome: str) -> npt.NDArray[np.bool_]:
        """Whether an outcome came about, bool (runs,)."""
        result: npt.NDArray[np.bool_] = self.days(outcome) >= 0
        return result

    def probability(self, outcome: str) -> Estimate:
        """Probability of an outcome, with its Monte Carlo error and its interval over draws."""
        return estimate(
            self.happened(outcome), self.draw_of_run, self.runs_per_batch, valid=self._valid
        )

    def median_date(self, outcome: str) -> datetime.date | None:
        """Median date over the runs in which it came about; None if it never did."""
        days = self.days(outcome)
        days = days[days >= 0]
        if not days.size:
            return None
        # The lower median, so that it is a day on which it did come about.
        return self.scenario.date_of(int(np.sort(days)[(days.size - 1) // 2]))

    def quantile(self, series: str, q: float) -> Doubles:
        """The q quantile of a weekly series over all runs, from its histogram, (weeks,)."""
        counts, edges = self.histograms[series], self.edges[series]
        cumulated = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
        below = np.concatenate([np.zeros((len(counts), 1)), cumulated], axis=1)
        return np.array([np.interp(q, row, edges) for row in below])

    def record(self, outcomes: Sequence[str] | None = None) -> dict[str, object]:
        """The forecast record, plain data for JSON (format relsim.run/1).

        Parameters
        ----------
        outcomes : sequence of str, optional
            All by default.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        return forecast_record(self, outcomes or self.outcomes)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write a result folder, which `relsim.open` reads; it is complete or absent.

        Raises
        ------
        StoreError
            If the folder exists, or cannot be written.
        """
        from relsim.ensemble.store import save

        return save(self, folder)

    def to_xarray(self) -> Dataset:
        """All arrays as one xarray.Dataset; axes are named run, draw, week, outcome, ..."""
        from relsim.ensemble.frames import to_xarray

        return to_xarray(self)

    def to_dataframe(self) -> DataFrame:
        """One row a run as a pandas.DataFrame.

        Columns: draw; for each outcome the date on which it came about, NaT if it did not; the
        quantities, NaN if the run failed.
        """
        from relsim.ensemble.frames import to_dataframe

        return to_dataframe(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ensemble):
            return NotImplemented
        from relsim.ensemble.layout import alike

        return alike(self, other)

    def __repr__(self) -> str:
        return (
            f"<Ensemble of {self.scenario.name}: {self.runs:,} runs over {self.draws:,} draws, "
            f"seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        return as_html(self)


def check_outcome(name: str, known: Collection[str]) -> None:
    """Raise UnknownName, with the nearest right word, unless a name is among those known."""
    if name not in known:
        hint = nearest(name, known)
        right = f"did you mean {hint!r}?" if hint else f"known: {', '.join(known)}"
        raise UnknownName(f"no outcome {name!r}; {right}")


def assemble(
    scenario: Scenario,
    seed: int,
    runs: int,
    runs_per_draw: int,
    parameters: Mapping[str, Doubles],
    chunks: Sequence[ChunkResult],
    chunk_width: int,
    custom_rules: tuple[str, ...],
    elapsed: float,
) -> Ensemble:
    """Put the chunks together, in their own order whatever the order they came in.

    Raises
    ------
    SimulationError
        If there is no chunk.
    """
    if not chunks:
        raise SimulationError("no chunk was simulated")
    words = vocabulary(scenario)
    ordered = sorted(chunks, key=lambda result: result.chunk)
    first, draws = ordered[0], runs // runs_per_draw
    move_counts = np.zeros((draws, *first.move_counts.shape[1:]), dtype=np.int64)
    joint_counts = np.zeros((draws, *first.joint_counts.shape[1:]), dtype=np.int64)
    for result in ordered:
        move_counts[result.draws] += result.move_counts
        joint_counts[result.draws] += result.joint_counts
    sample = Sample(
        runs=np.concatenate([r.sampled for r in ordered]),
        series={
            name: np.concatenate([r.sample[name] for r in ordered if r.sample], axis=1)
            for name in next((r.sample for r in ordered if r.sample), {})
        },
        log=np.concatenate([log_of(r.log, r.chunk * chunk_width, words) for r in ordered]),
        words=words,
    )
    return Ensemble(
        scenario=scenario,
        seed=seed,
        runs=runs,
        runs_per_draw=runs_per_draw,
        outcomes=tuple(scenario.outcomes),
        first_day=np.concatenate([r.first_day for r in ordered], axis=1),
        parameters=parameters,
        quantities={
            name: np.concatenate([r.quantities[name] for r in ordered])
            for name in first.quantities
        },
        move_counts=move_counts,
        joint_counts=joint_counts,
        histograms={
            name: np.sum([r.histograms[name] for r in ordered], axis=0)
            for name in first.histograms
        },
        edges=first.edges,
        sample=sample,
        provenance=provenance(scenario, seed, chunk_width, custom_rules),
        elapsed_seconds=elapsed,
    )
