"""The ensemble that users hold, and how it is put together from chunks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relsim.array_types import Doubles, Floats
from relsim.ensemble.conditioning import Conditional, conditional, given
from relsim.ensemble.data import AS_IN_A_CHUNK, EnsembleData
from relsim.ensemble.headline import Headline, headline_of
from relsim.ensemble.summary import forecast_record, page
from relsim.errors import SimulationError
from relsim.estimates.base_rate import BaseRate
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure, Sample
from relsim.runs.plan import Plan
from relsim.scenario.given import Given
from relsim.scenario.schema import Scenario
from relsim.store.layout import Columns
from relsim.tables import page_html
from relsim.worlds.parameters import parameter_distributions, parameter_draws

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset


KEPT = 2**26  # bytes: the parameters of a million runs, at 32 a draw; to draw them takes seconds


class Ensemble(EnsembleData):
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

    @property
    def headline(self) -> Headline | None:
        """What is said of the scenario's headline outcome before all others.

        Returns
        -------
        Headline
            Its probability, the middle half and the 90% range over draws, the parameter that
            matters most, and the range over decision rules where that is known. None if it holds
            other outcomes alone.

        Examples
        --------
        >>> import relsim
        >>> print(relsim.simulate("us-russia-2021-prior", runs=4096, draws=512).headline)
        Signs of détente in the second half of the term
          Probability: ...
          Middle half over draws: ...
          Matters most: US–Russian rivalry in its lowest third: ...; in its highest: ...
          90% over draws: ...
        """
        return headline_of(self)

    def given(self, condition: Given) -> Ensemble:
        """The runs in which a condition holds, with their weights.

        Parameters
        ----------
        condition : str or mapping
            The name of an outcome, or ``"not NAME"``; ``{name: True, other: False}``; or a
            condition as a scenario file has it, as a mapping or as YAML on one line:
            ``"happened: {deed: summit, until: 2022-07-01}"``. One that is none of the outcomes
            needs the log of all runs (``log_all``).

        Returns
        -------
        Ensemble
            In which all other runs weigh nothing. Its provenance says under "given" how many runs
            and draws are left; its tables, records and figures do so, too. Weekly histograms and
            counts of moves are those of all runs.

        Raises
        ------
        UnknownName
            If there is no such outcome.
        ScenarioError
            If the condition is wrong.
        UsageError
            If it is not known of all runs, or leaves under 100 runs or 20 effective draws.

        Notes
        -----
        A probability is a ratio of two shares, and its error that of a ratio. A draw that finds
        the condition likelier has more of the runs, and counts the more over draws: these are
        learned from the condition.

        Examples
        --------
        >>> import relsim
        >>> ensemble = relsim.simulate("us-russia-2021-prior", runs=4096, draws=512)
        >>> ensemble.given("new_arms_control_agreement").provenance["given"]["condition"]
        'A new arms-control agreement'
        """
        return given(self, condition)

    def conditional(self, outcome: str, condition: Given) -> Conditional:
        """The probability of an outcome if a condition holds, and if it does not.

        Parameters
        ----------
        outcome : str
            Its name.
        condition : str or mapping
            As `given` takes it.

        Returns
        -------
        Conditional
            Both probabilities, the probability of the condition, and the difference.

        Raises
        ------
        UnknownName, ScenarioError, UsageError
            As `given` has them; too few runs for a probability are no error: it is None.
        """
        return conditional(self, outcome, condition)

    def record(
        self,
        outcomes: Sequence[str] | None = None,
        base_rates: Mapping[str, BaseRate] | None = None,
    ) -> dict[str, object]:
        """The forecast record, plain data for JSON (format relsim.run/1).

        Parameters
        ----------
        outcomes : sequence of str, optional
            All by default.
        base_rates : mapping of str to BaseRate, optional
            What `relsim.history.base_rates` says; it stands beside the outcomes.

        Returns
        -------
        dict
            Probabilities with their errors, and what a reader needs to make them again.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        return forecast_record(self, outcomes or self.outcomes, base_rates)

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
        `flag_meanings` say what for. `weight`, `probability`, `drivers` and `value` are as in
        `Sample.log`.

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
        from relsim.ensemble.frames import alike

        return alike(self, other)

    def _repr_html_(self) -> str:
        return page_html(page(self))


