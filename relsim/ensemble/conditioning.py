"""The runs of an ensemble in which a condition holds, and what it says about an outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from relsim.array_types import Booleans, Doubles, Integers
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.estimates.conditional import Contrast, contrast
from relsim.estimates.confidence import effective
from relsim.estimates.probability import Estimate
from relsim.scenario.conditions.conditions import Condition, Status, walk
from relsim.scenario.conditions.operands import OfSeries
from relsim.scenario.given import Given, Premise, premise_of
from relsim.worlds.monitors import LoggedDeed, Monitors, replay_log

if TYPE_CHECKING:
    from relsim.ensemble.data import EnsembleData

__all__ = [
    "FEWEST_DRAWS",
    "FEWEST_RUNS",
    "Conditional",
    "Left",
    "condition_of",
    "conditional",
    "given",
    "heading_of",
    "holds_in",
    "refuse_few",
    "too_few",
]

# Fewer say too little of any outcome: 10 draws must hold hits, and 10 misses, to resolve one.
FEWEST_RUNS, FEWEST_DRAWS = 100, 20
PROVENANCE = "given"  # where an ensemble says on what it is conditioned
OVER_RULES = "over_rules"  # of all runs: it says nothing of those that are left

E = TypeVar("E", bound="EnsembleData")


@dataclass(frozen=True, repr=False)
class Left(Brief):
    """The runs in which a condition holds.

    Attributes
    ----------
    condition : str
        In words.
    runs, of_runs : int
        Runs in which it holds, and all that could.
    draws : int
        Draws that have such a run; copies of one draw are one.
    effective_draws : float
        Kish's effective number of these, by their runs, or by the weights of these.
    """

    condition: str
    runs: int
    of_runs: int
    draws: int
    effective_draws: float

    @classmethod
    def of(cls, condition: str, weights: Doubles, of_runs: int, draw_of_run: Integers) -> Left:
        """From what the runs weigh and their draws, (runs,); copies of one draw are one."""
        by_draw = np.bincount(draw_of_run, weights)
        bearing = int(np.count_nonzero(by_draw))
        return cls(condition, int(np.count_nonzero(weights)), of_runs, bearing, effective(by_draw))

    def __str__(self) -> str:
        return (
            f"given {self.condition}: {self.runs:,} of {self.of_runs:,} runs, {self.draws:,} "
            f"draw{'s' * (self.draws != 1)} (effective number {self.effective_draws:,.0f})"
        )

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return dict(vars(self))


def condition_of(ensemble: EnsembleData) -> Left | None:
    """The condition of an ensemble and what it left; None if it has none."""
    found = ensemble.provenance.get(PROVENANCE)
    return Left(**found) if isinstance(found, Mapping) else None


def heading_of(condition: Left | str | None) -> str:
    """A condition and what it left, as one more line of a title; empty if there is none."""
    return "" if condition is None else f"\nG{str(condition).removeprefix('g')}"


def given(ensemble: E, what: Given) -> E:
    """The runs in which a condition holds; explained at `relsim.Ensemble.given`."""
    premise, holds = _met(ensemble, what)
    before = condition_of(ensemble)
    weights = ensemble.run_weights
    kept = np.where(holds, weights, 0.0)
    condition = str(premise) if before is None else f"{before.condition} and {premise}"
    of_runs = int(np.count_nonzero(weights)) if before is None else before.of_runs
    left = Left.of(condition, kept, of_runs, ensemble.different_draw_of_run)
    refuse_few(left, ensemble.runs)
    origin = {k: v for k, v in ensemble.provenance.items() if k != OVER_RULES}
    return replace(ensemble, weights=kept, provenance={**origin, PROVENANCE: left.to_json()})


def too_few(weights: Doubles, draw_of_run: Integers) -> bool:
    """Whether runs of these weights, (runs,), say too little of any outcome."""
    left = effective(np.bincount(draw_of_run, weights))
    return int(np.count_nonzero(weights)) < FEWEST_RUNS or left < FEWEST_DRAWS


def refuse_few(left: Left, runs: int) -> None:
    """Raise UsageError, with the runs to ask for in place of so many, if too little is left."""
    if left.runs >= FEWEST_RUNS and left.effective_draws >= FEWEST_DRAWS:
        return
    said = f"{left}; {FEWEST_RUNS} runs of {FEWEST_DRAWS} effective draws are needed"
    if not left.runs:
        raise UsageError(f"{said}: it never came about, so that nothing follows from it")
    more = max(FEWEST_RUNS / left.runs, FEWEST_DRAWS / left.effective_draws)
    needed = math.ceil(runs * more * 1.2 / 1000) * 1000
    raise UsageError(f"{said}: simulate more, some {needed:,} runs with as many runs a draw")


def holds_in(happened: Mapping[str, Booleans], premise: Premise) -> Booleans:
    """In which runs a premise holds, from those in which each outcome came about, (runs,)."""
    each = [happened[name] == wanted for name, wanted in premise.outcomes.items()]
    return np.asarray(np.all(each, axis=0))


class _Met(NamedTuple):
    premise: Premise
    holds: Booleans


def _met(ensemble: EnsembleData, what: Given) -> _Met:
    """In which runs a condition holds."""
    premise = premise_of(ensemble.scenario, what)
    if not premise.declared:
        happened = {name: ensemble.happened(name) for name in premise.outcomes}
        return _Met(premise, holds_in(happened, premise))
    (name,) = premise.outcomes
    replayed = _replayed(ensemble, premise.scenario.outcomes[name].when)
    if replayed is None:
        raise UsageError(
            f"{premise} is none of the outcomes, and of all runs an ensemble keeps when the "
            "outcomes came about. Ask before it is simulated: relsim run SCENARIO --given "
            "CONDITION, or scenario.with_outcome(NAME, CONDITION); or keep the log of all runs, by "
            "relsim.simulate(..., log_all=True)"
        )
    return _Met(premise, replayed)


def _replayed(ensemble: EnsembleData, when: Condition) -> Booleans | None:
    """A condition on deeds, from the log if it is of all runs; None if it cannot be known."""
    log, words = ensemble.sample.log, ensemble.sample.words
    unknown = any(
        isinstance(part, Status) or isinstance(next(iter(vars(part).values())), OfSeries)
        for _, part in walk(when)
    )
    if unknown or np.unique(log["run"]).size < ensemble.runs - ensemble.failed_runs.size:
        return None
    keys = np.stack([log[name].astype(np.int64) for name in ("day", "kind", "actor", "subject")])
    deeds, of_row = np.unique(keys, axis=1, return_inverse=True)
    order = np.argsort(of_row.ravel(), kind="stable")
    runs = np.split(log["run"][order], np.cumsum(np.bincount(of_row.ravel()))[:-1])
    lines = [
        LoggedDeed(
            int(day), words.kinds[kind], None if actor < 0 else words.actors[actor],
            None if subject < 0 else words.subjects[subject], np.unique(of),
        )
        for (day, kind, actor, subject), of in zip(deeds.T, runs, strict=True)
    ]  # fmt: skip
    term = ensemble.scenario.horizon.term
    monitors = Monitors({"asked": when}, term, ensemble.runs)
    replay_log(monitors, term, lines, {})
    return np.asarray(monitors.finish()[0] >= 0)


@dataclass(frozen=True, repr=False)
class Conditional(Brief):
    """What a condition says about an outcome.

    Attributes
    ----------
    outcome, condition : str
        The outcome's name; the condition in words.
    overall, share : Estimate
        Probability of the outcome, and of the condition.
    yes, no : Estimate or None
        Probability of the outcome if the condition holds, and if it does not; None where too few
        runs or draws are left. overall = yes · share + no · (1 − share), to rounding.
    contrast : Contrast or None
        yes less no, with its Monte Carlo error; None where under 10 draws hold one of the four:
        condition or not, outcome or not.
    """

    outcome: str
    condition: str
    overall: Estimate
    share: Estimate
    yes: Estimate | None
    no: Estimate | None
    contrast: Contrast | None

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON: null where too few runs or draws are left."""
        found = self.contrast
        return {
            "outcome": self.outcome,
            "given": self.condition,
            "overall": self.overall.to_json(),
            "share": self.share.to_json(),
            "yes": None if self.yes is None else self.yes.to_json(),
            "no": None if self.no is None else self.no.to_json(),
            "difference": found and found.value,
            "difference_mc_error": found and found.mc_error,
            "difference_mc_interval_90": found and list(found.mc_interval_90),
            "p_value": found and found.p_value,
        }


def conditional(ensemble: EnsembleData, outcome: str, what: Given) -> Conditional:
    """What a condition says about an outcome; explained at `relsim.Ensemble.conditional`."""
    premise, holds = _met(ensemble, what)
    weights = ensemble.run_weights
    return Conditional(
        outcome,
        str(premise),
        ensemble.probability(outcome),
        ensemble.probability_of(holds),
        _part(ensemble, outcome, holds),
        _part(ensemble, outcome, ~holds),
        contrast(
            ensemble.happened(outcome), holds, ensemble.different_draw_of_run,
            ensemble.runs_per_batch, weights,
        ),
    )  # fmt: skip


def _part(ensemble: EnsembleData, outcome: str, flags: Booleans) -> Estimate | None:
    """The outcome's probability in some runs; None if they are too few."""
    kept = np.where(flags, ensemble.run_weights, 0.0)
    if too_few(kept, ensemble.different_draw_of_run):
        return None
    return replace(ensemble, weights=kept).probability(outcome)
