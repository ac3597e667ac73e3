"""Strategies over two moves, cooperate and defect, and how they play a catalogue of many.

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

from collections.abc import Mapping

import numpy as np

from relsim.array_types import Booleans, Floats
from relsim.rules.logit import LARGEST
from relsim.rules.view import View

HOSTILE = ("hostile", "strong_hostile")
COOPERATIVE = ("cooperative",)


def rows_of(view: View, kinds: tuple[str, ...]) -> Booleans:
    """Which moves are of these classes, shape (moves,)."""
    return np.array([kind in kinds for kind in view.kinds])


def stands_hostile(view: View) -> tuple[Booleans, Booleans]:
    """Whether the own latest move, and the opponent's, is hostile; each of shape (runs,).

    While a side has made no move it counts as one that cooperates: these strategies are nice.
    """
    hostile = rows_of(view, HOSTILE)
    return hostile[view.own_last], hostile[view.last_of_opponent]


def play(
    view: View,
    cooperates: Floats,
    acts: Booleans | bool = True,
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


Chances = tuple[float, float, float, float]


def memory_one(
    view: View,
    parameters: Mapping[str, Floats],
    chances: Chances,
    error: float = 0.0,
    pure: bool = False,
) -> Floats:
    """Cooperate with a chance that hangs on what stands: the own latest move and the other's.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.
    chances : four floats
        Chance to cooperate after (own, other's) = (C, C), (C, D), (D, C), (D, D).
    error, pure
        See `play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Nowak & Sigmund 1993, Nature 364:56-58. The long run of two such strategies is the stationary
    vector of a chain of four states.
    """
    own, other = stands_hostile(view)
    cooperates = np.array(chances, dtype=np.float32)[2 * own + other]
    return play(view, cooperates, error=error, pure=pure)


def tit_for_tat(
    view: View, parameters: Mapping[str, Floats], error: float = 0.0, pure: bool = False
) -> Floats:
    """Do as the other did last: cooperative after cooperative, hostile after hostile.

    Never the first to be hostile. With any error at all, two of them end up cooperating half of
    the time.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.
    error, pure
        See `play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Axelrod 1984, The Evolution of Cooperation; Axelrod & Hamilton 1981, Science 211:1390-1396.
    """
    return memory_one(view, parameters, (1, 0, 1, 0), error, pure)


# min(1 - (T - R) / (R - S), (R - P) / (T - P)) for Axelrod's payoffs T, R, P, S = 5, 3, 1, 0.
GENEROSITY = 1 / 3


def generous_tit_for_tat(
    view: View,
    parameters: Mapping[str, Floats],
    generosity: float = GENEROSITY,
    error: float = 0.0,
    pure: bool = False,
) -> Floats:
    """Answer cooperation in kind, and forgive one hostile move in three.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.
    generosity : float
        Chance to cooperate after a hostile move of the other; 0 is tit for tat. The default is
        the most generous that cannot be exploited in Axelrod's game.
    error, pure
        See `play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Nowak & Sigmund 1992, Nature 355:250-253; Molander 1985, Journal of Conflict Resolution
    29:611-618 (the generosity).
    """
    return memory_one(view, parameters, (1, generosity, 1, generosity), error, pure)


def win_stay_lose_shift(
    view: View, parameters: Mapping[str, Floats], error: float = 0.0, pure: bool = False
) -> Floats:
    """Go on as before while the other cooperates, change course when it is hostile.

    Also called Pavlov. It mends a single error, and exploits a side that never answers.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.
    error, pure
        See `play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Nowak & Sigmund 1993, Nature 364:56-58.
    """
    return memory_one(view, parameters, (1, 0, 0, 1), error, pure)


# Series in the field and in the laboratory had 3 to 6 steps (Etzioni 1967; Lindskold 1978).
STEPS = 4


def grit(
    view: View,
    parameters: Mapping[str, Floats],
    steps: int = STEPS,
    error: float = 0.0,
    pure: bool = False,
) -> Floats:
    """Make a series of conciliatory steps, whether or not each is answered.

    1. A hostile move of the other is answered by one hostile move, so that the initiative cannot
       be exploited; then the series goes on where it was.
    2. Otherwise the next step is made. A cooperative move of the other begins the series anew.
    3. After `steps` steps without a cooperative answer the actor waits for one.

    Parameters
    ----------
    view : View
        What the actor sees.
    parameters : mapping
        Not read.
    steps : int
        Length of the series.
    error, pure
        See `play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Osgood 1962, An Alternative to War or Surrender; Etzioni 1967, Western Political Quarterly
    20:361-380 (the Kennedy experiment); Lindskold 1978, Psychological Bulletin 85:772-793.
    """
    _, other = stands_hostile(view)
    # Moves of one day were chosen on the same past: neither answers the other.
    provoked = other & (view.last_day_of_opponent >= view.own_last_day)
    willing = view.unanswered < steps
    cooperates = (~provoked).astype("float32")
    return play(view, cooperates, provoked | willing, error, pure)
