"""Outcomes: what a scenario asks, in words and as a condition, and what its names may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from relsim.errors import unknown
from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition, Path, operator_of, walk
from relsim.scenario.conditions.meetable import unmeetable
from relsim.scenario.conditions.operands import OfSeries
from relsim.scenario.conditions.windows import Term
from relsim.scenario.section import Claims, Section

__all__ = ["DEEDS", "SERIES", "Outcome", "check_condition"]

# What the engine reports beside the moves of the catalogue, and of whom and what.
DEEDS = {
    "negotiation_round": "a session of talks",
    "summit": "the leaders met in person, with or without a document",
    "summit_with_document": "the same, with a joint document; reported beside `summit`",
    "agreement": "a signed text or a jointly sponsored agreement; of the issue",
    "arms_text": "an arms-control text signed, extended or brought into force",
    "new_arms_agreement": "a new binding text on arms signed; reported beside `agreement`",
    "treaty_exit_notice": "a party announced that it leaves; by the party, of the treaty",
    "treaty_left": "a party's exit took effect; by the party, of the treaty",
    "treaty_expired": "a treaty ended on its date; of the treaty",
    "mass_expulsion": "twenty or more diplomats expelled at once; by the expelling side",
    "ladder_rise": "the escalation ladder rose; of the rung reached",
    "ladder_fall": "the escalation ladder fell; of the rung reached",
    "protest_attempt": "mass protest that aims at the government; by the country's actor",
    "overthrow": "the head of government left within 30 days of it; by the country's actor",
    "project_completed": "a project was completed; of the project",
    "proposal_lapsed": "a proposal was not answered in time; by the proposer, of talks or summit",
    "talks_opened": "talks convened; of the issue",
    "talks_called_off": "prepared talks did not convene",
    "meeting_called_off": "a prepared leaders' meeting was not held",
    "talks_broken_down": "talks ended without agreement",
    "collision": "the two collided in a region; of the region",
    "opening": "a shared issue opened a chance to work together; of the issue",
    "treaty_suspended": "a party no longer keeps to a treaty; by the party, of the treaty",
    "treaty_in_force": "a treaty entered into force on its date; of the treaty",
}

# What the recorder writes each week.
SERIES = {
    "index": "the relations index at the end of the week",
    "flow": "the week's net Goldstein flow of salient moves",
    "rung": "the rung of the escalation ladder at the end of the week",
    "hostile": "1 in a week with a strong hostile move, else 0",
    "cooperative": "1 in a week with a cooperative move, else 0",
}


class Outcome(Section):
    """A question about the term: met by a run or not, and if so on a day.

    Attributes
    ----------
    title : str
    resolves : str
        The resolution criterion, in words that a stranger could judge by.
    when : Condition
        The same, as a condition on the record of a run.
    claim : tuple of str
        Claims of the source that it stands for.
    source, reference, why : str or None
    """

    title: Annotated[str, Field(min_length=1)]
    resolves: Annotated[str, Field(min_length=1)]
    when: Condition
    claim: Claims = ()
    source: str | None = None
    reference: str | None = None
    why: str | None = None


def check_condition(
    condition: Condition,
    moves: Collection[str],
    deeds: Collection[str],
    treaties: Collection[str],
    series: Collection[str],
    *,
    actors: Collection[str] | None = None,
    subjects: Collection[str] | None = None,
    term: Term | None = None,
) -> list[tuple[Path, str]]:
    """Return what is wrong with a condition in its scenario.

    Parameters
    ----------
    condition : Condition
        What is checked.
    moves, deeds, treaties, series : collections of str
        The names there are; `moves` without hold, which is no deed.
    actors, subjects : collections of str, optional
        Who deeds may be `by`, and what `of`; not checked if None.
    term : Term, optional
        Finds windows and counts that no run could meet.

    Returns
    -------
    list of (path, message)
        The path leads from the condition to the entry at fault.
    """
    problems: list[tuple[Path, str]] = []
    named = [*moves, *(deed for deed in deeds if deed not in moves)]
    for path, part in walk(condition):
        for key, word, known, what in _names(part, named, treaties, series, actors, subjects):
            if known is not None and word not in known:
                problems.append(((*path, *key), unknown(what, word, known)))
    if term is not None:
        problems += unmeetable(condition, term)
    return problems


def _names(
    condition: Condition,
    deeds: Collection[str],
    treaties: Collection[str],
    series: Collection[str],
    actors: Collection[str] | None,
    subjects: Collection[str] | None,
) -> Iterator[tuple[Path, str, Collection[str] | None, str]]:
    """Walk the names of one operator: where each stands, itself, what it may be, what it names."""
    name = operator_of(condition)
    body = getattr(condition, name, None)
    match condition:
        case asked.Happened(happened=deed):
            single = isinstance(deed.deed, str)
            for number, kind in enumerate(deed.kinds):
                place: Path = (name, "deed") if single else (name, "deed", number)
                yield place, kind, deeds, "deed"
            if deed.by is not None:
                yield (name, "by"), deed.by, actors, "actor"
            if deed.of is not None:
                yield (name, "of"), deed.of, subjects, "subject"
        case asked.Status(status=status):
            yield (name, "treaty"), status.treaty, treaties, "treaty"
            if status.by is not None:
                yield (name, "by"), status.by, actors, "actor"
    if isinstance(body, OfSeries):
        yield (name, "series"), body.series, series, "series"
