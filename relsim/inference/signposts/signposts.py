"""What to watch by a date: what each sign would tell, and what doing it would bring about.

1. One ensemble sees all candidates: deeds, how often, levels.
2. On one half of the draws those are chosen that tell most and do not repeat each other; on the
   other half it is measured what they tell.
3. Those that are moves are brought about in all runs of that half, and kept from all.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from relsim.arguments import callable_or_none, seed_of, whole_number
from relsim.array_types import Booleans, Doubles, Integers
from relsim.brief import Brief
from relsim.ensemble.conditioning import FEWEST_DRAWS, FEWEST_RUNS, condition_of
from relsim.ensemble.data import check_outcome
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.estimates.confidence import effective
from relsim.estimates.probability import Estimate
from relsim.inference.paired_runs import PairedRuns, simulate_jobs_paired
from relsim.inference.signposts.information import Information, information_of_all
from relsim.inference.signposts.interventions import Doing, doing_of, jobs_of, why_not
from relsim.inference.signposts.table import page
from relsim.inference.signposts.watchable import (
    Candidate,
    candidates,
    check_date,
    declared,
    last_known,
    undeclared,
)
from relsim.runs.chunk_result import Failure
from relsim.runs.jobs import Progress, lean_plan
from relsim.runs.provenance import UPDATED_THROUGH
from relsim.runs.workers import check_workers
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.given import Given, premise_of
from relsim.scenario.schema import Scenario, scenario_of
from relsim.simulate import plan_runs, simulate
from relsim.tables import page_html, page_text
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = ["FORMAT", "RUNS", "Signpost", "Signposts", "signposts", "signposts_in", "sizes"]

FORMAT = "relsim.signposts/1"
RUNS, RUNS_A_DRAW = 16_384, 16
TOP = 8
UPDATED = "an updated ensemble's runs cannot be simulated again with a move changed"


@dataclass(frozen=True, repr=False)
class Signpost(Brief):
    """Something to watch.

    Attributes
    ----------
    candidate : Candidate
        What it is.
    information : Information
        What it tells, in bits and as likelihood ratios.
    seen, unseen : Estimate
        Probability of the outcome in the runs that see it, and in those that do not.
    doing : Doing or None
        What follows if it is brought about.
    why_not : str
        Why `doing` is None; empty if it is there.
    """

    candidate: Candidate
    information: Information
    seen: Estimate
    unseen: Estimate
    doing: Doing | None
    why_not: str

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        information = self.information
        return {
            "signpost": self.candidate.name,
            "title": self.candidate.title,
            "actor": self.candidate.actor,
            "move": self.candidate.move,
            "times": self.candidate.times,
            "share": information.share,
            "seen": self.seen.to_json(),
            "unseen": self.unseen.to_json(),
            "bits": information.bits,
            "bits_interval_90": list(information.bits_interval_90),
            "likelihood_ratio": information.ratio,
            "likelihood_ratio_interval_90": list(information.ratio_interval_90),
            "likelihood_ratio_unseen": information.absence,
            "likelihood_ratio_unseen_interval_90": list(information.absence_interval_90),
            "p_value": information.p_value,
            "doing": None if self.doing is None else self.doing.to_json(),
            "why_not_done": self.why_not or None,
        }


@dataclass(frozen=True, repr=False)
class Signposts(Brief):
    """What to watch by a date.

    Attributes
    ----------
    scenario : Scenario
        With the candidates as outcomes.
    outcome : str
    by : date
        The last day on which something is seen.
    probability : Estimate
        Of the outcome, on the half of the draws on which all else is measured, if it has not come
        about by the date.
    signposts : tuple of Signpost
        Those that tell most first; none if nothing is seen to tell anything.
    candidates : int
        Among how many was looked.
    settled : float
        Share of the runs in which the outcome had come about by the date: these are left out.
    condition : str or None
        What all of it is given, in words with the number of runs.
    seed, runs, draws : int
        Half of the draws choose, the other half measures.
    failures : tuple of Failure
    provenance : mapping
    elapsed_seconds : float
    """

    scenario: Scenario
    outcome: str
    by: date
    probability: Estimate
    signposts: tuple[Signpost, ...]
    candidates: int
    settled: float
    condition: str | None
    seed: int
    runs: int
    draws: int
    failures: tuple[Failure, ...]
    provenance: Mapping[str, object]
    elapsed_seconds: float

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.signposts/1): null for what is not known."""
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            "asked_scenario_hash": scenario_hash(undeclared(self.scenario)),
            "outcome": self.outcome,
            "by": self.by.isoformat(),
            "runs": self.runs,
            "draws": self.draws,
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "failed_chunks": len(self.failures),
            "candidates": self.candidates,
            "settled": self.settled,
            "probability": self.probability.to_json(),
            "signposts": [one.to_json() for one in self.signposts],
        }

    def __str__(self) -> str:
        return page_text(page(self))

    def _repr_html_(self) -> str:
        return page_html(page(self))


