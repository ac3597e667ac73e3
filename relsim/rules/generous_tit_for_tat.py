"""Generous tit for tat."""

from collections.abc import Mapping

from relsim.rules.memory_one import memory_one
from relsim.rules.view import Floats, View

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
        See `relsim.rules.intent.play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Nowak & Sigmund 1992, Nature 355:250-253; Molander 1985, Journal of Conflict Resolution
    29:611-618 (the generosity).
    """
    return memory_one(view, parameters, (1, generosity, 1, generosity), error, pure)
