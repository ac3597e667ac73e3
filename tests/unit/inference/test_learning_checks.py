"""The checks of learning: their windows, their summaries, and histories whose truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.learning import (
    ERA,
    FIRST,
    LED_FROM,
    MIDDLES,
    TERMS,
    THROUGH,
    first_week,
    of_term,
    read,
    recovered,
    thinned,
    window_before,
    with_intensity,
)
from relsim import load
from relsim.history import packaged_record
from relsim.inference.calibrate.coordinates import coordinates_of
from relsim.inference.calibrate.history import setup_of
from relsim.inference.calibrate.past import past_of
from relsim.worlds.parameters import calendar_columns


@pytest.mark.parametrize("year", [*TERMS, *MIDDLES])
def test_the_weeks_that_are_led_are_those_that_are_scored(year: int) -> None:
    begin = first_week(date(year, 1, 20))
    assert 0 <= (begin - date(year, 1, 20)).days < 7
    since = window_before(begin)
    assert year <= 2001 or abs((begin - since).days - 8 * 365.25) < 9
    prior, past = load("us-russia-2021-prior"), load("us-russia-1993")
    setup = setup_of(prior, past, packaged_record(), since, begin - timedelta(days=1))
    assert (begin - setup.past.horizon.start).days % 7 == 0
    assert (begin - FIRST).days % 7 == 0
    assert setup.record.last_day % 7 == 6


def test_coverage_counts_identified_coordinates_and_its_error_is_of_histories() -> None:
    inside, outside, vague = [0.0, -1, 0, 1, 0.6], [2.0, -1, 0, 1, 0.6], [2.0, -1, 0, 1, 0.9]
    parts = {
        "0": {"coordinates": {"a": inside, "b": inside, "c": vague}},
        "1": {"coordinates": {"a": outside, "b": inside, "c": vague}},
    }
    first, *_, a, b = recovered(parts)
    # Off the mean by 2 − 1.5 and 1 − 1.5: √(.5 · 2 / 1) / 4 = .25.
    assert "0.750 of 4 intervals" in first
    assert "standard error 0.250" in first
    assert "of the 2 others 0.000" in first
    assert a.split() == ["a", "2", "1"]
    assert b.split() == ["b", "2", "2"]


def test_a_term_is_scored_by_the_latest_fit() -> None:
    parts = {"1997": {"scores": [[1, 1], [2, 2], [3, 3]]}, "1999": {"scores": [[9, 9]]}}
    assert of_term(1997, parts, (1997,))[:, 0].tolist() == [1, 2, 3]
    assert of_term(1997, parts, (1997, 1999))[:, 0].tolist() == [1, 2, 9]


def test_a_record_is_thinned_by_what_was_noted() -> None:
    whole = packaged_record()
    assert thinned(1.0, 1) == whole
    half = thinned(0.5, 1)
    assert half == tuple(event for event in whole if event in half)
    assert 0.4 < len(half) / len(whole) < 0.6
    assert thinned(0.5, 2) != half


def test_actors_of_an_intensity_move_so_much_more_often() -> None:
    prior, past = load("us-russia-2021-prior"), load("us-russia-1993")
    led = past_of(prior, past, LED_FROM, THROUGH + timedelta(days=8))
    of = coordinates_of(led, prior.parameters(), 2, list(led.moves))
    z = np.zeros((3, len(of.names)))
    z[1, -2], z[2, -1] = 1, -1  # intensity of the first era, and of the second
    scenario, given = with_intensity(led, of, z)
    rate = "moves.threaten.rate.RU"
    assert given[rate] / given[rate][0] == pytest.approx([1, np.exp(0.6), 1])
    (change,) = [
        change
        for number, change in calendar_columns(scenario, 1, np.arange(3), given).items()
        if scenario.calendar[number].date == ERA
    ]
    assert change[rate] / given[rate][0] == pytest.approx([1, 1, np.exp(-0.6)])
    assert "moves.accept_proposal.rate.RU" not in change
    assert change["actors.US.gain"].shape == (3,)


def test_a_check_that_did_nothing_yet_has_no_parts(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert read(tmp_path_factory.mktemp("checks") / "rolling.jsonl") == {}
