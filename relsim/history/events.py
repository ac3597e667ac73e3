"""Events: who did what to whom on which day, as a CSV file with one event a line.

The first line names the columns, in any order::

    date,actor,target,move,size,what,source,confidence,kind

=========== =================================================================================
column      holds
=========== =================================================================================
date        the day, as 2021-03-02
actor       who moved: the key of an actor of the scenario, or ``both`` for a joint move
target      towards whom: the other actor, ``both`` for a joint move; of a collision the region.
            The actor of a collision used force there against a third party, or did what only the
            other side holds against it; ``both``: the two clashed
move        a move of the scenario's catalogue, a joint one, or ``collision``
size        a number, or nothing: people expelled, names listed, the Goldstein points of a collision
what        what happened, in a few words
source      where that is known from
confidence  the chance that the row is right, as to fact, day and move: above 0, at most 1
kind        ``recorded``, or ``implied`` by what is recorded: a leaders' meeting that took place
            had been proposed and accepted
=========== =================================================================================

Text is UTF-8, with or without a byte order mark. `read_events` finds every problem of a file, each
with its line and column; events come sorted by date, those of one day in the order of the file.
"""

from __future__ import annotations

import datetime
import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from relsim.errors import Problem, ScenarioError, StoreError, UsageError, unknown
from relsim.escaping import HIDDEN, csv_text, starts_a_formula
from relsim.scenario.fields.section import Date, Findings, Name, Section
from relsim.scenario.files.parsing import Entry, Place, text_of
from relsim.scenario.files.places import bytes_of, local_path, shown, unreadable
from relsim.scenario.files.problems import in_order, problems_of
from relsim.store.plain_files import replace_file

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = [
    "BOTH",
    "COLLISION",
    "HEADER",
    "Event",
    "events_text",
    "events_until",
    "held_out_record",
    "packaged_record",
    "read_events",
    "write_events",
]

HEADER = ("date", "actor", "target", "move", "size", "what", "source", "confidence", "kind")
OF_CANDIDATES = ("code", "count", "reason")  # further columns that are left unread
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}  # of files that are not CSV as meant
OPTIONAL = frozenset({"size"})
BOTH = "both"
COLLISION = "collision"  # no move of a catalogue: the two sides clash over a region
CANDIDATE = "candidate"  # the kind of a row that nobody has confirmed yet
UNCONFIRMED = "is a candidate: write recorded and a confidence if it happened, else remove the row"
LARGEST_FILE = 16 * 2**20  # bytes
MOST_EVENTS = 100_000
MOST_CELLS = 100  # in a line
MOST_PROBLEMS = 100  # looked for; no more than that are shown
LONGEST_TEXT = 200  # characters

DATA = Path(__file__).parent / "data"
RECORD, HELD_OUT = "us_russia_1993_2021.csv", "us_russia_2021_2025.csv"


def _no_formula(text: str) -> str:
    if starts_a_formula(text):
        raise ValueError(f"must not begin with {text[0]!r}: a spreadsheet takes it for a formula")
    return text


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(_no_formula),
]


class Event(Section):
    """One thing that a side did to the other on a day, or that both did together.

    Attributes
    ----------
    date : date
    actor, target : str
        Keys of actors, ``"both"``; the target of a collision is a region.
    move : str
        A move of a catalogue, or ``"collision"``.
    size : float or None
        People expelled, names listed, Goldstein points of a collision.
    what, source : str
        One line each.
    confidence : float
        The chance that the row is right, as to fact, day and move.
    kind : str
        ``"recorded"`` or ``"implied"``.
    """

    date: Date
    actor: Name
    target: Name
    move: Name
    size: Annotated[float, Field(ge=0)] | None = None
    what: Words
    source: Words
    confidence: Annotated[float, Field(gt=0, le=1)]
    kind: Literal["recorded", "implied"]

    @property
    def joint(self) -> bool:
        """Whether both sides did it together."""
        return self.actor == BOTH and self.move != COLLISION

    @model_validator(mode="after")
    def _between_two(self, info: ValidationInfo) -> Event:
        context = info.context or {}
        scenario = context.get("scenario")
        with Findings() as found:
            if self.joint and self.target != BOTH:
                found.add(f"must be {BOTH!r}, as the actor is (got {self.target!r})", "target")
            if not self.joint and self.target in (self.actor, BOTH):
                wish = "a region" if self.move == COLLISION else "another one than the actor"
                found.add(f"must be {wish} (got {self.target!r})", "target")
            if scenario is not None and not (context.get("in_term") and _left_out(self, scenario)):
                _check_names(self, scenario, found)
        return self


def _left_out(event: Event, scenario: Scenario) -> bool:
    """Whether it lies outside the scenario's term, or its move is none of the scenario's."""
    in_term = scenario.horizon.start <= event.date < scenario.horizon.end
    return not in_term or event.move not in (*scenario.moves, COLLISION)


