"""An actor: at its own review interval it perceives, updates its beliefs, chooses, and moves."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import simpy

from relsim.array_types import Booleans, Floats, Integers, Shorts
from relsim.errors import UsageError
from relsim.processes.effects import EFFECTS, Scene, available
from relsim.processes.making import Deeds, make_moves, still_possible
from relsim.processes.motives import MotiveTerms, motive_terms, motives
from relsim.rules import RULES, Rule, View
from relsim.rules.contract import chances, pick
from relsim.rules.several import Round, chances_of_review, makes_several, rounds
from relsim.worlds.clock import Clock, Phase
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.stage import HOLD
from relsim.worlds.worlds import SUMMIT, Worlds

APART = 28  # days between joint moves that are brought about
UNBARRED = np.int16(np.iinfo(np.int16).max)
ZERO, ONE = np.zeros((), np.float32), np.ones((), np.float32)


class Forced(NamedTuple):
    """The one move that an actor makes, in one run, at its first review on or after `day`."""

    day: int
    actor: str
    move: str


@dataclass(frozen=True)
class Intervention:
    """One move, brought about in some runs and kept from happening in others.

    Attributes
    ----------
    actor : str or None
        Whose move; None of a joint one, which both make on the day `first`, and every `APART` days
        from then on if they are to make it more than once.
    move : str
    first, last : int
        Between these days it is brought about; until the last one it is barred.
    made : int16, (runs,)
        How many times: the actor makes it at as many of its reviews, in place of what it picked,
        the first at which it is available and not picked anyway.
    barred : int16, (runs,)
        The day from which on it is not available; `UNBARRED` where it always may be.
    """

    actor: str | None
    move: str
    first: int
    last: int
    made: Shorts
    barred: Shorts

    def at(self, run: Integers) -> "Intervention":
        """The same of the runs of some columns; -1 is padding."""
        made, barred = np.where(run >= 0, self.made[run], 0), self.barred[run]
        return replace(self, made=made.astype(np.int16), barred=barred)


class Intervening:
    """What is left to do of an intervention on an actor's move, review by review."""

    def __init__(self, of: Intervention, row: int) -> None:
        self._of, self._row, self._left = of, row, of.made.copy()

    def free(self, allowed: Booleans) -> None:
        """Take back what was barred, before it is asked anew what is available."""
        allowed[self._row] = True

    def bar(self, allowed: Booleans, day: int) -> None:
        """Keep the move from the runs in which it is not to happen."""
        if day <= self._of.last:
            allowed[self._row] &= day < self._of.barred

    def bring_about(self, made: list[Round], view: View) -> list[Round]:
        """Let the move take the place of whatever was picked, where it is due and available."""
        if not self._of.first <= view.day <= self._of.last:
            return made
        due = (self._left > 0) & view.available[self._row]
        for rows, runs in made:
            due[runs[rows == self._row]] = False
        idx = np.flatnonzero(due)
        self._left[idx] -= 1
        return compel(made, self._row, idx) if idx.size else made


@dataclass(frozen=True)
class Reviewing:
    """How an actor reviews: its row, its days, its rule; what is forced on it, by column."""

    actor: int
    name: str
    every: int
    first: int
    rule_name: str
    rule: Rule
    expresses: Floats
    forced: Mapping[int, Forced] = field(default_factory=dict)
    intervention: Intervention | None = None

    @property
    def known(self) -> bool:
        """Whether the rule is one of relsim's own."""
        return self.rule_name in RULES and self.rule is RULES[self.rule_name].rule


@dataclass(frozen=True)
class ActorTerms:
    """What an actor's review derives from the parameters (scalars, or one value a run)."""

    memory_keep: Floats
    debt_keep: Floats
    threat_keep: Floats
    pressure_keep: Floats
    pressure_drift: Floats
    learning_rate: Floats
    trust_keep: Floats
    trust_drift: Floats
    routine: Floats
    kappa: dict[int, Floats]
    momentum: Floats | None
    momentum_keep: Floats
    usual_momentum: Floats
    summit_relief: Floats | None
    motives: MotiveTerms
    own: Mapping[str, Floats]


