"""The scenario of 1993: what is given by date, what is drawn anew, and what it knows."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from relsim.history.events import packaged_record
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.driven import drive
from relsim.scenario.schema import load
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.parameters import calendar_columns, parameter_columns
from relsim.worlds.worlds import Worlds
from tests.cli.calling import invoke
from tests.unit.past_scenario import PAST, past

Array = npt.NDArray[np.float32]
RUNS = 64
# With the president of 2008 his predecessor led on, so nothing is drawn anew then and in 2012.
US_CHANGES = [date(year, 1, 20) for year in (1993, 2001, 2009, 2017, 2021)]
RU_CHANGE = date(1999, 12, 31)


@cache
def lived(start: date, end: date) -> ChunkResult:
    scenario = past(start, end)
    plan = Plan(scenario, 1, RUNS, RUNS // 64, width=RUNS, kept=tuple(range(RUNS)))
    return simulate_chunk(plan, 0)


def dates_of(start: date, end: date, kind: str, treaty: str) -> set[date]:
    """Days on which something happened to a treaty, in all runs in which it did."""
    return {
        past(start, end).date_of(entry.day)
        for entry in lived(start, end).log
        if (entry.kind, entry.subject) == (kind, treaty)
    }


def test_it_runs_on_its_first_half_year() -> None:
    start, end = date(1993, 1, 1), date(1993, 7, 1)
    chunk = lived(start, end)
    assert (chunk.first_day >= -1).all()  # -2: a run that failed
    assert all(np.isfinite(series).all() for series in chunk.sample.series.values())
    moves = {entry.kind for entry in chunk.log if entry.actor is not None}
    assert {"propose_summit", "accept_proposal", "criticize"} <= moves


@pytest.mark.slow
def test_it_runs_for_all_its_years() -> None:
    scenario = load(PAST)
    plan = Plan(scenario, 1, RUNS, RUNS // 64, width=RUNS, kept=tuple(range(RUNS)))
    chunk = simulate_chunk(plan, 0)
    assert (chunk.first_day >= -1).all()
    assert all(np.isfinite(series).all() for series in chunk.sample.series.values())
    share = (chunk.first_day[:7] >= 0).mean(axis=1)  # signs of détente, term by term
    assert ((share > 0.2) & (share < 0.95)).all()


def test_the_term_ends_with_the_record_and_reviews_are_daily() -> None:
    scenario = load(PAST)
    assert scenario.horizon.last == date(2021, 4, 6) == load("us-russia-2021").horizon.known_until
    for actor in scenario.actors.values():
        assert (actor.review_every.constant, actor.first_review.constant) == (1, 0)


def test_the_record_can_be_told_in_its_words() -> None:
    scenario = load(PAST)
    assert packaged_record(scenario) == packaged_record()
    done = invoke("events", "us-russia", "--scenario", PAST)
    assert done.exit_code == 0
    assert done.stdout.rstrip().endswith("Nothing is wrong with it.")


def test_what_its_numbers_rest_on_is_of_before_1993() -> None:
    scenario = load(PAST)
    assert scenario.horizon.known_until == scenario.horizon.start == date(1993, 1, 1)
    for value in scenario.parameters().values():
        origin = value.origin or scenario.sources[value.source or ""].origin
        assert origin != "fitted"
        assert value.claim == ()  # of an article of 2021
    words = scenario.model_dump_json()
    assert "2014–2020" not in words
    assert {"chronology", "fit"}.isdisjoint(scenario.sources)


def test_routine_rates_are_known_to_a_factor_of_ten() -> None:
    rates = {p: v for p, v in load(PAST).parameters().items() if ".rate." in p}
    assert len(rates) > 40
    for value in rates.values():
        kind, (_, sd) = value.distribution.kind, value.distribution.parameters
        assert kind == "lognormal"
        assert sd == pytest.approx(0.7, abs=0.001)


# Changes of leaders.


def test_each_change_of_leaders_says_who_and_what_is_drawn_anew() -> None:
    changes = [e for e in load(PAST).calendar if e.new_government is not None]
    assert [(e.date, e.new_government) for e in changes] == sorted(
        [*((day, "US") for day in US_CHANGES), (RU_CHANGE, "RU")]
    )
    for entry in changes:
        assert entry.drawn_anew
        assert list(entry.set or {}) == [f"actors.{entry.new_government}.gain"]
        assert " leaves, " in (entry.why or "")
    rest = [e for e in load(PAST).calendar if e.new_government is None]
    assert [e.date for e in rest] == [date(2008, 5, 7), date(2012, 5, 7)]
    assert all(e.note and not e.set for e in rest)


def test_what_is_drawn_anew_hangs_on_nothing_before() -> None:
    scenario = load(PAST)
    of_run = np.arange(512)
    first = parameter_columns(scenario, 1, of_run)
    drawn = calendar_columns(scenario, 1, of_run)
    gains = [first["actors.US.gain"], *(c["actors.US.gain"] for c in drawn.values() if len(c) == 1
                                        and "actors.US.gain" in c)]  # fmt: skip
    assert len(gains) == 1 + len(US_CHANGES)
    between = np.corrcoef(gains)[np.triu_indices(len(gains), 1)]
    assert (abs(between) < 0.2).all()  # 0 ± .044
    assert np.std(gains, axis=1) == pytest.approx(0.7, rel=0.05)


def test_a_new_president_brings_a_gain_and_beliefs_of_his_own_and_nothing_else() -> None:
    """Weeks of early 1993 with a move of each side, so that beliefs and memories have moved."""
    scenario = past()
    weeks: list[tuple[dict[str, Array], Array, Array]] = []

    def each_week(day: int, worlds: Worlds) -> None:
        columns = {path: np.array(column) for path, column in worlds.parameters.items()}
        weeks.append((columns, worlds.trust_belief.copy(), worlds.hostility.copy()))

    record = [(date(1993, 1, 5), side, "goodwill_gesture", None, None) for side in ("US", "RU")]
    drive(scenario, record, until=date(1993, 2, 1), runs=RUNS, draws=64, each_week=each_week)
    changed = [
        {path for path in one[0] if not np.array_equal(one[0][path], two[0][path])}
        for one, two in pairwise(weeks)
    ]
    inaugurated = (date(1993, 1, 20) - scenario.horizon.start).days // 7 - 1
    assert changed[inaugurated] == {"actors.US.gain"}
    assert all(not paths for week, paths in enumerate(changed) if week != inaugurated)
    columns, beliefs, _ = weeks[inaugurated + 1]
    trust, trials = (np.asarray(columns[f"actors.US.{key}"]) for key in ("trust", "trust_trials"))
    np.testing.assert_allclose(beliefs[0, 0], trials * trust, rtol=1e-5)
    _, before, memory = weeks[inaugurated]
    assert not np.allclose(before[0, 0], trials * trust)
    assert not np.allclose(beliefs[1, 0], weeks[0][0]["actors.RU.trust"])  # Moscow's go on
    fading = weeks[inaugurated + 1][2] / memory
    assert ((fading > 0.5) & (fading < 1)).all()  # memories go on


# Treaties.


@pytest.mark.parametrize(
    ("treaty", "day"),
    [
        ("start_1", date(1994, 12, 5)),
        ("open_skies", date(2002, 1, 1)),
        ("sort", date(2003, 6, 1)),
        ("new_start", date(2011, 2, 5)),
    ],
)
def test_a_treaty_is_joined_on_its_day(treaty: str, day: date) -> None:
    start, end = day - timedelta(days=30), day + timedelta(days=60)
    assert dates_of(start, end, "treaty_in_force", treaty) == {day}
    series = lived(start, end).sample.series[f"in_force.{treaty}"]
    week = (day - start).days // 7
    assert (series[:week] == 0).all()
    assert series[week].mean() > 0.9
    for entry in lived(start, end).log:
        if entry.kind == f"leave_{treaty}":
            assert past(start, end).date_of(entry.day) >= day


@pytest.mark.parametrize(
    ("treaty", "day"), [("start_1", date(2009, 12, 5)), ("sort", date(2011, 2, 5))]
)
def test_a_treaty_expires_on_its_date(treaty: str, day: date) -> None:
    start, end = day - timedelta(days=30), day + timedelta(days=30)
    expired = dates_of(start, end, "treaty_expired", treaty)
    assert expired
    assert all(day <= found <= day + timedelta(days=7) for found in expired)
    series = lived(start, end).sample.series[f"in_force.{treaty}"]
    assert (series[(day - start).days // 7 + 1 :] == 0).all()


def test_treaties_of_the_register_have_the_dates_of_the_table(shared_data: Path) -> None:
    file = shared_data / "arms-control-treaties" / "us_russia_arms_control_treaties_to_2021.csv"
    with file.open(encoding="utf-8", newline="") as text:
        rows = {row["treaty"]: row for row in csv.DictReader(text)}
    treaties = load(PAST).treaties
    for key, name in (
        ("start_1", "START I"),
        ("open_skies", "Treaty on Open Skies"),
        ("sort", "Strategic Offensive Reductions Treaty (SORT)"),
        ("new_start", "New START"),
    ):
        assert str(treaties[key].in_force_from) == rows[name]["entered_into_force"]
    for key, name in (
        ("start_1", "START I"),
        ("sort", "Strategic Offensive Reductions Treaty (SORT)"),
    ):
        assert str(treaties[key].expires) == rows[name]["ended_or_withdrawn"]
    for key, name in (
        ("abm", "Anti-Ballistic Missile (ABM) Treaty"),
        ("inf", "Intermediate-Range Nuclear Forces (INF) Treaty"),
    ):
        assert treaties[key].in_force_from is None
        assert rows[name]["entered_into_force"] < "1993"
    assert str(treaties["start_2"].in_force_from) in rows["START II"]["status_note_to_2021"]
