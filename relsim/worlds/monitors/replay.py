"""Outcomes of runs that are over, from their log and their series: the same monitors once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.durations import DAYS_A_WEEK
from relsim.scenario.conditions.windows import Term
from relsim.worlds.monitors.leaves import Days, Index
from relsim.worlds.monitors.monitors import Monitors
from relsim.worlds.monitors.operators import StatusOf

__all__ = ["LogLine", "replay_monitors"]


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
    def runs(self) -> Index: ...


def replay_monitors(
    outcomes: Mapping[str, Condition],
    term: Term,
    log: Iterable[LogLine],
    series: Mapping[str, npt.NDArray[np.float32]],
    *,
    width: int,
    status: StatusOf | None = None,
) -> Days:
    """Return the day on which each stored run met each outcome, -1 if never.

    Parameters
    ----------
    outcomes : mapping of str to Condition
        Conditions, by the name of the outcome.
    term : Term
        The days of the scenario.
    log : iterable of LogLine
        In any order.
    series : mapping of str to array, shape (week, run)
        Each series that an outcome asks for, every week of the term.
    width : int
        Number of runs.
    status : callable, optional
        As `Monitors.finish` takes it.

    Returns
    -------
    array of int16, shape (outcome, run)
    """
    monitors = Monitors(outcomes, term, width)
    lines = sorted(log, key=lambda line: line.day)
    told = 0
    for week in range(-(-term.days // DAYS_A_WEEK)):
        day = term.record_day(week)
        while told < len(lines) and lines[told].day <= day:
            line = lines[told]
            monitors.happened(line.kind, line.actor, line.runs, line.day, line.subject)
            told += 1
        monitors.week(day, {name: values[week] for name, values in series.items()})
    return monitors.finish(status)