def actor_terms(worlds: Worlds, reviewing: Reviewing, parameters: Parameters) -> ActorTerms:
    """Derive an actor's terms from the parameters."""
    name, weeks = reviewing.name, reviewing.every / 7
    own = parameters.under(f"actors.{name}")
    moves = worlds.stage.moves[1:]
    rates = [parameters[f"moves.{move.name}.rate.{name}"] for move in moves]
    # A rate a year against the chance to hold: 365.25 / every reviews a year.
    per_review = np.float32(365.25 / reviewing.every)
    zero = np.zeros((), np.float32)
    with np.errstate(divide="ignore"):
        rows = [zero, *(np.log(rate / per_review) for rate in rates)]
    width = max(row.size for row in rows)
    routine = np.stack([np.broadcast_to(row, (width,)) for row in rows]).astype(np.float32)
    kappa = {
        move.index: parameters[f"moves.{move.name}.answered.{name}"]
        for move in moves
        if move.answered >= 0
    }
    trials, trust_trials = own["pressure_trials"], own["trust_trials"]
    e, q = own["pressure_works"], own["trust"]
    pressure_keep = keep(own["belief_half_life"], weeks)
    trust_keep = keep(own["trust_half_life"], weeks)
    return ActorTerms(
        memory_keep=keep(own["memory_half_life"], weeks),
        debt_keep=keep(own["debt_half_life"], weeks),
        threat_keep=keep(own["threat_half_life"], weeks),
        pressure_keep=pressure_keep,
        pressure_drift=_drift(pressure_keep, trials * e, trials * (1 - e)),
        learning_rate=own["learning_rate"],
        trust_keep=trust_keep,
        trust_drift=_drift(trust_keep, trust_trials * q, trust_trials * (1 - q)),
        routine=routine,
        kappa=kappa,
        momentum=own.get("momentum"),
        momentum_keep=keep(own.get("momentum_half_life", ONE), weeks),
        usual_momentum=np.log1p(own.get("momentum_reference", ZERO)),
        summit_relief=parameters.get("talks.summit_relief"),
        motives=motive_terms(own, parameters),
        own=own,
    )


def _drift(left: Floats, *priors: Floats) -> Floats:
    """What one review interval gives back to each side of a belief of its prior; (2, 1 or runs)."""
    sides = np.broadcast_arrays(*((1 - left) * prior for prior in priors))
    return np.stack(sides).reshape(2, -1)


def forget(worlds: Worlds, actor: int, terms: ActorTerms) -> None:
    """Let memories, debts and threats fade over one review interval."""
    worlds.hostility[actor] *= terms.memory_keep
    worlds.goodwill[actor] *= terms.memory_keep
    worlds.debt[actor] *= terms.debt_keep
    worlds.committed[actor] *= terms.threat_keep
    if terms.momentum is not None:
        worlds.own_hostile[actor] *= terms.momentum_keep


def judge_pressure(worlds: Worlds, actor: int, terms: ActorTerms) -> None:
    """Update the belief that pressure works with the rounds whose window ends at this review.

    One round is one trial; its success x = min(1, concessions received within the window).
    a ← φ a + (1 − φ) a₀ + w n x, and b likewise with 1 − x (discounted Beta belief).
    """
    worlds.trial_slot[actor] = slot = (worlds.trial_slot[actor] + 1) % worlds.windows[actor]
    belief = worlds.pressure_belief[actor]
    belief *= terms.pressure_keep
    belief += terms.pressure_drift
    trials, marks = worlds.trials[actor, slot], worlds.trial_marks[actor, slot]
    due = np.flatnonzero(trials > 0)
    if due.size:
        weight = at(terms.learning_rate, due) * trials[due]
        success = np.minimum(worlds.conceded[actor][due] - marks[due], 1)
        works, fails = belief
        works[due] += weight * success
        fails[due] += weight * (1 - success)
        trials[due] = 0


def relax_trust(worlds: Worlds, actor: int, terms: ActorTerms) -> None:
    """Let the belief in reciprocated cooperation drift back to its prior."""
    belief = worlds.trust_belief[actor]
    belief *= terms.trust_keep
    belief += terms.trust_drift


def routine_of(worlds: Worlds, terms: ActorTerms) -> Floats:
    """Routine log-odds, those of hostile moves higher in a hot week and lower in a calm one."""
    if not worlds.bursts:
        return terms.routine
    hot = np.zeros((len(worlds.stage.moves), 1), dtype=np.float32)
    hot[list(worlds.stage.hostile_rows)] = 1
    routine: Floats = terms.routine + hot * worlds.heat
    return routine


