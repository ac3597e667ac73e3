"""Implied rows: known from the day of what implies them, and kept or left out with it."""

from __future__ import annotations

from datetime import date

import pytest

from relsim.history import packaged_record
from relsim.history.implied import as_known, units

TERM = date(2017, 1, 20)


def test_nothing_is_known_before_what_implies_it() -> None:
    whole, known = packaged_record(), as_known(packaged_record(), TERM)
    assert [e for e in known if e.kind == "recorded"] == [e for e in whole if e.kind == "recorded"]
    before = [e for e in known if e.date < TERM]
    assert before == [e for e in whole if e.date < TERM]
    later = [e for e in known if e.date >= TERM and e.kind == "implied"]
    assert len(later) == 11
    for event in later:
        assert str(event.date) in event.what
        assert any(e.date == event.date and e.kind == "recorded" for e in known)


def test_what_is_implied_across_the_first_day_moves() -> None:
    """In May 2018 nobody knew of the meeting in July; after it everybody does."""
    for first, day in (
        (date(2018, 6, 1), date(2018, 7, 16)),
        (date(2018, 8, 1), date(2018, 5, 21)),
    ):
        known = as_known(packaged_record(), first)
        (asked,) = [e for e in known if e.what.endswith("2018-07-16") and e.actor == "RU"]
        assert asked.date == day


def test_they_stand_before_what_implies_them() -> None:
    known = as_known(packaged_record(), date(1993, 1, 1))
    assert [e.date for e in known] == sorted(e.date for e in known)
    for day in {e.date for e in known if e.kind == "implied" and str(e.date) in e.what}:
        kinds = [e.kind for e in known if e.date == day]
        assert kinds == sorted(kinds)  # implied, then recorded


def test_units_hold_every_event_once() -> None:
    found = [event for unit in units(packaged_record()) for event in unit.events]
    assert sorted(map(str, found)) == sorted(map(str, packaged_record()))


@pytest.mark.parametrize("day", [date(2018, 7, 16), date(2018, 11, 29)])
def test_a_meeting_or_a_rejection_takes_its_proposal_with_it(day: date) -> None:
    (unit,) = [u for u in units(packaged_record()) if u.events[0].date == day and len(u.events) > 1]
    assert unit.events[0].kind == "recorded"
    assert {e.kind for e in unit.events[1:]} == {"implied"}
    assert unit.events[1].move == "propose_summit"
