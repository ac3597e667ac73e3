"""What an update does with draws: it weighs them, moves them, and leads them forward."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles
from relsim.ensemble.ensemble import Ensemble, Gathering
from relsim.inference.update.density import Density
from relsim.inference.update.leading import Columns, Leading, columns_of
from relsim.inference.update.onward_file import Onward
from relsim.inference.update.state_file import Stand
from relsim.inference.update.weekly import Found, Population, Weekly, filter_weeks
from relsim.processes.recorded import COLLISION, Recorded
from relsim.runs.jobs import Progress
from relsim.runs.provenance import UPDATED_THROUGH, provenance
from relsim.runs.workers import KeptPool
from relsim.worlds.clock import WEEK
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_run
from relsim.worlds.randomness.streams import Succession

__all__ = ["Setting", "filtered"]

BLOCK = 52 * WEEK  # days of a history that are weighed at once


class Forward(NamedTuple):
    """Draws led forward from a day: what comes of them, and what they were."""

    ensemble: Ensemble
    population: Population
    onward: Onward
    refused: dict[tuple[date, str, str], float]

    def came(self, outcome: str) -> Doubles:
        """Share of the runs of each draw in which an outcome came about."""
        ensemble = self.ensemble
        row = ensemble.first_day[ensemble.outcomes.index(outcome)]
        draw = draw_of_run(np.arange(ensemble.runs), ensemble.runs_per_draw)
        shares: Doubles = np.bincount(draw, row >= 0) / ensemble.runs_per_draw
        return shares


@dataclass(frozen=True)
class Setting:
    """What an update is of.

    Attributes
    ----------
    leading : Leading
    density : Density
    draws, moves : int
        There are `moves` + 1 times as many draws in memory as are led forward.
    pool : KeptPool
    """

    leading: Leading
    density: Density
    draws: int
    moves: int
    pool: KeptPool

    def evaluated(
        self, w: Doubles, others: Columns, number: int
    ) -> tuple[Found, tuple[Recorded, ...]]:
        """What the weeks say of draws, and the moves that count."""
        columns = others | self.density.values(w)
        found = self.leading.weekly(columns, self.density.log_intensity(w), number, self.pool)
        weekly, moves, by_move = found
        return Found(weekly, by_move), moves

    def start(self, draws: int) -> Population:
        """The draws that the scenario begins with; nothing was evaluated."""
        columns = columns_of(self.leading.scenario, self.leading.seed, draws)
        w = self.density.start(columns, self.leading.seed, draws)
        others = {p: column for p, column in columns.items() if p not in self.density.paths}
        none = np.zeros((0, draws))
        return Population(w, others, np.zeros(draws), Found(none, none))

    def holds(self, stand: Stand) -> bool:
        """Whether draws and weeks of a state are as many as an update of this setting has."""
        leading, now, last = self.leading, stand.population, stand.ends[-1]
        counts = (move.move != COLLISION for move in leading.moves if move.day <= last)
        return (
            now.w.shape == (self.draws * (self.moves + 1), self.density.size)
            and now.others.keys() == self.start(DRAWS_PER_BATCH).others.keys()
            and last < leading.last_day
            and len(now.found.weekly) == leading.period(last) + 1
            and len(now.found.by_move) <= sum(counts)
        )

    def forward(self, population: Population, end: int, place: int, began: float) -> Forward:
        """Runs of draws of equal weight, led along to a day, then free."""
        scenario, seed, draws = self.leading.scenario, self.leading.seed, self.draws
        each = len(population.w) // draws
        even = population.at(population.few(each, Succession(seed, "forward", end)))
        leading = replace(
            self.leading, last_day=end, ends=tuple(e for e in self.leading.ends if e <= end)
        )
        columns = even.others | self.density.values(even.w)
        intensity = self.density.log_intensity(even.w)
        parts = leading.onward(columns, intensity, -1 - place, self.pool)
        total = draws * self.leading.runs
        gathering = Gathering(scenario, total, self.leading.runs)
        refused: dict[tuple[date, str, str], float] = {}
        first_run = first_draw = 0
        for number, part in enumerate(parts):
            result, width = part.result, part.result.first_day.shape[1]
            gathering.add(
                replace(result, chunk=number, first_run=first_run, draws=result.draws + first_draw)
            )
            for one in part.refused:
                key = scenario.date_of(one.day), one.actor, one.move
                refused[key] = refused.get(key, 0.0) + one.share * width / total
            first_run += width
            first_draw += width // self.leading.runs
        origin = provenance(scenario, seed, total, ()) | {
            "reproducible_from_the_file_alone": False,
            UPDATED_THROUGH: scenario.date_of(end).isoformat(),
        }
        ensemble = gathering.ensemble(
            seed=seed,
            parameters={
                path: columns[path] if path in columns else np.full(draws, v.distribution.median)
                for path, v in scenario.parameters().items()
            },
            provenance=origin,
            elapsed=time.perf_counter() - began,
        )
        return Forward(ensemble, even, self._onward(population, leading), refused)

    def _onward(self, population: Population, leading: Leading) -> Onward:
        """All draws, each as often as it weighs, to be led on anew."""
        rng = Succession(self.leading.seed, "onward", leading.last_day)
        every = population.at(population.few(1, rng))
        columns = every.others | self.density.values(every.w)
        return Onward(leading, columns, self.density.log_intensity(every.w))


def filtered(
    setting: Setting, ends: Sequence[int], stand: Stand | None, progress: Progress | None
) -> tuple[Weekly, tuple[Recorded, ...]]:
    """Weigh draws week by week, and move them; the moves that count.

    Parameters
    ----------
    setting : Setting
        What it is of.
    ends : sequence of int
        Days on which a forecast is wanted.
    stand : Stand or None
        Where to go on from.
    progress : callable or None
        Called with the evaluations done, and those foreseen.
    """
    done = [0]

    def evaluate(of: Setting, w: Doubles, others: Columns, number: int) -> Found:
        done[0] += 1
        if progress is not None:
            progress(done[0], done[0] + setting.moves)
        return of.evaluated(w, others, number)[0]

    states = setting.draws * (setting.moves + 1)
    now = setting.start(states) if stand is None else stand.population
    weekly = None if stand is None else stand.weekly
    happened: tuple[Recorded, ...] = ()
    for leading in blocks(setting.leading, 0 if stand is None else stand.ends[-1] + 1):
        of = replace(setting, leading=leading)
        found, happened, number = _weighed(of, now, weekly)
        last = len(leading.periods) - 1
        since = filter_weeks(
            partial(evaluate, of), replace(now, found=found),
            leading.period(leading.first_day) if weekly is None else len(weekly.log_predictive),
            [leading.period(move.day) for move in happened],
            {last} | {leading.period(end) for end in ends if end <= leading.last_day},
            seed=leading.seed, moves=setting.moves, learned=setting.density.learned,
            number=number + 1,
        )  # fmt: skip
        weekly, now = since if weekly is None else _joined(weekly, since), since.kept[last]
    assert weekly is not None
    return weekly, happened


def blocks(leading: Leading, since: int) -> Iterator[Leading]:
    """The same until the ends of blocks of weeks from a day on, and at last whole.

    An evaluation costs what the history so far is long; weeks that are far ahead are left out.
    """
    begin = max(leading.first_day, since)
    days = range(-(-begin // WEEK) * WEEK + BLOCK - 1, leading.last_day - BLOCK // 2, BLOCK)
    for last in days:
        yield replace(leading, last_day=last, ends=tuple(e for e in leading.ends if e <= last))
    yield leading


def _weighed(
    setting: Setting, now: Population, weekly: Weekly | None
) -> tuple[Found, tuple[Recorded, ...], int]:
    """What the weeks say of draws; the moves that count; the number of the evaluation.

    What each draw was accepted with stays; of the weeks since then a new filter says how likely it
    finds them after the weeks before.
    """
    number = 0
    if weekly is not None:
        number = len(weekly.log_predictive) + setting.moves * len(weekly.rejuvenations)
    found, happened = setting.evaluated(now.w, now.others, number)
    had = now.found
    return (
        Found(
            np.concatenate([had.weekly, found.weekly[len(had.weekly) :]]),
            np.concatenate([had.by_move, found.by_move[len(had.by_move) :]]),
        ),
        happened,
        number,
    )


def _joined(old: Weekly, new: Weekly) -> Weekly:
    """What the weeks did before, and since."""

    def joined(name: str) -> Doubles:
        before, since = getattr(old, name), getattr(new, name)
        return np.concatenate([before, since[len(before) :]])

    return Weekly(
        joined("log_predictive"), joined("by_move"), joined("effective"), joined("distinct"),
        min(old.least, new.least), (*old.rejuvenations, *new.rejuvenations), old.kept | new.kept,
    )  # fmt: skip
