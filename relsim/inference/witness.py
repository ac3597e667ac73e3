"""A witness of an actor's reviews: the rule as it is, and beside it what it saw in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from relsim.rules.several import chances_of_review, makes_several
from relsim.rules.view import Floats, Rule, View

__all__ = ["Review", "Witness"]


@dataclass(frozen=True)
class Review:
    """What an actor had before it in one run, on one day.

    Attributes
    ----------
    day : int
    available : dict of move to float
        Moves it could make, with their log-odds against hold at the reference state.
    probabilities : dict of move to float
        The chance that the review saw each of them, once at least; of hold, that it saw none.
    routine : dict of move to float
        The same chances at the reference state.
    drivers : dict of driver to float
        Log-odds from the reference state.
    expresses : dict of move to tuple of float
        How far each of the available moves expresses the drivers, in their order.
    urges : dict of move to float
        Log-odds that unanswered moves of the same kind added.
    """

    day: int
    available: Mapping[str, float]
    probabilities: Mapping[str, float]
    routine: Mapping[str, float]
    drivers: Mapping[str, float]
    expresses: Mapping[str, tuple[float, ...]]
    urges: Mapping[str, float]


@dataclass(frozen=True)
class Witness:
    """An actor's rule that also notes each review of one column of the chunk."""

    rule: Rule
    column: int
    drivers: tuple[str, ...]
    seen: dict[int, Review] = field(default_factory=dict)

    @property
    def several_moves(self) -> bool:
        """Whether the rule is marked so: what the engine asks of each rule."""
        return makes_several(self.rule)

    def __call__(self, view: View, parameters: Mapping[str, Floats]) -> Floats:
        """Choose as the rule does."""
        run, p = self.column, self.rule(view, parameters)
        if getattr(p, "shape", None) != view.available.shape:
            return p  # the engine says what is wrong with it
        routine = view.routine[:, run if view.routine.shape[1] > 1 else 0]
        usual = np.exp(routine) * view.available[:, run]
        told = np.stack([p[:, run], usual / usual.sum()], axis=1)
        chances, routine_chances = (chances_of_review(told) if self.several_moves else told).T
        rows = [row for row, can in enumerate(view.available[:, run]) if can]
        self.seen[view.day] = Review(
            day=view.day,
            available={view.moves[row]: float(routine[row]) for row in rows},
            probabilities={view.moves[row]: float(chances[row]) for row in rows},
            routine={view.moves[row]: float(routine_chances[row]) for row in rows},
            drivers=dict(zip(self.drivers, map(float, view.drivers[:, run]), strict=True)),
            expresses={view.moves[row]: tuple(view.expresses[row].tolist()) for row in rows},
            urges={view.moves[row]: float(urge[run]) for row, urge in view.urges.items()},
        )
        return p
