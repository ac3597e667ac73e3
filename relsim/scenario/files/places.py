"""Paths as a user types them, local ones and URLs; where scenario files are, and their bytes."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from relsim.arguments import path_of
from relsim.errors import Problem, ScenarioError, UnknownName, UsageError, unknown

__all__ = [
    "is_url",
    "local_path",
    "packaged",
    "packaged_ablations",
    "packaged_folder",
    "place_of",
    "resolve",
]


LARGEST_FILE = 1_000_000  # bytes of a scenario and of all that it extends

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")
_SLASH_LOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/(?!/)")  # Path("s3://b") is "s3:/b"; not "C:/"


def is_url(place: object) -> bool:
    """Whether a place is a URL, ``s3://bucket/result``, and not a local path."""
    return isinstance(place, str) and bool(_URL.match(place))


def place_of(given: str | os.PathLike[str], name: str = "folder") -> Path | str:
    """Return what a user gave for a path as a local path, or as a URL in text.

    Raises
    ------
    UsageError
        If it is neither, or begins with ``~`` and there is no such home folder.

    Examples
    --------
    >>> place_of("s3://bucket/result")
    's3://bucket/result'
    >>> place_of("results/first").as_posix()
    'results/first'
    """
    text = os.fspath(path_of(name, given))
    if is_url(text):
        return text
    if not text:
        raise UsageError("a path must not be empty; the folder you are in is '.'")
    if "\0" in text:
        raise UsageError(f"a path holds no zero byte (got {text!r:.60})")
    if _SLASH_LOST.match(text):
        scheme, rest = text.split(":/", 1)
        raise UsageError(
            f"{text} looks like a URL that has lost a slash: write {scheme}://{rest}, as text and "
            "not as a pathlib.Path; for a local folder of that name write its absolute path"
        )
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{text}: this home folder is not known; write the whole path") from None


def local_path(given: str | os.PathLike[str]) -> Path:
    """Return what a user gave for a path, where it must be a local one.

    Raises
    ------
    UsageError
        If it is a URL, or no path.
    """
    place = place_of(given)
    if isinstance(place, Path):
        return place
    raise UsageError(
        f"{place} is a URL: give a local path here. Ensemble.save writes a result to a URL; "
        "relsim.open, relsim plot and relsim replay read one"
    )


SUFFIXES = (".yaml", ".yml")


def packaged() -> dict[str, Path]:
    """Return the scenarios that come with relsim, by name, in alphabetical order.

    A name is the file's stem with ``_`` as ``-``. Files that begin with ``_`` are parts for others
    to extend, and are not listed.
    """
    files = sorted(packaged_folder().glob("*.yaml"))
    return {name_of(file): file for file in files if not file.name.startswith("_")}


def packaged_ablations() -> dict[str, Path]:
    """Return the lists of ablations that come with relsim, by the name of their scenario."""
    return {
        name_of(file): file for file in sorted((packaged_folder() / "ablations").glob("*.yaml"))
    }


def packaged_over_rules() -> dict[str, Path]:
    """Return the stored ranges over decision rules, by the name of their scenario."""
    files = sorted((packaged_folder() / "over_rules").glob("*.json"))
    return {name_of(file): file for file in files}


def resolve(
    name_or_path: str | os.PathLike[str],
    known: Mapping[str, Path] | None = None,
    what: str = "scenario",
) -> Path:
    """Return the file of a packaged name, or of a path.

    Parameters
    ----------
    name_or_path : str or path
        As a user types it.
    known : mapping of name to path, optional
        The packaged files; by default the scenarios.
    what : str
        What they are, for the message.

    Raises
    ------
    UnknownName
        If there is neither such a name nor such a file.
    UsageError
        If it is a URL.
    """
    given, known = path_of(what, name_or_path), packaged() if known is None else known
    if isinstance(given, str) and given in known:
        return known[given]
    shown = str(given)[:200]
    file = Path(shown) if "\0" in shown else local_path(given)
    try:
        if file.exists():
            return file
    except (OSError, ValueError):  # a name too long or with a zero byte names no file
        pass
    if file.suffix in SUFFIXES:
        raise UnknownName(f"there is no file {shown}")
    raise UnknownName(unknown(what, shown, known))


def beside(folder: Path, name: str) -> Path | None:
    """Return what has a name in a folder or below, None if nothing has it.

    Raises
    ------
    ValueError
        If the name leads out of the folder.
    """
    try:
        place = (folder / name).resolve()
        inside, exists = place.is_relative_to(folder.resolve()), place.exists()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        return None
    if not inside:
        raise ValueError(f"must be in the folder of this file or below (got {name[:200]!r})")
    return place if exists else None


def name_of(path: Path) -> str:
    """Return the name of the scenario in a file: its stem with ``_`` as ``-``."""
    return path.stem.replace("_", "-")


def shown(path: Path) -> str:
    """Return a path as messages show it: short, if it is below the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def raw_text(path: Path) -> bytes:
    """Return a file's bytes, one more than the limit at most.

    Raises
    ------
    ScenarioError
        If it is no readable file.
    """
    try:
        return bytes_of(path, LARGEST_FILE + 1)
    except OSError as error:
        raise ScenarioError((Problem(shown(path), 1, 1, "", unreadable(error)),)) from None


def bytes_of(path: Path, most: int) -> bytes:
    """Return at most so many bytes of a file.

    Raises
    ------
    OSError
        If it cannot be read; of kind ENXIO if it is no file: a pipe or a device might never end.
    """
    wait = getattr(os, "O_NONBLOCK", 0)  # to open a pipe waits for who writes to it
    number = os.open(path, os.O_RDONLY | wait | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.ENXIO, "is no file")
        return file.read(most)


def unreadable(error: OSError) -> str:
    """Return in words why `bytes_of` cannot read."""
    no_file = error.errno in (errno.ENXIO, errno.EISDIR)
    return "is no file" if no_file else f"cannot be read ({error.strerror})"


def packaged_folder() -> Path:
    """Return the folder of packaged scenarios: in the wheel, or in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"
