"""Where the commands print: results to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from relsim.ensemble.table import plain_table

__all__ = ["note", "plain_table", "progress", "terminal_table", "write"]

Advance = Callable[[int, int], None]


def write(text: str) -> None:
    """Print a result."""
    print(text, flush=True)


def note(text: str) -> None:
    """Tell the user something that is no result."""
    print(text, file=sys.stderr, flush=True)


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
        table.add_row(*row, style="bold" if number == bold else None)
    console = Console(highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
