"""Where scenario files are: packaged ones by name, the user's own by path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from relsim.arguments import path_of
from relsim.errors import Problem, ScenarioError, UnknownName, nearest
from relsim.scenario.parsing import LARGEST_FILE, Place

__all__ = ["packaged", "packaged_ablations", "resolve"]

SUFFIXES = (".yaml", ".yml")


def packaged() -> dict[str, Path]:
    """Return the scenarios that come with relsim, by name, in alphabetical order.

    A name is the file's stem with ``_`` as ``-``. Files that begin with ``_`` are parts for others
    to extend, and are not listed.
    """
    files = sorted(_folder().glob("*.yaml"))
    return {name_of(file): file for file in files if not file.name.startswith("_")}


def packaged_ablations() -> dict[str, Path]:
    """Return the lists of ablations that come with relsim, by the name of their scenario."""
    return {name_of(file): file for file in sorted((_folder() / "ablations").glob("*.yaml"))}


def resolve(
    name_or_path: str | os.PathLike[str],
    known: Mapping[str, Path] | None = None,
    what: str = "scenario",
) -> Path:
    """Return the file of a packaged name, or of a path.

    Parameters
    ----------
    name_or_path : str or path
    known : mapping of name to path, optional
        The packaged files; by default the scenarios.
    what : str
        What they are, for the message.

    Raises
    ------
    UnknownName
        If there is neither such a name nor such a file.
    """
    given, known = path_of(what, name_or_path), packaged() if known is None else known
    if isinstance(given, str) and given in known:
        return known[given]
    file = Path(given)
    try:
        if file.exists():
            return file
    except (OSError, ValueError):  # a name too long or with a zero byte names no file
        pass
    shown = str(given)[:200]
    if file.suffix in SUFFIXES:
        raise UnknownName(f"there is no file {shown}")
    hint = nearest(shown, known)
    right = f"did you mean {hint!r}?" if hint else "packaged: " + (", ".join(known) or "none")
    raise UnknownName(f"there is no {what} {shown!r}; {right}")


def name_of(path: Path) -> str:
    """Return the name of the scenario in a file: its stem with ``_`` as ``-``."""
    return path.stem.replace("_", "-")


def shown(path: Path) -> str:
    """Return a path as messages show it: short, if it is below the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def raw_text(path: Path, blame: Place | None = None) -> bytes:
    """Return a file's bytes, one more than the limit at most.

    Raises
    ------
    ScenarioError
        If it is no readable file; at `blame` where another file asked for it.
    """
    place, which = (blame, f"{shown(path)} ") if blame else (Place(shown(path), 1, 1), "")
    if not path.is_file():  # a pipe or a device might never end
        raise ScenarioError((Problem(*place, "", f"{which}is no file"),))
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = f"{which}cannot be read ({error.strerror})"
        raise ScenarioError((Problem(*place, "", message),)) from None


def _folder() -> Path:
    """Return the folder of packaged scenarios: in the wheel, or in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"
