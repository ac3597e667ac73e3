"""A forecast through time: what each outcome's probability is as events come in."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from relsim.arguments import callable_or_none, seed_of, whole_number
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.estimates.probability import Estimate
from relsim.history.events import COLLISION, Event, read_events
from relsim.history.forced import recorded_moves
from relsim.inference.calibrate.history import known_day
from relsim.inference.calibrate.record_likelihood import Observation
from relsim.inference.update.density import density_of
from relsim.inference.update.leading import Leading, daily
from relsim.inference.update.onward_file import Onward
from relsim.inference.update.setting import Forward, Setting, filtered
from relsim.inference.update.state_file import Stand, broken_state, read_stand, write_stand
from relsim.inference.update.surprise import (
    MoveSurprise,
    WeekSurprise,
    bits_of_rates,
    learned_from,
)
from relsim.inference.update.weekly import (
    Population,
    Rejuvenation,
    Weekly,
)
from relsim.processes.recorded import Recorded
from relsim.runs.jobs import Progress
from relsim.runs.workers import KeptPool
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario, scenario_of
from relsim.worlds.clock import WEEK
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = ["EVERY", "Stage", "Update", "update"]

DRAWS, RUNS, MOVES = 256, 16, 3
EVERY = ("month", "quarter", "none")
IMPOSSIBLE = 40.0  # bits a week: one week in a trillion. From there on the model is no guide


@dataclass(frozen=True, repr=False)
class Stage(Brief):
    """The forecast on one day.

    Attributes
    ----------
    date : date
        The last day that counts.
    probabilities : dict of Estimate
        Of each outcome; what the events have brought about counts.
    effective : float
        Draws that bear weight; copies of one count as one.
    distinct : int
        Draws that are no copies of another.
    """

    date: date
    probabilities: Mapping[str, Estimate]
    effective: float
    distinct: int


@dataclass(frozen=True, repr=False)
class Update(Brief):
    """A forecast through time.

    Attributes
    ----------
    asked : Scenario
        That was given.
        Of one that was read from a folder, the next.
    scenario : Scenario
        The same with daily reviews, as it was simulated.
    asked_hash : str
        Hash of the scenario that was given.
    stages : tuple of Stage
        In order of date; the first is that of the scenario's own knowledge.
    weeks : tuple of WeekSurprise
        How unexpected each week was.
    moves : tuple of MoveSurprise
        How unexpected each move was, in order.
    rejuvenations : tuple of Rejuvenation
        When draws were moved.
    least_effective : float
        Draws that bore weight when they were fewest, before they were moved.
    counted : tuple of Event
        Events of the span that the draws have learned from.
    left_out : tuple of Event
        Events of the span that the scenario has no move for: they did not count.
    refused : dict
        Share of the runs in which a move could not be made as the model has it, by (date, actor,
        move). It counts for outcomes all the same.
    ensemble : Ensemble
        Runs of equal weight that go on from the last day. They cannot be replayed or extended, as
        their parameters are not those that the scenario draws: see `save_scenario`.
    population : Population or None
        The draws on the last day, with their weights; None if the update was read from a folder.
    seed, draws, runs : int
        Runs are those of each draw.
    elapsed_seconds : float
    onward : Onward or None
        The draws on the last day with equal weights, to be led on anew; None if the update was
        read from a folder.
    """

    asked: Scenario
    scenario: Scenario
    asked_hash: str
    stages: tuple[Stage, ...]
    weeks: tuple[WeekSurprise, ...]
    moves: tuple[MoveSurprise, ...]
    rejuvenations: tuple[Rejuvenation, ...]
    least_effective: float
    counted: tuple[Event, ...]
    left_out: tuple[Event, ...]
    refused: Mapping[tuple[date, str, str], float]
    ensemble: Ensemble
    population: Population | None
    seed: int
    draws: int
    runs: int
    elapsed_seconds: float
    onward: Onward | None = None

    @property
    def through(self) -> date:
        """The last day that counts."""
        return self.stages[-1].date

    @property
    def bits(self) -> float:
        """How unexpected all weeks were together."""
        return math.fsum(week.bits for week in self.weeks)

    @property
    def impossible(self) -> tuple[WeekSurprise, ...]:
        """Weeks that the model finds nearly impossible: what follows from it is then no guide."""
        return tuple(week for week in self.weeks if week.bits >= IMPOSSIBLE)

    def save_scenario(self, file: str | os.PathLike[str]) -> Path:
        """Write the scenario as the update leaves it, for `run`, `compare`, `drivers`, `replay`.

        What happened stands in its calendar, what it knows ends with the last day, and its
        parameters are drawn from the draws that have learned; these stand in a file beside it.

        Parameters
        ----------
        file : str or path
            A new one that ends in .yaml.

        Returns
        -------
        Path

        Raises
        ------
        UsageError
            If a file exists already, or cannot be written.
        """
        from relsim.inference.update.updated_file import write_updated

        return write_updated(self, Path(local_path(file)))

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON, the format ``relsim.update/1``."""
        from relsim.inference.update.table import to_json

        return to_json(self)

    def __str__(self) -> str:
        from relsim.inference.update.table import page
        from relsim.tables import page_text

        return page_text(page(self))