def signposts(
    scenario: Scenario | str | os.PathLike[str],
    outcome: str | None = None,
    by: date | None = None,
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    given: Given | None = None,
    top: int = TOP,
    doing: bool = True,
    progress: Progress | None = None,
) -> Signposts:
    """Say what to watch by a date: what would tell most of an outcome, and what doing it would do.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    outcome : str, optional
        By default the scenario's headline.
    by : date
        The last day on which something is seen.
    runs, draws : int, optional
        16,384 runs, 16 a draw, by default. Half of the draws choose what to watch, the other half
        measures it.
    seed, workers
        As for `relsim.simulate`.
    given : str or mapping, optional
        Only the runs in which this holds, as `relsim.Ensemble.given` takes it. What is brought
        about is then brought about in those runs that meet it in their usual course.
    top : int
        At most so many.
    doing : bool
        Also bring each move about.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Returns
    -------
    Signposts

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If it is no date within the term, or there are too few draws or runs.
    SimulationError
        If every chunk breaks off.

    Notes
    -----
    Runs in which the outcome has come about by the date are left out of what seeing tells: it is
    no question any more. How signposts are chosen and which are reported:
    `relsim.inference.signposts.information`.

    Examples
    --------
    >>> import datetime
    >>> import relsim
    >>> found = relsim.signposts(
    ...     "us-russia-2021", by=datetime.date(2022, 7, 1), runs=2048, draws=512, top=2, doing=False
    ... )
    >>> found.signposts[0].seen.value > found.signposts[0].unseen.value
    True
    """
    began = time.perf_counter()
    asked, seed = scenario_of(scenario), seed_of(seed)
    name = asked.headline if outcome is None else outcome
    check_outcome(name, asked.outcomes)
    if by is None:
        raise UsageError("by is the last day on which something is seen: give a date")
    check_date(asked, by)
    top = whole_number("top", top)
    workers = check_workers(workers)
    callable_or_none("progress", progress)
    total, of_draws = sizes(runs, draws)
    premise = None if given is None else premise_of(asked, given)
    watched = declared(asked if premise is None else premise.scenario, by)
    half_runs = total // 2
    most = total + (2 * top * half_runs if doing else 0)
    ensemble = simulate(
        watched, total, of_draws, seed, workers,
        progress=None if progress is None else lambda done, _: progress(done, most),
    )  # fmt: skip
    if premise is not None:
        ensemble = ensemble.given(premise.outcomes)
    found = signposts_in(ensemble, name, by, top=top)
    if doing:
        found = _with_doing(found, ensemble, half_runs, workers, progress)
    else:
        not_asked = tuple(replace(one, why_not="not asked for") for one in found.signposts)
        found = replace(found, signposts=not_asked)
    elapsed = time.perf_counter() - began
    return replace(found, elapsed_seconds=elapsed)


def _with_doing(
    found: Signposts, ensemble: Ensemble, runs: int, workers: int, progress: Progress | None
) -> Signposts:
    """Bring about each signpost that is a move in the first of the runs, and keep it from them."""
    asked, name = ensemble.scenario, found.outcome
    day, known = ((when - ensemble.start).days for when in (found.by, last_known(asked)))
    able = [one.candidate for one in found.signposts if not why_not(one.candidate)]
    planned = [jobs_of(ensemble, one, name, day, runs, known) for one in able]
    jobs = [job for those, _ in planned for job in those]
    end = ensemble.runs + len(jobs) * runs
    more = None if progress is None else lambda done, _: progress(ensemble.runs + done, end)
    done = simulate_jobs_paired(jobs, workers, more) if jobs else []
    usual, valid = _usual(ensemble, runs), ensemble.run_weights[:runs] > 0
    failures, of = found.failures, {}
    for one, (those, since) in zip(able, planned, strict=True):
        pair, done = done[: len(those)], done[len(those) :]
        failures += tuple(f for part in pair for f in part.failures)
        of[one.name] = doing_of(pair, usual, one, name, asked.date_of(since), valid)
    posts = tuple(replace(one, doing=of.get(one.candidate.name)) for one in found.signposts)
    return replace(found, signposts=posts, failures=failures)


