"""What happened in a run, and what came of it: the event log as happenings with words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from relsim.inference.ledger import Ledger
from relsim.inference.lived import Lived
from relsim.inference.story import Choice, Happening
from relsim.inference.wording import day_words, move_words, subject_words
from relsim.processes.actor import Forced
from relsim.scenario.catalogue import CalendarEntry, MoveSpec
from relsim.worlds.clock import WEEK
from relsim.worlds.record import Entry
from relsim.worlds.stage import HOLD

__all__ = ["IMPLIED", "happenings"]

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


def happenings(lived: Lived) -> tuple[Happening, ...]:
    """Tell each entry of a run's log, and what follows from it, in order of time."""
    telling = Telling(lived)
    told = [*telling.days(), *telling.held_back(), *_notes(lived), *_from_series(lived)]
    return tuple(sorted(told, key=lambda happening: happening.day))


class Telling:
    """Goes through the log day by day, with the ledger of what is open."""

    def __init__(self, lived: Lived) -> None:
        self.lived, self.ledger = lived, Ledger(lived)
        calendar = lived.scenario.calendar
        self.dated = [(lived.term.day(e.date), e.actor, e.move) for e in calendar if e.move]

    def days(self) -> Iterator[Happening]:
        """Happenings of the log, and what came to nothing."""
        by_day = {day: tuple(log) for day, log in groupby(self.lived.log, lambda entry: entry.day)}
        for day in range(self.lived.term.days):
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
        if meets and day > self.lived.stage.known_day:
            for kind, words in self.ledger.called_off(day, today):
                yield self._implied(day, kind, words)

    def held_back(self) -> Iterator[Happening]:
        """A review at which the actor is forced to hold, which no log has."""
        forced = self.lived.plan.forced.get(self.lived.run)
        hold = self.lived.stage.move_names[HOLD]
        if forced is not None and forced.move == hold:
            words = f"{self.lived.scenario.actors[forced.actor].name}: {hold}"
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
            words = f"{self.lived.scenario.actors[actor].name}’s proposal of {what} lapses"
            yield self._implied(day, "proposal_lapsed", words, actor)

    def _implied(self, day: int, kind: str, words: str, actor: str | None = None) -> Happening:
        when = self.lived.scenario.date_of(day)
        return Happening(day, when, kind, actor, None, 0.0, words, logged=False)

    def _told(self, entry: Entry, today: Sequence[Entry], *, dated: bool) -> Happening:
        changed = [*self.ledger.enter(entry, today), *self._changed(entry, today)]
        made = entry.day, str(entry.actor), entry.kind
        return Happening(
            day=entry.day,
            date=self.lived.scenario.date_of(entry.day),
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
        scenario = self.lived.scenario
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
        moves = self.lived.scenario.moves
        return any(
            one.actor == entry.actor
            and (one.kind in leading or (one.kind in moves and moves[one.kind].effect in leading))
            for one in today
        )

    def _choice(self, day: int, actor: str, move: str) -> Choice:
        lived = self.lived
        review = lived.reviews[actor][day]
        rule = "custom" if actor in lived.plan.rules else lived.scenario.actors[actor].rule
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
            forced=lived.plan.forced.get(lived.run) == Forced(day, actor, move),
        )

    def _changed(self, entry: Entry, today: Sequence[Entry]) -> Iterator[str]:
        """What the arrays of the run have of it, beyond proposals and talks."""
        spec = self.lived.scenario.moves.get(entry.kind)
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
        yield from self._effect(entry, spec)
        if spec.concession:
            share = "a" if spec.concession == 1 else f"{spec.concession:g} of a"
            yield f"counts as {share} costly concession"

    def _effect(self, entry: Entry, spec: MoveSpec) -> Iterator[str]:
        lived, actor = self.lived, str(entry.actor)
        match spec.effect:
            case "sanction" | "ease":
                stock = lived.series[f"stock.{actor}"][lived.week_of(entry.day)]
                yield f"its sanctions now stand at {stock:.1f} rounds"
            case "expel":
                mass = self._deed_before(entry) == "mass_expulsion"
                yield "twenty or more at once" if mass else "fewer than twenty"
            case "threat":
                yield "backing down costs it more for a while"
            case "leave":
                due = self.ledger.after(f"treaties.{spec.treaty}.notice", entry.day)
                yield f"notice given: to take effect on {day_words(lived.scenario.date_of(due))}"

    def _deed_before(self, entry: Entry) -> str | None:
        """The actor's last deed before this one of the same day, the calendar's among them."""
        kind = None
        for one in self.lived.log:
            if one is entry:
                break
            if (one.day, one.actor) == (entry.day, entry.actor):
                kind = one.kind
        return kind

    def _severity(self, entry: Entry) -> Iterator[str]:
        """Severity is what a week's flow has beyond the weights that the log knows."""
        lived, week = self.lived, self.lived.week_of(entry.day)
        first = int(lived.week_days[week - 1]) + 1 if week else 0
        last = int(lived.week_days[week])
        those = [one for one in lived.log if first <= one.day <= last]
        flow = float(lived.series["flow"][week]) * (last - first + 1) / WEEK
        severity = sum(one.weight for one in those) - flow
        others = sum(one.kind == "collision" for one in those) > 1
        yield f"severity {severity:.1f}{', all collisions of the week together' if others else ''}"


def _notes(lived: Lived) -> Iterator[Happening]:
    """What the calendar says besides moves."""
    for entry in lived.scenario.calendar:
        day = lived.term.day(entry.date)
        assert day is not None  # every entry has a date
        for words in _note_words(lived, entry):
            yield Happening(
                day, entry.date, "note", entry.new_government, None, 0.0, words,
                dated=True, logged=False,
            )  # fmt: skip


def _note_words(lived: Lived, entry: CalendarEntry) -> Iterator[str]:
    if entry.note is not None:
        yield entry.note
    if entry.new_government is not None:
        name = lived.scenario.actors[entry.new_government].name
        yield f"{name}: a new government starts from priors of its own"
    day = lived.term.day(entry.date) or 0
    for path in entry.set or {}:
        yield f"{path} is {lived.value(path, day):.3g} from now on"


def _from_series(lived: Lived) -> Iterator[Happening]:
    """Falls of the ladder, and treaties that expired."""
    scenario, rungs = lived.scenario, lived.series["rung"]
    for week in range(1, len(rungs)):
        day = int(lived.week_days[week])
        date = scenario.date_of(day)
        fall = Happening(day, date, "ladder_fall", None, None, 0.0, "", logged=False)
        if rungs[week] < rungs[week - 1]:
            rung = str(int(rungs[week]))
            words = f"The escalation ladder falls ({subject_words(scenario, rung)})"
            yield replace(fall, subject=rung, words=words)
        of_week = [one for one in lived.log if lived.week_of(one.day) == week]
        left = {one.subject for one in of_week if one.kind == "treaty_left"}
        for treaty, spec in scenario.treaties.items():
            held = lived.series[f"in_force.{treaty}"]
            if held[week] < held[week - 1] and treaty not in left:
                words = f"{spec.name} expires"
                yield replace(fall, kind="treaty_expired", subject=treaty, words=words)
