"""Leaving and suspending any treaty, treaties in force from a date, dated collisions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from relsim import load, simulate
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import ScenarioError
from relsim.scenario.schema import Scenario

RATES = "{US: 0 per year, RU: 0 per year}"
ROW = "{pressure: 0.5, engagement: -1, retaliation: 0.5, reciprocation: 0}"
HEAD = """\
schema: relsim/1
extends: us-russia-2021
name: treaty-dates
horizon: {{known_until: 2025-01-18, count_from: 2021-01-20}}
headline: binds
treaties:
  new_start: {{in_force_from: 2022-02-05}}
  open_skies:
    notice: {{value: 26, unit: weeks, source: treaties, why: six months}}
    parties:
      US: {{status: in_force, why: null}}
      RU: {{status: in_force, announced: null, leaves_after: null}}
moves:
  leave_open_skies:
    {{cameo: "160", class: strong_hostile, effect: leave, treaty: open_skies,
      rate: {rates}, expresses: {row}}}
  suspend_open_skies:
    {{cameo: "160", class: strong_hostile, effect: suspend_treaty, treaty: open_skies,
      rate: {rates}, expresses: {row}}}
  reduce_relations:
    {{cameo: "160", class: strong_hostile, rate: {rates}, expresses: {row}}}
calendar:
{calendar}
outcomes:
  binds: {{title: B, resolves: B., when: {{status: {{treaty: open_skies, is: in_force}}}}}}
  suspended: {{title: S, resolves: S., when: {{status: {{treaty: open_skies, is: suspended}}}}}}
  by_us: {{title: U, resolves: U., when: {{status: {{treaty: open_skies, is: suspended, by: US}}}}}}
  left: {{title: L, resolves: L., when: {{happened: {{deed: treaty_left, of: open_skies}}}}}}
  told_of: {{title: T, resolves: T., when: {{happened: {{deed: treaty_suspended, by: US}}}}}}
  entered: {{title: E, resolves: E., when: {{happened: {{deed: treaty_in_force}}}}}}
  new_start: {{title: N, resolves: N., when: {{status: {{treaty: new_start, is: in_force}}}}}}
  left_new: {{title: M, resolves: M., when: {{happened: {{deed: leave_new_start}}}}}}
  reduced: {{title: R, resolves: R., when: {{happened: {{deed: reduce_relations, by: RU}}}}}}
