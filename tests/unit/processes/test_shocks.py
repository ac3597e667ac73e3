"""What the world throws: counts and severities by inverse functions, and who feels a collision."""

from __future__ import annotations

import math

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.processes.shocks import (
    MOST,
    YEARS_A_WEEK,
    collisions,
    events,
    openings,
    poisson_counts,
    severities,
)
from relsim.worlds.clock import Phase
from relsim.worlds.randomness.streams import Streams, rest
from tests.verification.stage import GivenUniforms, Stage, set_stage


def grid(points: int = 100_000) -> Floats:
    return ((np.arange(points) + 0.5) / points).astype(np.float32)


def number(value: float) -> Floats:
    return np.asarray(value, np.float32)


@pytest.mark.parametrize("mean", [0.0, 0.004, 0.1, 1.0])
def test_counts_invert_the_distribution_function(mean: float) -> None:
    """On an even grid of uniforms each count has its share, to two points of the grid."""
    counts, low, high = poisson_counts(grid(), number(mean))
    assert counts.dtype == np.int8
    assert (np.diff(counts) >= 0).all()  # larger uniforms, more collisions
    assert (low <= grid()).all()
    assert (grid() < high)[counts < MOST].all()
    shares = np.bincount(counts, minlength=MOST + 1) / counts.size
    for count in range(MOST):
        exact = math.exp(-mean) * mean**count / math.factorial(count)
        assert shares[count] == pytest.approx(exact, abs=2.1e-5)


def test_counts_of_runs_with_their_own_means() -> None:
    uniforms, means = np.full(4, 0.99, np.float32), np.array([0.0, 0.005, 0.02, 2.0], np.float32)
    alone = [int(poisson_counts(uniforms[:1], number(float(mean)))[0][0]) for mean in means]
    assert poisson_counts(uniforms, means)[0].tolist() == alone == [0, 0, 1, 6]


def test_counts_end_at_the_most() -> None:
    counts, _, _ = poisson_counts(np.full(3, 1 - 2.0**-24, np.float32), number(50))
    assert counts.tolist() == [MOST] * 3


@pytest.mark.parametrize("mean", [0.0005, 0.002, 0.005, 0.02])
def test_rounding_makes_no_events(mean: float) -> None:
    """Chances in float32 need not sum to one: the highest uniforms have no more events for it."""
    uniforms = 1 - np.arange(1, 9, dtype=np.float32) * 2**-24
    counts, low, high = poisson_counts(uniforms, number(mean))
    assert counts.max() <= 3  # 4 have a chance below 7e-9
    assert ((low <= uniforms) & (uniforms < high)).all()


def test_severities_at_a_high_rate_have_their_moments() -> None:
    """What the highest count leaves of its lot is uniform, too."""
    uniforms = Streams(1, (0,), 200_000).stream("test", "severity").uniforms(0)
    counts, low, high = poisson_counts(uniforms, number(4))
    most = counts == MOST
    left = rest(uniforms, low, high)[most]
    total = severities(left, counts[most], number(0), number(1))
    assert total.mean() == pytest.approx(MOST / 2, abs=0.02)
    assert total.var() == pytest.approx(MOST / 12, rel=0.05)


def test_events_are_all_that_the_counts_say() -> None:
    """Those that are not asked have none; rows stay apart, runs in order."""
    uniforms = Streams(1, (0,), 50_000).stream("test", "count", rows=3).uniforms(0)
    uniforms[0, :4] = 1 - np.arange(1, 5, dtype=np.float32) * 2**-24
    means = np.stack([np.full(50_000, mean, np.float32) for mean in (1e-7, 0.02, 1.5)])
    found = events(uniforms, means)
    counts = np.zeros(uniforms.size, np.int8)
    counts[found.place] = found.counts
    np.testing.assert_array_equal(counts, poisson_counts(uniforms.ravel(), means.ravel())[0])
    np.testing.assert_array_equal(found.uniforms, uniforms.ravel()[found.place])
    for row, runs in enumerate(found.runs_by_row):
        np.testing.assert_array_equal(runs, np.flatnonzero(counts.reshape(3, -1)[row]))
    np.testing.assert_array_equal(np.concatenate(found.runs_by_row), found.run)


def test_what_a_count_leaves_of_its_lot_is_uniform() -> None:
    uniforms = grid(2**20)
    counts, low, high = poisson_counts(uniforms, number(0.3))
    for count in (1, 2, 3):
        left = np.sort(rest(uniforms, low, high)[counts == count])
        np.testing.assert_allclose(left, np.linspace(0, 1, left.size), atol=3 / left.size + 1e-5)


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_severities_stay_between_their_ends(count: int) -> None:
    uniforms = np.array([0, 1e-7, 0.5, 0.999, 1 - 2.0**-24], np.float32)
    counts = np.full(5, count, np.int8)
    total = severities(uniforms, counts, number(3), number(12))
    assert total.min() >= 3 * count
    assert total.max() <= 12 * count
    assert total[-1] > total[0]


def test_two_severities_are_independent() -> None:
    """The halves of one uniform: their sum over all of a grid is that of two even grids."""
    bits = 24
    words = (np.arange(2**16, dtype=np.int64) * 40_503 % 2**16) << (bits - 16)
    uniforms = (words / 2**bits).astype(np.float32)
    total = severities(uniforms, np.full(uniforms.size, 2, np.int8), number(0), number(1))
    high, low = words >> 12, words & 0xFFF
    expected = (high + 0.5) / 2**12 + (low + 0.5) / 2**12
    np.testing.assert_allclose(total, expected, rtol=1e-6)
    u = Streams(1, (0,), 100_000).stream("test", "severity").uniforms(0)
    halves = (u * 2**bits).astype(np.int64)
    assert abs(np.corrcoef(halves >> 12, halves & 0xFFF)[0, 1]) < 4 / np.sqrt(u.size)


