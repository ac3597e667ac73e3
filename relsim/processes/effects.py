"""What moves do: one visible table of effects, and the two functions through which all moves go.

A scenario's catalogue names an effect for each move; an effect says where the move is available
and what it changes besides its Goldstein weight.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.processes.perception import Rows, add_trust, at, feel, observe, settle_debts
from relsim.processes.treaties import arms_text_signed, give_notice
from relsim.worlds.clock import day_after
from relsim.worlds.record import Record
from relsim.worlds.stage import Move, Stage
from relsim.worlds.worlds import (
    IN_FORCE,
    NEVER,
    NO_TALKS,
    NOTHING,
    PREPARING,
    SUMMIT,
    TALKS,
    UNDER_WAY,
    Worlds,
)

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
EVERY_RUN = slice(None)


@dataclass(frozen=True)
class Scene:
    """Where moves take effect: the runs' arrays and the record to which deeds are told."""

    worlds: Worlds
    record: Record

    def parameter(self, path: str, idx: Index) -> Floats:
        """A parameter's values in the runs idx."""
        return at(self.worlds.parameters[path], idx)

    def later(self, path: str, idx: Index, day: int) -> npt.NDArray[np.int16]:
        """The day that lies a duration parameter (weeks) after `day`, in the runs idx."""
        return np.broadcast_to(day_after(day, self.parameter(path, idx)), idx.shape)


Runs = Index | slice
Available = Callable[[Worlds, int, Move, Runs], Mask]
Apply = Callable[[Scene, int, Move, Index, int], None]


@dataclass(frozen=True)
class Effect:
    """Where a move is available (None: always) and what it does (None: its weight only)."""

    available: Available | None = None
    apply: Apply | None = None


