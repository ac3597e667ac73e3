"""Which keys the schema knows at a path, read off the annotations of its classes."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from relsim.scenario.numbers.values import NOTES, Number, Value
from relsim.scenario.section import Section

__all__ = ["keys_of", "number_at", "types_at"]


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
        found = [kind for written in below for kind in _plain(written)]
    return found


def number_at(model: type[Section], path: str) -> Number | None:
    """Return what the schema accepts as the number at a dotted path; None if none stands there."""
    *above, last = path.split(".")
    written = (a for kind in types_at(model, above) for a in _annotations(kind, last))
    return next((number for annotation in written for number in _numbers(annotation)), None)


def keys_of(found: Iterable[Any]) -> list[str]:
    """Return the keys that the sections among the types `found` declare."""
    return list(dict.fromkeys(key for kind in found for key in _fields(kind)))


def _fields(kind: Any) -> dict[str, Any]:
    """Return annotation by key as written in files, empty for all but sections and numbers."""
    if kind is Value:
        return {"value": Any, **dict.fromkeys(("unit", *NOTES), str)}
    if not (isinstance(kind, type) and issubclass(kind, Section)):
        return {}
    return {
        field.alias or name: Annotated[field.annotation, name, *field.metadata]
        for name, field in kind.model_fields.items()
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


def _numbers(annotation: Any) -> Iterator[Number]:
    """Yield what an annotation says of a number, out of its wrappings."""
    if get_origin(annotation) is Annotated:
        yield from (note for note in annotation.__metadata__ if isinstance(note, Number))
        yield from _numbers(annotation.__origin__)
    elif get_origin(annotation) in (Union, types.UnionType):
        for alternative in get_args(annotation):
            yield from _numbers(alternative)
    elif hasattr(annotation, "__value__"):  # a named alias
        yield from _numbers(annotation.__value__)


def _plain(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, out of their wrappings."""
    if get_origin(annotation) is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for alternative in get_args(annotation):
            yield from _plain(alternative)
    elif hasattr(annotation, "__value__"):  # a named alias
        yield from _plain(annotation.__value__)
    elif annotation is not Ellipsis:
        yield annotation
