"""What prompts and notebooks show of an object: its fields, long ones only by their size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from relsim.tables import Table

__all__ = ["Brief", "brief", "brief_html"]

LONGEST = 300  # characters of a whole repr
LONGEST_FIELD = 80
MOST_LISTED = 4


class Brief:
    """Gives a dataclass a short repr, and a table of its fields in notebooks.

    The dataclass says ``repr=False``, or it would get a repr of its own.
    """

    def __repr__(self) -> str:
        return brief(self)

    def _repr_html_(self) -> str:
        return brief_html(self)


def brief(thing: object) -> str:
    """A repr of at most 300 characters; what is left out stands as an ellipsis.

    Examples
    --------
    >>> @dataclasses.dataclass(repr=False)
    ... class Found(Brief):
    ...     name: str
    ...     days: tuple[int, ...]
    >>> Found("summit", tuple(range(500)))
    Found(name='summit', days=<500 entries>)
    """
    head, parts, room = type(thing).__name__, [], LONGEST - len(type(thing).__name__) - 7
    for name, value in _fields(thing):
        part = f"{name}={_field(value)}"
        room -= len(part) + 2
        if room < 0:
            parts.append("...")
            break
        parts.append(part)
    return f"{head}({', '.join(parts)})"


def brief_html(thing: object) -> str:
    """The fields of an object as a table."""
    rows = [(name, _cell(value)) for name, value in _fields(thing) if value is not None]
    return Table((), rows).html(type(thing).__name__)


def _fields(thing: Any) -> Iterator[tuple[str, object]]:
    """Names and values of what a dataclass, or a section of a scenario, declares to show."""
    if dataclasses.is_dataclass(thing):
        names = [field.name for field in dataclasses.fields(thing) if field.repr]
    else:
        names = [name for name, field in type(thing).model_fields.items() if field.repr]
    yield from ((name, getattr(thing, name)) for name in names)


def _cell(value: object) -> str:
    """A value as it stands in a table, where there is room for a text."""
    return _shortened(value, LONGEST) if isinstance(value, str) else _field(value)


def _field(value: object) -> str:
    """A value in few characters."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"<{getattr(value, 'dtype', 'array')} {shape}>"
    if isinstance(value, str):
        return repr(_shortened(value, LONGEST_FIELD))
    if isinstance(value, Mapping | tuple | list | set | frozenset) and (
        len(value) > MOST_LISTED or len(repr(value)) > LONGEST_FIELD
    ):
        return f"<{len(value)} entr{'y' if len(value) == 1 else 'ies'}>"
    text = repr(value)
    words = text if len(text) <= LONGEST_FIELD else str(value)
    return words if len(words) <= LONGEST_FIELD else f"{type(value).__name__}(...)"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
