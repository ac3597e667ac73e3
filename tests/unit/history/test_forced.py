"""The record forced on the scenario of 1993: what is made, and what is refused for which reason."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from relsim.errors import UnknownName
from relsim.history.events import Event, packaged_record
from relsim.history.forced import drive_events, forced_moves, refused_events
from relsim.runs.driven import Driven
from relsim.scenario.schema import load
from tests.unit.past_scenario import PAST, past

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "past.md"
ROW = re.compile(
    r"^\| (\d{4}-\d\d-\d\d) \| (\w\w) \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE
)


def until(end: date) -> tuple[Event, ...]:
    return tuple(event for event in packaged_record() if event.date < end)


@cache
def first_years() -> Driven:
    """1993 to 1995, 58 events."""
    end = date(1996, 1, 1)
    return drive_events(past(end=end), until(end), runs=64, draws=64)


@cache
def all_of_it() -> Driven:
    return drive_events(load(PAST), packaged_record(), runs=256, draws=256)


def in_log(driven: Driven) -> list[tuple[int, str, str | None]]:
    return [(move.day, move.move, move.actor) for move in driven.moves]


def in_week_order(moves: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """As reviews once a week would have it: one side's moves of a week, then the other's."""
    return sorted(moves, key=lambda move: (move[0] // 7, move[1]))


def test_the_log_keeps_the_order_of_moves_within_a_week() -> None:
    """In the event log of a run the moves of both sides stand as they were recorded."""
    start, end = date(1994, 2, 20), date(1994, 3, 6)  # two expulsions and what led to them
    driven = first_years()
    sample = driven.results[0].sample
    log, words = sample.log[sample.log["run"] == 0], sample.words
    own = {name for name, move in driven.scenario.moves.items() if not move.joint}
    days = [(day - driven.scenario.horizon.start).days for day in (start, end)]
    made = [
        (int(row["day"]), words.actors[row["actor"]], words.kinds[row["kind"]])
        for row in log
        if words.kinds[row["kind"]] in own and days[0] <= row["day"] < days[1]
    ]
    recorded = [
        (move.day, move.actor, move.move)
        for move in driven.moves
        if move.actor is not None and days[0] <= move.day < days[1]
    ]
    assert made == recorded
    assert [(actor, move) for _, actor, move in made] == [
        ("US", "criticize"), ("US", "expel_diplomats"), ("RU", "expel_diplomats"),
    ]  # fmt: skip


def test_weekly_reviews_would_not_keep_it() -> None:
    """Planted: of pairs within a week some would come out the other way round."""
    moves = [(m.day, m.actor) for m in first_years().moves if m.actor is not None]
    assert in_week_order(moves) != moves  # type: ignore[arg-type, comparison-overlap]


def test_events_become_moves_in_their_order() -> None:
    events = packaged_record()
    moves = forced_moves(events, load(PAST))
    assert len(moves) == len(events) == 408
    for event, (when, actor, move, size, subject) in zip(events, moves, strict=True):
        assert (when, actor or "both", move) == (event.date, event.actor, event.move)
        assert subject == (event.target if move == "collision" else None)
        assert size == (event.size if move in ("collision", "expel_diplomats") else None)


def test_what_the_calendar_has_and_what_lies_outside_the_term_is_left_out() -> None:
    baseline = load("us-russia-2021-prior")
    moves = forced_moves(packaged_record(), baseline)
    assert all(when >= baseline.horizon.start for when, *_ in moves)
    dated = {(entry.date, entry.actor, entry.move) for entry in baseline.calendar if entry.move}
    assert dated.isdisjoint((when, actor, move) for when, actor, move, *_ in moves)
    told = {(when, actor, move) for when, actor, move, *_ in moves}
    assert (date(2021, 3, 22), "US", "reject_proposal") in told
    assert (date(2021, 3, 17), "RU", "reduce_relations") not in told  # of the calendar


def test_all_of_the_first_years_is_made_on_its_day_in_its_order() -> None:
    driven = first_years()
    assert refused_events(driven) == ()
    assert driven.made.all()
    events = until(date(1996, 1, 1))
    days = [(e.date - date(1993, 1, 1)).days for e in events]
    assert [move.day for move in driven.moves] == days
    assert [move.move for move in driven.moves] == [e.move for e in events]
    seen = driven.probability[[move.actor is not None for move in driven.moves]]
    assert ((seen >= 0) & (seen <= 1)).all()
    assert (seen.mean(axis=1) > 0).all()  # no move that a side could not have made


def test_a_refused_event_says_in_how_many_runs_and_why() -> None:
    event = until(date(1993, 3, 1))[-1]
    assert event.move == "accept_proposal"
    driven = drive_events(past(end=date(1993, 4, 1)), [event], runs=64, draws=64)
    (refused,) = refused_events(driven)
    assert refused[:4] == (date(1993, 2, 21), "RU", "accept_proposal", 1.0)
    assert "RU cannot accept_proposal" in refused.reason


def test_a_move_that_the_scenario_lacks_is_no_event_of_it() -> None:
    event = next(
        e for e in packaged_record() if e.move == "reduce_relations" and e.date.year == 2021
    )
    lacking = load("us-russia-2021-prior", ["moves.reduce_relations=null", "calendar.5=null"])
    with pytest.raises(UnknownName, match="reduce_relations"):
        drive_events(lacking, [event], runs=64, draws=64)


def written() -> dict[tuple[str, str, str], float]:
    """The guide's table of what is refused: share of the runs by date, actor, move."""
    found = {}
    for day, actor, move, share, reason in ROW.findall(GUIDE.read_text("utf-8")):
        assert len(reason.split()) > 3
        found[day, actor, move] = float(share)
    return found


@pytest.mark.slow
def test_no_move_of_the_record_is_refused_without_a_reason_in_the_guide() -> None:
    driven = all_of_it()
    assert len(driven.moves) == len(packaged_record())
    refused = {(str(r.date), r.actor, r.move): r.share for r in refused_events(driven)}
    print(f"{len(refused)} of {len(driven.moves)} events refused in some runs")
    assert refused.keys() == written().keys()
    for key, share in written().items():
        assert refused[key] == pytest.approx(share, abs=0.06), key


@pytest.mark.slow
def test_a_driven_run_ends_where_history_did() -> None:
    driven, events = all_of_it(), packaged_record()
    order = [(driven.scenario.date_of(m.day), m.actor or "both", m.move) for m in driven.moves]
    assert order == [(e.date, e.actor, e.move) for e in events]
    assert np.isfinite(driven.log_none).all()
    met = driven.results[0].first_day >= 0
    share = dict(zip(driven.scenario.outcomes, met.mean(axis=1), strict=True))
    # ABM and INF were left by notice, and nothing else has ended New START or the peace.
    assert [share[f"{name}_in_force"] for name in ("abm", "inf", "new_start")] == [0, 0, 1]
    assert (share["deadly_exchange"], share["direct_war"]) == (0, 0)
    # Two of meeting, text and easing in the second halves of all terms but that of 2001, which had
    # meetings alone; in that of 2009 the second was an easing that many runs could not make.
    signs = {int(k[-4:]): v for k, v in share.items() if k.startswith("signs")}
    assert signs.pop(2001) == 0
    assert 0.2 < signs.pop(2009) < 0.7
    assert set(signs.values()) == {1}
