"""What stands inside the operators that ask the record itself: deeds, spells, counts, means."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from relsim.scenario.conditions.durations import Weeks
from relsim.scenario.conditions.levels import Between, Definition, InDays, InWeeks, OfSeries, Part
from relsim.scenario.section import Findings, Whole

__all__ = ["Average", "Blocks", "Count", "Deed", "Spell", "TreatyStatus", "WeekCount"]

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
        found = Findings()
        if self.in_at_least is None and self.more_than is None:
            found.add('needs `in_at_least` or `more_than`: "9 of 16", 9 or 50%')
        if self.in_at_least is not None and self.more_than is not None:
            found.add("stands beside `in_at_least`: give one of the two", "more_than")
        found.done()
        return self


class TreatyStatus(Definition):
    """How a treaty stands, for the dyad or for one party, on the last day of the term."""

    treaty: str
    is_: Literal["in_force", "leaving", "left", "lapsed"] = Field(alias="is")
    by: str | None = None
