"""One table for every reader: as text, as CSV, as HTML, as a pandas.DataFrame.

What a command prints, ``print`` prints and a notebook shows is a `Page`: paragraphs and tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from relsim.escaping import csv_text, markup, one_line

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Layout", "Page", "Table", "page_html", "page_text"]


@dataclass(frozen=True)
class Table:
    """Headings and rows.

    Attributes
    ----------
    headings : sequence of str
        None at all if the first cell of each row says what stands in the row.
    rows : sequence of sequence
        Text or numbers; None is an empty cell.
    bold : int or None
        The row that stands out in a terminal.

    Examples
    --------
    >>> print(Table(("Outcome", "Probability"), [("Summit", ".31 ± .02")]).text())
    Outcome  Probability
    Summit   .31 ± .02
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    bold: int | None = None

    @property
    def cells(self) -> list[list[str]]:
        """The rows as text, each cell on one line, with nothing in it that a terminal obeys."""
        return [["" if c is None else one_line(str(c)) for c in row] for row in self.rows]

    def text(self) -> str:
        """For files and pipes: columns aligned, no line wrapped."""
        lines = [self.headings, *self.cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def csv(self) -> str:
        """For spreadsheets, which find no formula in it."""
        return csv_text([self.headings, *self.rows])

    def html(self, caption: str = "") -> str:
        """For notebooks."""
        first = "td" if self.headings else "th"
        head = "".join(f"<th>{markup(heading)}</th>" for heading in self.headings)
        body = "".join(
            f"<tr><{first}>{markup(name)}</{first}>"
            + "".join(f"<td>{markup(cell)}</td>" for cell in rest)
            + "</tr>"
            for name, *rest in self.cells
        )
        return (
            "<table>"
            + (f"<caption>{markup(caption)}</caption>" if caption else "")
            + (f"<thead><tr>{head}</tr></thead>" if head else "")
            + f"<tbody>{body}</tbody></table>"
        )

    def dataframe(self) -> DataFrame:
        """A pandas.DataFrame with the headings as its columns."""
        from pandas import DataFrame

        return DataFrame([tuple(row) for row in self.rows], columns=list(self.headings))


Page: TypeAlias = Sequence[str | Table]
Layout: TypeAlias = Callable[[Table], str]


def page_text(page: Page, layout: Layout = Table.text) -> str:
    """A page as text, with an empty line between its parts."""
    return "\n\n".join(layout(part) if isinstance(part, Table) else part for part in page)


def page_html(page: Page) -> str:
    """A page for notebooks."""
    return "".join(
        part.html()
        if isinstance(part, Table)
        else f"<p>{markup(part).replace(chr(10), '<br>')}</p>"
        for part in page
    )
