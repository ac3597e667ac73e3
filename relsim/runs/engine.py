"""Chunks of runs: several simulated side by side, each with random streams of its own.

What a chunk gives depends neither on the chunks beside it nor on their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import simpy

from relsim.array_types import Floats
from relsim.processes.recorded import RecordOfMoves
from relsim.processes.term import WeekEnd, run_term
from relsim.runs.chunk_result import ChunkResult, ChunkState, Failure, failure_of, reduce_chunks
from relsim.runs.plan import Plan
from relsim.worlds.clock import Clock
from relsim.worlds.monitors import Monitors
from relsim.worlds.parameters import Parameters, at, calendar_columns, parameter_columns
from relsim.worlds.randomness.streams import Streams
from relsim.worlds.record import Record
from relsim.worlds.stage import stage_of
from relsim.worlds.worlds import Worlds, worlds_at_start

# Given the runs on their first day; what it returns is called at the end of each week.
Watching = Callable[[Worlds, Monitors, Record], WeekEnd]


def simulate_or_fail(
    plan: Plan, chunks: Sequence[int], given: Mapping[str, Floats] | None = None
) -> list[ChunkResult | Failure]:
    """Simulate chunks as `simulate_chunks` does, or say why they broke off, each for itself."""
    try:
        return [replace(result, log=()) for result in simulate_chunks(plan, chunks, given)]
    except Exception as error:
        if len(chunks) == 1:
            return [failure_of(error, plan, chunks[0])]
    # The others are to be as if the one that broke off had never stood beside them.
    results: list[ChunkResult | Failure] = []
    for chunk, real in plan.columns_of(chunks).items():
        own = slice(real.start, real.start + plan.width)
        alone = {path: at(column, own) for path, column in (given or {}).items()}
        results += simulate_or_fail(plan, (chunk,), alone)
    return results


def simulate_chunk(
    plan: Plan, chunk: int, given: Mapping[str, Floats] | None = None
) -> ChunkResult:
    """Simulate one chunk of a plan; arguments as for `simulate_chunks`."""
    return simulate_chunks(plan, (chunk,), given)[0]


def simulate_chunks(
    plan: Plan,
    chunks: Sequence[int],
    given: Mapping[str, Floats] | None = None,
    record_of_moves: RecordOfMoves | None = None,
) -> list[ChunkResult]:
    """Simulate some chunks side by side; what each gives depends on plan and chunk alone.

    Parameters
    ----------
    plan : Plan
        What is simulated.
    chunks : sequence of int
        Their numbers.
    given : mapping of dotted path to float32 (columns,), optional
        Parameter columns in place of those that the plan draws; ``path@date`` in place of what a
        calendar entry of that date sets.
    record_of_moves : RecordOfMoves, optional
        Dated moves that all runs make in place of the actors' own, until its last day.
    """
    state = simulate_state(plan, chunks, given, record_of_moves)
    return reduce_chunks(state, plan.columns_of(chunks), plan.scenario)


def simulate_state(
    plan: Plan,
    chunks: Sequence[int],
    given: Mapping[str, Floats] | None = None,
    record_of_moves: RecordOfMoves | None = None,
    watching: Watching | None = None,
) -> ChunkState:
    """Simulate some chunks side by side, and leave them as they stand when the term is over.

    Parameters
    ----------
    plan, chunks, given, record_of_moves
        As for `simulate_chunks`.
    watching : callable, optional
        Is given the runs on their first day, and returns what is called with the last day of each
        week, once it is recorded. That may make runs copies of others by `Worlds.take`.
    """
    scenario, width = plan.scenario, plan.width_of(chunks)
    run, of_run = plan.run_of_column(chunks), plan.draw_of_column(chunks)
    drawn = parameter_columns(scenario, plan.seed, of_run)
    parameters = Parameters({path: (given or {}).get(path, drawn[path]) for path in drawn})
    stage = stage_of(scenario)
    streams = Streams(plan.seed, chunks, plan.width, width)
    worlds = worlds_at_start(scenario, stage, parameters, streams, width)
    outcomes = {name: outcome.when for name, outcome in scenario.outcomes.items()}
    monitors = Monitors(outcomes, scenario.horizon.term, width)
    kept = np.isin(run, plan.kept)
    record = Record(monitors, logged=(run >= 0) if plan.log_all else kept)
    known_day = stage.known_day
    if record_of_moves is not None:
        known_day = max(known_day, record_of_moves.last_day)
    clock = Clock(simpy.Environment(), stage.start, stage.days, known_day)
    changes = calendar_columns(scenario, plan.seed, of_run, given, parameters)
    columns, sampled = plan.columns_of(chunks), np.flatnonzero(kept)
    forced = {
        columns[chunk].start + run % plan.width: move
        for run, move in plan.forced.items()
        if (chunk := run // plan.width) in columns and run < plan.runs
    }
    recorder = run_term(
        scenario, worlds, clock, record, monitors, plan.rules, changes, [*columns.values()],
        sampled, forced, record_of_moves,
        None if plan.intervention is None else plan.intervention.at(run),
        None if watching is None else watching(worlds, monitors, record),
    )  # fmt: skip
    first_day = monitors.finish(worlds.stands)
    return ChunkState(worlds, recorder, record, first_day, run, of_run)
