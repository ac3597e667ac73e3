"""Lots by number: one for each run and number, whoever asks and in whatever order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relsim.worlds.numbered import NumberedLots
from relsim.worlds.streams import Streams

WIDTH = 50


def fresh() -> NumberedLots:
    return NumberedLots(Streams(1, (0,), WIDTH).stream("actor A", "expulsion size"))


def row(lots: NumberedLots, number: int) -> npt.NDArray[np.float32]:
    return lots.lots(np.full(WIDTH, number, np.int16), np.arange(WIDTH))


def test_each_number_has_its_row_in_whatever_order() -> None:
    upwards, downwards = fresh(), fresh()
    rising = [row(upwards, number) for number in range(5)]
    falling = [row(downwards, number) for number in range(4, -1, -1)][::-1]
    np.testing.assert_array_equal(rising, falling)
    assert np.unique(rising).size == 5 * WIDTH
    stream = Streams(1, (0,), WIDTH).stream("actor A", "expulsion size")
    np.testing.assert_array_equal(rising, [stream.uniforms(number) for number in range(5)])


def test_runs_ask_for_different_numbers() -> None:
    lots, idx = fresh(), np.array([3, 7, 8, 49])
    picked = lots.lots(np.array([0, 2, 2, 1], np.int16), idx)
    expected = [row(lots, number)[run] for number, run in zip((0, 2, 2, 1), idx, strict=True)]
    np.testing.assert_array_equal(picked, expected)


def test_nobody_asks() -> None:
    assert fresh().lots(np.empty(0, np.int16), np.empty(0, np.int64)).size == 0
