"""The result folder: everything about an ensemble, complete or absent.

============== ======================================================
record.json    the forecast record
outcomes.csv   the table of outcomes
scenario.json  the scenario, resolved: nothing else is needed to open
result.zarr    all arrays, Zarr version 3; xarray.open_zarr opens it
manifest.json  the SHA-256 of each of these files
============== ======================================================

Whatever else lies in the folder, its figures say, is made from these.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import zarr
from pydantic import ValidationError

from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.layout import Array, Layout, ensemble_of, layout_of
from relsim.ensemble.record import as_json
from relsim.ensemble.table import as_csv
from relsim.errors import StoreError
from relsim.scenario.schema import Scenario

__all__ = ["new_folder", "open_result", "save", "write"]

FORMAT, VERSION = "relsim.result", 1
RECORD, TABLE, SCENARIO, ARRAYS = "record.json", "outcomes.csv", "scenario.json", "result.zarr"
MANIFEST = "manifest.json"
FIGURES = "figures"
LARGEST_CHUNK = 2**18  # of an array along each axis

Folder = str | os.PathLike[str]


def save(ensemble: Ensemble, folder: Folder) -> Path:
    """Write an ensemble to a new folder.

    Raises
    ------
    StoreError
        If the folder exists, or cannot be written.
    """
    with new_folder(folder) as part:
        write(ensemble, part)
    return Path(folder)


def _refuse_existing(folder: Path) -> None:
    if os.path.lexists(folder):
        raise StoreError(f"{folder} exists already: remove it, or name another folder")


@contextmanager
def new_folder(folder: Folder) -> Iterator[Path]:
    """Yield a folder beside `folder` to write into; it takes its name at the end, or goes.

    Raises
    ------
    StoreError
        If `folder` exists, or something cannot be written.
    """
    target = Path(folder)
    _refuse_existing(target)
    part = target.parent / f".{target.name}.{uuid4().hex[:8]}.part"
    try:
        part.mkdir(parents=True)
        yield part
        _refuse_existing(target)
        part.rename(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write(ensemble: Ensemble, folder: Path) -> None:
    """Write an ensemble's files into a folder that is there, the manifest last.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    data = ensemble.scenario.model_dump(mode="json", exclude_none=True)
    _write_text(folder / RECORD, as_json(ensemble.record()) + "\n")
    _write_text(folder / TABLE, as_csv(ensemble))
    _write_text(folder / SCENARIO, as_json(data) + "\n")
    _write_arrays(layout_of(ensemble), folder / ARRAYS)
    files = _files_in(folder)
    digests = {name: _digest(folder / name) for name in files}
    manifest = {"format": f"{FORMAT}/{VERSION}", "sha256": digests}
    _write_text(folder / MANIFEST, as_json(manifest) + "\n")
    for name in (*files, MANIFEST):
        _to_disk(folder / name)


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _files_in(folder: Path) -> list[str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(file.relative_to(folder).as_posix() for file in files)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _to_disk(file: Path) -> None:
    """See to it that a file outlives a power cut."""
    with file.open("r+b") as content:
        os.fsync(content.fileno())


def _write_arrays(layout: Layout, folder: Path) -> None:
    names = {axis: list(words) for axis, words in layout.names.items()}
    group = zarr.create_group(
        folder, zarr_format=3, attributes={**layout.attributes, "names": names}
    )
    for name, variable in layout.variables.items():
        shape = variable.values.shape
        array = group.create_array(
            name,
            shape=shape,
            dtype=variable.values.dtype,
            chunks=tuple(min(max(length, 1), LARGEST_CHUNK) for length in shape),
            dimension_names=variable.dims,
            attributes=dict(variable.attributes),
            # Every chunk is a file, so that the manifest covers them all.
            config={"write_empty_chunks": True},
        )
        array[...] = variable.values


def open_result(folder: Folder) -> Ensemble:
    """Open the folder of a stored ensemble, after checking that it is as it was written.

    Parameters
    ----------
    folder : str or path
        What `Ensemble.save` or ``relsim run`` wrote.

    Returns
    -------
    Ensemble
        Equal to the one that was stored.

    Raises
    ------
    StoreError
        If it is no result, was written by a newer relsim, or was changed since.
    """
    place = Path(folder)
    try:
        _check(place, _manifest(place))
        data = json.loads((place / SCENARIO).read_text("utf-8"))
        return ensemble_of(Scenario.model_validate(data), *_read_arrays(place / ARRAYS))
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{place / SCENARIO} is no scenario that this version of relsim can use "
            f"({path}: {first['msg']})"
        ) from None
    except (KeyError, ValueError, TypeError) as error:
        raise StoreError(f"{place} holds something else than its manifest says: {error}") from error


def _manifest(folder: Path) -> Mapping[str, str]:
    """The SHA-256 of each file of a result folder."""
    file = folder / MANIFEST
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}")
    if not file.is_file():
        raise StoreError(f"{folder} is no result of relsim: it has no {MANIFEST}")
    try:
        manifest = json.loads(file.read_bytes())
        name, version = manifest["format"].rsplit("/", 1)
        found = int(version)
        digests: Mapping[str, str] = dict(manifest["sha256"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StoreError(f"{file} is no manifest of relsim") from None
    if name != FORMAT:
        raise StoreError(f"{file} is no manifest of relsim (format {manifest['format']})")
    if found > VERSION:
        raise StoreError(
            f"{folder} was written by a newer relsim (format {FORMAT}/{found}; this one reads "
            f"{FORMAT}/{VERSION}): update relsim"
        )
    return digests


def _check(folder: Path, digests: Mapping[str, str]) -> None:
    """Raise unless every file is as the manifest has it, and nothing was put among the arrays."""
    for name in (RECORD, TABLE, SCENARIO, f"{ARRAYS}/zarr.json"):
        if name not in digests:
            raise StoreError(f"{folder / MANIFEST} was changed: it does not list {name}")
    for name, digest in digests.items():
        if not (folder / name).is_file():
            raise StoreError(f"{folder} is not complete: {name} is missing")
        if _digest(folder / name) != digest:
            raise StoreError(
                f"{folder / name} was changed since relsim wrote it: its SHA-256 is not the "
                "manifest's"
            )
    for name in _files_in(folder / ARRAYS):
        hidden = name.rpartition("/")[2].startswith(".")  # file managers leave such
        if f"{ARRAYS}/{name}" not in digests and not hidden:
            raise StoreError(f"{folder / ARRAYS / name} was added since relsim wrote the result")


def _read_arrays(folder: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays by name, and the attributes beside them."""
    group = zarr.open_group(folder, mode="r", zarr_format=3, use_consolidated=False)
    names = sorted(file.parent.name for file in folder.glob("*/zarr.json"))
    return {name: np.asarray(group[name]) for name in names}, dict(group.attrs)
