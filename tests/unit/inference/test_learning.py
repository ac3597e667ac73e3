"""Learning from a record: what is learned, what is written, what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relsim import Scenario, UsageError, load, simulate
from relsim.history import packaged_record
from relsim.history.events import Event
from relsim.inference.calibrate.coordinates import coordinates_of
from relsim.inference.calibrate.history import filtered, setup_of
from relsim.inference.calibrate.learning import (
    HistoryCalibration,
    calibrate_to_history,
    columns_of,
    page,
)
from relsim.inference.calibrate.past import past_of
from relsim.inference.calibrate.weighing import weigh
from relsim.runs.workers import KeptPool
from relsim.tables import page_text

SINCE = date(2020, 3, 20)
SMALL: dict[str, Any] = {"draws": 64, "inner_runs": 2, "moves": 1, "since": SINCE}


@pytest.fixture(scope="module")
def prior() -> Scenario:
    return load("us-russia-2021-prior")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[HistoryCalibration, Path]:
    file = tmp_path_factory.mktemp("learned") / "state.npz"
    return calibrate_to_history("us-russia-2021-prior", **SMALL, state=file), file


@pytest.mark.slow
def test_draws_move_from_the_prior_to_what_was_recorded(
    learned: tuple[HistoryCalibration, Path],
) -> None:
    found, _ = learned
    assert found.steps[-1].temperature == 1
    assert found.z.shape == (64, len(found.setup.coordinates.names))
    prior_z = np.random.default_rng(1).standard_normal(found.z.shape)
    before = filtered(found.setup, prior_z, 1).log_likelihood
    after = filtered(found.setup, found.z, 1).log_likelihood
    assert np.median(after) > np.quantile(before, 0.9)
    assert 1 <= found.effective_draws <= found.distinct <= 64
    bits = [one.information_bits for one in found.learned]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 0.3


@pytest.mark.slow
def test_going_on_from_a_file_gives_the_same(learned: tuple[HistoryCalibration, Path]) -> None:
    found, file = learned
    again = calibrate_to_history("us-russia-2021-prior", **SMALL, state=file)
    np.testing.assert_array_equal(again.z, found.z)
    assert again.log_evidence == found.log_evidence
    with pytest.raises(UsageError, match="belongs to another calculation"):
        calibrate_to_history("us-russia-2021-prior", **SMALL, seed=2, state=file)


@pytest.mark.slow
def test_a_scenario_is_written_that_draws_what_was_learned(
    learned: tuple[HistoryCalibration, Path], tmp_path: Path
) -> None:
    found, _ = learned
    file = found.save(tmp_path / "learned.yaml", "us-russia-2021-prior")
    scenario = load(file)
    assert scenario.draws is not None
    assert set(scenario.draws.columns) == set(found.columns)
    assert "index.start" in found.columns
    ensemble = simulate(scenario, runs=128, draws=64)
    drawn = ensemble.parameters["actors.RU.hostility_at_start"]
    expected = found.columns["actors.RU.hostility_at_start"]
    np.testing.assert_allclose(np.unique(drawn), np.unique(expected), rtol=1e-5)
    with pytest.raises(UsageError, match="holds joint draws already"):
        calibrate_to_history(scenario, **SMALL)


@pytest.mark.slow
def test_what_was_learned_is_shown(learned: tuple[HistoryCalibration, Path]) -> None:
    found, _ = learned
    text = page_text(page(found))
    assert "Shift, sds" in text
    assert str(found.distinct) in text
    assert "After the record" in text
    data = found.to_json()
    assert data["from"] == str(SINCE)
    assert data["through"] == "2021-04-06"
    assert len(data["steps"]) == len(found.steps)  # type: ignore[arg-type]
    assert {"F3", "F4"} <= set(data["forecasts"])  # type: ignore[call-overload]


@pytest.mark.slow
def test_forecasts_enter_after_the_record(
    learned: tuple[HistoryCalibration, Path], tmp_path: Path
) -> None:
    found, file = learned
    both = calibrate_to_history("us-russia-2021-prior", **SMALL, state=file, forecasts=True)
    assert both.forecast_steps[-1].temperature == 1
    assert not found.forecast_steps
    assert len(both.forecasts["F4"][1]) == 2
    assert len(found.forecasts["F4"][1]) == 1
    assert file.with_name("state-forecasts.npz").exists()
    with pytest.raises(UsageError, match="belongs to another calculation"):
        calibrate_to_history(
            "us-russia-2021-prior", **SMALL, state=file, forecasts=True, reliability=0.5
        )


def test_a_reliability_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="reliability must be from 0 to 1"):
        calibrate_to_history("us-russia-2021-prior", **SMALL, reliability=1.5)


def test_nothing_after_what_is_known_sets_a_parameter(prior: Scenario) -> None:
    """Later events change nothing, and cannot be asked for."""
    past, record = load("us-russia-1993"), packaged_record()
    later = Event(
        date=date(2021, 4, 15), actor="US", target="RU", move="impose_sanctions", size=None,
        what="later", source="test", confidence=1, kind="recorded",
    )  # fmt: skip
    one, other = (setup_of(prior, past, events) for events in (record, [*record, later]))
    assert one.fingerprint == other.fingerprint
    with pytest.raises(UsageError, match="nothing later may set its parameters"):
        setup_of(prior, past, record, through=date(2021, 4, 15))


@pytest.mark.parametrize("since", [date(1992, 1, 1), date(2021, 4, 6), date(2022, 1, 1)])
def test_the_record_must_lie_in_the_past(prior: Scenario, since: date) -> None:
    with pytest.raises(UsageError, match="the record must begin from 1993-01-01 on"):
        setup_of(prior, load("us-russia-1993"), packaged_record(), since=since)


def test_an_empty_record_is_refused(prior: Scenario) -> None:
    with pytest.raises(UsageError, match="no event lies between"):
        setup_of(prior, load("us-russia-1993"), [])


def test_the_past_has_its_own_treaties_leaders_and_dates(prior: Scenario) -> None:
    past = load("us-russia-1993")
    led = past_of(
        prior, past, date(2009, 1, 20), date(2021, 4, 14), packaged_record(),
        carry=["actors.US.gain"],
    )  # fmt: skip
    own, there, here = led.parameters(), past.parameters(), prior.parameters()
    for path in ("actors.US.stake", "moves.impose_sanctions.rate.US"):
        assert str(own[path]) == str(here[path])
        assert str(own[path]) != str(there[path])
    assert str(own["actors.RU.hostility_at_start"]) == str(there["actors.RU.hostility_at_start"])
    status = {name: treaty.parties["US"].status for name, treaty in led.treaties.items()}
    assert (status["abm"], status["start_2"], status["new_start"]) == ("left", "left", "in_force")
    assert {entry.date for entry in led.calendar if entry.new_government == "US"} == {
        date(2009, 1, 20), date(2017, 1, 20), date(2021, 1, 20)
    }  # fmt: skip
    assert not any(entry.set for entry in led.calendar)
    drawn = past_of(prior, past, date(2009, 1, 20), date(2021, 4, 14), packaged_record())
    assert sum(bool(entry.set) for entry in drawn.calendar) == 3


def test_coordinates_are_what_the_scenario_itself_has(prior: Scenario) -> None:
    setup = setup_of(prior, load("us-russia-1993"), packaged_record())
    names = setup.coordinates.names
    assert "moves.leave_inf.rate.US" not in names
    assert {"dyad.rivalry", "moves.threaten.rate.US", "actors.US.gain@2021-01-20"} <= set(names)
    assert names[-3:] == ("ln ω 0", "ln ω 1", "ln ω 2")
    z = np.zeros((2, len(names)))
    values = setup.coordinates.values(z)
    half = np.array([0.5])
    for path, distribution in setup.coordinates.learned.items():
        assert values[path][0] == pytest.approx(distribution.quantile(half)[0])
    fewer = coordinates_of(setup.past, prior.parameters(), 1, ())
    assert "moves.threaten.rate.US" not in fewer.names


@pytest.mark.slow
def test_little_learned_is_not_written(learned: tuple[HistoryCalibration, Path]) -> None:
    """Columns of what kept its prior are left out: drawn from the prior anew."""
    found, _ = learned
    z = np.random.default_rng(3).standard_normal((4096, found.z.shape[1]))
    z[:, 0] = 0.5 * z[:, 0] + 1  # rivalry alone has learned
    with KeptPool(1) as pool:
        state = weigh(found.setup, found.scenario, found.z[:64], 1, pool).state
    state = {name: np.resize(array, (*array.shape[:-1], 4096)) for name, array in state.items()}
    columns = columns_of(found.setup, found.scenario, z, state)
    starts = {path for path in columns if "start" in path or "stock" in path}
    assert set(columns) - starts == {"dyad.rivalry"}
