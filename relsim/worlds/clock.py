"""The clock of a term: whole ticks, day × 16 + phase, and the order of business in a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
import simpy

from relsim.array_types import Floats, Shorts

TICKS_PER_DAY = 16
WEEK = 7
YEARS_A_WEEK = np.float32(WEEK / 365.25)


class Phase(IntEnum):
    """The order of business in a day; actors due on one day perceive and choose on the same past.

    Effects take one tick an actor, in the declared order of the actors.
    """

    CALENDAR = 0
    WORLD = 1
    PERCEIVE = 2
    CHOOSE = 3
    EFFECTS = 4
    TABLE = 12
    RECORD = 15


def tick(day: int, phase: Phase, order: int = 0) -> int:
    """SimPy time of a phase of a day; `order` is the actor's place within the effects."""
    return day * TICKS_PER_DAY + phase + order


@dataclass(frozen=True)
class Clock:
    """Days of a term, counted from its first day, and the SimPy environment that runs them.

    Attributes
    ----------
    env : simpy.Environment
    start : date
        Day 0.
    days : int
        Number of simulated days; the last one is ``days - 1``.
    known_day : int
        The last day on which only dated moves happen (-1: none).
    """

    env: simpy.Environment
    start: date
    days: int
    known_day: int

    @property
    def now(self) -> int:
        """The present tick."""
        return int(self.env.now)

    def until(self, day: int, phase: Phase, order: int = 0) -> simpy.Timeout:
        """A timeout that ends at this phase of this day."""
        return self.env.timeout(tick(day, phase, order) - self.env.now)

    def every(self, interval: int, first: int = 0) -> Iterator[int]:
        """Days first, first + interval, … within the term."""
        return iter(range(first, self.days, interval))

    def after_known(self, day: int) -> bool:
        """Whether agents and chance, not the record, make this day."""
        return day > self.known_day

    def day_of(self, when: date) -> int:
        """Days from the start of the term to `when` (negative before it)."""
        return (when - self.start).days

    def date_of(self, day: int) -> date:
        """The date of a day of the term."""
        return self.start + timedelta(days=day)

    def record_days(self) -> list[int]:
        """The last day of each week, and of the short week that ends the term."""
        return record_days(self.days)


LATEST = np.float32(np.iinfo(np.int16).max)


def day_after(day: int, weeks: Floats) -> Shorts:
    """The day that lies some weeks after `day`; int16, so never beyond day 32,767."""
    result: Shorts = np.minimum(day + np.rint(weeks * np.float32(WEEK)), LATEST).astype(np.int16)
    return result


def record_days(days: int) -> list[int]:
    """The last day of each whole week of a term, then its very last day."""
    full = list(range(WEEK - 1, days, WEEK))
    return full if full and full[-1] == days - 1 else [*full, days - 1]
