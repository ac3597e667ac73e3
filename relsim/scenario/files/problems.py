"""What the schema has against a file, in the words of the file and with its positions.

Which keys the schema knows at a path is read off the annotations of its classes.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from relsim.errors import Problem, nearest, unknown
from relsim.scenario.fields.section import NAME_PATTERN, Finding, Section
from relsim.scenario.fields.values import NOTES, RELATIVE, Number, Value
from relsim.scenario.files.parsing import Entry, Place

__all__ = ["dotted", "in_order", "keys_of", "number_at", "problems_of", "types_at"]


def types_at(model: type[Section], path: Iterable[str | int]) -> list[Any]:
    """Return the types that an entry at `path` may have; none if the path leads nowhere.

    Parameters
    ----------
    model : type of Section
        Class of the whole file.
    path : iterable of str or int
        Keys and list positions.
    """
    found: list[Any] = [model]
    for part in path:
        below = [written for kind in found for written in _annotations(kind, part)]
        found = [kind for written in below for kind in _unwrapped(written)]
    return [kind for kind in found if not isinstance(kind, Number)]


def number_at(model: type[Section], path: str) -> Number | None:
    """Return what the schema accepts as the number at a dotted path; None if none stands there."""
    *above, last = path.split(".")
    written = (a for kind in types_at(model, above) for a in _annotations(kind, last))
    notes = (note for annotation in written for note in _unwrapped(annotation))
    return next((note for note in notes if isinstance(note, Number)), None)


def keys_of(found: Iterable[Any]) -> list[str]:
    """Return the keys that the sections among the types `found` declare."""
    return list(dict.fromkeys(key for kind in found for key in _fields(kind)))


def _fields(kind: Any) -> dict[str, Any]:
    """Return annotation by key as written in files, empty for all but sections and numbers."""
    if kind is Value:
        return {
            "value": Any,
            **dict.fromkeys(RELATIVE, Any),
            **dict.fromkeys(("unit", *NOTES), str),
        }
    return _annotations_of(kind) if isinstance(kind, type) and issubclass(kind, Section) else {}


@cache
def _annotations_of(section: type[Section]) -> dict[str, Any]:
    """Return annotation by key of a section, as written in files; nobody changes it."""
    return {
        field.alias or name: Annotated[field.annotation, name, *field.metadata]
        for name, field in section.model_fields.items()
    }


def _annotations(kind: Any, part: str | int) -> Iterator[Any]:
    """Yield the annotations that `part` of a container of type `kind` may have."""
    if part in (fields := _fields(kind)):
        yield fields[str(part)]
    origin, arguments = get_origin(kind), get_args(kind)
    if not isinstance(origin, type):
        return
    if issubclass(origin, Mapping) and isinstance(part, str) and len(arguments) == 2:
        yield arguments[1]
    elif issubclass(origin, Sequence) and isinstance(part, int):
        yield from arguments


def _unwrapped(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, and each `Number` that says what one accepts."""
    if get_origin(annotation) is Annotated:
        yield from (note for note in annotation.__metadata__ if isinstance(note, Number))
        yield from _unwrapped(annotation.__origin__)
    elif get_origin(annotation) in (Union, types.UnionType):
        for alternative in get_args(annotation):
            yield from _unwrapped(alternative)
    elif hasattr(annotation, "__value__"):  # a named alias
        yield from _unwrapped(annotation.__value__)
    elif annotation is not Ellipsis:
        yield annotation


MOST_PROBLEMS = 100  # shown of one file
LONGEST_QUOTE = 60
MISSING = "is missing"

Path = tuple[str | int, ...]
Details = Mapping[str, Any]


def problems_of(error: ValidationError, root: Entry, model: type[Section]) -> list[Problem]:
    """Return one problem for each complaint of pydantic, with its place in the file.

    Parameters
    ----------
    error : ValidationError
        As pydantic raised it.
    root : Entry
        What was validated.
    model : type of Section
        The class it was validated against; has the right words for a wrong key.
    """
    complaints = error.errors(include_url=False)[: MOST_PROBLEMS + 1]
    slips = {_meant(details, root, model) for details in complaints}
    found = [problem for details in complaints for problem in _problems(details, root, model)]
    return [p for p in found if not (p.message == MISSING and p.path in slips)]


def _meant(details: Details, root: Entry, model: type[Section]) -> str | None:
    """Return the path that an unknown key was probably meant for: no need to miss that, too."""
    if details["type"] != "extra_forbidden":
        return None
    _, path = _follow(root, details["loc"])
    close = nearest(str(path[-1]), keys_of(types_at(model, path[:-1])))
    return dotted((*path[:-1], close)) if close else None


