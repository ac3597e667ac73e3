"""What a rule sees: one actor's view of some runs on one day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from relsim.array_types import Booleans, Bytes, Floats, Shorts


@dataclass(frozen=True)
class View:
    """What an actor knows when it chooses; arrays have the runs on the last axis.

    The arrays cannot be written to: some of them are the engine's own.

    Attributes
    ----------
    actor, opponent : str
    day : int
        Days since the start of the term.
    moves : tuple of str
        The catalogue's unilateral moves, hold first: the rows of what a rule returns.
    kinds : tuple of str
        The class of each move: strong_hostile, hostile, neutral (as hold is) or cooperative.
    available : bool, (moves, runs)
    routine : float32, (moves, 1) or (moves, runs)
        Log-odds of each move against hold at the reference state: its rate a year over the
        number of reviews a year; minus infinity for a rate of zero.
    expresses : float32, (moves, 4)
        W: how far each move expresses each motive.
    drivers : float32, (4, runs)
        Pressure, engagement, retaliation, reciprocation, in log-odds from the reference.
    urges : mapping of move row to float32 (runs,)
        Log-odds that unanswered moves of the same kind add.
    shifts : mapping of move row to float32 (runs,)
        Log-odds that own recent hostile moves add to hostile ones, and recent leaders' meetings
        take from proposing the next; empty where the scenario has neither.
    pressure_works, trust : float32, (runs,)
        Means of the actor's beliefs.
    hostility, goodwill : float32, (runs,)
        What it remembers of the other's moves, in Goldstein points.
    own_last, last_of_opponent : int8, (runs,)
        Row of the latest hostile or cooperative move of each side, which stands until its next
        one (0, hold, while there was none). Meetings and agreements are joint and do not count.
    own_last_day, last_day_of_opponent : int16, (runs,)
        Day of that move; -1 while there was none.
    unanswered : int16, (runs,)
        Own cooperative moves since the opponent's latest one; two of one day answer each other.
    script : tuple of (day, move row)
        Dated moves that the scenario asks of the actor, in order.
    script_done : bool, (entries of the script, runs)
        Which of them it has made.
    """

    actor: str
    opponent: str
    day: int
    moves: tuple[str, ...]
    kinds: tuple[str, ...]
    available: Booleans
    routine: Floats
    expresses: Floats
    drivers: Floats
    urges: Mapping[int, Floats]
    pressure_works: Floats
    trust: Floats
    hostility: Floats
    goodwill: Floats
    own_last: Bytes
    last_of_opponent: Bytes
    own_last_day: Shorts
    last_day_of_opponent: Shorts
    unanswered: Shorts
    script: tuple[tuple[int, int], ...]
    script_done: Booleans
    shifts: Mapping[int, Floats] = field(default_factory=dict)

    def of(self, columns: slice) -> "View":
        """What is seen of some of the runs."""
        seen = {name: getattr(self, name)[..., columns] for name in BY_RUN}
        routine = self.routine if self.routine.shape[1] == 1 else self.routine[:, columns]
        urges = {row: urge[columns] for row, urge in self.urges.items()}
        shifts = {row: shift[columns] for row, shift in self.shifts.items()}
        return replace(self, routine=routine, urges=urges, shifts=shifts, **seen)

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                shown = value.view()
                shown.flags.writeable = False
                object.__setattr__(self, name, shown)


BY_RUN = (
    "available", "drivers", "pressure_works", "trust", "hostility", "goodwill", "own_last",
    "last_of_opponent", "own_last_day", "last_day_of_opponent", "unanswered", "script_done",
)  # fmt: skip
Rule = Callable[[View, Mapping[str, Floats]], Floats]
