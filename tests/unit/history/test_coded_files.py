"""Machine-coded files: what is read, what is left out and counted, and the candidates made of it.

The rows here are made by hand in the published layouts. Only ICEWS is also read from real data: no
raw file of GDELT or POLECAT is at hand.
"""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pytest

from relsim import cameo
from relsim.errors import ScenarioError, UsageError
from relsim.history import coded_files
from relsim.history.candidates import (
    CAMEO_MOVES,
    PLOVER_MOVES,
    candidates_of,
    candidates_text,
    move_of,
)
from relsim.history.coded_files import PLOVER_TYPES, CodedCounts, read_coded
from relsim.history.event_counts import HOSTILE_MOVES
from relsim.history.events import HEADER, Event, packaged_record, read_events
from relsim.scenario.schema import load

ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
    "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\t"
    "Publisher\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude"
)
POLECAT = (
    "Event ID\tEvent Date\tEvent Type\tEvent Mode\tIntensity\tQuad Code\tContexts\tActor Name\t"
    "Actor Country\tActor COW\tPrimary Actor Sector\tActor Sectors\tActor Title\tActor Name Raw\t"
    "Wikipedia Actor ID\tRecipient Name\tRecipient Country\tRecipient COW\t"
    "Primary Recipient Sector\tRecipient Sectors\tRecipient Title\tRecipient Name Raw\t"
    "Wikipedia Recipient ID\tPlacename\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\t"
    "GeoNames ID\tRaw Placename\tFeature Type\tSource\tPublication Date\tStory People\t"
    "Story Organizations\tStory Locations\tLanguage\tVersion"
)
TKG = "date,src,tgt,src_country,tgt_country,cameo,event_text,goldstein"
US, RUSSIA = "United States", "Russian Federation"

Row = tuple[str, str, str, str, str]  # identity, date, source, target, code


def row_of(header: str, **cells: str) -> str:
    """A line with some of its cells filled."""
    names = header.split("\t")
    known = {name.replace(" ", "_"): name for name in names}
    filled = {known[name]: text for name, text in cells.items()}
    return "\t".join(filled.get(name, "") for name in names)


def icews(*rows: Row) -> str:
    lines = [
        row_of(ICEWS, Event_ID=event, Event_Date=day, Source_Country=source,
               Target_Country=target, CAMEO_Code=code)
        for event, day, source, target, code in rows
    ]  # fmt: skip
    return "\n".join((ICEWS, *lines)) + "\n"


def gdelt(width: int, *rows: Row) -> str:
    lines = []
    for event, day, source, target, code in rows:
        cells = ["" for _ in range(width)]
        cells[0], cells[1], cells[7], cells[17], cells[26] = event, day, source, target, code
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def polecat(*rows: Row) -> str:
    lines = []
    for event, day, source, target, code in rows:
        kind, _, mode = code.partition(" ")
        lines.append(
            row_of(POLECAT, Event_ID=event, Event_Date=day, Actor_Country=source,
                   Recipient_Country=target, Event_Type=kind, Event_Mode=mode or "None")
        )  # fmt: skip
    return "\n".join((POLECAT, *lines)) + "\n"


def read(folder: Path, content: str | bytes, format: str = "auto") -> CodedCounts:
    file = folder / "coded.tab"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_coded(file, format)


def test_icews(tmp_path: Path) -> None:
    found = read(tmp_path, icews(
        ("1", "2018-03-26", US, RUSSIA, "161"),
        ("1", "2018-03-26", US, RUSSIA, "161"),
        ("1", "2018-03-26", US, RUSSIA, "163"),
        ("2", "2018-03-26", US, RUSSIA, "161"),
        ("3", "2018-03-29", RUSSIA, US, "161"),
        ("4", "2018-03-29", RUSSIA, RUSSIA, "161"),
        ("5", "2018-03-29", "China", US, "161"),
        ("6", "2018-03-29", "", US, "161"),
        ("7", "2018-03-29", RUSSIA, US, "1999"),
        ("8", "29 March", RUSSIA, US, "161"),
        ("9", "2018-03-29", RUSSIA, US, ""),
    ))  # fmt: skip
    assert (found.format, found.lines, found.events) == ("icews", 11, 4)
    assert found.counts == {
        (date(2018, 3, 26), "US", "161"): 2,
        (date(2018, 3, 26), "US", "163"): 1,
        (date(2018, 3, 29), "RU", "161"): 1,
    }
    assert (found.duplicates, found.other_dyads) == (1, 3)
    assert found.unknown_codes == {"1999": 1}
    assert found.examples == {"no date": [11], "no code": [12]}
    assert found.malformed == {"no date": 1, "no code": 1}


