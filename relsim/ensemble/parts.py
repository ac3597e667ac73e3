"""What is kept of a chunk, and how parts are put together to an ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.ensemble.chunk import NOT_RUN, ChunkResult, Failure
from relsim.ensemble.ensemble import Ensemble, Sample
from relsim.ensemble.log import log_of, vocabulary
from relsim.errors import SimulationError
from relsim.scenario.schema import Scenario
from relsim.worlds.draws import DRAWS_PER_BATCH

__all__ = ["Part", "assemble", "part_of", "tallies", "whole"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Part:
    """One chunk as the ensemble and the store keep it.

    Attributes
    ----------
    chunk, first_run : int
    first_day : int16, (outcomes, runs)
    quantities : dict of float32 (runs,)
    draws : int64, (tallies,)
        The draw that each row of counts belongs to.
    move_counts : int64, (tallies, actors, moves)
    joint_counts : int64, (tallies, joint moves)
    histograms : dict of int64 (weeks, bins)
    edges : dict of float64 (bins + 1,)
    sample : Sample
    """

    chunk: int
    first_run: int
    first_day: npt.NDArray[np.int16]
    quantities: Mapping[str, npt.NDArray[np.float32]]
    draws: npt.NDArray[np.int64]
    move_counts: npt.NDArray[np.int64]
    joint_counts: npt.NDArray[np.int64]
    histograms: Mapping[str, npt.NDArray[np.int64]]
    edges: Mapping[str, npt.NDArray[np.float64]]
    sample: Sample


def part_of(result: ChunkResult, scenario: Scenario, width: int) -> Part:
    """What is kept of a lived chunk."""
    words, first_run = vocabulary(scenario), result.chunk * width
    log = log_of(result.log, first_run, words)
    return Part(
        chunk=result.chunk,
        first_run=first_run,
        first_day=result.first_day,
        quantities=result.quantities,
        draws=result.draws,
        move_counts=result.move_counts.astype(np.int64),
        joint_counts=result.joint_counts.astype(np.int64),
        histograms=result.histograms,
        edges=result.edges,
        sample=Sample(result.sampled, result.sample, log, words),
    )


def whole(ensemble: Ensemble) -> Part:
    """A whole ensemble as one part."""
    return Part(
        chunk=0,
        first_run=0,
        first_day=ensemble.first_day,
        quantities=ensemble.quantities,
        draws=np.arange(ensemble.draws),
        move_counts=ensemble.move_counts,
        joint_counts=ensemble.joint_counts,
        histograms=ensemble.histograms,
        edges=ensemble.edges,
        sample=ensemble.sample,
    )


def tallies(runs: int, runs_per_draw: int, width: int) -> int:
    """Draws that can have runs in one chunk, at most."""
    batch = DRAWS_PER_BATCH * runs_per_draw
    firsts = range(0, runs, width)
    batches = max((min(f + width, runs) - 1) // batch - f // batch + 1 for f in firsts)
    return min(width, DRAWS_PER_BATCH * batches)


def assemble(
    scenario: Scenario,
    *,
    seed: int,
    runs: int,
    runs_per_draw: int,
    parameters: Mapping[str, npt.NDArray[np.float64]],
    parts: Sequence[Part],
    provenance: Mapping[str, object],
    elapsed: float,
    failures: Sequence[Failure] = (),
    unfinished: int = 0,
    weights: npt.NDArray[np.float64] | None = None,
) -> Ensemble:
    """Put parts together, in their own order whatever the order they came in.

    Runs of which there is no part are -2 in `first_day`, and NaN.

    Raises
    ------
    SimulationError
        If there is no part.
    """
    if not parts:
        raise SimulationError("no chunk was simulated")
    ordered = sorted(parts, key=lambda part: part.chunk)
    first, draws = ordered[0], runs // runs_per_draw
    first_day = np.full((len(scenario.outcomes), runs), NOT_RUN)
    quantities = {name: np.full(runs, np.nan, dtype=np.float32) for name in first.quantities}
    move_counts = np.zeros((draws, *first.move_counts.shape[1:]), dtype=np.int64)
    joint_counts = np.zeros((draws, *first.joint_counts.shape[1:]), dtype=np.int64)
    for part in ordered:
        place = slice(part.first_run, part.first_run + part.first_day.shape[1])
        first_day[:, place] = part.first_day
        for name, values in part.quantities.items():
            quantities[name][place] = values
        move_counts[part.draws] += part.move_counts
        joint_counts[part.draws] += part.joint_counts
    return Ensemble(
        scenario=scenario,
        seed=seed,
        runs=runs,
        runs_per_draw=runs_per_draw,
        outcomes=tuple(scenario.outcomes),
        first_day=first_day,
        parameters=parameters,
        quantities=quantities,
        move_counts=move_counts,
        joint_counts=joint_counts,
        histograms={
            name: np.sum([part.histograms[name] for part in ordered], axis=0)
            for name in first.histograms
        },
        edges=first.edges,
        sample=_together([part.sample for part in ordered]),
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
