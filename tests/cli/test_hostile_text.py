"""Titles, keys and file names from a stranger: no command prints or writes what would be obeyed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import relsim
from relsim.cli import console
from relsim.cli.terminal import terminal_table
from relsim.escaping import HIDDEN
from relsim.scenario.schema import Scenario
from relsim.tables import Table
from tests.cli.calling import Relsim

BASE = "us-russia-2021"
SMALL = ("--runs", "128", "--draws", "64", "--workers", "1")
CALIBRATED = ("--runs", "1024", "--draws", "64", "--max-runs", "1024", "--workers", "1")
ALONE = "--no-attribution"
DRIVEN = ("--runs", "2048", "--draws", "1024", "--top", "0", "--no-ablations", "--workers", "1")
OBEYED = re.compile(f"(?!\n)[{HIDDEN}]")
EVIL = "=cmd|'/c calc'!A1 \x1b]0;owned\x07\x1b[2J\x9b1m \u202egpj\u2066 \r\nfake: line\u200f"
TEXT = (".json", ".csv", ".yaml", ".svg", ".html")
FILE_NAME = "\x1b[31m\u202elmay\nfine.yaml"


def evil(text: str) -> str:
    return EVIL + text


def hostile(scenario: Scenario) -> Scenario:
    """A scenario of which every text is hostile, as no reader lets one pass."""
    outcomes = {
        name: one.model_copy(update={"title": evil(one.title), "resolves": evil(one.resolves)})
        for name, one in scenario.outcomes.items()
    }
    sources = {
        name: source.model_copy(update={"title": evil(source.title)})
        for name, source in scenario.sources.items()
    }
    return scenario.model_copy(
        update={
            "title": evil(scenario.title), "question": evil(scenario.question),
            "outcomes": outcomes, "sources": sources,
        }
    )  # fmt: skip


def clean(done: Any) -> None:
    assert done.output
    for text in (done.stdout, done.stderr):
        assert not OBEYED.search(text), ascii(OBEYED.findall(text))
    assert "Traceback" not in done.output


def clean_files(folder: Path) -> None:
    """What can be read by eye in a folder of results."""
    for file in folder.rglob("*"):
        if file.suffix in TEXT and file.is_file() and "zarr" not in str(file):
            text = file.read_bytes().decode()
            assert not OBEYED.search(text), file
            if file.suffix == ".json":
                json.loads(text)
            if file.suffix == ".csv" and not file.name.endswith("draws.csv"):
                cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
                assert any(cell.startswith("'=cmd") for cell in cells)
                assert not any(cell.startswith("=") for cell in cells)


@pytest.fixture
def hostile_load(monkeypatch: pytest.MonkeyPatch) -> None:
    load = relsim.load
    module = sys.modules["relsim.scenario.schema"]
    monkeypatch.setattr(module, "load", lambda *given: hostile(load(*given)))


@pytest.mark.usefixtures("hostile_load")
@pytest.mark.parametrize(
    "words",
    [
        ("run", BASE, *SMALL, "--out", FILE_NAME, "--report"),
        ("run", BASE, *SMALL, "--json"),
        ("show", BASE),
        ("sources", BASE, "--no-influence"),
        ("sources", BASE, "--no-influence", "--json"),
        ("compare", BASE, BASE, *SMALL, ALONE, "--out", FILE_NAME, "--figure", "c.svg"),
        ("compare", BASE, BASE, *SMALL, ALONE, "--json"),
        ("drivers", BASE, *DRIVEN, "--out", FILE_NAME),
        ("calibrate", BASE, *CALIBRATED, "--out", f"{FILE_NAME}.yaml"),
        ("replay", BASE, "--run", "3", *SMALL[:4], "--figure", "f.svg"),
        ("replay", BASE, "--run", "3", *SMALL[:4], "--json"),
        ("check", BASE),
        ("list",),
    ],
    ids=lambda words: ascii(" ".join(words[:2])),
)
@pytest.mark.default_cases(2)
def test_no_command_passes_on_what_a_terminal_obeys(
    relsim_: Relsim, words: tuple[str, ...]
) -> None:
    done = relsim_(*words)
    assert done.exit_code in (0, 1)
    clean(done)
    clean_files(Path())
    if "--json" in words:
        json.loads(done.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("check",), ("run",), ("show",), ("sources",), ("compare", BASE), ("drivers",),
        ("calibrate",), ("replay", "--run", "0"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("escape", ["\\e[2J", "\\u202e", "\\x9b", "\\L", "\\r"])
@pytest.mark.default_cases(6)
def test_a_file_with_hidden_characters_is_refused(
    relsim_: Relsim, words: tuple[str, ...], escape: str
) -> None:
    file = Path(FILE_NAME)
    file.write_text(f'schema: relsim/1\nextends: {BASE}\ntitle: "a{escape}"\n', "utf-8")
    done = relsim_(*words, str(file))
    assert done.exit_code == 1
    clean(done)
    assert "3:8: title: has a character that is no text" in done.output
    assert len(done.output.splitlines()) == 1  # the file's name cannot make a line of its own


@pytest.mark.parametrize(
    "words",
    [
        ("run", BASE, "--outcome", EVIL),
        ("run", BASE, "--set", f"title={EVIL}"),
        ("run", BASE, "--set", f"{EVIL}=1"),
        ("run", BASE, "--runs", EVIL),
        ("run", BASE, EVIL),
        ("run", f"--{EVIL}"),
        (f"--{EVIL}",),
        (EVIL,),
        ("run", EVIL),
        ("plot", EVIL),
        ("plot", EVIL, "--figure", EVIL),
        ("replay", BASE, "--run", "0", *SMALL[:4], "--change", EVIL),
        ("replay", BASE, "--run", "0", "--figure", EVIL),
        ("compare", BASE, EVIL),
        ("drivers", BASE, "--ablations", EVIL),
        ("calibrate", BASE, "--out", EVIL),
        ("words", EVIL),
        ("words", "--lexicon", EVIL),
        ("new", EVIL),
        ("new", "x.yaml", "--title", EVIL),
        ("new", "x.yaml", "--actors", EVIL),
    ],
    ids=lambda words: ascii(" ".join(words).replace(EVIL, "EVIL")),
)
def test_no_complaint_quotes_what_a_terminal_obeys(relsim_: Relsim, words: tuple[str, ...]) -> None:
    done = relsim_(*words)
    assert done.exit_code in (1, 2)
    clean(done)


def test_a_name_that_is_no_utf8_is_reported(relsim_: Relsim) -> None:
    clean(relsim_("check", "caf\udce9.yaml"))


def test_a_result_from_a_stranger_has_plain_words_or_is_refused(relsim_: Relsim) -> None:
    folder = Path("kept")
    relsim.simulate(relsim.load(BASE), 128, 64, folder=folder)
    files = (folder / "scenario.json", folder / "manifest.json")
    scenario, manifest = (json.loads(file.read_text("utf-8")) for file in files)
    scenario["title"] = EVIL
    (folder / "scenario.json").write_text(json.dumps(scenario), "utf-8")
    digest = hashlib.sha256((folder / "scenario.json").read_bytes()).hexdigest()
    manifest["files"]["scenario.json"] = digest
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    for words in (("plot", "kept"), ("replay", "kept", "--run", "0")):
        done = relsim_(*words)
        assert done.exit_code == 1
        assert "has a character that is no text (U+001B)" in done.stderr
        clean(done)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_bold_face_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    table = terminal_table(Table(("A", "B"), [(EVIL, ":smile:"), ("x", "1")], bold=1))
    console.write(f"{EVIL}\n{table}\x1b[8m")
    printed = sys.stdout.getvalue()  # type: ignore[attr-defined]
    assert not OBEYED.search(console.BOLD.sub("", printed))
    assert "\x1b[1m" in printed
    assert ":smile:" in printed
    assert "\\u001b[8m" in printed
