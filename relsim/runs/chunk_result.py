"""What is kept of a chunk, the same from any process: compact arrays, the event log as a table."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Doubles, Floats, Integers
from relsim.brief import Brief
from relsim.errors import RelsimError, SimulationError
from relsim.processes.recorder import Recorder, edges_of, whole_years
from relsim.runs.plan import Plan
from relsim.scenario.catalogue import DEEDS
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.randomness.draws import draw_of_run
from relsim.worlds.record import Entry, Record
from relsim.worlds.stage import Stage, stage_of
from relsim.worlds.worlds import Worlds

NOT_RUN = np.int16(-2)
LOG_TYPE = np.dtype(
    [
        ("run", np.int64),
        ("day", np.int16),
        ("kind", np.int16),
        ("actor", np.int16),
        ("subject", np.int16),
        ("weight", np.float32),
        ("probability", np.float32),
        ("drivers", np.float32, (4,)),
        ("value", np.float32),
    ]
)


@dataclass(frozen=True, repr=False)
class Vocabulary(Brief):
    """Names that the log's numbers stand for; number -1 stands for none.

    Attributes
    ----------
    kinds : tuple of str
        Moves of the catalogue (hold excluded), then the engine's other deeds.
    actors, subjects : tuple of str
        A subject is a treaty, an issue, a region, a project, a rung of the ladder, or what was
        proposed: talks, or a summit.
    """

    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    subjects: tuple[str, ...]


def vocabulary(scenario: Scenario) -> Vocabulary:
    """The names that can occur in a scenario's log."""
    moves = [name for name in scenario.moves if name != "hold"]
    return Vocabulary(
        kinds=(*moves, *(deed for deed in DEEDS if deed not in moves)),
        actors=tuple(scenario.actors),
        subjects=scenario.subjects,
    )


def log_of(entries: Sequence[Entry], first_run: int, words: Vocabulary) -> npt.NDArray[np.void]:
    """One row a run and happening, ordered by run, then as it happened.

    Parameters
    ----------
    entries : sequence of Entry
        Their columns count from the chunk's first run.
    first_run : int
        Number of the chunk's first run.
    words : Vocabulary
        Numbers of the names.

    Returns
    -------
    structured array of `LOG_TYPE`
        probability and drivers are NaN where nobody chose; value, which `Entry` describes, is NaN
        where there is none.
    """
    kinds, actors, subjects = (
        {name: number for number, name in enumerate(names)} | {None: -1}
        for names in (words.kinds, words.actors, words.subjects)
    )
    sizes = [entry.runs.size for entry in entries]
    table = np.zeros(sum(sizes), dtype=LOG_TYPE)
    table["probability"] = np.nan
    table["drivers"] = np.nan
    table["value"] = np.nan
    end = 0
    for entry, size in zip(entries, sizes, strict=True):
        rows = table[end : end + size]
        end += size
        rows["run"] = first_run + entry.runs
        rows["day"], rows["kind"], rows["weight"] = entry.day, kinds[entry.kind], entry.weight
        rows["actor"], rows["subject"] = actors[entry.actor], subjects[entry.subject]
        if entry.probability is not None:
            rows["probability"] = entry.probability
        if entry.drivers is not None:
            rows["drivers"] = entry.drivers.T
        if entry.value is not None:
            rows["value"] = entry.value
    return np.asarray(table[np.argsort(table["run"], kind="stable")])


@dataclass(frozen=True, repr=False)
class Sample(Brief):
    """Some runs kept whole.

    Attributes
    ----------
    runs : int64, (sampled,)
        Numbers of the runs, rising.
    series : dict of float32 (weeks, sampled)
    log : structured array of `relsim.runs.chunk_result.LOG_TYPE`
        One row a happening: run, day, kind, actor, subject, weight, probability, drivers, value.
    words : Vocabulary
        What the numbers of kind, actor and subject stand for.
    """

    runs: Integers
    series: Mapping[str, Floats]
    log: npt.NDArray[np.void]
    words: Vocabulary


@dataclass(frozen=True)
class ChunkResult:
    """One chunk, reduced to what the ensemble and the store keep of it.

    Attributes
    ----------
    chunk, first_run : int
    first_day : int16, (outcomes, runs)
        Day on which each outcome came about; -1 never, -2 not run (the run failed).
    quantities : dict of float32 (runs,)
    draws : int64, (draws,)
        Numbers of the draws that have runs in this chunk.
    move_counts : whole numbers, (draws, actors, moves)
        Moves made, summed over the runs of each draw in `draws`.
    joint_counts : whole numbers, (draws, joint moves)
    histograms : dict of whole numbers (weeks, bins)
    edges : dict of float64 (bins + 1,)
    sample : Sample
    log : tuple of Entry
        The log of the sample as the engine wrote it; its run numbers count from the chunk's first
        run. Workers do not send it.
    """

    chunk: int
    first_run: int
    first_day: npt.NDArray[np.int16]
    quantities: Mapping[str, Floats]
    draws: Integers
    move_counts: npt.NDArray[np.integer]
    joint_counts: npt.NDArray[np.integer]
    histograms: Mapping[str, npt.NDArray[np.integer]]
    edges: Mapping[str, Doubles]
    sample: Sample
    log: tuple[Entry, ...] = ()

    @property
    def runs(self) -> slice:
        """Where the chunk's runs stand among those of the ensemble."""
        return slice(self.first_run, self.first_run + self.first_day.shape[1])


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


