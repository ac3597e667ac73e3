"""Graduated and reciprocated initiatives in tension reduction (GRIT)."""

from collections.abc import Mapping

from relsim.rules.intent import play, stands_hostile
from relsim.rules.view import Floats, View

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
        See `relsim.rules.intent.play`.

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
