"""What must hold of any scenario: the same bits however it is run, and numbers that make sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import difference
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.reading import read, validated
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan, simulate
from relsim.story.replay import replay
from tests.meaning.measuring import with_calendar
from tests.properties.comparing import (
    arrays,
    assert_begins,
    assert_same,
    narrow,
    shortened,
    unlike,
)
from tests.properties.generated import changed, changes
from tests.properties.test_dated_changes import before, days_to, moved

WIDTH, RUNS, DRAWS = 96, 192, 64  # two full chunks, 3 runs a draw
LATE = "2021-05-20"
END = "2021-09-30"  # of the few that run by default
FEW = settings(max_examples=1, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))

Check = Callable[[Scenario], None]


@pytest.fixture(scope="module", autouse=True)
def _narrow() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        yield


def simulated(scenario: Scenario, seed: int = 5) -> Ensemble:
    return simulate(scenario, RUNS, DRAWS, seed, log_all=True)


def in_any_order(scenario: Scenario) -> None:
    """Chunks simulated backwards, and the first batch alone, give the same bits."""

    def backwards(work: Any, plan: Plan, chunks: list[int], *rest: Any) -> Iterator[ChunkResult]:
        return (work(plan, chunk) for chunk in reversed(chunks))

    usual = simulated(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relsim.runs.jobs.chunks_done", backwards)
        assert_same(usual, simulated(scenario))
    assert_begins(simulate(scenario, 2 * RUNS, 2 * DRAWS, 5, log_all=True), usual)
    assert unlike(arrays(usual), arrays(simulated(scenario, seed=6)))


def written_and_read(scenario: Scenario, folder: Path) -> None:
    """A scenario that is written and read again is the same one: no difference whatever."""
    file = folder / "written.yaml"
    file.write_text(to_yaml(scenario), encoding="utf-8")
    again = validated(read(file), Scenario)
    assert scenario_hash(again) == scenario_hash(scenario)
    one, other = simulated(scenario), simulated(again)
    assert_same(one, other)
    for name in one.outcomes:
        found = difference(
            one.happened(name), other.happened(name), one.draw_of_run, one.runs_per_batch
        )
        assert found.value == 0


def told_as_it_was(scenario: Scenario) -> None:
    """A replayed run is its row."""
    ensemble = simulated(scenario)
    for run in (0, WIDTH - 1, WIDTH, RUNS - 1):
        story = replay(ensemble, run)
        days = [outcome.day for outcome in story.outcomes.values()]
        assert days == ensemble.first_day[:, run].tolist()
        log = ensemble.sample.log
        assert [h.day for h in story.log] == log["day"][log["run"] == run].tolist()


def unchanged_before(scenario: Scenario) -> None:
    """A change from a date on leaves every run as it was before it."""
    change = {"actors.RU.exposure": 25, "ladder.collision_chance": 0.4}
    usual = simulated(scenario)
    other = simulated(with_calendar(scenario, {"date": LATE, "set": change}))
    day = days_to(usual, LATE)
    assert not moved(before(usual, day), before(other, day))
    last = int(usual.week_days[-1])
    assert moved(before(usual, last), before(other, last))


def makes_sense(scenario: Scenario) -> None:
    """Every number is finite and within what its meaning allows."""
    ensemble = simulated(scenario)
    last = int(ensemble.week_days[-1])
    assert ((ensemble.first_day >= -1) & (ensemble.first_day <= last)).all()
    assert ensemble.health.failed == 0
    for name, values in ensemble.quantities.items():
        assert np.isfinite(values).all(), name
    for name, series in ensemble.sample.series.items():
        assert np.isfinite(series).all(), name
    for counts in ensemble.histograms.values():
        assert (counts.sum(axis=1) == ensemble.runs).all()
    assert (ensemble.move_counts >= 0).all()
    probabilities = ensemble.sample.log["probability"]
    chosen = probabilities[~np.isnan(probabilities)]
    assert ((chosen > 0) & (chosen <= 1)).all()


CHECKS: dict[str, Check] = {
    check.__name__: check for check in (in_any_order, told_as_it_was, unchanged_before, makes_sense)
}


def hold(check: Check, profile: settings) -> None:
    """Let a check go through scenarios that hypothesis thinks up."""

    @profile
    @given(changes())
    def each(found: dict[str, object]) -> None:
        check(changed(found))

    each()


@pytest.mark.parametrize("name", CHECKS)
def test_a_few_generated_scenarios(name: str) -> None:
    """On some months of theirs."""
    hold(lambda scenario: CHECKS[name](shortened(scenario, END)), FEW)


@pytest.mark.slow
def test_what_is_written_reads_as_the_same_scenario(tmp_path: Path) -> None:
    hold(lambda scenario: written_and_read(scenario, tmp_path), settings(FEW, max_examples=2))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", CHECKS)
def test_many_generated_scenarios(name: str) -> None:
    hold(CHECKS[name], MANY)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_written_scenarios(tmp_path: Path) -> None:
    hold(lambda scenario: written_and_read(scenario, tmp_path), settings(MANY, max_examples=30))
