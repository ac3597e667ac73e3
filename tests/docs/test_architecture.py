"""The map of the code: every path and name on it exists, and its rooms are those of the room test.

Code spans of a block (a row of a table, an item, a paragraph) are paths, or names that one of the
block's files defines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from relsim.cli.app import app
from tests.unit.test_rooms import ROOMS, SUB_ROOMS

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FIRST_TASKS = CONTRIBUTING.partition("## First tasks\n")[2].partition("\n## ")[0]
ROOM_FOLDERS = sorted(file.parent for file in (ROOT / "relsim").rglob("*/__init__.py"))
PATH = re.compile(r"(relsim|tests|docs|scenarios|examples)/[\w./-]*|[A-Z]+\.md|relsim")
NEW_BLOCK = re.compile(r"\s*(\||-|\d+\.|#|$)")


def blocks(text: str) -> Iterator[str]:
    """Rows, items and paragraphs."""
    block: list[str] = []
    for line in text.splitlines():
        if NEW_BLOCK.match(line) and block:
            yield " ".join(block)
            block = []
        block.append(line.strip())
    yield " ".join(block)


@cache
def defined(path: Path) -> frozenset[str]:
    """Names that a file defines, ``Class.method`` too; those of a folder are what stands in it."""
    if path.is_dir():
        return frozenset(child.stem for child in path.iterdir())
    if path.suffix != ".py":
        return frozenset()
    names = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    names.add(f"{node.name}.{inner.name}")
    return frozenset(names)


def is_command(span: str) -> bool:
    """Whether a span is a target of the Makefile, a command of relsim, or calls Python."""
    words = span.split()
    if words[0] == "make":
        return bool(re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.M))
    if words[0] == "relsim" and len(words) > 1:
        return words[1] in get_command(app).commands  # type: ignore[attr-defined]
    return words[0].removeprefix(".venv/bin/") in {"pytest", "python"}


def strangers(text: str) -> list[str]:
    """Code spans that are no path, no command, and defined in no file of their block."""
    found = []
    for block in blocks(text):
        spans = re.findall(r"`([^`]+)`", block)
        paths = {span for span in spans if PATH.fullmatch(span)}
        found += [path for path in sorted(paths) if not (ROOT / path).exists()]
        known = {name for path in paths if (ROOT / path).exists() for name in defined(ROOT / path)}
        names = [span for span in spans if span not in paths and span not in known]
        found += [name for name in names if not is_command(name)]
    return found


@pytest.mark.parametrize("text", [MAP, FIRST_TASKS], ids=["architecture.md", "CONTRIBUTING.md"])
def test_every_path_and_name_exists(text: str) -> None:
    assert len(re.findall(r"`[^`]+`", text)) > 20
    assert strangers(text) == []


def test_the_rooms_stand_in_their_order() -> None:
    listed = re.findall(r"^\| `relsim/(\w+)(?:\.py)?` \|", MAP, flags=re.MULTILINE)
    there = {path.stem for path in (ROOT / "relsim").iterdir()}
    assert listed == [room for room in ROOMS if room in there]


@pytest.mark.parametrize("room", SUB_ROOMS)
def test_the_sub_rooms_stand_in_their_order(room: str) -> None:
    (row,) = (line for line in MAP.splitlines() if line.startswith(f"| `relsim/{room}` |"))
    order = [name.removeprefix(f"{room}.") for name in SUB_ROOMS[room] if name != room]
    assert [span for span in re.findall(r"`(\w+)`", row) if span in order] == order


@pytest.mark.parametrize("room", ROOM_FOLDERS, ids=lambda room: room.name)
def test_every_room_says_what_it_is_for(room: Path) -> None:
    """In a paragraph, with what it may import, and the file to begin with."""
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    text = ast.get_docstring(tree) or ""
    assert "\n\n" in text
    assert re.search(r"\bimport(s|ed)?\b", text)
    offered = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    named = set(re.findall(r"(?<!`)`([a-z_]+)`(?!`)", text))
    assert named
    assert named <= defined(room) | offered


@pytest.mark.parametrize(
    "planted",
    [
        "`relsim/nowhere.py`",
        "| Sobol | `relsim/cameo.py` | `first_order` |",
        "`relsim/cameo.py`: `goldstein`\n\n`words`",
        "`relsim/estimates/counts.py`: `Counts.nothing`",
        "`make nothing`",
        "`relsim nothing`",
    ],
)
def test_what_is_not_there_is_seen(planted: str) -> None:
    assert len(strangers(planted)) == 1
    assert strangers("`relsim/cameo.py`:\n  `goldstein`, `make lint`, `relsim run --runs 4`") == []
