"""A variant that changes a mechanism only after a date leaves every run unchanged before it."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from relsim.ensemble.ensemble import Ensemble
from relsim.processes.actor import Forced
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate, simulate_chunk
from tests.meaning.measuring import with_calendar
from tests.properties.comparing import assert_same, narrow, shortened

RUNS, DRAWS = 256, 64
END = "2021-11-05"  # after the last change of a packaged variant
# Détente is dated at its onset, 26 weeks before it is complete.
ONSET = {"detente": 182, "late_detente": 182}
CHANGES: dict[str, dict[str, object]] = {
    "choice": {"actors.US.stake": 0, "dyad.rivalry": -1.5},
    "routine": {"moves.impose_sanctions.rate.US": 0, "moves.propose_talks.rate.RU": 12},
    "memory": {"actors.RU.memory_half_life": "40 weeks", "actors.US.trust_half_life": "4 weeks"},
    "world": {"regions.europe.rate": 12, "ladder.collision_chance": 0.5},
    "table": {"talks.round_every": "2 weeks", "issues.arms_control.agreement_rate": "1 per month"},
    "sanctions": {"third_parties.europe.floor": 0.01, "actors.RU.exposure": 30},
}
DATES = ["2021-02-10", "2021-05-05", "2021-08-18"]


@pytest.fixture(autouse=True)
def narrow_(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, RUNS)


@pytest.fixture(scope="module")
def usual(scenario: Scenario) -> Ensemble:
    """The scenario without a change, simulated once."""
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, RUNS)
        return simulated(scenario)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021"), END)


def simulated(scenario: Scenario) -> Ensemble:
    return simulate(scenario, RUNS, DRAWS, log_all=True)


def days_to(ensemble: Ensemble, when: str) -> int:
    return (datetime.date.fromisoformat(when) - ensemble.start).days


def before(ensemble: Ensemble, day: int) -> dict[str, bytes]:
    """All that is on record of the days before `day`."""
    log = ensemble.sample.log
    weeks = int(np.searchsorted(ensemble.week_days, day))
    found = {"log": log[log["day"] < day].tobytes()}
    found |= {n: series[:weeks].tobytes() for n, series in ensemble.sample.series.items()}
    found |= {f"{n} by week": counts[:weeks].tobytes() for n, counts in ensemble.histograms.items()}
    for name in ensemble.outcomes:
        days = ensemble.days(name).astype(np.int64)
        known = (days >= 0) & (days + ONSET.get(name, 0) < day)
        found[name] = np.where(known, days, -1).tobytes()
    return found


def moved(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    """Names of what differs between two records."""
    return [name for name in first if first[name] != second[name]]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("date", DATES)
@pytest.mark.default_cases(4)
def test_nothing_changes_before_the_date(
    scenario: Scenario, usual: Ensemble, change: str, date: str
) -> None:
    variant = with_calendar(scenario, {"date": date, "set": CHANGES[change]})
    other = simulated(variant)
    day = days_to(usual, date)
    assert not moved(before(usual, day), before(other, day))
    # And the change is no idle one.
    assert moved(before(usual, usual.week_days[-1]), before(other, usual.week_days[-1]))


def test_a_forced_move_changes_nothing_before_it(scenario: Scenario, usual: Ensemble) -> None:
    forced = {"date": "2021-09-01", "actor": "US", "move": "impose_sanctions"}
    other = simulated(with_calendar(scenario, forced))
    day = days_to(usual, "2021-09-01")
    assert not moved(before(usual, day), before(other, day))
    assert "log" in moved(before(usual, day + 1), before(other, day + 1))


def test_a_move_forced_on_one_run_leaves_all_others_alone(scenario: Scenario) -> None:
    day, run = 224, 100
    plan = Plan(scenario, 1, RUNS, 4, width=RUNS, kept=tuple(range(RUNS)))
    usual = simulate_chunk(plan, 0)
    other = simulate_chunk(replace(plan, forced={run: Forced(day, "US", "threaten")}), 0)
    rest = np.arange(RUNS) != run
    assert (usual.first_day == other.first_day)[:, rest].all()
    weeks = day // 7
    for name, series in usual.sample.series.items():
        assert np.array_equal(series[:, rest], other.sample.series[name][:, rest])
        assert np.array_equal(series[:weeks], other.sample.series[name][:weeks])
    assert (usual.sample.series["flow"] != other.sample.series["flow"])[weeks, run]


def test_a_change_to_the_same_number_changes_nothing(scenario: Scenario, usual: Ensemble) -> None:
    """Drawn anew by the calendar it keeps its random number, and so its value."""
    paths = ("actors.US.stake", "dyad.rivalry", "moves.impose_sanctions.rate.US")
    same = {path: {"scale": 1} for path in paths}
    variant = with_calendar(scenario, {"date": "2021-09-01", "set": same})
    assert_same(usual, simulated(variant))


@pytest.mark.parametrize(
    "name", ["allied-support-lost", "maximum-pressure", "war-scare", "relief-offered"]
)
@pytest.mark.default_cases(2)
def test_packaged_variants_leave_the_past_alone(usual: Ensemble, name: str) -> None:
    variant = shortened(load(f"us-russia-2021-{name}"), END)
    fresh = [entry.date for entry in variant.calendar if entry.date > datetime.date(2021, 4, 6)]
    other = simulated(variant)
    day = days_to(usual, min(fresh).isoformat())
    assert not moved(before(usual, day), before(other, day))
    assert moved(before(usual, usual.week_days[-1]), before(other, usual.week_days[-1]))