def _check_names(event: Event, scenario: Scenario, found: Findings) -> None:
    """All names of an event are names of the scenario."""
    actors = [*scenario.actors, BOTH]
    moves = [name for name in scenario.moves if name != "hold"]
    for role, name in (("actor", event.actor), ("target", event.target)):
        if name not in actors and not (role == "target" and event.move == COLLISION):
            found.add(unknown("actor", name, actors, hinted=False), role)
    if event.move == COLLISION:
        found.check_name(event.target, scenario.regions, "target", what="region")
        return
    if event.move not in moves:
        found.check_name(event.move, [*moves, COLLISION], "move", what="move")
    elif scenario.moves[event.move].joint != event.joint:
        wish = f"a joint move: its actor is {BOTH}" if not event.joint else "no joint move"
        found.add(f"{event.move} is {wish} (got {event.actor!r})", "actor")


def read_events(
    path: str | os.PathLike[str], scenario: Scenario | None = None, in_term: bool = False
) -> tuple[Event, ...]:
    """Read a file of events.

    Parameters
    ----------
    path : str or path
        A CSV file in the format above.
    scenario : Scenario, optional
        Whose actors, moves and regions the events name; without one any names will do.
    in_term : bool
        Hold against the scenario only those events of its term whose move it has: a record may go
        further back, and know other moves.

    Returns
    -------
    tuple of Event
        By date; those of one day in the order of the file.

    Raises
    ------
    ScenarioError
        If anything is wrong: lists every problem, each with its line and column.
    UsageError
        If the path is a URL.
    """
    file = local_path(path)
    name = shown(file)
    try:
        content = bytes_of(file, LARGEST_FILE + 1)
    except OSError as error:
        raise ScenarioError((Problem(name, 1, 1, "", unreadable(error)),)) from None
    text = _decoded(content, name)
    table = _Table(name, text)
    context = {"scenario": scenario, "in_term": in_term}
    events = _events(table, context)
    if table.problems:
        raise ScenarioError(in_order(table.problems, ()))
    return tuple(sorted(events, key=lambda event: event.date))


def _decoded(content: bytes, name: str) -> str:
    """The text of a file, with line feeds alone between its lines."""
    if len(content) > LARGEST_FILE:
        message = f"a file of events is at most {LARGEST_FILE // 2**20} MB"
        raise ScenarioError((Problem(name, 1, 1, "", message),))
    return text_of(content, name).replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class _Cell:
    """What stands between two commas, without its quotes, and where it begins."""

    text: str
    place: Place


_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?=[,\n]|\Z)')
_BARE = re.compile(r'[^,"\n]*(?=[,\n]|\Z)')
_EMPTY = re.compile("\n+")
_HIDDEN = re.compile(f"[{HIDDEN}]")


