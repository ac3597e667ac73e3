"""YAML text to plain entries that remember where they stand.

A scenario may come from a stranger, so the parser's events are read one by one and reading stops
at the first excess: nothing is built from an anchor, an alias or a tag. Scalars are YAML 1.2's
(``NO`` is a country, not false), and keys are always text.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from relsim.errors import Problem, ScenarioError
from relsim.escaping import HIDDEN
from relsim.scenario.fields.section import day_of
from relsim.scenario.files.places import LARGEST_FILE

__all__ = [
    "LIMITS", "Entry", "Limits", "Place", "Scalar", "each", "entry_of", "no_text",
    "parse", "plain", "scalar_of", "text_of", "without",
]  # fmt: skip

LONGEST_INTEGER = 400  # digits; a float ends at 308

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Scalar = str | int | float | bool | None


def scalar_of(text: str) -> Scalar:
    """Return what an unquoted scalar means in YAML 1.2's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < LONGEST_INTEGER else math.inf
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0) if len(text) < LONGEST_INTEGER else math.inf
    return text


def _is_finite(number: float) -> bool:
    """Whether a number fits into a float."""
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond the floats
        return False


DEEPEST = 64
MOST_EVENTS = 20_000  # of the parser; the baseline has under 5,000
MOST_MARKS = 40_000  # ends of lines, commas and opening brackets; the baseline has under 2,500
LONGEST_KEY = 200
LONGEST_TAG = 1_000  # ruamel's time is quadratic in the length of a tag

_NOT_TEXT = {  # by the first bytes
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "UTF-16 text: save it as UTF-8"),
    b"PK\x03\x04": "a workbook or archive, no text: save a workbook's sheet as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Office file, no text: save a workbook's sheet as CSV in UTF-8",
    b"\x1f\x8b": "compressed by gzip: uncompress it",
}
_MARK = re.compile(r"[\n,\[{]")
_LONG_TAG = re.compile(rf"!\S{{{LONGEST_TAG}}}")
_NO_TEXT = re.compile(f"(?![\t\n])[{HIDDEN}]")
_NO_TEXT_IN_FILE = re.compile(f"(?![\t\n\r])[{HIDDEN}]")


class Place(NamedTuple):
    """A position in a file, counted from 1."""

    file: str
    line: int
    column: int


class Limits(NamedTuple):
    """What the files of a scenario, each extending the next, may still hold together."""

    size: int = LARGEST_FILE
    events: int = MOST_EVENTS

    def after(self, raw: bytes, entry: Entry) -> Limits:
        """What is left after a file was read."""
        return Limits(self.size - len(raw), self.events - _events_of(entry))

    @property
    def together(self) -> str:
        """With what a file that is too large is so, to end a message."""
        return "" if self == LIMITS else ", together with the files that extend it"


LIMITS = Limits()


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
    later : bool
        Whether it was set after the scenario's joint draws were made, and wins over them.
    """

    content: Scalar | dict[str, Entry] | list[Entry]
    place: Place
    key: Place | None = None
    text: str = ""
    later: bool = False

    def child(self, part: str | int) -> Entry | None:
        """Return what stands under a key or at a list's position, None if nothing does."""
        if isinstance(self.content, dict):
            return self.content.get(str(part))
        if isinstance(self.content, list) and isinstance(part, int) and part < len(self.content):
            return self.content[part]
        return None


def no_text(text: str) -> str | None:
    """Say what a text holds that no text of a scenario may, if it does: see `relsim.escaping`."""
    found = _NO_TEXT.search(text)
    if found is None:
        return None
    number = ord(found[0])
    if 0xD800 <= number <= 0xDFFF:
        return "has an escape that is no character"
    return f"has a character that is no text (U+{number:04X})"


def each(entry: Entry, change: Callable[[Entry], Entry]) -> Entry:
    """Return a copy of an entry in which it and all below it are changed."""
    content = entry.content
    if isinstance(content, dict):
        content = {key: each(child, change) for key, child in content.items()}
    elif isinstance(content, list):
        content = [each(child, change) for child in content]
    changed = change(entry)
    return changed if content is entry.content else replace(changed, content=content)


def without(entry: Entry, *keys: str) -> Entry:
    """Return a mapping without some of its keys; whatever else it is stays as it is."""
    if not isinstance(entry.content, dict):
        return entry
    kept = {key: child for key, child in entry.content.items() if key not in keys}
    return replace(entry, content=kept)


def plain(entry: Entry) -> Any:
    """Return the bare data of an entry, without positions."""
    if isinstance(entry.content, dict):
        return {key: plain(child) for key, child in entry.content.items()}
    if isinstance(entry.content, list):
        return [plain(child) for child in entry.content]
    return entry.content


def _events_of(entry: Entry) -> int:
    """How many of the parser's events an entry took."""
    if isinstance(entry.content, dict):
        return 2 + sum(1 + _events_of(child) for child in entry.content.values())
    if isinstance(entry.content, list):
        return 2 + sum(_events_of(child) for child in entry.content)
    return 1


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


