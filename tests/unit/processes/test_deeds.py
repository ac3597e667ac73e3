"""Moves of a day sorted by class: every mover is found again, in its class and under its move."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.processes.making import Deeds
from relsim.scenario.schema import load
from relsim.worlds.stage import stage_of

STAGE = stage_of(load("us-russia-2021"))
KINDS = np.array(STAGE.kinds)


def some(seed: int, movers: int) -> tuple[np.ndarray, np.ndarray, Deeds]:
    rng = np.random.default_rng(seed)
    idx = np.sort(rng.choice(10_000, movers, replace=False))
    rows = rng.integers(1, len(STAGE.moves), movers).astype(np.int8)
    return rows, idx, Deeds(STAGE, rows, idx)


@pytest.mark.parametrize("movers", [0, 1, 7, 3000])
def test_each_class_and_each_move_has_its_runs(movers: int) -> None:
    rows, idx, deeds = some(movers, movers)
    hostile = ("hostile", "strong_hostile")
    for part, kinds in (
        (deeds.strong, ("strong_hostile",)),
        (deeds.hostile, hostile),
        (deeds.cooperative, ("cooperative",)),
        (deeds.neutral, ("neutral",)),
        (deeds.lasting, (*hostile, "cooperative")),
    ):
        of_class = idx[np.isin(KINDS[rows], kinds)]
        np.testing.assert_array_equal(np.sort(deeds.runs[part]), of_class)
    assert [move.index for move, _ in deeds.by_move] == np.unique(rows).tolist()
    for move, runs in deeds.by_move:
        np.testing.assert_array_equal(runs, idx[rows == move.index])


def test_columns_of_the_table_are_reported_of_each_run() -> None:
    rows, _, deeds = some(1, 500)
    weights = np.array([move.weight for move in STAGE.moves], np.float32)[rows]
    exits = np.array([move.treaty >= 0 for move in STAGE.moves])[rows]
    order = np.argsort(deeds.runs)
    for column, expected in (
        (STAGE.table.row, rows),
        (STAGE.table.weight, weights),
        (STAGE.table.trials, np.where(exits, 2, 1)),
    ):
        np.testing.assert_array_equal(deeds.each(column)[order], expected)


def test_some_of_them_are_left_out() -> None:
    rows, idx, deeds = some(2, 300)
    kept = np.arange(idx.size) % 3 > 0
    left = deeds.only(np.isin(deeds.runs, idx[kept]))
    assert [(move, runs.tolist()) for move, runs in left.by_move] == [
        (move, runs.tolist()) for move, runs in Deeds(STAGE, rows[kept], idx[kept]).by_move
    ]
