"""Runs that make a record of moves on their dates, and how likely each run found it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from relsim.arguments import seed_of
from relsim.array_types import Array, Booleans, Floats, Integers
from relsim.brief import Brief
from relsim.errors import UnknownName, UsageError, unknown
from relsim.processes.recorded import COLLISION, Recorded, RecordOfMoves, Refused
from relsim.rules import Rule
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan, plan_runs, rules_of
from relsim.scenario.schema import Scenario
from relsim.worlds.worlds import Worlds

__all__ = ["Driven", "RecordedMove", "drive"]

# date, actor (None: joint, or a collision of neither), move, size, region or issue.
RecordedMove = tuple[date, str | None, str, float | None, str | None]


@dataclass(frozen=True, repr=False)
class Driven(Brief):
    """What came of a record that all runs made.

    Attributes
    ----------
    scenario : Scenario
        As it was simulated: with daily reviews.
    moves : tuple of Recorded
        The record, in order.
    made : bool, (moves, runs)
        Whether each was available, and so made.
    probability : float32, (moves, runs)
        The chance that the actor's rule gave to it just before it was made.
    odds : float32, (moves, runs)
        Its odds against hold; NaN where no actor chose.
    log_none : float32, (weeks, actors, runs)
        Log of the chance that an actor makes no move in a week, as its rule says day by day.
    refused : tuple of Refused
        Moves that were not available, in all or in some runs, each with the reason in one of them.
    draw_of_run : int64, (runs,)
    results : tuple of ChunkResult
        Outcomes, counts and series of the whole term: the record, then what follows.
    """

    scenario: Scenario
    moves: tuple[Recorded, ...]
    made: Booleans
    probability: Floats
    odds: Floats
    log_none: Floats
    refused: tuple[Refused, ...]
    draw_of_run: Integers
    results: tuple[ChunkResult, ...]


def drive(
    scenario: Scenario,
    record: Iterable[RecordedMove],
    *,
    until: date | None = None,
    seed: int = 1,
    runs: int | None = None,
    draws: int | None = None,
    rules: Mapping[str, Rule] | None = None,
    each_week: Callable[[int, Worlds], None] | None = None,
) -> Driven:
    """Let all runs make a record of moves, from the first day of a scenario.

    The actors review daily, so that the order of what happened is kept. Until the last day of the
    record they make no moves of their own; then the term goes on as ever.

    Parameters
    ----------
    scenario : Scenario
        Dated moves of its calendar are made, too: a record repeats none of them.
    record : iterable of (date, actor, move, size, subject)
        In order of date; what happened on one day in the order in which it happened. The actor is
        None of a joint move and of a collision that neither side alone brought; a collision's
        subject is its region, its size the severity; the size of an expulsion is its people.
    until : date, optional
        The last day on which the record alone says what is done; by default that of its last entry.
    seed, runs, draws, rules
        As `relsim.simulate` takes them.
    each_week : callable, optional
        Called with the day and the worlds at the end of each week of the record.

    Raises
    ------
    UsageError
        If an entry lies outside the term, before the one ahead of it, or after `until`.
    UnknownName
        If an entry names no actor, move or region.
    """
    daily = scenario.vary(
        {f"actors.{name}.{key}": n for name in scenario.actors
         for key, n in (("first_review", 0), ("review_every", 1))}
    )  # fmt: skip
    moves = tuple(read_moves(scenario, record))
    end = until or (scenario.date_of(moves[-1].day) if moves else scenario.horizon.start)
    if not scenario.horizon.start <= end < scenario.horizon.end:
        raise UsageError(f"until must lie within the term (got {end})")
    last_day = (end - scenario.horizon.start).days
    if moves and moves[-1].day > last_day:
        raise UsageError(f"until, {end}, must not lie before the last entry of the record")
    total, per_draw = plan_runs(runs, draws)
    plan = Plan(daily, seed_of(seed), total, per_draw, rules_of(daily, rules))
    records, results = [], []
    for chunk in range(plan.chunks):
        one = RecordOfMoves(moves, last_day, each_week)
        results += simulate_chunks(plan, (chunk,), record_of_moves=one)
        records.append(one)
    sizes = [len(plan.runs_of(chunk)) for chunk in range(plan.chunks)]

    def beside(of: Callable[[RecordOfMoves], Sequence[Array]]) -> Floats:
        """The arrays of each chunk's list as one, runs last; padding is left out."""
        parts = [
            np.array([row[..., :size] for row in of(one)], dtype=np.float32)
            for one, size in zip(records, sizes, strict=True)
        ]
        return np.concatenate(parts, axis=-1) if parts[0].size else parts[0]

    return Driven(
        scenario=daily,
        moves=moves,
        made=beside(lambda one: [move.made for move in one.made]).astype(np.bool_),
        probability=beside(lambda one: [move.probability for move in one.made]),
        odds=beside(lambda one: [move.odds for move in one.made]),
        log_none=beside(lambda one: one.log_none),
        refused=tuple(refused for one in records for refused in one.refused),
        draw_of_run=plan.draw_of_run,
        results=tuple(results),
    )


def read_moves(scenario: Scenario, record: Iterable[RecordedMove]) -> Iterable[Recorded]:
    """Dated moves as days of the term; raises what `drive` says of them."""
    horizon, before = scenario.horizon, scenario.horizon.start
    joint = [name for name, move in scenario.moves.items() if move.joint]
    own = [name for name, move in scenario.moves.items() if not move.joint and name != "hold"]
    for number, (when, actor, move, size, subject) in enumerate(record):
        here = f"entry {number} of the record, {when} {move}: "
        if not horizon.start <= when < horizon.end:
            last = horizon.end - timedelta(days=1)
            raise UsageError(f"{here}must lie within the term, {horizon.start} to {last}")
        if when < before:
            raise UsageError(f"{here}entries stand in order of date ({when} after {before})")
        before = when
        if actor is not None and actor not in scenario.actors:
            raise UnknownName(here + unknown("actor", actor, scenario.actors))
        if move == COLLISION and subject not in scenario.regions:
            raise UnknownName(here + unknown("region", str(subject), scenario.regions))
        known = own if actor is not None else joint
        if move != COLLISION and move not in known:
            what = "move of an actor" if actor is not None else "joint move"
            raise UnknownName(here + unknown(what, move, known))
        yield Recorded((when - horizon.start).days, move, actor, size, subject)
