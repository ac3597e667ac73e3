"""Ablations: the claims of a scenario, each with what takes it away, in words and as changes.

A file of its own beside the scenario, since it says what the scenario is *not*::

    schema: relsim.ablations/1
    scenario: us-russia-2021
    ablations:
      C16:
        off: Nothing collides in the four regions
        set: {regions.europe.rate: 0, regions.middle_east.rate: 0}
        why: no collision, no hostility from one

An ablation may have a control beside it: an actor *yoked* to another run's belief. What freezing a
belief changes may be due to a lesson that a run draws, or merely to a belief that falls; a yoked
run has the second without the first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from relsim.array_types import Floats
from relsim.brief import Brief
from relsim.errors import Problem, ScenarioError, unknown
from relsim.rules import Rule, View, logit, several_moves
from relsim.scenario.fields.section import Name, Section
from relsim.scenario.fields.values import changed_text, is_relative
from relsim.scenario.files.parsing import Entry, Place, parse, plain
from relsim.scenario.files.places import packaged_ablations, raw_text, resolve, shown
from relsim.scenario.files.problems import in_order, problems_of
from relsim.scenario.files.settings import overlaid
from relsim.scenario.schema import scenario_of
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["Ablation", "Belief", "ablations", "choosing_by", "of_another_run", "yoked"]

MOST = 200  # ablations of a file


class Counterfactual(Section):
    """What takes a claim away."""

    off: str
    set: Annotated[dict[str, Any], Field(min_length=1)]
    yoked: Name | None = None
    why: str | None = None


class AblationFile(Section):
    """A list of ablations as a file holds it."""

    schema_: Literal["relsim.ablations/1"] = Field(alias="schema")
    scenario: str
    ablations: Annotated[dict[Name, Counterfactual], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True, repr=False)
class Ablation(Brief):
    """A claim taken away.

    Attributes
    ----------
    claim : str
        The claim, or another name for what is taken away.
    off : str
        In words what holds instead of it.
    settings : dict of dotted path to str
        The changes, as the file writes them; an empty text for an entry that is taken away.
    scenario : Scenario
        The scenario without it.
    yoked : str or None
        The actor whose belief is at issue: a control beside the ablation has it choose by the
        belief of another run.
    why : str or None
    """

    claim: str
    off: str
    settings: dict[str, str]
    scenario: Scenario
    yoked: str | None = None
    why: str | None = None


def ablations(
    scenario: Scenario | str | os.PathLike[str],
    name_or_path: str | os.PathLike[str] | None = None,
) -> tuple[Ablation, ...]:
    """Read the ablations of a scenario and apply each to it.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    name_or_path : str or path, optional
        Name of a packaged list, or a file; by default the packaged list of the scenario's name.

    Returns
    -------
    tuple of Ablation
        In the order of the file; none if the scenario has no packaged list and no file is given.

    Raises
    ------
    UnknownName
        If there is no such list.
    ScenarioError
        If it cannot be used for this scenario; lists every problem with file, line and column.
    """
    scenario, known = scenario_of(scenario), packaged_ablations()
    if name_or_path is None:
        if scenario.name not in known:
            return ()
        path = known[scenario.name]
    else:
        path = resolve(name_or_path, known, "list of ablations")
    root, read = _read(path)
    found, problems = [], list[Problem]()
    for claim, entry in read.ablations.items():
        try:
            found.append(_applied(scenario, claim, entry, root))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(in_order(problems, ()))
    return tuple(found)


def _read(path: Path) -> tuple[Entry, AblationFile]:
    """A file's entries, with their places, and what they say."""
    root, of_text = parse(raw_text(path), shown(path))
    try:
        read = AblationFile.model_validate(plain(root))
    except ValidationError as error:
        raise ScenarioError(in_order(of_text, problems_of(error, root, AblationFile))) from None
    if of_text:
        raise ScenarioError(in_order(of_text, ()))
    return root, read


def _applied(scenario: Scenario, claim: str, read: Counterfactual, root: Entry) -> Ablation:
    """Take one claim away."""
    entry: Entry | None = root
    for key in ("ablations", claim):
        entry = entry and entry.child(key)
    assert entry is not None  # it was read from there
    assert isinstance(entry.content, dict)
    changes = entry.content["set"]
    assert isinstance(changes.content, dict)
    if read.yoked is not None and read.yoked not in scenario.actors:
        place, message = entry.content["yoked"].place, unknown("actor", read.yoked, scenario.actors)
        raise ScenarioError((Problem(*place, f"ablations.{claim}.yoked", message),))
    changed = overlaid(scenario, changes.content, entry.key or Place(entry.place.file, 1, 1))
    if list(changed.outcomes) != list(scenario.outcomes):
        message = "an ablation keeps the outcomes, which are what it is judged by"
        raise ScenarioError((Problem(*changes.place, f"ablations.{claim}.set", message),))
    settings = {path: change.text or _text(change) for path, change in changes.content.items()}
    return Ablation(claim, read.off, settings, changed, read.yoked, read.why)


def _text(change: Entry) -> str:
    """A change as a reader sees it; nothing if it takes its entry away."""
    written = plain(change)
    if is_relative(written):
        return changed_text("", written)
    return "" if written is None else str(written)


# The belief that a run chooses by, from the actor's view and its parameters.
Belief = Callable[[View, Mapping[str, Floats]], Floats]


def choosing_by(belief: Belief) -> Rule:
    """The model's own rule, with another belief in the driver `pressure`."""

    @several_moves
    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        drivers = view.drivers.copy()
        weight = parameters["stake"] * parameters["belief_felt"]
        drivers[0] += weight * (belief(view, parameters) - view.pressure_works)
        return logit(replace(view, drivers=drivers), parameters)

    return rule


def of_another_run(values: Floats, runs_per_draw: int) -> Floats:
    """Each run's value of the run before it in its draw; shapes (runs,).

    Runs stand in batches of 64 draws, run after run, so a draw's runs are 64 columns apart; the
    first run of a draw gets the last one's. Batches must fill chunks evenly.
    """
    batches = values.reshape(-1, runs_per_draw, DRAWS_PER_BATCH)
    rolled: Floats = np.roll(batches, 1, axis=1).reshape(-1)
    return rolled


def yoked(runs_per_draw: int) -> Rule:
    """Choose by the belief of another run of the same draw."""
    return choosing_by(lambda view, _: of_another_run(view.pressure_works, runs_per_draw))
