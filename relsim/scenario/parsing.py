"""YAML text to plain entries that remember where they stand.

A scenario may come from a stranger, so the parser's events are read one by one and reading stops
at the first excess: nothing is built from an anchor, an alias or a tag. Scalars are YAML 1.2's
(``NO`` is a country, not false), and keys are always text.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from relsim.errors import Problem, ScenarioError
from relsim.scenario.dates import day_of
from relsim.scenario.scalars import Scalar, is_finite, scalar_of

__all__ = ["Entry", "Place", "entry_of", "parse", "plain"]

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 64
MOST_EVENTS = 40_000  # of the parser; the baseline has under 10,000
LONGEST_KEY = 200
LONGEST_TAG = 1_000  # ruamel's time is quadratic in the length of a tag

_LONG_TAG = re.compile(rf"!\S{{{LONGEST_TAG}}}")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Place(NamedTuple):
    """A position in a file, counted from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Entry:
    """One scalar, mapping or list of a scenario file.

    Attributes
    ----------
    content : scalar, dict of Entry, or list of Entry
    place : Place
        Where the content begins.
    key : Place or None
        Where its key stands, if it stands under one.
    text : str
        A scalar as written; empty for mappings and lists.
    """

    content: Scalar | dict[str, Entry] | list[Entry]
    place: Place
    key: Place | None = None
    text: str = ""

    def child(self, part: str | int) -> Entry | None:
        """Return what stands under a key or at a list's position, None if nothing does."""
        if isinstance(self.content, dict):
            return self.content.get(str(part))
        if isinstance(self.content, list) and isinstance(part, int) and part < len(self.content):
            return self.content[part]
        return None


def plain(entry: Entry) -> Any:
    """Return the bare data of an entry, without positions."""
    if isinstance(entry.content, dict):
        return {key: plain(child) for key, child in entry.content.items()}
    if isinstance(entry.content, list):
        return [plain(child) for child in entry.content]
    return entry.content


def entry_of(data: Any, place: Place) -> Entry:
    """Return plain data as an entry, all of it at one place; NumPy's numbers and days are plain."""
    if getattr(getattr(data, "dtype", None), "kind", "-") in "biuf":
        data = data.tolist()
    if isinstance(data, Mapping):
        return Entry({str(key): entry_of(item, place) for key, item in data.items()}, place)
    if isinstance(data, (list, tuple)):
        return Entry([entry_of(item, place) for item in data], place)
    if data is None or isinstance(data, (str, int, float)):
        return Entry(data, place, text="" if data is None else str(data))
    text = str(day_of(data) or data)
    return Entry(text, place, text=text)


def parse(raw: bytes, file: str) -> tuple[Entry, list[Problem]]:
    """Read one YAML document.

    Parameters
    ----------
    raw : bytes
        The file's content, UTF-8.
    file : str
        Its name in messages.

    Returns
    -------
    entry : Entry
    problems : list of Problem
        What can be told without knowing the schema: duplicate keys, numbers that are not finite,
        anchors, aliases and tags.

    Raises
    ------
    ScenarioError
        If the text is no YAML, or too large or too deeply nested.
    """
    text = _decoded(raw, file)
    reader = _Reader(text, file)
    return reader.document(), reader.problems


def _fail(place: Place, message: str) -> ScenarioError:
    return ScenarioError((Problem(*place, "", message),))


