"""From a scenario to an ensemble: draws, chunks, workers. The page to read first.

A *draw* is one parameter vector, a *run* one simulated history under it. Runs come in chunks of
one fixed width, each with random streams of its own, so that results depend neither on the number
of workers, nor on the order in which chunks finish, nor on which are simulated side by side.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from relsim.arguments import callable_or_none, seed_of, whole_number
from relsim.ensemble.conditioning import condition_of
from relsim.ensemble.data import check_outcome, stratified, whole
from relsim.ensemble.ensemble import Ensemble, Gathering, parameters_of
from relsim.ensemble.over_rules import PROVENANCE, over_rules
from relsim.errors import SimulationError, UsageError
from relsim.estimates.precision import MOST_RUNS, Precision, check_precision, until_precise
from relsim.estimates.probability import Estimate, estimate
from relsim.rules import Rule
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure
from relsim.runs.engine import simulate_chunk, simulate_or_fail
from relsim.runs.jobs import Progress, simulate_missing
from relsim.runs.plan import (
    CHUNK_WIDTH,
    DEFAULT_DRAWS,
    DEFAULT_RUNS,
    SAMPLED,
    Plan,
    plan_runs,
    rules_of,
)
from relsim.runs.provenance import UPDATED_THROUGH, provenance
from relsim.runs.workers import ExecutorBroke, check_sendable, check_workers
from relsim.scenario.schema import Scenario, scenario_of

if TYPE_CHECKING:
    from relsim.store.writer import Result

__all__ = [
    "CHUNK_WIDTH",
    "DEFAULT_DRAWS",
    "DEFAULT_RUNS",
    "SAMPLED",
    "Plan",
    "Progress",
    "extend",
    "plan_runs",
    "say_what_is_kept",
    "simulate",
    "simulate_chunk",
    "simulate_or_fail",
    "stored_result",
]

Simulate = Callable[..., list[Failure]]


def simulate(
    scenario: Scenario | str | os.PathLike[str],
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
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    executor: Executor | None = None,
    compare_rules: bool = False,
) -> Ensemble:
    """Simulate an ensemble of histories of a scenario.

    A chunk of runs that breaks off does not stop the others: its runs are left out, and
    `Ensemble.failures` says why.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    runs : int, optional
        Number of runs, rounded up to whole batches of 64 draws; 32,768 by default.
    draws : int, optional
        Number of parameter draws; by default 32 runs a draw.
    seed : int
        0 is a seed. The same scenario, seed and versions give the same bits on one kind of
        processor.
    workers : int
        Processes; 1 simulates all chunks in this process.
    rules : mapping of actor to rule, optional
        Rules of one's own (see `relsim.rules.View`); the result is then not reproducible from
        the scenario alone, and says so.
    progress : callable, optional
        Called with the numbers of runs done and in all.
    log_all : bool
        Keep the event log of all runs; for some ten thousand runs at most.
    precision : float, optional
        Instead of `runs` and `draws`: add batches, at 32 runs a draw, until the outcome's Monte
        Carlo error is at most this with 50 hits or more, or the probability is below it with 95%
        confidence.
        Looks are at 16, 32, 64, ... batches; the ensemble is the one of as many runs, and its
        provenance says under "precision" whether it was reached.
    outcome : str, optional
        The outcome that must be precise; by default the scenario's headline.
    max_runs : int, optional
        Where to end though it is not precise, rounded up to whole batches; 1,048,576 by default.
    folder : str or path, optional
        Write each chunk there as it finishes; a new folder, unless `resume` is set. A local one.
    resume : bool
        Go on with what `folder` holds of the same ensemble, if it is there; on another kind of
        processor with a warning, as last bits may differ. Chunks that broke off are tried again.
        Rules of one's own are taken to be those it was begun with.
    executor : concurrent.futures.Executor, optional
        Simulates the chunks in place of `workers`: a pool of one's own, Dask's
        ``client.get_executor()``, ``mpi4py.futures.MPIPoolExecutor()``. It is not shut down. The
        result does not depend on it.
    compare_rules : bool
        Also find the range of the headline outcome over the decision rules, by
        `relsim.over_rules` with the same seed; `Ensemble.headline` and the record have it.

    Returns
    -------
    Ensemble

    Raises
    ------
    UsageError
        If an argument is of a wrong kind, or a number makes no sense.
    UnknownName
        If there is no such scenario, or it has no such outcome.
    SimulationError
        If every chunk breaks off, for instance since a rule breaks its contract; or the executor
        breaks.
    StoreError
        If the folder is there already, holds something else than is asked for, or cannot be
        written.

    Examples
    --------
    >>> import relsim
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> ensemble
    <Ensemble of us-russia-2021: 128 runs over 64 draws, seed 1>
    >>> ensemble.health.failed
    0
    """
    began = time.perf_counter()
    scenario, seed = scenario_of(scenario), seed_of(seed)
    workers = check_workers(workers, executor)
    callable_or_none("progress", progress)
    if precision is None:
        if outcome is not None or max_runs is not None:
            raise UsageError("outcome and max_runs go with a precision: give one")
        total, per_draw = plan_runs(runs, draws)
    elif runs is not None or draws is not None:
        raise UsageError("a precision settles runs and draws: bound it by max_runs")
    else:
        precision = check_precision(precision)
        most = MOST_RUNS if max_runs is None else whole_number("max_runs", max_runs)
        total, per_draw = plan_runs(most, None)
    own_rules = rules_of(scenario, rules)
    if resume and folder is None:
        raise UsageError("resume needs the folder of the result")
    if precision is not None and folder is not None:
        raise UsageError("a precision settles the runs as it goes: save the ensemble afterwards")
    plan = Plan(scenario, seed, total, per_draw, own_rules, log_all=log_all)
    if plan.rules and (executor is not None or workers > 1):
        check_sendable(simulate_or_fail, plan)
    simulate_all = partial(simulate_missing, workers=workers, executor=executor, progress=progress)
    origin = provenance(scenario, seed, plan.width, tuple(sorted(plan.rules)))
    if compare_rules:
        ranged = over_rules(scenario, seed=seed, workers=workers, progress=progress)
        origin = {**origin, PROVENANCE: ranged.to_json()}
    if folder is not None:
        from relsim.ensemble.opening import finish

        begun = stored_result(plan, folder, origin, resume)
        with begun as stored, say_what_is_kept(plan, folder):
            if compare_rules and not stored.manifest.complete:  # a result may be gone on with
                stored.manifest.provenance[PROVENANCE] = origin[PROVENANCE]
            simulate_all(plan, stored.add, stored.fail, set(stored.manifest.chunks))
            return finish(stored)
    with say_what_is_kept(plan, None):
        if precision is None:
            gathering = Gathering(scenario, plan.runs, per_draw)
            failures = simulate_all(plan, gathering.add)
        else:
            aim = scenario.headline if outcome is None else outcome
            done = _simulate_until_precise(plan, aim, precision, simulate_all)
            plan, parts, failures, wish = done
            gathering = Gathering(scenario, plan.runs, per_draw)
            for part in parts:
                gathering.add(part)
            origin = {**origin, "precision": wish.to_json()}
    return gathering.ensemble(
        seed=seed,
        parameters=parameters_of(plan),
        provenance=origin,
        elapsed=time.perf_counter() - began,
        failures=failures,
    )


def _simulate_until_precise(
    most: Plan, outcome: str, precision: float, simulate_all: Simulate
) -> tuple[Plan, list[ChunkResult], list[Failure], Precision]:
    """Add chunks until an outcome's probability is precise, or the plan `most` is at its end."""
    names = tuple(most.scenario.outcomes)
    check_outcome(outcome, names)
    parts: list[ChunkResult] = []
    failures: list[Failure] = []

    def sample(batches: int) -> Estimate:
        plan = replace(most, runs=batches * most.runs_per_batch)
        # A last chunk that was not full is simulated again, as the larger plan has more runs in it.
        parts[:] = (part for part in parts if part.first_day.shape[1] == plan.width)
        failures[:] = simulate_all(plan, parts.append, have={part.chunk for part in parts})
        return _estimate_from(parts, names.index(outcome), plan)

    batches, reached = until_precise(sample, precision, most.runs // most.runs_per_batch)
    plan = replace(most, runs=batches * most.runs_per_batch)
    return plan, parts, failures, Precision(outcome, precision, reached, most.runs)


def _estimate_from(chunks: Sequence[ChunkResult], outcome: int, plan: Plan) -> Estimate:
    """Estimate the probability of an outcome, by its row, from the chunks that are done."""
    days = np.full(plan.runs, NOT_RUN)  # a chunk that broke off leaves its runs so
    for chunk in chunks:
        place = slice(chunk.first_run, chunk.first_run + chunk.first_day.shape[1])
        days[place] = chunk.first_day[outcome]
    return estimate(
        days >= 0, plan.draw_of_run, plan.runs_per_batch,
        valid=days != NOT_RUN, parameters=stratified(plan.scenario, plan.seed, plan.draws),
    )  # fmt: skip


def extend(
    ensemble: Ensemble, runs: int, workers: int = 1, progress: Progress | None = None
) -> Ensemble:
    """The ensemble with more batches: that of `runs` runs and as many a draw, to the bit.

    Chunks that were simulated whole are kept.

    Parameters
    ----------
    ensemble : Ensemble
        By the scenario's own rules, without the event log of all runs.
    runs : int
        Rounded up to whole batches.
    workers, progress
        As for `relsim.simulate`.

    Raises
    ------
    UsageError
        If it has as many runs already, rules of one's own, or was updated or conditioned.
    SimulationError
        If every new chunk breaks off.
    """
    began = time.perf_counter()
    runs, workers = whole_number("runs", runs), check_workers(workers)
    if runs <= ensemble.runs:
        raise UsageError(f"runs must be more than {ensemble.runs:,} (got {runs:,})")
    if ensemble.provenance["custom_rules"]:
        raise UsageError("an ensemble by rules of one's own cannot be extended: simulate it anew")
    if condition_of(ensemble) is not None:
        raise UsageError("runs that meet a condition cannot be extended: extend all of them first")
    if UPDATED_THROUGH in ensemble.provenance:
        raise UsageError("an updated ensemble cannot be extended: update anew with more runs")
    total = -(-runs // ensemble.runs_per_batch) * ensemble.runs_per_batch
    plan = Plan(ensemble.scenario, ensemble.seed, total, ensemble.runs_per_draw)
    full, rest = divmod(ensemble.runs, plan.width)
    have = range(0 if rest or ensemble.failures else full)
    gathering = Gathering(plan.scenario, plan.runs, plan.runs_per_draw)
    if have:
        gathering.add(replace(whole(ensemble), chunk=-1))
    failures = simulate_missing(
        plan, gathering.add, have=set(have), workers=workers, progress=progress
    )
    return gathering.ensemble(
        seed=plan.seed,
        parameters=parameters_of(plan),
        provenance=ensemble.provenance,
        elapsed=ensemble.elapsed_seconds + time.perf_counter() - began,
        failures=failures,
    )


def stored_result(
    plan: Plan, folder: str | os.PathLike[str], origin: Mapping[str, object], resume: bool
) -> Result:
    """The result folder of a plan, begun or gone on with."""
    from relsim.store.manifest import Manifest
    from relsim.store.writer import begin

    asked = Manifest.begun(
        seed=int(plan.seed),
        runs=plan.runs,
        runs_per_draw=plan.runs_per_draw,
        chunk_width=plan.width,
        log_all=plan.log_all,
        saved=False,
        provenance=dict(origin),
    )
    # What is written once need not stay.
    return begin(folder, plan.scenario, asked, parameters_of(plan, kept=0), resume)


@contextmanager
def say_what_is_kept(plan: Plan, folder: str | os.PathLike[str] | None) -> Iterator[None]:
    """Add to the error of a broken executor what is kept, and how to go on."""
    try:
        yield
    except ExecutorBroke as error:
        if folder is None:
            raise SimulationError(f"{error}; nothing is kept, as no folder was given") from error
        how = "go on by the same call of simulate with resume=True"
        if not plan.rules and not plan.log_all:
            sizes = {"--runs": plan.runs, "--draws": plan.draws, "--seed": plan.seed}
            words = [str(word) for pair in sizes.items() for word in pair]
            name = plan.scenario.name
            command = shlex.join(["relsim", "run", name, *words, "--out", str(folder), "--resume"])
            how += f", or of the same scenario by {command}"
        raise SimulationError(f"{error}; finished chunks are kept in {folder}: {how}") from error
