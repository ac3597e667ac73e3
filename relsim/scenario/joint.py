"""Joint draws of the parameters, kept in a file beside a scenario: what the file must be.

The file is CSV. Its first line names the columns: `weight`, then dotted paths of parameters. The
second gives for each the distribution that it had when the draws were made. Every further line
is one draw. Nothing here reads the draws themselves: see `relsim.worlds.joint`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from relsim.scenario.section import Findings, Section

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["LARGEST_DRAWS", "WEIGHT", "Draws", "check_draws", "draws_text", "held_jointly"]

WEIGHT = "weight"
LARGEST_DRAWS = 64 * 2**20  # bytes of a file of draws
SUFFIX = ".csv"


class Draws(Section):
    """A joint posterior of the parameters, kept in a file beside the scenario.

    The file speaks for a parameter as long as the scenario gives it the distribution that it had
    when the draws were made. Whatever is set later, by a file that extends this one, by ``--set``
    or by `vary`, wins.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    why: str | None = None

    _path: Path = PrivateAttr()
    _columns: dict[str, str] = PrivateAttr()

    @model_validator(mode="after")
    def _is_there(self, info: ValidationInfo) -> Draws:
        context = info.context or {}
        found = Findings()
        copy = context.get("draws") if context.get("file", self.file) == self.file else None
        place = Path(copy) if copy else _beside(self.file, context.get("folder"), found)
        if place is not None:
            self._columns = _columns(place, self.sha256, found)
            self._path = place
        found.done()
        return self

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
        return (self.file, self.sha256, self.why) == (other.file, other.sha256, other.why)

    __hash__ = None  # type: ignore[assignment]


def held_jointly(scenario: Scenario) -> tuple[str, ...]:
    """Parameters that are drawn from the scenario's file of joint draws."""
    if scenario.draws is None:
        return ()
    parameters = scenario.parameters()
    return tuple(
        path
        for path, drawn_from in scenario.draws.columns.items()
        if str(parameters[path].distribution) == drawn_from
    )


def check_draws(scenario: Scenario, found: Findings) -> None:
    """A file of joint draws holds parameters of this scenario."""
    if scenario.draws is None:
        return
    parameters = scenario.parameters()
    strange = [path for path in scenario.draws.columns if path not in parameters]
    if strange:
        found.add(
            f"the file holds {strange[0][:80]!r}, which is no parameter of this scenario",
            "draws", "file",
        )  # fmt: skip


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
        inside, exists = place.is_relative_to(home.resolve()), place.is_file()
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


def _columns(place: Path, sha256: str, found: Findings) -> dict[str, str]:
    """What the file says of its columns, after checking that it is the file that is meant."""
    try:
        if place.stat().st_size > LARGEST_DRAWS:
            found.add(f"a file of draws is at most {LARGEST_DRAWS // 2**20} MB", "file")
            return {}
        content = place.read_bytes()
    except OSError as error:
        found.add(f"cannot be read ({error.strerror})", "file")
        return {}
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        found.add(
            f"{place.name} is not the file that was meant, or was changed: its SHA-256 is "
            f"{digest[:12]}...; calibrate again",
            "sha256",
        )
        return {}
    head = content.split(b"\n", 2)[:2]
    try:
        names, distributions = csv.reader(line.decode() for line in head)
    except (ValueError, csv.Error):
        names, distributions = [], []
    if names[:1] != [WEIGHT] or len(names) != len(distributions) or len(set(names)) != len(names):
        found.add(f"{place.name} is no file of draws that relsim wrote", "file")
        return {}
    return dict(zip(names[1:], distributions[1:], strict=True))
