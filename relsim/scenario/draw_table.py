"""The file of joint draws as a table: read once, every line of it checked.

The file is CSV. Its first line names the columns: `weight`, then dotted paths of parameters. The
second gives for each the distribution that it had when the draws were made. Every further line is
one draw: its weight, then its numbers.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from relsim.scenario.files.places import bytes_of, unreadable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LARGEST_DRAWS", "WEIGHT", "DrawTable", "DrawTableError", "table_of"]

WEIGHT = "weight"
LARGEST_DRAWS = 64 * 2**20  # bytes of a file of draws
MOST_NUMBERS = 2**23
HEAD = 2  # lines above the first draw


class DrawTableError(ValueError):
    """What is wrong with a file of draws, and which key of `draws` is at fault."""

    def __init__(self, message: str, key: str = "file") -> None:
        super().__init__(message, key)

    def __str__(self) -> str:
        return str(self.args[0])

    @property
    def key(self) -> str:
        """``"file"`` or ``"sha256"``."""
        return str(self.args[1])


@dataclass(frozen=True, eq=False)
class DrawTable:
    """Rows of parameters, each with a weight.

    Attributes
    ----------
    name : str
        Of the file.
    columns : dict of str
        The distribution that each parameter had, by path.
    numbers : float64 (row, 1 + parameter)
        The weight first.
    lines : tuple of str
        The rows as written.
    """

    name: str
    columns: dict[str, str]
    numbers: npt.NDArray[np.float64]
    lines: tuple[str, ...]

    def place(self, row: int, column: int) -> str:
        """Where a number stands in the file: ``"posterior.draws.csv:3:12"``."""
        before = self.lines[row].split(",")[:column]
        return f"{self.name}:{row + HEAD + 1}:{sum(len(cell) + 1 for cell in before) + 1}"


def table_of(file: Path, sha256: str) -> DrawTable:
    """Read a file of draws; a file that has not changed is read once.

    Raises
    ------
    DrawTableError
        If it cannot be read, has another SHA-256, or is no table of finite numbers.
    """
    try:
        seen = file.stat()
    except OSError as error:
        raise DrawTableError(unreadable(error)) from None
    return _table(file, sha256, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=2)
def _table(file: Path, sha256: str, _changed: int, _size: int) -> DrawTable:
    try:
        content = bytes_of(file, LARGEST_DRAWS + 1)
    except OSError as error:
        raise DrawTableError(unreadable(error)) from None
    if len(content) > LARGEST_DRAWS:
        raise DrawTableError(f"a file of draws is at most {LARGEST_DRAWS // 2**20} MB")
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise DrawTableError(
            f"{file.name} is not the file that was meant, or was changed: its SHA-256 is "
            f"{digest[:12]}...; calibrate again",
            "sha256",
        )
    if content.count(b",") > MOST_NUMBERS:
        raise DrawTableError(f"a file of draws holds at most {MOST_NUMBERS:,} numbers")
    try:
        lines = content.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        lines = []
    columns = _columns(file.name, lines[:HEAD])
    return _with_numbers(file.name, columns, lines[HEAD:])


def _columns(name: str, head: Sequence[str]) -> dict[str, str]:
    """The distribution of each parameter, from the first two lines."""
    try:
        names, distributions = csv.reader(head)
    except (ValueError, csv.Error):
        names, distributions = [], []
    if names[:1] != [WEIGHT] or len(names) != len(distributions) or len(set(names)) != len(names):
        raise DrawTableError(f"{name} is no file of draws that relsim wrote")
    return dict(zip(names[1:], distributions[1:], strict=True))


def _with_numbers(name: str, columns: dict[str, str], lines: Sequence[str]) -> DrawTable:
    import numpy as np

    width = 1 + len(columns)
    if not any(lines):
        raise DrawTableError(f"{name} holds no draws")
    try:
        numbers = np.loadtxt(lines, delimiter=",", dtype=np.float64, ndmin=2, comments=None)
        sound = numbers.shape == (len(lines), width) and bool(np.isfinite(numbers).all())
    except ValueError:
        sound = False
    if not sound:
        raise DrawTableError(f"{name}:{_first_fault(lines, width)}")
    numbers.flags.writeable = False
    table = DrawTable(name, columns, numbers, tuple(lines))
    weights = numbers[:, 0]
    if (weights < 0).any():
        row = int((weights < 0).argmax())
        raise DrawTableError(
            f"{table.place(row, 0)}: a weight must not be negative (got {weights[row]:g})"
        )
    with np.errstate(over="ignore"):
        total = float(weights.sum())
    if not (total > 0 and math.isfinite(total)):
        raise DrawTableError(f"{name}: the sum of all weights must be positive and finite")
    return table


def _first_fault(lines: Sequence[str], width: int) -> str:
    """Line, column and what is wrong there, of rows that are not all finite numbers."""
    for number, line in enumerate(lines, start=HEAD + 1):
        cells = line.split(",")
        if len(cells) != width:
            return f"{number}:1: must have {width} numbers, one a column (got {len(cells)})"
        column = 1
        for cell in cells:
            if not _is_finite(cell):
                return f"{number}:{column}: must be a finite number (got {cell[:40]!r})"
            column += len(cell) + 1
    return f"{HEAD + 1}:1: cannot be read as numbers"


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False
