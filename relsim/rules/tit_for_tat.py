"""Tit for tat."""

from collections.abc import Mapping

from relsim.rules.memory_one import memory_one
from relsim.rules.view import Floats, View


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
        See `relsim.rules.intent.play`.

    Returns
    -------
    float32, (moves, runs)

    References
    ----------
    Axelrod 1984, The Evolution of Cooperation; Axelrod & Hamilton 1981, Science 211:1390-1396.
    """
    return memory_one(view, parameters, (1, 0, 1, 0), error, pure)
