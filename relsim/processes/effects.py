"""What moves do: one visible table of effects.

A scenario's catalogue names an effect for each move; an effect says where the move is available
and what it changes besides its Goldstein weight.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from relsim.array_types import Booleans, Bytes, Floats, Integers, Shorts
from relsim.processes.treaties import give_notice
from relsim.worlds.clock import day_after
from relsim.worlds.parameters import at
from relsim.worlds.record import Record, Values
from relsim.worlds.stage import Move, Stage
from relsim.worlds.worlds import (
    IN_FORCE,
    JOINT,
    NEVER,
    NO_TALKS,
    NOTHING,
    NOTICE_GIVEN,
    PREPARING,
    SUMMIT,
    SUSPENDED,
    TALKS,
    UNDER_WAY,
    Worlds,
)

MASS = 20  # people; a mass expulsion has at least as many (outcome `mass_expulsion`)
EVERY_RUN = slice(None)
PREPARATION = {TALKS: "talks.preparation", SUMMIT: "talks.summit_preparation"}


@dataclass(frozen=True)
class Scene:
    """Where moves take effect: the runs' arrays and the record to which deeds are reported.

    `size` is how many people a move of the record expelled, None where chance says it.
    """

    worlds: Worlds
    record: Record
    size: float | None = None

    def parameter(self, path: str, idx: Integers) -> Floats:
        """A parameter's values in the runs idx."""
        return at(self.worlds.parameters[path], idx)

    def later(self, path: str, idx: Integers, day: int) -> Shorts:
        """The day that lies a duration parameter (weeks) after `day`, in the runs idx."""
        due = day_after(day, self.parameter(path, idx))
        return due if due.ndim else np.full(idx.shape, due)


Runs = Integers | slice
Available = Callable[[Worlds, int, Move, Runs], Booleans]


class Detail(NamedTuple):
    """What the log says of a move besides its name, in some of the runs in which it is made."""

    subject: str | None
    runs: Integers
    value: Values | None = None


# Returns what the log says of the move, each run once; None if no more than its name.
Apply = Callable[[Scene, int, Move, Integers, int], Sequence[Detail] | None]


@dataclass(frozen=True)
class Effect:
    """Where a move is available (None: always) and what it does (None: its weight only).

    After a move that is made `once` it cannot be made again at the same review.
    """

    available: Available | None = None
    apply: Apply | None = None
    once: bool = False


