"""Machine-coded events as ICEWS, GDELT and POLECAT publish them, read line by line and counted.

============ ======================================================== ==========================
format       what is read                                             codes
============ ======================================================== ==========================
icews        tab-separated with a header, the columns of the          CAMEO
             Dataverse files; or comma-separated with the columns
             date, src, tgt, src_country, tgt_country, cameo
gdelt1       tab-separated, no header, 58 columns (57 in the files    CAMEO
             by month and year, until March 2013)
gdelt2       tab-separated, no header, 61 columns                     CAMEO
polecat      tab-separated with a header                              PLOVER type and mode
============ ======================================================== ==========================

A line that cannot be read stops nothing: what was left out is counted by its reason.

References
----------
Boschee, E. et al. (2015). ICEWS Coded Event Data. Harvard Dataverse, doi:10.7910/DVN/28075.
Leetaru, K. & Schrodt, P. (2013). GDELT: Global Data on Events, Location and Tone, 1979-2012.
GDELT Event Codebook V2.0; the codebook of GDELT 1.0.
Scarborough, G. I. et al. (2023). POLECAT Weekly Data. Harvard Dataverse, doi:10.7910/DVN/AJGVIT.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from relsim import cameo
from relsim.errors import Problem, ScenarioError, UsageError, unknown
from relsim.scenario.files.places import local_path, shown, unreadable

__all__ = ["COUNTRIES", "FORMATS", "CodedCounts", "read_coded"]

AUTO = "auto"
FORMATS = (AUTO, "icews", "gdelt1", "gdelt2", "polecat")
LONGEST_LINE = 1_000_000  # bytes
MOST_EXAMPLES = 5  # numbers of malformed lines that are kept
MOST_EVENTS = 2_000_000  # of the dyad, in one file

# How the formats name the countries of the two actors of the packaged scenarios.
COUNTRIES: Mapping[str, str] = {
    "USA": "US", "United States": "US",
    "RUS": "RU", "Russian Federation": "RU", "Russia": "RU",
}  # fmt: skip

PLOVER_TYPES = frozenset({
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "DEMAND",
    "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
})  # fmt: skip
NOTHING = ("", "None", "NULL", "null", "---")  # what stands where a cell is empty

_GDELT_DATE = re.compile("[0-9]{8}")


@dataclass(frozen=True)
class _Layout:
    """Where the cells of a format stand, by their columns."""

    format: str
    delimiter: str
    widths: tuple[int, ...]  # how many cells a line may have
    identity: tuple[int, ...]  # cells that no two events share
    date: int
    source: int
    target: int
    code: tuple[int, ...]
    header: bool = True


@dataclass
class CodedCounts:
    """What a file holds of the events between two actors, and what was left out.

    Attributes
    ----------
    file, format : str
    actors : tuple of str
        The two.
    lines : int
        Without the header and empty ones.
    counts : dict
        Number of events by date, actor and code.
    other_dyads : int
        Events between others, or of one country with itself.
    duplicates : int
        Events that were there already.
    unknown_codes : Counter of str
        Codes that the table of CAMEO or PLOVER lacks.
    malformed : Counter of str
        Lines that cannot be read, by what is wrong.
    examples : dict of str to list of int
        Numbers of the first few of them.
    not_utf8 : int
        Lines that are no UTF-8, and were read as Latin-1.
    """

    file: str
    format: str
    actors: tuple[str, ...]
    lines: int = 0
    counts: Counter[tuple[datetime.date, str, str]] = field(default_factory=Counter)
    other_dyads: int = 0
    duplicates: int = 0
    unknown_codes: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)
    not_utf8: int = 0

    @property
    def events(self) -> int:
        """Events between the two actors that are counted."""
        return self.counts.total()


def read_coded(
    path: str | os.PathLike[str],
    format: str = AUTO,
    countries: Mapping[str, str] = COUNTRIES,
) -> CodedCounts:
    """Count the events between two actors in a machine-coded file.

    Parameters
    ----------
    path : str or path
        The file, plain or compressed by gzip.
    format : str
        One of `FORMATS`; ``"auto"``: found by the first line.
    countries : mapping of str
        The key of an actor for each name or code of its country in the file.

    Raises
    ------
    UsageError
        If the format is not known, or the two actors are not two.
    ScenarioError
        If the file cannot be read, is of another format, or lacks columns.
    """
    if format not in FORMATS:
        raise UsageError(unknown("format", format, FORMATS))
    actors = tuple(sorted(set(countries.values())))
    if len(actors) != 2:
        raise UsageError(f"events are between two actors (got {', '.join(actors)})")
    file = local_path(path)
    name = shown(file)
    try:
        with _opened(file) as content:
            lines = _lines(content)
            number, first, utf8 = next(lines, (1, "", True))
            layout = _layout(name, format, first)
            counted = CodedCounts(name, layout.format, actors)
            if layout.header:
                counted.not_utf8 += not utf8
            else:
                lines = _before((number, first, utf8), lines)
            _count(counted, layout, lines, countries)
    except (OSError, EOFError, zlib.error) as error:
        raise _failure(name, _why(error)) from None
    return counted


def _failure(name: str, message: str, line: int = 1) -> ScenarioError:
    return ScenarioError((Problem(name, line, 1, "", message),))


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return unreadable(error)
    return "is a damaged gzip file"


def _opened(file: Path) -> IO[bytes]:
    if not file.is_file():
        if file.exists():
            raise IsADirectoryError(21, "Is a directory")
        raise FileNotFoundError(2, "No such file or directory")
    with file.open("rb") as content:
        beginning = content.read(4)
    if beginning.startswith(b"PK\x03\x04"):
        raise _failure(shown(file), "is a zip file: unpack it first")
    if beginning.startswith(b"\x1f\x8b"):
        return gzip.open(file)  # type: ignore[return-value]
    return file.open("rb")


def _lines(content: IO[bytes]) -> Iterator[tuple[int, str, bool]]:
    """Number, text and whether it is UTF-8, of each line that is not empty."""
    number = 0
    while line := content.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            while rest := content.readline(LONGEST_LINE):  # the rest of it is not kept
                if len(rest) < LONGEST_LINE or rest.endswith(b"\n"):
                    break
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.rstrip(b"\r\n")
        if not line.strip():
            continue
        try:
            yield number, line.decode(), True
        except UnicodeDecodeError:
            yield number, line.decode("latin-1"), False


def _before(
    first: tuple[int, str, bool], lines: Iterable[tuple[int, str, bool]]
) -> Iterator[tuple[int, str, bool]]:
    yield first
    yield from lines


def _layout(name: str, format: str, first: str) -> _Layout:
    """The layout of a file by its first line."""
    tabs = [cell.strip() for cell in first.split("\t")]
    commas = [cell.strip() for cell in first.split(",")]
    found = AUTO
    if "CAMEO Code" in tabs or "cameo" in commas:
        found = "icews"
    elif "Event Type" in tabs:
        found = "polecat"
    elif len(tabs) in (57, 58):
        found = "gdelt1"
    elif len(tabs) == 61:
        found = "gdelt2"
    if format == AUTO and found == AUTO:
        raise _failure(
            name,
            f"is of no format that is known by its first line ({len(tabs)} columns between tabs): "
            f"{', '.join(FORMATS[1:])}, each named by --from-cameo",
        )
    asked = found if format == AUTO else format
    if asked == "gdelt1":
        return _Layout(asked, "\t", (57, 58), (0,), 1, 7, 17, (26,), header=False)
    if asked == "gdelt2":
        return _Layout(asked, "\t", (61,), (0,), 1, 7, 17, (26,), header=False)
    if asked == "polecat":
        date, source, target, kind, mode, event = _columns(
            name, tabs, "Event Date", "Actor Country", "Recipient Country", "Event Type",
            "Event Mode", "Event ID",
        )  # fmt: skip
        return _Layout(asked, "\t", (len(tabs),), (event,), date, source, target, (kind, mode))
    if "cameo" in commas:
        date, source, target, code, one, other = _columns(
            name, commas, "date", "src_country", "tgt_country", "cameo", "src", "tgt"
        )
        same = (date, one, other, code)
        return _Layout(asked, ",", (len(commas),), same, date, source, target, (code,))
    date, source, target, code, event, one, other = _columns(
        name, tabs, "Event Date", "Source Country", "Target Country", "CAMEO Code",
        "Event ID", "Source Name", "Target Name",
    )  # fmt: skip
    same = (event, one, other, code)  # one event ID may stand for several events
    return _Layout(asked, "\t", (len(tabs),), same, date, source, target, (code,))


def _columns(name: str, header: Sequence[str], *wanted: str) -> list[int]:
    missing = [column for column in wanted if column not in header]
    if missing:
        raise _failure(name, f"no column {', '.join(missing)} in the first line")
    return [header.index(column) for column in wanted]


def _count(
    counted: CodedCounts,
    layout: _Layout,
    lines: Iterable[tuple[int, str, bool]],
    countries: Mapping[str, str],
) -> None:
    """Go through the lines of a file."""
    seen = set[tuple[str, ...]]()
    for number, line, utf8 in lines:
        counted.lines += 1
        counted.not_utf8 += not utf8
        cells = _cells(line, layout)
        wrong = _wrong(cells, layout)
        if wrong is not None:
            counted.malformed[wrong] += 1
            if counted.malformed[wrong] <= MOST_EXAMPLES:
                counted.examples.setdefault(wrong, []).append(number)
            continue
        pairs = _pairs(cells[layout.source], cells[layout.target], countries)
        if not pairs:
            counted.other_dyads += 1
            continue
        identity = tuple(cells[column] for column in layout.identity)
        if identity in seen:
            counted.duplicates += 1
            continue
        seen.add(identity)
        if len(seen) > MOST_EVENTS:
            raise _failure(counted.file, f"has more than {MOST_EVENTS:,} events of the two", number)
        code = _code(cells, layout)
        if not _is_known(code, layout):
            counted.unknown_codes[code[:20]] += 1
            continue
        day = _day(cells[layout.date])
        assert day is not None  # `_wrong` has looked
        for actor in pairs:
            counted.counts[day, actor, code] += 1


def _cells(line: str, layout: _Layout) -> list[str]:
    """The cells of a line; tabs at its end that no column needs are left out."""
    if layout.delimiter == "\t":
        cells = [cell.strip() for cell in line.split("\t")]
    else:
        try:
            cells = next(csv.reader([line], delimiter=layout.delimiter, strict=True), [])
        except csv.Error:
            return []
    most = layout.widths[-1]
    if layout.header and len(cells) > most and not any(cells[most:]):
        return cells[:most]
    return cells


def _wrong(cells: Sequence[str], layout: _Layout) -> str | None:
    """What is wrong with a line; None if it can be read."""
    if len(cells) not in layout.widths:
        wished = " or ".join(map(str, layout.widths))
        return f"not {wished} cells"
    if _day(cells[layout.date]) is None:
        return "no date"
    if cells[layout.code[0]] in NOTHING:
        return "no code"
    return None


def _day(written: str) -> datetime.date | None:
    """A date as 2018-03-26 or 20180326."""
    if _GDELT_DATE.fullmatch(written):
        written = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    try:
        return datetime.date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        return None


def _pairs(sources: str, targets: str, countries: Mapping[str, str]) -> set[str]:
    """Those of the two actors who moved towards the other; a cell may name several countries."""
    first = {countries.get(name.strip()) for name in sources.split(";")}
    second = {countries.get(name.strip()) for name in targets.split(";")}
    return {actor for actor in first if actor is not None and second - {actor, None}}


def _code(cells: Sequence[str], layout: _Layout) -> str:
    return " ".join(cells[column] for column in layout.code if cells[column] not in NOTHING)


def _is_known(code: str, layout: _Layout) -> bool:
    if layout.format == "polecat":
        return code.split(" ")[0] in PLOVER_TYPES
    return code in _CODES


_CODES = frozenset(cameo.CODES)
