"""Monitors: which runs meet which outcome, and when, as a term is simulated or from its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from relsim.array_types import Array, Floats, Integers, Shorts
from relsim.errors import UsageError
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.operands import DAYS_A_WEEK
from relsim.scenario.conditions.windows import Term
from relsim.worlds.monitors.compiling import Compiler
from relsim.worlds.monitors.leaves import NEVER, Week, Weekly
from relsim.worlds.monitors.operators import StatusOf
from relsim.worlds.record import Watcher

__all__ = ["LogLine", "LoggedDeed", "Monitors", "replay_log"]


class Monitors:
    """Watches `width` runs for some outcomes; takes deeds and weeks in the order of days.

    Deeds of a day come before the record of a week that ends on that day.

    Parameters
    ----------
    outcomes : mapping of str to Condition
    term : Term
    width : int
        Number of runs.

    Attributes
    ----------
    names : tuple of str
        The outcomes, in the order of the first axis of what `finish` returns.
    kinds : frozenset of str
        Deeds that any outcome asks for.

    Raises
    ------
    UsageError
        If the term is longer than 32,766 days (89 years).
    """

    def __init__(self, outcomes: Mapping[str, Condition], term: Term, width: int) -> None:
        if term.days >= NEVER:
            raise UsageError(f"a term must be shorter than {NEVER} days (got {term.days})")
        compiler = Compiler(term, width)
        self.names = tuple(outcomes)
        self._settled = [compiler.settled(when, term.whole)[0] for when in outcomes.values()]
        self._filters = compiler.filters
        self._leaves = compiler.leaves
        weeks = range(-(-term.days // DAYS_A_WEEK))
        self._due: list[list[Weekly]] = [
            [leaf for leaf in compiler.weekly if leaf.weeks.first <= week <= leaf.weeks.last]
            for week in weeks
        ]
        self.kinds = frozenset(self._filters)

    def happened(
        self, kind: str, actor: str | None, idx: Integers, day: int, subject: str | None = None
    ) -> None:
        """Enter a move or deed on `day` in the runs `idx`.

        Parameters
        ----------
        kind : str
            Name of the move or deed.
        actor : str or None
            Who did it; None for joint deeds and for the world's.
        idx : array of int
            Columns of the runs.
        day : int
            Counted from the start of the term.
        subject : str or None
            What it was about: a treaty, a project, an issue.
        """
        for one in self._filters.get(kind, ()):
            one.enter(actor, idx, day, subject)

    def week(self, day: int, series: Mapping[str, Floats]) -> None:
        """Enter the weekly record of `day`, the week's last; each series has shape (runs,)."""
        week = Week(day // DAYS_A_WEEK, day, series)
        for leaf in self._due[week.number]:
            leaf.week(week)

    def finish(self, status: StatusOf | None = None) -> Shorts:
        """Return the day on which each run met each outcome, -1 if never.

        Parameters
        ----------
        status : callable, optional
            ``status(treaty, word, party)``: whether the treaty stands so on the last day, for one
            party or (None) for the dyad; shape (runs,). The words are in_force, leaving, left,
            lapsed and suspended.

        Returns
        -------
        array of int16, shape (outcome, run)
        """
        days = np.stack([day(status) for day in self._settled])
        days[days == NEVER] = -1
        return days

    def day_of(self, name: str) -> Shorts:
        """The day on which each run met one outcome so far, -1 if not yet; shape (runs,).

        Raises
        ------
        UsageError
            If the outcome asks for the status of a treaty, which the last day decides.
        """
        days = self._settled[self.names.index(name)](None)
        return np.where(days == NEVER, np.int16(-1), days)

    def arrays(self) -> dict[str, Array]:
        """Every array that differs between runs, the runs on the last axis."""
        return {
            f"{number}.{type(leaf).__name__}.{name}": value
            for number, leaf in enumerate(self._leaves)
            for name, value in vars(leaf).items()
            if isinstance(value, np.ndarray)
        }

    def take(self, index: Integers) -> None:
        """Let run k become a copy of run index[k]."""
        for array in self.arrays().values():
            array[...] = array[..., index]


class LogLine(Protocol):
    """One line of a log: the same deed on one day in several runs (columns of the series)."""

    @property
    def day(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str | None: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def runs(self) -> Integers: ...


class LoggedDeed(NamedTuple):
    """A `LogLine` of its own."""

    day: int
    kind: str
    actor: str | None
    subject: str | None
    runs: Integers


def replay_log(
    watching: Watcher,
    term: Term,
    log: Iterable[LogLine],
    series: Mapping[str, Floats],
) -> None:
    """Inform monitors of runs that are over, from their log and their series, in order of days.

    Parameters
    ----------
    watching : Monitors, or what has the same two methods
        Given each happening, and each week's series.
    term : Term
        The days of the scenario.
    log : iterable of LogLine
        In any order.
    series : mapping of str to array, shape (week, run)
        Each series that an outcome asks for, every week of the term.
    """
    lines = sorted(log, key=lambda line: line.day)
    done = 0
    for week in range(-(-term.days // DAYS_A_WEEK)):
        day = term.record_day(week)
        while done < len(lines) and lines[done].day <= day:
            line = lines[done]
            watching.happened(line.kind, line.actor, line.runs, line.day, line.subject)
            done += 1
        watching.week(day, {name: values[week] for name, values in series.items()})
