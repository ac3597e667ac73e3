"""Text on its way to a reader: what a terminal, a spreadsheet or a browser would obey is shown.

Titles, keys, file names and messages may come from a stranger. A character that moves the cursor,
turns the direction of writing or is not seen at all stands as its escape, ``\\u202e``, in all that
relsim prints and writes; the reader of scenario files refuses it.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable

__all__ = ["HIDDEN", "csv_text", "markup", "one_line", "starts_a_formula", "visible"]

# C0 and C1; marks, embeddings, overrides and isolates of direction; line and paragraph separators;
# invisible operators; the byte order mark and what is no character. Not the joiners of U+200B to
# U+200D, without which Persian, Hindi, Khmer and many emoji cannot be written.
HIDDEN = (
    "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff"
)
_HIDDEN = re.compile(f"[{HIDDEN}]")
_HIDDEN_IN_LINES = re.compile(f"(?!\n)[{HIDDEN}]")
_BREAK = re.compile(r"[ \t]*[\t\n][ \t\n]*")
_OBEYED = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their wide forms


def visible(text: str) -> str:
    """Return a text of lines with every hidden character as its escape.

    Examples
    --------
    >>> print(visible("a\\x1b[2Jb"))
    a\\u001b[2Jb
    """
    return _HIDDEN_IN_LINES.sub(_escape, text)


def one_line(text: str) -> str:
    """Return a text on one line, with every hidden character as its escape.

    Examples
    --------
    >>> one_line("first\\n  second\\n")
    'first second'
    """
    return _HIDDEN.sub(_escape, _BREAK.sub(" ", text).strip())


def markup(text: str) -> str:
    """Return a text of lines for HTML."""
    return html.escape(visible(text))


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV in which no spreadsheet finds a formula; numbers stay numbers.

    Examples
    --------
    >>> csv_text([("=1+2", -0.5)])
    "'=1+2,-0.5\\n"
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    line = one_line(value)
    return f"'{line}" if starts_a_formula(line) else line


def starts_a_formula(text: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula.

    Examples
    --------
    >>> starts_a_formula("=1+2"), starts_a_formula("-0.5")
    (True, False)
    """
    return text.startswith(_OBEYED) and not _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
