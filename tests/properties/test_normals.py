"""Normals from uniforms: their law, their independence, their tails, at any width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from relsim.array_types import Floats
from relsim.worlds.randomness.streams import Streams, box_muller

MANY = 1_000_000


def uniforms(width: int) -> Floats:
    return Streams(1, (0,), width).stream("test", "normals").uniforms(0)


@pytest.fixture(scope="module")
def normals() -> Floats:
    return box_muller(uniforms(MANY))


def test_moments(normals: Floats) -> None:
    """Within four standard errors."""
    z = normals.astype(np.float64)
    assert abs(z.mean()) < 4 / np.sqrt(MANY)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / MANY)
    assert abs((z**3).mean()) < 4 * np.sqrt(15 / MANY)
    assert abs((z**4).mean() - 3) < 4 * np.sqrt(96 / MANY)


def test_distance_from_the_normal_law(normals: Floats) -> None:
    """Kolmogorov & Smirnov, at the level of one in a thousand."""
    assert stats.kstest(normals, "norm").statistic < 1.95 / np.sqrt(MANY)


def test_tails(normals: Floats) -> None:
    for bound in (3, 4):
        expected = 2 * MANY * stats.norm.sf(bound)
        assert abs(np.count_nonzero(np.abs(normals) > bound) - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("lag", [1, 2, MANY // 2])
def test_neighbours_and_partners_are_independent(normals: Floats, lag: int) -> None:
    """In themselves, in size, and a cell at a time."""
    first, second = normals[:-lag].astype(np.float64), normals[lag:].astype(np.float64)
    bound = 4 / np.sqrt(first.size)
    assert abs(np.corrcoef(first, second)[0, 1]) < bound
    assert abs(np.corrcoef(first**2, second**2)[0, 1]) < bound
    cells = [np.floor(8 * stats.norm.cdf(z)) for z in (first, second)]
    observed = np.histogram2d(*cells, bins=8)[0]
    assert stats.chisquare(observed, axis=None).pvalue > 1e-4


@given(width=st.integers(1, 9), rows=st.integers(1, 4), data=st.data())
def test_any_shape_is_finite_row_by_row(width: int, rows: int, data: st.DataObject) -> None:
    steps = st.one_of(st.sampled_from([0, 1, 2**24 - 1]), st.integers(0, 2**24 - 1))
    drawn = data.draw(st.lists(steps, min_size=width * rows, max_size=width * rows))
    table = (np.array(drawn).reshape(rows, width) / 2**24).astype(np.float32)
    normals = box_muller(table)
    assert normals.dtype == np.float32
    assert normals.shape == table.shape
    assert (np.abs(normals) < 5.8).all()
    for row, alone in zip(normals, table, strict=True):
        np.testing.assert_array_equal(row, box_muller(alone))


def test_the_odd_one_out_is_normal_too() -> None:
    z = box_muller(uniforms(100_000).reshape(-1, 1))
    assert stats.kstest(z.ravel(), "norm").statistic < 1.95 / np.sqrt(z.size)