class Gathering:
    """Adds parts up as they come, in any order, to the same bits.

    Parameters
    ----------
    scenario : Scenario
    runs, runs_per_draw : int
        Runs of which no part comes are -2 in `first_day`, and NaN.
    """

    def __init__(self, scenario: Scenario, runs: int, runs_per_draw: int) -> None:
        self._scenario, self._runs, self._runs_per_draw = scenario, runs, runs_per_draw
        self._samples: dict[int, Sample] = {}
        self._sum: ChunkResult | None = None

    def add(self, part: ChunkResult) -> None:
        """Add a part; nothing of it but its sample is kept."""
        if self._sum is None:
            self._sum = self._laid_out(part)
        self._sum.first_day[:, part.runs] = part.first_day
        for name, values in part.quantities.items():
            self._sum.quantities[name][part.runs] = values
        self._sum.move_counts[part.draws] += part.move_counts
        self._sum.joint_counts[part.draws] += part.joint_counts
        for name, counts in part.histograms.items():
            self._sum.histograms[name][...] += counts
        self._samples[part.chunk] = part.sample

    def _laid_out(self, part: ChunkResult) -> ChunkResult:
        """The sum of no part, of the axes that this one has."""
        runs, draws = self._runs, self._runs // self._runs_per_draw
        return replace(
            part,
            first_day=np.full((len(part.first_day), runs), NOT_RUN),
            quantities={name: np.full(runs, np.nan, np.float32) for name in part.quantities},
            move_counts=np.zeros((draws, *part.move_counts.shape[1:]), np.int64),
            joint_counts=np.zeros((draws, *part.joint_counts.shape[1:]), np.int64),
            histograms={n: np.zeros(h.shape, np.int64) for n, h in part.histograms.items()},
        )

    def ensemble(
        self,
        *,
        seed: int,
        parameters: Mapping[str, Doubles],
        provenance: Mapping[str, object],
        elapsed: float,
        failures: Sequence[Failure] = (),
        unfinished: int = 0,
        weights: Doubles | None = None,
        quantities: Mapping[str, Floats] | None = None,
    ) -> Ensemble:
        """The ensemble of the parts that came.

        Parameters
        ----------
        seed : int
            Seed of the random streams.
        parameters : mapping of float64 (draws,)
            Values of the parameters, by dotted path.
        provenance : mapping
            Hash of the scenario, seed, versions, time, chunk width.
        elapsed : float
            Seconds that the simulation took.
        failures : sequence of Failure
            Chunks that broke off.
        unfinished : int
            Runs not simulated yet.
        weights : float64 (runs,), optional
            Weights of the runs in a conditioned ensemble.
        quantities : mapping, optional
            In place of those of the parts, which then need have none.

        Raises
        ------
        SimulationError
            If there is no part.
        """
        if self._sum is None:
            raise SimulationError("no chunk was simulated")
        sample = _together([self._samples[chunk] for chunk in sorted(self._samples)])
        whole = replace(self._sum, sample=sample, quantities=quantities or self._sum.quantities)
        return Ensemble(
            scenario=self._scenario,
            seed=seed,
            runs=self._runs,
            runs_per_draw=self._runs_per_draw,
            outcomes=tuple(self._scenario.outcomes),
            **{name: getattr(whole, name) for name in AS_IN_A_CHUNK},
            parameters=parameters,
            provenance=provenance,
            elapsed_seconds=elapsed,
            weights=weights,
            failures=tuple(sorted(failures, key=lambda failure: failure.chunk)),
            unfinished=unfinished,
        )


def _together(samples: Sequence[Sample]) -> Sample:
    kept = [sample for sample in samples if sample.series]
    return Sample(
        runs=np.concatenate([sample.runs for sample in samples]),
        series={
            name: np.concatenate([sample.series[name] for sample in kept], axis=1)
            for name in (kept[0].series if kept else ())
        },
        log=np.concatenate([sample.log for sample in samples]),
        words=samples[0].words,
    )


def parameters_of(plan: Plan, kept: int = KEPT) -> Columns:
    """The parameter values of every draw of a plan, drawn when they are asked for.

    Parameters
    ----------
    plan : Plan
        Of the ensemble: scenario, seed, number of draws.
    kept : int
        Bytes: if they are smaller together they are drawn once.
    """
    names = list(parameter_distributions(plan.scenario))
    return Columns(names, 8 * plan.draws, partial(_drawn, plan), kept)


def _drawn(plan: Plan, names: Sequence[str]) -> dict[str, Doubles]:
    return parameter_draws(plan.scenario, plan.seed, range(plan.batches), names)
