"""Moved."""

from __future__ import annotations

from collections.abc import Sequence

from relsim.escaping import one_line


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for files and pipes: columns aligned, no line wrapped."""
    lines = [headings, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
