"""Joint draws of the parameters, kept in a file beside a scenario, and which of them are used.

The file itself is described in `relsim.scenario.draw_table`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from relsim.scenario.draw_table import WEIGHT, DrawTableError, table_of
from relsim.scenario.section import Findings, Section

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["LATER", "Draws", "check_draws", "draws_text", "held_jointly", "place_of_draws"]

SUFFIX = ".csv"
LATER = "set_later"


class Draws(Section):
    """A joint posterior of the parameters, kept in a file beside the scenario.

    Whatever is set later, by a file that extends this one, by ``--set`` or by `vary`, wins; so
    does a number that has another distribution than when the draws were made.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    why: str | None = None
    set_later: tuple[str, ...] | None = None

    _path: Path = PrivateAttr()
    _columns: dict[str, str] = PrivateAttr()

    @model_validator(mode="after")
    def _is_there(self, info: ValidationInfo) -> Draws:
        context = info.context or {}
        found = Findings()
        copy = context.get("draws") if context.get("file", self.file) == self.file else None
        place = Path(copy) if copy else _beside(self.file, context.get("folder"), found)
        if place is not None:
            try:
                self._columns, self._path = table_of(place, self.sha256).columns, place
            except DrawTableError as error:
                found.add(str(error), error.key)
        found.done()
        for number, path in enumerate(self.set_later or ()):
            if path not in self.columns:
                found.unknown(path, self.columns, LATER, number, what="column of the draws")
        found.done()
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


def held_jointly(scenario: Scenario) -> tuple[str, ...]:
    """Parameters that are drawn from the scenario's file of joint draws."""
    if scenario.draws is None:
        return ()
    parameters, later = scenario.parameters(), set(scenario.draws.set_later or ())
    return tuple(
        path
        for path, drawn_from in scenario.draws.columns.items()
        if path not in later and str(parameters[path].distribution) == drawn_from
    )


def check_draws(scenario: Scenario, found: Findings) -> None:
    """A file of joint draws holds parameters of this scenario, and numbers that each can have."""
    from relsim.scenario.files.shape import number_at

    if scenario.draws is None:
        return
    table = table_of(scenario.draws.path, scenario.draws.sha256)
    parameters = scenario.parameters()
    for column, path in enumerate(table.columns, start=1):
        number = number_at(type(scenario), path) if path in parameters else None
        if number is None:
            found.add(
                f"the file holds {path[:80]!r}, which is no parameter of this scenario",
                "draws", "file",
            )  # fmt: skip
        elif number.fixed:
            found.add(
                f"the file holds {path!r}, which cannot vary: it is one number in all runs",
                "draws", "file",
            )  # fmt: skip
        elif (wrong := number.refused(table.numbers[:, column])).any():
            row = int(wrong.argmax())
            place, value = table.place(row, column), float(table.numbers[row, column])
            found.add(f"{place}: {path}: {number.refusal(value)}", "draws", "file")


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


def _beside(file: str, folder: Path | None, found: Findings) -> Path | None:
    """The file in the scenario's folder or below."""
    home = Path(folder or ".")
    try:
        place = (home / file).resolve()
        inside, exists = place.is_relative_to(home.resolve()), place.exists()
    except (OSError, ValueError, RuntimeError):
        inside, exists, place = True, False, home
    if not inside:
        found.add(f"must be in the folder of this file or below (got {file[:200]!r})", "file")
    elif place.suffix != SUFFIX:
        found.add(f"must be a file of draws that ends in {SUFFIX} (got {file[:200]!r})", "file")
    elif not exists:
        found.add(f"there is no file {file[:200]!r} beside this one: move both together", "file")
    else:
        return place
    return None