def threaten(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """A public threat binds its maker for a while (audience cost; Fearon 1994)."""
    scene.worlds.committed[actor, idx] = 1


def impose(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """One more round bites; it is also a trial of the belief that pressure works."""
    worlds = scene.worlds
    worlds.stock[actor, idx] += 1
    slot = worlds.trial_slot[actor]
    fresh = idx[worlds.trials[actor, slot, idx] == 0]
    worlds.trial_marks[actor, slot, fresh] = worlds.conceded[actor, fresh]
    worlds.trials[actor, slot, idx] += 1
    worlds.rounds_of[actor, idx] += 1


def has_a_round(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """At least one round of sanctions to give up."""
    result: Mask = worlds.stock[actor, runs] >= 1
    return result


def ease(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """One round is lifted."""
    scene.worlds.stock[actor, idx] -= 1


def expel(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """Diplomats leave: talks are harder to convene; an answer has the size of the provocation."""
    worlds = scene.worlds
    other = worlds.stage.opponent(actor)
    answer = worlds.debt[actor, move.answered, idx] > 0.5 if move.answered >= 0 else False
    share = scene.parameter(f"moves.{move.name}.mass_share", idx)
    lots = worlds.expulsion_sizes[actor].uniforms(day)[idx]
    mass = np.where(answer, worlds.mass_owed[actor, idx], lots < share)
    worlds.mass_owed[other, idx] = mass
    worlds.chill[idx] += 1
    name = worlds.stage.actors[actor]
    scene.record.happened("mass_expulsion", name, idx[mass], day)


def posture(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """A show of force that the escalation ladder will weigh."""
    scene.worlds.incidents[0, idx] += 1


def may_leave(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """The treaty is in force and the actor has given no notice yet."""
    result: Mask = worlds.in_force(move.treaty)[runs] & (
        worlds.membership[move.treaty, actor, runs] == IN_FORCE
    )
    return result


def leave(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """The notice period of an exit starts."""
    treaty = scene.worlds.stage.treaties[move.treaty]
    due = scene.later(f"treaties.{treaty}.notice", idx, day)
    give_notice(scene.worlds, scene.record, move.treaty, actor, idx, due, day)


def talks_under_way(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """Talks have convened and not ended."""
    result: Mask = worlds.talks[runs] == UNDER_WAY
    return result


def suspend(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """Talks end without agreement."""
    scene.worlds.talks[idx] = NO_TALKS
    scene.record.happened("talks_broken_down", scene.worlds.stage.actors[actor], idx, day)


def may_propose_talks(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """No talks under way or in preparation, no own proposal pending, no rupture."""
    free = (worlds.talks[runs] == NO_TALKS) & (worlds.proposal[actor, runs] == NOTHING)
    result: Mask = free & worlds.calm[runs]
    return result


def may_propose_summit(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """No leaders' meeting in preparation, no own proposal pending, no rupture."""
    free = (worlds.summit_due[runs] == NEVER) & (worlds.proposal[actor, runs] == NOTHING)
    result: Mask = free & worlds.calm[runs]
    return result


def propose(asked: int) -> Apply:
    """A proposal of talks or of a leaders' meeting, pending until it is answered or lapses."""

    def apply(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
        scene.worlds.proposal[actor, idx] = asked
        until = scene.later("talks.proposal_lifetime", idx, day)
        scene.worlds.proposal_until[actor, idx] = until

    return apply


def asked_by_other(worlds: Worlds, actor: int, move: Move, runs: Runs) -> Mask:
    """A proposal of the opponent is pending."""
    result: Mask = worlds.proposal[worlds.stage.opponent(actor), runs] != NOTHING
    return result


def reject(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """The opponent's proposal ends."""
    scene.worlds.proposal[scene.worlds.stage.opponent(actor), idx] = NOTHING


def accept(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """Talks or a leaders' meeting will convene after a time of preparation."""
    worlds = scene.worlds
    other = worlds.stage.opponent(actor)
    asked = worlds.proposal[other, idx]
    talks = idx[(asked == TALKS) & (worlds.talks[idx] == NO_TALKS)]
    worlds.talks[talks] = PREPARING
    worlds.talks_due[talks] = scene.later("talks.preparation", talks, day)
    # Both may have proposed the same; what was agreed on is no longer pending on either side.
    worlds.proposal[actor, talks[worlds.proposal[actor, talks] == TALKS]] = NOTHING
    summit = idx[(asked == SUMMIT) & (worlds.summit_due[idx] == NEVER)]
    worlds.summit_due[summit] = scene.later("talks.summit_preparation", summit, day)
    worlds.proposal[actor, summit[worlds.proposal[actor, summit] == SUMMIT]] = NOTHING
    worlds.proposal[other, idx] = NOTHING


def agree(scene: Scene, idx: Index, day: int) -> None:
    """A signed text: evidence for both that cooperation is reciprocated."""
    for actor in range(len(scene.worlds.stage.actors)):
        add_trust(scene.worlds, actor, 0, scene.parameter("talks.agreement_trials", idx), idx)


EFFECTS: dict[str, Effect] = {
    "none": Effect(),
    "threat": Effect(apply=threaten),
    "sanction": Effect(apply=impose),
    "ease": Effect(has_a_round, ease),
    "expel": Effect(apply=expel),
    "posture": Effect(apply=posture),
    "leave": Effect(may_leave, leave),
    "suspend": Effect(talks_under_way, suspend),
    "propose_talks": Effect(may_propose_talks, propose(TALKS)),
    "propose_summit": Effect(may_propose_summit, propose(SUMMIT)),
    "reject": Effect(asked_by_other, reject),
    "accept": Effect(asked_by_other, accept),
}


def available(worlds: Worlds, actor: int, out: Mask) -> Mask:
    """Which moves an actor can make, written into `out`, shape (moves, runs)."""
    for move in worlds.stage.moves:
        test = EFFECTS[move.effect].available
        out[move.index] = True if test is None else test(worlds, actor, move, EVERY_RUN)
    return out


def make_moves(
    scene: Scene,
    actor: int,
    rows: Rows,
    idx: Index,
    day: int,
    probabilities: Floats | None = None,
    drivers: Floats | None = None,
) -> None:
    """Let `actor` make move rows[k] in run idx[k]: the one way in for unilateral moves.

    A move whose object went away earlier on the same day (both ended the talks) is not made.

    Parameters
    ----------
    rows : int8, (movers,)
    idx : int64, (movers,)
        Columns in rising order, each once.
    probabilities, drivers : float32, (moves, runs) and (4, runs), optional
        What the mover's rule gave and saw, for the log.
    """
    worlds, stage = scene.worlds, scene.worlds.stage
    made = by_move(stage, rows, idx)
    gone = [runs[~still(worlds, actor, move, runs)] for move, runs in made]
    if any(runs.size for runs in gone):
        left = ~np.isin(idx, np.concatenate(gone))
        rows, idx = rows[left], idx[left]
        made = by_move(stage, rows, idx)
    if not idx.size:
        return
    table = stage.table
    worlds.flow[idx] += table.weight[rows]
    if day > stage.known_day:
        worlds.move_counts[actor, rows, idx] += 1
        worlds.strong_week[idx] |= table.strong[rows]
        worlds.cooperative_week[idx] |= table.cooperative[rows]
    worlds.conceded[stage.opponent(actor), idx] += table.concession[rows]
    worlds.strong_of[actor, idx] += table.strong[rows]
    observe(worlds, actor, rows, idx, day)
    for move, runs in made:
        apply = EFFECTS[move.effect].apply
        if apply is not None:
            apply(scene, actor, move, runs, day)
    settle_debts(worlds, actor, rows, idx)
    name = stage.actors[actor]
    for move, runs in made:
        p = None if probabilities is None else probabilities[move.index]
        scene.record.happened(move.name, name, runs, day, None, move.weight, p, drivers)


def make_move(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """Let `actor` make one move in all of the runs idx."""
    make_moves(scene, actor, np.full(idx.size, move.index, dtype=np.int8), idx, day)


def by_move(stage: Stage, rows: Rows, idx: Index) -> list[tuple[Move, Index]]:
    """The moves that are made, each with its runs in rising order."""
    ordered = idx[np.argsort(rows, kind="stable")]
    ends = np.cumsum(np.bincount(rows, minlength=len(stage.moves))).tolist()
    starts = [0, *ends]
    parts = zip(stage.moves, starts, ends, strict=False)
    return [(move, ordered[start:end]) for move, start, end in parts if end > start]


def still(worlds: Worlds, actor: int, move: Move, idx: Index) -> Mask:
    """Whether the actor can make a move now, in the runs idx."""
    test = EFFECTS[move.effect].available
    return np.ones(idx.shape, dtype=np.bool_) if test is None else test(worlds, actor, move, idx)


def make_joint(
    scene: Scene, name: str, idx: Index, day: int, subjects: Mapping[str, Index] | None = None
) -> None:
    """Let both sides do something together in the runs idx; its weight counts once a side.

    `subjects` says what it is about, each subject in its own runs.
    """
    worlds = scene.worlds
    stage: Stage = worlds.stage
    move = stage.joint[name]
    if not idx.size:
        return
    worlds.flow[idx] += np.float32(2 * move.weight)
    if day > stage.known_day:
        worlds.cooperative_week[idx] |= move.cooperative
        worlds.joint_counts[move.index, idx] += 1
    for actor in range(len(stage.actors)):
        feel(worlds, actor, move.weight * move.felt, idx, day)
        worlds.conceded[actor, idx] += np.float32(move.concession)
    if move.effect == "agree":
        agree(scene, idx, day)
    about = {None: idx} if subjects is None else subjects
    for subject, runs in about.items():
        scene.record.happened(name, None, runs, day, subject, 2 * move.weight)


def sign(scene: Scene, idx: Index, issue: npt.NDArray[np.int8], day: int, arms: Mask) -> None:
    """An agreement in the runs idx, each on its issue; on arms it changes the treaty register.

    Parameters
    ----------
    issue : int8, like idx
    arms : bool, (issues,)
    """
    names = scene.worlds.stage.issues
    subjects = {name: idx[issue == number] for number, name in enumerate(names)}
    make_joint(scene, "agreement", idx, day, subjects)
    on_arms = idx[arms[issue]]
    if on_arms.size:
        due = scene.later("talks.ratification", on_arms, day)
        arms_text_signed(scene.worlds, scene.record, on_arms, due, day)
