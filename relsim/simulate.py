"""From a scenario to an ensemble: draws, chunks, workers. The page to read first.

A *draw* is one parameter vector, a *run* one simulated history under it. Runs are lived in chunks
of one fixed width, each in one SimPy environment, so that results depend neither on the number
of workers nor on the order in which chunks finish.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import simpy

from relsim.ensemble.chunk import ChunkResult, reduce_chunk
from relsim.ensemble.ensemble import Ensemble, assemble, check_outcome
from relsim.ensemble.estimates import Estimate
from relsim.ensemble.precision import MOST_RUNS, Precision, estimate_from, until_precise
from relsim.errors import UsageError
from relsim.processes.actor import Forced
from relsim.processes.term import live
from relsim.rules import Rule
from relsim.scenario.distributions import Distribution
from relsim.scenario.schema import Scenario
from relsim.scenario.values import Number
from relsim.scenario.windows import Term
from relsim.workers import chunks_done
from relsim.worlds.clock import Clock
from relsim.worlds.draws import DRAWS_PER_BATCH, draw_of_run, draw_parameters
from relsim.worlds.monitors import Monitors
from relsim.worlds.parameters import Floats, Parameters, column
from relsim.worlds.record import Record
from relsim.worlds.stage import stage_of
from relsim.worlds.start import worlds_at_start
from relsim.worlds.streams import Streams

CHUNK_WIDTH = 8192  # runs lived together; a constant of the version, kept in the provenance
SAMPLED = 64  # the first runs, one a draw of the first batch, are kept whole
DEFAULT_RUNS, DEFAULT_DRAWS = 32_768, 1_024

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """All that a worker needs to live any chunk of an ensemble.

    Attributes
    ----------
    kept : tuple of int
        Runs whose weekly series and event log are kept whole.
    log_all : bool
        Keep the event log of every run.
    forced : mapping of int to Forced
        For a run, a move that one of its actors makes whatever it would have picked; chance and
        all other runs stay as they are.
    """

    scenario: Scenario
    seed: int
    runs: int
    runs_per_draw: int
    rules: Mapping[str, Rule] = field(default_factory=dict)
    width: int = CHUNK_WIDTH
    kept: tuple[int, ...] = tuple(range(SAMPLED))
    log_all: bool = False
    forced: Mapping[int, Forced] = field(default_factory=dict)

    @property
    def runs_per_batch(self) -> int:
        """Runs of one batch of 64 draws."""
        return DRAWS_PER_BATCH * self.runs_per_draw

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.runs // self.runs_per_draw

    @property
    def chunks(self) -> int:
        """Number of chunks; the last one is padded."""
        return -(-self.runs // self.width)


def plan_runs(runs: int | None, draws: int | None) -> tuple[int, int]:
    """Round a wish up to whole batches of 64 draws.

    Returns
    -------
    runs, runs_per_draw : int

    Raises
    ------
    UsageError
        If a number is not positive, or there are fewer runs than draws.
    """
    for name, number in (("runs", runs), ("draws", draws)):
        if number is not None and number < 1:
            raise UsageError(f"{name} must be positive (got {number})")
    wished = DEFAULT_RUNS if runs is None else runs
    if draws is None:
        per_draw = DEFAULT_RUNS // DEFAULT_DRAWS
    elif wished < draws:
        raise UsageError(f"runs must be at least draws ({draws}; got {wished})")
    else:
        per_draw = -(-wished // draws)
    batch = DRAWS_PER_BATCH * per_draw
    return -(-wished // batch) * batch, per_draw


def simulate(
    scenario: Scenario,
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    rules: Mapping[str, Rule] | None = None,
    progress: Progress | None = None,
    log_all: bool = False,
    precision: float | None = None,
    outcome: str | None = None,
    max_runs: int | None = None,
) -> Ensemble:
    """Simulate an ensemble of histories of a scenario.

    Parameters
    ----------
    scenario : Scenario
    runs : int, optional
        Number of runs, rounded up to whole batches of 64 draws; 32,768 by default.
    draws : int, optional
        Number of parameter draws; by default 32 runs a draw.
    seed : int
        0 is a seed. The same scenario, seed and version give the same bits.
    workers : int
        Processes; 1 lives all chunks in this process.
    rules : mapping of actor to rule, optional
        Rules of one's own (see `relsim.rules.View`); the result is then not reproducible from
        the scenario alone, and says so.
    progress : callable, optional
        Called with the numbers of runs done and in all.
    log_all : bool
        Keep the event log of all runs; for some ten thousand runs at most.
    precision : float, optional
        Instead of `runs` and `draws`: add batches, at 32 runs a draw, until the outcome's Monte
        Carlo error is at most this with 50 hits or more, or the upper end of Clopper & Pearson is.
        Looks are at 16, 32, 64, ... batches; the ensemble is the one of as many runs, and its
        provenance says under "precision" whether it was reached.
    outcome : str, optional
        The outcome that must be precise; by default the scenario's headline.
    max_runs : int, optional
        Where to end though it is not precise, rounded up to whole batches; 1,048,576 by default.

    Returns
    -------
    Ensemble

    Raises
    ------
    UsageError
        If a number makes no sense.
    UnknownName
        If the scenario has no such outcome.
    SimulationError
        If a rule breaks its contract, or every chunk fails.
    """
    began = time.perf_counter()
    if precision is None:
        if outcome is not None or max_runs is not None:
            raise UsageError("outcome and max_runs go with a precision: give one")
        total, per_draw = plan_runs(runs, draws)
    elif runs is not None or draws is not None:
        raise UsageError("a precision settles runs and draws: bound it by max_runs")
    else:
        total, per_draw = plan_runs(MOST_RUNS if max_runs is None else max_runs, None)
    for actor in rules or {}:
        if actor not in scenario.actors:
            raise UsageError(f"rules: no actor {actor!r} (known: {', '.join(scenario.actors)})")
    plan = Plan(scenario, seed, total, per_draw, dict(rules or {}), log_all=log_all)
    done: list[ChunkResult] = []
    wish: Precision | None = None
    if precision is None:
        extend(done, plan, workers, progress)
    else:
        aim = outcome or scenario.headline
        plan, wish = extend_until_precise(done, plan, aim, precision, workers, progress)
    parameters = draw_parameters(
        parameter_distributions(scenario), seed, range(plan.draws // DRAWS_PER_BATCH)
    )
    ensemble = assemble(
        plan.scenario,
        seed=seed,
        runs_per_draw=per_draw,
        runs=plan.runs,
        parameters=parameters,
        chunks=done,
        chunk_width=plan.width,
        custom_rules=tuple(sorted(plan.rules)),
        elapsed=time.perf_counter() - began,
    )
    if wish is None:
        return ensemble
    return replace(ensemble, provenance={**ensemble.provenance, "precision": wish.to_json()})


def extend(
    done: list[ChunkResult], plan: Plan, workers: int, progress: Progress | None = None
) -> None:
    """Add to the chunks that are done those that the plan has beyond them.

    A last chunk that was not full is lived again, as the plan has more runs in it.
    """
    done[:] = (result for result in done if result.first_day.shape[1] == plan.width)
    first, finished = len(done), sum(result.first_day.shape[1] for result in done)
    for result in chunks_done(live_later_chunk, (plan, first), plan.chunks - first, workers):
        done.append(result)
        finished += result.first_day.shape[1]
        if progress is not None:
            progress(finished, plan.runs)


def extend_until_precise(
    done: list[ChunkResult],
    most: Plan,
    outcome: str,
    precision: float,
    workers: int,
    progress: Progress | None = None,
) -> tuple[Plan, Precision]:
    """Add chunks until an outcome's probability is precise, or the plan `most` is at its end.

    Returns
    -------
    plan : Plan
        That of as many runs as were made.
    precision : Precision

    Raises
    ------
    UsageError
        If the precision is not between 0 and 1.
    UnknownName
        If the scenario has no such outcome.
    """
    names = tuple(most.scenario.outcomes)
    check_outcome(outcome, names)

    def sample(batches: int) -> Estimate:
        extend(done, replace(most, runs=batches * most.runs_per_batch), workers, progress)
        return estimate_from(done, names.index(outcome), most.runs_per_draw)

    batches, reached = until_precise(sample, precision, most.runs // most.runs_per_batch)
    plan = replace(most, runs=batches * most.runs_per_batch)
    return plan, Precision(outcome, precision, reached, most.runs)


def live_later_chunk(plan_from: tuple[Plan, int], number: int) -> ChunkResult:
    """Live a chunk by its number after the first chunk that is wanted."""
    plan, first = plan_from
    return live_chunk(plan, first + number)


def live_chunk(plan: Plan, chunk: int, given: Mapping[str, Floats] | None = None) -> ChunkResult:
    """Live one chunk of a plan; its result depends on its arguments alone.

    Parameters
    ----------
    plan : Plan
    chunk : int
    given : mapping of dotted path to float32 (width,), optional
        Parameter columns to live with in place of those that the plan draws.
    """
    first = chunk * plan.width
    counted = min(plan.width, plan.runs - first)
    # Padding repeats the last real run's draw; its columns are lived and thrown away.
    runs = np.minimum(np.arange(first, first + plan.width), plan.runs - 1)
    of_run = draw_of_run(runs, plan.runs_per_draw)
    scenario = plan.scenario
    drawn = parameter_columns(scenario, plan.seed, of_run)
    parameters = Parameters(drawn | dict(given or {}))
    stage = stage_of(scenario)
    streams = Streams(plan.seed, chunk, plan.width)
    worlds = worlds_at_start(scenario, stage, parameters, streams, plan.width)
    term = Term(stage.start, stage.days, stage.known_day)
    outcomes = {name: outcome.when for name, outcome in scenario.outcomes.items()}
    monitors = Monitors(outcomes, term, plan.width)
    sampled = np.flatnonzero(np.isin(np.arange(first, first + counted), plan.kept))
    logged = np.zeros(plan.width, dtype=np.bool_)
    logged[: counted if plan.log_all else 0] = True
    logged[sampled] = True
    record = Record(monitors, logged)
    clock = Clock(simpy.Environment(), stage.start, stage.days, stage.known_day)
    changes = calendar_columns(scenario, plan.seed, of_run)
    forced = {run - first: f for run, f in plan.forced.items() if 0 <= run - first < counted}
    recorder = live(
        scenario, worlds, clock, record, monitors, plan.rules, changes, counted, sampled, forced
    )
    first_day = monitors.finish(worlds.stands)
    log = tuple(record.entries)
    return reduce_chunk(chunk, worlds, recorder, first_day, of_run[:counted], log, first + sampled)


def parameter_distributions(scenario: Scenario) -> dict[str, Distribution]:
    """The distribution of every parameter, in the engine's units."""
    return {path: value.distribution for path, value in scenario.parameters().items()}


