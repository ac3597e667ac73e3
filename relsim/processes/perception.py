"""What an actor feels and learns when the other moves: memory, debts, beliefs."""

import numpy as np
import numpy.typing as npt

from relsim.worlds.clock import day_after
from relsim.worlds.parameters import Floats
from relsim.worlds.worlds import Worlds

Index = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int8]  # which move, for each run of an index


def at(parameter: Floats, idx: Index) -> Floats:
    """A parameter's values in the runs idx (a scalar where all runs share it)."""
    return parameter[idx] if parameter.ndim else parameter


def feel(worlds: Worlds, actor: int, weight: float | Floats, idx: Index, day: int) -> None:
    """Add a signed Goldstein weight to what `actor` remembers, in the runs idx.

    Memories are kept as of the actor's last review, so what comes some days later enters larger
    by as much as it will fade too far: at the next review it has its exact age.
    """
    left = at(worlds.memory_left(actor, day - worlds.reviewed[actor]), idx)
    amount = np.asarray(weight, dtype=np.float32) / left
    worlds.hostility[actor, idx] += np.maximum(-amount, 0)
    worlds.goodwill[actor, idx] += np.maximum(amount, 0)


def weigh_replies(worlds: Worlds, observer: int, rows: Rows, idx: Index, day: int) -> None:
    """Count moves of the other as evidence on whether cooperation is reciprocated.

    Only within the window after an own cooperative move: a cooperative reply for, a strong
    hostile one against, a treaty exit twice against (model page: beliefs).
    """
    table = worlds.stage.table
    watched = np.flatnonzero(worlds.trust_window[observer, idx] >= day)
    rows, idx = rows[watched], idx[watched]
    for side, evidence in enumerate((table.cooperative, table.strong)):
        counts = np.flatnonzero(evidence[rows])
        trials = np.where(table.leaves_treaty[rows[counts]], 2, 1)
        add_trust(worlds, observer, side, trials, idx[counts])


def add_trust(
    worlds: Worlds, actor: int, side: int, trials: Floats | npt.NDArray[np.int64], idx: Index
) -> None:
    """Add trials to the belief in reciprocated cooperation: side 0 for it, 1 against it."""
    name = worlds.stage.actors[actor]
    rate = at(worlds.parameters[f"actors.{name}.trust_rate"], idx)
    worlds.trust_belief[actor, side, idx] += rate * np.asarray(trials, dtype=np.float32)


def open_window(worlds: Worlds, actor: int, idx: Index, day: int) -> None:
    """Start to watch for replies to an own cooperative move."""
    name = worlds.stage.actors[actor]
    weeks = at(worlds.parameters[f"actors.{name}.trust_window"], idx)
    worlds.trust_window[actor, idx] = day_after(day, weeks)


def settle_debts(worlds: Worlds, actor: int, rows: Rows, idx: Index) -> None:
    """Moves of a kind that is answered in kind either pay a debt or open one.

    A provoked move (own debt above one half) clears it and opens none: without this rule
    answers would breed answers.
    """
    kind = worlds.stage.table.answered[rows]
    counts = kind >= 0
    kind, idx = kind[counts], idx[counts]
    provoked = worlds.debt[actor, kind, idx] > 0.5
    worlds.debt[actor, kind[provoked], idx[provoked]] = 0
    worlds.debt[worlds.stage.opponent(actor), kind[~provoked], idx[~provoked]] = 1


def stand(worlds: Worlds, actor: int, rows: Rows, idx: Index, day: int) -> None:
    """Let hostile and cooperative moves stand as the actor's latest; count unanswered offers.

    Cooperative moves that the two make on one day answer each other.
    """
    table, other = worlds.stage.table, worlds.stage.opponent(actor)
    warm = idx[table.cooperative[rows]]
    met = worlds.last_day[other, warm] == day
    met &= table.cooperative[worlds.last_move[other, warm]]
    worlds.unanswered[other, warm] = 0
    worlds.unanswered[actor, warm] = np.where(met, 0, worlds.unanswered[actor, warm] + 1)
    lasting = table.stands[rows]
    worlds.last_move[actor, idx[lasting]] = rows[lasting]
    worlds.last_day[actor, idx[lasting]] = day


def observe(worlds: Worlds, actor: int, rows: Rows, idx: Index, day: int) -> None:
    """Let the other side perceive unilateral moves of `actor`: move rows[k] in run idx[k]."""
    other, table = worlds.stage.opponent(actor), worlds.stage.table
    feel(worlds, other, table.weight[rows], idx, day)
    weigh_replies(worlds, other, rows, idx, day)
    open_window(worlds, actor, idx[table.cooperative[rows]], day)
    stand(worlds, actor, rows, idx, day)
