"""A record of moves that all runs make on their dates, in place of what the actors would pick.

Until the last day of the record only what it says is done, beside the dated moves of the calendar:
the actors perceive, and are asked how likely they found each move, but pick none. Nothing collides
by chance and the ladder stands still. What is hidden goes on: domestic constraint, openings,
sanctions, proposals that lapse, and talks between their recorded sessions.
"""

from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
import simpy

from relsim.array_types import Booleans, Floats, Integers
from relsim.processes.actor import Chooser, Reviewing, compel, refusal
from relsim.processes.effects import Scene, due_of
from relsim.processes.making import Deeds, make_joint, make_moves
from relsim.processes.shocks import dated_collision
from relsim.processes.talks import STEEPEST, Terms, choose_issue, mood, thaw
from relsim.rules.several import Round, chances_of_review
from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, at
from relsim.worlds.randomness.streams import rest
from relsim.worlds.worlds import (
    JOINT,
    NEVER,
    NO_TALKS,
    NOTHING,
    PREPARING,
    SUMMIT,
    TALKS,
    UNDER_WAY,
    Worlds,
)

COLLISION = "collision"
LEAST = np.float32(1e-30)  # has a logarithm
SOON = (0, 1, 2, 5, 12)  # days after an event from which on the actors are looked at anew
SURE = np.float32(0.99)  # the most that chances of what is not recorded are taken for


class Recorded(NamedTuple):
    """One thing that happened: a move, a joint move, or a collision.

    Attributes
    ----------
    day : int
        Day of the term.
    move : str
        A move of the catalogue, a joint one, or ``"collision"``.
    actor : str or None
        Who moved; None for a joint move, and for a collision that neither side alone brought.
    size : float or None
        People expelled; of a collision its severity, by default the middle of the region's.
    subject : str or None
        The region of a collision; the issue of an agreement.
    implied : bool
        Nobody recorded it, it follows from what was: a meeting was proposed and accepted.
    """

    day: int
    move: str
    actor: str | None = None
    size: float | None = None
    subject: str | None = None
    implied: bool = False


class Made(NamedTuple):
    """What became of one thing of the record in each run; arrays of shape (runs,).

    Attributes
    ----------
    recorded : Recorded
    made : bool
        False where it was not available.
    probability : float32
        The chance that the actor's rule gave to it just before: of a rule that makes several moves
        that a day sees at least one. Of a joint move the chance that the table gave to it, 0 where
        nothing was prepared; NaN for a collision, as nobody chose.
    odds : float32
        Odds against hold: of a rule that makes several moves how many of the kind a day lets
        expect. NaN where no actor chose.
    """

    recorded: Recorded
    made: Booleans
    probability: Floats
    odds: Floats


class Refused(NamedTuple):
    """A move of the record that was not available, in how many of the runs, and why not."""

    day: int
    actor: str
    move: str
    share: float
    reason: str


class Look(NamedTuple):
    """How likely one actor finds its moves as things stand; arrays of shape (moves, runs).

    Attributes
    ----------
    odds : float32
        How many of each kind a day lets expect; of proposals and answers as if nothing were under
        way, and a proposal pending.
    available : bool
    routine : float32, (moves, 1 or runs)
        The same at the routine rates alone, whether available or not.
    answering : mapping of move row to float32 (runs,)
        Of the odds of moves that any run has to answer in kind, what the answer alone adds: it
        brings one move a day at most (`relsim.rules.several.rounds`).
    """

    odds: Floats
    available: Booleans
    routine: Floats
    answering: Mapping[int, Floats] = MappingProxyType({})


class Watch(Protocol):
    """Who looks on as a record is made. `looks` holds a `Look` for each actor."""

    def days_passed(self, looks: Sequence[Look], days: int) -> None:
        """So many days passed, of which `looks` is typical."""

    def day_began(self, looks: Sequence[Look]) -> None:
        """Something will happen on the day; `looks` says how things stand before it does."""

    def moved(self, move: Recorded, looks: Sequence[Look]) -> None:
        """A side's move is about to be made."""

    def met(self, move: Recorded, chance: Floats) -> None:
        """A joint move was made that, once prepared, had such a chance; shape (runs,)."""

    def unrecorded(self, idx: Integers, chance: Floats) -> None:
        """What came about unseen in the runs idx, or did not, had such a chance; shape (idx,).

        Where it was drawn with another chance, as it fits what follows, over that one.
        """

    def week_ended(self, day: int, worlds: Worlds) -> None:
        """A week, or what `ends`, is over; the runs may be resampled by `Worlds.take`."""


