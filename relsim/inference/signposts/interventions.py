"""Doing: a move is brought about in all runs, or in none, all random numbers kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from relsim.array_types import Booleans, Shorts
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import Difference, Estimate
from relsim.inference.paired_runs import PairedRuns
from relsim.inference.signposts.watchable import TIMES, Candidate
from relsim.processes.actor import APART, UNBARRED, Intervention
from relsim.runs.jobs import Job, lean_plan
from relsim.scenario.schema import Scenario

__all__ = ["Doing", "doing_of", "jobs_of", "why_not"]

NO_MOVE = "it is not a move, which a side could decide to make"


@dataclass(frozen=True, repr=False)
class Doing(Brief):
    """What follows if something is brought about in all runs, and if it is kept from all.

    It is of all runs, also those in which the outcome has come about by the date.

    Attributes
    ----------
    usual : Estimate
        Probability of the outcome in the same runs in their usual course.
    forced : Estimate
        Probability of the outcome if it is brought about where it does not happen anyway.
    prevented : Estimate or None
        Probability if it is kept from happening; None of a joint move, which is not kept off by a
        single choice.
    effect : Difference
        Forced less prevented, or less the usual course without that; paired run by run.
    share_forced, share_prevented : float
        Of the runs, in which it has then come about: 1 and 0, unless it cannot be done everywhere.
    since : date
        The first day on which it is brought about.
    """

    usual: Estimate
    forced: Estimate
    prevented: Estimate | None
    effect: Difference
    share_forced: float
    share_prevented: float
    since: date

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "usual": self.usual.to_json(),
            "forced": self.forced.to_json(),
            "prevented": None if self.prevented is None else self.prevented.to_json(),
            "effect": self.effect.to_json(),
            "share_forced": self.share_forced,
            "share_prevented": self.share_prevented,
            "since": self.since.isoformat(),
        }


def why_not(candidate: Candidate) -> str:
    """Why something cannot be brought about; empty if it can."""
    return "" if candidate.move is not None else NO_MOVE


def jobs_of(
    ensemble: Ensemble, candidate: Candidate, outcome: str, by: int, runs: int, known: int
) -> tuple[list[Job], int]:
    """The ensembles with something brought about in all runs, and kept from all.

    Parameters
    ----------
    ensemble : Ensemble
        The usual course, with all candidates.
    candidate : Candidate
        A move.
    outcome : str
        The outcome that is asked about.
    by, known : int
        The last day on which it is seen, and the last that is known.
    runs : int
        The first of the ensemble's runs.

    Returns
    -------
    jobs : list of Job
        Of a joint move the first alone.
    since : int
        The first day on which it is brought about.

    Notes
    -----
    Where it comes about by itself nothing is changed, so that these runs are those of the usual
    course to the bit. Elsewhere the actor makes the move from the day by which half of the runs
    that see it have seen it, less four weeks for each further time that is wanted. It is kept
    off from the day on which it would come about.
    """
    days = ensemble.days(candidate.name)[:runs]
    came = days >= 0
    median = int(np.median(days[came])) if came.any() else (known + by) // 2
    since = max(median - APART * (candidate.times - 1), known + 1)
    plan = lean_plan(
        _alone(ensemble.scenario, (outcome, candidate.name)),
        runs, runs // ensemble.runs_per_draw, ensemble.seed,
    )  # fmt: skip
    none, never = np.zeros(runs, np.int16), np.full(runs, UNBARRED)
    force = Intervention(
        candidate.actor, str(candidate.move), since, by, _missing(ensemble, candidate, runs), never
    )
    bar = replace(force, made=none, barred=np.where(came, days, UNBARRED))
    both = [force] if candidate.actor is None else [force, bar]
    return [Job(replace(plan, intervention=one)) for one in both], since


def _missing(ensemble: Ensemble, candidate: Candidate, runs: int) -> Shorts:
    """How many times more each run has to see it; int16 (runs,)."""
    seen = np.zeros(runs, np.int16)
    for times in (t for t in TIMES if t <= candidate.times):
        name = f"{candidate.name.removesuffix(str(candidate.times))}{times}"
        seen[ensemble.happened(name)[:runs]] = times
    return np.asarray(candidate.times - seen, np.int16)


def _alone(scenario: Scenario, outcomes: tuple[str, ...]) -> Scenario:
    """The scenario with some of its outcomes: its runs stay the same."""
    return scenario.model_copy(update={"outcomes": {n: scenario.outcomes[n] for n in outcomes}})


def doing_of(
    found: list[PairedRuns], usual: PairedRuns, candidate: Candidate, outcome: str, since: date,
    valid: Booleans,
) -> Doing:  # fmt: skip
    """What the ensembles of `jobs_of` show.

    Parameters
    ----------
    found : list of PairedRuns
        Of the jobs, in their order.
    usual : PairedRuns
        The same runs in their usual course.
    candidate, outcome, since
        As `jobs_of` has them.
    valid : bool, (runs,)
        The runs to take.
    """
    forced, prevented = found[0], found[1] if len(found) > 1 else None
    taken = valid & usual.valid & forced.valid
    if prevented is not None:
        taken &= prevented.valid
    against = usual if prevented is None else prevented
    return Doing(
        usual=_among(usual, taken).probability(outcome),
        forced=_among(forced, taken).probability(outcome),
        prevented=None if prevented is None else _among(prevented, taken).probability(outcome),
        effect=forced.less(against, outcome, taken),
        share_forced=float(forced.happened[candidate.name][taken].mean()),
        share_prevented=float(against.happened[candidate.name][taken].mean()),
        since=since,
    )


def _among(found: PairedRuns, taken: Booleans) -> PairedRuns:
    return replace(found, valid=taken)
