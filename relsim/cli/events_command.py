"""``relsim events``: check a file of events, count it, draw it; candidates from coded files."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, show_page, write
from relsim.cli.options import figure_file, to_write
from relsim.cli.plot_command import save_figure
from relsim.errors import StoreError, UnknownName, UsageError, unknown
from relsim.scenario.files.places import local_path
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.history.candidates import Candidates
    from relsim.history.coded_files import CodedCounts
    from relsim.history.events import Event
    from relsim.scenario.schema import Scenario

RECORD, HELD_OUT = "us-russia", "us-russia-held-out"
FORMAT, CANDIDATES_FORMAT = "relsim.events/1", "relsim.candidates/1"
MOST_NAMED = 5  # codes named beside their number


def day_of(written: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"must be a date such as 2021-04-06 (got {written})") from None


def events(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help=f"A CSV file of events; or {RECORD}, {HELD_OUT}: the records that come with "
            "relsim, until 6 April 2021 and from then on.",
        ),
    ],
    scenario: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="Whose actors, moves and regions must be meant."),
    ] = None,
    through: Annotated[
        datetime.date | None,
        typer.Option(metavar="DATE", parser=day_of, help="Only what happened until this day."),
    ] = None,
    from_cameo: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="FILE is machine-coded: icews, gdelt1, gdelt2, polecat, or auto to find out. "
            "Count what it holds of the two sides, and make candidates.",
        ),
    ] = None,
    actor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=NAME",
            help="Which actor a country's name or code in a coded file means: CN=China. May be "
            "repeated; by default the United States and Russia.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        to_write("FILE", "Write the events, sorted by date, or the candidates."),
    ] = None,
    plot: Annotated[
        Path | None,
        figure_file("Draw the events"),
    ] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a file of events, count it, and draw it; or make candidates of a machine-coded file.

    Every problem of a file is printed at once, each with its line and column. Candidates are rows
    in the format of events, for a person to confirm, with the codes, their number on that day and
    the reason.
    """
    from relsim.scenario.schema import load

    asked = None if scenario is None else load(scenario)
    if from_cameo is not None:
        if plot is not None:
            raise UsageError("candidates are no events: confirm them before you draw them")
        _convert(file, from_cameo, actor or (), asked, through, csv, in_json)
        return
    if actor:
        raise UsageError("--actor goes with --from-cameo")
    found = read_record(file, asked)
    if through is not None:
        from relsim.history.events import events_until

        found = events_until(found, through)
    if in_json:
        _print_json(_events_json(file, found))
    else:
        show_page(_events_page(file, found))
    if csv is not None:
        from relsim.history.events import write_events

        note(f"{_counted(len(found), 'event')}: {write_events(found, csv)}")
    if plot is not None:
        _draw(found, asked, plot, file if file in (RECORD, HELD_OUT) else Path(file).name)


def read_record(file: str, scenario: Scenario | None, in_term: bool = False) -> tuple[Event, ...]:
    """The events of a file, held against a scenario or its term alone, or of a packaged record."""
    from relsim.history.events import held_out_record, packaged_record, read_events

    if file == RECORD:
        return packaged_record(scenario, in_term)
    if file == HELD_OUT:
        return held_out_record(scenario, in_term)
    if not local_path(file).exists():
        if Path(file).suffix or "/" in file:
            raise UnknownName(f"there is no file {file}")
        raise UnknownName(unknown("record", file, (RECORD, HELD_OUT)))
    return read_events(file, scenario, in_term)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _print_json(data: Mapping[str, object]) -> None:
    from relsim.runs.provenance import as_json

    write(as_json(data))


def _events_json(name: str, found: Sequence[Event]) -> dict[str, object]:
    from relsim.history.event_counts import WAYS, counted_by

    return {
        "format": FORMAT,
        "file": name,
        "number": len(found),
        "first": str(found[0].date) if found else None,
        "last": str(found[-1].date) if found else None,
        "counts": {way: counted_by(found, way) for way in WAYS},
        "events": [event.model_dump(mode="json") for event in found],
    }


