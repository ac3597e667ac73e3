"""Where the commands print: results to stdout, everything else to stderr."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from relsim.errors import StoreError
from relsim.escaping import visible
from relsim.tables import Page, Table, page_text

Advance = Callable[[int, int], None]
WIDEST = 100  # characters of a line of a paragraph
BOLD = re.compile("(\x1b\\[[01]m)")  # on and off


def write(text: str) -> None:
    """Print a result."""
    print(_shown(text, sys.stdout), flush=True)


def write_json(record: Mapping[str, object]) -> None:
    """Print a result as JSON."""
    from relsim.runs.provenance import as_json

    write(as_json(record))


def note(text: str) -> None:
    """Print what is no result, to stderr."""
    print(_shown(_fitted(text, sys.stderr), sys.stderr), file=sys.stderr, flush=True)


def _shown(text: str, stream: TextIO) -> str:
    """What is printed; nothing but the bold face of `terminal_table` reaches a terminal as is."""
    if not is_terminal(stream):
        return visible(text)
    pieces = BOLD.split(text)
    pieces[::2] = map(visible, pieces[::2])
    return "".join(pieces)


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """Yield a function to call with the numbers done and in all; a bar if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show(text: str) -> None:
    """Print what is for a reader: in a terminal no line is longer than that is wide."""
    write(_fitted(text, sys.stdout))


def show_page(page: Page) -> None:
    """Print paragraphs and tables; in a terminal they are as wide as that."""
    show(page_text(page, _laid_out))


def _laid_out(table: Table) -> str:
    if not is_terminal(sys.stdout):
        return table.text()
    from relsim.cli.terminal import terminal_table

    return terminal_table(table)


def paragraph_width() -> int:
    """Characters of a line of a paragraph in the terminal."""
    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


@contextmanager
def written(place: Path) -> Iterator[None]:
    """Say of an error of the file system what cannot be written."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or error}") from error


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads a stream on a screen."""
    return stream.isatty()


def _fitted(text: str, stream: TextIO) -> str:
    if not is_terminal(stream):
        return text
    from relsim.cli.terminal import fitted

    return fitted(text)
