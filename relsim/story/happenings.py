"""What happened in a run, and what came of it: the event log as happenings with words.

Nothing is worked out here that the engine decides: the log has what came to nothing (proposals that
lapse, meetings that are called off), and the days and severities that belong to a happening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from relsim.brief import Brief
from relsim.processes.actor import Forced
from relsim.scenario.catalogue import CalendarEntry
from relsim.story.one_run import RunRecord
from relsim.story.wording import day_words, deed_words, move_words, subject_words
from relsim.worlds.record import Entry
from relsim.worlds.stage import HOLD

__all__ = ["IMPLIED", "Choice", "Happening", "happenings", "logged"]

# What the event log does not have.
IMPLIED = {
    "note": "something that the scenario's calendar says besides moves",
    "hold": "an actor was made to hold; by the actor",
}
# Deeds that are reported beside another happening of the day, and which effects or moves those are.
BESIDE = {
    "mass_expulsion": ("expel",),
    "treaty_exit_notice": ("leave",),
    "treaty_suspended": ("suspend_treaty",),
    "talks_broken_down": ("suspend", "negotiation_round"),
    "summit_with_document": ("summit",),
    "arms_text": ("agreement",),
    "new_arms_agreement": ("agreement",),
}


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
    motives : dict of float
        The mover's pressure, engagement, retaliation, reciprocation, in log-odds from the
        reference state.
    pushes : dict of float
        What each motive added to the log-odds of this move against hold; empty for other rules
        than logit.
    answer : float
        What unanswered moves of the same kind added to them.
    recent : float
        What own recent hostile moves, or recent leaders' meetings, added to them; 0 where the
        scenario has neither momentum nor a relief by meetings.
    forced : bool
        It was made whatever the actor would have picked.
    """

    rule: str
    probability: float
    routine: float
    motives: Mapping[str, float]
    pushes: Mapping[str, float]
    answer: float
    recent: float = 0.0
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


def happenings(record: RunRecord) -> tuple[Happening, ...]:
    """Each entry of a run's log, notes of the calendar and a forced hold, in order of time."""
    found = [*logged(record), *_forced_hold(record), *_notes(record)]
    return tuple(sorted(found, key=lambda happening: happening.day))


def logged(record: RunRecord) -> Iterator[Happening]:
    """The entries of the log, each as one of its day; without choices if no review was kept.

    What the calendar made is not among those that another happening of the day is beside.
    """
    calendar = record.scenario.calendar
    dated = Counter(
        (record.term.day(e.date), e.actor, "collision" if e.collision else e.move)
        for e in calendar
        if e.move or e.collision
    )
    for day, entries in groupby(record.log, lambda entry: entry.day):
        marked = []
        for entry in entries:
            key = day, entry.actor, entry.kind
            by_calendar = dated[key] > 0 and entry.probability is None
            dated[key] -= by_calendar
            marked.append((entry, by_calendar))
        today = [entry for entry, by_calendar in marked if not by_calendar]
        for entry, by_calendar in marked:
            yield _happening(record, entry, today, dated=by_calendar)


def _happening(
    record: RunRecord, entry: Entry, today: Sequence[Entry], *, dated: bool
) -> Happening:
    chosen = entry.probability is not None and bool(record.reviews)
    return Happening(
        day=entry.day,
        date=record.scenario.date_of(entry.day),
        kind=entry.kind,
        actor=entry.actor,
        subject=entry.subject,
        weight=float(entry.weight),
        words=_words(record, entry),
        changed=tuple(_changed(record, entry, today)),
        choice=_choice(record, entry.day, str(entry.actor), entry.kind) if chosen else None,
        dated=dated,
        beside=_is_beside(record, entry, today),
    )


def _forced_hold(record: RunRecord) -> Iterator[Happening]:
    """A review at which the actor is forced to hold, which no log has."""
    forced, hold = record.plan.forced.get(record.run), record.stage.move_names[HOLD]
    if forced is not None and forced.move == hold:
        yield Happening(
            day=forced.day,
            date=record.scenario.date_of(forced.day),
            kind=hold,
            actor=forced.actor,
            subject=None,
            weight=0.0,
            words=f"{record.scenario.actors[forced.actor].name}: {hold}",
            choice=_choice(record, forced.day, forced.actor, hold),
            logged=False,
        )


def _words(record: RunRecord, entry: Entry) -> str:
    scenario = record.scenario
    spec = scenario.moves.get(entry.kind)
    actor = "" if entry.actor is None else scenario.actors[entry.actor].name
    subject = "" if entry.subject is None else subject_words(scenario, entry.subject)
    if spec is not None and not spec.joint:
        return f"{actor}: {move_words(scenario, entry.kind)}"
    _, line = deed_words(entry.kind)
    if "{" in line:
        return line.format(actor=actor, subject=subject)
    line += f" ({subject})" if subject else ""
    return f"{actor}: {line[0].lower()}{line[1:]}" if actor else line