def _events_page(name: str, found: Sequence[Event]) -> Page:
    from relsim.history.event_counts import counted_by, cross_table

    if not found:
        return [f"{name}: no events"]

    def listed(way: str) -> str:
        return ", ".join(f"{n:,} {what}" for what, n in counted_by(found, way).items())

    return [
        f"{name}: {_counted(len(found), 'event')}, {found[0].date} to {found[-1].date}",
        cross_table(found, "year"),
        cross_table(found, "move"),
        f"Kind: {listed('kind')}\nConfidence: {listed('confidence')}",
        "Nothing is wrong with it.",
    ]


def _draw(found: Sequence[Event], scenario: Scenario | None, file: Path, source: str) -> None:
    from relsim.plots.record_timeline import record_timeline

    save_figure(record_timeline(found, scenario=scenario, source=source), file)
    note(f"figure: {file}")


def _convert(
    file: str,
    format: str,
    actors: Sequence[str],
    scenario: Scenario | None,
    through: datetime.date | None,
    csv: Path | None,
    in_json: bool,
) -> None:
    """Count a machine-coded file, and write its candidates."""
    from relsim.history.candidates import candidates_of, candidates_text
    from relsim.history.coded_files import COUNTRIES, read_coded
    from relsim.store.plain_files import replace_file

    coded = read_coded(file, format, _countries(actors) if actors else COUNTRIES)
    if through is not None:
        kept = {key: count for key, count in coded.counts.items() if key[0] <= through}
        coded.counts = Counter(kept)
    found = candidates_of(coded, scenario)
    if in_json:
        _print_json(_candidates_json(coded, found))
    else:
        show_page(_candidates_page(coded, found))
    if csv is not None:
        try:
            replace_file(csv, candidates_text(found))
        except OSError as error:
            raise StoreError(f"{csv} cannot be written: {error.strerror}") from error
        note(f"{_counted(len(found.rows), 'candidate')} to confirm: {csv}")


def _countries(actors: Iterable[str]) -> dict[str, str]:
    """The actor for each name of a country, from words such as ``US=USA``."""
    found = {}
    for word in actors:
        key, equals, name = word.partition("=")
        if not (key and equals and name):
            raise UsageError(f"--actor is given as KEY=NAME, such as CN=China (got {word!r})")
        found[name] = key
    return found


def _by_move(found: Candidates) -> dict[str, int]:
    return dict(Counter(row.move for row in found.rows).most_common())


def _candidates_json(coded: CodedCounts, found: Candidates) -> dict[str, object]:
    return {
        "format": CANDIDATES_FORMAT,
        "file": coded.file,
        "coded_as": coded.format,
        "lines": coded.lines,
        "events": coded.events,
        "other_dyads": coded.other_dyads,
        "duplicates": coded.duplicates,
        "malformed": dict(coded.malformed),
        "unknown_codes": dict(coded.unknown_codes.most_common()),
        "codes_without_a_move": found.without_move,
        "lines_not_utf8": coded.not_utf8,
        "candidates": len(found.rows),
        "candidates_by_move": _by_move(found),
    }


def _candidates_page(coded: CodedCounts, found: Candidates) -> Page:
    """What was read and what was left out, then the candidates by move."""
    unknown_codes, without = coded.unknown_codes, Counter(found.without_move)
    rows: list[tuple[str, int, str]] = [
        ("lines", coded.lines, ""),
        ("between others", coded.other_dyads, "left out"),
        ("duplicates", coded.duplicates, "counted once"),
        ("unknown codes", unknown_codes.total(), _named(unknown_codes)),
        *(
            (f"malformed: {why}", number, f"line {', '.join(map(str, coded.examples[why]))}")
            for why, number in coded.malformed.items()
        ),
        ("no UTF-8", coded.not_utf8, "read as Latin-1" if coded.not_utf8 else ""),
        ("events of the two", coded.events, ""),
        ("with a code for no move", without.total(), _named(without)),
    ]
    moves = Table(("Move", "Days"), list(_by_move(found).items()))
    return [
        f"{coded.file}, coded as {coded.format}: {_counted(len(found.rows), 'candidate')}",
        Table(("", "Number", ""), rows),
        *([moves] if found.rows else []),
        "A candidate is a day on which codes were reported that may stand for a move. Nothing is "
        "an event until a person confirms it.",
    ]


def _named(codes: Counter[str]) -> str:
    """The most frequent codes, each with its number."""
    return ", ".join(f"{code} × {number}" for code, number in codes.most_common(MOST_NAMED))
