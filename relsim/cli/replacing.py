"""``relsim run --replace``: a new result takes the place of the last one of the same scenario."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from relsim.errors import StoreError

MARK = ".replaceable"  # says of which scenario, so that another's result is not removed


def place_for(scenario: str, name: str, results: Path, out: Path | None) -> Path:
    """The folder for a new result, which is not there any more.

    Only what an earlier ``--replace`` of the same scenario wrote is removed: of the same packaged
    name, or of the file at the same path, whatever is written in it by now.

    Parameters
    ----------
    scenario : str
        As the user named it.
    name : str
        Its name, after which the folder is called; with a number if another scenario of that name
        has the folder.
    results : Path
        The folder of all results.
    out : Path, optional
        The folder that the user wishes.

    Raises
    ------
    StoreError
        If `out` is something else, or the earlier result holds what relsim did not write.
    """
    from relsim.plots import FIGURES
    from relsim.store.folder import remove_result

    places = [out] if out is not None else (results / _numbered(name, n) for n in count(1))
    place = next((p for p in places if not os.path.lexists(p) or _made_of(scenario, p)), None)
    if place is None:
        raise StoreError(
            f"{out} is no result that an earlier --replace of {scenario} wrote: remove it "
            "yourself, or name another one with --out"
        )
    if os.path.lexists(place):
        figures = [f"{name}.png" for name in FIGURES]
        remove_result(place, besides=(MARK,), figures=figures)
    return place


@contextmanager
def marked(scenario: str, folder: Path) -> Iterator[None]:
    """Let the result that is written meanwhile be replaced later, also if it is broken off."""
    try:
        yield
    except StoreError:  # the folder may be somebody else's
        raise
    except BaseException:
        _mark(scenario, folder)
        raise
    _mark(scenario, folder)


def _mark(scenario: str, folder: Path) -> None:
    with suppress(OSError):  # a full disk, or nothing was begun
        (folder / MARK).write_text(_source(scenario), "utf-8")


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _made_of(scenario: str, folder: Path) -> bool:
    file = folder / MARK
    with suppress(OSError, ValueError):
        if not folder.is_symlink() and file.is_file() and not file.is_symlink():
            return file.read_text("utf-8") == _source(scenario)
    return False


def _source(scenario: str) -> str:
    """What tells a scenario from all others, without telling where it lies."""
    from relsim.scenario.files.places import packaged

    kind, where = "file", os.fsencode(Path(scenario).resolve())
    if scenario in packaged():
        kind, where = "packaged", scenario.encode()
    return f"{kind} {hashlib.sha256(where).hexdigest()}\n"
