"""How moves are made: one way in for unilateral moves, one for joint ones; what both then feel.

`Deeds` sorts an actor's moves of a day by class. The other side perceives them (`observe`): memory,
debts, beliefs.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Bytes, Floats, Integers
from relsim.processes.effects import EFFECTS, Detail, Scene
from relsim.processes.treaties import arms_text_signed
from relsim.worlds.clock import day_after
from relsim.worlds.parameters import at
from relsim.worlds.record import Values
from relsim.worlds.stage import Move, Stage
from relsim.worlds.worlds import Worlds

Number = TypeVar("Number", bound=np.generic)


class Deeds:
    """Moves of one actor on one day: move rows[k] in run idx[k].

    They are sorted by class, then by move, then by run: each class and each move is a slice.

    Parameters
    ----------
    stage : Stage
    rows : int8, (movers,)
    idx : int64, (movers,)
        Columns in rising order, each once.

    Attributes
    ----------
    runs : int64, (movers,)
    by_move : list of (Move, int64 array)
        The moves that are made, as the catalogue orders them, each with its runs in rising order.
    places : list of slice
        Where the runs of each of these moves stand in `runs`.
    strong, hostile, cooperative, neutral, lasting : slice
        Of `runs`: strong hostile moves, all hostile ones, cooperative ones, those that take no
        side, those that do.
    """

    def __init__(self, stage: Stage, rows: Bytes, idx: Integers) -> None:
        self._stage, table = stage, stage.table
        place = table.place[rows]
        self.runs: Integers = idx[np.argsort(place, kind="stable")]
        self._counts = np.bincount(place, minlength=len(stage.moves))
        ends = [0, *np.cumsum(self._counts).tolist()]
        spans = [slice(ends[place], ends[place + 1]) for place in table.place.tolist()]
        made = [(move, s) for move, s in zip(stage.moves, spans, strict=True) if s.start < s.stop]
        self.places = [place for _, place in made]
        self.by_move: list[tuple[Move, Integers]] = [
            (move, self.runs[place]) for move, place in made
        ]
        strong, hostile, lasting = ends[table.strong], ends[table.hostile], ends[table.lasting]
        self.strong, self.hostile = slice(0, strong), slice(0, hostile)
        self.cooperative, self.neutral = slice(hostile, lasting), slice(lasting, None)
        self.lasting = slice(0, lasting)

    def each(self, column: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """What a column of the table of moves says of each of the `runs`."""
        return np.repeat(column, self._counts)

    def only(self, kept: Booleans) -> "Deeds":
        """Those of these moves that are kept, by their places in `runs`."""
        return Deeds(self._stage, self.each(self._stage.table.row)[kept], self.runs[kept])


def feel(worlds: Worlds, actor: int, weight: float | Floats, idx: Integers, day: int) -> None:
    """Add a signed Goldstein weight to what `actor` remembers, in the runs idx.

    Memories are kept as of the actor's last review, so what comes some days later enters larger
    by as much as it will fade too far: at the next review it has its exact age.
    """
    if not idx.size:
        return
    left = at(worlds.memory_left(actor, day - worlds.reviewed[actor]), idx)
    amount = np.asarray(weight, dtype=np.float32) / left
    for memory, felt in ((worlds.hostility[actor], -amount), (worlds.goodwill[actor], amount)):
        if not felt.max() <= 0:  # most often all are of one sign; NaN goes on
            memory[idx] += np.maximum(felt, 0)


def weigh_replies(worlds: Worlds, observer: int, deeds: Deeds, day: int) -> None:
    """Count moves of the other as evidence on whether cooperation is reciprocated.

    Only within the window after an own cooperative move: a cooperative reply for, a strong
    hostile one against, a treaty exit twice against (model page: beliefs).
    """
    window, trials = worlds.trust_window[observer], deeds.each(worlds.stage.table.trials)
    for side, evidence in enumerate((deeds.cooperative, deeds.strong)):
        idx = deeds.runs[evidence]
        watched = np.flatnonzero(window[idx] >= day)
        add_trust(worlds, observer, side, trials[evidence][watched], idx[watched])


def add_trust(
    worlds: Worlds, actor: int, side: int, trials: Floats | Integers, idx: Integers
) -> None:
    """Add trials to the belief in reciprocated cooperation: side 0 for it, 1 against it."""
    name = worlds.stage.actors[actor]
    rate = at(worlds.parameters[f"actors.{name}.trust_rate"], idx)
    belief = worlds.trust_belief[actor, side]
    belief[idx] += rate * np.asarray(trials, dtype=np.float32)


def open_window(worlds: Worlds, actor: int, idx: Integers, day: int) -> None:
    """Start to watch for replies to an own cooperative move."""
    name = worlds.stage.actors[actor]
    weeks = at(worlds.parameters[f"actors.{name}.trust_window"], idx)
    worlds.trust_window[actor][idx] = day_after(day, weeks)


def settle_debts(worlds: Worlds, actor: int, deeds: Deeds) -> list[tuple[Move, Integers]]:
    """Moves of a kind that is answered in kind either pay a debt or open one; return the answers.

    A provoked move (own debt above one half) clears it and opens none: without this rule
    answers would breed answers.
    """
    answers = []
    own, other = worlds.debt[actor], worlds.debt[worlds.stage.opponent(actor)]
    for move, idx in deeds.by_move:
        if move.answered >= 0:
            provoked = own[move.answered][idx] > 0.5
            own[move.answered][idx[provoked]] = 0
            other[move.answered][idx[~provoked]] = 1
            answers.append((move, idx[provoked]))
    return answers


def stand(worlds: Worlds, actor: int, deeds: Deeds, day: int) -> None:
    """Let hostile and cooperative moves stand as the actor's latest; count unanswered offers.

    Cooperative moves that the two make on one day answer each other.
    """
    stage, other = worlds.stage, worlds.stage.opponent(actor)
    warm = deeds.runs[deeds.cooperative]
    met = worlds.last_day[other][warm] == day
    met &= stage.is_cooperative[worlds.last_move[other][warm]]
    worlds.unanswered[other][warm] = 0
    offers = worlds.unanswered[actor]
    offers[warm] = np.where(met, 0, offers[warm] + 1)
    lasting = deeds.runs[deeds.lasting]
    worlds.last_move[actor][lasting] = deeds.each(stage.table.row)[deeds.lasting]
    worlds.last_day[actor][lasting] = day


def observe(worlds: Worlds, actor: int, deeds: Deeds, day: int) -> None:
    """Let the other side perceive unilateral moves of `actor`."""
    other, weight = worlds.stage.opponent(actor), deeds.each(worlds.stage.table.weight)
    for side in (deeds.hostile, deeds.cooperative, deeds.neutral):
        feel(worlds, other, weight[side], deeds.runs[side], day)
    weigh_replies(worlds, other, deeds, day)
    open_window(worlds, actor, deeds.runs[deeds.cooperative], day)
    stand(worlds, actor, deeds, day)


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
    answers = settle_debts(worlds, actor, deeds)
    name, happened = worlds.stage.actors[actor], scene.record.happened
    for move, idx in deeds.by_move:
        p = None if probabilities is None else probabilities[move.index]
        for subject, runs, value in details.get(move.index) or ((None, idx, None),):
            happened(move.name, name, runs, day, subject, move.weight, p, drivers, value)
    for joint in worlds.stage.mutual:
        for move, idx in answers:
            if joint.includes == move.index:  # answered in kind: both have done it
                count_joint(worlds, joint, idx, day)
                happened(joint.name, None, idx, day)


def make_move(scene: Scene, actor: int, move: Move, idx: Integers, day: int) -> None:
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
    left = worlds.momentum_left(actor, day - worlds.reviewed[actor])
    if left is not None:  # of its exact age at the next review, as memories are
        hostile, recent = deeds.runs[deeds.hostile], worlds.own_hostile[actor]
        recent[hostile] += 1 / at(left, hostile)
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
    idx: Integers,
    day: int,
    subjects: Mapping[str, Integers] | None = None,
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
    count_joint(worlds, move, idx, day)
    if name == "summit":
        worlds.met_of_late[idx] += 1
    for actor, party in enumerate(stage.actors):
        feel(worlds, actor, move.weight * move.felt, idx, day)
        if move.concession:
            conceded = worlds.conceded[actor]
            conceded[idx] += np.float32(move.concession)
        if move.includes >= 0:  # its weight is in that of the joint move
            own = stage.moves[move.includes]
            if day >= stage.count_day:
                made = worlds.move_counts[actor, own.index]
                made[idx] += 1
            scene.record.happened(own.name, party, idx, day)
    if move.effect == "agree":
        agree(scene, idx, day)
    about = {None: idx} if subjects is None else subjects
    for subject, runs in about.items():
        scene.record.happened(name, None, runs, day, subject, 2 * move.weight, value=value)


def count_joint(worlds: Worlds, move: Move, idx: Integers, day: int) -> None:
    """Enter a joint move into the counts of what was done so far."""
    if day >= worlds.stage.count_day:
        made = worlds.joint_counts[move.index]
        made[idx] += 1


def sign(
    scene: Scene, idx: Integers, issue: Bytes, day: int, arms: Booleans, uniforms: Floats
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


def agree(scene: Scene, idx: Integers, day: int) -> None:
    """A signed text: evidence for both that cooperation is reciprocated."""
    for actor in range(len(scene.worlds.stage.actors)):
        add_trust(scene.worlds, actor, 0, scene.parameter("talks.agreement_trials", idx), idx)