def _decoded(raw: bytes, file: str) -> str:
    """Return the text, after refusing what the parser should never see."""
    if len(raw) > LARGEST_FILE:
        raise _fail(Place(file, 1, 1), f"is larger than {LARGEST_FILE:,} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place_of(raw[: error.start].decode("utf-8", "replace"), file)
        wrong = raw[error.start]
        raise _fail(place, f"is not UTF-8 text (byte 0x{wrong:02x})") from None
    text = text.removeprefix("\ufeff")
    if found := _UNPRINTABLE.search(text):
        place = _place_of(text[: found.start()], file)
        raise _fail(place, f"has a character that is no text (U+{ord(found[0]):04X})")
    if found := _LONG_TAG.search(text):
        place = _place_of(text[: found.start()], file)
        raise _fail(place, f"has over {LONGEST_TAG:,} characters without a blank after a '!'")
    return text


def _place_of(before: str, file: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _under(key: Place, value: Entry) -> Entry:
    """Return a value that knows its key; where there is nothing, that is its place, too."""
    absent = value.content is None and not value.text
    return replace(value, key=key, place=key if absent else value.place)


class _Reader:
    """Builds entries from the parser's events, and notes problems on the way."""

    def __init__(self, text: str, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._path: list[str] = []
        self._events = self._bounded(text)

    def _bounded(self, text: str) -> Iterator[Any]:
        """Yield the parser's events, and end in a ScenarioError if they are wrong or too many."""
        events = YAML(typ="safe", pure=True).parse(io.StringIO(text))
        count = 0
        while True:
            try:
                event = next(events)
            except StopIteration:
                return
            except MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                place = self._place(mark) if mark else Place(self._file, 1, 1)
                said = " ".join(f"{error.context or ''} {error.problem or ''}".split())
                raise _fail(place, f"is not valid YAML: {said}") from None
            except (YAMLError, ValueError, OverflowError) as error:  # an escape such as \UFFFFFFFF
                said = " ".join(str(error).split())[:100]
                raise _fail(Place(self._file, 1, 1), f"is not valid YAML: {said}") from None
            count += 1
            if count > MOST_EVENTS:
                raise _fail(self._place(event.start_mark), "has too many entries for a scenario")
            yield event

    def document(self) -> Entry:
        """Return the one document of the file."""
        next(self._events)  # the start of the stream
        event = next(self._events)
        if isinstance(event, StreamEndEvent):
            raise _fail(Place(self._file, 1, 1), "is empty: a scenario starts with `schema:`")
        self._refuse_directives(event)
        entry = self._entry(next(self._events), 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            raise _fail(
                self._place(after.start_mark), "holds a second document; one file, one scenario"
            )
        return entry

    def _entry(self, event: Any, depth: int) -> Entry:
        place = self._place(event.start_mark)
        if depth > DEEPEST:
            raise _fail(place, f"is nested deeper than {DEEPEST} levels")
        self._refuse_cleverness(event, place)
        if isinstance(event, AliasEvent):
            return Entry(None, place, text=f"*{event.anchor}")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, SequenceStartEvent):
            return Entry(list(self._items(depth)), place)
        return Entry(self._mapping(depth), place)

    def _items(self, depth: int) -> Iterator[Entry]:
        for index in itertools.count():
            event = next(self._events)
            if isinstance(event, SequenceEndEvent):
                return
            self._path.append(str(index))
            yield self._entry(event, depth + 1)
            self._path.pop()

    def _mapping(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._entry(event, depth + 1)
            self._path.append(name.text[:LONGEST_KEY])
            value = self._entry(next(self._events), depth + 1)
            if not name.text or len(name.text) > LONGEST_KEY:
                self._note(name.place, f"a key must be a word of up to {LONGEST_KEY} letters")
            elif name.text in entries:
                first = entries[name.text].key or name.place
                self._note(name.place, f"the key stands twice; first at line {first.line}")
            else:
                entries[name.text] = _under(name.place, value)
            self._path.pop()
        return entries

    def _scalar(self, event: Any, place: Place) -> Entry:
        text: str = event.value
        if _SURROGATE.search(text):
            self._note(place, "has an escape that is no character")
            text = _SURROGATE.sub("?", text)
        if event.style is not None:  # quoted or a block: text, whatever it looks like
            return Entry(text, place, text=text)
        content = scalar_of(text)
        if isinstance(content, (int, float)) and not is_finite(content):
            self._note(place, f"must be a finite number (got {text[:40]})")
            content = None
        return Entry(content, place, text=text)

    def _refuse_cleverness(self, event: Any, place: Place) -> None:
        if isinstance(event, AliasEvent):
            self._note(place, f"aliases are not used in scenarios (got *{event.anchor[:40]})")
        elif event.anchor is not None:
            self._note(place, f"anchors are not used in scenarios (got &{event.anchor[:40]})")
        elif event.tag is not None:
            self._note(place, f"tags are not used in scenarios (got {str(event.tag)[:40]})")

    def _refuse_directives(self, event: Any) -> None:
        if event.version or event.tags:
            self._note(self._place(event.start_mark), "directives (%...) are not used in scenarios")

    def _note(self, place: Place, message: str) -> None:
        self.problems.append(Problem(*place, ".".join(self._path), message))

    def _place(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)
