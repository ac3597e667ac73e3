"""Uniforms by number: a run's next one, whatever other runs had, and none of them twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relsim.processes.making import make_move
from relsim.worlds.randomness.streams import NumberedUniforms, Streams
from tests.verification.stage import set_stage

WIDTH = 50


def fresh() -> NumberedUniforms:
    return NumberedUniforms(Streams(1, (0,), WIDTH).stream("actor A", "expulsion size"))


def every() -> npt.NDArray[np.int64]:
    return np.arange(WIDTH)


def test_each_number_has_its_row() -> None:
    uniforms = fresh()
    rows = [uniforms.following(every()) for _ in range(5)]
    assert np.unique(rows).size == 5 * WIDTH
    stream = Streams(1, (0,), WIDTH).stream("actor A", "expulsion size")
    np.testing.assert_array_equal(rows, [stream.uniforms(number) for number in range(5)])


def test_runs_come_to_different_numbers() -> None:
    uniforms, idx, numbers = fresh(), np.array([3, 7, 8, 49]), (0, 2, 2, 1)
    for had in range(2):
        uniforms.following(idx[np.array(numbers) > had])
    stream = Streams(1, (0,), WIDTH).stream("actor A", "expulsion size")
    expected = [stream.uniforms(number)[run] for number, run in zip(numbers, idx, strict=True)]
    np.testing.assert_array_equal(uniforms.following(idx), expected)


def test_nobody_asks() -> None:
    assert fresh().following(np.empty(0, np.int64)).size == 0


def test_no_lot_is_given_twice_though_runs_are_taken() -> None:
    """A run that made none takes the place of one that made one: its first lot is a fresh one."""
    stage = set_stage({}, 2)
    worlds = stage.worlds
    expel = worlds.stage.move("expel_diplomats")
    stream = Streams(1, (0,), 2).stream("actor US", "expulsion size")
    first, second = stream.uniforms(0), stream.uniforms(1)
    make_move(stage.scene, 0, expel, np.array([0]), 0)
    worlds.take(np.array([1, 1]))
    sizes = worlds.expulsion_sizes[0]
    np.testing.assert_array_equal(sizes.following(np.arange(2)), [second[0], first[1]])
