"""From conditions as data to leaves and operators; what is asked twice is kept once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from relsim.array_types import Integers
from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.operands import Deed, OfSeries
from relsim.scenario.conditions.windows import Range, Term, block_length
from relsim.worlds.monitors import operators as op
from relsim.worlds.monitors.leaves import (
    BlockCount,
    FirstDay,
    LatestDay,
    Level,
    RollingSum,
    Sink,
    SpellEnds,
    Streak,
    Tally,
    ThenDay,
    Total,
    Truth,
    Weekly,
)

Kept = TypeVar("Kept")
Kind = TypeVar("Kind", bound=Weekly)


@dataclass(frozen=True)
class DeedFilter:
    """Passes on to a sink the deeds within some days, by one actor and of one subject if named."""

    days: Range
    by: str | None
    of: str | None
    sink: Sink

    def enter(self, actor: str | None, idx: Integers, day: int, subject: str | None) -> None:
        """Pass the deed on if it is meant."""
        meant = (self.by is None or self.by == actor) and (self.of is None or self.of == subject)
        if meant and self.days.first <= day <= self.days.last:
            self.sink(idx, day)


@dataclass
class Compiler:
    """Builds the leaves and operators of conditions for `width` runs.

    Attributes
    ----------
    filters : dict
        Filters of each kind of deed.
    weekly : list
        What takes each week, in an order in which nobody reads what is not yet up to date.
    leaves : list
        Everything that holds arrays.
    """

    term: Term
    width: int
    filters: dict[str, list[DeedFilter]] = field(default_factory=dict)
    weekly: list[Weekly] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def settled(self, condition: Condition, days: Range) -> tuple[op.Settled, int]:
        """Return the operator for a window of days, and the last day on which it can be met."""
        return self._keep((condition, days), lambda: self._settled(condition, days))

    def _settled(self, condition: Condition, days: Range) -> tuple[op.Settled, int]:
        match condition:
            case asked.AtLeast(at_least=several):
                return self._nth(several.n, [(part, days) for part in several.of], days)
            case asked.AllOf(all=parts):
                return self._nth(len(parts), [(part, days) for part in parts], days)
            case asked.AnyOf(any=parts):
                return self._nth(1, [(part, days) for part in parts], days)
            case asked.Each(each=body):
                periods = self.term.periods(body.period, days)
                return self._nth(body.in_at_least, [(body.of, each) for each in periods], days)
            case asked.Not(not_=inner):
                of, last = self.settled(inner, days)
                return op.not_met(of, last), last
            case asked.FirstWeek(first_week=watch):
                return self._first_week(watch, days)
            case asked.Status(status=body):
                last = self.term.days - 1
                return op.status_holds(body.treaty, body.is_, body.by, last), last
            case asked.WeeksAt() | asked.Mean() | asked.Share():
                return self._of_series(condition, days)
            case _:
                first = self._holds_arrays(FirstDay(self.width))
                return op.dated(first), self.listen(condition, days, first, once=True)

    def _nth(
        self, n: int, parts: list[tuple[Condition, Range]], outer: Range
    ) -> tuple[op.Settled, int]:
        settled = [self.settled(part, days) for part, days in parts]
        last = max((last for _, last in settled), default=outer.last)
        if n > len(settled):
            return op.never(self.width), last
        return op.nth_of(n, [day for day, _ in settled]), last

    def _of_series(
        self, condition: asked.WeeksAt | asked.Mean | asked.Share, days: Range
    ) -> tuple[op.Settled, int]:
        """Counts, means and shares over the weeks of a window."""
        body: OfSeries
        match condition:
            case asked.WeeksAt(weeks=body):
                last, weeks = self.term.window(body, days).last, self.term.series_weeks(body, days)
                tally = Tally(self.width, self._truth(body), body.in_at_least, weeks)
                return op.dated(self._each_week(tally)), last
            case asked.Mean(mean=body):
                last, weeks = self.term.window(body, days).last, self.term.series_weeks(body, days)
                if len(weeks) < (body.in_last.weeks if body.in_last else 1):
                    return op.never(self.width), last
                total = self._keep(
                    ("total", body.series, weeks),
                    lambda: self._each_week(Total(self.width, body.series, weeks)),
                )
                return op.mean_holds(total, Level.of(body), last), last
            case asked.Share(share=body):
                last = self.term.window(body, days).last
                weeks, count = self.term.blocks(body, days)
                portion, more = body.more_than or body.in_at_least, body.in_at_least is None
                if not count or portion is None:
                    return op.never(self.width), last
                blocks = BlockCount(
                    self.width, body.series, Level.of(body), weeks, block_length(body),
                    mean=body.take == "mean",
                )  # fmt: skip
                needed = portion.needed(count, more=more)
                return op.share_holds(self._each_week(blocks), needed, last), last

    def _first_week(self, watch: asked.Watch, days: Range) -> tuple[op.Settled, int]:
        asked_in = days.cut(self.term.day(watch.from_), self.term.day(watch.until))
        onset = 0 if watch.onset is None else watch.onset.weeks
        weeks = self.term.weeks(asked_in)

        def build() -> op.Watch:
            return self._each_week(op.Watch(self.width, self.past(watch.of, days), weeks, onset))

        shared = self._keep(("watch", watch.of, days, weeks, onset), build)
        if watch.onset_from is None:
            return op.dated(shared), asked_in.last
        earliest = (watch.onset_from - self.term.start).days
        return op.from_onset(shared, earliest), asked_in.last

    def past(self, condition: Condition, days: Range) -> op.Past:
        """Return the operator that is asked at the end of each week, looking back within `days`."""
        match condition:
            case asked.Happened(happened=deed):
                return op.deed_in_last(self._latest(deed, days), self.term, deed.in_last)
            case asked.Sustained(sustained=spell):
                return op.spell_now(self._streak(spell, self.term.weeks(days)), spell.for_.weeks)
            case asked.WeeksAt(weeks=count) if count.in_last:
                sums = self._rolling(self._truth(count), count.in_last.weeks, days)
                return op.sum_in_last(sums, count.in_at_least)
            case asked.Mean(mean=mean) if mean.in_last:
                sums = self._rolling(mean.series, mean.in_last.weeks, days)
                return op.mean_in_last(sums, Level.of(mean))
            case asked.Not(not_=inner):
                of = self.past(inner, days)
                return lambda week: ~of(week)
            case asked.AllOf(all=parts):
                return op.all_past([self.past(part, days) for part in parts])
            case asked.AnyOf(any=parts):
                return op.nth_past(1, [self.past(part, days) for part in parts])
            case asked.AtLeast(at_least=several):
                return op.nth_past(several.n, [self.past(part, days) for part in several.of])
        raise TypeError(f"no condition on the past: {asked.operator_of(condition)}")

    def listen(self, condition: Condition, days: Range, sink: Sink, *, once: bool) -> int:
        """Let `sink` take each occurrence in a window; return its last possible day.

        With `once`, a spell is passed on only in the week that completes it.
        """
        match condition:
            case asked.Happened(happened=deed):
                self._hear(deed, days, sink)
                return self.term.window(deed, days).last
            case asked.Sustained(sustained=spell):
                streak = self._streak(spell, self.term.series_weeks(spell, days))
                self._each_week(SpellEnds(streak, spell.for_.weeks, sink, once=once))
                return self.term.window(spell, days).last
            case asked.AnyOf(any=parts):
                return max([self.listen(part, days, sink, once=once) for part in parts])
            case asked.Then(then=pair):
                both = self._holds_arrays(ThenDay(self.width, self.term, pair.within, sink))
                self.listen(pair.first, days, both.first, once=False)
                return self.listen(pair.second, days, both.second, once=False)
        raise TypeError(f"no days of its own: {asked.operator_of(condition)}")

    def _hear(self, deed: Deed, days: Range, sink: Sink) -> None:
        filter_ = DeedFilter(self.term.deed_days(deed, days), deed.by, deed.of, sink)
        for kind in deed.kinds:
            self.filters.setdefault(kind, []).append(filter_)

    def _latest(self, deed: Deed, days: Range) -> LatestDay:
        def build() -> LatestDay:
            latest = self._holds_arrays(LatestDay(self.width))
            self._hear(deed.model_copy(update={"in_last": None}), days, latest)
            return latest

        return self._keep(("latest", deed.kinds, deed.by, deed.of, days), build)

    def _truth(self, body: OfSeries) -> Truth:
        level = Level.of(body)
        return self._keep(("truth", body.series, level), lambda: Truth(body.series, level))

    def _streak(self, body: OfSeries, weeks: Range) -> Streak:
        truth = self._truth(body)
        return self._keep(
            ("streak", body.series, truth.level, weeks),
            lambda: self._each_week(Streak(self.width, truth, weeks)),
        )

    def _rolling(self, read: str | Truth, span: int, days: Range) -> RollingSum:
        weeks = self.term.weeks(days)
        return self._keep(
            ("rolling", read, span, weeks),
            lambda: self._each_week(RollingSum(self.width, read, span, weeks)),
        )

    def _each_week(self, leaf: Kind) -> Kind:
        """Let a leaf take each week from now on."""
        self.weekly.append(leaf)
        return self._holds_arrays(leaf)

    def _holds_arrays(self, leaf: Kept) -> Kept:
        self.leaves.append(leaf)
        return leaf

    def _keep(self, key: Hashable, build: Callable[[], Kept]) -> Kept:
        """Return what was built under this key, or build it."""
        if key not in self._kept:
            self._kept[key] = build()
        kept: Kept = self._kept[key]
        return kept