class _Table:
    """The lines of a CSV file as cells with their places, and the problems found so far."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.problems: list[Problem] = []
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        """Where a character of the text stands."""
        line = bisect_right(self._lines, offset)
        return Place(self.name, line, offset - self._lines[line - 1] + 1)

    def add(self, place: Place, message: str, path: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(*place, path, message))

    @property
    def full(self) -> bool:
        """Whether there are more problems than anybody reads."""
        return len(self.problems) > MOST_PROBLEMS

    def rows(self) -> Iterator[list[_Cell]]:
        """The rows that are not empty; one whose quotes are wrong is noted and left out."""
        offset = 0
        while offset < len(self.text) and not self.full:
            if empty := _EMPTY.match(self.text, offset):
                offset = empty.end()
                continue
            cells, offset = self._row(offset)
            if any(cell.text.strip() for cell in cells):
                yield cells

    def _row(self, offset: int) -> tuple[list[_Cell], int]:
        """The cells of the row that begins at an offset, and where the next one begins."""
        cells, text = list[_Cell](), self.text
        while True:
            quoted = _QUOTED.match(text, offset)
            match = quoted or _BARE.match(text, offset)
            if match is None or len(cells) == MOST_CELLS:
                if match is None:
                    offset = text.index('"', offset)
                    wrong = 'a quote stands at both ends of a cell; within it write ""'
                else:
                    wrong = f"a line has at most {MOST_CELLS} cells"
                self.add(self.place(offset), wrong)
                end = text.find("\n", offset)
                return [], len(text) if end < 0 else end + 1
            written = match[0] if quoted is None else match[1].replace('""', '"')
            cells.append(_Cell(written, self.place(offset)))
            offset = match.end() + 1
            if match.end() >= len(text) or text[match.end()] == "\n":
                return cells, offset


def _events(table: _Table, context: Mapping[str, object]) -> list[Event]:
    """The events of a table; what is wrong is noted in it."""
    rows = table.rows()
    header = _header(table, next(rows, []))
    if header is None:
        return []
    found = list[Event]()
    first: dict[tuple[datetime.date, str, str, str], int] = {}
    candidates = list[Place]()
    for cells in rows:
        if len(found) >= MOST_EVENTS:
            table.add(cells[0].place, f"a file holds at most {MOST_EVENTS:,} events")
            break
        if dict(zip(header, (cell.text for cell in cells), strict=False)).get("kind") == CANDIDATE:
            candidates.append(cells[0].place)
            continue
        event = _event(table, header, cells, context)
        if event is None:
            continue
        place = cells[0].place
        line = first.setdefault((event.date, event.actor, event.target, event.move), place.line)
        if line != place.line:
            table.add(place, f"is on line {line} already: one a day of the same actor and move")
        found.append(event)
    if candidates:
        more = f" (and {len(candidates) - 1:,} more rows)" if len(candidates) > 1 else ""
        table.add(candidates[0], f"{UNCONFIRMED}{more}", "kind")
    return found


def _header(table: _Table, cells: Sequence[_Cell]) -> Sequence[str] | None:
    """The names of the columns; None if any is missing, unknown or there twice."""
    names = [cell.text.strip() for cell in cells]
    start, before = Place(table.name, 1, 1), len(table.problems)
    for separator, called in SEPARATORS.items():
        if len(names) == 1 and HEADER[0] in (parts := names[0].split(separator)) and parts[1:]:
            table.add(start, f"has {called} between columns: save it with commas")
            return None
    for number, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if name in names[:number]:
            table.add(cell.place, f"the column {name[:LONGEST_TEXT]!r} is there twice")
        elif name not in (*HEADER, *OF_CANDIDATES):
            table.add(cell.place, unknown("column", name, HEADER))
    missing = [name for name in HEADER if name not in names]
    if missing:
        table.add(
            start,
            f"no column {', '.join(missing)}: the first line must be {','.join(HEADER)}, "
            "with commas between",
        )
    return None if len(table.problems) > before else names


def _event(
    table: _Table, header: Sequence[str], cells: Sequence[_Cell], context: Mapping[str, object]
) -> Event | None:
    """One row as an event; None if it is none, with its problems noted."""
    if len(cells) != len(header):
        place = cells[min(len(header), len(cells) - 1)].place
        table.add(place, f"must have {len(header)} cells, as the header has (got {len(cells)})")
        return None
    before = len(table.problems)
    row = {name: cell for name, cell in zip(header, cells, strict=True) if name in HEADER}
    for name, cell in row.items():
        if hidden := _HIDDEN.search(cell.text):
            line_break = hidden[0] == "\n"
            wish = "on one line" if line_break else f"without U+{ord(hidden[0]):04X}"
            table.add(cell.place, f"must be {wish}", name)
        elif not cell.text.strip() and name not in OPTIONAL:
            table.add(cell.place, "must not be empty", name)
    if len(table.problems) > before:
        return None
    given = {name: cell.text.strip() for name, cell in row.items() if cell.text.strip()}
    try:
        return Event.model_validate(given, context=dict(context))
    except ValidationError as error:
        entries = {name: Entry(cell.text, cell.place, text=cell.text) for name, cell in row.items()}
        table.problems += problems_of(error, Entry(entries, cells[0].place), Event)
        return None


def events_text(events: Iterable[Event]) -> str:
    """Events as the text of a CSV file that `read_events` reads back as they are.

    Examples
    --------
    >>> print(events_text(packaged_record()[:1]))
    date,actor,target,move,size,what,source,confidence,kind
    ...
    """
    return csv_text([HEADER, *([_written(getattr(e, name)) for name in HEADER] for e in events)])


def _written(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return "" if value is None else str(value)


def write_events(events: Iterable[Event], path: str | os.PathLike[str]) -> Path:
    """Write events to a CSV file; it has its old content or the new one, whatever happens.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    file = local_path(path)
    try:
        replace_file(file, events_text(events))
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
    return file


def events_until(events: Iterable[Event], known_until: datetime.date | None) -> tuple[Event, ...]:
    """Only what happened until a day: all that a number of a scenario may rest on.

    Whatever sets a parameter reads its events through this function, with the scenario's
    ``horizon.known_until``.

    Raises
    ------
    UsageError
        If there is no such day.
    """
    if known_until is None:
        raise UsageError("the scenario has no horizon.known_until: which events are known?")
    return tuple(event for event in events if event.date <= known_until)


def packaged_record(scenario: Scenario | None = None, in_term: bool = False) -> tuple[Event, ...]:
    """US–Russia events, 3 January 1993 to 6 April 2021: see the guide on events."""
    return read_events(DATA / RECORD, scenario, in_term)


def held_out_record(scenario: Scenario | None = None, in_term: bool = False) -> tuple[Event, ...]:
    """US–Russia events, 7 April 2021 to January 2025, which no parameter may rest on.

    They are for updating a forecast as time goes by, and for scoring it.
    """
    return read_events(DATA / HELD_OUT, scenario, in_term)
