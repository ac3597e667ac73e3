"""Where the commands print: results to stdout, everything else to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from relsim.escaping import visible
from relsim.tables import Page, Table, page_text

__all__ = ["is_terminal", "note", "progress", "show", "show_page", "write"]

Advance = Callable[[int, int], None]
BOLD = re.compile("(\x1b\\[[01]m)")  # on and off


def write(text: str) -> None:
    """Print a result."""
    print(_shown(text, sys.stdout), flush=True)


def note(text: str) -> None:
    """Tell the user something that is no result."""
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


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads a stream on a screen."""
    return stream.isatty()


def _fitted(text: str, stream: TextIO) -> str:
    if not is_terminal(stream):
        return text
    from relsim.cli.terminal import fitted

    return fitted(text)
