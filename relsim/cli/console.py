"""Where the commands print: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from relsim.ensemble.table import plain_table
from relsim.escaping import one_line, visible

__all__ = ["note", "plain_table", "progress", "terminal_table", "write"]

Advance = Callable[[int, int], None]
BOLD = re.compile("(\x1b\\[[01]m)")  # on and off


def write(text: str) -> None:
    """Print a result; a reader who has gone (``| head``) does not stop the command."""
    try:
        print(_shown(text, sys.stdout), flush=True)
    except BrokenPipeError:
        # From here on stdout leads nowhere, also for the flush as Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Tell the user something that is no result."""
    print(_shown(text, sys.stderr), file=sys.stderr, flush=True)


def _shown(text: str, stream: TextIO) -> str:
    """What is printed; nothing but the bold face of `terminal_table` reaches a terminal as is."""
    if not stream.isatty():
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


def terminal_table(headings: Sequence[str], rows: Sequence[Sequence[str]], bold: int | None) -> str:
    """A table as wide as the terminal; its first column wraps, and row `bold` stands out."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number > 0)
    for number, row in enumerate(rows):
        table.add_row(*map(one_line, row), style="bold" if number == bold else None)
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