def parse(raw: bytes, file: str, limits: Limits = LIMITS) -> tuple[Entry, list[Problem]]:
    """Read one YAML document.

    Parameters
    ----------
    raw : bytes
        The file's content, UTF-8.
    file : str
        Its name in messages.
    limits : Limits
        How much it may hold.

    Returns
    -------
    entry : Entry
    problems : list of Problem
        What can be said without knowing the schema: duplicate keys, numbers that are not finite,
        anchors, aliases and tags.

    Raises
    ------
    ScenarioError
        If the text is no YAML, or too large or too deeply nested.
    """
    text = _decoded(raw, file, limits)
    reader = _Reader(text, file, limits)
    return reader.document(), reader.problems


def _fail(place: Place, message: str) -> ScenarioError:
    return ScenarioError((Problem(*place, "", message),))


def _decoded(raw: bytes, file: str, limits: Limits) -> str:
    """Return the text, after refusing what the parser should never see."""
    if len(raw) > limits.size:
        raise _fail(Place(file, 1, 1), f"is larger than {LARGEST_FILE:,} bytes{limits.together}")
    text = text_of(raw, file)
    for found, message in _unwanted(text):
        raise _fail(_place_of(text[: found.start()], file), message)
    return text


def text_of(raw: bytes, file: str) -> str:
    """Return the text of a file's bytes, without a byte order mark.

    Raises
    ------
    ScenarioError
        If it is not UTF-8: says where, what it seems to be, and what would be right.
    """
    for beginning, kind in _NOT_TEXT.items():
        if raw.startswith(beginning):
            raise _fail(Place(file, 1, 1), f"is {kind}")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        wrong = f"is not UTF-8 text (byte 0x{raw[error.start]:02x}): save it as UTF-8"
        raise _fail(_place_of(before, file), wrong) from None


def _unwanted(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Walk what no file of a scenario holds, and why."""
    if found := _NO_TEXT_IN_FILE.search(text):
        yield found, no_text(found[0]) or ""
    for found in itertools.islice(_MARK.finditer(text), MOST_MARKS, None):
        yield found, f"has too many entries for a scenario (over {MOST_MARKS:,})"
    if found := _LONG_TAG.search(text):
        yield found, f"has over {LONGEST_TAG:,} characters without a blank after a '!'"


def _place_of(before: str, file: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _under(key: Place, value: Entry) -> Entry:
    """Return a value that knows its key; where there is nothing, that is its place, too."""
    absent = value.content is None and not value.text
    return replace(value, key=key, place=key if absent else value.place)


class _Reader:
    """Builds entries from the parser's events, and notes problems on the way."""

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._limits = limits
        self._path: list[str] = []
        self._events = self._bounded(text)

    def _bounded(self, text: str) -> Iterator[Any]:
        """Yield the parser's events, and end in a ScenarioError if they are wrong or too many."""
        parser = YAML(typ="safe", pure=True).parse(io.StringIO(text))
        count = 0
        while True:
            try:
                event = next(parser)
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
            if count > self._limits.events:
                message = f"has too many entries for a scenario{self._limits.together}"
                raise _fail(self._place(event.start_mark), message)
            yield event

    def document(self) -> Entry:
        """Return the one document of the file."""
        next(self._events)  # the start of the stream
        event = next(self._events)
        if isinstance(event, events.StreamEndEvent):
            raise _fail(Place(self._file, 1, 1), "is empty: a scenario starts with `schema:`")
        self._refuse_directives(event)
        entry = self._entry(next(self._events), 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if isinstance(after, events.DocumentStartEvent):
            raise _fail(
                self._place(after.start_mark), "holds a second document; one file, one scenario"
            )
        return entry

    def _entry(self, event: Any, depth: int) -> Entry:
        place = self._place(event.start_mark)
        if depth > DEEPEST:
            raise _fail(place, f"is nested deeper than {DEEPEST} levels")
        self._refuse_features(event, place)
        if isinstance(event, events.AliasEvent):
            text = f"*{event.anchor}"  # and no null, which would delete an entry of the base
            return Entry(text, place, text=text)
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, events.SequenceStartEvent):
            return Entry(list(self._items(depth)), place)
        return Entry(self._mapping(depth), place)

    def _items(self, depth: int) -> Iterator[Entry]:
        for index in itertools.count():
            event = next(self._events)
            if isinstance(event, events.SequenceEndEvent):
                return
            self._path.append(str(index))
            yield self._entry(event, depth + 1)
            self._path.pop()

    def _mapping(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), events.MappingEndEvent):
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
        if message := no_text(text):
            self._note(place, message)
            text = _NO_TEXT.sub("?", text)
        if event.style is not None:  # quoted or a block: text, whatever it looks like
            return Entry(text, place, text=text)
        content = scalar_of(text)
        if isinstance(content, (int, float)) and not _is_finite(content):
            self._note(place, f"must be a finite number (got {text[:40]})")
            content = math.nan  # and no null, which would delete an entry of the base
        return Entry(content, place, text=text)

    def _refuse_features(self, event: Any, place: Place) -> None:
        if isinstance(event, events.AliasEvent):
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
