"""Chunks of runs led to a rare outcome: split at the ends of weeks, or their chances added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Floats, Integers, Shorts
from relsim.errors import SimulationError
from relsim.inference.rare.outline import ChunkLog, Outline, outlines
from relsim.inference.rare.splitting import LOWEST, LOWEST_OF_ONE_DRAW, Banked, Population
from relsim.inference.rare.ways import CHANCES, OVERTHROW, SPLITTING, Way
from relsim.inference.update.leading import Work, along
from relsim.processes.term import WeekEnd
from relsim.runs.chunk_result import NOT_RUN, ChunkState, finite_runs
from relsim.runs.engine import simulate_state
from relsim.runs.plan import Plan
from relsim.worlds.monitors import Monitors
from relsim.worlds.record import Record
from relsim.worlds.worlds import Worlds

__all__ = ["Led", "Split", "Task", "led", "led_after"]

OUTLINED = 48  # runs of a chunk, drawn by weight, of which it is told what they did


class Led(NamedTuple):
    """What came of one chunk.

    Attributes
    ----------
    chunk : int
    draws : int64, (draws,)
        Numbers of the draws with runs in it.
    by_draw, squares : float64, (draws,)
        Sums of what the runs of each draw bring to the outcome, and of the squares of that: their
        weights, chances, or hits.
    runs, failed : int
        Runs that count, and runs in which a number is not finite.
    outlines : tuple of Outline
        None where runs that meet the outcome stay.
    first_day : int16, (outcomes, places)
        Day of each outcome in the runs as they stand in the end; -1 never, -2 not run.
    weights : float64, (places,)
        Of these.
    """

    chunk: int
    draws: Integers
    by_draw: Doubles
    squares: Doubles
    runs: int
    failed: int
    outlines: tuple[Outline, ...]
    first_day: Shorts
    weights: Doubles


class Task(NamedTuple):
    """What a worker is sent once: the outcome, the plan, and the chunks whose runs are outlined."""

    outcome: str
    way: Way
    plan: Plan
    outlined: frozenset[int] = frozenset()
    leave: bool = True


@dataclass
class Split:
    """Splits chunks side by side at the end of each week, each for itself.

    Attributes
    ----------
    outcome : str
    top : int
        The rung at which it is met.
    columns : mapping of int to slice
        The runs of each chunk; what is between them stays as it is.
    leave : bool
        As for `Population`.
    even : bool
        All runs stand at one level: nothing is ever copied.
    since : int
        Nothing is copied until this day is over.
    """

    outcome: str
    top: int
    columns: Mapping[int, slice]
    leave: bool = True
    even: bool = False
    since: int = -1
    populations: dict[int, Population] = field(default_factory=dict)
    marks: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __call__(self, worlds: Worlds, monitors: Monitors, record: Record) -> WeekEnd:
        """Begin; what is returned is called at the end of each week."""
        stream = worlds.streams.stream("splitting", "copies")
        differ = any(column.ndim for column in worlds.parameters.values())
        lowest = LOWEST if differ else LOWEST_OF_ONE_DRAW
        for chunk, real in self.columns.items():
            self.populations[chunk] = Population(real.stop - real.start, self.leave, lowest)

        def week_end(day: int) -> None:
            if day <= self.since:
                return
            uniforms = stream.uniforms(day)
            met = monitors.day_of(self.outcome) >= 0
            level = np.minimum(worlds.rung, self.top).astype(np.int64)
            if self.even:
                level[:] = 0
            self.marks[day] = len(record.entries), len(record.taken)
            index = np.arange(worlds.width)
            for chunk, real in self.columns.items():
                taken = self.populations[chunk].week(
                    day, level[real], met[real], float(uniforms[real.start])
                )
                if taken is not None:
                    index[real] = taken + real.start
            if (index != np.arange(index.size)).any():
                worlds.take(index)

        return week_end


@dataclass
class Chances:
    """Adds up the weekly chances of a deed in each run.

    A run in which it has happened goes on as if it had not, so that the chance of a run by the end
    is 1 − ∏ (1 − weekly chance): what the run would be expected to show (Rao & Blackwell). Where
    only some days count, an overthrow before them leaves nothing to happen to that government.
    """

    way: Way
    log_spared: dict[str, Doubles] = field(init=False)
    log_standing: dict[str, Doubles] = field(init=False)

    def __call__(self, worlds: Worlds, monitors: Monitors, record: Record) -> WeekEnd:
        """Begin; nothing is done at the ends of weeks."""
        self.log_spared = {actor: np.zeros(worlds.width) for actor in self.way.actors}
        self.log_standing = {actor: np.zeros(worlds.width) for actor in self.way.actors}
        record.chances = self._told
        return lambda day: None

    def _told(self, kind: str, actor: str, day: int, chance: Floats) -> None:
        days = self.way.days
        if days is None or actor not in self.way.actors:
            return
        with np.errstate(divide="ignore"):
            spared = np.log1p(-np.minimum(chance.astype(np.float64), 1))
        if kind == self.way.deed and days.first <= day <= days.last:
            self.log_spared[actor] += spared
        if kind == OVERTHROW and day < days.first:
            self.log_standing[actor] += spared

    @property
    def by_run(self) -> Doubles:
        """The chance of each run to see it by the end of the term."""
        with np.errstate(divide="ignore"):
            spared = [
                np.log1p(np.exp(self.log_standing[actor]) * np.expm1(log))
                for actor, log in self.log_spared.items()
            ]
        return np.asarray(-np.expm1(np.sum(spared, axis=0)))


def led(task: Task, chunks: Sequence[int], given: Mapping[str, Floats] | None = None) -> list[Led]:
    """Simulate some chunks side by side; what each gives depends on the task and its number alone.

    Raises
    ------
    SimulationError
        If a run that was split has a number that is not finite: its copies would, too.
    """
    plan = replace(task.plan, kept=(), log_all=bool(task.outlined.intersection(chunks)))
    columns = plan.columns_of(chunks)
    if task.way.method == SPLITTING:
        split = Split(task.outcome, len(task.way.levels) - 1, columns, task.leave)
        state = simulate_state(plan, chunks, given, watching=split)
        return [_split(task, split, state, chunk, real) for chunk, real in columns.items()]
    chances = Chances(task.way) if task.way.method == CHANCES else None
    state = simulate_state(plan, chunks, given, watching=chances)
    return [_counted(task, chances, state, chunk, real) for chunk, real in columns.items()]


def led_after(task: Task, work: Work, part: int) -> Led:
    """Lead some draws of an update along what happened, then on to a rare outcome.

    Parameters
    ----------
    task : Task
        The plan is that of all parts together, of which each is a chunk.
    work : Work
        The draws, and what happened.
    part : int
        Which of the draws.

    Raises
    ------
    SimulationError
        If a run that was split has a number that is not finite.
    """
    plan, given, record, _ = along(work, part)
    plan = replace(plan, kept=(), log_all=part in task.outlined)
    columns = plan.columns_of((0,))
    if task.way.method == SPLITTING:
        top, since = len(task.way.levels) - 1, work.leading.last_day
        split = Split(task.outcome, top, columns, task.leave, since=since)
        state = simulate_state(plan, (0,), given, record, split)
        split.populations[part] = split.populations.pop(0)
        found = _split(task, split, state, part, columns[0])
    else:
        state = simulate_state(plan, (0,), given, record)
        found = _counted(task, None, state, part, columns[0])
    first = part * work.size
    outlined = tuple(one._replace(draw=one.draw + first) for one in found.outlines)
    return found._replace(draws=found.draws + first, outlines=outlined)


def _split(task: Task, split: Split, state: ChunkState, chunk: int, real: slice) -> Led:
    """What was banked in one chunk."""
    population, draws = split.populations[chunk], state.of_run[real]
    if not (finite := finite_runs(state.worlds)[real]).all():
        raise SimulationError(
            f"{int((~finite).sum())} runs of chunk {chunk} have a number that is not finite: "
            "copies would spread it, so nothing is said of them"
        )
    days, place = state.first_day[:, real], list(task.plan.scenario.outcomes).index(task.outcome)
    banked = population.banked
    if not population.leave:
        met = np.flatnonzero(days[place] >= 0)
        banked = [Banked(-1, met, population.root[met], population.weights[met])]
    outlined: tuple[Outline, ...] = ()
    if chunk in task.outlined and population.leave:
        outlined = outlines(
            banked, ChunkLog(state.record, split.marks, real.start), draws, OUTLINED
        )
    roots = np.concatenate([np.zeros(0, np.int64), *(one.root for one in banked)])
    weights = np.concatenate([np.zeros(0), *(one.weight for one in banked)])
    by_draw = _by_draw(draws, draws[roots], weights)
    return Led(chunk, *by_draw, draws.size, 0, outlined, days, population.weights)


def _counted(
    task: Task, chances: Chances | None, state: ChunkState, chunk: int, real: slice
) -> Led:
    """The chances of one chunk, or its hits."""
    draws, finite = state.of_run[real], finite_runs(state.worlds)[real]
    days, place = state.first_day[:, real], list(task.plan.scenario.outcomes).index(task.outcome)
    brings = chances.by_run[real] if chances is not None else (days[place] >= 0).astype(np.float64)
    by_draw = _by_draw(draws, draws[finite], brings[finite])
    days = np.where(finite, days, NOT_RUN)
    runs = int(finite.sum())
    return Led(chunk, *by_draw, runs, draws.size - runs, (), days, finite.astype(np.float64))


def _by_draw(draws: Integers, of: Integers, brings: Doubles) -> tuple[Integers, Doubles, Doubles]:
    """All draws of a chunk; the sums of what their runs bring, and of its squares."""
    names = np.unique(draws)
    place = np.searchsorted(names, of)
    sums, squares = (
        np.bincount(place, x, names.size).astype(np.float64) for x in (brings, brings**2)
    )
    return names, sums, squares
