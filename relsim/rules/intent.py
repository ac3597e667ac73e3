"""How a strategy over two moves, cooperate and defect, plays a catalogue of many.

A move is one or the other by its class: cooperative, or hostile and strong hostile alike. Most
weeks nothing salient is done, and then the latest move of each side stands: a strategy answers
what stands. Moves that both make together do not count, nor do neutral ones.

A strategy says with what chance an actor's next salient move is cooperative. *When* it acts is
left to the routine: at a review it acts with chance A, the number of moves that its routine rates
let expect in one review interval, over all moves that it could make now (at most 1). So it moves as
often as its routine says, holds in most weeks, and its rates a year do not hang on its review
interval, as long as it reviews more often than it acts. *Which* move it makes of the class that it
intends goes in proportion to routine rates. If it can make none of that class, it holds. So a
strategy changes the mix of an actor's moves and not their number, and the sequence of its salient
moves is the strategy's own. A `pure` strategy acts at every review.
"""

import numpy as np

from relsim.rules.logit import LARGEST
from relsim.rules.view import Flags, Floats, View

HOSTILE = ("hostile", "strong_hostile")
COOPERATIVE = ("cooperative",)


def rows_of(view: View, kinds: tuple[str, ...]) -> Flags:
    """Which moves are of these classes, shape (moves,)."""
    return np.array([kind in kinds for kind in view.kinds])


def stands_hostile(view: View) -> tuple[Flags, Flags]:
    """Whether the own latest move, and the opponent's, is hostile; each of shape (runs,).

    While a side has made no move it counts as one that cooperates: these strategies are nice.
    """
    hostile = rows_of(view, HOSTILE)
    return hostile[view.own_last], hostile[view.last_of_opponent]


def play(
    view: View,
    cooperates: Floats,
    acts: Flags | bool = True,
    error: float = 0.0,
    pure: bool = False,
) -> Floats:
    """Turn a chance to cooperate into probabilities of moves.

    p(m) = min(A, 1) · x · n(m) / N for a cooperative move, and likewise with 1 - x for a hostile
    one; n(m) is the expected number of such moves in one review interval at the routine rate, 0
    where the move is unavailable, N their sum in the class, A in both classes (1 if pure). What is
    left is hold.

    Parameters
    ----------
    view : View
        What the actor sees.
    cooperates : float32, (runs,)
        Chance x that the next move is meant to be cooperative.
    acts : bool, (runs,)
        Where False, the actor waits: it holds.
    error : float
        Chance that a move turns out as the opposite of what was meant: x becomes
        x (1 - 2 error) + error (Nowak & Sigmund 1992, Nature 355:250-253).
    pure : bool
        Act at every review, as the players of a repeated game do.

    Returns
    -------
    float32, (moves, runs)
    """
    x = cooperates * np.float32(1 - 2 * error) + np.float32(error)
    expected = np.exp(np.minimum(view.routine, LARGEST)) * view.available
    classes = [(rows_of(view, COOPERATIVE), x), (rows_of(view, HOSTILE), 1 - x)]
    sums = [expected[rows].sum(axis=0) for rows, _ in classes]
    acting = np.float32(1) if pure else np.minimum(sums[0] + sums[1], 1)
    acting = acting * acts
    p = np.zeros(view.available.shape, dtype=np.float32)
    for (rows, meant), of_class in zip(classes, sums, strict=True):
        possible = of_class > 0
        chance = np.where(possible, acting * meant, 0)
        p[rows] = chance * (expected[rows] / np.where(possible, of_class, 1))
        p[0] += chance
    p[0] = np.maximum(1 - p[0], 0)
    return p