@pytest.mark.parametrize(("width", "name"), [(57, "gdelt1"), (58, "gdelt1"), (61, "gdelt2")])
def test_gdelt(tmp_path: Path, width: int, name: str) -> None:
    text = gdelt(
        width,
        ("1", "20180326", "USA", "RUS", "163"),
        ("1", "20180326", "USA", "RUS", "163"),
        ("2", "20180326", "RUS", "USA", "036"),
        ("3", "20180326", "RUS", "", "036"),
        ("4", "20181326", "RUS", "USA", "036"),
        ("5", "20180326", "RUS", "USA", "36"),
    )
    found = read(tmp_path, text + "one\ttwo\n")
    assert (found.format, found.lines, found.events) == (name, 7, 2)
    assert found.counts[date(2018, 3, 26), "RU", "036"] == 1
    assert (found.duplicates, found.other_dyads) == (1, 1)
    assert found.unknown_codes == {"36": 1}
    assert found.examples["no date"] == [5]
    assert found.malformed.total() == 2


def test_polecat(tmp_path: Path) -> None:
    found = read(tmp_path, polecat(
        ("a", "2018-03-26", "USA", "RUS", "SANCTION expel"),
        ("a", "2018-03-26", "USA", "RUS", "SANCTION expel"),
        ("b", "2018-03-26", "USA; GBR", "RUS; SYR", "SANCTION"),
        ("c", "2018-03-26", "RUS", "None", "ACCUSE"),
        ("d", "2018-03-26", "RUS", "USA", "SHRUG"),
    ) + row_of(POLECAT, Event_ID="e", Event_Date="2018-03-27", Actor_Country="RUS",
               Recipient_Country="USA", Event_Type="ACCUSE") + "\t\t\n")  # fmt: skip
    assert (found.format, found.events, found.duplicates) == ("polecat", 3, 1)
    assert found.counts[date(2018, 3, 26), "US", "SANCTION expel"] == 1
    assert found.counts[date(2018, 3, 26), "US", "SANCTION"] == 1
    assert found.counts[date(2018, 3, 27), "RU", "ACCUSE"] == 1
    assert (found.other_dyads, found.unknown_codes) == (1, {"SHRUG": 1})


def test_a_polecat_file_whose_header_has_too_many_names_gives_nothing(tmp_path: Path) -> None:
    """Some of the published files are so; where each cell belongs cannot be known."""
    head, *lines = polecat(("a", "2018-03-26", "USA", "RUS", "ACCUSE")).splitlines()
    found = read(tmp_path, "\n".join(("Headline\t" + head, *lines)))
    assert found.events == 0
    assert found.examples == {"not 41 cells": [2]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (icews().replace("CAMEO Code", "Code"), "is of no format that is known by its first line"),
        (icews().replace("Event Date", "Day"), "no column Event Date in the first line"),
        (polecat().replace("Event Mode", "Mode"), "no column Event Mode in the first line"),
        (TKG.replace("tgt_country,", ""), "no column tgt_country in the first line"),
        ("", "is of no format that is known by its first line"),
        ("a,b\n1,2\n", "is of no format that is known by its first line"),
    ],
)
def test_a_file_without_its_columns_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        read(tmp_path, text)