def test_severities_of_two_collisions_in_a_week_have_their_moments() -> None:
    """From the uniforms themselves, though a count of two leaves little of a uniform."""
    uniforms = 1 - np.arange(1, 20_001, dtype=np.float32) * 2**-24
    counts, low, high = poisson_counts(uniforms, number(0.03))
    two = counts == 2
    assert two.sum() > 5000
    left = rest(uniforms[two], low[two], high[two])
    total = severities(left, counts[two], number(0), number(1))
    assert total.mean() == pytest.approx(1, abs=0.01)
    assert total.var() == pytest.approx(2 / 12, rel=0.02)


def test_each_run_has_the_severities_of_its_own_count() -> None:
    uniforms = grid(6)
    counts = np.array([1, 2, 1, 3, 2, 1], np.int8)
    low, high = np.linspace(1, 2, 6, dtype=np.float32), np.linspace(5, 9, 6, dtype=np.float32)
    alone = [
        severities(uniforms[[run]], counts[[run]], low[[run]], high[[run]])[0] for run in range(6)
    ]
    np.testing.assert_array_equal(severities(uniforms, counts, low, high), alone)
    assert severities(uniforms[:0], counts[:0], low[:0], high[:0]).size == 0


def one_week(uniforms: Floats, known_day: int = -1, **settings: float) -> Stage:
    """One week of collisions in Europe with given uniforms."""
    own = {"rate": 1.0, "severity_low": 4.0, "severity_high": 4.0, "excitation": 0.0, **settings}
    stage = set_stage(
        {f"regions.europe.{name}": value for name, value in own.items()},
        uniforms.size,
        days=7,
        known_day=known_day,
        streams=GivenUniforms(uniforms),
    )
    worlds = stage.worlds
    worlds.hostility[:] = 0
    stage.begin(collisions(worlds, stage.clock, stage.scene))
    stage.play()
    return stage


UNIFORMS = np.array([0.5, 0.99, 0.9999], np.float32)  # none, one and two collisions


def test_a_collision_hurts_both_sides_and_enters_the_flow_once() -> None:
    stage = one_week(UNIFORMS, felt=0.6)
    worlds = stage.worlds
    np.testing.assert_allclose(worlds.flow, [0, -4, -8])
    np.testing.assert_array_equal(worlds.incidents, [[0, 0, 0], [0, 1, 2]])
    for actor, name in enumerate(worlds.stage.actors):
        # Kept as of the latest review, so larger by what will have faded too much by the next.
        days = -worlds.reviewed[actor]
        left = 0.5 ** (days / 7 / worlds.parameters[f"actors.{name}.memory_half_life"])
        felt = worlds.hostility[actor] * left
        np.testing.assert_allclose(felt, [0, 0.6 * 4, 0.6 * 8], rtol=1e-6)
    assert (worlds.goodwill == worlds.goodwill[:, [0]]).all()
    (entry,) = stage.happenings.of("collision")
    assert (entry.day, entry.actor, entry.subject, entry.runs.tolist()) == (
        0,
        None,
        "europe",
        [1, 2],
    )
    assert not worlds.move_counts.any()


def test_nothing_collides_while_the_record_is_known() -> None:
    assert not one_week(UNIFORMS, known_day=6).worlds.flow.any()


def test_a_collision_is_followed_by_as_many_as_excitation_says() -> None:
    """What one leaves, summed over the weeks to come, makes `excitation` further ones."""
    worlds = one_week(UNIFORMS, excitation=0.3, excitation_half_life=6.0).worlds
    left = 0.5 ** (1 / 6)
    still_to_come = worlds.excitement[0] * left / (1 - left) * YEARS_A_WEEK
    np.testing.assert_allclose(still_to_come, [0, 0.3, 0.6], rtol=1e-5)


def test_collisions_go_on_after_runs_are_taken() -> None:
    settings = {"regions.europe.rate": 1.0, "regions.europe.excitation": 0.3}
    stage = set_stage(settings, UNIFORMS.size, days=7, streams=GivenUniforms(UNIFORMS))
    worlds = stage.worlds
    worlds.take(np.arange(UNIFORMS.size))
    stage.begin(collisions(worlds, stage.clock, stage.scene))
    stage.play()
    assert (worlds.excitement[0] > 0).tolist() == [False, True, True]


def test_openings_add_one_and_fade() -> None:
    uniforms = np.array([0.2, 0.999], np.float32)
    settings = {"issues.climate.opening_rate": 1.0, "issues.climate.opening_half_life": 2.0}
    stage = set_stage(settings, 2, days=15, streams=GivenUniforms(uniforms))
    climate = stage.worlds.stage.issues.index("climate")
    stage.begin(openings(stage.worlds, stage.clock, stage.scene))
    seen = stage.watch(lambda: stage.worlds.openings[climate], Phase.PERCEIVE)
    stage.play()
    d = 0.5**0.5
    # At a mean of .065 the uniform of run 1 opens two before the term; then one comes a week.
    before = 2 * np.array([d, d**2, d**3])
    expected = before + np.array([1, 1 + d, 1 + d + d * d])
    np.testing.assert_allclose(np.array(seen)[:, 1], expected, rtol=1e-6)
    assert not np.array(seen)[:, 0].any()
    assert not np.delete(stage.worlds.openings, climate, axis=0).any()
