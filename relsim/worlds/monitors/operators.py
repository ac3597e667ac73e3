"""Operators over the leaves: asked at the end of each week, or settled when the term is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from relsim.array_types import Array, Booleans, Shorts
from relsim.errors import UsageError
from relsim.scenario.conditions.operands import DAYS_A_WEEK, Duration
from relsim.scenario.conditions.windows import Range, Term
from relsim.worlds.monitors.leaves import (
    NEVER,
    BlockCount,
    FirstDay,
    LatestDay,
    Level,
    RollingSum,
    Streak,
    Tally,
    Total,
    Week,
)

# Whether a treaty stands so (a word of `Worlds.stands`), for a party or for the dyad.
StatusOf = Callable[[str, str, str | None], Booleans]
# Whether a condition on the past holds at the end of a week; a new array, shape (runs,).
Past = Callable[[Week], Booleans]
# The day on which each run met a condition, NEVER if none; asked when the term is over.
Settled = Callable[[StatusOf | None], Shorts]


def deed_in_last(latest: LatestDay, term: Term, span: Duration | None) -> Past:
    """A deed within the span that ends with the week, or ever."""

    def holds(week: Week) -> Booleans:
        earliest = 0 if span is None else max(0, term.before(week.day + 1, span))
        return latest.day >= earliest

    return holds


def spell_now(streak: Streak, weeks: int) -> Past:
    """A spell of `weeks` weeks that ends with this one."""
    return lambda _: streak.length >= weeks


def sum_in_last(count: RollingSum, needed: int) -> Past:
    """At least `needed` weeks at a level among the last."""
    return lambda _: count.sum >= needed


def mean_in_last(total: RollingSum, level: Level) -> Past:
    """A level of the mean over the last weeks; no mean before there are as many."""

    def holds(week: Week) -> Booleans:
        if not total.full(week.number):
            return np.zeros(total.sum.shape, np.bool_)
        return level.holds(total.sum, len(total.ring))

    return holds


def all_past(parts: Sequence[Past]) -> Past:
    """All of several; the rest is not asked once no run is left."""

    def holds(week: Week) -> Booleans:
        held = parts[0](week)
        for part in parts[1:]:
            if not held.any():
                break
            held &= part(week)
        return held

    return holds


def nth_past(n: int, parts: Sequence[Past]) -> Past:
    """At least n of several."""

    def holds(week: Week) -> Booleans:
        count: Shorts = np.sum([part(week) for part in parts], axis=0, dtype=np.int16)
        return count >= n

    return holds


class Watch:
    """The first week at whose end a condition holds: its day, or the first day of the onset."""

    def __init__(self, width: int, of: Past, weeks: Range, onset: int) -> None:
        self.of, self.weeks, self.onset = of, weeks, onset
        self.day: Shorts = np.full(width, NEVER)

    def week(self, week: Week) -> None:
        """Ask once."""
        held = self.of(week)
        if held.any():
            first = DAYS_A_WEEK * max(0, week.number - self.onset + 1)
            day = first if self.onset else week.day
            # Later than any day where it does not hold; a product, as it has no branches.
            np.minimum(self.day, NEVER - held * np.int16(NEVER - day), out=self.day)


def dated(leaf: FirstDay | Tally | Watch) -> Settled:
    """What a leaf has found."""
    return lambda _: leaf.day


def from_onset(watch: Watch, earliest: int) -> Settled:
    """The first onset, if it is not before `earliest`."""
    return lambda _: np.where(watch.day >= earliest, watch.day, NEVER)


def mean_holds(total: Total, level: Level, last_day: int) -> Settled:
    """A level of the mean over a window."""
    return lambda _: _on(last_day, level.holds(total.sum, len(total.weeks)))


def share_holds(blocks: BlockCount, needed: int, last_day: int) -> Settled:
    """At least `needed` blocks at a level."""
    return lambda _: _on(last_day, blocks.met >= needed)


def not_met(of: Settled, last_day: int) -> Settled:
    """The contrary, on the last day on which it could have been met."""
    return lambda status: _on(last_day, of(status) == NEVER)


def status_holds(treaty: str, word: str, party: str | None, last_day: int) -> Settled:
    """How a treaty stands at the end."""

    def day(status: StatusOf | None) -> Shorts:
        if status is None:
            raise UsageError(f"an outcome asks for the status of {treaty!r}: pass `status`")
        return _on(last_day, status(treaty, word, party))

    return day


def nth_of(n: int, parts: Sequence[Settled]) -> Settled:
    """The n-th of several to be met."""

    def day(status: StatusOf | None) -> Shorts:
        days = np.stack([part(status) for part in parts])
        if n in (1, len(days)):  # quicker than to sort
            found: Shorts = days.min(axis=0) if n == 1 else days.max(axis=0)
        else:
            found = np.partition(days, n - 1, axis=0)[n - 1]
        return found

    return day


def never(width: int) -> Settled:
    """What cannot be met, such as the mean of no weeks."""
    return lambda _: np.full(width, NEVER)


def _on(day: int, met: Array) -> Shorts:
    """Return `day` where met, else NEVER."""
    return np.where(met, np.int16(day), NEVER)