def threaten(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
    """A public threat binds its maker for a while (audience cost; Fearon 1994)."""
    scene.worlds.committed[actor][idx] = 1


def impose(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
    """One more round bites; it is also a trial of the belief that pressure works."""
    worlds = scene.worlds
    stock, imposed, conceded = worlds.stock[actor], worlds.rounds_of[actor], worlds.conceded[actor]
    stock[idx] += 1
    imposed[idx] += 1
    slot = worlds.trial_slot[actor]
    trials, marks = worlds.trials[actor, slot], worlds.trial_marks[actor, slot]
    so_far = trials[idx]
    fresh = idx[so_far == 0]
    marks[fresh] = conceded[fresh]
    trials[idx] = so_far + 1


def has_a_round(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """At least one round of sanctions to give up."""
    result: Booleans = worlds.stock[actor][runs] >= 1
    return result


def ease(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
    """One round is lifted."""
    stock = scene.worlds.stock[actor]
    stock[idx] -= 1


def expel(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """Diplomats leave: talks are harder to convene; an answer has the size of the provocation."""
    worlds = scene.worlds
    other = worlds.stage.opponent(actor)
    answer = worlds.debt[actor, move.answered][idx] > 0.5 if move.answered >= 0 else False
    share = scene.parameter(f"moves.{move.name}.mass_share", idx)
    uniforms = worlds.expulsion_sizes[actor].following(idx)
    mass = np.where(answer, worlds.mass_owed[actor][idx], uniforms < share)
    if scene.size is not None:
        mass[:] = scene.size >= MASS
    worlds.mass_owed[other][idx] = mass
    worlds.chill[idx] += 1
    name = worlds.stage.actors[actor]
    scene.record.happened("mass_expulsion", name, idx[mass], day)
    return [Detail(None, idx, mass)]


def posture(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
    """A show of force that the escalation ladder will weigh."""
    postures = scene.worlds.incidents[0]
    postures[idx] += 1


def may_leave(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """The treaty is in force or suspended, and the actor has given no notice yet."""
    own = worlds.membership[move.treaty, actor, runs]
    suspended = (own == SUSPENDED) & (worlds.exit_due[move.treaty, actor, runs] == NEVER)
    result: Booleans = worlds.stays(move.treaty)[runs] & ((own == IN_FORCE) | suspended)
    return result


def leave(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """The notice period of an exit starts."""
    treaty = scene.worlds.stage.treaties[move.treaty]
    due = scene.later(f"treaties.{treaty}.notice", idx, day)
    give_notice(scene.worlds, scene.record, move.treaty, actor, idx, due, day)
    return [Detail(treaty, idx, due)]


def may_suspend_treaty(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """Nobody is out of the treaty, and the actor keeps to it."""
    own = worlds.membership[move.treaty, actor, runs]
    keeps = (own == IN_FORCE) | (own == NOTICE_GIVEN)
    result: Booleans = worlds.stays(move.treaty)[runs] & keeps
    return result


def suspend_treaty(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """The treaty no longer binds until a new text on arms saves it; a notice given runs on."""
    stage = scene.worlds.stage
    treaty = stage.treaties[move.treaty]
    scene.worlds.membership[move.treaty, actor, idx] = SUSPENDED
    scene.record.happened("treaty_suspended", stage.actors[actor], idx, day, treaty)
    return [Detail(treaty, idx)]


def talks_under_way(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """Talks have convened and not ended."""
    result: Booleans = worlds.talks[runs] == UNDER_WAY
    return result


def suspend(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
    """Talks end without agreement."""
    scene.worlds.talks[idx] = NO_TALKS
    scene.record.happened("talks_broken_down", scene.worlds.stage.actors[actor], idx, day)


def due_of(worlds: Worlds, proposed: int) -> Shorts:
    """The day for which what a proposal asks for is prepared, NEVER if it is not; (runs,)."""
    due = worlds.talks_due if proposed == TALKS else worlds.summit_due
    if proposed >= JOINT:
        due = worlds.joint_due[proposed - JOINT]
    return due


def may_propose(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """Nothing of the kind under way or in preparation, no own proposal pending, no rupture."""
    talks = move.proposes == TALKS
    none = worlds.talks == NO_TALKS if talks else due_of(worlds, move.proposes) == NEVER
    free = none[runs] & (worlds.proposal[actor][runs] == NOTHING)
    result: Booleans = free & worlds.calm[runs]
    return result


def propose(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """A proposal, pending until it is answered or lapses."""
    scene.worlds.proposal[actor][idx] = move.proposes
    until = scene.later("talks.proposal_lifetime", idx, day)
    scene.worlds.proposal_until[actor][idx] = until
    return [Detail(scene.worlds.stage.proposals[move.proposes - 1], idx, until)]


def by_proposal(
    stage: Stage, asked: Bytes, idx: Integers, value: Values | None = None
) -> list[Detail]:
    """Details of the runs idx, sorted by what was proposed in each."""
    of_each = ((name, asked == code) for code, name in enumerate(stage.proposals, start=1))
    return [Detail(s, idx[of], None if value is None else value[of]) for s, of in of_each]


def asked_by_other(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Booleans:
    """A proposal of the opponent is pending."""
    result: Booleans = worlds.proposal[worlds.stage.opponent(actor)][runs] != NOTHING
    return result


def reject(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """The opponent's proposal ends."""
    theirs = scene.worlds.proposal[scene.worlds.stage.opponent(actor)]
    details = by_proposal(scene.worlds.stage, theirs[idx], idx)
    theirs[idx] = NOTHING
    return details


def accept(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> list[Detail]:
    """What was proposed will take place after a time of preparation."""
    worlds = scene.worlds
    mine, theirs = worlds.proposal[actor], worlds.proposal[worlds.stage.opponent(actor)]
    asked = theirs[idx]
    agreed = np.full(idx.size, np.nan, dtype=np.float32)
    for code, name in enumerate(worlds.stage.proposals, start=1):
        due = due_of(worlds, code)
        none = worlds.talks == NO_TALKS if code == TALKS else due == NEVER
        new = (asked == code) & none[idx]
        runs = idx[new]
        path = PREPARATION.get(code, f"moves.{name}.preparation")
        agreed[new] = due[runs] = scene.later(path, runs, day)
        if code == TALKS:
            worlds.talks[runs] = PREPARING
        # Both may have proposed the same; what was agreed on is no longer pending on either side.
        mine[runs[mine[runs] == code]] = NOTHING
    theirs[idx] = NOTHING
    return by_proposal(worlds.stage, asked, idx, agreed)


EFFECTS: dict[str, Effect] = {
    "none": Effect(),
    "threat": Effect(apply=threaten),
    "sanction": Effect(apply=impose),
    "ease": Effect(has_a_round, ease),
    "expel": Effect(apply=expel),
    "posture": Effect(apply=posture),
    "leave": Effect(may_leave, leave, once=True),
    "suspend": Effect(talks_under_way, suspend, once=True),
    "propose_talks": Effect(may_propose, propose, once=True),
    "propose_summit": Effect(may_propose, propose, once=True),
    "propose": Effect(may_propose, propose, once=True),
    "reject": Effect(asked_by_other, reject, once=True),
    "accept": Effect(asked_by_other, accept, once=True),
    "suspend_treaty": Effect(may_suspend_treaty, suspend_treaty, once=True),
}


def available(worlds: Worlds, actor: int, out: Booleans) -> Booleans:
    """Which moves an actor can make, written into `out`, shape (moves, runs).

    Rows of moves that can always be made are left as they are: True.
    """
    for move in worlds.stage.moves:
        test = EFFECTS[move.effect].available
        if test is not None:
            out[move.index] = test(worlds, actor, move, EVERY_RUN)
    return out
