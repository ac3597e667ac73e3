"""What a forecast is conditioned on: outcomes that come about or do not, or another condition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from relsim.errors import Problem, ScenarioError, UnknownName, UsageError, unknown
from relsim.scenario.conditions.conditions import Not
from relsim.scenario.files.parsing import Entry, Place, entry_of, parse, plain
from relsim.scenario.files.settings import with_entry
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
    entry = _read(given) if isinstance(given, str) else entry_of(given, Place(OPTION, 1, 1))
    asked: object = plain(entry) if isinstance(given, str) else given
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
    return _of_condition(scenario, entry, text)


def _read(text: str) -> Entry:
    """What a text stands for, and where in it: a mapping, if it is right."""
    if not text.strip():
        return Entry(None, Place(OPTION, 1, 1))
    first, _, rest = text.strip().partition(" ")
    negated = first == "not" and bool(rest.strip())
    # Blanks in place of what is not read, so that positions are those in the text.
    read = text.replace("not", "   ", 1) if negated else text
    entry, problems = parse(read.encode("utf-8", "replace"), OPTION)
    if problems:
        raise ScenarioError(tuple(problems))
    if isinstance(entry.content, str):
        return Entry({entry.content: entry_of(not negated, entry.place)}, entry.place)
    return Entry({"not": entry}, entry.place) if negated else entry


def _of_condition(scenario: Scenario, when: Entry, text: str) -> Premise:
    """A condition by the name of the outcome that asks for the same, or a new one."""
    name = next(n for n in (NEW + "_" * k for k in count()) if n not in scenario.outcomes)
    words = {"title": " ".join(text.split()), "resolves": f"The condition of {name} is met."}
    asked = {key: entry_of(said, when.place) for key, said in words.items()} | {"when": when}
    try:
        extended = with_entry(scenario, "outcomes", name, Entry(asked, when.place))
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
