"""The yoked control: choosing by the belief of another run, that falls as fast for other reasons.

What freezing a belief changes may be due to a lesson that a run draws, or merely to a belief that
falls. A run yoked to another has the second without the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from relsim.rules import Rule, View, logit, several_moves
from relsim.rules.view import Floats
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = ["Belief", "choosing_by", "of_another_run", "yoked"]

# The belief that a run chooses by, from the actor's view and its parameters.
Belief = Callable[[View, Mapping[str, Floats]], Floats]


def choosing_by(belief: Belief) -> Rule:
    """The model's own rule, with another belief in the driver `pressure`."""

    @several_moves
    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        drivers = view.drivers.copy()
        weight = parameters["stake"] * parameters["belief_felt"]
        drivers[0] += weight * (belief(view, parameters) - view.pressure_works)
        return logit(replace(view, drivers=drivers), parameters)

    return rule


def of_another_run(values: Floats, runs_per_draw: int) -> Floats:
    """Each run's value of the run before it in its draw; shapes (runs,).

    Runs stand in batches of 64 draws, run after run, so a draw's runs are 64 columns apart; the
    first run of a draw gets the last one's. Batches must fill chunks evenly.
    """
    batches = values.reshape(-1, runs_per_draw, DRAWS_PER_BATCH)
    rolled: Floats = np.roll(batches, 1, axis=1).reshape(-1)
    return rolled


def yoked(runs_per_draw: int) -> Rule:
    """Choose by the belief of another run of the same draw."""
    return choosing_by(lambda view, _: of_another_run(view.pressure_works, runs_per_draw))
