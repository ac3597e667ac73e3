"""What monitors remember of each run: arrays, shape (runs,) unless said otherwise.

Deeds are sparse: a sink is given the runs in which one happened. Series are weekly: each counter
goes through the weeks of its window, all runs at once. Only arrays hold what differs between
runs, and they are changed in place, so that runs can be gathered with `Worlds.take`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from relsim.array_types import Array, Booleans, Floats, Integers, Shorts
from relsim.scenario.conditions.operands import Duration, OfSeries
from relsim.scenario.conditions.windows import Range, Term

NEVER = np.int16(np.iinfo(np.int16).max)  # later than any day, so that minima need no mask


@dataclass(frozen=True)
class Week:
    """One record: the week's number, its last day, and its series, each of shape (runs,)."""

    number: int
    day: int
    series: Mapping[str, Floats]


Sink = Callable[[Integers, int], None]  # takes a deed in the runs idx, day after day


class Weekly(Protocol):
    """Takes each week in `weeks`."""

    @property
    def weeks(self) -> Range: ...
    def week(self, week: Week) -> None: ...


class FirstDay:
    """The first day of a deed, else NEVER."""

    def __init__(self, width: int) -> None:
        self.day: Shorts = np.full(width, NEVER)

    def __call__(self, idx: Integers, day: int) -> None:
        self.day[idx] = np.minimum(self.day[idx], day)


class LatestDay:
    """The latest day of a deed, else -1."""

    def __init__(self, width: int) -> None:
        self.day: Shorts = np.full(width, -1, np.int16)

    def __call__(self, idx: Integers, day: int) -> None:
        self.day[idx] = day


class ThenDay:
    """Passes the second deed on if the first came before its day, at most `within` before it.

    The order of calls within a day does not count.
    """

    def __init__(self, width: int, term: Term, within: Duration | None, sink: Sink) -> None:
        self.term, self.within, self.sink = term, within, sink
        self.latest: Shorts = np.full(width, -1, np.int16)
        self.before_latest: Shorts = np.full(width, -1, np.int16)  # the latest of an earlier day

    def first(self, idx: Integers, day: int) -> None:
        """The first of the two happened."""
        moved = idx[self.latest[idx] < day]
        self.before_latest[moved] = self.latest[moved]
        self.latest[moved] = day

    def second(self, idx: Integers, day: int) -> None:
        """The second of the two happened."""
        latest = self.latest[idx]
        earlier = np.where(latest < day, latest, self.before_latest[idx])
        earliest = 0 if self.within is None else max(0, self.term.before(day, self.within))
        met = idx[earlier >= earliest]
        if met.size:
            self.sink(met, day)


@dataclass(frozen=True)
class Level:
    """Bounds that a number is held against."""

    at_least: float | None
    above: float | None
    at_most: float | None
    below: float | None

    @classmethod
    def of(cls, asked: OfSeries) -> Level:
        """Return the level that a condition asks for."""
        return cls(asked.at_least, asked.above, asked.at_most, asked.below)

    def holds(self, values: Array, count: int = 1) -> Booleans:
        """Whether each value divided by `count` is within the bounds.

        The bounds are multiplied instead: sums of float32 series in float64 are exact.
        """
        tests = (
            (self.at_least, np.greater_equal), (self.above, np.greater),
            (self.at_most, np.less_equal), (self.below, np.less),
        )  # fmt: skip
        held = [test(values, bound * count) for bound, test in tests if bound is not None]
        return held[0] if len(held) == 1 else held[0] & held[1]


class Truth:
    """Whether a series is at a level this week: computed once for all that ask."""

    def __init__(self, series: str, level: Level) -> None:
        self.series, self.level = series, level
        self._week: Week | None = None

    def mask(self, week: Week) -> Booleans:
        """Return the answer a run; not to be changed."""
        if self._week is not week:
            self._week, self._mask = week, self.level.holds(week.series[self.series])
        return self._mask


