"""Why a run met an outcome or not: each condition inside it, asked of the same run.

The monitors' own leaves and operators are compiled for one run and follow its record once more;
only what can be asked by itself is: the parts of a condition on one week are read at that week.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.brief import Brief
from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.operands import DAYS_A_WEEK, Blocks, Deed, OfSeries
from relsim.scenario.conditions.windows import Range, Term, block_length
from relsim.scenario.schema import Scenario
from relsim.story.wording import condition_words, day_words, is_made_of_others, listed, signed
from relsim.worlds.monitors import StatusOf, replay_log
from relsim.worlds.monitors.compiling import Compiler
from relsim.worlds.monitors.leaves import NEVER, Level, Week
from relsim.worlds.monitors.operators import Past, Settled
from relsim.worlds.record import Entry

__all__ = ["OutcomeInRun", "Reason", "Records", "evidence", "reasons"]

COLUMN = np.zeros(1, dtype=np.int64)
FEW = 3  # dates that are named one by one


@dataclass(frozen=True, repr=False)
class Reason(Brief):
    """A condition as a run met it or not, with those inside it.

    Attributes
    ----------
    asks : str
        The condition in words.
    met : bool
        Inside a week that is looked for: whether it held at the end of that week, or, if there is
        none, of the week that came closest.
    date : date or None
        When it was met.
    evidence : str
        What the run had of it, in words.
    parts : tuple of Reason
    """

    asks: str
    met: bool
    date: date | None
    evidence: str
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True, repr=False)
class OutcomeInRun(Brief):
    """An outcome in one run: its day, -1 if never, and why."""

    name: str
    title: str
    day: int
    date: date | None
    reason: Reason


@dataclass(frozen=True)
class Records:
    """What the monitors know of one run: its log, and its weekly series, (weeks,) each."""

    term: Term
    log: Sequence[Entry]
    series: Mapping[str, Floats]

    def values(self, body: OfSeries, weeks: Range) -> Doubles:
        """A series in some weeks."""
        return self.series[body.series][weeks.first : weeks.last + 1].astype(np.float64)


def reasons(scenario: Scenario, records: Records, status: StatusOf) -> dict[str, Reason]:
    """Why a run met each outcome of its scenario, or did not.

    Parameters
    ----------
    scenario : Scenario
        Whose outcomes are asked for.
    records : Records
        Log and weekly series of the run.
    status : callable
        As `Monitors.finish` takes it, for one run.

    Returns
    -------
    dict of Reason
        By outcome.
    """
    evaluator = Evaluator(scenario, records, status)
    compiled = {
        name: evaluator.settled(outcome.when, records.term.whole)
        for name, outcome in scenario.outcomes.items()
    }
    series = {name: values[:, np.newaxis] for name, values in records.series.items()}
    replay_log(evaluator, records.term, records.log, series)
    return {name: reason() for name, reason in compiled.items()}


@dataclass
class Asked:
    """A condition on the past, and whether it held at the end of each week that was asked about."""

    condition: Condition
    past: Past
    parts: tuple[Asked, ...]
    held: list[bool] = field(default_factory=list)

    def ask(self, week: Week) -> None:
        """Ask it, and its parts, at the end of a week."""
        self.held.append(bool(self.past(week)[0]))
        for part in self.parts:
            part.ask(week)

    def nearness(self) -> Doubles:
        """How near each week came to it, from 0 to 1: the share of what it asks for."""
        held = np.array(self.held, dtype=float)
        if not self.parts:
            return held
        parts = np.stack([part.nearness() for part in self.parts])
        match self.condition:
            case asked.AllOf():
                near = parts.mean(axis=0)
            case asked.AtLeast(at_least=several):
                near = np.sort(parts, axis=0)[-several.n :].mean(axis=0)
            case asked.AnyOf():
                near = parts.max(axis=0)
            case _:
                near = held
        return np.where(held > 0, 1.0, np.minimum(near, 0.999))


def _inside(condition: Condition) -> list[Condition]:
    """The conditions inside one, but what `not` turns round if it has none inside itself."""
    if isinstance(condition, asked.Not) and not is_made_of_others(condition.not_):
        return []
    return [part for _, part in asked.subconditions(condition)]


class Evaluator:
    """Compiles conditions for one run, follows the run once, then gives reasons."""

    def __init__(self, scenario: Scenario, records: Records, status: StatusOf) -> None:
        self.scenario, self.records, self.status = scenario, records, status
        self.term = records.term
        self.compiler = Compiler(self.term, 1)
        self.asked: list[tuple[Range, Asked]] = []

    def settled(self, condition: Condition, days: Range, label: str = "") -> Callable[[], Reason]:
        """Compile a condition for a window of days; the function returned gives its reason."""
        compiled, _ = self.compiler.settled(condition, days)
        words = label + condition_words(condition, self.scenario)
        if isinstance(condition, asked.FirstWeek):
            return self._first_week(condition, days, compiled, words)
        parts = [self.settled(*part) for part in self._parts(condition, days)]
        shown = condition.not_ if isinstance(condition, asked.Not) else condition

        def reason() -> Reason:
            return Reason(
                asks=words,
                met=self._date(compiled) is not None,
                date=self._date(compiled),
                evidence=evidence(shown, days, self.records),
                parts=tuple(part() for part in parts),
            )

        return reason

    def _parts(self, condition: Condition, days: Range) -> list[tuple[Condition, Range, str]]:
        """What is inside a condition, the days on which it looks, and a label."""
        match condition:
            case asked.Then(then=pair):
                return [(pair.first, days, "first: "), (pair.second, days, "second: ")]
            case asked.Each(each=each):
                periods = self.term.periods(each.period, days)
                return [(each.of, period, f"{self._span(period)}: ") for period in periods]
        return [(part, days, "") for part in _inside(condition)]

    def _first_week(
        self, condition: asked.FirstWeek, days: Range, compiled: Settled, words: str
    ) -> Callable[[], Reason]:
        watch = condition.first_week
        weeks = self.term.weeks(days.cut(self.term.day(watch.from_), self.term.day(watch.until)))
        whole = self._asked(watch.of, days)
        self.asked.append((weeks, whole))

        def reason() -> Reason:
            near = whole.nearness()
            if not near.size:
                return Reason(words, met=False, date=None, evidence="no week to look at")
            at = int(near.argmax())
            met = self._date(compiled)
            evidence_of_it = self._week_in_words(watch, weeks.first + at, float(near[at]), met)
            shown_apart = whole.parts if isinstance(watch.of, asked.AllOf) else (whole,)
            parts = tuple(self._past(part, at) for part in shown_apart)
            return Reason(
                words, met=met is not None, date=met, evidence=evidence_of_it, parts=parts
            )

        return reason

    def _week_in_words(self, watch: asked.Watch, week: int, near: float, met: date | None) -> str:
        """The week at which the parts are read."""
        end = self._day(self.term.record_day(week))
        if met is not None:
            return f"first held on {end}"
        if near < 1:
            return f"came closest on {end}" if near > 0 else "no part of it ever held"
        onset = 0 if watch.onset is None else watch.onset.weeks
        began = self._day(DAYS_A_WEEK * max(0, week - onset + 1))
        return f"first held on {end}, so dated {began}: too early"

    def _asked(self, condition: Condition, days: Range) -> Asked:
        parts = tuple(self._asked(part, days) for part in _inside(condition))
        return Asked(condition, self.compiler.past(condition, days), parts)

    def _past(self, part: Asked, at: int) -> Reason:
        """A part of a condition on one week, as it stood at that week."""
        weeks = sum(part.held)
        return Reason(
            asks=condition_words(part.condition, self.scenario),
            met=part.held[at],
            date=None,
            evidence=f"held at the end of {weeks} of {len(part.held)} weeks",
            parts=tuple(self._past(inner, at) for inner in part.parts),
        )

    def happened(
        self, kind: str, actor: str | None, idx: Integers, day: int, subject: str | None = None
    ) -> None:
        """Enter a deed of the run, which is the one column of what was compiled."""
        for one in self.compiler.filters.get(kind, ()):
            one.enter(actor, COLUMN, day, subject)

    def week(self, day: int, series: Mapping[str, Floats]) -> None:
        """Enter the weekly series as they stand on a day, the last of its week."""
        week = Week(day // DAYS_A_WEEK, day, series)
        for leaf in self.compiler.weekly:
            if leaf.weeks.first <= week.number <= leaf.weeks.last:
                leaf.week(week)
        for weeks, question in self.asked:
            if weeks.first <= week.number <= weeks.last:
                question.ask(week)

    def _date(self, compiled: Settled) -> date | None:
        day = int(compiled(self.status)[0])
        return None if day == NEVER else self.scenario.date_of(day)

    def _day(self, day: int) -> str:
        return day_words(self.scenario.date_of(day))

    def _span(self, days: Range) -> str:
        return f"{self._day(days.first)} to {self._day(days.last)}"


def evidence(condition: Condition, days: Range, records: Records) -> str:
    """What the run had of one condition in a window of days; nothing for those made of others."""
    term = records.term
    match condition:
        case asked.Happened(happened=deed):
            return _dates(deed, days, records)
        case asked.Sustained(sustained=body) | asked.WeeksAt(weeks=body):
            held = Level.of(body).holds(records.values(body, term.series_weeks(body, days)))
            if isinstance(condition, asked.WeeksAt):
                return _weeks(int(held.sum()))
            longest = max((len(list(run)) for met, run in groupby(held) if met), default=0)
            return f"longest spell {_weeks(longest)}"
        case asked.Mean(mean=mean):
            values = records.values(mean, term.series_weeks(mean, days))
            if values.size < (mean.in_last.weeks if mean.in_last else 1):
                return "too few weeks"
            return f"mean {signed(float(values.mean()))}"
        case asked.Share(share=share):
            return _blocks(share, days, records)
        case asked.Status(status=status):
            return _exits(status.treaty, records)
    return ""


def _weeks(number: int) -> str:
    return f"{number} {'week' if number == 1 else 'weeks'}"


def _blocks(share: Blocks, days: Range, records: Records) -> str:
    weeks, count = records.term.blocks(share, days)
    length = block_length(share)
    sums = records.values(share, weeks).reshape(count, length).sum(axis=1)
    met = int(Level.of(share).holds(sums, length if share.take == "mean" else 1).sum())
    return f"{met} of {count}"


def _dates(deed: Deed, days: Range, records: Records) -> str:
    """When it happened, inside the window, else outside of it."""
    counted = records.term.deed_days(deed, days)
    everywhere = [
        entry.day
        for entry in records.log
        if entry.kind in deed.kinds
        and deed.by in (None, entry.actor)
        and deed.of in (None, entry.subject)
    ]
    inside = [day for day in everywhere if counted.first <= day <= counted.last]
    if inside:
        return _listed(inside, records.term)
    if not everywhere:
        return "never"
    return f"never when it counts, but on {_listed(everywhere, records.term)}"


def _exits(treaty: str, records: Records) -> str:
    words = {"treaty_exit_notice": "notice", "treaty_left": "exit"}
    exits = [
        f"{words[entry.kind]} by {entry.actor} on {_listed([entry.day], records.term)}"
        for entry in records.log
        if entry.kind in words and entry.subject == treaty
    ]
    return "; ".join(exits) or "no notice, no exit"


def _listed(days: Sequence[int], term: Term) -> str:
    dates = [day_words(term.start + timedelta(days=day)) for day in days]
    if len(dates) > FEW + 1:
        dates = [*dates[:FEW], f"{len(dates) - FEW} more times"]
    return listed(dates)
