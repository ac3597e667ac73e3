"""What happened in a run, and what came of it: the event log as happenings with words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from relsim.processes.actor import Forced
from relsim.scenario.catalogue import CalendarEntry, MoveSpec
from relsim.story.one_run import RunRecord
from relsim.story.story import Choice, Happening
from relsim.story.wording import day_words, move_words, subject_words
from relsim.worlds.clock import WEEK, day_after
from relsim.worlds.record import Entry
from relsim.worlds.stage import HOLD
from relsim.worlds.worlds import NO_TALKS, PREPARING, SUMMIT, TALKS, UNDER_WAY

__all__ = ["IMPLIED", "Ledger", "happenings"]

ASKED = {TALKS: "talks", SUMMIT: "a leaders’ meeting"}

# What the log does not say itself, but what follows from it or from the weekly series.
IMPLIED = {
    "note": "something that the scenario's calendar says besides moves",
    "proposal_lapsed": "nobody answered a proposal in time; by the proposer",
    "talks_called_off": "prepared talks did not convene",
    "meeting_called_off": "a prepared leaders' meeting was not held",
    "hold": "an actor was made to hold; by the actor",
    "treaty_expired": "a treaty ended on its date; of the treaty",
    "ladder_fall": "the escalation ladder fell; of the rung reached",
}
# Lines of what nobody chose; a subject stands in brackets after them.
LINES = {
    "negotiation_round": "Session of talks",
    "summit": "Leaders’ meeting",
    "agreement": "Agreement signed",
    "talks_opened": "Talks open",
    "talks_broken_down": "Talks end without agreement",
    "summit_with_document": "The leaders sign a joint document",
    "arms_text": "An arms-control text is signed or enters into force",
    "new_arms_agreement": "A new arms-control agreement",
    "ladder_rise": "The escalation ladder rises",
    "project_completed": "Completed",
    "collision": "Collision",
    "opening": "Opening",
    "treaty_exit_notice": "notice of leaving",
    "treaty_left": "its exit takes effect",
    "mass_expulsion": "twenty or more diplomats expelled at once",
    "protest_attempt": "mass protest aims at the government",
    "overthrow": "the head of government falls",
}
# Deeds that are reported beside another happening of the day, and which effects or moves those are.
BESIDE = {
    "mass_expulsion": ("expel",),
    "treaty_exit_notice": ("leave",),
    "talks_broken_down": ("suspend", "negotiation_round"),
    "summit_with_document": ("summit",),
    "arms_text": ("agreement",),
    "new_arms_agreement": ("agreement",),
}
AT_THE_TABLE = {
    "negotiation_round", "talks_opened", "talks_broken_down", "summit", "summit_with_document",
    "agreement", "new_arms_agreement",
}  # fmt: skip
TABLE_DAY = WEEK - 2  # of each week, as `relsim.processes.talks` has it


def happenings(record: RunRecord) -> tuple[Happening, ...]:
    """Tell each entry of a run's log, and what follows from it, in order of time."""
    telling = Telling(record)
    told = [*telling.days(), *telling.held_back(), *_notes(record), *_from_series(record)]
    return tuple(sorted(told, key=lambda happening: happening.day))