def in_order(of_text: Iterable[Problem], of_schema: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return all problems in the order of the file, no more than can be read.

    Where the text itself is at fault, what the schema says of the same place is left out, and
    so is that an entry is missing which only could not be read.
    """
    first = list(of_text)
    places = {_place(problem) for problem in first}
    paths = {problem.path for problem in first if problem.path}
    rest = [
        problem
        for problem in of_schema
        if _place(problem) not in places
        and not (problem.path in paths and problem.message == MISSING)
    ]
    ordered = sorted(dict.fromkeys((*first, *rest)), key=_place)
    if len(ordered) <= MOST_PROBLEMS:
        return tuple(ordered)
    more = Problem(*_place(ordered[MOST_PROBLEMS]), "", "and more from here on; mend those first")
    return (*ordered[:MOST_PROBLEMS], more)


def _place(problem: Problem) -> Place:
    return Place(problem.file, problem.line, problem.column)


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as messages and ``--set`` write it: ``actors.US.stake``."""
    return ".".join(str(part) for part in path)


def _problems(details: Details, root: Entry, model: type[Section]) -> Iterator[Problem]:
    """Yield the problems in one of pydantic's complaints."""
    kind, location = details["type"], details["loc"]
    entry, path = _follow(root, location)
    if kind == "findings":
        for finding in details["ctx"]["findings"]:
            place = _place_of(entry, finding)
            yield Problem(*place, dotted((*path, *finding.path)), finding.message)
    elif kind == "missing":
        yield Problem(*_key(entry), dotted((*path, location[-1])), MISSING)
    elif kind == "extra_forbidden":
        known = keys_of(types_at(model, path[:-1]))
        message = unknown("key", str(path[-1]), known)
        yield Problem(*_key(entry), dotted(path), message)
    elif location and location[-1] == "[key]":
        yield Problem(*_key(entry), dotted(path), _message(details, entry))
    else:
        yield Problem(*entry.place, dotted(path), _message(details, entry))


def _follow(root: Entry, location: Iterable[str | int]) -> tuple[Entry, Path]:
    """Return the entry at a location, and its path in the file.

    Pydantic puts marks of its own into a location (which branch of a union, ``[key]``): parts that
    lead nowhere in the file are left out.
    """
    entry, path = root, list[str | int]()
    for part in location:
        child = entry.child(part)
        if child is not None:
            entry = child
            path.append(part)
    return entry, tuple(path)


def _place_of(entry: Entry, finding: Finding) -> Place:
    """Return where a finding stands; at the innermost key that exists if its entry does not."""
    for part in finding.path:
        child = entry.child(part)
        if child is None:
            return _key(entry)
        entry = child
    return _key(entry) if finding.of_key else entry.place


def _key(entry: Entry) -> Place:
    return entry.key or entry.place


def _message(details: Details, entry: Entry) -> str:
    """Return pydantic's complaint in our words, with what was given."""
    kind, context = details["type"], details.get("ctx", {})
    got = _shown(details["input"], entry)
    if kind == "string_type" and isinstance(entry.content, (int, float)):
        return f'must be text: put it in quotes, "{entry.text[:LONGEST_QUOTE]}"'
    if kind == "string_pattern_mismatch" and context["pattern"] == NAME_PATTERN:
        return f"must be a name, a letter and then letters, digits, _ or - (got {got})"
    if kind in ("literal_error", "enum"):
        options = re.findall(r"'([^']*)'", context["expected"])
        return f"must be one of {', '.join(options)} (got {got}){_hint(details['input'], options)}"
    if kind == "union_tag_invalid":
        options = re.findall(r"'([^']*)'", context["expected_tags"])
        return f"must be one of {', '.join(options)} (got {got}){_hint(context['tag'], options)}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("too_short", "too_long"):
        most, number = ("least", "min_length") if kind == "too_short" else ("most", "max_length")
        entries = "entry" if context[number] == 1 else "entries"
        return (
            f"must have at {most} {context[number]:,} {entries} (got {context['actual_length']:,})"
        )
    wish = _WISHES.get(kind) or _PREFIX.sub("must ", details["msg"])
    return f"{wish} (got {got})"


_PREFIX = re.compile("^(?:Input|Value|Object|String|List|Tuple|Dictionary) should ")
_WISHES = {
    **dict.fromkeys(("string_type",), "must be text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("model_type", "dict_type", "mapping_type"), "must be a mapping of keys"),
    **dict.fromkeys(("model_attributes_type",), "must be a mapping of keys"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "must be a list"),
}


def _shown(given: object, entry: Entry) -> str:
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, (list, tuple)):
        return "a list"
    if given is None:
        return "nothing"
    if isinstance(given, str):
        return repr(given[:LONGEST_QUOTE])
    return (entry.text or str(given))[:LONGEST_QUOTE]


def _hint(given: object, options: Iterable[str]) -> str:
    close = nearest(str(given), options)
    return f"; did you mean {close!r}?" if close else ""
