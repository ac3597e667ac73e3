"""What a user types for a path: a local path, with ``~`` for the home folder, or a URL."""

from __future__ import annotations

import os
import re
from pathlib import Path

from relsim.arguments import path_of
from relsim.errors import UsageError

__all__ = ["is_url", "local_path", "place_of"]

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
