"""Spans of time that stand in definitions: "26 weeks", "1 year". They are exact and never drawn."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from relsim.errors import unknown
from relsim.scenario.numbers.notation import DAYS, spelled

__all__ = ["Duration", "Span", "Weeks"]

DAYS_A_WEEK = 7
MONTHS = {"months": 1, "years": 12}
LONGEST_DAYS = 200 * 366  # beyond this it is no span of a scenario

_WRITTEN = re.compile(r"(\d{1,6})\s*([A-Za-z]+)")
_FORM = 'must be a span such as "26 weeks" or "1 year"'


@dataclass(frozen=True)
class Duration:
    """A whole number of days, weeks, months or years.

    Attributes
    ----------
    count : int
        At least 1.
    unit : str
        "days", "weeks", "months" or "years".
    """

    count: int
    unit: str

    @property
    def days(self) -> int:
        """Length in days; a month counts 365.25 / 12, a year 365.25, rounded."""
        return round(self.count * DAYS[self.unit])

    @property
    def weeks(self) -> int:
        """Length in weeks of the record, rounded: a year has 52, six months 26."""
        return round(self.days / DAYS_A_WEEK)

    def after(self, day: datetime.date, times: int = 1) -> datetime.date:
        """Return the date this long after `day`, `times` over; months and years by the calendar.

        Raises
        ------
        OverflowError
            If it lies before the year 1 or beyond the year 9999.

        Examples
        --------
        >>> Duration(1, "months").after(datetime.date(2021, 1, 31))
        datetime.date(2021, 2, 28)
        """
        if self.unit not in MONTHS:
            return day + datetime.timedelta(days=self.days * times)
        years, month = divmod(day.month - 1 + self.count * MONTHS[self.unit] * times, 12)
        year = day.year + years
        if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
            raise OverflowError(f"the year {year} is not of the calendar")
        last = calendar.monthrange(year, month + 1)[1]
        return datetime.date(year, month + 1, min(day.day, last))

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


def duration(written: object) -> Duration:
    """Return the span that a scenario writes as `written`.

    Raises
    ------
    ValueError
        If it is not a whole number above 0 and a unit of time.
    """
    if isinstance(written, Duration):
        return written
    match = _WRITTEN.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{_FORM} (got {written!r:.60})")
    count, unit = int(match[1]), spelled(match[2])
    if unit not in DAYS:
        raise ValueError(unknown("unit of time", match[2], DAYS))
    if not 0 < count * DAYS[unit] <= LONGEST_DAYS:
        raise ValueError(f"must be above 0 and at most 200 years (got {written!r:.60})")
    return Duration(count, unit)


def _weeks(written: object) -> Duration:
    span = duration(written)
    if span.unit == "days" and span.count % DAYS_A_WEEK:
        raise ValueError(f"series are recorded by the week: give whole weeks (got {span})")
    return span


_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "pattern": r"^\s*[0-9]+\s*(day|week|month|year)s?\s*$",
        "description": "a span of time, such as 26 weeks",
    }
)

Span = Annotated[Duration, PlainValidator(duration), PlainSerializer(str), _SCHEMA]
Weeks = Annotated[Duration, PlainValidator(_weeks), PlainSerializer(str), _SCHEMA]