def sizes(runs: int | None, draws: int | None) -> tuple[int, int]:
    """Runs and draws of the ensemble: an even number of batches.

    Raises
    ------
    UsageError
        If a number is not whole or not positive, or there are fewer runs than draws.
    """
    wished = RUNS if runs is None else whole_number("runs", runs)
    of_draws = max(wished // RUNS_A_DRAW, 1) if draws is None else draws
    total, per_draw = plan_runs(wished, of_draws)
    batches = total // per_draw // 64
    batches += batches % 2
    return batches * 64 * per_draw, batches * 64


def _usual(ensemble: Ensemble, runs: int) -> PairedRuns:
    """The first runs in their usual course, to be paired with."""
    plan = lean_plan(ensemble.scenario, runs, runs // ensemble.runs_per_draw, ensemble.seed)
    happened = {name: ensemble.happened(name)[:runs] for name in ensemble.outcomes}
    return PairedRuns(plan, happened, ensemble.valid[:runs], ())


def signposts_in(ensemble: Ensemble, outcome: str, by: date, top: int = TOP) -> Signposts:
    """What to watch by a date, in an ensemble that saw the candidates; without doing any of it.

    Parameters
    ----------
    ensemble : Ensemble
        Of a scenario that `relsim.inference.signposts.watchable.declared` made: simulated, or
        updated, whole or given something.
    outcome : str
        Its name.
    by : date
        The date for which the candidates were declared.
    top : int
        At most so many.

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If the candidates of the date are not among the outcomes, or draws or runs are too few.
    """
    began = time.perf_counter()
    check_outcome(outcome, ensemble.outcomes)
    day, listed = check_date(ensemble.scenario, by), candidates(ensemble.scenario, by)
    _check_declared(ensemble, listed, by)
    draw, half = _halves(ensemble)
    weights, days = ensemble.run_weights, ensemble.days(outcome)
    settled = (days >= 0) & (days <= day)
    left = np.where(settled, 0.0, weights)
    measuring = np.where(half, left, 0.0)
    _refuse_few([measuring, left - measuring], draw, ensemble, outcome)
    seen = [ensemble.happened(one.name) for one in listed]
    found = information_of_all(seen, ensemble.happened(outcome), draw, left, half, top)
    updated = UPDATED_THROUGH in ensemble.provenance
    condition = condition_of(ensemble)
    return Signposts(
        scenario=ensemble.scenario,
        outcome=outcome,
        by=by,
        probability=_given(ensemble, outcome, measuring),
        signposts=tuple(
            Signpost(
                listed[k],
                information,
                _given(ensemble, outcome, np.where(seen[k], measuring, 0.0)),
                _given(ensemble, outcome, np.where(seen[k], 0.0, measuring)),
                None,
                why_not(listed[k]) or (UPDATED if updated else ""),
            )
            for k, information in found.items()
        ),
        candidates=len(listed),
        settled=float(weights[settled].sum() / weights.sum()),
        condition=None if condition is None else str(condition),
        seed=ensemble.seed,
        runs=ensemble.runs,
        draws=ensemble.draws,
        failures=ensemble.failures,
        provenance=ensemble.provenance,
        elapsed_seconds=time.perf_counter() - began,
    )


def _refuse_few(
    halves: Sequence[Doubles], draw: Integers, ensemble: Ensemble, outcome: str
) -> None:
    """Raise UsageError, with the draws to ask for, if either half of the draws says too little."""
    runs = min(int(np.count_nonzero(half)) for half in halves)
    draws = min(effective(np.bincount(draw, half)) for half in halves)
    if runs >= FEWEST_RUNS and draws >= FEWEST_DRAWS:
        return
    more = 1.2 * max(FEWEST_RUNS / max(runs, 1), FEWEST_DRAWS / max(draws, 1.0))
    wanted = math.ceil(ensemble.draws * more / (2 * DRAWS_PER_BATCH)) * 2 * DRAWS_PER_BATCH
    how = "relsim update --draws" if UPDATED_THROUGH in ensemble.provenance else "--draws"
    raise UsageError(
        f"too little is left to look for signposts of {outcome} on one half of the draws and to "
        f"measure them on the other: {runs:,} runs of {draws:.0f} effective draws on one of them, "
        f"and {FEWEST_RUNS} runs of {FEWEST_DRAWS} are needed. Ask for some {wanted:,} draws in "
        f"place of {ensemble.draws:,}, with as many runs of each ({how} {wanted}), or choose an "
        "earlier date"
    )


def _given(ensemble: Ensemble, outcome: str, weights: Doubles) -> Estimate:
    """The outcome's probability in the runs that have these weights."""
    return replace(ensemble, weights=weights).probability(outcome)


def _check_declared(ensemble: Ensemble, listed: Sequence[Candidate], by: date) -> None:
    asked = ensemble.scenario.outcomes
    missing = [one for one in listed if one.name not in asked]
    dated = f"Seen by {by}: {listed[0].title}."
    if not missing and asked[listed[0].name].resolves == dated:
        return
    raise UsageError(
        f"this result did not look for signposts by {by}: of all runs it keeps the outcomes alone. "
        f"Make it anew so that it does: relsim update ... --signposts {by} --out DIR"
    )


def _halves(ensemble: Ensemble) -> tuple[Integers, Booleans]:
    """The draw of each run, and whether it is of the half that measures.

    Draws of an update may be copies of one another: these are one draw, and in one half.
    """
    draw = ensemble.different_draw_of_run
    return draw, np.asarray(draw < (int(draw.max()) + 2) // 2)
