"""The folder of a result: its files, how it comes to be, whether it is as it was written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from relsim.ensemble.arrays import chunk_files
from relsim.ensemble.lock import LOCK, Lock
from relsim.ensemble.manifest import MANIFEST, Manifest, digest, digest_of_all, read, replace_file
from relsim.ensemble.record import as_json
from relsim.errors import StoreError
from relsim.scenario.schema import Scenario

RECORD, TABLE, SCENARIO, ARRAYS = "record.json", "outcomes.csv", "scenario.json", "result.zarr"
FIGURES = "figures"
DRAWS = "draws.csv"  # a copy of the scenario's joint draws, if it has any


def check(folder: Path, manifest: Manifest) -> None:
    """Raise unless all that the manifest lists is as it was, and nothing was put among it."""
    needed = [SCENARIO]
    needed += [f"{ARRAYS}/zarr.json"] if manifest.chunks else []
    needed += [RECORD, TABLE] if manifest.complete else []
    for name in needed:
        if name not in manifest.files:
            raise StoreError(f"{folder / MANIFEST} was changed: it does not list {name}")
    for name, wanted in manifest.files.items():
        _check_there(folder, [name])
        _check_same(digest(folder / name), wanted, str(folder / name))
    store = folder / ARRAYS
    for chunk, wanted in manifest.chunks.items():
        runs = manifest.runs_of(chunk)
        files = chunk_files(store, chunk)
        _check_there(store, files)
        what = f"{folder}: chunk {chunk} (runs {runs[0]:,} to {runs[-1]:,})"
        _check_same(digest_of_all(store, files), wanted, what)
    if manifest.complete:
        for name in _unlisted(folder, manifest):
            raise StoreError(f"{store / name} was added since relsim wrote the result")


def _check_there(folder: Path, files: list[str]) -> None:
    for name in files:
        if not (folder / name).is_file():
            raise StoreError(f"{folder} is not complete: {name} is missing")


def _check_same(found: str, wanted: str, what: str) -> None:
    if found != wanted:
        raise StoreError(
            f"{what} was changed since relsim wrote it: its SHA-256 is not the manifest's"
        )


def files_in(folder: Path) -> list[str]:
    """All files below a folder, as paths from it."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(file.relative_to(folder).as_posix() for file in files)


def _unlisted(folder: Path, manifest: Manifest) -> list[str]:
    """Files among the arrays that the manifest does not know; hidden ones are file managers'."""
    store = folder / ARRAYS
    known = {name.removeprefix(f"{ARRAYS}/") for name in manifest.files}
    for chunk in manifest.chunks:
        known.update(chunk_files(store, chunk))
    return [n for n in files_in(store) if n not in known and n.rpartition("/")[2][0] != "."]


def drop_unlisted(folder: Path, manifest: Manifest) -> None:
    """Remove what was being written when a run was broken off."""
    for name in _unlisted(folder, manifest):
        (folder / ARRAYS / name).unlink()


def _refuse_existing(folder: Path) -> None:
    if os.path.lexists(folder):
        raise StoreError(f"{folder} exists already: remove it, or name another folder")


def remove_result(
    folder: Path, besides: Collection[str] = (), figures: Collection[str] = ()
) -> None:
    """Remove a result, finished or not: files that relsim writes, and nothing else.

    Parameters
    ----------
    folder : Path
    besides : collection of str
        Files at its top that were written together with it.
    figures : collection of str
        Files among its figures.

    Raises
    ------
    StoreError
        Before anything is removed: if there are other files or links, or somebody is writing it.
    """
    read(folder)
    top = {MANIFEST, LOCK, SCENARIO, DRAWS, RECORD, TABLE, *besides}
    top |= {f".{name}.part" for name in (MANIFEST, SCENARIO, RECORD, TABLE)}
    files, folders = _regular(folder)
    for file in files:
        first, *rest = file.relative_to(folder).parts
        known = (
            first == ARRAYS or (first == FIGURES and rest[0] in figures) if rest else first in top
        )
        if not known:
            raise StoreError(f"{folder} is not removed: relsim did not write {file}")
    with told(folder), Lock(folder):
        for file in sorted(files, key=(folder / MANIFEST).__eq__):  # the manifest last
            file.unlink(missing_ok=True)
    with told(folder):
        for place in [*reversed(folders), folder]:
            place.rmdir()


def _regular(folder: Path) -> tuple[list[Path], list[Path]]:
    """All files and folders below a folder, which must be no links or devices."""
    files, folders, waiting = [], [], [folder]
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link: links are not followed")
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    files.append(Path(entry.path))
                else:
                    raise StoreError(f"{entry.path} is a link or a device: relsim did not write it")
    return files, folders


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder beside `target` to write into; it takes its name at the end, or goes."""
    _refuse_existing(target)
    part = target.parent / f".{target.name}.{uuid4().hex[:8]}.part"
    try:
        with told(target):
            part.mkdir(parents=True)
            yield part
            _refuse_existing(target)
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def told(folder: Path, besides: str = "") -> Iterator[None]:
    """Tell in words that the disk does not take what is written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{folder} cannot be written: {reason}{besides}") from error


def write_scenario(scenario: Scenario, manifest: Manifest, folder: Path) -> None:
    """Write a scenario as plain data, with its joint draws if it has any, and list them."""
    if scenario.draws is not None:
        shutil.copyfile(scenario.draws.path, folder / DRAWS)
        manifest.files[DRAWS] = digest(folder / DRAWS)
    data = scenario.model_dump(mode="json", exclude_none=True)
    replace_file(folder / SCENARIO, as_json(data) + "\n")
    manifest.files[SCENARIO] = digest(folder / SCENARIO)


def read_scenario(folder: Path) -> Scenario:
    """The scenario of a result."""
    data = json.loads((folder / SCENARIO).read_text("utf-8"))
    try:
        return Scenario.model_validate(data, context={"draws": folder / DRAWS})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{folder / SCENARIO} is no scenario that this version of relsim can use "
            f"({path}: {first['msg']})"
        ) from None
