"""Win stay, lose shift."""

from collections.abc import Mapping

from relsim.rules.memory_one import memory_one
from relsim.rules.view import Floats, View


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
        See `relsim.rules.intent.play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Nowak & Sigmund 1993, Nature 364:56-58.
    """
    return memory_one(view, parameters, (1, 0, 0, 1), error, pure)
