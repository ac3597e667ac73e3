"""Strategies that answer the latest move of each side, and nothing else."""

from collections.abc import Mapping

import numpy as np

from relsim.rules.intent import play, stands_hostile
from relsim.rules.view import Floats, View

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
        See `relsim.rules.intent.play`.

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
