"""Running until precise on the engine: the ensemble is the one of as many runs."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.errors import UnknownName, UsageError
from relsim.estimates import precision
from relsim.estimates.precision import Precision
from relsim.runs import plan
from relsim.runs.engine import simulate_chunks
from tests.properties.comparing import SIMULATE_CHUNKS, each, shortened

SIMULATE = sys.modules[relsim.simulate.__module__]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run a draw, looks at 1, 2, 4, ... batches of 64 runs."""
    monkeypatch.setattr(plan, "DEFAULT_RUNS", plan.DEFAULT_DRAWS)
    monkeypatch.setattr(precision, "FIRST_LOOK", 1)


@pytest.mark.parametrize("width", [64, 96], ids=["whole chunks", "a chunk that is not full"])
@pytest.mark.default_cases(1)
def test_it_grows_into_the_larger_ensemble(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SIMULATE, "Plan", partial(SIMULATE.Plan, width=width))
    simulated: list[int] = []

    def counted(plan: Any, chunk: int) -> Any:
        simulated.append(chunk)
        return simulate_chunks(plan, (chunk,))[0]

    monkeypatch.setattr(SIMULATE_CHUNKS, each(counted))
    scenario, seen = shortened(relsim.load("us-russia-2021"), "2021-07-31"), []
    grown = relsim.simulate(
        scenario,
        precision=0.0001,
        outcome="new_arms_control_agreement",
        max_runs=100,
        progress=lambda *done: seen.append(done),
    )
    assert simulated == ([0, 1] if width == 64 else [0, 0, 1])
    assert seen[-1] == (128, 128)
    reported = Precision.of(grown.provenance)
    assert reported == Precision("new_arms_control_agreement", 0.0001, False, 128)
    assert "not reached for new_arms_control_agreement within 128 runs" in str(reported)
    whole = relsim.simulate(scenario, runs=128, draws=128)
    np.testing.assert_array_equal(grown.first_day, whole.first_day)
    np.testing.assert_array_equal(grown.move_counts, whole.move_counts)
    np.testing.assert_array_equal(grown.histograms["index"], whole.histograms["index"])
    assert grown.record()["precision"] == reported.to_json()
    assert "precision" not in whole.record()


def test_it_ends_at_the_first_look_that_is_precise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SIMULATE, "Plan", partial(SIMULATE.Plan, width=64))
    ensemble = relsim.simulate(shortened(relsim.load("us-russia-2021")), precision=0.03)
    assert ensemble.runs == 128
    assert Precision.of(ensemble.provenance).reached
    assert str(Precision.of(ensemble.provenance)) == "precision 0.03 reached for detente"


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"precision": 0.01, "runs": 64}, UsageError, "settles runs and draws"),
        ({"precision": 0.01, "outcome": "detante"}, UnknownName, "did you mean 'detente'"),
        ({"precision": 2.0}, UsageError, "between 0 and 1"),
        ({"precision": 0.01, "max_runs": 0}, UsageError, "must be positive"),
        ({"max_runs": 64}, UsageError, "go with a precision"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    words: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        relsim.simulate(relsim.load("us-russia-2021"), **words)
