"""Updated forecasts of simulated histories: the benchmark's parts, and what it says of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from benchmarks import updating
from benchmarks.updating import OUTCOMES, PLANTED, forecast, histories, reliability_of, surer, told
from relsim.scenario.schema import Scenario, load
from tests.properties.comparing import shortened


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load(updating.SCENARIO)


def right_forecasts(seed: int, histories: int = 20, dates: int = 10) -> dict[str, updating.Part]:
    """What comes about has the probability that was said, and is told by and by."""
    numbers = np.random.Generator(np.random.Philox(seed))
    parts = {}
    for number in range(histories):
        walk = np.cumsum(numbers.standard_normal((dates + 30, 3)), axis=0) * 0.3
        # P(the last value of the walk > 0) given its value on each date.
        left = 0.3 * np.sqrt(np.arange(dates + 30, 30, -1) - 1)
        said = ndtr(walk[:dates] / left[:, np.newaxis])
        parts[str(number)] = {
            "dates": [str(k) for k in range(dates)],
            "said": {name: said[:, k].tolist() for k, name in enumerate(OUTCOMES)},
            "before": dict.fromkeys(OUTCOMES, 0.5),
            "came": {name: bool(walk[-1, k] > 0) for k, name in enumerate(OUTCOMES)},
            "least_effective": 40.0,
        }
    return parts


def test_right_forecasts_lie_in_the_band_and_planted_overconfidence_does_not() -> None:
    found = [
        [reliability_of(right_forecasts(seed), OUTCOMES, times).p_value for times in (1, PLANTED)]
        for seed in range(4)
    ]
    right, planted = np.array(found).T
    assert np.mean(right > 0.05) > 0.7
    assert np.mean(planted < 0.05) > 0.9


def test_it_says_what_was_kept() -> None:
    lines = list(told(right_forecasts(1)))
    assert lines[0].startswith("20 histories, 200 forecasts of each outcome")
    assert len(lines) == 1 + 2 * (len(OUTCOMES) + 1)
    assert not list(told({}))


def test_log_odds_are_multiplied() -> None:
    np.testing.assert_allclose(surer(np.array([0.2, 0.5, 0.8]), 2), [1 / 17, 0.5, 16 / 17])


def test_a_history_is_what_a_coder_would_record_of_its_run(baseline: Scenario) -> None:
    short = shortened(baseline)
    one, other = histories(short, 2)
    assert one.events != other.events
    days = [event.date for event in one.events]
    assert days == sorted(days)
    assert set(one.came) == set(short.outcomes)


@pytest.mark.slow
def test_a_history_is_forecast_and_kept_once(
    baseline: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(updating, "THROUGH", date(2021, 9, 30))
    monkeypatch.setattr(
        updating, "forecast", lambda s, h, seed: forecast(s, h, seed, date(2021, 9, 30), 64, 2)
    )
    updating.main(str(tmp_path), "0", "1")
    lines = (tmp_path / "updating.jsonl").read_text("utf-8").splitlines()
    parts = [json.loads(line) for line in lines]
    assert [part["part"] for part in parts] == ["0", "1"]
    for part, history in zip(parts, histories(baseline, 2), strict=True):
        assert part["dates"] == ["2021-06-30", "2021-09-30"]
        assert part["came"] == {name: history.came[name] for name in OUTCOMES}
        assert all(0 <= value <= 1 for said in part["said"].values() for value in said)
        until = [e for e in history.events if date(2021, 4, 6) < e.date <= date(2021, 9, 30)]
        assert part["moves"] <= len(until)
    updating.main(str(tmp_path), "1")
    assert (tmp_path / "updating.jsonl").read_text("utf-8").splitlines() == lines
