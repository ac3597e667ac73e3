"""Monte Carlo intervals cover the true probability as often as they say.

The cases have parameter uncertainty: with a fixed parameter even the wrong formula passes.
Of 200 seeds 90% should be covered; 85% to 95% is within 2.4 standard errors.
"""

import functools
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from relsim.estimates.probability import Difference, Estimate, difference, estimate
from tests.verification.cases import Case, Result, z

Doubles = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

SEEDS = range(200)
BATCH = 64  # draws
RUNS = 32  # a draw
LEVEL = 0.9
ERROR = float(np.sqrt(LEVEL * (1 - LEVEL) / len(SEEDS)))  # of a share of the seeds
LIMIT = 0.05 / ERROR + 1e-9


def layout(batches: int) -> npt.NDArray[np.int64]:
    """Draw of each run: batch r // (64·32), draw r mod 64."""
    run = np.arange(batches * BATCH * RUNS)
    return run // (BATCH * RUNS) * BATCH + run % BATCH


def outcomes(chance_of_draw: Doubles, draw_of_run: npt.NDArray[np.int64], u: Doubles) -> Booleans:
    return u < chance_of_draw[draw_of_run]


def beta_binomial(batches: int, seed: int, a: float, b: float) -> Estimate:
    """Draws from Beta(a, b): the probability is a/(a + b)."""
    rng, draw_of_run = np.random.default_rng(seed), layout(batches)
    happened = outcomes(rng.beta(a, b, batches * BATCH), draw_of_run, rng.random(draw_of_run.size))
    return estimate(happened, draw_of_run, BATCH * RUNS)


def latin_product(batches: int, seed: int) -> Estimate:
    """Chance u·v, with u and v Latin hypercube columns of each batch: the probability is 1/4."""
    rng, draw_of_run = np.random.default_rng(seed), layout(batches)

    def column() -> Doubles:
        strata = rng.permuted(np.tile(np.arange(BATCH), (batches, 1)), axis=1)
        return ((strata + rng.random(strata.shape)) / BATCH).ravel()

    happened = outcomes(column() * column(), draw_of_run, rng.random(draw_of_run.size))
    return estimate(happened, draw_of_run, BATCH * RUNS)


def covered(estimates: Iterable[Estimate | Difference], truth: float) -> float:
    given = [e.mc_interval_90 for e in estimates]
    return float(np.mean([ends is not None and ends[0] <= truth <= ends[1] for ends in given]))


def covered_by_binomial_error(estimates: Iterable[Estimate], truth: float) -> float:
    """Planted error: every run counts as independent."""
    return float(
        np.mean(
            [
                abs(e.value - truth) <= 1.645 * np.sqrt(e.value * (1 - e.value) / e.n)
                for e in estimates
            ]
        )
    )


def covered_without_strata(estimates: Iterable[Estimate], truth: float) -> float:
    """Planted error: the draws of a batch count as independent."""
    return float(np.mean([abs(e.value - truth) <= 1.645 * NO_STRATA for e in estimates]))


NO_STRATA = float(np.sqrt((7 / 144 + (1 / 4 - 1 / 9) / RUNS) / (16 * BATCH)))


@functools.cache
def of_batches(batches: int) -> Sequence[Estimate]:
    return [beta_binomial(batches, seed, 0.5, 1.5) for seed in SEEDS]


@functools.cache
def stratified() -> Sequence[Estimate]:
    return [latin_product(16, seed) for seed in SEEDS]


def coverage(
    estimates: Callable[[], Sequence[Estimate]],
    share: Callable[[Iterable[Estimate], float], float] = covered,
) -> Result:
    """The share of the seeds whose interval holds the true probability, 1/4."""
    return z(share(estimates(), 0.25), LEVEL, ERROR, "share")


def coverage_case(name: str, batches: int) -> Case:
    estimates = functools.partial(of_batches, batches)
    planted = {"binomial error": lambda: coverage(estimates, covered_by_binomial_error)}
    return Case(name, lambda: coverage(estimates), planted, LIMIT)


CASES = (
    coverage_case("coverage of 90% intervals, 16 batches", 16),
    coverage_case("coverage of 90% intervals, 8 batches", 8),
    coverage_case("coverage of 90% intervals, 2 batches", 2),
    Case(
        "coverage of 90% intervals, stratified draws",
        lambda: coverage(stratified),
        {"no strata": lambda: coverage(stratified, covered_without_strata)},
        LIMIT,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(2)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_the_error_of_stratified_draws() -> None:
    """Draws hang together within a batch: taken as independent they give too large an error."""
    estimates = stratified()
    error = np.sqrt(np.mean([e.mc_error**2 for e in estimates]))
    assert error == pytest.approx(np.std([e.value for e in estimates], ddof=1), rel=0.15)
    assert pytest.approx(error, rel=0.5) != NO_STRATA


def test_a_handful_of_hits_gives_a_bound_that_holds() -> None:
    """About 3 hits among 32,768 runs, in as many draws: no interval, as they may be of any size."""
    truth = 1e-4
    estimates = [beta_binomial(16, seed, 1, 1 / truth - 1) for seed in SEEDS]
    assert np.median([e.hits for e in estimates]) < 10
    assert np.mean([e.refused != "" for e in estimates]) > 0.95
    assert np.mean([truth <= e.mc_bounds[1] for e in estimates]) >= 0.95
    naive = [abs(e.value - truth) <= 1.645 * np.sqrt(e.value / e.n) for e in estimates]
    assert np.mean(naive) < 0.85


def paired(seed: int) -> Difference:
    """On common random numbers: draws p from Beta(2, 5), and a variant with p + p(1 − p)/5."""
    rng, draw_of_run = np.random.default_rng(seed), layout(16)
    p = rng.beta(2, 5, 16 * BATCH)
    u = rng.random(draw_of_run.size)
    return difference(
        outcomes(p + 0.2 * p * (1 - p), draw_of_run, u),
        outcomes(p, draw_of_run, u),
        draw_of_run,
        BATCH * RUNS,
    )


def test_paired_differences_cover_and_unpaired_errors_are_too_wide() -> None:
    truth = 0.2 * (2 / 7) * (1 - 3 / 8)  # E[p(1 − p)] = E[p] (1 − (a + 1)/(a + b + 1))
    differences = [paired(seed) for seed in SEEDS]
    assert 0.85 <= covered(differences, truth) <= 0.95
    saved = [d.variance_saved for d in differences]
    assert None not in saved
    assert np.median(np.array(saved, dtype=float)) > 0.9
    unpaired = [d.mc_error / np.sqrt(1 - float(d.variance_saved or 0)) for d in differences]
    misses = [abs(d.value - truth) > 1.753 * e for d, e in zip(differences, unpaired, strict=True)]
    assert np.mean(misses) < 0.05  # the planted error: sqrt(Va + Vb)
