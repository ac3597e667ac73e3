"""What a worker hands back of a chunk: compact arrays, the same from any process."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.errors import RelsimError, SimulationError
from relsim.processes.recorder import Recorder, whole_years
from relsim.runs.event_log import Vocabulary, log_of, vocabulary
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_run
from relsim.worlds.record import Entry
from relsim.worlds.stage import Stage
from relsim.worlds.worlds import Worlds

Array = npt.NDArray[Any]

NOT_RUN = np.int16(-2)


@dataclass(frozen=True)
class ChunkResult:
    """One chunk, reduced.

    Attributes
    ----------
    chunk : int
    first_day : int16, (outcomes, runs)
        Day on which each outcome came about; -1 never, -2 not run (the run failed).
    quantities : dict of float32 (runs,)
    move_counts : int32, (draws, actors, moves)
        Moves made, summed over the runs of each draw in `draws`.
    joint_counts : int32, (draws, joint moves)
    draws : int64, (draws,)
        Numbers of the draws that have runs in this chunk.
    histograms : dict of uint16 (weeks, bins)
        Of uint32 if the chunk has more runs than that can count.
    sample : dict of float32 (weeks, sampled runs)
    sampled : int64, (sampled runs,)
        Numbers of the runs that are kept whole.
    log : tuple of Entry
        Happenings in the logged runs; their run numbers count from the chunk's first run.
    """

    chunk: int
    first_day: npt.NDArray[np.int16]
    quantities: dict[str, npt.NDArray[np.float32]]
    move_counts: npt.NDArray[np.int32]
    joint_counts: npt.NDArray[np.int32]
    draws: npt.NDArray[np.int64]
    histograms: dict[str, npt.NDArray[np.unsignedinteger]]
    edges: dict[str, npt.NDArray[np.float64]]
    sample: dict[str, npt.NDArray[np.float32]]
    sampled: npt.NDArray[np.int64]
    log: tuple[Entry, ...]


@dataclass(frozen=True)
class Failure:
    """A chunk that broke off; its runs are left out.

    Attributes
    ----------
    chunk : int
    first_run, last_run : int
        Its runs, both included.
    run, draw : int
        The run at fault, else the first of the chunk; and its draw.
    message : str
    trace : str
        Where an error that is not relsim's own came from; not stored.
    """

    chunk: int
    first_run: int
    last_run: int
    run: int
    draw: int
    message: str
    trace: str = field(default="", compare=False)

    def __str__(self) -> str:
        return (
            f"chunk {self.chunk} (runs {self.first_run:,} to {self.last_run:,}) failed at run "
            f"{self.run:,}, draw {self.draw:,}: {self.message}"
        )

    def to_json(self) -> dict[str, int | str]:
        """Plain data, from which `Failure` can be made again."""
        return {name: value for name, value in vars(self).items() if name != "trace"}


def failure_of(error: Exception, chunk: int, runs: range, runs_per_draw: int) -> Failure:
    """What is told of an error that broke off a chunk with these runs."""
    column = error.column if isinstance(error, SimulationError) else None
    run = runs[min(column or 0, len(runs) - 1)]  # padding repeats the last run's draw
    # A process puts its name and the day into an error of relsim's own, and SimPy raises a copy.
    source: BaseException | None = error
    while isinstance(source, RelsimError):
        source = source.__cause__
    return Failure(
        chunk=chunk,
        first_run=runs[0],
        last_run=runs[-1],
        run=run,
        draw=int(draw_of_run(np.array([run]), runs_per_draw)[0]),
        message=str(error)
        if isinstance(error, RelsimError)
        else f"{type(error).__name__}: {error}",
        trace="" if source is None else "".join(traceback.format_exception(source)),
    )


def all_failed(failures: Sequence[Failure]) -> SimulationError:
    """The error of an ensemble of which every chunk broke off: that of the first."""
    first = min(failures, key=lambda failure: failure.chunk)
    error = SimulationError(first.message)
    if first.trace:
        error.add_note(first.trace)
    return error


def sums_by_draw(
    counts: npt.NDArray[np.int16], place: npt.NDArray[np.int64], draws: int
) -> npt.NDArray[np.int32]:
    """Sum counts (…, runs) over the runs of each draw: shape (draws, …)."""
    flat = counts.reshape(-1, counts.shape[-1])
    sums = [np.bincount(place, weights=row, minlength=draws) for row in flat]
    shape = (draws, *counts.shape[:-1])
    return np.stack(sums, axis=1).reshape(shape).astype(np.int32)


def finite_runs(worlds: Worlds) -> npt.NDArray[np.bool_]:
    """Runs in which every number is finite, shape (runs,)."""
    fine = np.ones(worlds.width, dtype=np.bool_)
    for array in worlds.arrays().values():
        if array.dtype == np.float32:
            fine &= np.isfinite(array).reshape(-1, worlds.width).all(axis=0)
    return fine


def quantity_names(stage: Stage) -> tuple[str, ...]:
    """The names of `quantities`, in their order."""
    kinds = ("sanctions_rounds", "strong_moves", "pressure_works_at_end")
    return (
        "index_at_end", "weeks_below_zero", "first_thaw_day", "leaders_meetings", "agreements",
        *(f"{kind}.{name}" for name in stage.actors for kind in kinds),
        *(f"flow_of_year.{year + 1}" for year in range(whole_years(stage.days))),
    )  # fmt: skip


def quantities(worlds: Worlds, recorder: Recorder) -> dict[str, npt.NDArray[np.float32]]:
    """What figures and tables ask of each run besides its outcomes; float32 (runs,)."""
    stage = worlds.stage
    result: list[npt.NDArray[np.generic]] = [
        worlds.index,
        recorder.weeks_below_zero,
        recorder.first_thaw,
        worlds.joint_counts[stage.joint["summit"].index],
        worlds.joint_counts[stage.joint["agreement"].index],
    ]
    for actor in range(len(stage.actors)):
        result += [worlds.rounds_of[actor], worlds.strong_of[actor], worlds.pressure_works(actor)]
    result += list(recorder.flow_of_year)
    names = quantity_names(stage)
    return {n: values.astype(np.float32) for n, values in zip(names, result, strict=True)}


@dataclass(frozen=True)
class ChunkState:
    """Chunks lived side by side, before they are taken apart; the runs on the last axis.

    Attributes
    ----------
    run, of_run : int64, (columns,)
        The run of each column, -1 in padding, and its draw.
    logged : bool, (columns,)
        Runs whose happenings are among the entries.
    """

    worlds: Worlds
    recorder: Recorder
    first_day: npt.NDArray[np.int16]
    entries: tuple[Entry, ...]
    run: npt.NDArray[np.int64]
    of_run: npt.NDArray[np.int64]
    logged: npt.NDArray[np.bool_]


def reduce_chunks(state: ChunkState, columns: Mapping[int, slice]) -> list[ChunkResult]:
    """Reduce lived chunks to what is kept; `columns` has those of each chunk's real runs."""
    first_day = np.where(finite_runs(state.worlds), state.first_day, NOT_RUN)
    kept = quantities(state.worlds, state.recorder)
    return [
        _reduced(state, place, chunk, real, first_day, kept)
        for place, (chunk, real) in enumerate(columns.items())
    ]