def parameter_columns(
    scenario: Scenario, seed: int, of_run: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """Parameter columns of the runs whose draws are `of_run`: () where fixed, else (runs,)."""
    return columns(parameter_distributions(scenario), seed, of_run)


def columns(
    distributions: Mapping[str, Distribution], seed: int, of_run: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """Draw each distribution for the draws `of_run`, float32."""
    batches, place = np.unique(of_run // DRAWS_PER_BATCH, return_inverse=True)
    fixed = {p: d for p, d in distributions.items() if d.kind == "point"}
    drawn = {p: d for p, d in distributions.items() if d.kind != "point"}
    values = draw_parameters(drawn, seed, (int(batch) for batch in batches))
    rows = place * DRAWS_PER_BATCH + of_run % DRAWS_PER_BATCH
    result = {p: np.asarray(d.parameters[0], dtype=np.float32) for p, d in fixed.items()}
    result |= {path: column(value[rows]) for path, value in values.items()}
    return result


def calendar_columns(
    scenario: Scenario, seed: int, of_run: npt.NDArray[np.int64]
) -> dict[int, dict[str, Floats]]:
    """Columns that dated changes set, by the entry's number.

    They keep their path's luck, unless the entry says that they are drawn anew.
    """
    units = {path: value.unit for path, value in scenario.parameters().items()}
    changes = {}
    for number, entry in enumerate(scenario.calendar):
        mark = f"@{entry.date}" if entry.drawn_anew else ""
        wanted = {
            path + mark: Number(units[path]).parse(written).distribution
            for path, written in (entry.set or {}).items()
        }
        if wanted:
            drawn = columns(wanted, seed, of_run)
            changes[number] = {path.removesuffix(mark): c for path, c in drawn.items()}
    return changes
