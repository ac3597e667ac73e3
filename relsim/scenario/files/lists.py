"""Lists that a variant changes instead of replacing: ``{add: [...], remove: [...]}``."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from itertools import accumulate
from typing import Any

from relsim.errors import Problem
from relsim.scenario.files.parsing import Entry, plain

__all__ = ["changed_list", "changes_list"]

ADD, REMOVE = "add", "remove"
DATE = "date"


def changes_list(change: Entry) -> bool:
    """Whether an entry says what to add to a list, or to remove from it, and nothing else."""
    content = change.content
    return (
        isinstance(content, dict)
        and bool(content)
        and all(key in (ADD, REMOVE) and isinstance(content[key].content, list) for key in content)
    )


def changed_list(base: Entry, change: Entry, problems: list[Problem], path: str) -> Entry:
    """Return the list `base` without what `change` removes, and with what it adds.

    Dated entries are added in order of date, after those of the same day; others at the end. An
    entry is removed by some of its keys, which must fit it and no other. Notes what fits none or
    several. Every entry keeps the place where it stands.
    """
    assert isinstance(base.content, list)
    assert isinstance(change.content, dict)
    items = dict(enumerate(base.content))
    having = defaultdict[object, set[int]](set)
    for place, item in items.items():
        for mark in _marks(item):
            having[mark].add(place)
    for number, wanted in enumerate(_listed(change, REMOVE)):
        marks = _marks(wanted)
        found = set.intersection(*(having.get(mark, set()) for mark in marks)) if marks else set()
        if len(found) == 1:
            (place,) = found
            for mark in _marks(items.pop(place)):
                having[mark].discard(place)
        else:
            several = f"fits {len(found)} entries of the base's list: give more of its keys"
            message = several if found else "fits no entry of the base's list"
            problems.append(Problem(*wanted.place, f"{path}.{REMOVE}.{number}", message))
    with_added = _added(list(items.values()), _listed(change, ADD))
    return replace(change, content=with_added, key=base.key or change.key)


def _listed(change: Entry, key: str) -> list[Entry]:
    child = change.child(key)
    return child.content if child is not None and isinstance(child.content, list) else []


def _marks(entry: Entry) -> list[object]:
    """What an entry must have in common with one that fits it: each key's content, or its own."""
    if isinstance(entry.content, dict):
        return [(key, _hashable(plain(child))) for key, child in entry.content.items()]
    return [_hashable(plain(entry))]


def _hashable(data: Any) -> object:
    if isinstance(data, dict):
        return "mapping", frozenset((key, _hashable(value)) for key, value in data.items())
    if isinstance(data, list):
        return "list", tuple(map(_hashable, data))
    return "scalar", data


def _added(items: list[Entry], added: list[Entry]) -> list[Entry]:
    """Return the items with those that are added: each before the first dated later, or last."""
    latest = list(accumulate((_date(item) or "" for item in items), max))
    for new in added:
        date = _date(new)
        place = len(items) if date is None else bisect_right(latest, date)
        items.insert(place, new)
        latest.insert(place, (latest[-1] if latest else "") if date is None else date)
    return items


def _date(entry: Entry) -> str | None:
    date = entry.child(DATE)
    return None if date is None else date.text
