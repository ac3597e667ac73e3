"""The clock: whole ticks, the order of business in a day, and the last day of a term."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date

import pytest
import simpy

from relsim.worlds.clock import TICKS_PER_DAY, Clock, Phase, record_days, tick

TERM = 1461  # days from 20 January 2021 to 20 January 2025


def clock(days: int = TERM, known_day: int = 76) -> Clock:
    return Clock(simpy.Environment(), date(2021, 1, 20), days, known_day)


def test_business_of_a_day_is_in_order() -> None:
    order = [
        tick(3, Phase.CALENDAR),
        tick(3, Phase.WORLD),
        tick(3, Phase.PERCEIVE),
        tick(3, Phase.CHOOSE),
        tick(3, Phase.EFFECTS, 0),
        tick(3, Phase.EFFECTS, 1),
        tick(3, Phase.TABLE),
        tick(3, Phase.RECORD),
        tick(4, Phase.CALENDAR),
    ]
    assert order == sorted(set(order))
    assert all(isinstance(now, int) for now in order)
    assert tick(0, Phase.CALENDAR) == 0
    assert max(Phase) < TICKS_PER_DAY


def test_until_reaches_the_phase_from_anywhere_before_it() -> None:
    c = clock()
    reached = []

    def wanderer() -> Generator[simpy.Event, None, None]:
        for day, phase in (
            (0, Phase.RECORD),
            (0, Phase.RECORD),
            (1, Phase.WORLD),
            (9, Phase.TABLE),
        ):
            yield c.until(day, phase)
            reached.append(c.now)

    c.env.process(wanderer())
    c.env.run()
    assert reached == [15, 15, 17, 9 * 16 + 12]
    with pytest.raises(ValueError, match="[Nn]egative delay"):
        c.until(9, Phase.WORLD)


def test_every_stays_within_the_term() -> None:
    c = clock(days=15)
    assert list(c.every(7)) == [0, 7, 14]
    assert list(c.every(7, first=1)) == [1, 8]
    assert list(c.every(14, first=20)) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [(7, [6]), (8, [6, 7]), (13, [6, 12]), (14, [6, 13]), (5, [4]), (1, [0])],
)
def test_the_last_week_may_be_short(days: int, expected: list[int]) -> None:
    assert record_days(days) == expected


def test_a_term_has_208_weeks_and_one_of_five_days() -> None:
    days = clock().record_days()
    assert len(days) == 209
    assert days[-2:] == [1455, 1460]
    assert clock().date_of(days[-1]) == date(2025, 1, 19)


def test_the_last_day_is_simulated() -> None:
    """Run to one tick after the term: what is due in the last phase of the last day happens."""
    c, reached = clock(days=10), []

    def recorder() -> Generator[simpy.Event, None, None]:
        for day in c.record_days():
            yield c.until(day, Phase.RECORD)
            reached.append(day)

    c.env.process(recorder())
    c.env.run(until=tick(c.days, Phase.CALENDAR) + 1)
    assert reached == [6, 9]


def test_dates_and_days() -> None:
    c = clock()
    assert c.day_of(date(2021, 1, 20)) == 0
    assert c.day_of(date(2021, 4, 6)) == 76
    assert c.day_of(date(2021, 1, 15)) == -5
    assert all(c.day_of(c.date_of(day)) == day for day in (-5, 0, 404, 1460))


def test_the_known_day_is_known_and_the_next_is_not() -> None:
    assert [clock().after_known(day) for day in (0, 76, 77)] == [False, False, True]
    assert clock(known_day=-1).after_known(0)