def update(
    scenario: Scenario | str | os.PathLike[str],
    events: Iterable[Event] | str | os.PathLike[str],
    through: date,
    *,
    every: str = "none",
    draws: int = DRAWS,
    runs: int = RUNS,
    moves: int = MOVES,
    seed: int = 1,
    workers: int = 1,
    state: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Update:
    """Let a forecast move with what happened in its term.

    Evidence begins with the day after the last that the scenario knows: its draws have learned
    from the days before. What happens is made in all runs on its day, for outcomes, too.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    events : iterable of Event, or path
        In order of date. What happened before the evidence begins, or after `through`, is left
        unread; so are moves that the scenario's catalogue does not have, which `Update.left_out`
        lists.
    through : date
        The last day of the evidence, within the term. A day without events is evidence, too.
    every : str
        ``"month"``, ``"quarter"`` or ``"none"``: forecasts at the ends of these, as well as on the
        first and the last day. Each takes as long as a simulation of the term.
    draws : int
        Sets of parameters, rounded up to whole batches of 64.
    runs : int
        Runs of each.
    moves : int
        Moves of each chain whenever fewer draws bear weight than half of `draws`. There are as
        many chains as `draws` says, and all their states are draws.
    seed : int
        The same one gives the same numbers.
    workers : int
        Processes; the numbers do not depend on it.
    state : path, optional
        An .npz file that keeps where the update stands on its last day. If it is there, the update
        goes on from it, by another day, and weighs only what came since; forecasts of days before
        are not made again.
    progress : callable, optional
        Called with the evaluations done, and those foreseen.

    Returns
    -------
    Update

    Raises
    ------
    UsageError
        If a number or a date makes no sense, the scenario knows all of the span, or the state is
        of another update.
    ScenarioError
        If a file of events is wrong, or names no actor or region of the scenario: where, and what.
    UnknownName
        If another event names no actor or region of the scenario.

    Examples
    --------
    >>> import datetime
    >>> import relsim
    >>> from relsim.history import held_out_record
    >>> news = relsim.update(
    ...     "us-russia-2021", held_out_record(), datetime.date(2021, 4, 20), draws=64, runs=4
    ... )
    >>> [stage.date.isoformat() for stage in news.stages]
    ['2021-04-06', '2021-04-20']
    """
    began = time.perf_counter()
    given, seed = scenario_of(scenario), seed_of(seed)
    draws, runs = whole_number("draws", draws), whole_number("runs", runs)
    moves, workers = whole_number("moves", moves), whole_number("workers", workers)
    callable_or_none("progress", progress)
    if every not in EVERY:
        raise UsageError(f"every must be one of {', '.join(EVERY)} (got {every!r:.40})")
    draws = -(-draws // DRAWS_PER_BATCH) * DRAWS_PER_BATCH
    news = _news(daily(given), events, through)
    kept = _kept(state, [scenario_hash(news.scenario), seed, draws, runs, moves], news)
    leading, days = _leading(news, every, kept.stand, runs, seed)
    with KeptPool(workers) as pool:
        setting = Setting(leading, density_of(news.scenario), draws, moves, pool)
        if kept.stand is not None and not setting.holds(kept.stand):
            raise broken_state(kept.file)
        ends = [news.day_of(day) for day in days]
        weekly, happened = filtered(setting, ends[1:], kept.stand, progress)
        stages, last = _forecasts(setting, weekly, days, kept.stand, began)
    population = weekly.kept[len(leading.periods) - 1]
    if kept.file is not None:
        first = stages[0].date, dict(stages[0].probabilities)
        stand = Stand(population, weekly, first, leading.ends, news.seen(leading.last_day))
        write_stand(stand, kept.file, kept.mark)
    return Update(
        asked=given,
        scenario=news.scenario,
        asked_hash=scenario_hash(given),
        stages=tuple(stages),
        weeks=_week_surprises(leading, weekly, news),
        moves=_move_surprises(news.scenario, happened, weekly, last),
        rejuvenations=weekly.rejuvenations,
        least_effective=weekly.least,
        counted=news.counted,
        left_out=news.left_out,
        refused=last.refused,
        ensemble=last.ensemble,
        population=population,
        onward=last.onward,
        seed=seed,
        draws=draws,
        runs=runs,
        elapsed_seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True)
class _News:
    """What happened in the term, from the day after the last that the scenario knows."""

    scenario: Scenario
    known: date
    through: date
    counted: tuple[Event, ...]
    left_out: tuple[Event, ...]
    moves: tuple[Recorded, ...]

    def day_of(self, day: date) -> int:
        """Its number, counted from the scenario's start."""
        return (day - self.scenario.horizon.start).days

    def seen(self, last: int) -> str:
        """A hash of the moves until a day."""
        return fingerprint_of([list(move) for move in self.moves if move.day <= last])


def _news(
    scenario: Scenario, events: Iterable[Event] | str | os.PathLike[str], through: date
) -> _News:
    known = _known(scenario, through)
    counted, left_out = _counted(scenario, events, known, through)
    return _News(scenario, known, through, counted, left_out, recorded_moves(counted, scenario))


class _Kept(NamedTuple):
    """The file that keeps where an update stands, and where it stood."""

    file: Path | None
    mark: str
    stand: Stand | None


def _kept(state: str | os.PathLike[str] | None, of: Sequence[object], news: _News) -> _Kept:
    """What the state file holds; raise unless the update can go on from it, or begin with it."""
    file, mark = None if state is None else local_path(state), fingerprint_of(of)
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"{file} cannot be written: there is no folder {file.parent}")
    if file is None or not file.exists():
        return _Kept(file, mark, None)
    stand = read_stand(file, mark)
    last = stand.ends[-1]
    day = news.scenario.date_of(last)
    if news.day_of(news.through) <= last:
        raise UsageError(f"{file} stands on {day}: through must be later (got {news.through})")
    if news.seen(last) != stand.seen:
        raise UsageError(f"{file} has seen other events until {day}: remove it, and begin anew")
    return _Kept(file, mark, stand)


def _leading(
    news: _News, every: str, stand: Stand | None, runs: int, seed: int
) -> tuple[Leading, list[date]]:
    """How runs are led, and the days of the forecasts: the first is that of no evidence."""
    before = () if stand is None else stand.ends
    since = news.scenario.date_of(before[-1]) if before else news.known
    days = [news.known, *_days(since, news.through, every)[1:]]
    ends = {*map(news.day_of, days), *before}
    leading = Leading(
        news.scenario, news.moves, news.day_of(news.known) + 1, news.day_of(news.through),
        tuple(sorted(end for end in ends if end >= 0)), Observation(), runs, seed,
    )  # fmt: skip
    return leading, days


def _forecasts(
    setting: Setting, weekly: Weekly, days: Sequence[date], stand: Stand | None, began: float
) -> tuple[list[Stage], Forward]:
    """The forecast on each day, and the runs that go on from the last."""
    leading, stages = setting.leading, []
    for place, day in enumerate(days):
        if stand is not None and not place:
            stages.append(Stage(day, stand.first_stage[1], float(setting.draws), setting.draws))
            continue
        end = (day - leading.scenario.horizon.start).days
        population = weekly.kept[leading.period(end)] if place else setting.start(setting.draws)
        forward = setting.forward(population, end, place, began)
        ensemble = forward.ensemble
        said = {name: ensemble.probability(name) for name in ensemble.outcomes}
        stages.append(Stage(day, said, population.effective, population.distinct))
    return stages, forward


def fingerprint_of(what: Sequence[object]) -> str:
    """A hash of plain data."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _known(scenario: Scenario, through: date) -> date:
    if type(through) is not date:
        raise UsageError(f"through must be a datetime.date (got {through!r:.40})")
    known = known_day(scenario)
    if scenario.horizon.known_until is None:
        known = scenario.horizon.start - timedelta(days=1)
    last = scenario.horizon.end - timedelta(days=1)
    if not known < through <= last:
        raise UsageError(
            f"through must be a day from {known + timedelta(days=1)} on, as {scenario.name} knows "
            f"what happened before, until {last}, the last day of its term (got {through})"
        )
    return known


def _counted(
    scenario: Scenario,
    events: Iterable[Event] | str | os.PathLike[str],
    known: date,
    through: date,
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Events of the span in order of date, and those that the scenario has no move for."""
    of_span = sorted(
        (e for e in _read(events, scenario) if known < e.date <= through), key=lambda e: e.date
    )
    meant = [e.move == COLLISION or e.move in scenario.moves for e in of_span]
    left_out = tuple(e for e, is_meant in zip(of_span, meant, strict=True) if not is_meant)
    if left_out and len(left_out) == len(of_span):
        raise UsageError(
            f"no event of the span is a move of {scenario.name}: the first is {left_out[0].move} "
            f"of {left_out[0].date}"
        )
    return tuple(e for e, is_meant in zip(of_span, meant, strict=True) if is_meant), left_out


def _read(events: object, scenario: Scenario) -> list[Event]:
    """Events, of a file or as they are."""
    if isinstance(events, str | os.PathLike):
        return list(read_events(events, scenario, in_term=True))
    given: list[Event] = []
    for one in events if isinstance(events, Iterable) else [events]:
        if not isinstance(one, Event):
            raise UsageError(
                "events must be a file of events, or a list of relsim.history.Event (got "
                f"{one!r:.40})"
            )
        given.append(one)
    return given


def _days(known: date, through: date, every: str) -> list[date]:
    """The first and the last day, and between them the ends of months or quarters."""
    months = {"month": 1, "quarter": 3, "none": 0}[every]
    days, year, month = [known], known.year, known.month
    while months:
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        if end >= through:
            break
        if end > known and month % months == 0:
            days.append(end)
        year, month = end.year + month // 12, month % 12 + 1
    return [*days, through]


def _bits(nats: float) -> float:
    return -float(nats) / math.log(2)


def _move_surprises(
    scenario: Scenario, happened: Sequence[Recorded], weekly: Weekly, last: Forward
) -> tuple[MoveSurprise, ...]:
    came = last.came(scenario.headline)
    learned = learned_from(last.population.found.by_move, came, last.population.which)
    return tuple(
        MoveSurprise(
            scenario.date_of(move.day), move.actor, move.move, _bits(nats), move.implied,
            float(effect), float(error),
        )
        for move, nats, effect, error in zip(happened, weekly.by_move, *learned, strict=True)
    )  # fmt: skip


def _week_surprises(leading: Leading, weekly: Weekly, news: _News) -> tuple[WeekSurprise, ...]:
    scenario = leading.scenario
    costs = bits_of_rates(scenario, news.counted, news.known, news.through)
    week_of = leading.periods // WEEK
    found = []
    for week in range(leading.first_day // WEEK, int(week_of[-1]) + 1):
        begins, parts = scenario.date_of(WEEK * week), np.flatnonzero(week_of == week)
        bits, of = _bits(weekly.log_predictive[parts].sum()), costs.get(begins)
        found.append(
            WeekSurprise(
                begins, bits, None if of is None else bits - of,
                float(weekly.effective[parts[-1]]), int(weekly.distinct[parts[-1]]),
            )
        )  # fmt: skip
    return tuple(found)
