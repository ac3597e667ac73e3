"""Parameters of a chunk: columns, dated changes, what is derived from them, half-lives."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.worlds.parameters import Derived, Parameters, column, keep


def number(value: float) -> Floats:
    return np.asarray(value, dtype=np.float32)


def some() -> Parameters:
    return Parameters(
        {
            "actors.US.stake": number(3),
            "actors.US.reference.trust": np.array([0.1, 0.2, 0.3], np.float32),
            "actors.USSR.stake": number(9),
            "dyad.rivalry": np.array([1, 2, 3], np.float32),
        }
    )


def test_under_a_path_stands_what_is_below_it() -> None:
    """A longer name that begins alike is another path."""
    own = some().under("actors.US")
    assert list(own) == ["stake", "reference.trust"]
    assert own["stake"] == 3
    assert some().under("actors.U") == {}


def test_a_mapping_of_all_paths() -> None:
    assert len(some()) == len(list(some())) == 4
    assert "dyad.rivalry" in some()
    with pytest.raises(KeyError):
        some()["dyad"]


def test_given_columns_are_not_touched_by_changes() -> None:
    given = {"dyad.rivalry": number(1)}
    parameters = Parameters(given)
    parameters.change({"dyad.rivalry": number(2)})
    assert given["dyad.rivalry"] == 1
    assert parameters["dyad.rivalry"] == 2


def test_derived_values_are_kept_until_a_change() -> None:
    parameters, derivations = some(), []

    def double(now: Parameters) -> Floats:
        derivations.append(1)
        return now["actors.US.stake"] * 2

    derived = Derived(parameters, double)
    assert [float(derived()), float(derived())] == [6, 6]
    assert len(derivations) == 1
    parameters.change({"actors.US.stake": number(5)})
    assert float(derived()) == 10
    assert len(derivations) == 2


def test_take_gathers_runs_and_leaves_what_they_share() -> None:
    parameters = some()
    derived = Derived(parameters, lambda now: now["dyad.rivalry"].copy())
    derived()
    parameters.take(np.array([2, 2, 0]))
    np.testing.assert_array_equal(parameters["dyad.rivalry"], [3, 3, 1])
    np.testing.assert_array_equal(derived(), [3, 3, 1])
    assert parameters["actors.US.stake"].shape == ()


def test_keep_is_a_half_after_a_half_life() -> None:
    half_lives = np.array([1, 5.4, 130], np.float32)
    np.testing.assert_allclose([keep(h, float(h)) for h in half_lives], 0.5, rtol=1e-6)
    np.testing.assert_allclose(keep(half_lives, 0), 1)
    two_steps = keep(half_lives, 1) * keep(half_lives, 2)
    np.testing.assert_allclose(two_steps, keep(half_lives, 3), rtol=1e-6)
    assert keep(half_lives, 1).dtype == keep(number(5), 1 / 3).dtype == np.float32


@pytest.mark.parametrize("size", [1, 5])
def test_a_column_of_one_value_is_a_scalar(size: int) -> None:
    shared = column(np.full(size, 0.25))
    assert shared.shape == ()
    assert shared.dtype == np.float32
    assert shared == 0.25
    drawn = column(np.append(np.full(size, 0.25), 0.5))
    assert drawn.shape == (size + 1,)
    assert drawn.dtype == np.float32
