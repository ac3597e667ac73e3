"""What one thing tells of another: exact tables, chance alone, redundancy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from relsim.inference.signposts.information import (
    choose,
    conditional_information,
    information_of,
    information_of_all,
    score_test,
)

Flags = npt.NDArray[np.bool_]
DRAWS, RUNS = 192, 8
DRAW = np.tile(np.arange(DRAWS), RUNS)
EVEN = np.ones(DRAW.size)
HALF = DRAW < DRAWS // 2


def by_draw(rng: np.random.Generator) -> Flags:
    """Something whose chance differs between draws, as deeds and outcomes do."""
    return rng.random(DRAW.size) < rng.beta(2, 3, DRAWS)[DRAW]


def reported(seed: int, planted: float = 0.0) -> list[int]:
    """What is reported of 20 candidates; `planted` of the outcome is a copy of the first."""
    rng = np.random.default_rng(seed)
    seen = [by_draw(rng) for _ in range(20)]
    copied = rng.random(DRAW.size) < planted
    outcome = np.where(copied, seen[0], by_draw(rng))
    return list(information_of_all(seen, outcome, DRAW, EVEN, HALF, 8))


def test_with_nothing_planted_little_is_reported() -> None:
    """At most 5% of 100 trials; the rule lets 2.5% through."""
    assert sum(bool(reported(seed)) for seed in range(100)) <= 5


@pytest.mark.slow
def test_with_nothing_planted_little_is_reported_in_a_thousand() -> None:
    assert sum(bool(reported(seed)) for seed in range(1000)) <= 50


def test_what_is_planted_is_found() -> None:
    assert [reported(seed, planted=0.5) for seed in range(5)] == [[0]] * 5


def exact() -> tuple[Flags, Flags]:
    """Shares of seen and outcome: 3/8 both, 1/8 seen alone, 1/8 outcome alone, 3/8 neither."""
    eighth = np.arange(DRAW.size) // DRAWS  # each draw has one run of each
    return np.isin(eighth, (0, 1, 2, 3)), np.isin(eighth, (0, 1, 2, 4))


def test_an_exact_table() -> None:
    """I = Σ p log₂ p/(p p) = 3/4 log₂ 3/2 + 1/4 log₂ 1/2; odds times 3, or a third."""
    seen, outcome = exact()
    told = information_of(seen, outcome, DRAW, EVEN)
    assert told.bits == pytest.approx(0.75 * np.log2(1.5) - 0.25)
    assert (told.share, told.seen, told.unseen) == (0.5, 0.75, 0.25)
    assert (told.ratio, told.absence) == pytest.approx((3.0, 1 / 3))


def test_what_is_told_already_tells_nothing_more() -> None:
    seen, outcome = exact()
    assert conditional_information(seen, outcome, seen, EVEN) == pytest.approx(0, abs=1e-12)
    other = np.random.default_rng(1).random(DRAW.size) < 0.5
    assert conditional_information(seen, outcome, other, EVEN) == pytest.approx(0.19, abs=0.02)


def test_a_copy_is_redundant_and_a_second_cause_is_not() -> None:
    rng = np.random.default_rng(2)
    one, two = by_draw(rng), by_draw(rng)
    outcome = one & two
    nearly = one ^ (rng.random(DRAW.size) < 0.02)
    assert choose([nearly, one, two], outcome, DRAW, EVEN, 8) in ([1, 2], [2, 1])


def test_a_necessary_condition_is_told_of() -> None:
    """Without it the outcome never comes about: the ratio of its absence is near 0, and finite."""
    rng = np.random.default_rng(6)
    seen = by_draw(rng)
    told = information_of(seen, seen & by_draw(rng), DRAW, EVEN)
    assert told.unseen == 0
    assert 0 < told.absence_interval_90[0] < told.absence < told.absence_interval_90[1] < 0.1


def test_weights_are_runs() -> None:
    """A weight of two is the run twice, in the same draw."""
    rng = np.random.default_rng(3)
    seen, outcome = by_draw(rng), by_draw(rng)
    outcome |= seen & (rng.random(DRAW.size) < 0.3)
    weights = rng.integers(0, 3, DRAW.size)
    again = np.repeat(np.arange(DRAW.size), weights)
    weighed = information_of(seen, outcome, DRAW, weights.astype(np.float64))
    repeated = information_of(seen[again], outcome[again], DRAW[again], np.ones(again.size))
    for one, other in zip(weighed, repeated, strict=True):
        assert one == pytest.approx(other)


def test_intervals_cover() -> None:
    """Of bits and ratios, over 200 seeds; the exact ones from 2 million runs of the same law."""
    rng = np.random.default_rng(4)

    def both(chance: npt.NDArray[np.float64]) -> tuple[Flags, Flags]:
        return rng.random(chance.size) < chance, rng.random(chance.size) < chance

    many = both(rng.beta(1, 2, 2_000_000))
    exact = information_of(*many, np.zeros(2_000_000, np.int64), np.ones(2_000_000))
    found = [
        information_of(*both(np.tile(rng.beta(1, 2, DRAWS), RUNS)), DRAW, EVEN) for _ in range(200)
    ]
    for name in ("bits", "ratio", "absence"):
        ends = np.array([getattr(one, f"{name}_interval_90") for one in found])
        held = (ends[:, 0] <= getattr(exact, name)) & (getattr(exact, name) <= ends[:, 1])
        assert 0.83 <= held.mean() <= 0.96, name


def test_too_few_draws_say_nothing() -> None:
    rng = np.random.default_rng(5)
    seen = np.zeros(DRAW.size, np.bool_)
    seen[DRAW < 10] = True
    assert score_test(seen, by_draw(rng), DRAW, EVEN) == (0.0, 1.0)
