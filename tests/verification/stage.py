"""A bare stage: one chunk on which a test begins only the processes that it studies.

Parameters stand at their medians and nothing happens by itself: no routine moves, no collisions,
no openings. A test sets what it needs by dotted path, in the engine's units (weeks, per year).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import simpy

from relsim.array_types import Floats
from relsim.processes.actor import Reviewing, actor
from relsim.processes.effects import Scene
from relsim.rules import Rule, View
from relsim.scenario.schema import Scenario, load
from relsim.worlds.clock import Clock, Phase, tick
from relsim.worlds.parameters import Parameters, parameter_distributions
from relsim.worlds.randomness.streams import Stream, Streams
from relsim.worlds.record import Record
from relsim.worlds.stage import stage_of
from relsim.worlds.worlds import Worlds, worlds_at_start

Index = npt.NDArray[np.int64]
Process = Generator[simpy.Event, None, None]
Setting = float | npt.NDArray[np.floating[Any]]

WEEK = 7
YEAR = 365.25 / WEEK  # weeks
FOREVER = 1e9  # weeks: a half-life that lets nothing fade
WIDTH = 4096
TERM = 1461  # days: 208 weeks and one of five days
SILENT = ("rate", "opening_rate", "attempt_rate", "abandonment")


@functools.cache
def scenario() -> Scenario:
    """The packaged scenario lends its names and its catalogue; the tests set the numbers."""
    return load("us-russia-2021")


@functools.cache
def quiet() -> dict[str, float]:
    """All parameters at their medians, and every rate at which something happens at zero."""
    medians = {path: d.median for path, d in parameter_distributions(scenario()).items()}
    return {p: 0.0 if set(p.split(".")) & set(SILENT) else value for p, value in medians.items()}


class Happening(NamedTuple):
    """What the engine reported to the record."""

    kind: str
    actor: str | None
    runs: Index
    day: int
    subject: str | None


@dataclass
class Happenings:
    """What happened, in order."""

    listed: list[Happening] = field(default_factory=list)
    series: list[tuple[int, dict[str, Floats]]] = field(default_factory=list)

    def happened(
        self, kind: str, actor: str | None, idx: Index, day: int, subject: str | None = None
    ) -> None:
        self.listed.append(Happening(kind, actor, idx.copy(), day, subject))

    def week(self, day: int, series: dict[str, Floats]) -> None:
        self.series.append((day, {name: values.copy() for name, values in series.items()}))

    def of(self, kind: str) -> Iterator[Happening]:
        return (h for h in self.listed if h.kind == kind)

    def count(self, kind: str, width: int, actor: str | None = None) -> npt.NDArray[np.float64]:
        """How often something of this kind happened in each run."""
        total = np.zeros(width)
        for happening in self.of(kind):
            if actor is None or happening.actor == actor:
                total[happening.runs] += 1
        return total


@dataclass(frozen=True)
class Stage:
    """A chunk, its clock, and what happened in it."""

    worlds: Worlds
    clock: Clock
    scene: Scene
    happenings: Happenings

    def begin(self, *processes: Process) -> None:
        for process in processes:
            self.clock.env.process(process)

    def play(self, days: int | None = None) -> None:
        """Live some days, or the whole term."""
        end = self.clock.days if days is None else days
        self.clock.env.run(until=tick(end, Phase.CALENDAR) + 1)

    def watch(
        self, read: Callable[[], npt.NDArray[Any]], phase: Phase, first: int = 0
    ) -> list[npt.NDArray[Any]]:
        """Copies of an array at a phase of every seventh day, beginning with day `first`.

        What comes after the array's writers in a phase must be begun after them.
        """
        seen: list[npt.NDArray[Any]] = []

        def watcher() -> Process:
            for day in self.clock.every(WEEK, first):
                yield self.clock.until(day, phase)
                seen.append(read().copy())

        self.begin(watcher())
        return seen

    def review(
        self,
        name: str,
        rule: Rule,
        every: int = 7,
        first: int = 0,
        expresses: Floats | None = None,
    ) -> None:
        """Begin an actor's reviews; without `expresses` no driver moves it (W = 0)."""
        moves = len(self.worlds.stage.moves)
        self.begin(
            actor(
                self.worlds,
                self.clock,
                self.scene,
                Reviewing(
                    actor=self.worlds.stage.actor(name),
                    name=name,
                    every=every,
                    first=first,
                    rule_name="of the test",
                    rule=rule,
                    expresses=np.zeros((moves, 4), np.float32) if expresses is None else expresses,
                ),
            )
        )


def set_stage(
    settings: Mapping[str, Setting],
    width: int = WIDTH,
    days: int = TERM,
    seed: int = 1,
    known_day: int = -1,
    streams: Streams | None = None,
) -> Stage:
    """A chunk on its first day, with no process begun.

    Parameters
    ----------
    settings : mapping
        Parameters by dotted path: a number, or one a run.
    width : int
        Number of runs.
    days : int
        Length of the term.
    seed : int
        Of the random streams.
    known_day : int
        Last day on which the record of what happened is known; −1 for none.
    streams : Streams, optional
        The random streams of the chunk, by default that of the seed.
    """
    columns: dict[str, Setting] = dict(quiet())
    unknown = set(settings) - set(columns)
    assert not unknown, f"no such parameters: {sorted(unknown)}"
    columns.update(settings)
    parameters = Parameters({p: np.asarray(c, dtype=np.float32) for p, c in columns.items()})
    stage = replace(stage_of(scenario()), days=days, known_day=known_day, count_day=known_day + 1)
    worlds = worlds_at_start(
        scenario(), stage, parameters, streams or Streams(seed, (0,), width), width
    )
    happenings = Happenings()
    record = Record(happenings, np.zeros(width, dtype=np.bool_))
    clock = Clock(simpy.Environment(), stage.start, days, known_day)
    return Stage(worlds, clock, Scene(worlds, record), happenings)


def scripted(moves: npt.NDArray[np.int64], every: int = WEEK) -> Rule:
    """A rule that follows a script of move rows, shape (reviews, runs)."""

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        chosen = moves[view.day // every]
        p = np.zeros(view.available.shape, dtype=np.float32)
        p[chosen, np.arange(chosen.size)] = 1
        return p

    return rule


class GivenUniforms(Streams):
    """Streams whose uniforms a test sets itself, the same at every tick."""

    def __init__(self, uniforms: Floats) -> None:
        super().__init__(seed=0, chunks=(0,), width=uniforms.size)
        self._uniforms = uniforms

    def stream(self, process: str, purpose: str, rows: int = 1) -> Stream:
        """The given uniforms under any name."""
        return GivenStream(self._uniforms, rows)


class GivenStream(Stream):
    """One purpose's given uniforms."""

    def __init__(self, uniforms: Floats, rows: int) -> None:
        self._given = uniforms if rows == 1 else np.tile(uniforms, (rows, 1))

    def uniforms(self, now: int) -> Floats:
        return self._given.copy()

    def normals(self, now: int) -> Floats:
        raise NotImplementedError("given random numbers have no normals")
