"""Random streams: named by seed, process, purpose, chunk and tick, and by nothing else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import special

from relsim.worlds.randomness.streams import Stream, Streams, philox

WIDTH = 37  # odd, so that a draw of float32 numbers ends in the middle of a word


def stream(
    seed: int = 1,
    chunk: int = 0,
    process: str = "collisions",
    purpose: str = "count",
    rows: int = 1,
    width: int = WIDTH,
) -> Stream:
    return Streams(seed, (chunk,), width).stream(process, purpose, rows)


def test_order_of_draws_does_not_matter() -> None:
    forwards, backwards = stream(), stream()
    ticks = [0, 16, 1, 23_376, 7]
    drawn = {now: forwards.uniforms(now) for now in ticks}
    for now in reversed(ticks):
        np.testing.assert_array_equal(backwards.uniforms(now), drawn[now])


def test_the_same_tick_gives_the_same_numbers_again() -> None:
    once = stream()
    first = once.uniforms(5)
    once.uniforms(6)
    np.testing.assert_array_equal(once.uniforms(5), first)


def test_order_of_streams_does_not_matter() -> None:
    here, there = Streams(1, (0,), WIDTH), Streams(1, (0,), WIDTH)
    a, b = here.stream("talks", "document"), here.stream("ladder", "rung")
    d, c = there.stream("ladder", "rung"), there.stream("talks", "document")
    np.testing.assert_array_equal(a.uniforms(3), c.uniforms(3))
    np.testing.assert_array_equal(b.uniforms(3), d.uniforms(3))


@pytest.mark.parametrize("first", ["uniforms", "normals"])
@pytest.mark.parametrize("second", ["uniforms", "normals"])
@pytest.mark.parametrize("width", [1, 2, 3, WIDTH, 64])
def test_nothing_is_left_over_from_the_draw_before(first: str, second: str, width: int) -> None:
    """Neither a half of a 64-bit word nor the rest of a block of four."""
    used, fresh = stream(width=width), stream(width=width)
    getattr(used, first)(8)
    np.testing.assert_array_equal(getattr(used, second)(9), getattr(fresh, second)(9))


def test_left_over_words_would_show() -> None:
    """The planted error of the test above: a seek that keeps what the generator has buffered."""

    class Keeping(Stream):
        def _seek(self, chunk: int, now: int) -> None:
            state = self._bits.state
            state["state"]["counter"][:] = (0, 0, chunk, now)
            self._bits.state = state

    used, fresh = (Keeping(philox(1, "a", "b"), (0,), 1, WIDTH, WIDTH) for _ in range(2))
    used.uniforms(8)
    assert (used.uniforms(9) != fresh.uniforms(9)).any()


NAMES: list[dict[str, int | str]] = [
    {},
    {"seed": 0},
    {"seed": 2},
    {"seed": -1},
    {"chunk": 1},
    {"chunk": 2},
    {"process": "talks"},
    {"purpose": "severity"},
    {"process": "collisionsc", "purpose": "ount"},
]


def test_every_part_of_the_name_counts() -> None:
    drawn = [stream(width=256, **name).uniforms(4) for name in NAMES]  # type: ignore[arg-type]
    for one, other in itertools.combinations(drawn, 2):
        assert np.count_nonzero(one == other) <= 1


def test_chunk_and_tick_are_apart() -> None:
    """Chunk 1 at tick 0 is not chunk 0 at tick 1, nor the next numbers of chunk 0 at tick 0."""
    drawn = {
        (chunk, now): stream(chunk=chunk, width=4000).uniforms(now).tobytes()[:64]
        for chunk in range(4)
        for now in range(40)
    }
    assert len(set(drawn.values())) == len(drawn)
    long = stream(width=4000).uniforms(0)
    neighbours = {value for (chunk, now), value in drawn.items() if chunk or now}
    windows = {long[start : start + 16].tobytes() for start in range(len(long) - 15)}
    assert not windows & neighbours


def test_seed_zero_is_a_seed() -> None:
    np.testing.assert_array_equal(stream(seed=0).uniforms(0), stream(seed=0).uniforms(0))
    assert not np.array_equal(stream(seed=0).uniforms(0), stream(seed=1).uniforms(0))


def test_a_name_is_given_once() -> None:
    streams = Streams(1, (0,), WIDTH)
    streams.stream("talks", "document")
    streams.stream("talks", "convening")
    with pytest.raises(ValueError, match="two random streams are named 'talks', 'document'"):
        streams.stream("talks", "document")


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("width", [37, 64, 72])
def test_few_runs_of_a_chunk_draw_what_they_would_draw_in_a_full_one(rows: int, width: int) -> None:
    for columns in (1, 2, 7, 8, 33, width - 1):
        few = Streams(1, (3,), width, columns).stream("collisions", "count", rows)
        full = stream(chunk=3, rows=rows, width=width)
        for now in (5, 6, 5):
            for kind in ("uniforms", "normals"):
                numbers, all_ = getattr(few, kind)(now), getattr(full, kind)(now)
                assert numbers.dtype == all_.dtype
                np.testing.assert_array_equal(numbers, all_[..., :columns])


def test_more_rows_and_more_runs_keep_the_first_ones() -> None:
    """One row of a stream of four is what a stream of one row gives."""
    one, four = stream(), stream(rows=4)
    assert one.uniforms(2).shape == (WIDTH,)
    assert four.uniforms(2).shape == four.normals(2).shape == (4, WIDTH)
    np.testing.assert_array_equal(four.uniforms(2)[0], one.uniforms(2))
    np.testing.assert_array_equal(stream(width=8).uniforms(2), one.uniforms(2)[:8])


def test_numbers_are_of_single_precision_and_below_one() -> None:
    u = stream(width=100_000).uniforms(0)
    assert u.dtype == stream().normals(0).dtype == np.float32
    assert u.min() >= 0
    assert u.max() < 1


def test_uniforms_and_normals_have_their_distributions() -> None:
    """Kolmogorov's distance below its 99.9% point."""
    n = 100_000
    grid = (np.arange(n) + 0.5) / n
    for sample in (
        stream(width=n).uniforms(0).astype(float),
        special.ndtr(stream(width=n).normals(0).astype(float)),
    ):
        assert np.abs(np.sort(sample) - grid).max() < 1.95 / np.sqrt(n)


def test_runs_are_independent_across_ticks_chunks_and_purposes() -> None:
    n = 100_000
    here = stream(width=n).uniforms(0)
    for other in (
        stream(width=n).uniforms(1),
        stream(width=n, chunk=1).uniforms(0),
        stream(width=n, purpose="severity").uniforms(0),
        np.roll(here, 1),
    ):
        assert abs(np.corrcoef(here, other)[0, 1]) < 4 / np.sqrt(n)
