"""What a rule sees: one actor's view of all runs on one day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """What an actor knows when it chooses; arrays have the runs on the last axis.

    Attributes
    ----------
    actor, opponent : str
    day : int
        Days since the start of the term.
    moves : tuple of str
        The catalogue's unilateral moves, hold first: the rows of what a rule returns.
    available : bool, (moves, runs)
    routine : float32, (moves, 1) or (moves, runs)
        Log-odds of each move against hold at the reference state.
    expresses : float32, (moves, 4)
        W: how far each move expresses each driver.
    drivers : float32, (4, runs)
        Pressure, engagement, retaliation, reciprocation, in log-odds from the reference.
    urges : mapping of move row to float32 (runs,)
        Log-odds that unanswered moves of the same kind add.
    pressure_works, trust : float32, (runs,)
        Means of the actor's beliefs.
    hostility, goodwill : float32, (runs,)
        What it remembers of the other's moves, in Goldstein points.
    last_of_opponent : int8, (runs,)
        Row of the opponent's latest move (hold while there was none).
    """

    actor: str
    opponent: str
    day: int
    moves: tuple[str, ...]
    available: npt.NDArray[np.bool_]
    routine: Floats
    expresses: Floats
    drivers: Floats
    urges: Mapping[int, Floats]
    pressure_works: Floats
    trust: Floats
    hostility: Floats
    goodwill: Floats
    last_of_opponent: npt.NDArray[np.int8]


Rule = Callable[[View, Mapping[str, Floats]], Floats]
