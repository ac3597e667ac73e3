"""Text on its way to a reader: nothing that a terminal or a spreadsheet would obey passes."""

from __future__ import annotations

import csv
import io
import json
import pickle
import unicodedata
from pathlib import Path

import pytest

import relsim
from relsim.errors import Problem, ScenarioError, SimulationError, StoreError
from relsim.escaping import HIDDEN, csv_text, markup, one_line, visible
from relsim.runs.provenance import as_json
from relsim.scenario.files.parsing import no_text, parse
from relsim.scenario.files.writing import yaml_lines
from relsim.tables import Table

# Every control character, and all that turn or mark the direction of writing.
HOSTILE = [
    chr(n)
    for n in range(0x110000)
    if unicodedata.category(chr(n)) in ("Cc", "Zl", "Zp", "Cs")
    or unicodedata.bidirectional(chr(n)) in
    ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    or chr(n) in "\u200e\u200f\u061c\ufeff"
]  # fmt: skip
LETTERS = (
    "Ünïcode – «Отношения» 关系 العلاقات संबंध "
    "\u0645\u06cc\u200c\u0634\u0648\u062f \U0001f1fa\U0001f1f8 👩\u200d🚀"
)


def test_every_hidden_character_is_shown() -> None:
    assert len(HOSTILE) > 2048 + 65
    for character in HOSTILE:
        shown = one_line(f"a{character}b")
        assert character not in shown
        assert shown.isascii()
        assert character in ("\t", "\n") or f"u{ord(character):04x}" in shown
        assert character == "\n" or character not in visible(f"a{character}b")
    assert visible("two\nlines") == "two\nlines"


def test_words_of_every_script_stay() -> None:
    assert one_line(LETTERS) == visible(LETTERS) == markup(LETTERS) == LETTERS
    assert no_text(LETTERS) is None


def test_a_spreadsheet_finds_no_formula() -> None:
    formulas = ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "\uff1d1", "=\u202e"]
    formulas += ["\t=1", "\r=1", "\n=1", " \n=1"]
    numbers = [-1.5, 3, "-1.5", "+2", "1e-7", None]
    text = csv_text([formulas, numbers])
    first, second = csv.reader(io.StringIO(text))
    assert all(cell[0] in "'\\" for cell in first)
    assert second == ["-1.5", "3", "-1.5", "+2", "1e-7", ""]


def test_json_keeps_what_it_shows() -> None:
    held = {"title": "".join(c for c in HOSTILE if not "\ud800" <= c <= "\udfff")}
    assert json.loads(as_json(held)) == held
    assert not set(as_json(held)) & (set(HOSTILE) - {"\n"})


def test_a_cell_is_one_line() -> None:
    table = Table(("A", "B"), [("one\ntwo\n", "\x1b[2J"), ("x", "y")]).text()
    assert table.splitlines() == ["A        B", "one two  \\u001b[2J", "x        y"]


@pytest.mark.parametrize(
    "error",
    [
        StoreError("\x1b[31m\u202eno such"),
        SimulationError("\x1b[31m\u202eno such", 3),
        ScenarioError((Problem("a\nb:1:1: \x1b\u202e.yaml", 1, 1, "\x9b", "\x07 is wrong"),)),
    ],
)
def test_every_error_is_visible(error: relsim.RelsimError) -> None:
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert str(one).isprintable()
        assert "\\u202e" in str(one)


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x85", "\r", "\u202e", "\u2066", "\u200f",
                                       "\u061c", "\u2028", "\ufeff", "\x9b"])  # fmt: skip
@pytest.mark.default_cases(4)
def test_the_reader_refuses_it_in_every_way_of_writing(character: str, tmp_path: Path) -> None:
    said = f"has a character that is no text \\(U\\+{ord(character):04X}\\)"
    escaped = f'"a\\u{ord(character):04x}b"'
    for text in (f"title: {escaped}", f"{escaped}: title", f"a: [b, {escaped}]"):
        _, (problem,) = parse(text.encode(), "x.yaml")
        assert "has a character that is no text" in problem.message
    if character != "\r":  # which ends a line
        with pytest.raises(ScenarioError, match=f"1:9: {said}"):
            parse(f"title: a{character}b".encode(), "x.yaml")
        with pytest.raises(ScenarioError, match=said):
            relsim.load("us-russia-2021", [f"title=a{character}b"])
    for path in ("title", "outcomes.detente.title", "sources.sui2021.title"):
        with pytest.raises(ScenarioError, match=f"{path}: {said}"):
            relsim.load("us-russia-2021").vary({path: f"a{character}b"})
    (line,) = yaml_lines({"key": f"a{character}b"})
    assert not set(line) & set(HOSTILE)


def test_the_reader_and_the_writers_know_one_set() -> None:
    for character in HOSTILE:
        assert (no_text(character) is None) == (character in "\t\n")
    assert "\n" not in HIDDEN.replace("\x00-\x1f", "")
