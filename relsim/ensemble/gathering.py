"""How chunks are put together to an ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure, Sample
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from relsim.store.lazy import Columns
from relsim.worlds.parameters import parameter_distributions, parameter_draws
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = ["Gathering", "parameters_of"]

KEPT = 2**26  # bytes: the parameters of a million runs, at 32 a draw; to draw them takes seconds


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
        self._first_day = np.full((len(scenario.outcomes), runs), NOT_RUN)
        self._samples: dict[int, Sample] = {}
        self._quantities: dict[str, Floats] = {}
        self._histograms: dict[str, Integers] = {}
        self._edges: Mapping[str, Doubles] = {}
        self._move_counts = self._joint_counts = np.zeros(0, dtype=np.int64)

    def add(self, part: ChunkResult) -> None:
        """Add a part; nothing of it but its sample is kept."""
        if not self._samples:
            self._lay_out(part)
        place = slice(part.first_run, part.first_run + part.first_day.shape[1])
        self._first_day[:, place] = part.first_day
        for name, values in part.quantities.items():
            self._quantities[name][place] = values
        self._move_counts[part.draws] += part.move_counts
        self._joint_counts[part.draws] += part.joint_counts
        for name, counts in part.histograms.items():
            self._histograms[name] += counts
        self._samples[part.chunk] = part.sample

    def _lay_out(self, part: ChunkResult) -> None:
        draws = self._runs // self._runs_per_draw
        self._edges = part.edges
        self._quantities = {
            name: np.full(self._runs, np.nan, dtype=np.float32) for name in part.quantities
        }
        self._move_counts = np.zeros((draws, *part.move_counts.shape[1:]), dtype=np.int64)
        self._joint_counts = np.zeros((draws, *part.joint_counts.shape[1:]), dtype=np.int64)
        self._histograms = {
            name: np.zeros(counts.shape, dtype=np.int64) for name, counts in part.histograms.items()
        }

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
        if not self._samples:
            raise SimulationError("no chunk was simulated")
        return Ensemble(
            scenario=self._scenario,
            seed=seed,
            runs=self._runs,
            runs_per_draw=self._runs_per_draw,
            outcomes=tuple(self._scenario.outcomes),
            first_day=self._first_day,
            parameters=parameters,
            quantities=self._quantities if quantities is None else quantities,
            move_counts=self._move_counts,
            joint_counts=self._joint_counts,
            histograms=self._histograms,
            edges=self._edges,
            sample=_together([self._samples[chunk] for chunk in sorted(self._samples)]),
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
    batches = range(plan.draws // DRAWS_PER_BATCH)
    return parameter_draws(plan.scenario, plan.seed, batches, names)
