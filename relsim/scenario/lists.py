"""Lists that a variant changes instead of replacing: ``{add: [...], remove: [...]}``."""

from __future__ import annotations

from dataclasses import replace

from relsim.errors import Problem
from relsim.scenario.parsing import Entry, plain

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
    items = list(base.content)
    for number, wanted in enumerate(_listed(change, REMOVE)):
        found = [item for item in items if _fits(item, wanted)]
        if len(found) == 1:
            items = [item for item in items if item is not found[0]]
        else:
            several = f"fits {len(found)} entries of the base's list: give more of its keys"
            message = several if found else "fits no entry of the base's list"
            problems.append(Problem(*wanted.place, f"{path}.{REMOVE}.{number}", message))
    for new in _listed(change, ADD):
        items.insert(_place_for(new, items), new)
    return replace(change, content=items, key=base.key or change.key)


def _listed(change: Entry, key: str) -> list[Entry]:
    child = change.child(key)
    return child.content if child is not None and isinstance(child.content, list) else []


def _fits(item: Entry, wanted: Entry) -> bool:
    """Whether an entry is the one that is meant: equal, or alike in all the keys given."""
    if not isinstance(wanted.content, dict) or not isinstance(item.content, dict):
        return bool(plain(item) == plain(wanted))
    given = {key: plain(child) for key, child in wanted.content.items()}
    has = {key: plain(child) for key, child in item.content.items()}
    return bool(given) and all(key in has and has[key] == given[key] for key in given)


def _place_for(new: Entry, items: list[Entry]) -> int:
    """Where an entry goes: before the first that is dated later, else at the end."""
    date = new.child(DATE)
    if date is None:
        return len(items)
    dates = [item.child(DATE) for item in items]
    later = (n for n, other in enumerate(dates) if other is not None and other.text > date.text)
    return next(later, len(items))