def _reduced(
    state: ChunkState,
    place: int,
    chunk: int,
    real: slice,
    first_day: npt.NDArray[np.int16],
    kept: Mapping[str, npt.NDArray[np.float32]],
) -> ChunkResult:
    """One of the chunks, which stood at this place."""
    worlds, recorder = state.worlds, state.recorder
    draws, of_run = np.unique(state.of_run[real], return_inverse=True)
    fits = np.uint16 if of_run.size <= np.iinfo(np.uint16).max else np.uint32
    here = (recorder.sampled >= real.start) & (recorder.sampled < real.stop)
    entries = state.entries if state.logged[real].any() else ()
    log = (entry.within(real) for entry in entries)
    return ChunkResult(
        chunk=chunk,
        first_day=first_day[:, real],
        quantities={name: values[real] for name, values in kept.items()},
        move_counts=sums_by_draw(worlds.move_counts[..., real], of_run, draws.size),
        joint_counts=sums_by_draw(worlds.joint_counts[..., real], of_run, draws.size),
        draws=draws,
        histograms={name: h[place].astype(fits) for name, h in recorder.histograms.items()},
        edges=recorder.edges,
        sample={k: v[:, here] for k, v in recorder.sample.items()} if here.any() else {},
        sampled=state.run[recorder.sampled[here]],
        log=tuple(entry for entry in log if entry is not None),
    )


@dataclass(frozen=True, repr=False)
class Sample(Brief):
    """Some runs kept whole.

    Attributes
    ----------
    runs : int64, (sampled,)
        Numbers of the runs, rising.
    series : dict of float32 (weeks, sampled)
    log : structured array of `relsim.runs.event_log.LOG_TYPE`
        One row a happening: run, day, kind, actor, subject, weight, probability, drivers,
        value.
    words : Vocabulary
        What the numbers of kind, actor and subject stand for.
    """

    runs: npt.NDArray[np.int64]
    series: Mapping[str, npt.NDArray[np.float32]]
    log: npt.NDArray[np.void]
    words: Vocabulary


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
    histograms : dict of whole numbers (weeks, bins)
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
    histograms: Mapping[str, npt.NDArray[np.integer]]
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


def tallies(runs: int, runs_per_draw: int, width: int) -> int:
    """Draws that can have runs in one chunk, at most."""
    batch = DRAWS_PER_BATCH * runs_per_draw
    firsts = range(0, runs, width)
    batches = max((min(f + width, runs) - 1) // batch - f // batch + 1 for f in firsts)
    return min(width, DRAWS_PER_BATCH * batches)
