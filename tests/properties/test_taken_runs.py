"""Runs that are taken in the middle of a term go on as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np
import pytest
import simpy

from relsim.array_types import Integers
from relsim.processes import term
from relsim.processes.recorder import Recorder
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario, load
from relsim.worlds.worlds import Worlds
from tests.properties.comparing import shortened

Take = Callable[[Worlds, int], Integers | None]


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[ChunkResult], Worlds]]:
    """Simulate a plan; each week, before it is recorded, runs become what `take` says."""

    def simulate(
        plan: Plan, chunks: tuple[int, ...], take: Take
    ) -> tuple[list[ChunkResult], Worlds]:
        left: list[Worlds] = []

        class Taking(Recorder):
            def process(self) -> Generator[simpy.Event, None, None]:
                left.append(self._worlds)
                for waking in super().process():
                    yield waking
                    index = take(self._worlds, self._clock.now // 16)
                    if index is not None:
                        self._worlds.take(index)

        monkeypatch.setattr(term, "Recorder", Taking)
        results = simulate_chunks(plan, chunks)
        return results, left[0]

    return simulate


def assert_are(results: list[ChunkResult], others: list[ChunkResult], index: Integers) -> None:
    """Run k of the first is run index[k] of the others, in all that is kept of it."""
    for found, other in zip(results, others, strict=True):
        np.testing.assert_array_equal(found.first_day, other.first_day[:, index])
        for name, values in other.quantities.items():
            np.testing.assert_array_equal(found.quantities[name], values[index], err_msg=name)
        for name, values in other.sample.series.items():
            np.testing.assert_array_equal(found.sample.series[name], values[:, index], err_msg=name)
        for run, before in enumerate(index):
            own, theirs = (
                part.sample.log[part.sample.log["run"] == one]
                for part, one in ((found, run), (other, before))
            )
            assert own.size
            assert (
                own[["day", "kind", "actor"]].tolist() == theirs[["day", "kind", "actor"]].tolist()
            )
            np.testing.assert_array_equal(own["value"], theirs["value"])


def nothing(worlds: Worlds, day: int) -> None:
    return None


def test_a_run_taken_for_itself_moves_no_bit(
    simulated: Callable[..., tuple[list[ChunkResult], Worlds]],
) -> None:
    plan = Plan(shortened(load("us-russia-2021"), "2021-07-31"), 1, 256, 1, width=128)
    left, _ = simulated(plan, (0, 1), nothing)
    taken, _ = simulated(plan, (0, 1), lambda worlds, day: np.arange(worlds.width))
    for before, after in zip(left, taken, strict=True):
        np.testing.assert_array_equal(after.first_day, before.first_day)
        np.testing.assert_array_equal(after.move_counts, before.move_counts)
        np.testing.assert_array_equal(after.joint_counts, before.joint_counts)
        for name, values in before.quantities.items():
            np.testing.assert_array_equal(after.quantities[name], values, err_msg=name)


def scared(runs: int) -> Plan:
    scenario = shortened(load("us-russia-2021-war-scare"), "2021-11-05")
    return Plan(scenario, 1, runs, 1, width=runs, kept=tuple(range(runs)))


def test_outcomes_series_and_log_travel_with_a_run(
    simulated: Callable[..., tuple[list[ChunkResult], Worlds]],
) -> None:
    """In the last week runs change places, or some become copies: so does all that is kept."""
    plan = scared(64)
    usual, worlds = simulated(plan, (0,), nothing)
    last = max(worlds.stage.days // 7 * 7 - 1, worlds.stage.days - 1)
    shuffled = np.random.default_rng(1).permutation(64)
    copies = np.random.default_rng(2).integers(64, size=64)
    assert len(set(copies.tolist())) < 64
    for index in (shuffled, copies):
        found, _ = simulated(plan, (0,), lambda _, day, i=index: i if day == last else None)
        assert_are(found, usual, index)


def test_a_run_taken_twice_has_its_first_forebears_past(
    simulated: Callable[..., tuple[list[ChunkResult], Worlds]],
) -> None:
    plan = scared(64)
    usual, worlds = simulated(plan, (0,), nothing)
    last = max(worlds.stage.days // 7 * 7 - 1, worlds.stage.days - 1)
    turned = np.roll(np.arange(64), 5)
    back = np.argsort(turned)
    once: list[int] = []

    def there_and_back(worlds: Worlds, day: int) -> Integers | None:
        if day != last:
            return None
        worlds.take(turned)
        once.append(day)
        return back

    found, _ = simulated(plan, (0,), there_and_back)
    assert once == [last]
    assert_are(found, usual, np.arange(64))


def test_dated_changes_travel_with_a_run(
    simulated: Callable[..., tuple[list[ChunkResult], Worlds]],
) -> None:
    """The calendar changes rates on 1 May 2021; runs became those of other draws before."""
    plan, shift = scared(64), np.roll(np.arange(64), 1)
    paths = ("regions.europe.rate", "moves.military_posture.rate.RU", "actors.US.stake")
    _, usual = simulated(plan, (0,), nothing)
    _, shifted = simulated(plan, (0,), lambda _, day: shift if day == 20 else None)
    for path in paths:
        assert len(np.unique(usual.parameters[path])) > 48
        np.testing.assert_array_equal(shifted.parameters[path], usual.parameters[path][shift])


def test_what_is_not_known_of_a_run_kept_whole_is_left_out(
    simulated: Callable[..., tuple[list[ChunkResult], Worlds]],
) -> None:
    """A run that is kept becomes a copy of one that is not: its weeks before are missing."""
    scenario: Scenario = shortened(load("us-russia-2021"), "2021-07-31")
    plan = Plan(scenario, 1, 64, 1, width=64, kept=(0, 1))
    day = 69
    index = np.arange(64)
    index[0] = 40
    (usual,), _ = simulated(plan, (0,), nothing)
    (found,), _ = simulated(plan, (0,), lambda _, now: index if now == day else None)
    weeks = day // 7
    assert np.isnan(found.sample.series["index"][:weeks, 0]).all()
    assert np.isfinite(found.sample.series["index"][weeks:]).all()
    np.testing.assert_array_equal(
        found.sample.series["index"][:, 1], usual.sample.series["index"][:, 1]
    )
    log = found.sample.log
    assert (log["day"][log["run"] == 0] >= day).all()
    assert (log["day"][log["run"] == 1] < day).any()
