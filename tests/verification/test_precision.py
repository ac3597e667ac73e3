"""Running until precise: what is reported at the end covers the truth as often as it says.

The draws are uncertain: with fixed parameters even the binomial error would do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from relsim.errors import UsageError
from relsim.estimates.precision import looks, until_precise
from relsim.estimates.probability import Estimate, estimate
from tests.verification.cases import Case, Result, z

Interval = tuple[float, float]
Rule = Callable[["Sampler"], Interval]

SEEDS = range(200)
DRAWS, RUNS = 64, 4  # of a batch, of a draw
MOST = 128  # batches
A, B = 0.5, 1.5  # draws are from Beta(A, B): the probability is A/(A + B)
TRUTH = A / (A + B)
PRECISION = 0.007  # reached at 16, 32 or 64 batches
LEVEL = 0.9
ERROR = float(np.sqrt(LEVEL * (1 - LEVEL) / len(SEEDS)))  # of a share of the seeds


class Sampler:
    """A cheap ensemble: its first batches are those of any larger one."""

    def __init__(self, seed: int, a: float = A, b: float = B) -> None:
        rng = np.random.default_rng(seed)
        chances = rng.beta(a, b, (MOST, 1, DRAWS))
        self.happened: npt.NDArray[np.bool_] = rng.random((MOST, RUNS, DRAWS)) < chances
        self.draw_of_run = np.repeat(np.arange(MOST * DRAWS).reshape(MOST, 1, DRAWS), RUNS, axis=1)

    def __call__(self, batches: int) -> Estimate:
        first = self.happened[:batches].ravel(), self.draw_of_run[:batches].ravel()
        return estimate(*first, DRAWS * RUNS)


def by_relsim(sample: Sampler) -> Interval:
    batches, reached = until_precise(sample, PRECISION, MOST)
    assert reached
    return sample(batches).mc_bounds


def after_every_batch(sample: Sampler) -> Interval:
    """Planted error: stop at the first batch at which the error comes out small."""
    shares = sample.happened.mean(axis=(1, 2))
    for batches in range(2, MOST + 1):
        seen = shares[:batches]
        error = seen.std(ddof=1) / np.sqrt(batches)
        if error <= PRECISION:
            break
    half = error * special.stdtrit(batches - 1, 0.95)
    return float(seen.mean() - half), float(seen.mean() + half)


def by_binomial_error(sample: Sampler) -> Interval:
    """Planted error: every run counts as independent."""
    for batches in looks(MOST):
        found = sample(batches)
        error = np.sqrt(found.value * (1 - found.value) / found.n)
        if error <= PRECISION:
            break
    return found.value - 1.645 * error, found.value + 1.645 * error


def coverage(rule: Rule = by_relsim) -> Result:
    intervals = [rule(Sampler(seed)) for seed in SEEDS]
    share = float(np.mean([low <= TRUTH <= high for low, high in intervals]))
    return z(share, LEVEL, ERROR, "share")


CASES = (
    Case(
        "coverage of 90% intervals, run until precise",
        coverage,
        {
            "a look after every batch": lambda: coverage(after_every_batch),
            "binomial error": lambda: coverage(by_binomial_error),
        },
        limit=0.05 / ERROR + 1e-9,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_it_ends_at_different_looks_and_never_between() -> None:
    ends = {until_precise(Sampler(seed), PRECISION, MOST)[0] for seed in range(40)}
    assert ends == {16, 32, 64}


def test_a_bound_ends_it_and_is_no_success() -> None:
    asked: list[int] = []

    def sample(batches: int) -> Estimate:
        asked.append(batches)
        return Sampler(1)(batches)

    assert until_precise(sample, 0.001, 40) == (40, False)
    assert asked == [16, 32, 40]
    assert until_precise(sample, 0.5, 3) == (3, True)


def test_a_rare_outcome_is_precise_once_its_bound_is() -> None:
    """No hit at all in the end: −ln .05 / draws ≤ .001 at 2,996 draws, 47 batches."""
    never = Sampler(1)
    never.happened[:] = False
    assert until_precise(never, 0.001, MOST) == (64, True)
    few = Sampler(1)
    few.happened[:] = False
    few.happened[:, 0, 0] = np.arange(MOST) % 16 == 0  # one hit in 16 batches, alike
    batches, reached = until_precise(few, 0.002, MOST)
    assert reached
    assert few(batches).hits < 50  # by the bound, not by an error that is hardly known


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.0, float("nan"), float("inf")])
def test_a_precision_that_makes_no_sense_is_refused(wrong: float) -> None:
    with pytest.raises(UsageError, match="precision must be (between 0 and 1|a number)"):
        until_precise(Sampler(1), wrong, MOST)
