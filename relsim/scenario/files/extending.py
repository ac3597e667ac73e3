"""Variants: a scenario file that ``extends`` another gives only what differs.

Maps merge, lists and scalars replace, null deletes, ``{add: [...], remove: [...]}`` changes a list;
every entry keeps the place where it stands.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from relsim.errors import MOST_COMPARED, Problem, ScenarioError, nearest
from relsim.scenario.files.lists import changed_list, changes_list
from relsim.scenario.files.parsing import WHOLE_ROOM, Entry, Place, Room, each, parse
from relsim.scenario.files.places import SUFFIXES, packaged, raw_text, shown

__all__ = ["before_draws", "merged", "names_draws", "resolved", "set_later"]

LONGEST_CHAIN = 16


def resolved(
    path: Path, chain: tuple[Path, ...] = (), room: Room = WHOLE_ROOM
) -> tuple[Entry, list[Problem]]:
    """Read a file and all that it extends.

    Parameters
    ----------
    path : Path
        The file to read.
    chain : tuple of Path
        The files that led here, each extending the next.
    room : Room
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
    entry, problems = parse(raw, file, room)
    room = room.after(raw, entry)
    if not isinstance(entry.content, dict):
        raise ScenarioError((*problems, _problem(entry.place, "a scenario is a mapping of keys")))
    own = dict(entry.content)
    name = own.pop("extends", None)
    entry = replace(entry, content=own)
    if name is None:
        return entry, problems
    try:
        chain = (*chain, path.resolve())
        base, of_base = resolved(_base(name, path, chain), chain, room)
    except ScenarioError as error:
        raise ScenarioError((*problems, *error.problems)) from None
    base = before_draws(base) if names_draws(entry.child("draws")) else base
    return merged(_without_name(base), set_later(entry), problems), [*of_base, *problems]


def merged(base: Entry, change: Entry, problems: list[Problem], path: str = "") -> Entry:
    """Return `base` with `change` laid over it; notes what it takes away and is not there."""
    if isinstance(base.content, list) and changes_list(change):
        return changed_list(base, change, problems, path)
    if not isinstance(base.content, dict) or not isinstance(change.content, dict):
        return change
    entries = dict(base.content)
    for key, new in change.content.items():
        below = f"{path}.{key}" if path else key
        if new.content is not None:
            there = entries.get(key)
            if there is None and changes_list(new):
                there = _no_list(new, below, problems)
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


def set_later(entry: Entry) -> Entry:
    """Return an entry of which every number wins over the joint draws of what it is laid over."""
    return each(entry, lambda one: replace(one, later=True))


def names_draws(draws: Entry | None) -> bool:
    """Whether an entry `draws` brings a file of joint draws of its own."""
    return draws is not None and draws.child("file") is not None


def before_draws(root: Entry) -> Entry:
    """Return a scenario as new joint draws find it: what was set until now was set before them."""
    root = each(root, lambda one: replace(one, later=False))
    assert isinstance(root.content, dict)
    return replace(root, content={k: v for k, v in root.content.items() if k != "draws"})


def _no_list(new: Entry, path: str, problems: list[Problem]) -> Entry:
    """Note that there is nothing to add to; go on with an empty list."""
    message = "adds to a list of the base, which has none here: write the list itself"
    problems.append(Problem(*(new.key or new.place), path, message))
    return replace(new, content=[])


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
        hint = nearest(wanted, known)
        right = f"did you mean {hint!r}?" if hint else "packaged: " + ", ".join(known)
        raise _fail(name, f"there is no scenario {wanted[:60]!r}; {right}")
    if base.resolve() in chain:
        circle = " -> ".join(file.name for file in (*chain, base))
        raise _fail(name, f"goes in a circle: {circle}")
    if len(chain) >= LONGEST_CHAIN:
        raise _fail(name, f"the chain of files is longer than {LONGEST_CHAIN}")
    return base


def _neighbour(name: Entry, folder: Path, wanted: str) -> Path:
    """Return a file in `folder` or below."""
    try:
        base = (folder / wanted).resolve()
        inside = base.is_relative_to(folder.resolve())
        exists = base.is_file()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        inside, exists = True, False
    if not inside:
        raise _fail(name, f"must be in the folder of this file or below (got {wanted[:200]!r})")
    if not exists:
        hint = nearest(wanted, (file.name for file in folder.glob("*.y*ml")))
        right = f"; did you mean {hint!r}?" if hint else ""
        raise _fail(name, f"there is no file {wanted[:200]!r} beside this one{right}")
    return base


def _without_name(base: Entry) -> Entry:
    """A variant has a name of its own."""
    assert isinstance(base.content, dict)
    return replace(base, content={k: v for k, v in base.content.items() if k != "name"})


def _problem(place: Place, message: str, path: str = "") -> Problem:
    return Problem(*place, path, message)


def _fail(entry: Entry, message: str) -> ScenarioError:
    return ScenarioError((_problem(entry.place, message, "extends"),))
