"""The packaged scenarios: what each asks, and what it is about."""

from collections.abc import Iterator
from pathlib import Path

from docs.pages.markdown import code, note, table
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import load

INTRODUCTION = """
# Packaged scenarios

`relsim list` names them; `relsim show NAME` prints one with all that it extends. A variant has
the draws and the random streams of the scenario that it extends, so the two can be compared run by
run ([tutorial](../tutorial.md)).

"""


def page() -> str:
    """The page, as Markdown."""
    return note() + INTRODUCTION.lstrip() + table(("scenario", "asks", "in short"), rows())


def rows() -> Iterator[tuple[str, str, str]]:
    """Name, question, and the words at the head of the file."""
    for name, file in packaged().items():
        yield code(name), load(name).question, heading(file)


def heading(file: Path) -> str:
    """The comment with which a file begins."""
    lines = file.read_text("utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return " ".join(line.lstrip("# ") for line in lines[:end])
