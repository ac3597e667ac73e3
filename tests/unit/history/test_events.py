"""Files of events: read with every problem and its place, written so that they are read back."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from relsim.errors import ScenarioError, UsageError
from relsim.escaping import HIDDEN, starts_a_formula
from relsim.history import events as module
from relsim.history.events import (
    HEADER,
    Event,
    events_text,
    events_until,
    read_events,
    write_events,
)
from relsim.scenario.schema import load

pytestmark = pytest.mark.usefixtures("remembered")

HEAD = ",".join(HEADER)
LINE = "2021-03-02,US,RU,impose_sanctions,7,over Navalny,newspaper,0.9,recorded"


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "own.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def problems(folder: Path, content: str | bytes, scenario: str | None = None) -> list[str]:
    """What is wrong with a file, from its line on."""
    asked = None if scenario is None else load(scenario)
    with pytest.raises(ScenarioError) as error:
        read_events(written(folder, content), asked)
    return [f"{p.line}:{p.column}: {p.path}: {p.message}" for p in error.value.problems]


def lines(*rows: str) -> str:
    return "\n".join((HEAD, *rows)) + "\n"


def test_a_line_is_an_event(tmp_path: Path) -> None:
    (event,) = read_events(written(tmp_path, lines(LINE)), load("us-russia-2021"))
    assert event.date == date(2021, 3, 2)
    assert (event.actor, event.target, event.move) == ("US", "RU", "impose_sanctions")
    assert (event.size, event.confidence, event.kind) == (7.0, 0.9, "recorded")
    assert (event.what, event.source, event.joint) == ("over Navalny", "newspaper", False)


def test_events_come_by_date_and_keep_the_order_of_a_day(tmp_path: Path) -> None:
    second = LINE.replace("US,RU", "RU,US")
    earlier = LINE.replace("2021-03-02", "2021-01-05")
    found = read_events(written(tmp_path, lines(second, LINE, earlier)))
    assert [(event.date.month, event.actor) for event in found] == [(1, "US"), (3, "RU"), (3, "US")]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + lines(LINE).encode(),
        lines(LINE).replace("\n", "\r\n"),
        lines(LINE).replace("\n", "\r"),
        lines(LINE).rstrip("\n"),
        "\n" + lines("", LINE, ",,,,,,,,"),
        lines(LINE.replace("over Navalny", '"over Navalny"')),
        "\n".join(",".join(reversed(line.split(","))) for line in lines(LINE).split("\n")),
        f"{HEAD},code,count,reason\n{LINE},163,5,why\n",
    ],
    ids=["bom", "crlf", "cr", "no end", "empty lines", "quotes", "other order", "once candidates"],
)  # fmt: skip
def test_other_ways_to_write_the_same(tmp_path: Path, content: str | bytes) -> None:
    plain = read_events(written(tmp_path, lines(LINE)))
    assert read_events(written(tmp_path, content)) == plain


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2021-03-02", "2/3/2021", "2:1: date: must be a date such as 2021-01-20 (got '2/3/2021')"),
        ("2021-03-02", "2021-02-30", "2:1: date: must be a day of the calendar (got 2021-02-30)"),
        ("2021-03-02", "", "2:1: date: must not be empty"),
        (",7,", ",seven,", "2:35: size: must be a number (got 'seven')"),
        (",7,", ",-7,", "2:35: size: must be greater than or equal to 0 (got '-7')"),
        (",7,", ",nan,", "2:35: size: must be a finite number (got 'nan')"),
        ("0.9", "0", "2:60: confidence: must be greater than 0 (got '0')"),
        ("0.9", "90%", "2:60: confidence: must be a number (got '90%')"),
        ("recorded", "record", "2:64: kind: must be one of recorded, implied (got 'record')"),
        ("recorded", "candidate", "2:1: kind: is a candidate: write recorded and a confidence"),
        ("US,RU", "US,US", "2:15: target: must be another one than the actor (got 'US')"),
        ("US,RU", "both,RU", "2:17: target: must be 'both', as the actor is (got 'RU')"),
        ("US,RU", "US,both", "2:15: target: must be another one than the actor (got 'both')"),
        ("over Navalny", "=1+1", "2:37: what: must not begin with '=': a spreadsheet takes it"),
        ("over Navalny", '"over\nNavalny"', "2:37: what: must be on one line"),
        ("over Navalny", "over\x00Navalny", "2:37: what: must be without U+0000"),
        ("over Navalny", "over\u202eNavalny", "2:37: what: must be without U+202E"),
        ("over Navalny", "x" * 201, "2:37: what: must have at most 200 characters (got 'xxx"),
        ("over Navalny", 'over "Navalny"', "2:42: : a quote stands at both ends of a cell; within"),
        ("over Navalny", '"over Navalny', "2:37: : a quote stands at both ends of a cell; within"),
        (",recorded", "", "2:60: : must have 9 cells, as the header has (got 8)"),
        (",recorded", ",recorded,x", "2:73: : must have 9 cells, as the header has (got 10)"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (problem,) = problems(tmp_path, lines(LINE.replace(old, new)))
    assert problem.startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("impose_sanctions", "impose_sanction",
         "2:18: move: unknown move 'impose_sanction'; did you mean 'impose_sanctions'?"),
        ("impose_sanctions", "hold", "2:18: move: unknown move 'hold'; known: criticize"),
        ("US,RU", "USA,RU", "2:12: actor: unknown actor 'USA'; known: US, RU, both"),
        ("US,RU", "US,RUS", "2:15: target: unknown actor 'RUS'; known: US, RU, both"),
        ("US,RU,impose_sanctions", "RU,europ,collision",
         "2:15: target: unknown region 'europ'; did you mean 'europe'?"),
        ("impose_sanctions", "summit",
         "2:12: actor: summit is a joint move: its actor is both (got 'US')"),
        ("US,RU", "both,both", "2:12: actor: impose_sanctions is no joint move (got 'both')"),
    ],
)  # fmt: skip
def test_names_of_a_scenario(tmp_path: Path, old: str, new: str, said: str) -> None:
    (problem,) = problems(tmp_path, lines(LINE.replace(old, new)), "us-russia-2021")
    assert problem.startswith(said)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    bad = LINE.replace("2021-03-02", "yesterday").replace("0.9", "2")
    found = problems(tmp_path, lines(bad, LINE, LINE, LINE.replace("US,RU", "US,US")))
    assert [one.split(" ")[0] for one in found] == ["2:1:", "2:59:", "4:1:", "5:15:"]
    assert "is on line 3 already" in found[2]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("date,actor,target,move", "1:1: : no column size, what, source, confidence, kind: the "),
        (HEAD.replace("actor", "acter"), "1:6: : unknown column 'acter'; did you mean 'actor'?"),
        (HEAD + ",date", "1:57: : the column 'date' is there twice"),
        (HEAD.replace(",", ";"), "1:1: : has semicolons between columns: save it with commas"),
        (HEAD.replace(",", "\t"), "1:1: : has tabs between columns: save it with commas"),
        ("", "1:1: : no column date, actor"),
    ],
)
def test_a_wrong_header_is_reported_alone(tmp_path: Path, head: str, said: str) -> None:
    found = problems(tmp_path, f"{head}\nnonsense\n")
    assert any(one.startswith(said) for one in found), found
    assert all(one.startswith("1:") for one in found) or not head


def test_other_encodings_are_refused_with_their_place(tmp_path: Path) -> None:
    text = lines(LINE, LINE.replace("US,RU", "RU,US").replace("over", "über"))
    (problem,) = problems(tmp_path, text.encode("latin-1"))
    assert problem == "3:37: : is not UTF-8 text (byte 0xfc): save it as UTF-8"
    (problem,) = problems(tmp_path, text.encode("utf-16"))
    assert problem == "1:1: : is UTF-16 text: save it as UTF-8"
    (problem,) = problems(tmp_path, b"PK\x03\x04" + text.encode())
    assert problem.startswith("1:1: : is a workbook or archive, no text: save a workbook's sheet")
    (problem,) = problems(tmp_path, gzip.compress(text.encode()))
    assert problem == "1:1: : is compressed by gzip: uncompress it"


def test_of_a_term_only_what_it_can_make_is_held_against_the_scenario(tmp_path: Path) -> None:
    earlier = LINE.replace("2021-03-02", "1999-03-02").replace("US,RU", "XX,RU")
    other = LINE.replace("impose_sanctions", "leave_cfe").replace("2021-03-02", "2021-03-03")
    scenario = load("us-russia-2021")
    assert len(read_events(written(tmp_path, lines(earlier, LINE, other)), scenario, True)) == 3
    wrong = LINE.replace("US,RU", "XX,RU")
    with pytest.raises(ScenarioError) as error:
        read_events(written(tmp_path, lines(earlier, wrong, other)), scenario, in_term=True)
    (problem,) = error.value.problems
    assert (problem.line, problem.column) == (3, 12)
    assert problem.message == "unknown actor 'XX'; known: US, RU, both"


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_FILE", 100)
    (problem,) = problems(tmp_path, lines(LINE, LINE))
    assert problem == "1:1: : a file of events is at most 0 MB"
    monkeypatch.undo()
    monkeypatch.setattr(module, "MOST_EVENTS", 1)
    (problem,) = problems(tmp_path, lines(LINE, LINE.replace("US,RU", "RU,US")))
    assert problem == "3:1: : a file holds at most 1 events"


def test_a_line_of_commas_is_not_kept(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, lines("," * 1_000_000, LINE))
    assert problem == "2:101: : a line has at most 100 cells"


def test_candidates_are_no_events(tmp_path: Path) -> None:
    row = LINE.replace("0.9,recorded", ",candidate")
    (problem,) = problems(tmp_path, lines(LINE, row, row))
    assert problem.startswith("3:1: kind: is a candidate: write recorded and a confidence if")
    assert problem.endswith("(and 1 more rows)")


def test_a_file_of_faults_is_read_to_an_end(tmp_path: Path) -> None:
    found = problems(tmp_path, lines(*["x"] * 5000))
    assert len(found) == 101
    assert found[-1].endswith("and more from here on; mend those first")


def test_a_folder_or_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is no file"):
        read_events(tmp_path)
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_events(tmp_path / "none.csv")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not starts_a_formula(text.strip())
    and not re.search(f"[{HIDDEN}]", text)
)  # fmt: skip
NAMES = st.from_regex("[A-Z][a-z_]{0,8}", fullmatch=True)


@st.composite
def made(draw: st.DrawFn) -> Event:
    actor, target = draw(st.lists(NAMES, min_size=2, max_size=2, unique=True))
    if draw(st.booleans()):
        actor = target = "both"
    return Event(
        date=draw(st.dates(date(1900, 1, 1))),
        actor=actor,
        target=target,
        move=draw(NAMES),
        size=draw(st.none() | st.floats(0, 1e9)),
        what=draw(TEXTS),
        source=draw(TEXTS),
        confidence=draw(st.floats(0, 1, exclude_min=True)),
        kind=draw(st.sampled_from(["recorded", "implied"])),
    )


@settings(max_examples=25)
@given(st.lists(made(), max_size=5, unique_by=lambda e: (e.date, e.actor, e.target, e.move)))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    file = write_events(events, tmp_path_factory.getbasetemp() / "round.csv")
    assert read_events(file) == tuple(sorted(events, key=lambda event: event.date))
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8"))))
    assert not any(starts_a_formula(cell) for row in rows for cell in row)


@given(st.text(st.sampled_from('a,"\n '), max_size=30))
def test_cells_are_those_of_the_csv_module(text: str) -> None:
    """Two readers of the same text: where both find nothing wrong they find the same cells."""
    table = module._Table("x", text)
    cells = [[cell.text for cell in row] for row in table.rows()]
    if not table.problems:
        rows = csv.reader(io.StringIO(text), strict=True)
        assert cells == [row for row in rows if any(cell.strip() for cell in row)]


def test_an_event_made_by_hand_is_checked_too() -> None:
    with pytest.raises(ValidationError, match="spreadsheet"):
        Event(date=date(2021, 1, 1), actor="US", target="RU", move="threaten", what="@x",
              source="s", confidence=1, kind="recorded")  # fmt: skip


def test_only_what_was_known_is_left() -> None:
    events = read_events_of(["2021-04-05", "2021-04-06", "2021-04-07"])
    assert [e.date.day for e in events_until(events, date(2021, 4, 6))] == [5, 6]
    with pytest.raises(UsageError, match="known_until"):
        events_until(events, None)


def read_events_of(days: list[str]) -> list[Event]:
    row = dict(zip(HEADER, LINE.split(","), strict=True))
    return [Event.model_validate(row | {"date": day}) for day in days]


def test_the_text_is_plain_csv() -> None:
    (event,) = read_events_of(["2021-03-02"])
    assert events_text([event]) == f"{HEAD}\n{LINE}\n"
