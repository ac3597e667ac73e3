"""What a story consists of: happenings, choices, outcomes with their reasons, a forced move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from relsim.brief import Brief

__all__ = ["Choice", "ForcedMove", "Happening", "OutcomeInRun", "Reason", "plain"]


@dataclass(frozen=True, repr=False)
class Choice(Brief):
    """How a move came to be made.

    Attributes
    ----------
    rule : str
        By which the actor chose.
    probability : float
        That the rule gave the move at this review.
    routine : float
        That the routine alone would have given it: motives at their reference, nothing unanswered.
    drivers : dict of float
        The mover's pressure, engagement, retaliation, reciprocation, in log-odds from the
        reference state.
    pushes : dict of float
        What each motive added to the log-odds of this move against hold; empty for other rules
        than logit.
    answer : float
        What unanswered moves of the same kind added to them.
    forced : bool
        It was made whatever the actor would have picked.
    """

    rule: str
    probability: float
    routine: float
    drivers: Mapping[str, float]
    pushes: Mapping[str, float]
    answer: float
    forced: bool = False


@dataclass(frozen=True, repr=False)
class Happening(Brief):
    """Something that happened in a run.

    Attributes
    ----------
    day : int
        Days from the start of the term.
    date : date
    kind : str
        A move of the catalogue, a deed that the engine reports, or one of `IMPLIED`.
    actor, subject : str or None
    weight : float
        Goldstein points that it added to the flow.
    words : str
    changed : tuple of str
        What it changed, in words.
    choice : Choice or None
        None where nobody chose: dated moves, meetings, collisions.
    dated : bool
        The scenario's calendar has it.
    logged : bool
        Whether the event log has it; False for the kinds of `IMPLIED`.
    beside : bool
        Reported beside another one of the same day: a mass expulsion beside the expulsion.
    """

    day: int
    date: date
    kind: str
    actor: str | None
    subject: str | None
    weight: float
    words: str
    changed: tuple[str, ...] = ()
    choice: Choice | None = None
    dated: bool = False
    logged: bool = True
    beside: bool = False


@dataclass(frozen=True, repr=False)
class Reason(Brief):
    """A condition as a run met it or not, with those inside it.

    Attributes
    ----------
    asks : str
        The condition in words.
    met : bool
        Inside a week that is looked for: whether it held at the end of that week, or, if there is
        none, of the week that came closest.
    date : date or None
        When it was met.
    evidence : str
        What the run had of it, in words.
    parts : tuple of Reason
    """

    asks: str
    met: bool
    date: date | None
    evidence: str
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True, repr=False)
class OutcomeInRun(Brief):
    """An outcome in one run: its day, -1 if never, and why."""

    name: str
    title: str
    day: int
    date: date | None
    reason: Reason


@dataclass(frozen=True)
class ForcedMove:
    """A move that was forced on an actor, at its first review on or after a date.

    `probability` is what its rule gave the move then.
    """

    actor: str
    move: str
    asked: date
    day: int
    date: date
    probability: float


def plain(thing: Any) -> Any:
    """Objects of a story as mappings, lists, numbers and text.

    Examples
    --------
    >>> plain(Reason("all 2", met=False, date=None, evidence=""))
    {'asks': 'all 2', 'met': False, 'date': None, 'evidence': '', 'parts': []}
    """
    if isinstance(thing, date):
        return thing.isoformat()
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        return [plain(item) for item in thing]
    if hasattr(thing, "__dataclass_fields__"):
        return {one.name: plain(getattr(thing, one.name)) for one in fields(thing)}
    return thing
