"""Text and tables that fit a terminal: words wrap, numbers are never broken."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

from relsim.tables import Table

NARROWEST = 40  # characters of a line
NARROWEST_FIRST = 20  # of the first column of a table
GAP, INDENT = "  ", "    "  # between columns; before those that stand below the first
BESIDE = re.compile(r" (?=[(>])")
WORD = re.compile(r"[^\W\d_]{2}")
BREAKS = "._/:-"  # behind which a word too long for a line is broken


def terminal_width() -> int:
    """How many characters a line has."""
    return max(NARROWEST, shutil.get_terminal_size().columns)


def fitted(text: str) -> str:
    """Text whose lines fit; what goes on in a further line is indented as its first was.

    Rows of a table in bold, which have escape codes in them, fit as they are.
    """
    width = terminal_width()
    return "\n".join(
        part
        for line in text.split("\n")
        for part in ([line] if "\x1b" in line else _lines(line, width, _indent(line)))
    )


def terminal_table(table: Table) -> str:
    """A table that fits the terminal.

    The first column wraps, then headings and cells of words do. A number, an interval or a date is
    never broken. Where there is no room for the first column, its cells stand above the others;
    where even so the others do not fit, each cell has a line of its own.
    """
    headings, rows, bold = table.headings, table.cells, table.bold
    columns = list(zip(headings, *rows, strict=True))
    first, *whole = [max(map(cell_len, column)) for column in columns]
    least = [max(cell_len(word) for cell in column for word in _words(cell)) for column in columns]
    others = width_left = terminal_width() - len(GAP) * len(whole)
    above = width_left - sum(least[1:]) < min(first, NARROWEST_FIRST)
    if above:
        others += len(GAP) - len(INDENT)
        if others < sum(least[1:]):
            return fitted("\n".join(_card(headings, row) for row in rows))
    else:
        others -= min(first, max(NARROWEST_FIRST, width_left - sum(whole)))
    widths: list[int] = []
    for wish, at_least in zip(whole, least[1:], strict=True):
        room = others - sum(widths) - sum(least[1 + len(widths) :])
        widths.append(at_least + max(0, min(room, wish - at_least)))
    first = terminal_width() if above else min(first, width_left - sum(widths))
    rule = "─" * (sum(widths) + len(GAP) * len(widths) + (0 if above else first))
    printed = Text(no_wrap=True, overflow="ignore")
    for number, row in enumerate((headings, (rule,), *rows)):
        lines = row if number == 1 else _row_lines(row, first, widths, above)
        style = "bold" if number == 0 or number - 2 == bold else ""
        printed.append("\n".join(line.rstrip() for line in lines) + "\n", style)
    console = Console(highlight=False, markup=False)
    with console.capture() as captured:
        console.print(printed, soft_wrap=True)
    return captured.get().rstrip()


def _card(headings: Sequence[str], row: Sequence[str]) -> str:
    """A row with a line for each of its cells."""
    cells = zip(headings[1:], row[1:], strict=True)
    return "\n".join([row[0], *(f"{INDENT}{head}: {cell}" for head, cell in cells if cell)])


def _row_lines(row: Sequence[str], first: int, widths: Sequence[int], above: bool) -> list[str]:
    """The lines of one row of a table; all but its first column have the widths given."""
    head = _lines(row[0], first)
    columns = [_lines(cell, width) for cell, width in zip(row[1:], widths, strict=True)]
    if not above:
        columns, widths = [head, *columns], [first, *widths]
    lines = [
        GAP.join(set_cell_size(part, width) for part, width in zip(parts, widths, strict=True))
        for parts in zip_longest(*columns, fillvalue="")
    ]
    return [*head, *(INDENT + line for line in lines)] if above else lines


def _words(cell: str) -> list[str]:
    """Parts between which a line may end: words; in a cell of numbers, what is in brackets."""
    return (cell.split() if WORD.search(cell) else BESIDE.split(cell)) or [""]


def _lines(cell: str, width: int, indent: str = "") -> list[str]:
    """A cell, or a line, in lines of a width; only a word that is longer is broken."""
    if cell_len(cell) <= width:
        return [cell]
    width = max(width, len(indent) + 1)
    lines = [indent]
    for word in _words(cell):
        gap = " " if lines[-1].strip() else ""
        if gap and cell_len(lines[-1] + gap + word) > width:
            lines.append(indent)
            gap = ""
        lines[-1] += gap + word
        while cell_len(lines[-1]) > width:  # one word: broken behind a mark, if there is one
            head = chop_cells(lines[-1], max(width, len(indent) + 2))[0]
            at = 1 + max(head.rfind(mark, len(indent)) for mark in BREAKS) or len(head)
            lines[-1:] = [head[:at], indent + lines[-1][at:]]
    return lines


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]
