"""What both sides mean to do on one day, when only one of them still can."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.processes.making import feel, make_move
from relsim.rules.view import View
from relsim.worlds.worlds import NO_TALKS, UNDER_WAY
from tests.verification.stage import Stage, set_stage

RUNS = 6


def walks_out(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """Suspend the talks wherever there are any."""
    suspend = view.moves.index("suspend_talks")
    p = np.zeros(view.available.shape, np.float32)
    p[suspend] = view.available[suspend]
    p[0] = 1 - p[suspend]
    return p


def talking() -> Stage:
    """A stage on which talks are under way in every other run."""
    stage = set_stage({}, RUNS)
    stage.worlds.talks[::2] = UNDER_WAY
    return stage


def suspensions(stage: Stage) -> list[list[int]]:
    counts: list[list[int]] = stage.worlds.move_counts[
        :, stage.worlds.stage.move("suspend_talks").index
    ].tolist()
    return counts


@pytest.mark.parametrize("begun", [("US", "RU"), ("RU", "US")])
def test_only_the_first_in_order_ends_what_both_would_end(begun: tuple[str, str]) -> None:
    stage = talking()
    for name in begun:
        stage.review(name, walks_out)
    stage.play(1)
    assert suspensions(stage) == [[1, 0] * 3, [0] * RUNS]
    assert (stage.worlds.talks == NO_TALKS).all()
    assert [h.actor for h in stage.happenings.of("suspend_talks")] == ["US"]


def test_a_dated_move_is_made_where_it_can_be() -> None:
    stage = talking()
    move = stage.worlds.stage.move("suspend_talks")
    make_move(stage.scene, 1, move, np.arange(RUNS), 0)
    assert suspensions(stage) == [[0] * RUNS, [1, 0] * 3]


def test_what_is_no_number_in_one_run_takes_nothing_from_the_others() -> None:
    """A run that fails is marked; those beside it feel what they would feel without it."""
    half_life = np.full(RUNS, 5.0)
    half_life[2] = np.nan
    stage = set_stage({"actors.RU.memory_half_life": half_life}, RUNS)
    before = stage.worlds.hostility[1].copy()
    feel(stage.worlds, 1, -2.0, np.arange(RUNS), 3)
    felt = stage.worlds.hostility[1] - before
    others = np.arange(RUNS) != 2
    assert np.isnan(felt[~others]).all()
    assert (felt[others] > 2).all()
