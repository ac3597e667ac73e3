"""Probabilities given that something else comes about, against exact answers.

Each draw has a chance a from Beta(1, 3), and in each of its runs the condition and the outcome come
about with that chance, independently. So the outcome's probability given the condition is
E a² / E a = 2/5, and without it (E a − E a²) / (1 − E a) = 1/5; given the condition, a is
distributed over draws as Beta(2, 3).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from relsim.estimates.conditional import contrast
from relsim.estimates.probability import Estimate, estimate
from relsim.estimates.weighted import weighted_estimate
from tests.verification.cases import Case, Result, rounding, z

BATCH, SEEDS = 64, range(400)
LEVEL = 0.9
ERROR = float(np.sqrt(LEVEL * (1 - LEVEL) / len(SEEDS)))
LIMIT = 0.05 / ERROR + 1e-9
GIVEN, DIFFERENCE = 0.4, 0.2

Flags = npt.NDArray[np.bool_]


class Runs:
    """Condition and outcome in the runs of some batches."""

    def __init__(self, seed: int, batches: int, per_draw: int) -> None:
        rng = np.random.default_rng(seed)
        run = np.arange(batches * BATCH * per_draw)
        self.draw = run // (BATCH * per_draw) * BATCH + run % BATCH
        self.per_batch = BATCH * per_draw
        chance = rng.beta(1, 3, batches * BATCH)[self.draw]
        self.holds: Flags = rng.random(run.size) < chance
        self.happened: Flags = rng.random(run.size) < chance

    def given(self, *, by_runs: bool = True) -> Estimate:
        return estimate(self.happened, self.draw, self.per_batch, valid=self.holds, by_runs=by_runs)


@functools.cache
def of_seeds() -> list[Runs]:
    return [Runs(seed, 16, 16) for seed in SEEDS]


def covered() -> Result:
    found = [runs.given().mc_interval_90 for runs in of_seeds()]
    held = [ends is not None and ends[0] <= GIVEN <= ends[1] for ends in found]
    return z(float(np.mean(held)), LEVEL, ERROR, "share")


def covered_as_if_independent() -> Result:
    """Planted error: every run counts as independent."""
    held = []
    for runs in of_seeds():
        found = runs.given()
        error = np.sqrt(found.value * (1 - found.value) / found.n)
        held.append(abs(found.value - GIVEN) <= 1.645 * error)
    return z(float(np.mean(held)), LEVEL, ERROR, "share")


def difference_covered(truth: float = DIFFERENCE) -> Result:
    held = []
    for runs in of_seeds():
        weights = np.ones(runs.draw.size)
        found = contrast(runs.happened, runs.holds, runs.draw, runs.per_batch, weights)
        assert found is not None
        held.append(found.mc_interval_90[0] <= truth <= found.mc_interval_90[1])
    return z(float(np.mean(held)), LEVEL, ERROR, "share")


def over_draws(*, by_runs: bool = True) -> Result:
    """The 5% and 95% points over draws, of those that the condition makes likelier."""
    found = Runs(1, 16, 64).given(by_runs=by_runs).interval_90
    exact = special.betaincinv(2, 3, [0.05, 0.95])
    return rounding(np.asarray(found), exact, unit=0.05)


def complement() -> Result:
    """p = p₁ q + p₀ (1 − q)."""
    runs = of_seeds()[0]
    whole, share = (estimate(x, runs.draw, runs.per_batch) for x in (runs.happened, runs.holds))
    yes, no = (
        estimate(runs.happened, runs.draw, runs.per_batch, valid=x, by_runs=True)
        for x in (runs.holds, ~runs.holds)
    )
    put_together = yes.value * share.value + no.value * (1 - share.value)
    return rounding(put_together, whole.value, unit=1e-15)


def not_complement() -> Result:
    """Planted error: yes and no weigh alike."""
    runs = of_seeds()[0]
    yes, no = (
        estimate(runs.happened, runs.draw, runs.per_batch, valid=x).value
        for x in (runs.holds, ~runs.holds)
    )
    whole = estimate(runs.happened, runs.draw, runs.per_batch).value
    return rounding((yes + no) / 2, whole, unit=1e-15)


def as_weights() -> Result:
    """Runs left out give the same share as runs that weigh nothing."""
    runs = of_seeds()[0]
    weighed = weighted_estimate(runs.happened, runs.draw, runs.per_batch, runs.holds * 1.0)
    return rounding([weighed.value, weighed.mc_error], [runs.given().value, runs.given().mc_error])


CASES = (
    Case(
        "given: coverage of 90% intervals", covered,
        {"runs independent": covered_as_if_independent}, LIMIT,
    ),
    Case(
        "given: coverage of the difference", difference_covered,
        {"no difference": functools.partial(difference_covered, 0.0)}, LIMIT,
    ),
    Case(
        "given: 90% over draws", over_draws,
        {"draws count alike": functools.partial(over_draws, by_runs=False)}, 1.0,
    ),
    Case("given: the complement rule", complement, {"even": not_complement}, 1.0),
    Case(
        "given: as by weights", as_weights,
        {"the whole": lambda: rounding(of_seeds()[0].given().value, 0.25)}, 1.0,
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(3)
def test_given(case: Case) -> None:
    result = case.check()
    assert result.deviation <= case.limit, result
