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

from relsim.ensemble.health import Health
from relsim.ensemble.record import forecast_record
from relsim.ensemble.table import as_html
from relsim.errors import UnknownName, UsageError, nearest
from relsim.estimates.probability import Estimate, estimate
from relsim.estimates.strata import stratified
from relsim.runs.chunk_result import NOT_RUN, Failure, Sample
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_all_runs

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

Doubles = npt.NDArray[np.float64]


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
    parameters : mapping of float64 (draws,)
        Drawn, or read from a stored result, when they are asked for.
    quantities : mapping of float32 (runs,)
        Of a stored result read when they are asked for.
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
    failures : tuple of Failure
        Chunks that broke off; their runs are -2 in `first_day`.
    unfinished : int
        Runs not simulated yet when the result was opened, -2 in `first_day` as well.
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
    failures: tuple[Failure, ...] = ()
    unfinished: int = 0

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
        return draw_of_all_runs(self.runs, self.runs_per_draw)

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
        left_out = int((~self._valid).sum())
        return Health(left_out - self.unfinished, self.runs, self.unfinished, len(self.failures))

    @property
    def failed_runs(self) -> npt.NDArray[np.int64]:
        """Numbers of the runs that are left out, int64 (failed,)."""
        return np.flatnonzero(~self._valid)

    @cached_property
    def _valid(self) -> npt.NDArray[np.bool_]:
        valid = np.ones(self.runs, dtype=np.bool_)
        for days in self.first_day:  # one by one, for the sake of memory
            valid &= days != NOT_RUN
        return valid

    @cached_property
    def _estimates(self) -> dict[str, Estimate]:
        """Those that were asked for: record, table and whoever prints them ask for the same."""
        return {}

    def days(self, outcome: str) -> npt.NDArray[np.int16]:
        """The day on which an outcome came about in each run.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        int16 (runs,)
            Days from the start of the term; -1 never, -2 not run.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        check_outcome(outcome, self.outcomes)
        days: npt.NDArray[np.int16] = self.first_day[self.outcomes.index(outcome)]
        return days

    def happened(self, outcome: str) -> npt.NDArray[np.bool_]:
        """Whether an outcome came about in each run.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        bool (runs,)
            False where the run failed.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        result: npt.NDArray[np.bool_] = self.days(outcome) >= 0
        return result

    def probability(self, outcome: str) -> Estimate:
        """Probability of an outcome, with its Monte Carlo error and its interval over draws.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        Estimate
            Over the runs that did not fail; weighted if the runs have weights.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.

        Examples
        --------
        >>> import relsim
        >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
        >>> print(ensemble.probability("detente"))
        .21 ± .05 (under 8 runs a draw)
        """
        if outcome not in self._estimates:
            self._estimates[outcome] = self._estimated(outcome)
        return self._estimates[outcome]

    def _estimated(self, outcome: str) -> Estimate:
        if self.weights is not None:
            from relsim.estimates.weighted import weighted_estimate

            weights = np.where(self._valid, self.weights, 0.0)
            return weighted_estimate(
                self.happened(outcome), self.draw_of_run, self.runs_per_batch, weights
            )
        return estimate(
            self.happened(outcome), self.draw_of_run, self.runs_per_batch,
            valid=self._valid, parameters=self._stratified,
        )  # fmt: skip

    @cached_property
    def _stratified(self) -> dict[str, Doubles]:
        return stratified(self.scenario, self.seed, self.draws)

    def median_date(self, outcome: str) -> datetime.date | None:
        """Median date of an outcome over the runs in which it came about.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        datetime.date or None
            The lower median, a day on which it did come about; None if it never did.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        days = self.days(outcome)
        came = days >= 0
        weights = None if self.weights is None else self.weights[came]
        # By day, so that no run needs a number of its own.
        by_day = np.bincount(days[came], weights)
        cumulated = np.cumsum(by_day)
        if not cumulated.size or cumulated[-1] == 0:
            return None
        # The lower median, so that it is a day on which it did come about.
        return self.scenario.date_of(int(np.searchsorted(cumulated, cumulated[-1] / 2)))

    def quantile(self, series: str, q: float) -> Doubles:
        """A quantile of a weekly series over all runs, from its histogram.

        Parameters
        ----------
        series : str
            One of `histograms`.
        q : float
            From 0 to 1.

        Returns
        -------
        float64 (weeks,)
            In the series' own unit, to within a bin.

        Raises
        ------
        KeyError
            If there is no such series.
        UsageError
            If the runs have weights, of which the histograms know nothing.
        """
        if self.weights is not None:
            raise UsageError(
                "weekly histograms are of runs without weights: simulate the posterior scenario"
            )
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

        Returns
        -------
        dict
            Probabilities with their errors, and what a reader needs to make them again.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        return forecast_record(self, outcomes or self.outcomes)

    def save(self, folder: str | os.PathLike[str]) -> Path | str:
        """Write a result folder, which `relsim.open` reads; it is complete or absent.

        Parameters
        ----------
        folder : str or path
            A new one. A URL, ``s3://bucket/result``, goes where fsspec has a protocol for it (pip
            install "relsim-ir[remote]").

        Returns
        -------
        Path, or str for a URL
            Where it is now.

        Raises
        ------
        StoreError
            If the folder exists, or cannot be written.
        """
        from relsim.ensemble.saved import save

        return save(self, folder)

    def to_xarray(self) -> Dataset:
        """All arrays but the event log as one xarray.Dataset, which `to_netcdf` writes.

        Axes are named run, draw, week, outcome, ... The attributes `provenance` and `failures` are
        JSON text. Variables along `run` of several ensembles can be put together::

            runs = [e.to_xarray()[["first_day", "quantities"]] for e in ensembles]
            xarray.concat(runs, dim="run")

        Returns
        -------
        xarray.Dataset
        """
        from relsim.ensemble.frames import to_xarray

        return to_xarray(self)

    def log_to_xarray(self) -> Dataset:
        """The event log of the runs kept whole as an xarray.Dataset, one `entry` a happening.

        `kind`, `actor` and `subject` are numbers; their attributes `flag_values` and
        `flag_meanings` say what for. `weight`, `probability` and `drivers` are as in `Sample.log`.

        Returns
        -------
        xarray.Dataset
        """
        from relsim.ensemble.frames import log_to_xarray

        return log_to_xarray(self)

    def to_dataframe(self) -> DataFrame:
        """One row a run as a pandas.DataFrame.

        Returns
        -------
        pandas.DataFrame
            Columns: draw; for each outcome the date on which it came about, NaT if it did not; the
            quantities, NaN if the run failed.
        """
        from relsim.ensemble.frames import to_dataframe

        return to_dataframe(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ensemble):
            return NotImplemented
        from relsim.store.layout import alike

        return alike(self, other)

    def __repr__(self) -> str:
        rest = f", {self.unfinished:,} of them not simulated yet" if self.unfinished else ""
        return (
            f"<Ensemble of {self.scenario.name}: {self.runs:,} runs over {self.draws:,} draws, "
            f"seed {self.seed}{rest}>"
        )

    def _repr_html_(self) -> str:
        return as_html(self)


def check_outcome(name: str, known: Collection[str]) -> None:
    """Raise UnknownName, with the nearest right word, unless a name is among those known."""
    if not isinstance(name, str):
        raise UsageError(f"an outcome is named by text (got {name!r:.60})")
    if name not in known:
        hint = nearest(name, known)
        right = f"did you mean {hint!r}?" if hint else f"known: {', '.join(known)}"
        raise UnknownName(f"no outcome {name!r}; {right}")
