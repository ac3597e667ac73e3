"""Single changes to a scenario: ``--set actors.US.stake=0.5`` and ``Scenario.vary``.

A number that is set keeps the unit, source and reason that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from relsim.errors import Problem, ScenarioError, nearest, unknown
from relsim.scenario.fields.notation import tokens
from relsim.scenario.fields.section import Section
from relsim.scenario.fields.values import RELATIVE, Value, written_form
from relsim.scenario.files.extending import before_draws, merged, names_draws, set_later
from relsim.scenario.files.joint_draws import LATER, place_of_draws
from relsim.scenario.files.parsing import Entry, Place, each, entry_of, parse, plain, without
from relsim.scenario.files.problems import dotted, in_order, keys_of, problems_of, types_at

__all__ = ["applied", "overlaid", "validated_entry", "vary", "with_entries", "with_entry"]

FILE = "--set"  # stands for the file in the problems of a setting

S = TypeVar("S", bound=Section)
Parts = tuple[str | int, ...]


def applied(
    root: Entry, settings: Iterable[str], model: type[Section]
) -> tuple[Entry, list[Problem]]:
    """Apply the settings of a command line, ``"PATH=VALUE"`` each, one after the other.

    Parameters
    ----------
    root : Entry
        A scenario's mapping; it stays as it is.
    settings : iterable of str
        The value is read as YAML, so ``6 to 16`` needs no quotes and ``null`` deletes.
    model : type of Section
        Has the paths that there can be.

    Returns
    -------
    root : Entry
    problems : list of Problem
        In file ``"--set"``; the line is the ordinal of the setting.
    """
    problems: list[Problem] = []
    for number, setting in enumerate(settings, start=1):
        path, equals, text = setting.partition("=")
        path = path.strip()
        if not (path and equals and text.strip()):
            message = f'must be written PATH=VALUE, "actors.US.stake=0.5" (got {setting[:60]!r})'
            problems.append(Problem(FILE, number, 1, "", message))
            continue
        try:
            column = len(setting) - len(text) + 1
            new = _parsed(text, number, column)
            root = _set(root, path, new, model, problems)
        except ScenarioError as error:
            problems += [_moved(problem, path, number, column) for problem in error.problems]
        except _NoSuchPath as error:
            problems.append(Problem(FILE, number, 1, path, str(error)))
    return root, problems


def vary(section: S, changes: Mapping[str, object]) -> S:
    """Return a copy of a scenario with some entries changed, validated again.

    Parameters
    ----------
    section : Section
        A scenario.
    changes : mapping of dotted path to value
        Numbers, texts as a file would hold them (``"6 to 16 weeks"``), ``Value``, mappings such as
        ``{"scale": 2}``, which is relative to the draws; None takes an entry away.

    Raises
    ------
    ScenarioError
        If a path does not exist or a value does not fit; lists every problem.
    """
    changed = {
        path: entry_of(_written(value), Place("vary", number, 1))
        for number, (path, value) in enumerate(changes.items(), start=1)
    }
    return overlaid(section, changed, Place("vary", 1, 1))


def overlaid(section: S, changes: Mapping[str, Entry], place: Place) -> S:
    """As `vary`, with entries that were read from a file: problems say where they stand there.

    What is wrong with the whole, and with no entry of the file, is reported at `place`.

    Raises
    ------
    ScenarioError
        If a path does not exist or a value does not fit; lists every problem.
    """
    root = entry_of(section.model_dump(mode="json", exclude_none=True), place)
    problems: list[Problem] = []
    for path, new in changes.items():
        try:
            root = _set(root, path, new, type(section), problems)
        except _NoSuchPath as error:
            problems.append(Problem(*(new.key or new.place), path, str(error)))
    return _validated(section, root, problems)


def with_entry(section: S, group: str, name: str, entry: Mapping[str, object] | Entry) -> S:
    """As `with_entries`, with one entry."""
    return with_entries(section, group, {name: entry})


def with_entries(section: S, group: str, entries: Mapping[str, Mapping[str, object] | Entry]) -> S:
    """Return a copy of a scenario with more entries in a group, validated again.

    Of an entry that was read from a text, problems say where they stand in it.

    Raises
    ------
    ScenarioError
        If an entry does not fit.
    """
    data = section.model_dump(mode="json", exclude_none=True)
    place = Place(f"{group}.{next(iter(entries))}" if len(entries) == 1 else group, 1, 1)
    root = entry_of(data | {group: data.get(group, {})}, place)
    new = {k: e if isinstance(e, Entry) else entry_of(e, place) for k, e in entries.items()}
    held = Entry(_content(_content(root)[group]) | new, place)
    return _validated(section, replace(root, content=_content(root) | {group: held}), [])


def _set(
    root: Entry, path: str, new: Entry, model: type[Section], problems: list[Problem]
) -> Entry:
    """Return a scenario with one entry set; a file of joint draws wins over what was set before."""
    if path == "draws.file" or (path == "draws" and names_draws(new)):
        draws = without(root.child("draws") or Entry({}, new.place), LATER)
        root = before_draws(root)
        root = replace(root, content={**_content(root), "draws": draws})
    return _Change(set_later(new), model, problems).at(root, path)


def _content(entry: Entry) -> dict[str, Entry]:
    return entry.content if isinstance(entry.content, dict) else {}


def numbers_set_later(root: Entry, model: type[Section]) -> list[str]:
    """Return the dotted paths of the numbers that were set after the joint draws were made."""
    return list(dict.fromkeys(_set_later(root, (), model)))


def _set_later(entry: Entry, path: Parts, model: type[Section]) -> Iterator[str]:
    content = entry.content
    if isinstance(content, (dict, list)):
        inside = content.items() if isinstance(content, dict) else enumerate(content)
        for part, child in inside:
            yield from _set_later(child, (*path, part), model)
    elif entry.later:
        number = path[:-1] if path[-1:] in (("value",), ("unit",)) else path
        if Value in types_at(model, number):
            yield dotted(number)


def _validated(section: S, root: Entry, problems: list[Problem]) -> S:
    """Validate what a section was changed to; it keeps its file of joint draws."""
    context = place_of_draws(getattr(section, "draws", None))
    return validated_entry(root, type(section), context, problems)


def validated_entry(
    root: Entry, model: type[S], context: Mapping[str, object], problems: Sequence[Problem]
) -> S:
    """Return the `model` that an entry describes.

    Parameters
    ----------
    root : Entry
        A scenario's mapping.
    model : type of Section
        Class of the whole file.
    context : mapping
        What `Draws` needs to find its file: ``folder``, or `place_of_draws` of a scenario.
    problems : sequence of Problem
        What is wrong with the entry already, whatever the schema says.

    Raises
    ------
    ScenarioError
        If there are problems, or the schema finds any.
    """
    of_schema = list[Problem]()
    try:
        later = {LATER: numbers_set_later(root, model)}
        section = model.model_validate(plain(root), context={**context, **later})
    except ValidationError as error:
        of_schema = problems_of(error, root, model)
    if problems or of_schema:
        raise ScenarioError(in_order(problems, of_schema))
    return section


def _written(value: object) -> object:
    """Return a `Value` with its unit, which need not be the one that the entry declares."""
    if isinstance(value, Value):
        return {**written_form(value), "value": value.with_unit}
    return value


class _NoSuchPath(Exception):
    """Says which part of a path leads nowhere, and what would."""


def _parsed(text: str, number: int, column: int) -> Entry:
    entry, problems = parse(text.encode("utf-8", "replace"), FILE)
    if problems:
        raise ScenarioError(tuple(problems))
    return each(entry, lambda e: replace(e, place=_shifted(e.place, number, column), key=None))


def _moved(problem: Problem, path: str, number: int, column: int) -> Problem:
    place = _shifted(Place(problem.file, problem.line, problem.column), number, column)
    return Problem(*place, path, problem.message)


def _shifted(place: Place, number: int, column: int) -> Place:
    return Place(place.file, number, place.column + column - 1)


class _Change(NamedTuple):
    """Sets one entry of a tree, and copies what lies on the way to it."""

    new: Entry
    model: type[Section]
    problems: list[Problem]

    def at(self, root: Entry, path: str) -> Entry:
        """Return `root` with the entry at a dotted path changed."""
        changed = self._below(root, (), path.split("."))
        assert changed is not None  # only what a path leads to is taken away
        return changed

    def _below(self, entry: Entry, done: Parts, ahead: Sequence[str]) -> Entry | None:
        if not ahead:
            return _laid_over(entry, self.new, types_at(self.model, done), self.problems)
        if isinstance(entry.content, list):
            return replace(entry, content=self._in_list(entry.content, done, ahead))
        kinds = types_at(self.model, done)
        return replace(entry, content=self._in_mapping(_children(entry, kinds), kinds, done, ahead))

    def _in_list(self, items: list[Entry], done: Parts, ahead: Sequence[str]) -> list[Entry]:
        index = _index(items, done, ahead[0])
        child = self._below(items[index], (*done, index), ahead[1:])
        return [*items[:index], *([child] if child else []), *items[index + 1 :]]

    def _in_mapping(
        self, children: dict[str, Entry], kinds: list[Any], done: Parts, ahead: Sequence[str]
    ) -> dict[str, Entry]:
        key, rest = _next_key(children, ahead)
        known = keys_of(kinds)
        if key not in children and key not in known:
            raise _NoSuchPath(_unknown(done, key, [*children, *known]))
        if key == "value" and Value in kinds:  # a new number, and no change of the old one
            children = {name: other for name, other in children.items() if name not in RELATIVE}
        missing = Entry({} if rest else None, self.new.place)
        child = self._below(children.get(key, missing), (*done, key), rest)
        if child is None:
            return {name: other for name, other in children.items() if name != key}
        return {**children, key: child}  # a key that is there keeps its place in the order


def _children(entry: Entry, kinds: list[Any]) -> dict[str, Entry]:
    """Return what stands below an entry; a bare number is the `value` of its mapping."""
    if isinstance(entry.content, dict):
        return entry.content
    return {"value": entry} if Value in kinds and entry.content is not None else {}


def _next_key(children: Mapping[str, Entry], ahead: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Split off the next key of a path; keys may hold dots themselves, the longest wins."""
    for length in range(len(ahead), 1, -1):
        if (key := ".".join(ahead[:length])) in children:
            return key, ahead[length:]
    return ahead[0], ahead[1:]


