"""What the runs did that met a rare outcome: their deeds from the last climb of the ladder on.

A run that is split has the past of its forebears. Runs that met the outcome left, and others took
their places; their deeds are read from the log as it stood when they left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from relsim.array_types import Integers
from relsim.inference.rare.splitting import Banked
from relsim.worlds.clock import WEEK
from relsim.worlds.record import Entry, Record

__all__ = ["ChunkLog", "Deed", "Outline", "outlines"]

RISE, FALL = "ladder_rise", "ladder_fall"
HALF = 0.5  # the systematic points stand in the middle of equal parts of the weight


class Deed(NamedTuple):
    """Something that happened in a run: its day of the term, and the log's names for it."""

    day: int
    kind: str
    actor: str | None
    subject: str | None


class Outline(NamedTuple):
    """A run that met the outcome.

    Attributes
    ----------
    draw : int
        The number of its draw.
    weight : float
        Its part of all the weight that met the outcome in its chunk, times the chunk's.
    began, day : int
        The day of the first rise of the last climb, and that on which it met the outcome.
    deeds : tuple of Deed
        From a week before the climb began; in order.
    """

    draw: int
    weight: float
    began: int
    day: int
    deeds: tuple[Deed, ...]


class ChunkLog(NamedTuple):
    """Where to read what was banked: entries and takes of the log at the end of each week."""

    record: Record
    marks: Mapping[int, tuple[int, int]]
    first_column: int


def outlines(
    banked: Iterable[Banked], log: ChunkLog, draws: Integers, most: int
) -> tuple[Outline, ...]:
    """Some of the runs that met the outcome, drawn in proportion to their weights.

    Parameters
    ----------
    banked : iterable of Banked
        Of one chunk.
    log : ChunkLog
        Where their deeds are read.
    draws : int64, (runs,)
        The draw of each run of the chunk on the first day.
    most : int
        How many are drawn; one of much weight may be drawn several times, and counts so often.
    """
    parts = list(banked)
    weights = np.concatenate([one.weight for one in parts]) if parts else np.zeros(0)
    if not weights.size:
        return ()
    total = float(weights.sum())
    points = (np.arange(most) + HALF) / most * total
    chosen = Counter(np.searchsorted(np.cumsum(weights), points).tolist())
    found, before = list[Outline](), 0
    for one in parts:
        own = [n for n in range(before, before + one.place.size) if chosen[n]]
        places = {int(one.place[n - before]) + log.first_column: n for n in own}
        before += one.place.size
        if not places:
            continue
        columns = np.sort(np.array(list(places)))
        entries = log.record.history(columns, *log.marks[one.day])
        for column in columns.tolist():
            root = int(one.root[places[column] - before + one.place.size])
            weight = chosen[places[column]] * total / most
            found.append(_outline(entries, column, int(draws[root]), weight, one.day))
    return tuple(found)


def _outline(entries: list[Entry], column: int, draw: int, weight: float, day: int) -> Outline:
    deeds = [
        Deed(entry.day, entry.kind, entry.actor, entry.subject)
        for entry in entries
        if column in entry.runs
    ]
    began = _began(deeds, day)
    return Outline(
        draw, weight, began, day, tuple(deed for deed in deeds if deed.day > began - WEEK)
    )


def _began(deeds: Iterable[Deed], day: int) -> int:
    """The day on which a run last left the lowest rung, else that of the outcome."""
    rises = [deed.day for deed in deeds if deed.kind == RISE and deed.subject == "1"]
    return rises[-1] if rises else day
