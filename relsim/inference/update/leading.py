"""Runs of a scenario led along what happened in its term, and weighed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.inference.calibrate.past import ASKED
from relsim.inference.calibrate.record_likelihood import NestedFilter, Observation, Record
from relsim.processes.recorded import Recorded, RecordOfMoves, Refused
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.runs.workers import KeptPool
from relsim.scenario.files.joint_draws import place_of_draws
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK
from relsim.worlds.parameters import calendar_columns, parameter_draws
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_run
from relsim.worlds.stage import stage_of

__all__ = ["Along", "Columns", "Leading", "Led", "Work", "along", "columns_of", "daily"]

# Draws led side by side by one worker: half of them all, so that two cores share the work, within
# bounds; of few runs calls cost more than numbers. Numbers depend on the size of a part, not on
# workers.
PARTS, LARGEST_PART = 2, 256
FEWEST_RUNS = 2048  # of a part
KEPT = 64  # about so many runs are kept whole: all of some draws, as they are copied among these
LIFETIME = "talks.proposal_lifetime"

Columns = dict[str, Doubles]  # of each uncertain parameter, and ``path@date``: (draws,)


@dataclass(frozen=True)
class Leading:
    """What is done with the runs of each draw.

    Attributes
    ----------
    scenario : Scenario
        With daily reviews.
    moves : tuple of Recorded
        What happened, in order; days count from the scenario's start.
    first_day, last_day : int
        From the one to the other it is evidence. Until the last day nothing else is done.
    ends : tuple of int
        Days beside the last days of weeks at whose end draws are weighed; the last day among them.
    observation : Observation
    runs : int
        Inner runs of each draw.
    seed : int
    """

    scenario: Scenario
    moves: tuple[Recorded, ...]
    first_day: int
    last_day: int
    ends: tuple[int, ...]
    observation: Observation
    runs: int
    seed: int

    @cached_property
    def periods(self) -> Integers:
        """The last days of weeks, and of what ends between: what is weighed at once."""
        days = self.last_day + 1
        return np.unique([*range(WEEK - 1, days, WEEK), *(day for day in self.ends if day < days)])

    def period(self, day: int) -> int:
        """The number of the period in which a day lies."""
        return int(np.searchsorted(self.periods, day))

    @cached_property
    def until_then(self) -> Scenario:
        """The scenario, ended with the last day."""
        plain = self.scenario.model_dump(by_alias=True, mode="json")
        end = self.scenario.horizon.start + timedelta(days=self.last_day + 1)
        calendar = [e for e in plain["calendar"] if date.fromisoformat(e["date"]) < end]
        data = plain | {
            "horizon": plain["horizon"] | {"end": end.isoformat()},
            "calendar": calendar, "outcomes": {"any": ASKED}, "headline": "any", "forecasts": {},
        }  # fmt: skip
        return Scenario.model_validate(data, context=place_of_draws(self.scenario.draws))

    def weekly(
        self, columns: Columns, log_intensity: Doubles, number: int, pool: KeptPool
    ) -> tuple[Doubles, tuple[Recorded, ...], Doubles]:
        """The log-likelihood of each period in each draw; the moves that count, and that of each.

        Parameters
        ----------
        columns : dict of float64 (draws,)
            Parameters of each draw.
        log_intensity : float64, (draws,)
            ln ω of each draw.
        number : int
            Of the evaluation: another one has other random numbers.
        pool : KeptPool
            Does the work; the numbers do not depend on its size.

        Returns
        -------
        weekly : float64, (periods, draws)
        moves : tuple of Recorded
        by_move : float64, (moves, draws)
        """
        parts = _led(self, columns, log_intensity, number, pool, to_the_end=False)
        weekly, by_move = (
            np.concatenate([getattr(part, name) for part in parts], axis=1)
            for name in ("weekly", "by_move")
        )
        return weekly, parts[0].moves, by_move

    def onward(
        self, columns: Columns, log_intensity: Doubles, number: int, pool: KeptPool
    ) -> list[Led]:
        """The same runs, which go on freely to the end of the term: one part after the other."""
        return _led(self, columns, log_intensity, number, pool, to_the_end=True)


class Led(NamedTuple):
    """Some draws, led along."""

    weekly: Doubles
    moves: tuple[Recorded, ...]
    by_move: Doubles
    refused: tuple[Refused, ...]
    result: ChunkResult


class Work(NamedTuple):
    """What a worker is sent once: draws, and how they are led along."""

    leading: Leading
    columns: Mapping[str, Doubles]
    log_intensity: Doubles
    number: int
    size: int  # draws of each part
    to_the_end: bool


def daily(scenario: Scenario) -> Scenario:
    """The scenario with daily reviews, so that the order of what happened is kept."""
    return scenario.vary(
        {f"actors.{name}.{key}": n for name in scenario.actors
         for key, n in (("first_review", 0), ("review_every", 1))}
    )  # fmt: skip


def columns_of(scenario: Scenario, seed: int, draws: int) -> Columns:
    """The draws of an ensemble: all that is uncertain, and what its calendar draws."""
    drawn = parameter_draws(scenario, seed, range(draws // DRAWS_PER_BATCH))
    uncertain = [path for path, v in scenario.parameters().items() if v.constant is None]
    columns = {path: drawn[path] for path in uncertain}
    changes = calendar_columns(scenario, seed, np.arange(draws))
    for number, of_paths in changes.items():
        when = scenario.calendar[number].date
        for path, values in of_paths.items():
            columns[f"{path}@{when}"] = np.broadcast_to(values, (draws,)).astype(np.float64)
    return columns


def _led(
    leading: Leading, columns: Columns, log_intensity: Doubles, number: int, pool: KeptPool,
    *, to_the_end: bool,
) -> list[Led]:  # fmt: skip
    batches = len(log_intensity) // DRAWS_PER_BATCH
    least = -(-FEWEST_RUNS // (leading.runs * DRAWS_PER_BATCH))
    size = min(max(-(-batches // PARTS), least) * DRAWS_PER_BATCH, LARGEST_PART)
    if not to_the_end:
        leading.until_then  # noqa: B018  made once here, and sent to the workers
    work = Work(leading, columns, log_intensity, number, size, to_the_end)
    parts = range(-(-len(log_intensity) // size))
    found = dict(pool.done(_part, work, [(part,) for part in parts]))
    return [found[part] for part in parts]


class Along(NamedTuple):
    """Some draws, as they are to be led along: all that a simulation of them takes."""

    plan: Plan
    given: dict[str, Floats]
    record: RecordOfMoves
    watch: NestedFilter


def along(work: Work, part: int) -> Along:
    """The runs of one part of the draws."""
    leading, runs = work.leading, work.leading.runs
    own = slice(part * work.size, (part + 1) * work.size)
    intensity = work.log_intensity[own]
    draws = len(intensity)
    width = draws * runs
    seed = leading.seed + 1_000_003 * (work.number * 4096 + part + 1)
    draw = draw_of_run(np.arange(width), runs)
    place = np.argsort(draw, kind="stable").reshape(draws, runs)
    kept = np.sort(place[: max(KEPT // runs, 1)], axis=None) if work.to_the_end and not part else ()
    scenario = leading.scenario if work.to_the_end else leading.until_then
    plan = Plan(scenario, seed, width, runs, width=width, kept=tuple(map(int, kept)))
    given = {path: v[own][draw].astype(np.float32) for path, v in work.columns.items()}
    lifetime = scenario.parameters()[LIFETIME].distribution.quantile(np.array([0.5]))
    watch = NestedFilter(
        stage_of(scenario),
        Record(leading.moves, leading.first_day, leading.last_day),
        leading.observation, (draws, runs),
        intensity[draw][np.newaxis].astype(np.float32),
        given.get(LIFETIME, np.asarray(lifetime, dtype=np.float32)),
        seed, place, leading.last_day if work.to_the_end else None, by_move=True,
    )  # fmt: skip
    record = RecordOfMoves(
        leading.moves, leading.last_day, watch=watch, ends=leading.ends, foresight=True,
        watched_from=leading.first_day,
    )  # fmt: skip
    return Along(plan, given, record, watch)


def _part(work: Work, task: tuple[int]) -> tuple[int, Led]:
    (part,) = task
    plan, given, record, watch = along(work, part)
    (result,) = simulate_chunks(plan, (0,), given, record)
    by_move = np.array(watch.by_move).reshape(len(watch.moves), plan.draws)
    led = Led(np.array(watch.weekly), tuple(watch.moves), by_move, tuple(record.refused), result)
    return part, led