"""


def scenario(folder: Path, *calendar: str) -> Scenario:
    file = folder / "treaty_dates.yaml"
    lines = "\n".join(f"  - {{{entry}}}" for entry in calendar) or "  []"
    file.write_text(HEAD.format(rates=RATES, row=ROW, calendar=lines), "utf-8")
    return load(file)


def simulated(folder: Path, *calendar: str) -> Ensemble:
    return simulate(scenario(folder, *calendar), runs=64, draws=64)


def days(found: Ensemble, outcome: str) -> set[int]:
    """The days on which the runs met an outcome."""
    return set(found.first_day[found.outcomes.index(outcome)].tolist())


def made(found: Ensemble, actor: int, move: str) -> set[int]:
    """How often an actor made a move, by run."""
    moves = [name for name, spec in found.scenario.moves.items() if not spec.joint]
    return set(found.move_counts[:, actor, moves.index(move)].tolist())


def day(when: date) -> int:
    return (when - date(2021, 1, 20)).days


def test_a_suspended_treaty_binds_nobody_and_can_still_be_left(tmp_path: Path) -> None:
    found = simulated(
        tmp_path,
        "date: 2021-03-02, actor: US, move: suspend_open_skies",
        "date: 2021-03-09, actor: US, move: suspend_open_skies",  # nothing is left to suspend
        "date: 2022-05-03, actor: US, move: leave_open_skies",
    )
    assert days(found, "told_of") == {day(date(2021, 3, 2))}
    assert made(found, 0, "suspend_open_skies") == {1}
    last = day(date(2025, 1, 19))
    assert days(found, "binds") == {-1}
    # The exit takes effect 26 weeks after the notice, on the next day on which notices are read.
    (left,) = days(found, "left")
    assert day(date(2022, 5, 3)) + 26 * 7 <= left < day(date(2022, 5, 3)) + 27 * 7
    assert days(found, "suspended") == days(found, "by_us") == {-1}  # as the US is out
    assert days(found, "new_start") == {last}


def test_a_suspension_lasts_and_is_one_partys(tmp_path: Path) -> None:
    found = simulated(tmp_path, "date: 2021-03-02, actor: RU, move: suspend_open_skies")
    last = day(date(2025, 1, 19))
    assert days(found, "suspended") == {last}
    assert days(found, "by_us") == days(found, "binds") == days(found, "left") == {-1}


def test_a_notice_runs_on_under_a_suspension(tmp_path: Path) -> None:
    found = simulated(
        tmp_path,
        "date: 2021-03-02, actor: US, move: leave_open_skies",
        "date: 2021-03-16, actor: US, move: suspend_open_skies",
    )
    (left,) = days(found, "left")
    assert day(date(2021, 3, 2)) + 26 * 7 <= left < day(date(2021, 3, 2)) + 27 * 7


def test_a_treaty_enters_into_force_on_its_date(tmp_path: Path) -> None:
    found = simulated(
        tmp_path,
        "date: 2021-06-01, actor: US, move: leave_new_start",  # nobody is in it yet
        "date: 2022-06-01, actor: US, move: leave_new_start",
    )
    assert days(found, "entered") == {day(date(2022, 2, 5))}
    assert days(found, "left_new") == {day(date(2022, 6, 1))}


def test_relations_can_always_be_reduced(tmp_path: Path) -> None:
    found = simulated(tmp_path, "date: 2021-01-23, actor: RU, move: reduce_relations")
    assert days(found, "reduced") == {3}


def remembered(found: Ensemble, actor: str) -> float:
    """What a side remembers of the other's hostility at the end of the second week."""
    return float(np.median(found.sample.series[f"hostility.{actor}"][1]))


def test_a_dated_collision_has_its_severity_and_one_side_may_bring_it(tmp_path: Path) -> None:
    without = simulated(tmp_path)
    both = simulated(tmp_path, "date: 2021-01-31, collision: europe, severity: 8")
    by_russia = simulated(tmp_path, "date: 2021-01-31, actor: RU, collision: europe, severity: 8")
    for found in (both, by_russia):
        flow = found.sample.series["flow"]
        assert (flow[1] == -8).all()
        assert not flow[[0, 2]].any()
    assert remembered(both, "US") > remembered(without, "US") + 1
    assert remembered(both, "RU") > remembered(without, "RU") + 1
    assert remembered(by_russia, "US") == remembered(both, "US")
    assert remembered(by_russia, "RU") == remembered(without, "RU")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("date: 2021-01-31, collision: moon, severity: 8", "unknown region"),
        ("date: 2021-01-31, collision: europe", "collision and severity go together"),
        ("date: 2021-01-31, severity: 3, note: x", "collision and severity go together"),
        ("date: 2021-01-31, actor: RU", "must have a move, a collision"),
        (
            "date: 2021-01-31, collision: europe, severity: 8, move: summit",
            "is an entry of its own",
        ),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(tmp_path, entry)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2022-02-05}", "2026-03-05}", "must be after in_force_from"),
        (
            "2022-02-05}",
            "2022-02-05, parties: {US: {status: left}}}",
            "must be in_force: the party",
        ),
        (
            "effect: suspend_treaty, treaty: open_skies",
            "effect: suspend_treaty",
            "names its treaty",
        ),
        ("effect: suspend_treaty, treaty", "effect: posture, treaty", "names its treaty"),
    ],
)
def test_a_wrong_treaty_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    scenario(tmp_path)
    file = tmp_path / "treaty_dates.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ScenarioError, match=message):
        load(file)
