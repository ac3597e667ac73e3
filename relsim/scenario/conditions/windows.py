"""Windows of days and of recorded weeks: when a condition looks at the record."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from relsim.scenario.conditions.durations import DAYS_A_WEEK, Duration
from relsim.scenario.conditions.operands import Between, Blocks, Deed, InWeeks

__all__ = ["Range", "Term"]


@dataclass(frozen=True)
class Range:
    """Whole numbers from `first` to `last`, both included: days or weeks. Empty if reversed."""

    first: int
    last: int

    def __len__(self) -> int:
        return max(0, self.last - self.first + 1)

    def cut(self, first: int | None = None, last: int | None = None) -> Range:
        """Return the part from `first` to `last`."""
        return Range(
            self.first if first is None else max(self.first, first),
            self.last if last is None else min(self.last, last),
        )


@dataclass(frozen=True)
class Term:
    """The days that a scenario covers, counted from 0, and the weeks of its record.

    Week w ends on day 7w + 6, the last week perhaps earlier, on the last day.

    Attributes
    ----------
    start : date
        Day 0.
    days : int
        Number of days.
    count_day : int
        First day whose deeds count (0: all count).
    """

    start: datetime.date
    days: int
    count_day: int = 0

    @classmethod
    def between(
        cls, start: datetime.date, end: datetime.date, count_from: datetime.date | None = None
    ) -> Term:
        """Return the term from `start` to the day before `end`."""
        return cls(start, (end - start).days, ((count_from or start) - start).days)

    @property
    def whole(self) -> Range:
        """All days of the term."""
        return Range(0, self.days - 1)

    def day(self, date: datetime.date | None) -> int | None:
        """Return the day that a date falls on, None for None."""
        return None if date is None else (date - self.start).days

    def record_day(self, week: int) -> int:
        """Return the last day of a week."""
        return min((week + 1) * DAYS_A_WEEK, self.days) - 1

    def window(self, asked: Between, outer: Range) -> Range:
        """Return the days of `outer` that lie between the dates asked for."""
        return outer.cut(self.day(asked.from_), self.day(asked.until))

    def deed_days(self, deed: Deed, outer: Range) -> Range:
        """Return the days on which a deed counts."""
        days = self.window(deed, outer)
        if deed.in_last is not None:
            days = days.cut(self.before(days.last + 1, deed.in_last))
        return days.cut(self.count_day)

    def before(self, day: int, span: Duration) -> int:
        """Return the day that lies a span before `day`; months and years by the calendar."""
        try:
            return (span.after(self.start + datetime.timedelta(days=day), -1) - self.start).days
        except OverflowError:  # before the year 1
            return 0

    def weeks(self, days: Range) -> Range:
        """Return the weeks whose last day is among `days`."""
        if not len(days):
            return Range(0, -1)
        to_the_end = days.last >= self.days - 1
        ended = -(-self.days // DAYS_A_WEEK) if to_the_end else (days.last + 1) // DAYS_A_WEEK
        return Range(max(days.first, 0) // DAYS_A_WEEK, ended - 1)

    def series_weeks(self, asked: Between, outer: Range) -> Range:
        """Return the weeks in which a series counts."""
        weeks = self.weeks(self.window(asked, outer))
        if isinstance(asked, InWeeks) and asked.in_last is not None:
            return weeks.cut(weeks.last - asked.in_last.weeks + 1)
        return weeks

    def blocks(self, asked: Blocks, outer: Range) -> tuple[Range, int]:
        """Return the weeks that whole blocks fill, and the number of blocks."""
        weeks, length = self.series_weeks(asked, outer), block_length(asked)
        count = len(weeks) // length
        return Range(weeks.first, weeks.first + count * length - 1), count

    def periods(self, length: Duration, outer: Range) -> Iterator[Range]:
        """Cut `outer` into whole periods, by the calendar from its first day."""
        origin = self.start + datetime.timedelta(days=outer.first)
        first, times = outer.first, 1
        while True:
            try:
                after = (length.after(origin, times) - self.start).days
            except OverflowError:  # beyond the year 9999
                return
            if after - 1 > outer.last:
                return
            yield Range(first, after - 1)
            first, times = after, times + 1


def block_length(asked: Blocks) -> int:
    """Return the weeks of a block."""
    return 1 if asked.per is None else asked.per.weeks
