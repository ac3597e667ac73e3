"""Operators over the leaves: asked at the end of each week, or settled when the term is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from relsim.errors import UsageError
from relsim.scenario.conditions.operands import DAYS_A_WEEK, Duration
from relsim.scenario.conditions.windows import Range, Term
from relsim.worlds.monitors.leaves import (
    NEVER,
    BlockCount,
    Days,
    LatestDay,
    Level,
    Mask,
    RollingSum,
    Streak,
    Total,
    Week,
)

# Whether a treaty stands so (in_force, leaving, left, lapsed), for a party or for the dyad.
StatusOf = Callable[[str, str, str | None], Mask]


class Past(Protocol):
    """A condition on the past, asked at the end of a week."""

    def holds(self, week: Week) -> Mask:
        """Whether it holds now; a new array, shape (runs,)."""
        ...


@dataclass(frozen=True)
class DeedInLast:
    """A deed within the span that ends with the week, or ever."""

    latest: LatestDay
    term: Term
    span: Duration | None

    def holds(self, week: Week) -> Mask:
        earliest = 0 if self.span is None else max(0, self.term.before(week.day + 1, self.span))
        result: Mask = self.latest.day >= earliest
        return result


@dataclass(frozen=True)
class SpellNow:
    """A spell of `weeks` weeks that ends with this one."""

    streak: Streak
    weeks: int

    def holds(self, week: Week) -> Mask:
        result: Mask = self.streak.length >= self.weeks
        return result


@dataclass(frozen=True)
class SumInLast:
    """At least `needed` weeks at a level among the last."""

    count: RollingSum
    needed: int

    def holds(self, week: Week) -> Mask:
        result: Mask = self.count.sum >= self.needed
        return result


@dataclass(frozen=True)
class MeanInLast:
    """A level of the mean over the last weeks; no mean before there are as many."""

    total: RollingSum
    level: Level

    def holds(self, week: Week) -> Mask:
        if not self.total.full(week.number):
            return np.zeros(self.total.sum.shape, np.bool_)
        return self.level.holds(self.total.sum, len(self.total.ring))


@dataclass(frozen=True)
class Inverse:
    """The contrary."""

    of: Past

    def holds(self, week: Week) -> Mask:
        result: Mask = ~self.of.holds(week)
        return result


@dataclass(frozen=True)
class All:
    """All of several; the rest is not asked once no run is left."""

    of: Sequence[Past]

    def holds(self, week: Week) -> Mask:
        held = self.of[0].holds(week)
        for part in self.of[1:]:
            if not held.any():
                break
            held &= part.holds(week)
        return held


@dataclass(frozen=True)
class NthPast:
    """At least n of several."""

    n: int
    of: Sequence[Past]

    def holds(self, week: Week) -> Mask:
        count = self.of[0].holds(week).astype(np.int16)
        for part in self.of[1:]:
            count += part.holds(week)
        result: Mask = count >= self.n
        return result


class Watch:
    """The first week at whose end a condition holds: its day, or the first day of the onset."""

    def __init__(self, width: int, of: Past, weeks: Range, onset: int) -> None:
        self.of, self.weeks, self.onset = of, weeks, onset
        self.day: Days = np.full(width, NEVER)

    def week(self, week: Week) -> None:
        """Ask once."""
        held = self.of.holds(week)
        if held.any():
            first = DAYS_A_WEEK * max(0, week.number - self.onset + 1)
            day = first if self.onset else week.day
            # Later than any day where it does not hold; a product, as it has no branches.
            np.minimum(self.day, NEVER - held * np.int16(NEVER - day), out=self.day)


class Settled(Protocol):
    """A condition whose day is known when the term is over."""

    def day(self, status: StatusOf | None) -> Days:
        """Return the day on which each run met it, NEVER if none; not to be changed."""
        ...


class HasDay(Protocol):
    """A leaf that keeps a day a run."""

    day: Days


@dataclass(frozen=True)
class Dated:
    """What a leaf has found."""

    leaf: HasDay

    def day(self, status: StatusOf | None) -> Days:
        return self.leaf.day


@dataclass(frozen=True)
class FromOnset:
    """The first onset, if it is not before `earliest`."""

    watch: Watch
    earliest: int

    def day(self, status: StatusOf | None) -> Days:
        return np.where(self.watch.day >= self.earliest, self.watch.day, NEVER)


@dataclass(frozen=True)
class MeanHolds:
    """A level of the mean over a window."""

    total: Total
    level: Level
    last_day: int

    def day(self, status: StatusOf | None) -> Days:
        return _on(self.last_day, self.level.holds(self.total.sum, len(self.total.weeks)))


@dataclass(frozen=True)
class ShareHolds:
    """At least `needed` blocks at a level."""

    blocks: BlockCount
    needed: int
    last_day: int

    def day(self, status: StatusOf | None) -> Days:
        return _on(self.last_day, self.blocks.met >= self.needed)


@dataclass(frozen=True)
class StatusHolds:
    """How a treaty stands at the end."""

    treaty: str
    word: str
    party: str | None
    last_day: int

    def day(self, status: StatusOf | None) -> Days:
        if status is None:
            raise UsageError(f"an outcome asks for the status of {self.treaty!r}: pass `status`")
        return _on(self.last_day, status(self.treaty, self.word, self.party))


@dataclass(frozen=True)
class NotMet:
    """The contrary, on the last day on which it could have been met."""

    of: Settled
    last_day: int

    def day(self, status: StatusOf | None) -> Days:
        return _on(self.last_day, self.of.day(status) == NEVER)


@dataclass(frozen=True)
class NthOf:
    """The n-th of several to be met."""

    n: int
    of: Sequence[Settled]

    def day(self, status: StatusOf | None) -> Days:
        days = np.stack([part.day(status) for part in self.of])
        if self.n == 1:
            nth: Days = days.min(axis=0)
        elif self.n == len(days):
            nth = days.max(axis=0)
        else:
            nth = np.partition(days, self.n - 1, axis=0)[self.n - 1]
        return nth


@dataclass(frozen=True)
class Never:
    """What cannot be met, such as the mean of no weeks."""

    width: int

    def day(self, status: StatusOf | None) -> Days:
        return np.full(self.width, NEVER)


def _on(day: int, met: npt.NDArray[Any]) -> Days:
    """Return `day` where met, else NEVER."""
    return np.where(met, np.int16(day), NEVER)
