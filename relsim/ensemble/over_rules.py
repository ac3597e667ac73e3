"""How far an outcome hangs on the rule by which the two sides choose: its range over the rules.

Parameters are drawn anew for each draw; the rule is not, and no interval over draws holds it. So
the scenario is simulated under every rule, both sides by the same one, with the same draws and the
same random streams. Averages over rules are not offered: no record says how to weigh them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from relsim.brief import Brief
from relsim.ensemble.data import check_outcome, stratified
from relsim.estimates.deconvolution import Interval
from relsim.estimates.probability import Estimate, estimate
from relsim.rules import RULES
from relsim.runs.chunk_result import NOT_RUN
from relsim.runs.jobs import Job, Progress, days_of, lean_plan
from relsim.scenario.actors import SCRIPTED
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import packaged_over_rules
from relsim.scenario.schema import Scenario, scenario_of

__all__ = ["COMPARED", "DEFAULT_RUNS", "OverRules", "over_rules", "stored_over_rules", "under"]

DEFAULT_RUNS = 4096  # under each rule: what rules change is far larger than the Monte Carlo error
COMPARED = tuple(rule for rule in RULES if rule != SCRIPTED)  # that one needs a script
FORMAT = "relsim.over_rules/1"
PROVENANCE = "over_rules"  # key of what an ensemble was simulated with


@dataclass(frozen=True, repr=False)
class OverRules(Brief):
    """An outcome's probability under each decision rule.

    Attributes
    ----------
    outcome : str
    runs, draws, seed : int
        Of each rule's ensemble.
    probabilities : mapping of rule to Estimate
        Both sides choose by the rule.
    """

    outcome: str
    runs: int
    draws: int
    seed: int
    probabilities: Mapping[str, Estimate]

    @property
    def ends(self) -> tuple[str, str]:
        """The rules under which the outcome is least and most likely."""
        by_value = sorted(self.probabilities, key=lambda rule: self.probabilities[rule].value)
        return by_value[0], by_value[-1]

    @property
    def range(self) -> Interval:
        """The probabilities under these two."""
        low, high = (self.probabilities[rule].value for rule in self.ends)
        return low, high

    def __str__(self) -> str:
        least, most = (f"{self.probabilities[rule].value_text} ({rule})" for rule in self.ends)
        return f"{least} to {most}"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON, which `from_json` reads."""
        low, high = self.range
        return {
            "outcome": self.outcome,
            "low": low,
            "high": high,
            "runs": self.runs,
            "draws": self.draws,
            "seed": self.seed,
            "rules": {rule: found.to_json() for rule, found in self.probabilities.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> OverRules:
        """What `to_json` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        rules = {str(rule): Estimate.from_json(found) for rule, found in data["rules"].items()}
        if not rules:
            raise ValueError("no rule")
        runs, draws, seed = (int(data[name]) for name in ("runs", "draws", "seed"))
        return cls(str(data["outcome"]), runs, draws, seed, rules)


def over_rules(
    scenario: Scenario | str | os.PathLike[str],
    runs: int = DEFAULT_RUNS,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    outcome: str | None = None,
    progress: Progress | None = None,
) -> OverRules:
    """Estimate an outcome's probability under each decision rule, on common random numbers.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    runs : int
        Runs under each rule, rounded up to whole batches of 64 draws.
    draws : int, optional
        Number of parameter draws; by default 32 runs a draw.
    seed : int
        Of all of them: run by run they share parameters and random streams.
    workers : int
        One pool of processes for all rules.
    outcome : str, optional
        By default the scenario's headline.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Returns
    -------
    OverRules

    Raises
    ------
    UsageError
        If a number makes no sense.
    UnknownName
        If there is no such scenario, or it has no such outcome.
    SimulationError
        If every chunk under a rule breaks off.

    Examples
    --------
    >>> import relsim
    >>> found = relsim.over_rules("us-russia-2021", runs=128, draws=64)
    >>> list(found.probabilities)[:3]
    ['logit', 'expected_utility', 'tit_for_tat']
    """
    scenario = scenario_of(scenario)
    name = scenario.headline if outcome is None else outcome
    check_outcome(name, scenario.outcomes)
    jobs = [Job(lean_plan(under(scenario, rule), runs, draws, seed)) for rule in COMPARED]
    row = list(scenario.outcomes).index(name)
    found = {}
    for rule, job, days in zip(COMPARED, jobs, days_of(jobs, workers, progress), strict=True):
        plan = job.plan
        found[rule] = estimate(
            days.first_day[row] >= 0, plan.draw_of_run, plan.runs_per_batch,
            valid=(days.first_day != NOT_RUN).all(axis=0),
            parameters=stratified(plan.scenario, plan.seed, plan.draws),
        )  # fmt: skip
    return OverRules(name, plan.runs, plan.draws, int(seed), found)


def under(scenario: Scenario, rule: str) -> Scenario:
    """The scenario with both sides choosing by one rule."""
    return scenario.vary({f"actors.{actor}.rule": rule for actor in scenario.actors})


def as_stored(scenario: Scenario, found: OverRules) -> dict[str, object]:
    """What is written into the file of a packaged scenario."""
    about = {"format": FORMAT, "scenario": scenario.name, "scenario_hash": scenario_hash(scenario)}
    return {**about, **found.to_json()}


def stored_over_rules(scenario: Scenario) -> OverRules | None:
    """The range that comes with relsim for a packaged scenario, made for exactly that scenario.

    None if there is no file, or it was made for another version of the scenario.
    """
    file = packaged_over_rules().get(scenario.name)
    if file is None:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        data = json.loads(file.read_text("utf-8"))
        if data["format"] == FORMAT and data["scenario_hash"] == scenario_hash(scenario):
            return OverRules.from_json(data)
    return None