class Streak:
    """Consecutive weeks up to now at a level."""

    def __init__(self, width: int, truth: Truth, weeks: Range) -> None:
        self.truth, self.weeks = truth, weeks
        self.length: Shorts = np.zeros(width, np.int16)

    def week(self, week: Week) -> None:
        """Lengthen the streaks that go on, end the others."""
        np.add(self.length, 1, out=self.length)
        np.multiply(self.length, self.truth.mask(week), out=self.length)


class SpellEnds:
    """Passes to a sink the runs whose streak has reached `needed` weeks.

    Every week while it lasts, or with `once` in the week that completes it.
    """

    def __init__(self, streak: Streak, needed: int, sink: Sink, *, once: bool) -> None:
        self.streak, self.needed, self.sink, self.once = streak, needed, sink, once
        self.weeks = streak.weeks.cut(streak.weeks.first + needed - 1)

    def week(self, week: Week) -> None:
        """Look at the streaks as they stand now."""
        compare = np.equal if self.once else np.greater_equal
        complete = compare(self.streak.length, self.needed)
        if complete.any():
            self.sink(np.flatnonzero(complete), week.day)


class Tally:
    """The last day of the n-th week at a level, else NEVER."""

    def __init__(self, width: int, truth: Truth, needed: int, weeks: Range) -> None:
        self.truth, self.weeks = truth, weeks
        self.missing: Shorts = np.full(width, needed, np.int16)
        self.day: Shorts = np.full(width, NEVER)

    def week(self, week: Week) -> None:
        """Count this week."""
        mask = self.truth.mask(week)
        if not mask.any():
            return
        np.subtract(self.missing, mask, out=self.missing, dtype=np.int16)
        met = np.flatnonzero((self.missing == 0) & mask)
        if met.size:
            self.day[met] = week.day


class Total:
    """The sum of a series over all weeks of a window."""

    def __init__(self, width: int, series: str, weeks: Range) -> None:
        self.series, self.weeks = series, weeks
        self.sum = np.zeros(width, np.float64)

    def week(self, week: Week) -> None:
        """Add this week."""
        np.add(self.sum, week.series[self.series], out=self.sum)


class BlockCount:
    """How many blocks of weeks have a sum or mean at a level."""

    def __init__(
        self, width: int, series: str, level: Level, weeks: Range, length: int, *, mean: bool
    ) -> None:
        self.series, self.level, self.weeks, self.length = series, level, weeks, length
        self.divisor = length if mean else 1
        self.sum = np.zeros(width, np.float64)
        self.met: Shorts = np.zeros(width, np.int16)

    def week(self, week: Week) -> None:
        """Add this week; at the end of a block, judge it and start the next."""
        np.add(self.sum, week.series[self.series], out=self.sum)
        if (week.number - self.weeks.first + 1) % self.length == 0:
            np.add(self.met, self.level.holds(self.sum, self.divisor), out=self.met)
            self.sum[:] = 0


class RollingSum:
    """The sum over the latest weeks of a series, or the number of weeks at a level.

    `ring` has shape (span, runs): the weeks that are in the sum.
    """

    def __init__(self, width: int, read: str | Truth, span: int, weeks: Range) -> None:
        self.read, self.weeks = read, weeks
        number = np.float64 if isinstance(read, str) else np.int16
        self.ring: Array = np.zeros(
            (span, width), np.float32 if isinstance(read, str) else np.bool_
        )
        self.sum: Array = np.zeros(width, number)

    def week(self, week: Week) -> None:
        """Let this week take the place of the oldest."""
        new = week.series[self.read] if isinstance(self.read, str) else self.read.mask(week)
        slot = (week.number - self.weeks.first) % len(self.ring)
        np.subtract(self.sum, self.ring[slot], out=self.sum, dtype=self.sum.dtype)
        np.add(self.sum, new, out=self.sum, dtype=self.sum.dtype)
        self.ring[slot] = new

    def full(self, week: int) -> bool:
        """Whether as many weeks as asked for have been recorded."""
        return week - self.weeks.first + 1 >= len(self.ring)