def _index(items: list[Entry], done: Parts, word: str) -> int:
    if word.isdecimal() and len(word) < 6 and int(word) < len(items):
        return int(word)
    raise _NoSuchPath(f"{dotted(done)} is a list of {len(items)}, counted from 0 (got {word!r})")


def _unknown(done: Parts, key: str, known: list[str]) -> str:
    """Say which key is wrong, and give the nearest path."""
    names = list(dict.fromkeys(known))
    if close := nearest(key, names):
        return f"there is no such entry; did you mean {dotted((*done, close))!r}?"
    return unknown("key", key, names) if names else f"there is nothing below {dotted(done)}"


def _laid_over(old: Entry, new: Entry, kinds: list[Any], problems: list[Problem]) -> Entry | None:
    """Return what becomes of an entry of one of `kinds` when `new` is set there; None: nothing."""
    if new.content is None:
        return None
    if isinstance(new.content, dict):
        return merged(old, new, problems)
    if isinstance(new.content, list):
        return new
    if Value in kinds:
        return _number(old, new)
    if str in kinds:
        return replace(new, content=new.text)
    return new


def _number(old: Entry, new: Entry) -> Entry:
    """Return a number with its notes, its unit kept unless the new one brings its own."""
    if not isinstance(old.content, dict):
        return _with_unit(old, new)
    inside = old.content.get("value")
    notes = {key: e for key, e in old.content.items() if key not in ("value", *RELATIVE)}
    if _unit(new):
        notes.pop("unit", None)
    value = _with_unit(inside, new) if inside is not None else new
    return replace(old, content={"value": value, **notes})


def _with_unit(old: Entry, new: Entry) -> Entry:
    unit = _unit(old)
    if not unit or _unit(new) is None or _unit(new):
        return new
    text = f"{new.text} {unit}"
    return replace(new, content=text, text=text)


def _unit(entry: Entry) -> str | None:
    """Return the unit inside a number's text, "" if there is none, None if it is no number."""
    try:
        return tokens(entry.content)[2]
    except ValueError:
        return None
