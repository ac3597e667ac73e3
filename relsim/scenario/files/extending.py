"""Variants: a scenario file that ``extends`` another gives only what differs.

Maps merge, lists and scalars replace, null deletes, ``{add: [...], remove: [...]}`` changes a list,
``{scale: 2}`` changes a number relative to its draws; every entry keeps the place where it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from relsim.errors import MOST_COMPARED, Problem, ScenarioError, nearest, unknown
from relsim.scenario.fields.values import RELATIVE, is_relative
from relsim.scenario.files.parsing import LIMITS, Entry, Limits, each, parse, plain, without
from relsim.scenario.files.places import SUFFIXES, beside, packaged, raw_text, shown

__all__ = ["before_draws", "merged", "names_draws", "resolved", "set_later"]

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


LONGEST_CHAIN = 16


@lru_cache(maxsize=16)  # most of the time that reading takes; variants share their base
def parsed(raw: bytes, file: str) -> tuple[Entry, tuple[Problem, ...]]:
    """What `parse` returns of a file by itself; nobody changes an entry in place."""
    entry, problems = parse(raw, file)
    return entry, tuple(problems)


def resolved(
    path: Path, chain: tuple[Path, ...] = (), limits: Limits = LIMITS
) -> tuple[Entry, list[Problem]]:
    """Read a file and all that it extends.

    Parameters
    ----------
    path : Path
        The file to read.
    chain : tuple of Path
        The files that led here, each extending the next.
    limits : Limits
        How much they leave to this file and those that it extends.

    Returns
    -------
    entry : Entry
        The merged mapping, without the key ``extends``.
    problems : list of Problem

    Raises
    ------
    ScenarioError
        If a file cannot be read, is no mapping, or extends itself; if they are too large together.
    """
    file = shown(path)
    raw = raw_text(path)
    entry, found = parsed(raw, file)
    left = limits.after(raw, entry)
    if min(left) < 0:
        parse(raw, file, limits)  # says where it is too large
    limits, problems = left, list(found)
    if not isinstance(entry.content, dict):
        no_mapping = Problem(*entry.place, "", "a scenario is a mapping of keys")
        raise ScenarioError((*problems, no_mapping))
    name = entry.child("extends")
    entry = without(entry, "extends")
    if name is None:
        return entry, problems
    try:
        chain = (*chain, path.resolve())
        base, of_base = resolved(_base(name, path, chain), chain, limits)
    except ScenarioError as error:
        raise ScenarioError((*problems, *error.problems)) from None
    base = before_draws(base) if names_draws(entry.child("draws")) else base
    return merged(without(base, "name"), set_later(entry), problems), [*of_base, *problems]


def merged(base: Entry, change: Entry, problems: list[Problem], path: str = "") -> Entry:
    """Return `base` with `change` laid over it; notes what it takes away and is not there."""
    if isinstance(base.content, list) and changes_list(change):
        return changed_list(base, change, problems, path)
    base = _unchanged(base, change, problems, path)
    if not isinstance(base.content, dict) or not isinstance(change.content, dict):
        return change
    entries = dict(base.content)
    for key, new in change.content.items():
        below = f"{path}.{key}" if path else key
        if new.content is not None:
            there = entries.get(key)
            if there is None and changes_list(new):
                message = "adds to a list of the base, which has none here: write the list itself"
                problems.append(Problem(*(new.key or new.place), below, message))
                there = replace(new, content=[])
            entries[key] = new if there is None else merged(there, new, problems, below)
        elif key in entries:
            del entries[key]
        else:
            few = len(problems) * len(entries) <= MOST_COMPARED
            hint = nearest(key, entries) if few else None
            right = f"; did you mean {hint!r}?" if hint else ""
            message = f"null deletes an entry, and the base has none of this name{right}"
            problems.append(Problem(*(new.key or new.place), below, message))
    return replace(change, content=entries, key=base.key or change.key)


def _unchanged(base: Entry, change: Entry, problems: list[Problem], path: str) -> Entry:
    """Return a number as it is before what is laid over it: that replaces an earlier change."""
    inside = change.content if isinstance(change.content, dict) else {}
    given = {key: entry for key, entry in inside.items() if entry.content is not None}
    if not ({"value", *RELATIVE} & given.keys()):
        return base
    if isinstance(base.content, dict):
        if is_relative(given) and "value" in base.content and (unit := given.get("unit")):
            message = "is that of the value: give the shift its own, {shift: 2 weeks}"
            place, below = unit.key or unit.place, f"{path}.unit".lstrip(".")
            problems.append(Problem(*place, below, message))
        return without(base, *RELATIVE) if "value" in base.content else base
    bare = is_relative(given) and not isinstance(base.content, list) and base.content is not None
    return replace(base, content={"value": base}, text="") if bare else base


def set_later(entry: Entry) -> Entry:
    """Return an entry of which every number wins over the joint draws of what it is laid over."""
    return each(entry, lambda one: replace(one, later=True))


def names_draws(draws: Entry | None) -> bool:
    """Whether an entry `draws` brings a file of joint draws of its own."""
    return draws is not None and draws.child("file") is not None


def before_draws(root: Entry) -> Entry:
    """Return a scenario as new joint draws find it: what was set until now was set before them."""
    return without(each(root, lambda one: replace(one, later=False) if one.later else one), "draws")


def _base(name: Entry, path: Path, chain: tuple[Path, ...]) -> Path:
    """Return the file that `name` means, after checking that it may be extended."""
    if not isinstance(name.content, str) or not name.content:
        raise _fail(name, f"must name a scenario or a file (got {name.text[:60]!r})")
    wanted = name.content
    known = packaged()
    if wanted in known:
        base = known[wanted]
    elif wanted.endswith(SUFFIXES):
        base = _neighbour(name, path.parent, wanted)
    else:
        raise _fail(name, unknown("scenario", wanted, known))
    if base.resolve() in chain:
        circle = " -> ".join(file.name for file in (*chain, base))
        raise _fail(name, f"goes in a circle: {circle}")
    if len(chain) >= LONGEST_CHAIN:
        raise _fail(name, f"the chain of files is longer than {LONGEST_CHAIN}")
    return base


def _neighbour(name: Entry, folder: Path, wanted: str) -> Path:
    """Return a file in `folder` or below."""
    try:
        base = beside(folder, wanted)
    except ValueError as error:
        raise _fail(name, str(error)) from None
    if base is None:
        hint = nearest(wanted, (file.name for file in folder.glob("*.y*ml")))
        right = f"; did you mean {hint!r}?" if hint else ""
        raise _fail(name, f"there is no file {wanted[:200]!r} beside this one{right}")
    return base


def _fail(entry: Entry, message: str) -> ScenarioError:
    return ScenarioError((Problem(*entry.place, "extends", message),))
