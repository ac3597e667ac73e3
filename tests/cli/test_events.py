"""``relsim events``: files are checked, counted, drawn, and made of machine-coded ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from relsim.escaping import HIDDEN
from relsim.history.events import HEADER, held_out_record, packaged_record, read_events
from tests.cli.calling import Relsim
from tests.unit.history.test_coded_files import RUSSIA, US, gdelt, icews

HEAD = ",".join(HEADER)
LINE = "2021-03-02,US,RU,impose_sanctions,7,over Navalny,newspaper,0.9,recorded"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.csv"
    file.write_text(f"{HEAD}\n{LINE}\n2021-04-07,RU,US,wave,,hello,news,0.5,implied\n", "utf-8")
    return file


def test_the_packaged_record_is_counted_whole_at_80_columns(relsim_: Relsim) -> None:
    done = relsim_("events", "us-russia")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"us-russia: {len(packaged_record())} events, 1993-01-03 to 2021-03-30"
    assert max(map(len, lines)) <= 80
    assert len([line for line in lines if line[:4].isdigit()]) == 29
    assert lines[-1] == "Nothing is wrong with it."
    later = relsim_("events", "us-russia-held-out").stdout
    number = len(held_out_record())
    assert later.startswith(f"us-russia-held-out: {number} events, 2021-04-13 to 2025-01-15")


def test_a_file_is_checked_and_counted(relsim_: Relsim, own: Path) -> None:
    done = relsim_("events", "own.csv")
    assert done.stdout.startswith("own.csv: 2 events, 2021-03-02 to 2021-04-07\n")
    assert "Kind: 1 implied, 1 recorded" in done.stdout
    refused = relsim_("events", "own.csv", "--scenario", "us-russia-2021")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "own.csv:3:18: move: unknown move 'wave'" in refused.stderr


def test_json(relsim_: Relsim, own: Path) -> None:
    printed = json.loads(relsim_("events", "own.csv", "--json").stdout)
    assert set(printed) == {"format", "file", "number", "first", "last", "counts", "events"}
    assert (printed["format"], printed["number"]) == ("relsim.events/1", 2)
    assert printed["counts"]["move"] == {"impose_sanctions": 1, "wave": 1}
    assert printed["events"][0] == {
        "date": "2021-03-02", "actor": "US", "target": "RU", "move": "impose_sanctions",
        "size": 7.0, "what": "over Navalny", "source": "newspaper", "confidence": 0.9,
        "kind": "recorded",
    }  # fmt: skip


def test_only_what_happened_until_a_day(relsim_: Relsim, own: Path, tmp_path: Path) -> None:
    done = relsim_("events", "own.csv", "--through", "2021-04-06", "--csv", "known.csv")
    assert done.stdout.startswith("own.csv: 1 event, 2021")
    assert (tmp_path / "known.csv").read_text("utf-8") == f"{HEAD}\n{LINE}\n"
    none = relsim_("events", "own.csv", "--through", "2020-01-01")
    assert none.stdout == "own.csv: no events\n"
    wrong = relsim_("events", "own.csv", "--through", "yesterday")
    assert wrong.exit_code == 2
    assert "must be a date such as 2021-04-06 (got yesterday)" in wrong.stderr


def test_a_record_is_written_and_read_back(relsim_: Relsim, tmp_path: Path) -> None:
    assert relsim_("events", "us-russia", "--csv", "copy.csv").exit_code == 0
    assert read_events(tmp_path / "copy.csv") == packaged_record()


def test_a_figure(relsim_: Relsim, own: Path, tmp_path: Path) -> None:
    done = relsim_("events", "own.csv", "--plot", "own.svg")
    assert done.exit_code == 0
    assert "own.csv" in (tmp_path / "own.svg").read_text("utf-8")
    wrong = relsim_("events", "own.csv", "--plot", "own.gif")
    assert wrong.exit_code == 1
    assert wrong.stdout == ""
    assert "a figure is saved as .png, .svg, .pdf" in wrong.stderr
    assert relsim_("events", "own.csv", "--plot", "new/own.png").exit_code == 0
    assert (tmp_path / "new" / "own.png").exists()
    nowhere = relsim_("events", "own.csv", "--plot", "own.csv/own.png")
    assert nowhere.exit_code == 1
    assert "cannot be written" in nowhere.stderr


def test_slips_are_reported(relsim_: Relsim, own: Path) -> None:
    for words, said in (
        (("us-rusia",), "unknown record 'us-rusia'; did you mean 'us-russia'?"),
        (("none.csv",), "there is no file none.csv"),
        (("own.csv", "--scenario", "us-rusia-2021"), "did you mean 'us-russia-2021'?"),
        (("own.csv", "--actor", "US=USA"), "--actor goes with --from-cameo"),
        (("own.csv", "--from-cameo", "icews", "--plot", "x.png"), "candidates are no events"),
        (("own.csv", "--from-cameo", "iceews"), "unknown format 'iceews'; did you mean 'icews'?"),
        (("own.csv", "--from-cameo", "auto"), "is of no format that is known by its first line"),
        (("own.csv", "--from-cameo", "auto", "--actor", "USA"), "is given as KEY=NAME"),
        (("own.csv", "--csv", "none/x.csv"), "cannot be written"),
    ):
        done = relsim_("events", *words)
        assert done.exit_code == 1, words
        assert said in done.stderr, words


def test_candidates_of_a_coded_file(relsim_: Relsim, tmp_path: Path) -> None:
    text = icews(
        ("1", "2018-03-26", US, RUSSIA, "161"),
        ("1", "2018-03-26", US, RUSSIA, "161"),
        ("2", "2018-03-27", RUSSIA, US, "010"),
        ("3", "2018-03-28", RUSSIA, US, "9999"),
        ("4", "soon", RUSSIA, US, "010"),
        ("5", "2018-03-29", "China", US, "010"),
    )
    (tmp_path / "coded.tab").write_text(text, "utf-8")
    done = relsim_("events", "coded.tab", "--from-cameo", "auto", "--csv", "out.csv")
    assert done.exit_code == 0
    assert done.stdout.startswith("coded.tab, coded as icews: 1 candidate\n")
    printed = [line.split() for line in done.stdout.splitlines()]
    assert ["duplicates", "1", "counted", "once"] in printed
    assert ["unknown", "codes", "1", "9999", "×", "1"] in printed
    assert ["malformed:", "no", "date", "1", "line", "6"] in printed
    assert ["between", "others", "1", "left", "out"] in printed
    assert ["expel_diplomats", "1"] in printed
    assert "1 candidate to confirm: out.csv" in done.stderr
    assert ",candidate,161,1,1 report of 161;" in (tmp_path / "out.csv").read_text("utf-8")
    refused = relsim_("events", "out.csv")
    assert "out.csv:2:1: kind: is a candidate: write recorded" in refused.stderr


def test_candidates_as_json_of_other_countries(relsim_: Relsim, tmp_path: Path) -> None:
    text = gdelt(61, ("1", "20180326", "ISR", "IRN", "190"), ("2", "20180401", "IRN", "ISR", "112"))
    (tmp_path / "day.csv").write_text(text, "utf-8")
    words = ("events", "day.csv", "--from-cameo", "gdelt2", "--json")
    assert json.loads(relsim_(*words).stdout)["events"] == 0
    both = ("--actor", "IL=ISR", "--actor", "IR=IRN")
    printed = json.loads(relsim_(*words, *both).stdout)
    assert (printed["events"], printed["candidates"]) == (2, 2)
    assert printed["candidates_by_move"] == {"military_posture": 1, "criticize": 1}
    printed = json.loads(relsim_(*words, *both, "--through", "2018-03-31").stdout)
    assert (printed["format"], printed["events"]) == ("relsim.candidates/1", 1)


EVIL = "=cmd \x1b[2J\u202e\x9b1m"


def test_what_a_file_of_a_stranger_holds_is_not_obeyed(relsim_: Relsim, tmp_path: Path) -> None:
    coded = icews(("1", "2018-03-26", US, RUSSIA, EVIL), ("2", "2018-03-26", US, RUSSIA, "161"))
    (tmp_path / "coded.tab").write_text(coded, "utf-8")
    (tmp_path / "own.csv").write_text(f"{HEAD}\n{LINE.replace('over Navalny', EVIL)}\n", "utf-8")
    done = [
        relsim_("events", "coded.tab", "--from-cameo", "auto", "--csv", "out.csv"),
        relsim_("events", "coded.tab", "--from-cameo", "auto", "--json"),
        relsim_("events", "own.csv"),
        relsim_("events", EVIL),
    ]
    assert [one.exit_code for one in done] == [0, 0, 1, 1]
    text = "".join(one.output for one in done) + (tmp_path / "out.csv").read_text("utf-8")
    assert "\\u202e" in text
    assert not re.search(f"(?!\n)[{HIDDEN}]", text)