@dataclass
class RecordOfMoves:
    """A record, and what comes of it as the runs make it.

    Attributes
    ----------
    moves : sequence of Recorded
        In the order in which they happened.
    last_day : int
        The last day on which the record alone says what is done.
    each_week : callable, optional
        Given the day and the worlds at the end of each week of the record, after the week was
        recorded; it may resample the runs by `Worlds.take`. The arrays of `made` and
        `log_none` from before stay in their columns.
    made : list of Made
    refused : list of Refused
    log_none : list of float32 (actors, runs)
        By week, the log of the chance that an actor makes no move on any day, as its rule says.
        With the log of `odds` of each move that was made it adds up to the log-likelihood of the
        record, but for constants.
    watch : Watch, optional
        Looks on in place of `made`, `refused` and `log_none`, which stay empty. The actors are
        looked at once between two things that happen, once a week at the least: see `typical_days`.
    watched_from : int
        Before the week of this day the actors are not looked at, nor the watch told of silence and
        of moves.
    ends : collection of int
        Days beside the last days of weeks at whose end the watch is told so, too.
    foresight : bool
        What nobody recorded is drawn as it fits the moves that follow until the next of `ends`, or
        the last day, with the chance of it told to the watch. Weights are then less noisy. Those of
        a day that is none of `ends` know what came after it: no forecast is to be made of them.
    """

    moves: Sequence[Recorded]
    last_day: int
    each_week: Callable[[int, Worlds], None] | None = None
    watch: Watch | None = None
    watched_from: int = 0
    ends: Collection[int] = ()
    foresight: bool = False
    made: list[Made] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    log_none: list[Floats] = field(default_factory=list)

    def on(self, day: int) -> Iterator[Recorded]:
        """What happened on a day, in order."""
        return (move for move in self.moves if move.day == day)


