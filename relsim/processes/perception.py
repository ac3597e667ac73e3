"""What an actor feels and learns when the other moves: memory, debts, beliefs."""

import numpy as np
import numpy.typing as npt

from relsim.worlds.clock import WEEK, day_after
from relsim.worlds.parameters import Floats, keep
from relsim.worlds.stage import NEUTRAL, Move
from relsim.worlds.worlds import Worlds

Index = npt.NDArray[np.int64]


def at(parameter: Floats, idx: Index) -> Floats:
    """A parameter's values in the runs idx (a scalar where all runs share it)."""
    return parameter[idx] if parameter.ndim else parameter


def feel(worlds: Worlds, actor: int, weight: float | Floats, idx: Index, day: int) -> None:
    """Add a signed Goldstein weight to what `actor` remembers, in the runs idx.

    Memories are kept as of the actor's last review, so what comes some days later enters larger
    by as much as it will fade too far: at the next review it has its exact age.
    """
    name = worlds.stage.actors[actor]
    half_life = at(worlds.parameters[f"actors.{name}.memory_half_life"], idx)
    weeks = (day - worlds.reviewed[actor]) / WEEK
    amount = np.asarray(weight, dtype=np.float32) / keep(half_life, weeks)
    worlds.hostility[actor, idx] += np.maximum(-amount, 0)
    worlds.goodwill[actor, idx] += np.maximum(amount, 0)


def weigh_reply(worlds: Worlds, observer: int, move: Move, idx: Index, day: int) -> None:
    """Count a move of the other as evidence on whether cooperation is reciprocated.

    Only within the window after an own cooperative move: a cooperative reply for, a strong
    hostile one against, a treaty exit twice against (model page: beliefs).
    """
    if not (move.cooperative or move.strong):
        return
    window = idx[worlds.trust_window[observer, idx] >= day]
    trials = 2.0 if move.treaty >= 0 else 1.0
    add_trust(worlds, observer, 0 if move.cooperative else 1, trials, window)


def add_trust(worlds: Worlds, actor: int, side: int, trials: float | Floats, idx: Index) -> None:
    """Add trials to the belief in reciprocated cooperation: side 0 for it, 1 against it."""
    name = worlds.stage.actors[actor]
    rate = at(worlds.parameters[f"actors.{name}.trust_rate"], idx)
    worlds.trust_belief[actor, side, idx] += rate * np.asarray(trials, dtype=np.float32)


def open_window(worlds: Worlds, actor: int, idx: Index, day: int) -> None:
    """Start to watch for replies to an own cooperative move."""
    name = worlds.stage.actors[actor]
    weeks = at(worlds.parameters[f"actors.{name}.trust_window"], idx)
    worlds.trust_window[actor, idx] = day_after(day, weeks)


def settle_debts(worlds: Worlds, actor: int, move: Move, idx: Index) -> None:
    """A move of a kind that is answered in kind either pays a debt or opens one.

    A provoked move (own debt above one half) clears it and opens none: without this rule
    answers would breed answers.
    """
    if move.answered < 0:
        return
    provoked = worlds.debt[actor, move.answered, idx] > 0.5
    worlds.debt[actor, move.answered, idx[provoked]] = 0
    worlds.debt[worlds.stage.opponent(actor), move.answered, idx[~provoked]] = 1


def stand(worlds: Worlds, actor: int, move: Move, idx: Index, day: int) -> None:
    """Let a hostile or cooperative move stand as the actor's latest; count unanswered offers.

    Cooperative moves that the two make on one day answer each other.
    """
    if move.kind == NEUTRAL:
        return
    if move.cooperative:
        other = worlds.stage.opponent(actor)
        warm = np.array([move.cooperative for move in worlds.stage.moves])
        met = (worlds.last_day[other, idx] == day) & warm[worlds.last_move[other, idx]]
        worlds.unanswered[other, idx] = 0
        worlds.unanswered[actor, idx] = np.where(met, 0, worlds.unanswered[actor, idx] + 1)
    worlds.last_move[actor, idx] = move.index
    worlds.last_day[actor, idx] = day


def observe(worlds: Worlds, actor: int, move: Move, idx: Index, day: int) -> None:
    """Let the other side perceive a unilateral move of `actor` in the runs idx."""
    other = worlds.stage.opponent(actor)
    feel(worlds, other, move.weight, idx, day)
    weigh_reply(worlds, other, move, idx, day)
    if move.cooperative:
        open_window(worlds, actor, idx, day)
    stand(worlds, actor, move, idx, day)
