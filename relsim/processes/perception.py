"""What an actor feels and learns when the other moves: memory, debts, beliefs."""

import numpy as np
import numpy.typing as npt

from relsim.processes.deeds import Deeds, Index
from relsim.worlds.clock import day_after
from relsim.worlds.parameters import Floats, at
from relsim.worlds.worlds import Worlds


def feel(worlds: Worlds, actor: int, weight: float | Floats, idx: Index, day: int) -> None:
    """Add a signed Goldstein weight to what `actor` remembers, in the runs idx.

    Memories are kept as of the actor's last review, so what comes some days later enters larger
    by as much as it will fade too far: at the next review it has its exact age.
    """
    if not idx.size:
        return
    left = at(worlds.memory_left(actor, day - worlds.reviewed[actor]), idx)
    amount = np.asarray(weight, dtype=np.float32) / left
    for memory, felt in ((worlds.hostility[actor], -amount), (worlds.goodwill[actor], amount)):
        if not felt.max() <= 0:  # most often all are of one sign; what is no number spreads
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
    worlds: Worlds, actor: int, side: int, trials: Floats | npt.NDArray[np.int64], idx: Index
) -> None:
    """Add trials to the belief in reciprocated cooperation: side 0 for it, 1 against it."""
    name = worlds.stage.actors[actor]
    rate = at(worlds.parameters[f"actors.{name}.trust_rate"], idx)
    belief = worlds.trust_belief[actor, side]
    belief[idx] += rate * np.asarray(trials, dtype=np.float32)


def open_window(worlds: Worlds, actor: int, idx: Index, day: int) -> None:
    """Start to watch for replies to an own cooperative move."""
    name = worlds.stage.actors[actor]
    weeks = at(worlds.parameters[f"actors.{name}.trust_window"], idx)
    worlds.trust_window[actor][idx] = day_after(day, weeks)


def settle_debts(worlds: Worlds, actor: int, deeds: Deeds) -> None:
    """Moves of a kind that is answered in kind either pay a debt or open one.

    A provoked move (own debt above one half) clears it and opens none: without this rule
    answers would breed answers.
    """
    own, other = worlds.debt[actor], worlds.debt[worlds.stage.opponent(actor)]
    for move, idx in deeds.by_move:
        if move.answered >= 0:
            provoked = own[move.answered][idx] > 0.5
            own[move.answered][idx[provoked]] = 0
            other[move.answered][idx[~provoked]] = 1


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
