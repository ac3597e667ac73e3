"""Runs that are taken in the middle of a term go on as if nothing had been."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import simpy

from relsim.processes import term
from relsim.processes.recorder import Recorder
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import load
from tests.properties.comparing import shortened


class Taking(Recorder):
    """Takes every run for itself each week."""

    def process(self) -> Generator[simpy.Event, None, None]:
        for waking in super().process():
            yield waking
            self._worlds.take(np.arange(self._worlds.width))


def test_a_run_taken_for_itself_moves_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(shortened(load("us-russia-2021")), 1, 256, 1, width=128)
    left = simulate_chunks(plan, (0, 1))
    monkeypatch.setattr(term, "Recorder", Taking)
    for before, after in zip(left, simulate_chunks(plan, (0, 1)), strict=True):
        np.testing.assert_array_equal(after.first_day, before.first_day)
        np.testing.assert_array_equal(after.move_counts, before.move_counts)
        np.testing.assert_array_equal(after.joint_counts, before.joint_counts)
        for name, values in before.quantities.items():
            np.testing.assert_array_equal(after.quantities[name], values, err_msg=name)
