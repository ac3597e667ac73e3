"""Draws: Latin hypercube columns of 64, and which run belongs to which draw."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import special

from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.schema import load
from relsim.simulate import Plan, plan_runs, simulate_chunk
from relsim.worlds.randomness.draws import (
    DRAWS_PER_BATCH,
    draw_of_run,
    draw_parameters,
    latin_column,
    latin_columns,
)
from relsim.worlds.randomness.streams import philox

STAKE = "actors.US.stake"


@pytest.mark.parametrize("batch", range(5))
@pytest.mark.parametrize("path", [STAKE, "dyad.rivalry", ""])
@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_a_column_has_one_number_in_each_stratum(seed: int, path: str, batch: int) -> None:
    column = latin_column(seed, path, batch)
    assert column.shape == (DRAWS_PER_BATCH,)
    assert sorted(np.floor(column * DRAWS_PER_BATCH)) == list(range(DRAWS_PER_BATCH))
    assert column.min() > 0
    assert column.max() < 1


def test_seed_path_and_batch_each_count() -> None:
    columns = [
        latin_column(seed, path, batch).tobytes()
        for seed in (0, 1)
        for path in (STAKE, "actors.RU.stake")
        for batch in range(3)
    ]
    assert len(set(columns)) == len(columns)
    np.testing.assert_array_equal(latin_column(0, STAKE, 2), latin_column(0, STAKE, 2))


def test_a_column_is_that_of_a_generator_of_its_own() -> None:
    """However many batches are drawn at once, each has the stream that its name makes."""
    batches = (3, 0, 100)
    together = latin_columns(5, STAKE, batches).reshape(len(batches), DRAWS_PER_BATCH)
    for batch, column in zip(batches, together, strict=True):
        generator = np.random.Generator(philox(5, "draw", STAKE, batch))
        order, place = generator.random((2, DRAWS_PER_BATCH))
        expected = (order.argsort(kind="stable") + place) / DRAWS_PER_BATCH
        np.testing.assert_array_equal(column, expected)


def test_columns_are_independent_and_uniform_within_their_strata() -> None:
    """Correlations of 400 pairs of columns; and the place within a stratum, Kolmogorov's 99.9%."""
    names = [f"parameter {number}" for number in range(400)]
    columns = np.array([latin_column(1, name, 0) for name in names])
    pairs = np.array([np.corrcoef(a, b)[0, 1] for a, b in itertools.pairwise(columns)])
    # Of n = 64 ranks a correlation has variance 1 / (n − 1).
    assert abs(pairs.mean()) < 4 / np.sqrt(63 * len(pairs))
    assert (63 * (pairs**2)).mean() == pytest.approx(1, abs=0.3)
    within = np.sort((columns * DRAWS_PER_BATCH % 1).ravel())
    grid = (np.arange(within.size) + 0.5) / within.size
    assert np.abs(within - grid).max() < 1.95 / np.sqrt(within.size)


def normal(mean: float = 0.0, sd: float = 1.0) -> Distribution:
    return Distribution("normal", (mean, sd))


def test_a_column_goes_through_the_inverse_distribution_function() -> None:
    drawn = draw_parameters({STAKE: normal(3, 2)}, seed=7, batches=[4])[STAKE]
    np.testing.assert_allclose(drawn, 3 + 2 * special.ndtri(latin_column(7, STAKE, 4)), rtol=1e-12)


def test_a_column_does_not_know_of_other_parameters() -> None:
    """Neither one more before it, nor one that is fixed, nor one with another distribution."""
    alone = draw_parameters({STAKE: normal()}, 1, range(2))[STAKE]
    for others in (
        {"a": normal(), STAKE: normal(), "b": normal()},
        {"a": Distribution("point", (2.0,)), STAKE: normal()},
        {"a": Distribution("uniform", (0.0, 1.0)), STAKE: normal()},
    ):
        np.testing.assert_array_equal(draw_parameters(others, 1, range(2))[STAKE], alone)


def test_batches_of_a_small_ensemble_are_the_first_of_a_large_one() -> None:
    small = draw_parameters({STAKE: normal()}, 1, range(2))[STAKE]
    large = draw_parameters({STAKE: normal()}, 1, range(5))[STAKE]
    np.testing.assert_array_equal(large[: small.size], small)
    assert large.size == 5 * DRAWS_PER_BATCH


@pytest.mark.parametrize("runs_per_draw", [1, 3, 32])
def test_each_draw_has_its_runs_in_one_batch(runs_per_draw: int) -> None:
    """Run r is in batch r // (64 R), draw r mod 64 of it."""
    batches = 3
    runs = np.arange(batches * DRAWS_PER_BATCH * runs_per_draw)
    draws = draw_of_run(runs, runs_per_draw)
    assert (np.bincount(draws) == runs_per_draw).all()
    assert draws.max() + 1 == batches * DRAWS_PER_BATCH
    for run in (0, 63, 64, runs.size // 2, runs.size - 1):
        batch, place = run // (DRAWS_PER_BATCH * runs_per_draw), run % DRAWS_PER_BATCH
        assert draws[run] == batch * DRAWS_PER_BATCH + place


def test_runs_round_up_to_whole_batches() -> None:
    assert plan_runs(None, None) == (32_768, 32)
    assert plan_runs(1, None) == (2_048, 32)
    assert plan_runs(8_193, 256) == (8_448, 33)
    assert plan_runs(64, 64) == (64, 1)


@pytest.mark.slow
def test_fixing_one_parameter_leaves_the_columns_of_the_others() -> None:
    """In a whole plan: the beliefs of RU, which nothing of the US's stake touches at the start."""
    scenario = load("us-russia-2021")
    fixed = scenario.vary({STAKE: 4.0})
    beliefs = [
        simulate_chunk(Plan(s, seed=1, runs=64, runs_per_draw=1, width=64), 0).sample.series[
            "pressure_works.RU"
        ][0]
        for s in (scenario, fixed)
    ]
    np.testing.assert_array_equal(beliefs[0], beliefs[1])
    assert np.unique(beliefs[0]).size > 32
