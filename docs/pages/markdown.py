"""Markdown for the computed pages: tables whose cells cannot break them, and the note on top."""

from collections.abc import Iterable, Sequence

COMMAND = "python -m docs.build"


def note(command: str = COMMAND) -> str:
    """The comment that stands first on a computed page."""
    return f"% Made by `{command}`; change what it is made from, not this page.\n"


def cell(content: object) -> str:
    """Text for one cell of a table: one line, bars and dollars as themselves."""
    text = " ".join(str(content).split())
    return text.replace("|", "\\|").replace("$", "\\$")


def code(text: object) -> str:
    """Text as code; nothing stays nothing."""
    return f"`{text}`" if str(text) else ""


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, right: str = "") -> str:
    """A table; columns whose header is listed in `right` are set to the right."""
    marks = ["---:" if name and name in right.split(",") else "---" for name in header]
    lines = [header, marks, *rows]
    return "\n".join("| " + " | ".join(cell(item) for item in line) + " |" for line in lines) + "\n"


def first_sentence(docstring: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((docstring or "").strip().split("\n\n")[0].split())


def number(value: float, digits: int = 2) -> str:
    """A number with some digits after the point, a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")
