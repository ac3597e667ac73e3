"""Windows of days and of recorded weeks: when a condition looks at the record.

And what no run could meet: windows outside the term, counts that their windows cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from relsim.scenario.conditions import conditions, operands
from relsim.scenario.conditions.conditions import Condition, Path, operator_of, subconditions
from relsim.scenario.conditions.operands import DAYS_A_WEEK, Duration

__all__ = ["Range", "Term", "unmeetable"]


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

    start: date
    days: int
    count_day: int = 0

    @classmethod
    def between(cls, start: date, end: date, count_from: date | None = None) -> Term:
        """Return the term from `start` to the day before `end`."""
        return cls(start, (end - start).days, ((count_from or start) - start).days)

    @property
    def whole(self) -> Range:
        """All days of the term."""
        return Range(0, self.days - 1)

    def day(self, date: date | None) -> int | None:
        """Return the day that a date falls on, None for None."""
        return None if date is None else (date - self.start).days

    def record_day(self, week: int) -> int:
        """Return the last day of a week."""
        return min((week + 1) * DAYS_A_WEEK, self.days) - 1

    def window(self, asked: operands.Between, outer: Range) -> Range:
        """Return the days of `outer` that lie between the dates asked for."""
        return outer.cut(self.day(asked.from_), self.day(asked.until))

    def deed_days(self, deed: operands.Deed, outer: Range) -> Range:
        """Return the days on which a deed counts."""
        days = self.window(deed, outer)
        if deed.in_last is not None:
            days = days.cut(self.before(days.last + 1, deed.in_last))
        return days.cut(self.count_day)

    def before(self, day: int, span: Duration) -> int:
        """Return the day that lies a span before `day`; months and years by the calendar."""
        try:
            return (span.after(self.start + timedelta(days=day), -1) - self.start).days
        except OverflowError:  # before the year 1
            return 0

    def weeks(self, days: Range) -> Range:
        """Return the weeks whose last day is among `days`."""
        if not len(days):
            return Range(0, -1)
        to_the_end = days.last >= self.days - 1
        ended = -(-self.days // DAYS_A_WEEK) if to_the_end else (days.last + 1) // DAYS_A_WEEK
        return Range(max(days.first, 0) // DAYS_A_WEEK, ended - 1)

    def series_weeks(self, asked: operands.Between, outer: Range) -> Range:
        """Return the weeks in which a series counts."""
        weeks = self.weeks(self.window(asked, outer))
        if isinstance(asked, operands.InWeeks) and asked.in_last is not None:
            return weeks.cut(weeks.last - asked.in_last.weeks + 1)
        return weeks

    def blocks(self, asked: operands.Blocks, outer: Range) -> tuple[Range, int]:
        """Return the weeks that whole blocks fill, and the number of blocks."""
        weeks, length = self.series_weeks(asked, outer), block_length(asked)
        count = len(weeks) // length
        return Range(weeks.first, weeks.first + count * length - 1), count

    def periods(self, length: Duration, outer: Range) -> Iterator[Range]:
        """Cut `outer` into whole periods, by the calendar from its first day."""
        origin = self.start + timedelta(days=outer.first)
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


def block_length(asked: operands.Blocks) -> int:
    """Return the weeks of a block."""
    return 1 if asked.per is None else asked.per.weeks


FLAGS = ("hostile", "cooperative")  # series of the deeds that count
Found = list[tuple[Path, str]]


def unmeetable(condition: Condition, term: Term) -> Found:
    """Return the windows and counts of a condition that no run of a term could meet.

    Returns
    -------
    list of (path, message)
        The path leads from the condition to the entry at fault.
    """
    return _examined(condition, term, term.whole)[0]


def _examined(condition: Condition, term: Term, days: Range) -> tuple[Found, bool]:
    """Return what is wrong inside a condition on some days, and whether a run could meet it."""
    name = operator_of(condition)
    if isinstance(condition, conditions.Each):
        of_periods = _of_periods(condition.each, term, days)
        return [((name, *path), text) for path, text in of_periods], not of_periods
    found = [((name, *path), text) for path, text in _own(condition, term, days)]
    sound, parts = not found, []
    inside = days
    if isinstance(condition, conditions.FirstWeek):
        inside = days.cut(last=term.day(condition.first_week.until))
    for path, part in subconditions(condition):
        below, meetable = _examined(part, term, inside)
        found += [((*path, *rest), text) for rest, text in below]
        parts.append(meetable)
    match condition:
        case conditions.Not():
            return found, sound
        case conditions.AnyOf():
            return found, any(parts)
        case conditions.AtLeast(at_least=several):
            return found, sum(parts) >= several.n
    return found, sound and all(parts)


def _of_periods(each: conditions.Periods, term: Term, days: Range) -> Found:
    """Too few periods; or what keeps too many of them, or all, from being met."""
    periods, wanted = list(term.periods(each.period, days)), each.in_at_least
    if wanted > len(periods):
        wish = f"must be at most {len(periods)}, the whole periods there are"
        return [(("in_at_least",), f"{wish} (got {wanted})")]
    examined = [_examined(each.of, term, period) for period in periods]
    closed = [found for found, meetable in examined if not meetable]
    if len(periods) - len(closed) < wanted:
        where = f"in {len(closed)} of the {len(periods)} periods, and {wanted} are asked for"
        return [(("of", *path), f"{text}: so {where}") for path, text in closed[0]]
    always = set.intersection(*({path for path, _ in found} for found, _ in examined))
    return [(("of", *path), text) for path, text in examined[-1][0] if path in always]


def _own(condition: Condition, term: Term, days: Range) -> Iterator[tuple[Path, str]]:
    """Walk what is wrong with the windows and counts of `condition` itself."""
    body = getattr(condition, operator_of(condition), None)
    if outside := list(_outside(body, term)):
        yield from outside
        return
    match condition:
        case conditions.Happened(happened=deed):
            yield from _no_day(deed, term, days)
        case conditions.Sustained(sustained=spell):
            weeks = len(_weeks(spell, term, days))
            if spell.for_.weeks > weeks:
                yield ("for",), f"must fit into its window of {_in_words(weeks)} (got {spell.for_})"
        case conditions.WeeksAt(weeks=count):
            weeks = len(_weeks(count, term, days))
            if count.in_at_least > weeks:
                yield (), f"asks for {count.in_at_least} of {_in_words(weeks)}"
        case conditions.Mean(mean=mean):
            weeks = len(term.series_weeks(mean, days))
            if weeks < (mean.in_last.weeks if mean.in_last else 1):
                yield (), f"has too few weeks in its window ({weeks})"
        case conditions.Share(share=share):
            yield from _too_few_blocks(share, term, days)
        case conditions.FirstWeek(first_week=watch):
            yield from _no_week(watch, term, days)
        case conditions.Then(then=pair):
            yield from _out_of_order(pair, term, days)


def _in_words(weeks: int) -> str:
    return "1 week" if weeks == 1 else f"{weeks} weeks"


def _weeks(body: operands.Spell | operands.WeekCount, term: Term, days: Range) -> Range:
    """The weeks of a window in which a series may be at a level: a flag is 0 before deeds count."""
    weeks = term.series_weeks(body, days)
    not_zero = (body.at_least or 0) > 0 or (body.above is not None and body.above >= 0)
    return weeks.cut(term.count_day // DAYS_A_WEEK) if body.series in FLAGS and not_zero else weeks


def _outside(body: object, term: Term) -> Iterator[tuple[Path, str]]:
    """Walk the dates that lie outside the term."""
    first, last = _date(term, 0), _date(term, term.days - 1)
    for name, key in (("from_", "from"), ("until", "until"), ("onset_from", "onset_from")):
        day: date | None = getattr(body, name, None)
        if day is not None and not first <= day <= last:
            side, end = ("after the last", last) if day > last else ("before the first", first)
            yield (key,), f"must not lie {side} day of the term, {end} (got {day})"


def _no_day(deed: operands.Deed, term: Term, days: Range) -> Iterator[tuple[Path, str]]:
    if not len(term.deed_days(deed, days)):
        counts = f"deeds count from {_date(term, term.count_day)}"
        yield (), f"looks at no day: {counts} (horizon.count_from) to the end of the term"


def _too_few_blocks(share: operands.Blocks, term: Term, days: Range) -> Iterator[tuple[Path, str]]:
    blocks, more = term.blocks(share, days)[1], share.in_at_least is None
    key, portion = "more_than" if more else "in_at_least", share.more_than or share.in_at_least
    if not blocks:
        yield (), "has no whole block of weeks in its window"
    elif portion and portion.total not in (None, blocks):
        yield (key,), f"there are {blocks} blocks in the window (got {portion})"
    elif portion and portion.needed(blocks, more=more) > blocks:
        yield (key,), f"must be met by one of {blocks} blocks (got {portion})"


def _no_week(watch: conditions.Watch, term: Term, days: Range) -> Iterator[tuple[Path, str]]:
    weeks = term.weeks(days.cut(term.day(watch.from_), term.day(watch.until)))
    if not len(weeks):
        yield (), "looks at no week: none ends in its window"
        return
    earliest, onset = term.day(watch.onset_from), watch.onset
    latest = term.record_day(weeks.last)
    if onset is not None:
        latest = max(0, DAYS_A_WEEK * (weeks.last - onset.weeks + 1))
    if earliest is not None and earliest > latest:
        yield ("onset_from",), f"must be at most {_date(term, latest)}, the latest day of an onset"


def _out_of_order(pair: conditions.Sequence, term: Term, days: Range) -> Iterator[tuple[Path, str]]:
    first, second = (_days(part, term, days) for part in (pair.first, pair.second))
    if not (len(first) and len(second)):
        return  # which is reported for the one that has none
    if second.last <= first.first:
        begins = f"the first cannot come before {_date(term, first.first)}"
        ends = f"it can come no later than {_date(term, second.last)}"
        yield ("second",), f"must come after the first: {begins}, and {ends}"
    elif pair.within is not None and term.before(second.first, pair.within) > first.last:
        far = f"from {_date(term, first.last)} to {_date(term, second.first)}"
        yield ("within",), f"must reach {far}, from the first's last day to the second's first"


def _days(condition: Condition, term: Term, days: Range) -> Range:
    """The days from the first to the last on which something dated may occur."""
    match condition:
        case conditions.Happened(happened=deed):
            return term.deed_days(deed, days)
        case conditions.Sustained(sustained=spell):
            weeks = _weeks(spell, term, days)
            ends = weeks.cut(weeks.first + spell.for_.weeks - 1)
            return Range(term.record_day(ends.first), term.record_day(ends.last)) if ends else ends
        case conditions.Then(then=pair):
            return _days(pair.second, term, days)
    several = [_days(part, term, days) for _, part in subconditions(condition)]
    there = [found for found in several if len(found)]
    first, last = (found.first for found in there), (found.last for found in there)
    return Range(min(first, default=0), max(last, default=-1))


def _date(term: Term, day: int) -> date:
    return term.start + timedelta(days=day)