def _is_beside(record: RunRecord, entry: Entry, today: Sequence[Entry]) -> bool:
    leading, moves = BESIDE.get(entry.kind, ()), record.scenario.moves
    return any(
        one.actor == entry.actor
        and (one.kind in leading or (one.kind in moves and moves[one.kind].effect in leading))
        for one in today
    )


def _choice(record: RunRecord, day: int, actor: str, move: str) -> Choice:
    review = record.reviews[actor][day]
    rule = "custom" if actor in record.plan.rules else record.scenario.actors[actor].rule
    # Only of this rule is it known how motives and debts enter the choice.
    weighs = rule == "logit"
    pushes = zip(review.motives.items(), review.expresses[move], strict=True)
    return Choice(
        rule=rule,
        probability=review.probabilities[move],
        routine=review.routine[move],
        motives=review.motives,
        pushes={name: felt * weight for (name, felt), weight in pushes} if weighs else {},
        answer=review.urges.get(move, 0.0) if weighs else 0.0,
        recent=review.shifts.get(move, 0.0) if weighs else 0.0,
        forced=record.plan.forced.get(record.run) == Forced(day, actor, move),
    )


def _changed(record: RunRecord, entry: Entry, today: Sequence[Entry]) -> Iterator[str]:
    """What a happening changed, in words: by its effect if it is one side's move."""
    spec = record.scenario.moves.get(entry.kind)
    alone = spec is not None and not spec.joint
    subject = "" if entry.subject is None else subject_words(record.scenario, entry.subject)
    match spec.effect if spec is not None and alone else entry.kind:
        case "propose_talks" | "propose_summit" | "propose":
            yield f"a proposal of {subject} is pending, until {_due(record, entry)} at most"
        case "reject":
            yield f"the proposal of {subject} ends"
        case "accept" if _value(entry) is None:
            yield f"{subject}: agreed before, so nothing new convenes"
        case "accept":
            yield f"{subject} to be prepared for {_due(record, entry)}"
        case "suspend":
            yield "the talks end"
        case "sanction" | "ease":
            stock = record.series[f"stock.{entry.actor}"][record.week_of(entry.day)]
            yield f"its sanctions now stand at {stock:.1f} rounds"
        case "expel":
            yield "twenty or more at once" if _value(entry) else "fewer than twenty"
        case "threat":
            yield "backing down costs it more for a while"
        case "suspend_treaty":
            yield "it no longer keeps to the treaty"
        case "leave":
            yield f"notice given: to take effect on {_due(record, entry)}"
        case _:
            yield from _came_of(record, entry, {one.kind for one in today if one.actor is None})
    if spec is not None and alone and spec.concession:
        share = "a" if spec.concession == 1 else f"{spec.concession:g} of a"
        yield f"counts as {share} costly concession"


def _came_of(record: RunRecord, entry: Entry, today: set[str]) -> Iterator[str]:
    """What came of a happening that is no move of one side, beside the kinds of its day."""
    match entry.kind:
        case "collision":
            yield f"severity {_value(entry):.1f}"
        case "talks_opened":
            yield f"first session due on {_due(record, entry)}"
        case "negotiation_round" if _value(entry) is not None:  # not one that the calendar has
            if "agreement" in today:
                yield "they end in an agreement"
            elif "talks_broken_down" in today:
                yield "they break down"
            else:
                yield f"next session due on {_due(record, entry)}"
        case "summit":
            yield f"with{'' if 'summit_with_document' in today else 'out'} a joint document"
        case "agreement" if "new_arms_agreement" in today:
            yield "a new arms-control text; it enters into force later"


def _value(entry: Entry) -> float | None:
    """The number that belongs to an entry of one run; None if it has none."""
    value = np.nan if entry.value is None else float(entry.value[0])
    return None if np.isnan(value) else value


def _due(record: RunRecord, entry: Entry) -> str:
    """The day that belongs to an entry."""
    day = _value(entry)
    assert day is not None  # the engine reports it
    return day_words(record.scenario.date_of(int(day)))


def _notes(record: RunRecord) -> Iterator[Happening]:
    """What the calendar says besides moves."""
    for entry in record.scenario.calendar:
        day = record.term.day(entry.date)
        assert day is not None  # every entry has a date
        for words in _note_words(record, entry):
            yield Happening(
                day, entry.date, "note", entry.new_government, None, 0.0, words,
                dated=True, logged=False,
            )  # fmt: skip


def _note_words(record: RunRecord, entry: CalendarEntry) -> Iterator[str]:
    if entry.note is not None:
        yield entry.note
    if entry.new_government is not None:
        name = record.scenario.actors[entry.new_government].name
        yield f"{name}: a new government starts from priors of its own"
    day = record.term.day(entry.date) or 0
    for path in entry.set or {}:
        yield f"{path} is {record.value(path, day):.3g} from now on"
