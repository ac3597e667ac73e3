"""How moves are made: the one way in for unilateral moves, and the one for joint ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from relsim.processes.deeds import Deeds
from relsim.processes.effects import EFFECTS, Detail, Floats, Index, Mask, Scene
from relsim.processes.perception import add_trust, feel, observe, settle_debts
from relsim.processes.treaties import arms_text_signed
from relsim.worlds.record import Values
from relsim.worlds.stage import Move, Stage
from relsim.worlds.worlds import Worlds


def make_moves(
    scene: Scene,
    actor: int,
    deeds: Deeds,
    day: int,
    probabilities: Floats | None = None,
    drivers: Floats | None = None,
) -> None:
    """Let `actor` make its moves of a day: the one way in for unilateral moves.

    Parameters
    ----------
    scene : Scene
        Worlds and record of the runs.
    actor : int
        Number of the mover.
    deeds : Deeds
        Its moves of the day, in the runs that make one.
    day : int
        Day of the term.
    probabilities, drivers : float32, (moves, runs) and (4, runs), optional
        What the mover's rule gave and saw, for the log.
    """
    worlds = scene.worlds
    if not deeds.runs.size:
        return
    count(worlds, actor, deeds, day)
    observe(worlds, actor, deeds, day)
    details: dict[int, Sequence[Detail] | None] = {}
    for move, idx in deeds.by_move:
        apply = EFFECTS[move.effect].apply
        if apply is not None:
            details[move.index] = apply(scene, actor, move, idx, day)
    settle_debts(worlds, actor, deeds)
    name, happened = worlds.stage.actors[actor], scene.record.happened
    for move, idx in deeds.by_move:
        p = None if probabilities is None else probabilities[move.index]
        for subject, runs, value in details.get(move.index) or ((None, idx, None),):
            happened(move.name, name, runs, day, subject, move.weight, p, drivers, value)


def make_move(scene: Scene, actor: int, move: Move, idx: Index, day: int) -> None:
    """Let `actor` make one move in all of the runs idx in which it can."""
    deeds = Deeds(scene.worlds.stage, np.full(idx.size, move.index, dtype=np.int8), idx)
    make_moves(scene, actor, still_possible(scene.worlds, actor, deeds), day)


def still_possible(worlds: Worlds, actor: int, deeds: Deeds) -> Deeds:
    """Leave out moves whose object went away earlier on the day (both ended the talks)."""
    kept = np.ones(deeds.runs.size, dtype=np.bool_)
    for (move, idx), place in zip(deeds.by_move, deeds.places, strict=True):
        test = EFFECTS[move.effect].available
        if test is not None:
            kept[place] = test(worlds, actor, move, idx)
    return deeds if kept.all() else deeds.only(kept)


def count(worlds: Worlds, actor: int, deeds: Deeds, day: int) -> None:
    """Enter moves into the week's record, and into the counts of what was done so far."""
    stage = worlds.stage
    worlds.flow[deeds.runs] += deeds.each(stage.table.weight)
    strong, cooperative = deeds.runs[deeds.strong], deeds.runs[deeds.cooperative]
    worlds.strong_of[actor][strong] += 1
    conceded = worlds.conceded[stage.opponent(actor)]
    for move, idx in deeds.by_move:
        if move.concession:
            conceded[idx] += np.float32(move.concession)
    if day >= stage.count_day:
        worlds.strong_week[strong] = True
        worlds.cooperative_week[cooperative] = True
        for move, idx in deeds.by_move:
            made = worlds.move_counts[actor, move.index]
            made[idx] += 1


def make_joint(
    scene: Scene,
    name: str,
    idx: Index,
    day: int,
    subjects: Mapping[str, Index] | None = None,
    value: Values | None = None,
) -> None:
    """Let both sides do something together in the runs idx; its weight counts once a side.

    `subjects` says what it is about, each subject in its own runs; `value` is a number for the
    log, of the runs idx, where there are no subjects.
    """
    worlds = scene.worlds
    stage: Stage = worlds.stage
    move = stage.joint[name]
    if not idx.size:
        return
    worlds.flow[idx] += np.float32(2 * move.weight)
    if day >= stage.count_day:
        worlds.cooperative_week[idx] |= move.cooperative
        met = worlds.joint_counts[move.index]
        met[idx] += 1
    for actor in range(len(stage.actors)):
        feel(worlds, actor, move.weight * move.felt, idx, day)
        if move.concession:
            conceded = worlds.conceded[actor]
            conceded[idx] += np.float32(move.concession)
    if move.effect == "agree":
        agree(scene, idx, day)
    about = {None: idx} if subjects is None else subjects
    for subject, runs in about.items():
        scene.record.happened(name, None, runs, day, subject, 2 * move.weight, value=value)


def sign(
    scene: Scene, idx: Index, issue: npt.NDArray[np.int8], day: int, arms: Mask, uniforms: Floats
) -> None:
    """An agreement in the runs idx, each on its issue; on arms it changes the treaty register.

    Parameters
    ----------
    scene : Scene
        Worlds and record of the runs.
    idx : int64, (n,)
        The runs that sign.
    issue : int8, like idx
        Number of the issue of each.
    day : int
        Day of the term.
    arms : bool, (issues,)
        Whether an issue is one of arms.
    uniforms : float32, like idx
        Uniforms: whether a text on arms saves treaties under notice.
    """
    names = scene.worlds.stage.issues
    subjects = {name: idx[issue == number] for number, name in enumerate(names)}
    make_joint(scene, "agreement", idx, day, subjects)
    of_arms = arms[issue]
    on_arms = idx[of_arms]
    if on_arms.size:
        due = scene.later("talks.ratification", on_arms, day)
        arms_text_signed(scene.worlds, scene.record, on_arms, due, day, uniforms[of_arms])


def agree(scene: Scene, idx: Index, day: int) -> None:
    """A signed text: evidence for both that cooperation is reciprocated."""
    for actor in range(len(scene.worlds.stage.actors)):
        add_trust(scene.worlds, actor, 0, scene.parameter("talks.agreement_trials", idx), idx)
