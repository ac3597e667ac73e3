"""Rare outcomes after what has happened: the draws of an update, led on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.history.events import held_out_record
from relsim.inference.rare.led import Task, led_after
from relsim.inference.rare.rarely import ANEW, rare_after
from relsim.inference.rare.ways import PLAIN, SPLITTING, Way, of_update, way_of
from relsim.inference.update.density import density_of
from relsim.inference.update.leading import Work, daily
from relsim.inference.update.onward_file import Onward, read_onward, write_onward
from relsim.inference.update.update import Update, update
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from tests.unit.inference.climbing import climbing

WAR, THROUGH = "direct_war", date(2021, 4, 20)


@cache
def summer() -> Scenario:
    """The scenario until the end of August."""
    return climbing("2021-08-31")


@cache
def news() -> Update:
    return update(summer(), held_out_record(), THROUGH, draws=64, runs=2, moves=1)


def onward() -> Onward:
    found = news().onward
    assert found is not None
    return found


def test_all_draws_are_kept_as_often_as_they_weigh() -> None:
    assert onward().log_intensity.size == 128  # two states of each of 64 chains
    assert onward().leading.last_day == (THROUGH - summer().horizon.start).days
    learned = news().population
    assert learned is not None
    each = density_of(news().scenario).log_intensity(learned.w)
    assert set(onward().log_intensity) <= set(each)
    mean = learned.weights @ each
    assert onward().log_intensity.mean() == pytest.approx(mean, abs=0.1 * each.std())


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_onward(onward(), tmp_path / "onward.npz")
    again = read_onward(tmp_path / "onward.npz", onward().leading.scenario)
    assert again.leading == onward().leading
    np.testing.assert_array_equal(again.log_intensity, onward().log_intensity)
    for path, column in onward().columns.items():
        np.testing.assert_array_equal(again.columns[path], column)
    with pytest.raises(UsageError, match="another scenario"):
        read_onward(tmp_path / "onward.npz", climbing("2021-11-30"))
    (tmp_path / "broken.npz").write_bytes((tmp_path / "onward.npz").read_bytes()[:1000])
    with pytest.raises(UsageError, match="no whole file"):
        read_onward(tmp_path / "broken.npz", onward().leading.scenario)


def test_until_the_last_day_nothing_is_copied_and_after_it_is() -> None:
    """With the record as long as the term the bits are those of plain runs."""
    scenario = onward().leading.scenario
    plan = Plan(scenario, 1, 256, 4, width=256, kept=())
    leading = replace(onward().leading, runs=4)
    columns = {path: column[:64] for path, column in onward().columns.items()}
    split = Task(WAR, way_of(scenario, WAR), plan)
    plain = Task(WAR, Way(PLAIN, ""), plan)
    for last, same in ((leading.scenario.horizon.last, True), (THROUGH, False)):
        day = (last - scenario.horizon.start).days
        work = Work(
            replace(leading, last_day=day, ends=(day,)), columns, onward().log_intensity[:64], 1,
            64, True,
        )  # fmt: skip
        found, usual = (led_after(task, work, 0) for task in (split, plain))
        assert (found.first_day == usual.first_day).all() == same
        assert (found.weights == 1).all() == same
    assert found.by_draw.sum() > 0


def test_a_small_update_and_what_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="keeps 128 draws, and 1,024 are needed"):
        rare_after(news(), WAR)
    relsim.simulate(summer(), runs=64, draws=64).save(tmp_path / "plain")
    with pytest.raises(UsageError, match="is no update: name its scenario"):
        rare_after(tmp_path / "plain", WAR)


def test_chances_are_not_added_up() -> None:
    way = of_update(way_of(summer(), "colour_revolution"))
    assert way.method == PLAIN
    assert of_update(way_of(summer(), WAR)).method == SPLITTING


RUNS_AFTER = 1024


def repeated(way: Way, scenario: Scenario, repetitions: int) -> Doubles:
    """The probability of war after the news, from other random numbers, given the same draws."""
    found = onward()
    plan = Plan(scenario, 1, RUNS_AFTER, 16, width=RUNS_AFTER, kept=())
    columns = {path: column[:64] for path, column in found.columns.items()}
    means = []
    for seed in range(repetitions):
        leading = replace(found.leading, scenario=scenario, runs=16, seed=100 + seed)
        work = Work(leading, columns, found.log_intensity[:64], ANEW, 64, True)
        means.append(led_after(Task(WAR, way, plan), work, 0).by_draw.sum() / RUNS_AFTER)
    return np.array(means)


@pytest.mark.slow
def test_given_the_draws_split_runs_are_worth_three_plain_ones_and_more() -> None:
    """The variance of plain runs is that of hits; measured, that of 12 would be too uncertain."""
    steep = daily(summer().vary({"ladder.collision_chance": 0.2, "ladder.momentum": 0.3}))
    split = repeated(way_of(steep, WAR), steep, 12)
    plain = repeated(Way(PLAIN, ""), steep, 12)
    of_hits = split.mean() / RUNS_AFTER
    error = np.sqrt((split.var(ddof=1) + of_hits) / split.size)
    assert abs(split.mean() - plain.mean()) <= 3 * error
    assert plain.sum() > 0
    assert split.var(ddof=1) < of_hits / 3


@pytest.mark.slow
def test_split_runs_have_the_probability_of_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the same events, with other random numbers; and paths begin after the last day."""
    larger = update(climbing(), held_out_record(), THROUGH, draws=256, runs=2, moves=3)
    found = rare_after(larger, WAR, runs=4096)
    assert (found.way.method, found.runs) == (SPLITTING, 4096)
    assert found.outlines
    last = (THROUGH - climbing().horizon.start).days
    assert all(one.day > last for one in found.outlines)
    assert json.loads(json.dumps(found.to_json()))["updated_through"] == "2021-04-20"
    module = sys.modules["relsim.inference.rare.rarely"]
    monkeypatch.setattr(module, "way_of", lambda *_: Way(PLAIN, "no level"))
    plain = rare_after(larger, WAR, runs=8192, seed=2)
    assert abs(found.value - plain.value) <= 3.5 * np.hypot(found.mc_error, plain.mc_error)
