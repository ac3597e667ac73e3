"""The base of the schema's classes, and how their checks point at the entry that is wrong.

Also what any field may hold besides numbers: names, dates, flags, claims.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    StrictInt,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from relsim.brief import brief, brief_html
from relsim.errors import MOST_COMPARED, unknown

__all__ = ["Claims", "Date", "Findings", "Flag", "Name", "Section", "Whole", "day_of"]


PathPart = str | int
NAME_PATTERN = "^[A-Za-z][A-Za-z0-9_-]*$"


class Section(BaseModel):
    """One mapping of a scenario file: frozen, and no key that it does not declare."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
        regex_engine="rust-regex",
    )

    def __repr__(self) -> str:
        return brief(self)

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        return brief_html(self)


@dataclass(frozen=True)
class Finding:
    """One problem that a check found, at a path below the section that was checked."""

    path: tuple[PathPart, ...]
    message: str
    of_key: bool = False


class Findings:
    """Problems that a check finds, all raised at once where its `with` block ends.

    Examples
    --------
    Inside a validator of a `Section`::

        with Findings() as found:
            if self.end <= self.start:
                found.add(f"must be after start (got {self.end})", "end")
    """

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exception: type[BaseException] | None, *_: object) -> None:
        """Raise what was found, if anything, in the form that the reader gives positions to."""
        if self._found and exception is None:
            words = "{words}"  # a template, so that braces in the message stay as they are
            context = {"words": self._found[0].message, "findings": tuple(self._found)}
            raise PydanticCustomError("findings", words, context)

    def add(self, message: str, *path: PathPart, of_key: bool = False) -> None:
        """Note what is wrong with the entry at `path`, seen from the validated section.

        With `of_key` the message points at the entry's key instead of its content.
        """
        self._found.append(Finding(path, message, of_key))

    def at(self, *path: PathPart) -> bool:
        """Whether something was found at `path` or below it."""
        return any(finding.path[: len(path)] == path for finding in self._found)

    def check_name(
        self, word: str | None, known: Collection[str], *path: PathPart, what: str
    ) -> None:
        """Note, with the nearest right word, a `word` at `path` that is none of those `known`."""
        if word is None or word in known:
            return
        few = len(self._found) * len(known) <= MOST_COMPARED
        is_key = bool(path) and path[-1] == word
        self.add(unknown(what, word, known, hinted=few), *path, of_key=is_key)

    def check_order(
        self, first: datetime.date | None, last: datetime.date | None, *path: PathPart
    ) -> None:
        """Note a last day at `path` that lies before the first, which stands at `from`."""
        if first and last and last < first:
            self.add(f"must not lie before `from`, {first} (got {last})", *path)


# Perhaps with the midnight that Python writes after it.
_ISO_DATE = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00)?)?")


def _date(written: object) -> datetime.date:
    day = day_of(written)
    if day is not None:
        return day
    match = _ISO_DATE.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"must be a date such as 2021-01-20 (got {written!r:.60})")
    try:
        return datetime.date.fromisoformat(match[1])
    except ValueError:
        raise ValueError(f"must be a day of the calendar (got {written})") from None


Date = Annotated[datetime.date, BeforeValidator(_date, json_schema_input_type=str)]


def _listed(written: object) -> object:
    return (written,) if isinstance(written, str) else written


# One claim, or several, of the sources.
Claims = Annotated[
    tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])
]
Flag = StrictBool  # true or false, never "yes" or 1
Whole = StrictInt
Name = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN, max_length=80),
]  # of an actor, a move, an outcome: no dots, since paths are dotted


def day_of(written: object) -> datetime.date | None:
    """Return the day that something names, None if it names none.

    A date does, a `datetime` or pandas.Timestamp at midnight without a time zone, and a
    numpy.datetime64 that is a day or a day's beginning. Text does not.
    """
    if isinstance(written, datetime.datetime):
        fine = written == written and written.tzinfo is None and written.time() == datetime.time()
        return written.date() if fine and not getattr(written, "nanosecond", 0) else None
    if isinstance(written, datetime.date):
        return written
    return _numpy_day(written) if getattr(getattr(written, "dtype", 0), "kind", "") == "M" else None


def _numpy_day(written: Any) -> datetime.date | None:
    import numpy as np

    if written.ndim or np.isnat(written) or np.datetime_data(written.dtype)[0] in ("Y", "M"):
        return None
    day = written.astype("datetime64[D]")
    found = day.item() if day == written else None
    return found if isinstance(found, datetime.date) else None
