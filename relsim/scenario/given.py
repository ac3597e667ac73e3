"""What a forecast is conditioned on: outcomes that come about or do not, or another condition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from relsim.errors import Problem, ScenarioError, UnknownName, UsageError, unknown
from relsim.scenario.conditions.conditions import Not
from relsim.scenario.files.parsing import parse, plain
from relsim.scenario.schema import Scenario

__all__ = ["Given", "Premise", "premise_of"]

# An outcome's name, "not NAME", a condition as YAML; {name: bool}; a condition as a mapping.
Given: TypeAlias = str | Mapping[str, object]

NEW = "given"  # the outcome that a condition becomes which is no outcome of the scenario
OPTION = "--given"  # stands for the file in what is said of a condition


@dataclass(frozen=True)
class Premise:
    """A condition in terms of outcomes.

    Attributes
    ----------
    scenario : Scenario
        With one outcome more if the condition is none of its outcomes.
    outcomes : mapping of str to bool
        Which must come about, and which must not.
    declared : bool
        Whether `scenario` has one outcome more.
    """

    scenario: Scenario
    outcomes: Mapping[str, bool]
    declared: bool = False

    def __str__(self) -> str:
        asked = self.scenario.outcomes
        return " and ".join(
            asked[name].title if holds else f"not {asked[name].title}"
            for name, holds in self.outcomes.items()
        )


def premise_of(scenario: Scenario, given: Given) -> Premise:
    """Read what a forecast is conditioned on.

    Parameters
    ----------
    scenario : Scenario
        Whose outcomes may be named.
    given : str or mapping
        The name of an outcome; ``"not NAME"``; ``{name: True, other: False}``; a condition as a
        scenario file has it, as a mapping or as YAML on one line:
        ``"happened: {deed: summit, until: 2022-07-01}"``.

    Raises
    ------
    UnknownName
        If there is no such outcome.
    ScenarioError
        If the condition is wrong.
    UsageError
        If it is neither.

    Examples
    --------
    >>> import relsim
    >>> scenario = relsim.load("us-russia-2021")
    >>> print(premise_of(scenario, "not freeze"))
    not A frozen year
    >>> premise_of(scenario, "happened: {deed: summit}").outcomes
    {'given': True}
    """
    asked: object = _read(given) if isinstance(given, str) else given
    if not isinstance(asked, Mapping) or not asked:
        raise UsageError(
            "a condition is the name of an outcome, 'not NAME', or an operator such as "
            f"{{happened: {{deed: summit}}}} (got {given!r:.80})"
        )
    if all(isinstance(holds, bool) for holds in asked.values()):
        for name in asked:
            if name not in scenario.outcomes:
                raise UnknownName(unknown("outcome", str(name), scenario.outcomes))
        return Premise(scenario, {name: bool(holds) for name, holds in asked.items()})
    text = given if isinstance(given, str) else json.dumps(given, default=str)
    return _of_condition(scenario, asked, text)


def _read(text: str) -> object:
    """What a text stands for: a mapping, if it is right."""
    first, _, rest = text.strip().partition(" ")
    if not first:
        return None
    negated = first == "not" and bool(rest.strip())
    entry, problems = parse((rest if negated else text).encode("utf-8", "replace"), OPTION)
    if problems:
        raise ScenarioError(tuple(problems))
    read = plain(entry)
    if isinstance(read, str):
        return {read: not negated}
    return {"not": read} if negated else read


def _of_condition(scenario: Scenario, when: Mapping[str, object], text: str) -> Premise:
    """A condition by the name of the outcome that asks for the same, or a new one."""
    name = next(n for n in (NEW + "_" * k for k in count()) if n not in scenario.outcomes)
    try:
        extended = scenario.with_outcome(name, when, title=" ".join(text.split()))
    except ScenarioError as error:
        place = f"outcomes.{name}.when"
        raise ScenarioError(tuple(_as_given(one, place) for one in error.problems)) from None
    condition = extended.outcomes[name].when
    for other, outcome in scenario.outcomes.items():
        if outcome.when == condition:
            return Premise(scenario, {other: True})
        if isinstance(condition, Not) and outcome.when == condition.not_:
            return Premise(scenario, {other: False})
    return Premise(extended, {name: True}, declared=True)


def _as_given(problem: Problem, place: str) -> Problem:
    """A problem of the outcome at `place` as one of the condition that was given."""
    return replace(problem, file=OPTION, path=problem.path.removeprefix(place).removeprefix("."))