class Telling:
    """Goes through the log day by day, with the ledger of what is open."""

    def __init__(self, record: RunRecord) -> None:
        self.record, self.ledger = record, Ledger(record)
        calendar = record.scenario.calendar
        self.dated = [(record.term.day(e.date), e.actor, e.move) for e in calendar if e.move]

    def days(self) -> Iterator[Happening]:
        """Happenings of the log, and what came to nothing."""
        by_day = {day: tuple(log) for day, log in groupby(self.record.log, lambda entry: entry.day)}
        for day in range(self.record.term.days):
            marked = [(entry, self._is_dated(entry)) for entry in by_day.get(day, ())]
            yield from self._day(day, marked)

    def _day(self, day: int, log: Sequence[tuple[Entry, bool]]) -> Iterator[Happening]:
        """One day: what the calendar, the world and the actors did, then the table."""
        today = [entry for entry, dated in log if not dated]
        meets = day % WEEK == TABLE_DAY
        lapsed = False
        for entry, dated in log:
            if meets and not dated and entry.kind in AT_THE_TABLE and entry.actor is None:
                yield from () if lapsed else self._lapses(day)
                lapsed = True
            yield self._told(entry, today, dated=dated)
        if meets and not lapsed:
            yield from self._lapses(day)
        if meets and day > self.record.stage.known_day:
            for kind, words in self.ledger.called_off(day, today):
                yield self._implied(day, kind, words)

    def held_back(self) -> Iterator[Happening]:
        """A review at which the actor is forced to hold, which no log has."""
        forced = self.record.plan.forced.get(self.record.run)
        hold = self.record.stage.move_names[HOLD]
        if forced is not None and forced.move == hold:
            words = f"{self.record.scenario.actors[forced.actor].name}: {hold}"
            told = self._implied(forced.day, hold, words, forced.actor)
            yield replace(told, choice=self._choice(forced.day, forced.actor, hold))

    def _is_dated(self, entry: Entry) -> bool:
        """Whether the calendar made it; a deed beside a dated move counts with that move."""
        key = entry.day, entry.actor, entry.kind
        if key in self.dated and entry.probability is None:
            self.dated.remove(key)
            return True
        return False

    def _lapses(self, day: int) -> Iterator[Happening]:
        for actor, what in self.ledger.lapsed(day):
            words = f"{self.record.scenario.actors[actor].name}’s proposal of {what} lapses"
            yield self._implied(day, "proposal_lapsed", words, actor)

    def _implied(self, day: int, kind: str, words: str, actor: str | None = None) -> Happening:
        when = self.record.scenario.date_of(day)
        return Happening(day, when, kind, actor, None, 0.0, words, logged=False)

    def _told(self, entry: Entry, today: Sequence[Entry], *, dated: bool) -> Happening:
        changed = [*self.ledger.enter(entry, today), *self._changed(entry, today)]
        made = entry.day, str(entry.actor), entry.kind
        return Happening(
            day=entry.day,
            date=self.record.scenario.date_of(entry.day),
            kind=entry.kind,
            actor=entry.actor,
            subject=entry.subject,
            weight=float(entry.weight),
            words=self._words(entry),
            changed=tuple(changed),
            choice=None if entry.probability is None else self._choice(*made),
            dated=dated,
            beside=self._is_beside(entry, today),
        )

    def _words(self, entry: Entry) -> str:
        scenario = self.record.scenario
        spec = scenario.moves.get(entry.kind)
        if spec is not None and not spec.joint:
            line = move_words(scenario, entry.kind)
        else:
            line = LINES.get(entry.kind) or entry.kind.replace("_", " ").capitalize()
        if entry.subject is not None:
            line += f" ({subject_words(scenario, entry.subject)})"
        if entry.actor is None:
            return line
        return f"{scenario.actors[entry.actor].name}: {line[0].lower()}{line[1:]}"

    def _is_beside(self, entry: Entry, today: Sequence[Entry]) -> bool:
        leading = BESIDE.get(entry.kind, ())
        moves = self.record.scenario.moves
        return any(
            one.actor == entry.actor
            and (one.kind in leading or (one.kind in moves and moves[one.kind].effect in leading))
            for one in today
        )

    def _choice(self, day: int, actor: str, move: str) -> Choice:
        record = self.record
        review = record.reviews[actor][day]
        rule = "custom" if actor in record.plan.rules else record.scenario.actors[actor].rule
        # Only of this rule is it known how drivers and debts enter the choice.
        weighs = rule == "logit"
        pushes = zip(review.drivers, review.expresses[move], strict=True)
        return Choice(
            rule=rule,
            probability=review.probabilities[move],
            routine=review.routine[move],
            drivers=review.drivers,
            pushes={d: review.drivers[d] * weight for d, weight in pushes} if weighs else {},
            answer=review.urges.get(move, 0.0) if weighs else 0.0,
            forced=record.plan.forced.get(record.run) == Forced(day, actor, move),
        )

    def _changed(self, entry: Entry, today: Sequence[Entry]) -> Iterator[str]:
        """What the arrays of the run have of it, beyond proposals and talks."""
        spec = self.record.scenario.moves.get(entry.kind)
        if entry.kind == "collision":
            yield from self._severity(entry)
        if spec is None:
            return
        if entry.actor is None:
            kinds = {one.kind for one in today}
            if entry.kind == "summit":
                with_it = "summit_with_document" in kinds
                yield f"with{'' if with_it else 'out'} a joint document"
            if entry.kind == "agreement" and "new_arms_agreement" in kinds:
                yield "a new arms-control text; it enters into force later"
            return
        yield from self._effect(entry, spec, today)
        if spec.concession:
            share = "a" if spec.concession == 1 else f"{spec.concession:g} of a"
            yield f"counts as {share} costly concession"

    def _effect(self, entry: Entry, spec: MoveSpec, today: Sequence[Entry]) -> Iterator[str]:
        record, actor = self.record, str(entry.actor)
        match spec.effect:
            case "sanction" | "ease":
                stock = record.series[f"stock.{actor}"][record.week_of(entry.day)]
                yield f"its sanctions now stand at {stock:.1f} rounds"
            case "expel":
                mass = _deed_before(entry, today) == "mass_expulsion"
                yield "twenty or more at once" if mass else "fewer than twenty"
            case "threat":
                yield "backing down costs it more for a while"
            case "leave":
                due = self.ledger.after(f"treaties.{spec.treaty}.notice", entry.day)
                yield f"notice given: to take effect on {day_words(record.scenario.date_of(due))}"

    def _severity(self, entry: Entry) -> Iterator[str]:
        """Severity is what a week's flow has beyond the weights that the log knows."""
        record, week = self.record, self.record.week_of(entry.day)
        first = int(record.week_days[week - 1]) + 1 if week else 0
        last = int(record.week_days[week])
        those = [one for one in record.log if first <= one.day <= last]
        flow = float(record.series["flow"][week]) * (last - first + 1) / WEEK
        severity = sum(one.weight for one in those) - flow
        others = sum(one.kind == "collision" for one in those) > 1
        yield f"severity {severity:.1f}{', all collisions of the week together' if others else ''}"


