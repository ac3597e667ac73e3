"""Signposts of scenarios: a cause and a correlate, half by half, pairs of runs, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from functools import cache

import numpy as np
import pytest

import relsim
from relsim.errors import UnknownName, UsageError
from relsim.inference.signposts.signposts import Signposts, signposts_in, sizes
from relsim.inference.signposts.table import _number, page, sentence
from relsim.inference.signposts.watchable import candidates, check_date, declared
from relsim.plots.signpost_bars import signpost_bars
from relsim.processes.actor import UNBARRED, Intervention
from relsim.runs.engine import simulate_chunk
from relsim.runs.jobs import lean_plan
from relsim.scenario.schema import load
from relsim.tables import Table, page_text
from tests.unit.inference.planted_scenario import BY, CAUSE, CORRELATE, planted


@cache
def found() -> Signposts:
    """The cause alone, in few runs."""
    return relsim.signposts(planted(), by=BY, runs=1024, draws=256, top=1)


@pytest.mark.slow
def test_seeing_finds_cause_and_correlate_and_doing_the_cause_alone() -> None:
    both = relsim.signposts(planted(), by=BY, runs=4096, draws=512, top=3)
    posts = {
        name: next(one for one in both.signposts if one.candidate.name.startswith(name))
        for name in (CAUSE, CORRELATE)
    }
    for one in posts.values():
        assert one.seen.value - one.unseen.value > 0.1
        assert one.information.bits_interval_90[0] > 0
        assert one.doing is not None
        assert one.doing.share_forced > 0.95
        assert one.doing.share_prevented == 0
    cause, correlate = (posts[name].doing.effect for name in (CAUSE, CORRELATE))
    assert cause.mc_interval_90[0] > 0.1
    assert correlate.mc_interval_90[0] <= 0 <= correlate.mc_interval_90[1]
    assert abs(correlate.value) < 0.02
    said = sentence(both, posts[CORRELATE])
    assert "rises from" in said
    assert "changes nothing beyond noise" in said


def test_the_cause_is_seen_and_done() -> None:
    """The short form: forced it raises the outcome, in all runs; prevented it lowers it."""
    (cause,) = found().signposts
    assert cause.candidate.name == CAUSE
    doing = cause.doing
    assert doing is not None
    assert doing.prevented is not None
    assert doing.effect.mc_interval_90[0] > 0.1
    assert (doing.share_forced, doing.share_prevented) == (1.0, 0.0)
    apart = doing.forced.value - doing.prevented.value
    assert apart == pytest.approx(doing.effect.value, abs=1e-12)


def test_the_complement_rule_holds_on_the_measured_half() -> None:
    for one in found().signposts:
        share = one.information.share
        together = one.seen.value * share + one.unseen.value * (1 - share)
        assert together == pytest.approx(found().probability.value, abs=1e-12)


def test_doing_is_compared_with_the_same_runs_in_their_usual_course() -> None:
    (cause,) = found().signposts
    assert cause.doing is not None
    assert found().settled == 0  # so that no run is left out of what is seen
    assert cause.doing.usual.value == found().probability.value
    settled = replace(cause, doing=replace(cause.doing, usual=cause.doing.forced))
    forced = cause.doing.forced.value_text
    assert f"If it is forced in all runs, the probability stays at {forced}" in sentence(
        found(), settled
    )


def test_it_is_said_that_runs_are_settled() -> None:
    some = replace(found(), settled=0.25)
    said = page_text(page(some))
    assert "Probability if it has not come about by 2021-09-01: " in said
    assert "in 25.0% of the runs it had come about by then: left out of all but Forced" in said
    begun = sentence(some, some.signposts[0])
    assert begun.startswith("If “Planted” has not come about by 2021-09-01, and “United States: ")
    assert "as things stand" in page_text(page(found()))


def test_a_joint_move_is_not_drawn_as_kept_off() -> None:
    (cause,) = found().signposts
    assert cause.doing is not None
    joint = replace(cause, doing=replace(cause.doing, prevented=None))
    ((bar,), (done,)) = signpost_bars(replace(found(), signposts=(joint,)))
    assert (bar.with_it, bar.without) == (cause.seen, cause.unseen)
    assert done is not None
    assert (done.with_it, done.without) == (cause.doing.forced, None)
    axes = relsim.plots.signposts(replace(found(), signposts=(joint,), settled=0.1))
    legend = axes.get_legend()
    assert legend is not None
    said = [text.get_text() for text in legend.get_texts()]
    assert "brought about in all runs" in said
    assert "kept from all runs" not in said


def test_what_is_said_in_words() -> None:
    said = sentence(found(), found().signposts[0])
    assert "If “United States: goodwill gesture” is seen by 2021-09-01" in said
    assert "If it is forced in all runs, the probability rises to" in said
    assert "if it is prevented, it falls to" in said


def test_tables_are_whole_at_80_columns() -> None:
    tables = [part for part in page(found()) if isinstance(part, Table)]
    titles = [row[1] for row in tables[0].rows]
    short = Table(tables[0].headings, [(r[0], r[1][:30], *r[2:]) for r in tables[0].rows])
    assert titles  # a terminal wraps them
    for table in (short, tables[1]):
        assert max(len(line) for line in table.text().splitlines()) <= 80


def test_json_has_no_number_that_is_none() -> None:
    record = json.loads(json.dumps(found().to_json(), allow_nan=False))
    assert record["format"] == "relsim.signposts/1"
    assert record["signposts"][0]["signpost"] == CAUSE


@pytest.mark.parametrize(
    ("by", "often", "hostile"),
    [
        (date(2021, 4, 7), {1}, set()),
        (date(2021, 4, 9), {1, 2, 3}, set()),
        (date(2021, 5, 18), {1, 2, 3, 5}, {5}),
        (date(2021, 12, 1), {1, 2, 3, 5}, {5, 10, 20}),
    ],
)
def test_soon_after_what_is_known_there_is_less_to_watch(
    by: date, often: set[int], hostile: set[int]
) -> None:
    """Deeds and hostile weeks count from 7 April 2021 on."""
    asked = load("us-russia-2021-prior")
    names = {one.name for one in candidates(asked, by)}
    assert names <= declared(asked, by).outcomes.keys()
    assert {n for n in (1, 2, 3, 5) if f"seen_US_threaten_{n}" in names} == often
    assert {n for n in (5, 10, 20, 40) if f"seen_hostile_weeks_{n}" in names} == hostile


@pytest.mark.parametrize("by", ["2022-07-01", datetime(2022, 7, 1), 5])
def test_what_is_no_date(by: object) -> None:
    with pytest.raises(UsageError, match="must be a date"):
        check_date(planted(), by)


def test_likelihood_ratios_are_written_out() -> None:
    written = [_number(x, ".2g") for x in (0.054, 0.5, 2.0, 123.4, 45_678.0)]
    assert written == [".054", ".5", "2", "120", "46000"]


def test_candidates_change_no_run() -> None:
    plain = simulate_chunk(lean_plan(planted(), 64, 64), 0)
    watched = simulate_chunk(lean_plan(declared(planted(), BY), 64, 64), 0)
    np.testing.assert_array_equal(plain.first_day[0], watched.first_day[0])
    np.testing.assert_array_equal(plain.move_counts, watched.move_counts)


def test_days_of_a_deed_are_counted() -> None:
    """On two days or more: those of the log."""
    watched = declared(planted(), BY)
    ensemble = relsim.simulate(watched, runs=128, draws=64, log_all=True)
    log, words = ensemble.sample.log, ensemble.sample.words
    by, counted = (BY - ensemble.start).days, (ensemble.scenario.horizon.count_from or BY)
    first = (counted - ensemble.start).days
    ours = (log["kind"] == words.kinds.index("criticize")) & (
        log["actor"] == words.actors.index("US")
    )
    ours &= (log["day"] <= by) & (log["day"] >= first)
    days = {(int(row["run"]), int(row["day"])) for row in log[ours]}
    number = np.bincount([run for run, _ in days], minlength=128)
    for times in (1, 2, 3, 5):
        seen = ensemble.happened(f"seen_US_criticize_{times}")
        np.testing.assert_array_equal(seen, number >= times)


def test_an_intervention_on_no_run_changes_nothing_and_on_some_changes_these() -> None:
    plan = lean_plan(planted(), 256, 64)
    usual = simulate_chunk(plan, 0)
    made, barred = np.zeros(256, np.int16), np.full(256, UNBARRED)
    none = Intervention("US", "threaten", 100, 200, made, barred)
    np.testing.assert_array_equal(
        simulate_chunk(replace(plan, intervention=none), 0).move_counts, usual.move_counts
    )
    made[100:] = 2
    some = simulate_chunk(replace(plan, intervention=replace(none, made=made), log_all=True), 0)
    same = simulate_chunk(replace(plan, log_all=True), 0)
    kept, all_of = (one.sample.log[one.sample.log["run"] < 100] for one in (some, same))
    np.testing.assert_array_equal(kept["day"], all_of["day"])
    assert (some.move_counts.sum(axis=0) > usual.move_counts.sum(axis=0))[0].any()


def test_a_joint_move_is_brought_about_as_often_as_wished() -> None:
    plan = lean_plan(planted(), 128, 64)
    usual = simulate_chunk(plan, 0)
    made = np.zeros(128, np.int16)
    made[:10] = 3
    asked = Intervention(None, "summit", 150, 300, made, np.full(128, UNBARRED))
    forced = simulate_chunk(replace(plan, intervention=asked), 0)
    summit = [n for n, move in planted().moves.items() if move.joint].index("summit")
    more = (forced.joint_counts - usual.joint_counts).sum(axis=0)[summit]
    assert 25 <= more <= 35  # what follows from them may differ a little


@pytest.mark.slow
def test_runs_are_those_that_meet_what_is_given() -> None:
    given = "happened: {deed: goodwill_gesture, by: US, until: 2021-08-01}"
    some = relsim.signposts(planted(), by=BY, runs=2048, draws=256, top=2, given=given, doing=False)
    assert some.condition is not None
    assert some.condition.startswith("given happened:")
    assert some.probability.n < 1024 * 0.6
    assert CAUSE not in [one.candidate.name for one in some.signposts]  # seen in all of them


def test_the_page_says_that_nothing_is_seen() -> None:
    nothing = replace(found(), signposts=())
    assert "Nothing among" in page_text(page(nothing))


def test_sizes_are_even_batches() -> None:
    assert sizes(None, None) == (16_384, 1_024)
    assert sizes(64, 64) == (128, 128)
    with pytest.raises(UsageError, match="draws"):
        sizes(64, 0)


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="lies after"):
        candidates(planted(), date(2021, 1, 25))
    with pytest.raises(UsageError, match="give a date"):
        relsim.signposts(planted())
    with pytest.raises(UnknownName, match="unknown outcome"):
        relsim.signposts(planted(), "plantd", BY)
    plain = relsim.simulate(planted(), runs=256, draws=128)
    with pytest.raises(UsageError, match="relsim update"):
        signposts_in(plain, "planted", BY)
    with pytest.raises(UsageError, match="Ask for some 256 draws in place of 128"):
        relsim.signposts(planted(), by=BY, runs=128, draws=128)


def test_outcomes_that_are_named_like_signposts_are_refused() -> None:
    mine = planted().with_outcome("seen_US_threaten_1", {"happened": {"deed": "summit"}})
    with pytest.raises(UsageError, match="must not begin with seen_.*rename seen_US_threaten_1"):
        relsim.signposts(mine, by=BY, runs=128, draws=128)
