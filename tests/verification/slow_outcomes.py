"""Outcome conditions by brute force: one run, plain Python, straight from what the YAML says.

Shares no code with relsim; each question looks through the whole record again.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

NEVER = -1
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def days_of(text: str) -> int:
    count, unit = text.split()
    return round(int(count) * DAYS[unit.rstrip("s")])


def weeks_of(text: str) -> int:
    return round(days_of(text) / 7)


def later(start: datetime.date, text: str, times: int) -> datetime.date:
    """`times` spans after `start`; months and years by the calendar."""
    count, unit = text.split()
    if unit.rstrip("s") in ("day", "week"):
        return start + datetime.timedelta(days=days_of(text) * times)
    months = start.month - 1 + int(count) * times * (12 if "year" in unit else 1)
    year, month, day = start.year + months // 12, months % 12 + 1, start.day
    while True:
        try:
            return datetime.date(year, month, day)
        except ValueError:
            day -= 1


def at_level(body: dict[str, Any], value: Fraction) -> bool:
    return (
        ("at_least" not in body or value >= Fraction(body["at_least"]))
        and ("above" not in body or value > Fraction(body["above"]))
        and ("at_most" not in body or value <= Fraction(body["at_most"]))
        and ("below" not in body or value < Fraction(body["below"]))
    )


@dataclass
class Run:
    """One run's record: deeds as (day, kind, actor, subject), series by week."""

    start: datetime.date
    days: int
    count_day: int
    deeds: list[tuple[int, str, str | None, str | None]]
    series: dict[str, list[float]]
    status: dict[tuple[str, str, str | None], bool] = field(default_factory=dict)

    def first_day(self, condition: dict[str, Any]) -> int:
        """The day on which the run meets the condition, -1 if never."""
        found = self.met(condition, 0, self.days - 1)
        return NEVER if found is None else found

    # Windows

    def ends(self, week: int) -> int:
        return min(7 * week + 6, self.days - 1)

    def all_weeks(self) -> range:
        return range((self.days + 6) // 7)

    def day_of(self, written: str) -> int:
        return (datetime.date.fromisoformat(written) - self.start).days

    def before(self, day: int, text: str) -> int:
        """The day that lies a span before another; months and years by the calendar."""
        return (later(self.start + datetime.timedelta(days=day), text, -1) - self.start).days

    def span(self, body: dict[str, Any], a: int, b: int) -> tuple[int, int]:
        if "from" in body:
            a = max(a, self.day_of(body["from"]))
        if "until" in body:
            b = min(b, self.day_of(body["until"]))
        return a, b

    def weeks(self, body: dict[str, Any], a: int, b: int) -> list[int]:
        a, b = self.span(body, a, b)
        inside = [week for week in self.all_weeks() if a <= self.ends(week) <= b]
        return inside[-weeks_of(body["in_last"]) :] if "in_last" in body else inside

    def value(self, body: dict[str, Any], week: int) -> Fraction:
        return Fraction(self.series[body["series"]][week])

    # Settled

    def met(self, condition: dict[str, Any], a: int, b: int) -> int | None:
        """The day on which the condition, asked of the days a to b, is met."""
        ((operator, body),) = condition.items()
        if operator in ("happened", "sustained", "then"):
            return min(self.occurrences(condition, a, b), default=None)
        found: int | None = getattr(self, f"met_{operator}")(body, a, b)
        return found

    def nth(self, n: int, days: list[int | None]) -> int | None:
        found = sorted(day for day in days if day is not None)
        return found[n - 1] if len(found) >= n else None

    def met_all(self, parts: list[Any], a: int, b: int) -> int | None:
        return self.nth(len(parts), [self.met(part, a, b) for part in parts])

    def met_any(self, parts: list[Any], a: int, b: int) -> int | None:
        return self.nth(1, [self.met(part, a, b) for part in parts])

    def met_at_least(self, body: dict[str, Any], a: int, b: int) -> int | None:
        return self.nth(body["n"], [self.met(part, a, b) for part in body["of"]])

    def met_each(self, body: dict[str, Any], a: int, b: int) -> int | None:
        return self.nth(
            body["in_at_least"],
            [self.met(body["of"], *period) for period in self.periods(body, a, b)],
        )

    def met_not(self, inner: dict[str, Any], a: int, b: int) -> int | None:
        return self.end(inner, a, b) if self.met(inner, a, b) is None else None

    def met_weeks(self, body: dict[str, Any], a: int, b: int) -> int | None:
        held = [w for w in self.weeks(body, a, b) if at_level(body, self.value(body, w))]
        return self.nth(body.get("in_at_least", 1), [self.ends(week) for week in held])

    def met_mean(self, body: dict[str, Any], a: int, b: int) -> int | None:
        values = [self.value(body, week) for week in self.weeks(body, a, b)]
        enough = len(values) >= (weeks_of(body["in_last"]) if "in_last" in body else 1)
        holds = enough and at_level(body, sum(values, Fraction(0)) / len(values))
        return self.span(body, a, b)[1] if holds else None

    def met_share(self, body: dict[str, Any], a: int, b: int) -> int | None:
        weeks, length = self.weeks(body, a, b), weeks_of(body.get("per", "1 week"))
        blocks = [weeks[n : n + length] for n in range(0, len(weeks) - length + 1, length)]
        divisor = 1 if body.get("take") == "sum" else length
        held = [
            at_level(body, sum((self.value(body, w) for w in block), Fraction(0)) / divisor)
            for block in blocks
        ]
        if not blocks:
            return None
        portion = body.get("in_at_least", body.get("more_than"))
        if isinstance(portion, str) and "%" in portion:
            wanted = Fraction(portion.rstrip("%")) * len(blocks) / 100
        elif isinstance(portion, float):
            wanted = Fraction(str(portion)) * len(blocks)
        else:
            wanted = Fraction(int(str(portion).split()[0]))
        holds = sum(held) > wanted if "more_than" in body else sum(held) >= wanted
        return self.span(body, a, b)[1] if holds else None

    def met_status(self, body: dict[str, Any], a: int, b: int) -> int | None:
        holds = self.status[body["treaty"], body["is"], body.get("by")]
        return self.days - 1 if holds else None

    def met_first_week(self, body: dict[str, Any], a: int, b: int) -> int | None:
        first, last = self.span(body, a, b)
        for week in self.all_weeks():
            if first <= self.ends(week) <= last and self.holds(body["of"], week, a):
                day = self.ends(week)
                if "onset" in body:
                    day = max(0, 7 * (week - weeks_of(body["onset"]) + 1))
                late = "onset_from" not in body or day >= self.day_of(body["onset_from"])
                return day if late else None
        return None

    def periods(self, body: dict[str, Any], a: int, b: int) -> list[tuple[int, int]]:
        origin = self.start + datetime.timedelta(days=a)
        cuts = [(later(origin, body["period"], n) - self.start).days for n in range(60)]
        pairs = itertools.pairwise(cuts)
        return [(first, after - 1) for first, after in pairs if after - 1 <= b]

    def end(self, condition: dict[str, Any], a: int, b: int) -> int:
        """The last day on which the condition could be met."""
        ((operator, body),) = condition.items()
        if operator in ("all", "any"):
            return max(self.end(part, a, b) for part in body)
        if operator == "at_least":
            return max(self.end(part, a, b) for part in body["of"])
        if operator == "each":
            periods = self.periods(body, a, b)
            return max((self.end(body["of"], *period) for period in periods), default=b)
        if operator == "not":
            return self.end(body, a, b)
        if operator == "then":
            return self.end(body["second"], a, b)
        if operator == "status":
            return self.days - 1
        return self.span(body, a, b)[1]

    # Occurrences

    def occurrences(self, condition: dict[str, Any], a: int, b: int) -> list[int]:
        """Every day between a and b on which the condition occurs."""
        ((operator, body),) = condition.items()
        if operator == "any":
            return [day for part in body for day in self.occurrences(part, a, b)]
        if operator == "then":
            firsts = self.occurrences(body["first"], a, b)
            seconds = self.occurrences(body["second"], a, b)
            span = body.get("within")
            return [
                day
                for day in seconds
                if any((self.before(day, span) if span else a) <= one < day for one in firsts)
            ]
        if operator == "happened":
            a, b = self.span(body, a, b)
            if "in_last" in body:
                a = max(a, self.before(b + 1, body["in_last"]))
            return self.deeds_between(body, a, b)
        weeks = self.weeks(body, a, b)
        return [self.ends(week) for week in weeks if self.spell_ends(body, week, weeks)]

    def deeds_between(self, body: dict[str, Any], a: int, b: int) -> list[int]:
        kinds = body["deed"] if isinstance(body["deed"], list) else [body["deed"]]
        return [
            day
            for day, kind, actor, subject in self.deeds
            if kind in kinds
            and a <= day <= b
            and day >= self.count_day
            and body.get("by", actor) == actor
            and body.get("of", subject) == subject
        ]

    def spell_ends(self, body: dict[str, Any], week: int, weeks: list[int]) -> bool:
        spell = range(week - weeks_of(body["for"]) + 1, week + 1)
        return all(w in weeks and at_level(body, self.value(body, w)) for w in spell)

    # The past, seen from the end of a week

    def holds(self, condition: dict[str, Any], week: int, a: int) -> bool:
        """Whether the condition holds at the end of `week`, looking back to day a at most."""
        ((operator, body),) = condition.items()
        now = self.ends(week)
        if operator == "not":
            return not self.holds(body, week, a)
        if operator in ("all", "any", "at_least"):
            parts = body["of"] if operator == "at_least" else body
            needed = {"all": len(parts), "any": 1}.get(operator) or body["n"]
            return sum(self.holds(part, week, a) for part in parts) >= int(needed)
        if operator == "happened":
            back = self.before(now + 1, body["in_last"]) if "in_last" in body else 0
            return bool(self.deeds_between(body, max(a, back), now))
        weeks = [w for w in self.all_weeks() if a <= self.ends(w) <= now]
        if operator == "sustained":
            return self.spell_ends(body, week, weeks)
        span = weeks_of(body["in_last"])
        values = [self.value(body, w) for w in weeks[-span:]]
        if operator == "weeks":
            return sum(at_level(body, v) for v in values) >= int(body.get("in_at_least", 1))
        return len(values) == span and at_level(body, sum(values, Fraction(0)) / span)
