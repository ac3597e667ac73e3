"""How moves are made: the one way in for unilateral moves, and the one for joint ones."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from relsim.processes.effects import EFFECTS, Floats, Index, Mask, Scene
from relsim.processes.perception import Rows, add_trust, feel, observe, settle_debts
from relsim.processes.treaties import arms_text_signed
from relsim.worlds.stage import Move, Stage
from relsim.worlds.worlds import Worlds


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


def sign(
    scene: Scene, idx: Index, issue: npt.NDArray[np.int8], day: int, arms: Mask, luck: Floats
) -> None:
    """An agreement in the runs idx, each on its issue; on arms it changes the treaty register.

    Parameters
    ----------
    issue : int8, like idx
    arms : bool, (issues,)
    luck : float32, like idx
        Uniforms: whether a text on arms saves treaties under notice.
    """
    names = scene.worlds.stage.issues
    subjects = {name: idx[issue == number] for number, name in enumerate(names)}
    make_joint(scene, "agreement", idx, day, subjects)
    of_arms = arms[issue]
    on_arms = idx[of_arms]
    if on_arms.size:
        due = scene.later("talks.ratification", on_arms, day)
        arms_text_signed(scene.worlds, scene.record, on_arms, due, day, luck[of_arms])


def agree(scene: Scene, idx: Index, day: int) -> None:
    """A signed text: evidence for both that cooperation is reciprocated."""
    for actor in range(len(scene.worlds.stage.actors)):
        add_trust(scene.worlds, actor, 0, scene.parameter("talks.agreement_trials", idx), idx)
