"""Columns that are loaded when they are asked for, few at a time."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np
import pytest

from relsim.ensemble.ensemble import parameters_of
from relsim.runs.plan import Plan
from relsim.scenario.schema import load
from relsim.store import layout
from relsim.store.layout import Columns

NAMES = [f"column {number}" for number in range(10)]


def columns(loads: list[list[str]], kept: int) -> Columns:
    def loaded(names: Sequence[str]) -> dict[str, np.ndarray]:
        loads.append(list(names))
        return {name: np.full(4, NAMES.index(name)) for name in names}

    return Columns(NAMES, 32, loaded, kept)


def test_small_columns_are_loaded_at_once_and_only_once() -> None:
    loads: list[list[str]] = []
    found = columns(loads, kept=320)
    assert (list(found), len(found), loads) == (NAMES, 10, [])
    for number, name in enumerate(NAMES):
        assert found[name].tolist() == [number] * 4
    assert loads == [NAMES]


def test_of_large_ones_a_block_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK", 100)  # three columns of 32 bytes
    loads: list[list[str]] = []
    found = columns(loads, kept=319)
    assert [int(found[name][0]) for name in NAMES] == list(range(10))
    assert loads == [NAMES[0:3], NAMES[3:6], NAMES[6:9], NAMES[9:]]
    assert found["column 4"].tolist() == [4] * 4
    assert loads[-1] == NAMES[3:6]
    with pytest.raises(KeyError):
        found["another"]
    assert "another" not in found
    assert "column 1" in found
    assert len(loads) == 5


def test_a_pickled_copy_holds_all() -> None:
    found = columns([], kept=0)
    copy = pickle.loads(pickle.dumps(found))
    assert type(copy) is dict
    assert found == copy
    assert found != copy | {"column 3": np.zeros(4)}


def test_parameters_do_not_hang_on_their_company() -> None:
    plan = Plan(load("us-russia-2021"), 1, 640, 5)
    whole, few = parameters_of(plan), parameters_of(plan, kept=0)
    few._step = 7
    assert list(whole) == list(few) == list(plan.scenario.parameters())
    assert all(whole[name].tobytes() == few[name].tobytes() for name in whole)
    assert whole["actors.US.stake"].shape == (128,)
