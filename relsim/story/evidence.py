"""What a run had of what a condition asks for: dates, counts, means, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import numpy as np
import numpy.typing as npt

from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.operands import Blocks, Deed, OfSeries
from relsim.scenario.conditions.windows import Range, Term, block_length
from relsim.story.wording import day_words, listed, signed
from relsim.worlds.monitors.leaves import Level
from relsim.worlds.record import Entry

__all__ = ["Records", "evidence"]

FEW = 3  # dates that are named one by one
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Records:
    """What the monitors know of one run: its log, and its weekly series, (weeks,) each."""

    term: Term
    log: Sequence[Entry]
    series: Mapping[str, npt.NDArray[np.float32]]

    def values(self, body: OfSeries, weeks: Range) -> Doubles:
        """A series in some weeks."""
        return self.series[body.series][weeks.first : weeks.last + 1].astype(np.float64)


def evidence(condition: Condition, days: Range, records: Records) -> str:
    """What the run had of one condition in a window of days; nothing for those made of others."""
    term = records.term
    match condition:
        case asked.Happened(happened=deed):
            return _dates(deed, days, records)
        case asked.Sustained(sustained=spell):
            held = Level.of(spell).holds(records.values(spell, term.series_weeks(spell, days)))
            longest = max((len(list(run)) for met, run in groupby(held) if met), default=0)
            return f"longest spell {_weeks(longest)}"
        case asked.WeeksAt(weeks=count):
            held = Level.of(count).holds(records.values(count, term.series_weeks(count, days)))
            return _weeks(int(held.sum()))
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