def _deed_before(entry: Entry, today: Sequence[Entry]) -> str | None:
    """The actor's last deed before this one, of today."""
    place = next(place for place, one in enumerate(today) if one is entry)
    before = [one.kind for one in today[:place] if one.actor == entry.actor]
    return before[-1] if before else None


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


def _from_series(record: RunRecord) -> Iterator[Happening]:
    """Falls of the ladder, and treaties that expired."""
    scenario, rungs = record.scenario, record.series["rung"]
    for week in range(1, len(rungs)):
        day = int(record.week_days[week])
        date = scenario.date_of(day)
        fall = Happening(day, date, "ladder_fall", None, None, 0.0, "", logged=False)
        if rungs[week] < rungs[week - 1]:
            rung = str(int(rungs[week]))
            words = f"The escalation ladder falls ({subject_words(scenario, rung)})"
            yield replace(fall, subject=rung, words=words)
        of_week = [one for one in record.log if record.week_of(one.day) == week]
        left = {one.subject for one in of_week if one.kind == "treaty_left"}
        for treaty, spec in scenario.treaties.items():
            held = record.series[f"in_force.{treaty}"]
            if held[week] < held[week - 1] and treaty not in left:
                words = f"{spec.name} expires"
                yield replace(fall, kind="treaty_expired", subject=treaty, words=words)


