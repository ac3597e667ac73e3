"""The stage that a scenario sets, and how runs are gathered from it."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.scenario.schema import load
from relsim.worlds.stage import HOLD, MOTIVES, stage_of
from tests.verification.stage import set_stage

SCENARIO = load("us-russia-2021")
STAGE = stage_of(SCENARIO)


def test_moves_keep_the_order_of_the_file_hold_first() -> None:
    file = [name for name, move in SCENARIO.moves.items() if not move.joint]
    assert STAGE.move_names == tuple(file)
    assert STAGE.moves[HOLD].name == "hold"
    assert [move.index for move in STAGE.moves] == list(range(len(file)))
    assert {move.name: move.index for move in STAGE.moves} == {
        name: row for row, name in enumerate(file)
    }


def test_joint_moves_are_counted_apart() -> None:
    joint = [name for name, move in SCENARIO.moves.items() if move.joint]
    assert list(STAGE.joint) == joint
    assert [move.index for move in STAGE.joint.values()] == list(range(len(joint)))
    assert not set(joint) & set(STAGE.move_names)
    assert STAGE.move("summit").joint
    assert STAGE.move("criticize") is STAGE.moves[STAGE.move_names.index("criticize")]
    with pytest.raises(KeyError):
        STAGE.move("colonize")


def test_kinds_answered_in_kind_have_a_row_of_debts_each() -> None:
    rows = {name: STAGE.move(name).answered for name in SCENARIO.moves}
    answered = [name for name, move in SCENARIO.moves.items() if move.answered]
    assert [rows.pop(name) for name in answered] == list(range(STAGE.debt_kinds))
    assert set(rows.values()) == {-1}


def test_moves_know_their_treaty_weight_and_class() -> None:
    for name, spec in SCENARIO.moves.items():
        move = STAGE.move(name)
        assert (STAGE.treaties[move.treaty] if move.treaty >= 0 else None) == spec.treaty
        assert move.weight == spec.weight
        assert move.strong == (spec.kind == "strong_hostile")
        assert move.cooperative == (spec.kind == "cooperative")
        assert not (move.strong and move.weight > 0)


def test_rows_of_w_follow_the_rows_of_moves() -> None:
    w = STAGE.expression(SCENARIO)
    assert w.shape == (len(STAGE.moves), len(MOTIVES))
    assert w.dtype == np.float32
    assert not w[HOLD].any()
    anchors = ("impose_sanctions", "propose_talks", "expel_diplomats", "goodwill_gesture")
    assert [w[STAGE.move(name).index, column] for column, name in enumerate(anchors)] == [1] * 4
    row = SCENARIO.moves["criticize"].expresses
    assert row is not None
    written = [getattr(row, motive) for motive in MOTIVES]
    np.testing.assert_allclose(w[STAGE.move("criticize").index], written, rtol=1e-6)


def test_days_of_the_term() -> None:
    assert (STAGE.days, STAGE.known_day) == (1461, 76)
    horizon = SCENARIO.horizon.model_copy(update={"known_until": None})
    assert stage_of(SCENARIO.model_copy(update={"horizon": horizon})).known_day == -1


def test_each_is_the_other_ones_opponent() -> None:
    us, russia = STAGE.actor("US"), STAGE.actor("RU")
    assert {us, russia} == {0, 1}
    assert (STAGE.opponent(us), STAGE.opponent(russia)) == (russia, us)


def test_take_gathers_every_array_along_its_runs() -> None:
    worlds = set_stage({"dyad.rivalry": np.arange(8.0)}, width=8).worlds
    rng = np.random.default_rng(4)
    for array in worlds.arrays().values():
        array[...] = rng.integers(0, 2, array.shape)
    before = {name: array.copy() for name, array in worlds.arrays().items()}
    index = np.array([7, 7, 0, 1, 1, 1, 3, 2])
    worlds.election = [np.arange(8, dtype=np.float32), np.zeros((), np.float32)]
    worlds.take(index)
    assert worlds.arrays().keys() == before.keys()
    for name, array in worlds.arrays().items():
        np.testing.assert_array_equal(array, before[name][..., index], err_msg=name)
        assert array.flags.c_contiguous, name  # flat views of it are no copies
    np.testing.assert_array_equal(worlds.parameters["dyad.rivalry"], index)
    np.testing.assert_array_equal(worlds.election[0], index)
    assert worlds.election[1].shape == ()
