"""Joint draws of the parameters, kept in a file beside a scenario, and which of them are used.

The file is CSV. Its first line names the columns: `weight`, then dotted paths of parameters. The
second gives for each the distribution that it had when the draws were made. Every further line is
one draw: its weight, then its numbers. It is read once, every line of it checked.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from relsim.scenario.fields.section import Findings, Section
from relsim.scenario.files.places import beside, bytes_of, packaged_folder, unreadable

if TYPE_CHECKING:
    from relsim.array_types import Doubles


__all__ = [
    "LARGEST_DRAWS", "LATER", "WEIGHT", "DrawTable", "DrawTableError", "Draws", "Evidence",
    "draws_text", "place_of_draws", "table_of",
]  # fmt: skip

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
    numbers: Doubles
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


SUFFIX = ".csv"
LATER = "set_later"


class Evidence(Section):
    """What joint draws have learned from, so that nothing is counted twice.

    `hash` is of what was learned from, not of how far it was trusted: the same forecast with
    another reliability is the same evidence.
    """

    kind: str
    name: str | None = None
    text: str
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    def same_as(self, other: Evidence) -> bool:
        """Whether both are of one kind, and have the same content or the same name."""
        named = self.name is not None and self.name == other.name
        return self.kind == other.kind and (self.hash == other.hash or named)


class Draws(Section):
    """A joint posterior of the parameters, kept in a file beside the scenario.

    Whatever is set later, by a file that extends this one, by ``--set`` or by `vary`, wins; so
    does a number that has another distribution than when the draws were made. A file that is not in
    the scenario's folder, or below, is looked for among the packaged scenarios.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    why: str | None = None
    set_later: tuple[str, ...] | None = None
    evidence: tuple[Evidence, ...] | None = None

    _path: Path = PrivateAttr()
    _columns: dict[str, str] = PrivateAttr()

    @model_validator(mode="after")
    def _is_there(self, info: ValidationInfo) -> Draws:
        context = info.context or {}
        copy = context.get("draws") if context.get("file", self.file) == self.file else None
        folders = (Path(context.get("folder") or "."), packaged_folder())
        with Findings() as found:
            place = Path(copy) if copy else _beside(self.file, folders, found)
            if place is not None:
                try:
                    self._columns, self._path = table_of(place, self.sha256).columns, place
                except DrawTableError as error:
                    found.add(str(error), error.key)
        with Findings() as found:
            for number, path in enumerate(self.set_later or ()):
                found.check_name(path, self.columns, LATER, number, what="column of the draws")
        return self._without((*(self.set_later or ()), *context.get(LATER, ())))

    def _without(self, paths: tuple[str, ...]) -> Draws:
        """These draws without the columns that are not theirs any more."""
        later = tuple(path for path in self.columns if path in set(paths))
        if later == (self.set_later or ()):
            return self
        return self.model_copy(update={LATER: later or None})

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    @property
    def columns(self) -> dict[str, str]:
        """The distribution that each parameter in the file had, by path."""
        return self._columns

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Draws):
            return NotImplemented
        return self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


def place_of_draws(draws: Draws | None) -> dict[str, Any]:
    """What a scenario's copy needs to be validated with the same file of draws."""
    return {} if draws is None else {"draws": draws.path, "file": draws.file}


def draws_text(columns: dict[str, str], rows: list[str]) -> str:
    """The text of a file of draws.

    Parameters
    ----------
    columns : dict of str
        The distribution of each parameter, by path.
    rows : list of str
        A line for each draw: its weight and its numbers, with commas.
    """
    head = io.StringIO()
    writer = csv.writer(head, lineterminator="\n")
    writer.writerow((WEIGHT, *columns))
    writer.writerow(("", *columns.values()))
    return head.getvalue() + "\n".join(rows) + "\n"


def _beside(file: str, folders: Sequence[Path], found: Findings) -> Path | None:
    """The file in the first of these folders, or below, that has it."""
    try:
        places = [place for folder in folders if (place := beside(folder, file)) is not None]
        place = places[0] if places else None
    except ValueError as error:
        found.add(str(error), "file")
        return None
    if (place or Path(file)).suffix != SUFFIX:
        found.add(f"must be a file of draws that ends in {SUFFIX} (got {file[:200]!r})", "file")
    elif place is None:
        found.add(f"there is no file {file[:200]!r} beside this one: move both together", "file")
    else:
        return place
    return None
