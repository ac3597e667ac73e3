"""What stands in a terminal: no line wider than it, no number broken, words whole."""

from __future__ import annotations

import re
import shlex

import pytest
from rich.cells import cell_len

from relsim.cli import console
from relsim.cli.terminal import fitted, terminal_table
from relsim.scenario.schema import load
from relsim.tables import Table
from tests.cli.calling import SHORT, Relsim

HEADINGS = ("Outcome", "Baseline", "Difference", "MC error", "90% over draws", "Saved")
ROWS = (
    ("Signs of détente in the second half of a term", ".49", "-.11", "± .02", "-.25 – .00", "95%"),
    ("Direct war", ".003", "0", "± .003", "under 50 runs that differ", "–"),
    ("calendar: moves.impose_sanctions.rate.US: 7.8 to 16.2", "1.00", "+.05", "± .01", "", "100%"),
    ("美国和俄罗斯之间的缓和将在任期的后半段出现吗", ".9", "0", "± .1", "no spread resolved", "1%"),
)  # fmt: skip
CODES = re.compile(r"\x1b\[[\d;]*m")


def lines_of(text: str) -> list[str]:
    return CODES.sub("", text).splitlines()


@pytest.mark.parametrize("width", [60, 70, 80, 100, 200])
def test_a_table_fits_and_breaks_no_number(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = lines_of(terminal_table(Table(HEADINGS, ROWS, bold=0)))
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    for row in ROWS:
        for cell in row[1:]:
            if not re.search("[a-z]{2}", cell):
                assert cell in text
    squeezed = re.sub(r"\s+", "", text)
    for word in ("under50", "spread", "Difference", "Baseline", "Signsof"):
        assert word in squeezed
    assert "…" not in text


def test_a_wide_terminal_wraps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    plain = Table(HEADINGS, ROWS[:3]).text().splitlines()
    lines = lines_of(terminal_table(Table(HEADINGS, ROWS[:3])))
    assert [lines[0], *lines[2:]] == plain
    assert set(lines[1]) == {"─"}


def test_a_long_line_goes_on_under_its_own_indent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "short\n    " + "some words " * 8 + "\n" + "x" * 90
    lines = fitted(text).splitlines()
    assert lines[0] == "short"
    assert all(len(line) <= 40 for line in lines)
    assert [line.startswith("    some") for line in lines[1:4]] == [True, True, True]
    assert "".join(lines).replace(" ", "") == re.sub(r"\s", "", text)


COMMANDS = (
    "run us-russia-2021 --runs 128 --draws 64 --out out",
    "compare us-russia-2021 us-russia-2021-maximum-pressure --runs 128 --draws 64",
    "sources us-russia-2021 --no-influence",
    "calibrate us-russia-2021-prior --runs 1024 --draws 64 --max-runs 1024 --out c.yaml",
    "words may likely",
    "drivers us-russia-2021 --runs 2048 --top 1 --no-ablations --out drivers",
    "list",
)


@pytest.mark.parametrize(
    ("command", "width"),
    [(command, 80) for command in COMMANDS] + [(command, 60) for command in COMMANDS[:3]],
    ids=lambda value: str(value).split()[0],
)
@pytest.mark.default_cases(1)
def test_no_command_prints_a_line_wider_than_the_terminal(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch, command: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(console, "is_terminal", lambda stream: True)
    done = relsim_(*shlex.split(command))
    assert done.exit_code == 0, done.stderr
    assert max(map(cell_len, lines_of(done.stdout))) <= width
    assert "…" not in done.stdout


def test_json_is_never_wrapped(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(console, "is_terminal", lambda stream: True)
    done = relsim_("run", SHORT, "--runs", "64", "--draws", "64", "--json")
    resolves = load(SHORT).outcomes["detente"].resolves
    assert f'"resolves": "{resolves}"' in done.stdout


@pytest.mark.slow
def test_without_total_effects_there_is_no_empty_column(relsim_: Relsim) -> None:
    done = relsim_(
        "drivers", "us-russia-2021", "--runs", "2048", "--top", "0", "--no-ablations", "--out", "d"
    )
    assert done.exit_code == 0, done.stderr
    assert "Total" not in done.stdout
    assert "total effects" not in done.stdout
    assert re.search(r"seed 1; in \d+ s$", done.stdout, re.MULTILINE)