def test_a_named_format_is_held_to(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no column Event Date"):
        read(tmp_path, gdelt(58, ("1", "20180326", "USA", "RUS", "163")), "polecat")
    found = read(tmp_path, icews(("1", "2018-03-26", US, RUSSIA, "163")), "gdelt2")
    assert (found.events, found.examples) == (0, {"not 61 cells": [1, 2]})
    with pytest.raises(UsageError, match="unknown format 'gdlet2'; did you mean 'gdelt2'?"):
        read(tmp_path, icews(), "gdlet2")


def test_encodings(tmp_path: Path) -> None:
    text = icews(("1", "2018-03-26", US, RUSSIA, "163"), ("2", "2018-03-27", US, RUSSIA, "163"))
    latin = text.replace("\t\t\n", "\té\t\n", 1).encode("latin-1")
    found = read(tmp_path, latin)
    assert (found.events, found.not_utf8) == (2, 1)
    found = read(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert (found.events, found.not_utf8, found.malformed) == (2, 0, {})


def test_gzip_and_zip(tmp_path: Path) -> None:
    whole = gzip.compress(icews(("1", "2018-03-26", US, RUSSIA, "163")).encode())
    assert read(tmp_path, whole).events == 1
    with pytest.raises(ScenarioError, match="is a damaged gzip file"):
        read(tmp_path, whole[:-10])
    with pytest.raises(ScenarioError, match="is a damaged gzip file"):
        read(tmp_path, whole[:30] + b"xxxx" + whole[34:])
    with pytest.raises(ScenarioError, match="is a zip file: unpack it first"):
        read(tmp_path, b"PK\x03\x04rest")
    with pytest.raises(ScenarioError, match="is no file"):
        read_coded(tmp_path)
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_coded(tmp_path / "none.tab")


def test_a_line_without_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coded_files, "LONGEST_LINE", 1000)
    head, *rows = icews(("1", "2018-03-26", US, RUSSIA, "163")).splitlines()
    found = read(tmp_path, "\n".join((head, "x" * 50_000, *rows)))
    assert (found.lines, found.events) == (2, 1)
    assert found.examples == {"not 20 cells": [2]}


def test_of_many_malformed_lines_a_few_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, ICEWS + "\n" + "x\n" * 5000)
    assert found.malformed == {"not 20 cells": 5000}
    assert found.examples == {"not 20 cells": [2, 3, 4, 5, 6]}


def test_other_countries_may_be_meant(tmp_path: Path) -> None:
    file = tmp_path / "coded.tab"
    file.write_text(gdelt(58, ("1", "20180326", "ISR", "IRN", "190")), "utf-8")
    found = read_coded(file, countries={"ISR": "IL", "IRN": "IR"})
    assert found.counts == {(date(2018, 3, 26), "IL", "190"): 1}
    with pytest.raises(UsageError, match="between two actors"):
        read_coded(file, countries={"ISR": "IL"})


def test_every_code_stands_for_a_move_of_the_record_or_for_none() -> None:
    moves = {event.move for event in packaged_record()}
    assert {move for move in (*CAMEO_MOVES.values(), *PLOVER_MOVES.values()) if move} <= moves
    assert {code.split(" ")[0] for code in PLOVER_MOVES} <= PLOVER_TYPES
    for code in cameo.CODES:
        move = move_of(code)
        if move in HOSTILE_MOVES:
            assert cameo.goldstein(code) < 0, code
        elif move is not None:
            assert cameo.goldstein(code) > 0, code


def test_candidates_say_why(tmp_path: Path) -> None:
    coded = read(tmp_path, icews(
        ("1", "2018-03-26", US, RUSSIA, "161"),
        ("2", "2018-03-26", US, RUSSIA, "161"),
        ("3", "2018-03-26", US, RUSSIA, "174"),
        ("4", "2018-03-27", US, RUSSIA, "161"),
        ("5", "2018-04-05", US, RUSSIA, "161"),
        ("6", "2018-03-26", US, RUSSIA, "057"),
        ("7", "2018-03-26", RUSSIA, US, "057"),
        ("8", "2018-03-26", RUSSIA, US, "010"),
    ))  # fmt: skip
    found = candidates_of(coded)
    assert found.without_move == {"010": 1}
    assert [(c.date.day, c.actor, c.target, c.move, c.code, c.count) for c in found.rows] == [
        (26, "US", "RU", "expel_diplomats", "161 174", 3),
        (26, "both", "both", "agreement", "057", 1),
        (27, "US", "RU", "expel_diplomats", "161", 1),
        (5, "US", "RU", "expel_diplomats", "161", 1),
    ]
    assert found.rows[0].reason == (
        "3 reports of 161, 174; the first of 2 days on end; "
        "or relations reduced without an expulsion"
    )
    assert "day 2 of 2 on end: perhaps the same event" in found.rows[2].reason
    assert candidates_of(coded, load("us-russia-2021")) == found


