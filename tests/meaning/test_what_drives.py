"""What drives signs of détente in the baseline: the same in three seeds."""

from __future__ import annotations

from functools import cache

import pytest

from relsim.inference.drivers.ablations import ablations
from relsim.inference.drivers.drivers import Drivers, drivers
from tests.meaning.measuring import baseline

SEEDS = (1, 2, 3)
CLAIMS = ("C15", "C16", "F4")


@cache
def found(seed: int) -> Drivers:
    claims = [one for one in ablations(baseline()) if one.claim in CLAIMS]
    return drivers(baseline(), "signs_of_detente", runs=16_384, seed=seed, ablations=claims, top=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_rivalry_comes_first_and_parameters_work_side_by_side(seed: int) -> None:
    first, second = (effect.parameter for effect in found(seed).effects[:2])
    assert (first, second) == ("dyad.rivalry", "actors.US.gain")
    additive = found(seed).additive
    assert additive is not None
    assert 0.7 < additive.value < 1.1
    parameters = found(seed).split.parameters
    assert parameters is not None
    assert 0.35 < parameters.value < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_claims_move_the_outcome_the_way_they_say(seed: int) -> None:
    """Relative effects, since any trifle is beyond some standard errors in runs enough."""
    usual = found(seed).probability.value
    change = {
        one.claim: one.differences["signs_of_detente"].value / usual
        for one in found(seed).ablations
    }
    assert change["C15"] > 0.3  # without the structural conflict
    assert change["C16"] > 0.05  # without collisions
    assert change["F4"] < -0.1  # without learning
    control = found(seed).ablations[-1].control
    assert control is not None
    assert abs(control["signs_of_detente"].value / usual) < -change["F4"] / 3