def make_record(
    worlds: Worlds,
    clock: Clock,
    scene: Scene,
    reviewers: Sequence[Reviewing],
    record: RecordOfMoves,
    standing: Sequence[bool],
) -> Generator[simpy.Event, None, None]:
    """Day by day: ask each side how likely no move is, then make what the record has, in order.

    Before each move its side looks again, so that an acceptance sees the proposal of the same day.
    """
    stage, everyone = worlds.stage, np.arange(worlds.width)
    choosers = {reviewing.name: Chooser(worlds, reviewing) for reviewing in reviewers}
    terms = Derived(worlds.parameters, lambda p: Terms.of(p, stage, worlds.width))
    stream = worlds.streams.stream("record", "ends of talks")
    table = None if record.watch is None else Table(scene, record, standing)
    quiet = np.zeros((len(stage.actors), worlds.width), dtype=np.float32)
    watch, last = record.watch, min(record.last_day + 1, clock.days)
    eventful = {move.day for move in record.moves}
    begin, typical = min(record.watched_from // WEEK * WEEK, last), {}
    if watch is not None:
        typical = typical_days(eventful.union(record.ends), last, begin)
    for day in range(last):
        looks: list[Look] = []  # none, or how things stand: nothing has happened since
        if watch is None:
            yield clock.until(day, Phase.CHOOSE)
            for actor, name in enumerate(stage.actors):
                quiet[actor] += log_of_none(choosers[name], day)
        elif day in typical:
            yield clock.until(day, Phase.CHOOSE)
            looks = looks_of(choosers.values(), day)
            watch.days_passed(looks, typical[day])
        looking_on = watch if day >= begin else None
        if day in eventful:
            yield clock.until(day, Phase.EFFECTS)
            if looking_on is not None:
                looking_on.day_began(looks)
        for move in record.on(day):
            if looking_on is not None and move.actor is not None and move.move != COLLISION:
                looking_on.moved(move, looks or looks_of(choosers.values(), day))
            looks = []
            if move.move == COLLISION:
                collide(scene, move, everyone, day)
                nan = np.full(worlds.width, np.nan, dtype=np.float32)
                made = Made(move, np.ones(worlds.width, dtype=np.bool_), nan, nan)
            elif move.actor is None:
                if table is not None and move.move == "agreement":
                    make_joint(scene, "negotiation_round", everyone, day)
                made, chance = make_together(scene, move, everyone, day, terms())
                if watch is not None:
                    watch.met(move, chance)
            else:
                made = make_alone(scene, choosers[move.actor], move, day, clock, record)
            if watch is None:
                record.made.append(made)
        if day % WEEK == WEEK - 2:
            yield clock.until(day, Phase.TABLE)
            if table is None:
                go_on_talking(scene, day, stream.uniforms(clock.now), terms())
            else:
                table.sit(day, clock.now, terms())
        if day % WEEK == WEEK - 1 or day in record.ends:
            yield clock.until(day, Phase.RECORD, order=0)
            if watch is not None:
                watch.week_ended(day, worlds)
                continue
            record.log_none.append(quiet.copy())
            quiet[:] = 0
            if record.each_week is not None:
                record.each_week(day, worlds)
    if quiet.any():
        record.log_none.append(quiet)


def typical_days(eventful: Iterable[int], last: int, first: int = 0) -> dict[int, int]:
    """Days to look at the actors, each with the number of days that it stands for.

    The days from `first` to before `last` are cut at the ends of weeks, before and after each day
    on which something happened, and some days later, as debts fade fast; the day in the middle
    stands for its piece.

    Examples
    --------
    >>> typical_days([8], 14)
    {3: 7, 7: 1, 8: 1, 9: 1, 11: 3, 13: 1}
    """
    later = (day + after for day in eventful for after in SOON)
    weeks = range(first // WEEK * WEEK + WEEK, last, WEEK)
    cuts = {first, last, *weeks, *(day for day in later if first < day < last)}
    return {(begin + end - 1) // 2: end - begin for begin, end in pairwise(sorted(cuts))}


def looks_of(choosers: Iterable[Chooser], day: int) -> list[Look]:
    """How likely each actor finds its moves today."""
    return [look_of(chooser, day) for chooser in choosers]


def look_of(chooser: Chooser, day: int) -> Look:
    """How likely an actor finds its moves today, as if it could propose and answer."""
    view = chooser.view(day)
    possible = view.available.copy()
    possible[list(chooser.dealings)] = True
    p, _ = chooser.ask(replace(view, available=possible))
    odds = p / np.maximum(p[0], LEAST)
    answering = {
        row: odds[row] * -np.expm1(-np.maximum(urge, 0))
        for row, urge in view.urges.items()
        if urge.max() > 0
    }
    return Look(odds, view.available.copy(), chooser.routine_odds(), answering)


def log_of_none(chooser: Chooser, day: int) -> Floats:
    """The log of the chance that the actor makes no move today, shape (runs,)."""
    _, p, total = chooser.look(day)
    hold = np.maximum(p[0], LEAST)
    none: Floats = 1 - total / hold if chooser.several else np.log(hold)
    return none


def collide(scene: Scene, move: Recorded, everyone: Integers, day: int) -> None:
    """Force against a third party, or a clash of the two."""
    region, severity = str(move.subject), move.size
    if severity is None:
        low, high = (
            scene.worlds.parameters[f"regions.{region}.severity_{end}"] for end in ("low", "high")
        )
        severity = float(np.mean(low + high) / 2)
    dated_collision(scene, region, severity, everyone, day, move.actor)


def make_alone(
    scene: Scene, chooser: Chooser, move: Recorded, day: int, clock: Clock, record: RecordOfMoves
) -> Made:
    """One side's move, in all runs in which it is available."""
    worlds = scene.worlds
    stage, actor = worlds.stage, chooser.reviewing.actor
    spec = stage.move(move.move)
    make_way(worlds, actor, spec.proposes)
    view, p, _ = chooser.look(day)
    odds = p[spec.index] / np.maximum(p[0], LEAST)
    chance = chances_of_review(p) if chooser.several else p.copy()
    available = view.available[spec.index].copy()
    missing = np.flatnonzero(~available)
    if missing.size:
        reason = refusal(view, spec.index, int(missing[0]), clock)
        share = missing.size / worlds.width
        record.refused.append(Refused(day, view.actor, move.move, share, reason))
        # It happened all the same: what is observed counts for outcomes.
        treaty = stage.treaties[spec.treaty] if spec.treaty >= 0 else None
        scene.record.listener.happened(move.move, view.actor, missing, day, treaty)
    nothing = Round(np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int64))
    (made,) = compel([nothing], spec.index, np.flatnonzero(available))
    deeds = Deeds(stage, *made)
    make_moves(replace(scene, size=move.size), actor, deeds, day, chance, view.drivers)
    return Made(move, available, chance[spec.index].copy(), odds)


def make_way(worlds: Worlds, actor: int, proposed: int) -> None:
    """What a side proposes is not pending, in preparation or under way: the record says so."""
    if proposed == NOTHING:
        return
    worlds.proposal[actor] = NOTHING
    due_of(worlds, proposed)[:] = NEVER
    if proposed == TALKS:
        worlds.talks[:] = NO_TALKS


def make_together(
    scene: Scene, move: Recorded, everyone: Integers, day: int, terms: Terms
) -> tuple[Made, Floats]:
    """A joint move in all runs; its chance is that of the table, as things stood.

    Talks that were agreed on have convened by the day on which the record has them. The second
    array that is returned has the chance where all was prepared for it.
    """
    worlds = scene.worlds
    ready, chance = worlds.talks != NO_TALKS, np.ones(worlds.width, dtype=np.float32)
    match move.move:
        case "summit":
            chance *= at(worlds.parameters["talks.summit_held"], everyone) * thaw(worlds, everyone)
            ready = worlds.summit_due != NEVER
            worlds.summit_due[:] = NEVER
        case "agreement":
            chance = signed_at_session(worlds, everyone, terms)
            worlds.talks[ready] = NO_TALKS
        case "negotiation_round":
            worlds.talks[:] = UNDER_WAY
            worlds.talks_due[:] = scene.later("talks.round_every", everyone, day)
        case name if name in worlds.stage.proposals:
            due = worlds.joint_due[worlds.stage.proposals.index(name) + 1 - JOINT]
            ready = due != NEVER
            due[:] = NEVER
        case _:
            chance[:] = np.nan
    subjects = None if move.subject is None else {move.subject: everyone}
    make_joint(scene, move.move, everyone, day, subjects)
    nan = np.full(worlds.width, np.nan, dtype=np.float32)
    every = np.ones(worlds.width, dtype=np.bool_)
    return Made(move, every, chance * ready, nan), chance


def session_rates(worlds: Worlds, idx: Integers, terms: Terms) -> tuple[Floats, Floats]:
    """Rates a month at which talks end signed and broken down, in the runs idx."""
    odds: Floats = np.exp(np.clip(mood(worlds, idx, terms.climate), -STEEPEST, STEEPEST))
    issue = worlds.talks_issue[idx]
    breakdown: Floats = terms.breakdown[issue, idx] / odds
    return terms.agreement[issue, idx] * odds, breakdown


def signed_at_session(worlds: Worlds, idx: Integers, terms: Terms) -> Floats:
    """The chance that one session ends in an agreement: see `talks.rounds`."""
    agreement, breakdown = session_rates(worlds, idx, terms)
    both = np.maximum(agreement + breakdown, LEAST)
    chance: Floats = (1 - np.exp(-both * at(terms.months, idx))) * agreement / both
    return chance


def go_on_talking(scene: Scene, day: int, uniforms: Floats, terms: Terms) -> None:
    """What the table does unrecorded: talks open as prepared, and may break down at a session.

    Nothing is signed and nobody meets but as the record says.
    """
    worlds = scene.worlds
    due = (worlds.talks_due <= day) & (worlds.talks_due != NEVER)
    in_session = np.flatnonzero(due & (worlds.talks == UNDER_WAY))
    opened = np.flatnonzero(due & (worlds.talks == PREPARING))
    _, breakdown = session_rates(worlds, in_session, terms)
    ends = uniforms[in_session] < 1 - np.exp(-breakdown * at(terms.months, in_session))
    worlds.talks[in_session[ends]] = NO_TALKS
    worlds.talks[opened] = UNDER_WAY
    again = np.concatenate([in_session[~ends], opened])
    worlds.talks_due[again] = scene.later("talks.round_every", again, day)


class Table:
    """What the table does unrecorded in runs that are weighed by the record.

    As `relsim.processes.talks` has it: talks open on an issue, or are called off; sessions are
    held, each of which may break them down. With `RecordOfMoves.foresight` what the record shows of
    it later on is known beforehand: talks that end in a text, a recorded round or a walkout have
    not broken down before, talks that are proposed anew have; a meeting that is not recorded before
    the next is proposed was called off. Each run has the chance of what so came about. Without it
    all comes about by its own chance; a meeting that is not called off is awaited, as the record
    may have it later than the run.
    """

    def __init__(self, scene: Scene, record: RecordOfMoves, standing: Sequence[bool]) -> None:
        self._scene, self._watch, self._moves = scene, record.watch, record.moves
        self._foresight, self._ends = record.foresight, (*sorted(record.ends), record.last_day)
        self._standing = np.array(standing)
        self._stream = scene.worlds.streams.stream("record", "table", 2)
        stage = scene.worlds.stage
        walkouts = [move.name for move in stage.moves if move.effect == "suspend"]
        self._proposals = {
            of: [move.name for move in stage.moves if move.proposes == of] for of in (TALKS, SUMMIT)
        }
        self._talks = {"agreement", "negotiation_round", *walkouts, *self._proposals[TALKS]}
        self._meetings = {"summit", *self._proposals[SUMMIT]}

    def _next(self, day: int, moves: Collection[str]) -> str | None:
        """The first of these moves after a day that is foreseen; None if there is none."""
        if not self._foresight:
            return None
        end = next((end for end in self._ends if end >= day), day)
        later = (one.move for one in self._moves if day < one.day <= end and one.move in moves)
        return next(later, None)

    def sit(self, day: int, now: int, terms: Terms) -> None:
        """One week's sessions, openings and meetings."""
        worlds = self._scene.worlds
        of_talks, of_meetings = self._stream.uniforms(now)
        due = (worlds.talks_due <= day) & (worlds.talks_due != NEVER)
        in_session = np.flatnonzero(due & (worlds.talks == UNDER_WAY))
        prepared = np.flatnonzero(due & (worlds.talks == PREPARING))
        if in_session.size:
            self._session(in_session, day, of_talks[in_session], terms)
        if prepared.size:
            self._open(prepared, day, of_talks[prepared], terms)
        meeting = np.flatnonzero((worlds.summit_due <= day) & (worlds.summit_due != NEVER))
        if meeting.size:
            self._meet(meeting, day, of_meetings[meeting])

    def _meet(self, idx: Integers, day: int, uniforms: Floats) -> None:
        """Meetings that are due are called off, or awaited, as the record may have them later."""
        worlds = self._scene.worlds
        held = self._scene.parameter("talks.summit_held", idx) * thaw(worlds, idx)
        if not self._foresight:
            this_week = worlds.summit_due[idx] > day - WEEK
            worlds.summit_due[idx[this_week & (uniforms >= held)]] = NEVER
        elif self._next(day, self._meetings) != "summit":
            self._shown(idx, 1 - np.minimum(held, SURE))
            worlds.summit_due[idx] = NEVER

    def _session(self, idx: Integers, day: int, uniforms: Floats, terms: Terms) -> None:
        """A session that signed nothing; it may break the talks down."""
        worlds = self._scene.worlds
        make_joint(self._scene, "negotiation_round", idx, day)
        signed = np.minimum(signed_at_session(worlds, idx, terms), SURE)
        self._shown(idx, 1 - signed)
        agreement, breakdown = session_rates(worlds, idx, terms)
        broken = signed * breakdown / np.maximum(agreement, LEAST)
        ended, _ = self._ended(idx, day, broken / (1 - signed), uniforms)
        worlds.talks[idx[ended]] = NO_TALKS
        again = idx[~ended]
        worlds.talks_due[again] = self._scene.later("talks.round_every", again, day)

    def _open(self, idx: Integers, day: int, uniforms: Floats, terms: Terms) -> None:
        """Talks that are prepared open on an issue, or are called off."""
        worlds = self._scene.worlds
        ended, left = self._ended(idx, day, 1 - thaw(worlds, idx), uniforms)
        worlds.talks[idx[ended]] = NO_TALKS
        opened = idx[~ended]
        worlds.talks[opened] = UNDER_WAY
        choose_issue(worlds, opened, left, terms.agenda, self._standing)
        worlds.talks_due[opened] = self._scene.later("talks.round_every", opened, day)

    def _ended(
        self, idx: Integers, day: int, chance: Floats, uniforms: Floats
    ) -> tuple[Booleans, Floats]:
        """Which talks end, given a chance of it and what the record says of them later on.

        Returns what is left of the uniforms of those that go on, too.
        """
        chance, following = np.minimum(chance, SURE), self._next(day, self._talks)
        if following is None:
            taken = chance
        elif following in self._proposals[TALKS]:  # they end some time before: more often now
            taken = np.sqrt(chance)
        else:
            taken = np.zeros_like(chance)
        ended: Booleans = uniforms < taken
        going_on = (1 - chance) / (1 - taken)
        self._shown(idx, np.where(ended, chance / np.maximum(taken, LEAST), going_on))
        return ended, rest(uniforms[~ended], taken[~ended], 1)

    def _shown(self, idx: Integers, chance: Floats) -> None:
        """Tell the watch how likely what came about was, over the chance to be drawn."""
        if self._watch is not None:
            self._watch.unrecorded(idx, chance)