def shifts_of(worlds: Worlds, actor: int, terms: ActorTerms) -> dict[int, Floats]:
    """What momentum adds to hostile moves, and recent meetings take from proposing the next.

    m (ln(1 + h) − ln(1 + h°)), with h own recent hostile moves; −r g, with g recent leaders'
    meetings.
    """
    shifts: dict[int, Floats] = {}
    if terms.momentum is not None:
        push = terms.momentum * (np.log1p(worlds.own_hostile[actor]) - terms.usual_momentum)
        shifts |= dict.fromkeys(worlds.stage.hostile_rows, push)
    if terms.summit_relief is not None:
        relief = -terms.summit_relief * worlds.met_of_late
        proposing = (move.index for move in worlds.stage.moves if move.proposes == SUMMIT)
        shifts |= dict.fromkeys(proposing, relief)
    return shifts


def view_of(
    worlds: Worlds,
    reviewing: Reviewing,
    terms: ActorTerms,
    day: int,
    allowed: Booleans,
) -> View:
    """What the actor sees today."""
    actor, other = reviewing.actor, worlds.stage.opponent(reviewing.actor)
    debt, trust, works = worlds.debt[actor], worlds.trust(actor), worlds.pressure_works(actor)
    return View(
        actor=reviewing.name,
        opponent=worlds.stage.actors[other],
        day=day,
        moves=worlds.stage.move_names,
        kinds=worlds.stage.kinds,
        available=available(worlds, actor, allowed),
        routine=routine_of(worlds, terms),
        expresses=reviewing.expresses,
        drivers=motives(worlds, actor, terms.motives, works, trust),
        urges={
            row: kappa * debt[worlds.stage.moves[row].answered]
            for row, kappa in terms.kappa.items()
        },
        pressure_works=works,
        trust=trust,
        hostility=worlds.hostility[actor],
        goodwill=worlds.goodwill[actor],
        own_last=worlds.last_move[actor],
        last_of_opponent=worlds.last_move[other],
        own_last_day=worlds.last_day[actor],
        last_day_of_opponent=worlds.last_day[other],
        unanswered=worlds.unanswered[actor],
        script=worlds.stage.scripts[actor],
        script_done=worlds.script_done[actor, : len(worlds.stage.scripts[actor])],
        shifts=shifts_of(worlds, actor, terms),
    )


def tick_off(worlds: Worlds, actor: int, made: Round, day: int) -> None:
    """Note which entries of the actor's script are made now, at most one a run."""
    rows, idx = made
    for entry, (due, row) in enumerate(worlds.stage.scripts[actor]):
        if due > day:
            break
        done = worlds.script_done[actor, entry]
        now = (rows == row) & ~done[idx]
        done[idx[now]] = True
        rows, idx = rows[~now], idx[~now]


def force(made: list[Round], view: View, waiting: dict[int, Forced], clock: Clock) -> list[Round]:
    """Put the forced moves that are due in the place of those picked, each in its own column.

    Raises
    ------
    UsageError
        If one is not available then.
    """
    for run in [run for run, forced in waiting.items() if forced.day <= view.day]:
        row = view.moves.index(waiting.pop(run).move)
        if not view.available[row, run]:
            raise UsageError(refusal(view, row, run, clock))
        made = compel(made, row, np.array([run]))
    return made


def compel(made: list[Round], row: int, idx: Integers) -> list[Round]:
    """Let one move take the place of whatever was picked in the runs idx (rising)."""
    made = [Round(rows[kept := ~np.isin(of, idx)], of[kept]) for rows, of in made]
    if row != HOLD:
        rows, others = made[0]
        place = np.searchsorted(others, idx)
        made[0] = Round(np.insert(rows, place, row), np.insert(others, place, idx))
    return made


def refusal(view: View, row: int, run: int, clock: Clock) -> str:
    """Why a move cannot be made in a run, in words: what could be."""
    open_to_it = [view.moves[other] for other in np.flatnonzero(view.available[:, run])]
    return (
        f"{view.actor} cannot {view.moves[row]} at its review of {clock.date_of(view.day)}: it is "
        f"not available then (available: {', '.join(open_to_it)})"
    )