def failure_of(error: Exception, plan: Plan, chunk: int) -> Failure:
    """What is kept of an error that broke off a chunk."""
    column = error.column if isinstance(error, SimulationError) else None
    ours, runs = isinstance(error, RelsimError), plan.runs_of(chunk)
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
        draw=int(draw_of_run(np.array([run]), plan.runs_per_draw)[0]),
        message=str(error) if ours else f"{type(error).__name__}: {error}",
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
    counts: npt.NDArray[np.int16], place: Integers, draws: int
) -> npt.NDArray[np.int32]:
    """Sum counts (…, runs) over the runs of each draw: shape (draws, …)."""
    flat = counts.reshape(-1, counts.shape[-1])
    sums = [np.bincount(place, weights=row, minlength=draws) for row in flat]
    shape = (draws, *counts.shape[:-1])
    return np.stack(sums, axis=1).reshape(shape).astype(np.int32)


def finite_runs(worlds: Worlds) -> Booleans:
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


def quantities(worlds: Worlds, recorder: Recorder) -> dict[str, Floats]:
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
    """Chunks simulated side by side, before they are taken apart; the runs on the last axis.

    Attributes
    ----------
    run, of_run : int64, (columns,)
        The run of each column, -1 in padding, and its draw.
    """

    worlds: Worlds
    recorder: Recorder
    record: Record
    first_day: npt.NDArray[np.int16]
    run: Integers
    of_run: Integers


def reduce_chunks(
    state: ChunkState, columns: Mapping[int, slice], scenario: Scenario
) -> list[ChunkResult]:
    """Reduce simulated chunks to what is kept; `columns` has those of each chunk's real runs."""
    first_day = np.where(finite_runs(state.worlds), state.first_day, NOT_RUN)
    kept, words = quantities(state.worlds, state.recorder), vocabulary(scenario)
    return [
        ChunkResult(
            chunk=chunk,
            first_run=int(state.run[real.start]),
            first_day=first_day[:, real],
            quantities={name: values[real] for name, values in kept.items()},
            **_counts(state, place, real),
            **_kept_whole(state, real, words),
        )
        for place, (chunk, real) in enumerate(columns.items())
    ]


def _counts(state: ChunkState, place: int, real: slice) -> dict[str, Any]:
    """What is summed over the runs of the chunk that stood at this place."""
    worlds, recorder = state.worlds, state.recorder
    draws, of_run = np.unique(state.of_run[real], return_inverse=True)
    fits = np.uint16 if of_run.size <= np.iinfo(np.uint16).max else np.uint32
    return {
        "draws": draws,
        "move_counts": sums_by_draw(worlds.move_counts[..., real], of_run, draws.size),
        "joint_counts": sums_by_draw(worlds.joint_counts[..., real], of_run, draws.size),
        "histograms": {name: h[place].astype(fits) for name, h in recorder.histograms.items()},
        "edges": recorder.edges,
    }


def _kept_whole(state: ChunkState, real: slice, words: Vocabulary) -> dict[str, Any]:
    recorder = state.recorder
    here = (recorder.sampled >= real.start) & (recorder.sampled < real.stop)
    series = {k: v[:, here] for k, v in recorder.sample.items()} if here.any() else {}
    entries = state.record.by_lineage() if state.record.logged[real].any() else ()
    log = tuple(one for entry in entries if (one := entry.within(real)) is not None)
    table = log_of(log, int(state.run[real.start]), words)
    return {"sample": Sample(state.run[recorder.sampled[here]], series, table, words), "log": log}


def no_run(scenario: Scenario) -> ChunkResult:
    """A chunk of a scenario without a run: its names and axes alone."""
    stage, words = stage_of(scenario), vocabulary(scenario)
    edges, weeks = edges_of(stage), len(record_days(stage.days))
    moves = (0, len(stage.actors), len(stage.moves))
    return ChunkResult(
        chunk=0,
        first_run=0,
        first_day=np.zeros((len(scenario.outcomes), 0), np.int16),
        quantities={name: np.zeros(0, np.float32) for name in quantity_names(stage)},
        draws=np.zeros(0, np.int64),
        move_counts=np.zeros(moves, np.int64),
        joint_counts=np.zeros((0, len(stage.joint)), np.int64),
        histograms={n: np.zeros((weeks, bins.size - 1), np.int64) for n, bins in edges.items()},
        edges=edges,
        sample=Sample(np.zeros(0, np.int64), {}, np.zeros(0, LOG_TYPE), words),
    )
