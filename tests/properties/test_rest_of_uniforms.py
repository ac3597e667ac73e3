"""What is left of a uniform lies in [0, 1), keeps the order, and is uniform whatever the part."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from relsim.worlds.randomness.streams import rest

STEPS = 2**24  # values that a float32 uniform can take

parts = st.lists(st.integers(0, STEPS), min_size=2, max_size=2, unique=True).map(sorted)


@given(part=parts, where=st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_it_lies_between_zero_and_one_in_the_order_of_the_uniforms(
    part: list[int], where: list[float]
) -> None:
    low, high = part
    steps = low + np.floor(np.sort(where) * (high - 1 - low))
    left = rest((steps / STEPS).astype(np.float32), low / STEPS, high / STEPS)
    assert left.dtype == np.float32
    assert (left >= 0).all()
    assert (left < 1).all()
    assert (np.diff(left) >= 0).all()


@given(part=parts)
def test_it_is_uniform_whatever_the_part(part: list[int]) -> None:
    low, high = part
    steps = np.unique(np.linspace(low, high - 1, 1000).astype(np.int64))
    left = rest((steps / STEPS).astype(np.float32), low / STEPS, high / STEPS)
    np.testing.assert_allclose(left, (steps - low) / (high - low), atol=1e-6)


@given(
    chance=st.floats(2.0**-20, 0.999),
    beyond=st.integers(-1, 1),
)
def test_bounds_that_are_rounded_do_not_lead_beyond(chance: float, beyond: int) -> None:
    bound = np.float32(chance)
    edge = np.nextafter(bound, np.float32(beyond))
    for left in (rest(np.array([edge]), 0, bound), rest(np.array([edge]), bound, 1)):
        assert ((left >= 0) & (left < 1)).all()
