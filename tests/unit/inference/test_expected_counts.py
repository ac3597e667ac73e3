"""Rows of records against what the likelihood lets expect of them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest

from benchmarks.expected_counts import CountingFilter, Counts, counted, residual
from benchmarks.learning import PRIOR, compared, setup_of_truth, truths
from relsim import load
from relsim.inference.calibrate.record_likelihood import Observation, Record
from relsim.processes import recorded
from relsim.processes.actor import Chooser
from relsim.processes.recorded import Look, Recorded
from relsim.worlds.stage import stage_of

THROUGH, HISTORIES = date(2015, 1, 12), 24


def test_expected_rows_by_hand() -> None:
    stage = stage_of(load("us-russia-1993"))
    names = [move.name for move in stage.moves]

    def look(**odds: float) -> Look:
        rates = np.zeros((len(names), 1), dtype=np.float32)
        for name, value in odds.items():
            rates[names.index(name)] = value
        push = np.array([0.5], dtype=np.float32)
        answering = {names.index("expel_diplomats"): push}
        return Look(rates, rates > 0, np.zeros_like(rates), answering)

    us = look(criticize=0.03, expel_diplomats=0.6, propose_talks=0.02)
    ru = look(expel_diplomats=0.5, accept_proposal=0.3, reject_proposal=0.1)
    watch = CountingFilter(
        stage, Record((), 0, 6), Observation(unmodelled=0, detected=0.25), (1, 1),
        np.log(np.full((1, 1), 2, np.float32)), np.full((), 4, np.float32), seed=1,
    )  # fmt: skip
    watch.days_passed([us, ru], 2)
    watch.moved(Recorded(1, "criticize", "US"), [us, ru])
    watch.moved(Recorded(1, "propose_talks", "US", implied=True), [us, ru])
    found = watch.counts
    assert found.rows == {"criticize US": 1, "propose_talks, accepted": 1}
    assert found.expected["criticize US"] == pytest.approx(2 * 2 * 0.03)
    # Intensity 2: of .2 moves a day any number, of 1 answer at most one.
    assert found.expected["expel_diplomats US"] == pytest.approx(2 * (0.2 + 1 - np.exp(-1)))
    accepted = 0.75 * (1 - np.exp(-0.4 * 31))
    made = 2 * (1 - np.exp(-0.04))
    assert found.expected["propose_talks, accepted"] == pytest.approx(made * accepted)
    assert found.expected["propose_talks, not accepted"] == pytest.approx(
        made * 0.25 * (1 - accepted), rel=1e-4
    )


def test_kinds_of_which_few_rows_are_expected_are_counted_together() -> None:
    parts = {
        str(n): {"rows": {"a": 8, "b": 1}, "expected": {"a": 8.0, "b": 1.0, "c": 0.5}}
        for n in range(2)
    }
    first, *lines = compared(parts)
    assert "2 histories" in first
    assert [line.split() for line in lines] == [
        ["a", "16", "16.0", "+0.0"], ["others", "2", "3.0", "-0.6"],
    ]  # fmt: skip


def pooled() -> Counts:
    """Of some short histories, at the parameters by which they were made."""
    total, prior = Counts(), load(PRIOR)
    for number, truth in enumerate(truths(HISTORIES, THROUGH, (10, 120))):
        found = counted(setup_of_truth(truth, 8, 1, THROUGH), prior, truth.z, number)
        total.rows.update(found.rows)
        total.expected.update(found.expected)
    return total


@pytest.mark.slow
def test_rows_are_as_many_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with answers read as any number of moves a day, expulsions are not."""

    def off(total: Counts) -> Counter[str]:
        shares = {kind: n for kind, n in total.expected.items() if n >= 5}
        return Counter({kind: residual(total.rows[kind], n) for kind, n in shares.items()})

    found = off(pooled())
    assert len(found) > 12
    assert max(map(abs, found.values())) < 4
    look_of = recorded.look_of

    def without_answers(chooser: Chooser, day: int) -> Look:
        return look_of(chooser, day)._replace(answering={})

    monkeypatch.setattr(recorded, "look_of", without_answers)
    planted = off(pooled())
    assert min(planted[f"expel_diplomats {who}"] for who in ("US", "RU")) < -4