def test_a_move_that_the_catalogue_lacks_is_no_candidate(tmp_path: Path) -> None:
    coded = read(tmp_path, icews(("1", "2018-03-26", US, RUSSIA, "1621")))
    assert [row.move for row in candidates_of(coded).rows] == ["reduce_relations"]
    lacking = candidates_of(
        coded, load("us-russia-2021-prior", ["moves.reduce_relations=null", "calendar.5=null"])
    )
    assert (lacking.rows, lacking.without_move) == ((), {"1621": 1})


def test_confirmed_candidates_are_events(tmp_path: Path) -> None:
    coded = read(tmp_path, icews(("1", "2018-03-26", US, RUSSIA, "161")))
    file = tmp_path / "own.csv"
    file.write_text(candidates_text(candidates_of(coded)), "utf-8")
    with pytest.raises(ScenarioError, match="is a candidate"):
        read_events(file)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert tuple(rows[0])[: len(HEADER)] == HEADER
    assert (rows[0]["code"], rows[0]["count"]) == ("161", "1")
    confirmed = file.read_text("utf-8").replace(",,candidate,", ",0.98,recorded,")
    file.write_text(confirmed, "utf-8")
    (event,) = read_events(file, load("us-russia-2021"))
    assert (event.move, event.source) == ("expel_diplomats", "icews, coded.tab")


REAL = ("icews05_15", "icews14", "icews18", "icews21")


@pytest.mark.parametrize("name", REAL)
def test_icews_of_the_outside_data(shared_data: Path, name: str) -> None:
    """The extract of all states, and that of the two alone, give the same counts."""
    folder = shared_data / "icews-tkg"
    two = read_coded(folder / f"{name}_us_russia.csv")
    text = (folder / f"{name}_us_russia.csv").read_text("utf-8")
    assert two.lines == len(list(csv.DictReader(io.StringIO(text))))
    assert two.events + two.duplicates + two.unknown_codes.total() == two.lines
    assert (two.other_dyads, two.malformed, two.not_utf8) == (0, {}, 0)
    all_states = read_coded(folder / f"{name}_interstate.csv.gz")
    assert all_states.counts == two.counts
    assert all_states.other_dyads + two.lines == all_states.lines
    assert candidates_of(two).rows


def hits(events: list[Event], days: set[tuple[date, str, str]]) -> int:
    return sum(
        any((date.fromordinal(event.date.toordinal() + n), event.actor, event.move) in days
            for n in (-1, 0, 1))
        for event in events
    )  # fmt: skip


def test_machines_find_nearly_all_rounds_and_expulsions_and_much_else(shared_data: Path) -> None:
    """Of the record's US rounds and all expulsions in ICEWS's ten months of 2018."""
    coded = read_coded(shared_data / "icews-tkg" / "icews18_us_russia.csv")
    rows = candidates_of(coded).rows
    days = {(row.date, row.actor, row.move) for row in rows}
    last = max(row.date for row in rows)
    record = [e for e in packaged_record() if date(2018, 1, 1) <= e.date <= last]
    rounds = [e for e in record if (e.actor, e.move) == ("US", "impose_sanctions")]
    expulsions = [e for e in record if e.move == "expel_diplomats"]
    assert len(rounds) >= 5
    assert len(expulsions) == 2
    assert hits(rounds, days) == len(rounds)
    assert hits(expulsions, days) == len(expulsions)
    coded_days = sum(day[1:] == ("US", "impose_sanctions") for day in days)
    assert coded_days > 5 * len(rounds)