@dataclass
class Ledger:
    """What is open now.

    Attributes
    ----------
    proposals : dict
        What each actor has asked for, and until which day.
    talks : int
        None, in preparation, or under way.
    talks_due, summit_due : int or None
        Day of what is in preparation.
    """

    record: RunRecord
    proposals: dict[str, tuple[int, int]] = field(default_factory=dict)
    talks: int = NO_TALKS
    talks_due: int = 0
    summit_due: int | None = None

    def enter(self, entry: Entry, today: Sequence[Entry]) -> list[str]:
        """Enter a happening of today; say what it changed."""
        spec = self.record.scenario.moves.get(entry.kind)
        act = entry.kind if spec is None or spec.joint else spec.effect
        match act:
            case "propose_talks":
                return self._propose(entry, TALKS)
            case "propose_summit":
                return self._propose(entry, SUMMIT)
            case "reject":
                asked, _ = self.proposals.pop(self._other(entry.actor))
                return [f"the proposal of {ASKED[asked]} ends"]
            case "accept":
                return self._accept(entry)
            case "suspend":
                self.talks = NO_TALKS
                return ["the talks end"]
            case "talks_opened":
                self.talks = UNDER_WAY
                return [f"first session due on {self._in('talks.round_every', entry.day)}"]
            case "negotiation_round" if self.talks == UNDER_WAY:
                return self._session(entry, today)
        return []

    def _propose(self, entry: Entry, asked: int) -> list[str]:
        until = self.after("talks.proposal_lifetime", entry.day)
        self.proposals[str(entry.actor)] = asked, until
        return [f"a proposal of {ASKED[asked]} is pending, until {self._day(until)} at most"]

    def _accept(self, entry: Entry) -> list[str]:
        own, other = str(entry.actor), self._other(entry.actor)
        asked, _ = self.proposals.pop(other)
        if asked == TALKS and self.talks == NO_TALKS:
            self.talks = PREPARING
            due = self.talks_due = self.after("talks.preparation", entry.day)
        elif asked == SUMMIT and self.summit_due is None:
            due = self.summit_due = self.after("talks.summit_preparation", entry.day)
        else:
            return [f"{ASKED[asked]}: agreed before, so nothing new convenes"]
        if self.proposals.get(own, (None,))[0] == asked:
            del self.proposals[own]  # both had asked for the same
        return [f"{ASKED[asked]} to be prepared for {self._day(due)}"]

    def _session(self, entry: Entry, today: Sequence[Entry]) -> list[str]:
        ends = {"agreement": "they end in an agreement", "talks_broken_down": "they break down"}
        told = [ends[one.kind] for one in today if one.actor is None and one.kind in ends]
        if told:
            self.talks = NO_TALKS
            return told[-1:]
        return [f"next session due on {self._in('talks.round_every', entry.day)}"]

    def lapsed(self, day: int) -> Iterator[tuple[str, str]]:
        """Actors whose proposals lapse today, and what they had asked for."""
        for actor, (asked, until) in list(self.proposals.items()):
            if until <= day:
                del self.proposals[actor]
                yield actor, ASKED[asked]

    def called_off(self, day: int, today: Sequence[Entry]) -> Iterator[tuple[str, str]]:
        """What was prepared for today and did not come about: a kind, and words.

        While the ladder stands at a rupture nothing is held, and what is due waits.
        """
        if self.record.rung_before(day) >= self.record.stage.rupture_at:
            return
        if self.talks == PREPARING and self.talks_due <= day:
            self.talks = NO_TALKS
            yield "talks_called_off", "The talks that were prepared are called off"
        if self.summit_due is not None and self.summit_due <= day:
            self.summit_due = None
            if all(entry.kind != "summit" for entry in today):
                yield "meeting_called_off", "The leaders’ meeting that was prepared is called off"

    def after(self, path: str, day: int) -> int:
        """The day that lies a duration of the scenario after another, as the engine has it."""
        return int(day_after(day, np.asarray(self.record.value(path, day))))

    def _in(self, path: str, day: int) -> str:
        return self._day(self.after(path, day))

    def _day(self, day: int) -> str:
        return day_words(self.record.scenario.date_of(day))

    def _other(self, actor: str | None) -> str:
        return next(name for name in self.record.scenario.actors if name != actor)
