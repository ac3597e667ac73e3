"""The contract of rules at its edges, and the pick of a move from probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.errors import SimulationError
from relsim.rules.contract import TOLERANCE, checked, pick
from relsim.rules.view import View
from tests.unit.rules.seen import GIVE, HOLD, MEET, NOTE, SCOLD, calm

LARGEST = np.float32(1 - 2.0**-24)  # the largest uniform that a stream gives


def chances(*rows: list[float]) -> Floats:
    return np.array(rows, dtype=np.float32)


def even(view: View) -> Floats:
    moves, runs = view.available.shape
    return np.full((moves, runs), 1 / moves, np.float32)


def test_what_keeps_the_contract_is_handed_on_untouched() -> None:
    view = calm(3)
    given = even(view)
    p, total = checked(given, view, "own")
    assert p is given
    np.testing.assert_array_equal(total, given.sum(axis=0))


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, np.bool_])
def test_other_numbers_are_taken_as_single_precision(kind: type) -> None:
    view = calm(2)
    sure: npt.NDArray[np.generic] = np.zeros((6, 2), kind)
    sure[GIVE] = 1
    p, _ = checked(sure, view, "own")
    assert p.dtype == np.float32
    np.testing.assert_array_equal(p[GIVE], 1)


@pytest.mark.parametrize("sign", [-1, 1])
def test_sums_may_be_off_by_the_tolerance(sign: int) -> None:
    view = calm(2)
    inside, outside = even(view), even(view)
    inside[HOLD, 1] += sign * 0.9 * TOLERANCE
    outside[HOLD, 1] += sign * 1.5 * TOLERANCE
    checked(inside, view, "own")
    with pytest.raises(SimulationError, match="rule 'own' of A in week 11: .* sum to"):
        checked(outside, view, "own")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_seen(wrong: float) -> None:
    view = calm(5)
    p = even(view)
    p[MEET, 3] = wrong
    with pytest.raises(SimulationError, match="not finite"):
        checked(p, view, "own")


def test_infinities_that_cancel_are_seen() -> None:
    view = calm(5)
    p = even(view)
    p[MEET, 3], p[GIVE, 3] = np.inf, -np.inf
    # Their sum is not a number; NumPy says so as well.
    with np.errstate(invalid="ignore"), pytest.raises(SimulationError, match="not finite"):
        checked(p, view, "own")


def test_a_chance_for_an_unavailable_move_is_seen_however_small() -> None:
    available = np.ones((6, 2), np.bool_)
    available[NOTE, 1] = False
    p = even(calm(2))
    p[NOTE, 1], p[HOLD, 1] = 1e-30, 2 / 6
    with pytest.raises(SimulationError, match="gave a chance to note, which is unavailable"):
        checked(p, calm(2, available=available), "own")
    p[NOTE, 1] = 0
    checked(p, calm(2, available=available), "own")


@pytest.mark.parametrize("wrong", [np.nan, 0.5])
def test_sums_of_known_rules_are_seen_too(wrong: float) -> None:
    view = calm(5)
    p = even(view)
    p[MEET, 3] = wrong
    with pytest.raises(SimulationError, match="not finite|sum to"):
        checked(p, view, "own", known=True)


def test_week_is_counted_from_one() -> None:
    for day, week in ((0, 1), (6, 1), (7, 2), (1460, 209)):
        with pytest.raises(SimulationError, match=f"in week {week}: "):
            checked(None, calm(1, day=day), "own")


def test_pick_counts_cumulated_rows() -> None:
    p = np.repeat(chances([0.5], [0.25], [0.25]), 6, axis=1)
    uniforms = chances([0, 0.4999, 0.5, 0.7499, 0.75, 0.9999])[0]
    picked = pick(p, uniforms)
    assert picked.dtype == np.int8
    assert picked.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("width", [1, 2, 1000])
def test_pick_at_both_ends(width: int) -> None:
    """Unavailable moves at both ends are not picked, in a chunk of any width."""
    p = np.repeat(chances([0], [0.3], [0], [0.7], [0]), width, axis=1)
    assert (pick(p, np.zeros(width, np.float32)) == 1).all()
    assert (pick(p, np.full(width, LARGEST)) == 3).all()


def test_pick_never_makes_an_impossible_move() -> None:
    """Odd probabilities, whose cumulated sums round up and down, at the largest uniform."""
    rng = np.random.default_rng(2)
    p = rng.exponential(size=(19, 20_000)) ** 3
    p[:, rng.random(20_000) < 0.5] *= rng.random((19, 1)) < 0.3
    p[SCOLD] += 1e-6
    p = (p / p.sum(axis=0)).astype(np.float32)
    p[-4:, ::3] = 0
    for uniforms in (np.zeros(20_000), np.full(20_000, LARGEST), rng.random(20_000)):
        picked = pick(p, np.minimum(uniforms, LARGEST).astype(np.float32))
        assert (p[picked, np.arange(20_000)] > 0).all()


def test_an_available_move_without_a_chance_is_not_the_last_resort() -> None:
    """A uniform of one does not come; were it to, the last move with a chance is picked."""
    p = chances([0.5], [0.5], [0.0])
    assert pick(p, np.ones(1, np.float32)).tolist() == [1]
