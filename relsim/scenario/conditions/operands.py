"""What conditions ask of the record: levels of weekly series, parts of weeks, deeds, counts.

Spans of time in them ("26 weeks", "1 year") are exact and never drawn.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from relsim.errors import unknown
from relsim.scenario.fields.notation import DAYS, spelled
from relsim.scenario.fields.section import Date, Findings, Section, Whole

__all__ = [
    "Average", "Between", "Blocks", "Count", "Deed", "Definition", "Duration", "InDays", "InWeeks",
    "OfSeries", "Part", "Portion", "Span", "Spell", "TreatyStatus", "WeekCount", "Weeks",
]  # fmt: skip


DAYS_A_WEEK = 7
MONTHS = {"months": 1, "years": 12}
LONGEST_DAYS = 200 * 366  # beyond this it is no span of a scenario

_WRITTEN = re.compile(r"(\d{1,6})\s*([A-Za-z]+)")
_SPAN_FORM = 'must be a span such as "26 weeks" or "1 year"'


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
        raise ValueError(f"{_SPAN_FORM} (got {written!r:.60})")
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


Threshold = Annotated[float, Field(strict=True)]  # a number of the definition: no text, no yes/no


class Definition(Section):
    """A mapping inside a condition; keys are those of the file only (`from`, not ``from_``)."""

    model_config = ConfigDict(validate_by_name=False, validate_by_alias=True)


class OfSeries(Definition):
    """A series of the weekly record, and the level that it is held against."""

    series: str
    at_least: Threshold | None = None
    above: Threshold | None = None
    at_most: Threshold | None = None
    below: Threshold | None = None

    @property
    def lower(self) -> float | None:
        """The lower bound, included or not."""
        return self.above if self.at_least is None else self.at_least

    @property
    def upper(self) -> float | None:
        """The upper bound, included or not."""
        return self.below if self.at_most is None else self.at_most

    @model_validator(mode="after")
    def _one_level(self) -> Self:
        with Findings() as found:
            if self.lower is None and self.upper is None:
                found.add("needs a level: at_least, above, at_most or below a number")
            if self.at_least is not None and self.above is not None:
                found.add("stands beside `at_least`: give one of the two", "above")
            if self.at_most is not None and self.below is not None:
                found.add("stands beside `at_most`: give one of the two", "below")
            if self.lower is not None and self.upper is not None and self.lower > self.upper:
                key = "below" if self.at_most is None else "at_most"
                found.add(f"must not be under {self.lower:g} (got {self.upper:g})", key)
        return self


class Between(Definition):
    """The days that a condition looks at; without any key, the whole term."""

    from_: Date | None = Field(None, alias="from")
    until: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        with Findings() as found:
            found.check_order(self.from_, self.until, "until")
        return self


class InDays(Between):
    """The same, or its last days; inside `first_week`, the last days up to that week."""

    in_last: Span | None = None

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        with Findings() as found:
            if self.from_ and self.in_last:
                found.add("stands beside `from`: give one of the two", "in_last")
        return self


class InWeeks(InDays):
    """The same for the weekly record: its last weeks."""

    in_last: Weeks | None = None


@dataclass(frozen=True)
class Portion:
    """How many blocks of a series, of how many: "9 of 16", 9, "50%" or 0.5.

    Attributes
    ----------
    count, total : int or None
        Blocks wanted, and the number of all blocks if it was given.
    share : Fraction or None
        Part of all blocks, between 0 and 1; None if `count` is given.
    """

    count: int | None
    total: int | None
    share: Fraction | None

    def needed(self, blocks: int, *, more: bool) -> int:
        """Return the number of blocks that suffices; `more` asks for more than the portion."""
        wanted = Fraction(self.count) if self.share is None else self.share * blocks  # type: ignore[arg-type]
        return math.floor(wanted) + 1 if more else math.ceil(wanted)

    def __str__(self) -> str:
        if self.share is not None:
            return f"{float(self.share * 100):.15g}%"
        return f"{self.count} of {self.total}" if self.total else str(self.count)


_OF = re.compile(r"(\d{1,6})\s+of\s+(\d{1,6})")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,15})?)\s*(?:%|percent)")
_PORTION_FORM = 'must be a number of blocks, "9 of 16", or a part such as 50%'


def portion(written: object) -> Portion:
    """Return the portion that a scenario writes as `written`.

    Raises
    ------
    ValueError
        If it is no count, no "n of m" with n up to m, and no part between 0 and 1.
    """
    if isinstance(written, Portion):
        return written
    if isinstance(written, bool):
        raise ValueError(f"{_PORTION_FORM} (got {written!r})")
    if isinstance(written, int) and written >= 0:
        return Portion(written, None, None)
    if isinstance(written, float) and 0 <= written <= 1:
        return Portion(None, None, Fraction(str(written)))
    text = written.strip() if isinstance(written, str) else ""
    if (match := _OF.fullmatch(text)) and int(match[1]) <= int(match[2]):
        return Portion(int(match[1]), int(match[2]), None)
    if (match := _PERCENT.fullmatch(text)) and float(match[1]) <= 100:
        return Portion(None, None, Fraction(match[1]) / 100)
    raise ValueError(f"{_PORTION_FORM} (got {written!r:.60})")


def _serialized(part: Portion) -> int | str:
    return part.count if part.total is None and part.count is not None else str(part)


Part = Annotated[
    Portion,
    PlainValidator(portion),
    PlainSerializer(_serialized),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
            "description": 'a number of blocks, "9 of 16", or a part such as 50%',
        }
    ),
]


Count = Annotated[Whole, Field(ge=1)]


def _kinds(written: object) -> object:
    listed = written if isinstance(written, (list, tuple)) else (written,)
    if not listed or not all(isinstance(kind, str) for kind in listed):
        raise ValueError(f"must be a deed, or a list of deeds (got {written!r:.60})")
    return written


class Deed(InDays):
    """A move or deed of these kinds, by anyone or one actor, about anything or one subject."""

    deed: Annotated[str | tuple[str, ...], BeforeValidator(_kinds)]
    by: str | None = None
    of: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of deed, any of which will do."""
        return (self.deed,) if isinstance(self.deed, str) else self.deed


class Spell(OfSeries, Between):
    """Consecutive weeks at a level, all inside the window."""

    for_: Weeks = Field(alias="for")


class WeekCount(OfSeries, InWeeks):
    """Weeks at a level, consecutive or not."""

    in_at_least: Count = 1


class Average(OfSeries, InWeeks):
    """The level of the mean over the weeks of the window (all of `in_last` must exist)."""


class Blocks(OfSeries, InWeeks):
    """Blocks of weeks, counted from the first week of the window; an unfinished one is left out."""

    per: Weeks | None = None
    take: Literal["mean", "sum"] = "mean"
    in_at_least: Part | None = None
    more_than: Part | None = None

    @model_validator(mode="after")
    def _one_portion(self) -> Self:
        with Findings() as found:
            if self.in_at_least is None and self.more_than is None:
                found.add('needs `in_at_least` or `more_than`: "9 of 16", 9 or 50%')
            if self.in_at_least is not None and self.more_than is not None:
                found.add("stands beside `in_at_least`: give one of the two", "more_than")
        return self


class TreatyStatus(Definition):
    """How a treaty stands, for the dyad or for one party, on the last day of the term."""

    treaty: str
    is_: Literal["in_force", "leaving", "left", "lapsed", "suspended"] = Field(alias="is")
    by: str | None = None