class Chooser:
    """How one actor chooses: what it derives from the parameters, and its rule.

    Attributes
    ----------
    several : bool
        Whether the odds of its rule say how many moves a review lets expect.
    routine_odds : Derived of float32 (moves, 1 or runs)
        Odds of the routine alone.
    """

    def __init__(self, worlds: Worlds, reviewing: Reviewing) -> None:
        self._worlds, self.reviewing = worlds, reviewing
        self.terms = Derived(worlds.parameters, lambda p: actor_terms(worlds, reviewing, p))
        self.routine_odds = Derived(worlds.parameters, lambda _: np.exp(self.terms().routine))
        self.several = makes_several(reviewing.rule)
        self._allowed = np.ones((len(worlds.stage.moves), worlds.width), dtype=np.bool_)
        asked = reviewing.intervention
        self._intervening = (
            None if asked is None else Intervening(asked, worlds.stage.move(asked.move).index)
        )

    @property
    def dealings(self) -> tuple[int, ...]:
        """Rows of the moves that propose something or answer a proposal."""
        answering = ("accept", "reject")
        moves = self._worlds.stage.moves
        return tuple(m.index for m in moves if m.proposes or m.effect in answering)

    def view(self, day: int) -> View:
        """What the actor sees as things stand."""
        if self._intervening is not None:
            self._intervening.free(self._allowed)
        view = view_of(self._worlds, self.reviewing, self.terms(), day, self._allowed)
        if self._intervening is not None:
            self._intervening.bar(self._allowed, day)  # the view shows the same array
        return view

    def intervened(self, made: list[Round], view: View) -> list[Round]:
        """What was picked, with what an intervention brings about in its place."""
        return made if self._intervening is None else self._intervening.bring_about(made, view)

    def ask(self, view: View) -> tuple[Floats, Floats]:
        """The rule's probabilities, and the sum of each run's."""
        own, reviewing = self.terms().own, self.reviewing
        width = self._worlds.streams.width
        return chances(reviewing.rule, view, own, reviewing.rule_name, width, reviewing.known)

    def look(self, day: int) -> tuple[View, Floats, Floats]:
        """What the actor sees as things stand, its rule's probabilities, the sum of each run's."""
        view = self.view(day)
        return view, *self.ask(view)


def chosen(p: Floats, total: Floats, uniforms: Floats) -> list[Round]:
    """What a review's uniforms make of the probabilities of a rule that makes one move at most."""
    choice = pick(p, uniforms, total)
    movers = np.flatnonzero(choice != HOLD)
    return [Round(choice[movers], movers)]


def actor(
    worlds: Worlds, clock: Clock, scene: Scene, reviewing: Reviewing
) -> Generator[simpy.Event, None, None]:
    """Review by review: perceive, choose, move. Before the known date ends it only perceives."""
    chooser = Chooser(worlds, reviewing)
    several = chooser.several
    once = [move.index for move in worlds.stage.moves if EFFECTS[move.effect].once]
    stream = worlds.streams.stream(f"actor {reviewing.name}", "choice", rows=1 + several)
    waiting, logged = dict(reviewing.forced), np.flatnonzero(scene.record.logged)
    for day in clock.every(reviewing.every, reviewing.first):
        yield clock.until(day, Phase.PERCEIVE)
        terms = chooser.terms()
        forget(worlds, reviewing.actor, terms)
        judge_pressure(worlds, reviewing.actor, terms)
        relax_trust(worlds, reviewing.actor, terms)
        worlds.reviewed[reviewing.actor] = day
        if not clock.after_known(day):
            continue
        yield clock.until(day, Phase.CHOOSE)
        view, p, total = chooser.look(day)
        uniforms = stream.uniforms(clock.now)
        picked = (
            rounds(p, total, uniforms, view.urges, once) if several else chosen(p, total, uniforms)
        )
        made = force(chooser.intervened(picked, view), view, waiting, clock)
        yield clock.until(day, Phase.EFFECTS, reviewing.actor)
        if several and logged.size:  # only there anybody will read them
            p = p if reviewing.known else p.copy()
            p[:, logged] = chances_of_review(p[:, logged])
        # Today the other may have ended already what the actor means to end.
        stale = worlds.reviewed[worlds.stage.opponent(reviewing.actor)] == day
        for one_each in made:
            tick_off(worlds, reviewing.actor, one_each, day)
            deeds = Deeds(worlds.stage, *one_each)
            if stale:
                deeds = still_possible(worlds, reviewing.actor, deeds)
            make_moves(scene, reviewing.actor, deeds, day, p, view.drivers)
            stale = True  # as may what it did itself a moment ago
        del view, p, total  # the next review writes where these lay, in the cache
