"""Shapley values against brute force over all orders of arrival, and their axioms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import factorial

import numpy as np
import numpy.typing as npt
import pytest

from relsim.estimates.probability import Share, share
from relsim.inference.compare.attribution import alone, shapley

Integers = npt.NDArray[np.int64]
RUNS = 9


def game(players: int, seed: int) -> Integers:
    """Coalitions worth 0 or 1 in each run, as outcomes are."""
    return np.random.default_rng(seed).integers(0, 2, (2**players, RUNS))


def by_orders(worths: Integers) -> Integers:
    """What each player adds, summed over all orders of arrival."""
    players = len(worths).bit_length() - 1
    result = np.zeros((players, *worths.shape[1:]), dtype=np.int64)
    for order in permutations(range(players)):
        there = 0
        for player in order:
            result[player] += worths[there | 1 << player] - worths[there]
            there |= 1 << player
    return result


def unweighted(worths: Integers) -> tuple[Integers, int]:
    """Planted error: every coalition weighs alike, as in the index of Banzhaf."""
    players = len(worths).bit_length() - 1
    result = np.zeros((players, *worths.shape[1:]), dtype=np.int64)
    for there in range(len(worths)):
        for player in range(players):
            if not there >> player & 1:
                result[player] += worths[there | 1 << player] - worths[there]
    return result * factorial(players) // 2 ** (players - 1), factorial(players)


def wrong(values: Callable[[Integers], tuple[Integers, int]]) -> list[str]:
    """What does not hold of a way to share out: brute force and the axioms."""
    found = []
    for players in (1, 2, 3, 4, 5):
        worths = game(players, seed=players)
        numerators, scale = values(worths)
        if not np.array_equal(numerators, by_orders(worths)):
            found.append(f"orders of {players}")
        if not np.array_equal(numerators.sum(axis=0), scale * (worths[-1] - worths[0])):
            found.append(f"sum of {players}")
    return found


def test_they_are_the_mean_over_all_orders_and_add_up() -> None:
    assert wrong(shapley) == []


def test_a_wrong_weight_is_seen() -> None:
    assert wrong(unweighted) == [f"{what} of {n}" for n in (3, 4, 5) for what in ("orders", "sum")]


def test_a_dummy_gets_nothing_and_equals_get_alike() -> None:
    worths = game(3, seed=1)
    idle = np.concatenate([worths, worths])  # the fourth player changes nothing
    assert not shapley(idle)[0][3].any()
    np.testing.assert_array_equal(shapley(idle)[0][:3] * 6, shapley(worths)[0] * 24)
    numbers = np.arange(8)
    swapped = numbers & 4 | (numbers & 1) << 1 | (numbers & 2) >> 1
    symmetric = worths + worths[swapped]
    first, second, _ = shapley(symmetric)[0]
    np.testing.assert_array_equal(first, second)


def test_values_of_a_sum_are_sums_of_values() -> None:
    one, other = game(4, seed=2), game(4, seed=3)
    np.testing.assert_array_equal(shapley(one + other)[0], shapley(one)[0] + shapley(other)[0])


def test_a_number_of_rows_that_is_no_power_of_two() -> None:
    with pytest.raises(ValueError, match=r"2\*\*n coalitions \(got 6\)"):
        shapley(np.zeros((6, 2)))


def test_one_at_a_time_leaves_the_interaction() -> None:
    """Both are needed: alone neither does anything."""
    parts = alone(nobody=[0, 0], each=[[0, 1], [0, 0]], everybody=[1, 1])
    np.testing.assert_array_equal(parts, [[0, 1], [0, 0], [1, 0]])


# --- their errors -----------------------------------------------------------------------------

BATCH = 64


def measured(seed: int) -> list[Share]:
    """Two causes, each with chance 1/2 in a draw; both together with what they add."""
    rng = np.random.default_rng(seed)
    draw = np.arange(16 * BATCH)
    p = rng.beta(2, 2, (3, draw.size))
    first, second, both = rng.random((3, draw.size)) < p
    worths = np.stack([np.zeros_like(first), first, second, first | second | both]).astype(int)
    numerators, scale = shapley(worths)
    return [share(row, scale, draw, BATCH) for row in numerators]


def test_shares_cover_their_closed_form() -> None:
    """E of (v1 + v12 − v2)/2 with v12 = 1 − 1/8: 7/16 each, over 200 seeds."""
    shares = [measured(seed) for seed in range(200)]

    def coverage(player: int, truth: float) -> float:
        ends = [found[player].mc_interval_90 for found in shares]
        return float(np.mean([low <= truth <= high for low, high in ends]))

    for player in (0, 1):
        assert 0.85 <= coverage(player, 7 / 16) <= 0.95
        assert coverage(player, 1 / 2) < 0.05  # planted: what it does alone


def test_a_share_that_is_nothing_is_never_certain() -> None:
    found = share(np.zeros(128, dtype=int), 6, np.arange(128), BATCH)
    assert (found.value, found.flips, found.value_text) == (0.0, 0, "0")
    assert found.mc_error > 0
    assert found.mc_interval_90[0] < 0 < found.mc_interval_90[1]


def test_a_failed_run_counts_for_nothing() -> None:
    numbers = np.where(np.arange(128) < 64, 6, 3)
    valid = np.arange(128) < 64
    assert share(numbers, 6, np.arange(128), BATCH, valid=valid).value == 1.0
    assert share(numbers, 6, np.arange(128), BATCH).value == 0.75
