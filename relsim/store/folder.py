"""The folder of a result: its files, how it comes to be, whether it is as it was written."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from relsim.errors import StoreError
from relsim.runs.chunk_result import LOG_TYPE
from relsim.runs.provenance import as_json
from relsim.scenario.files.joint_draws import LARGEST_DRAWS
from relsim.scenario.schema import Scenario
from relsim.store.arrays import ARRAYS, AT_ONCE, BY_CHUNK, SAMPLE_RUNS, SAMPLE_SERIES
from relsim.store.expected import LARGEST_METADATA, Expected, check_unpacked, largest_packed
from relsim.store.layout import LOG
from relsim.store.lock import LOCK, Lock
from relsim.store.manifest import JOURNAL, MANIFEST, Manifest, plainly, read
from relsim.store.plain_files import (
    PART,
    digest,
    digest_of_all,
    files_in,
    read_json,
    reading,
    refuse_links,
    replace_file,
    replacing,
)

RECORD, TABLE, SCENARIO = "record.json", "outcomes.csv", "scenario.json"
FIGURES = "figures"
REPORT = "report.html"  # a page about the result, made from it
DRAWS = "draws.csv"  # a copy of the scenario's joint draws, if it has any
LARGEST_TEXT = 16 * 2**20  # bytes of a file that is neither an array nor a file of draws
LONGEST_LINE = 2**20  # bytes of a line that names columns of draws
MOST_ITEMS = 100_000  # of a scenario; the baseline has under 10,000

# What relsim, and zarr for it, call the files of a store that is being written.
_ONCE = "|".join((*AT_ONCE, "parameters", "draw_of_run", "weights", *BY_CHUNK))
_SAMPLED = "|".join((SAMPLE_RUNS, SAMPLE_SERIES, *(LOG + name for name in LOG_TYPE.names or ())))
_ARRAY = r"(zarr\.json|c(/\d+)+)(\.[0-9a-f]{32}\.partial)?|zarr\.[0-9a-f]{32}\.partial"
_OURS = re.compile(
    rf"((({_ONCE})|sample/\d+/({_SAMPLED}))/)({_ARRAY})"
    r"|((sample/(\d+/)?)?)zarr\.(json|[0-9a-f]{32}\.partial)"
)
_OUR_PARTS = re.compile(
    rf"\.({'|'.join(map(re.escape, (MANIFEST, SCENARIO, RECORD, TABLE, DRAWS)))})"
    rf"\.[0-9a-f]{{32}}{re.escape(PART)}"
)


def refuse_optimised() -> None:
    """Raise StoreError under ``python -O``, which takes away the checks that zarr relies on."""
    if not __debug__:
        raise StoreError(
            "results cannot be written or opened under python -O (or with PYTHONOPTIMIZE set), "
            "since the library that stores their arrays, zarr, relies on assertions: leave it off"
        )


def check(folder: Path, manifest: Manifest) -> Scenario:
    """The scenario of a folder, once all that the manifest lists is as it was.

    Raises
    ------
    StoreError
        If it is not, or something else was put among it.
    """
    scenario = _checked_scenario(folder, manifest)
    listed = {name for name in manifest.files if name.startswith(f"{ARRAYS}/")}
    known = {SCENARIO} | ({DRAWS} if scenario.draws else set())
    known |= {RECORD, TABLE} if manifest.complete else set()
    if strange := set(manifest.files) - listed - known:
        raise StoreError(
            f"{folder / MANIFEST} was changed: it lists {ascii(min(strange))[:80]}, which relsim "
            "does not write"
        )
    for name in sorted(known - {SCENARIO, DRAWS}):
        _check_file(folder, manifest, name, LARGEST_TEXT)
    if manifest.chunks or listed:
        _check_store(folder, Expected(scenario, manifest), len(listed))
    return scenario


def _checked_scenario(folder: Path, manifest: Manifest) -> Scenario:
    """The scenario of a folder; its files are checked before anything else reads them."""
    file = folder / SCENARIO
    _check_file(folder, manifest, SCENARIO, LARGEST_TEXT)
    try:
        data = read_json(file, LARGEST_TEXT, MOST_ITEMS)
    except ValueError:
        raise StoreError(f"{file} was changed: it is no JSON that relsim writes") from None
    if isinstance(data, dict) and data.get("draws") is not None:
        _check_file(folder, manifest, DRAWS, LARGEST_DRAWS)
        _check_head(folder / DRAWS)
    try:
        return Scenario.model_validate(data, context={"draws": folder / DRAWS})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ascii(".".join(str(part) for part in first["loc"])[:200])[1:-1]
        raise StoreError(
            f"{file} is no scenario that this version of relsim can use "
            f"({f'{path}: ' if path else ''}{plainly(first['msg'])})"
        ) from None


def _check_head(draws: Path) -> None:
    """Raise StoreError if the first lines of a file of draws are endless: they name its columns."""
    with reading(draws, LARGEST_DRAWS) as content:
        for _ in range(2):
            if len(content.readline(LONGEST_LINE + 1)) > LONGEST_LINE:
                raise StoreError(f"{draws} was changed: its first lines name no columns")


def _check_store(folder: Path, expected: Expected, listed: int) -> None:
    """Check the arrays: what there is, then what is in it, then what it unpacks to."""
    store, manifest = folder / ARRAYS, expected.manifest
    refuse_links(folder, store)
    there = set(files_in(store)) if store.is_dir() else set()
    for name in expected.documents:
        _check_file(folder, manifest, f"{ARRAYS}/{name}", LARGEST_METADATA)
    expected.check_documents(store)
    if listed != expected.number_of_files:
        raise StoreError(
            f"{folder / MANIFEST} was changed: it lists {listed:,} files of arrays, and there are "
            f"{expected.number_of_files:,}"
        )
    for name, size in expected.files():
        _check_file(folder, manifest, f"{ARRAYS}/{name}", largest_packed(size))
        check_unpacked(store / name, size)
    known = {name.removeprefix(f"{ARRAYS}/") for name in manifest.files}
    for chunk in manifest.chunks:
        known.update(_check_chunk(folder, expected, chunk, there))
    if manifest.complete:
        for name in _visible(there - known):
            raise StoreError(f"{store / name} was added since relsim wrote the result")
    expected.check_memory()


def _check_chunk(folder: Path, expected: Expected, chunk: int, there: set[str]) -> Iterable[str]:
    """Check one chunk; return the names of its files."""
    store, runs = folder / ARRAYS, expected.manifest.shape.runs_of(chunk)
    files = expected.files_of_chunk(store, chunk)
    for name in files:
        if name not in there:
            raise _missing(folder, name)
    packed = {name: largest_packed(size) for name, size in files.items()}
    what = f"{folder}: chunk {chunk} (runs {runs[0]:,} to {runs[-1]:,})"
    _check_same(digest_of_all(store, packed), expected.manifest.chunks[chunk], what)
    for name, size in files.items():
        if not name.endswith("/zarr.json"):
            check_unpacked(store / name, size)
    return files


def _check_file(folder: Path, manifest: Manifest, name: str, most: int) -> None:
    """Check one file that the manifest must list."""
    if name not in manifest.files:
        raise StoreError(f"{folder / MANIFEST} was changed: it does not list {name}")
    if not os.path.lexists(folder / name):
        raise _missing(folder, name)
    _check_same(digest(folder / name, most), manifest.files[name], str(folder / name))


def _missing(folder: Path, name: str) -> StoreError:
    return StoreError(f"{folder} is not complete: {name} is missing")


def _check_same(found: str, wanted: str, what: str) -> None:
    if found != wanted:
        raise StoreError(
            f"{what} was changed since relsim wrote it: its SHA-256 is not the manifest's"
        )


def _visible(names: set[str]) -> list[str]:
    """Without hidden files, which are file managers'."""
    return sorted(name for name in names if not name.rpartition("/")[2].startswith("."))


def drop_unlisted(folder: Path, manifest: Manifest, expected: Expected) -> None:
    """Remove what was being written when a run was broken off.

    Raises
    ------
    StoreError
        If something lies among the arrays that relsim does not write; nothing is removed then.
    """
    store = folder / ARRAYS
    for name in (ARRAYS, RECORD, TABLE, FIGURES):  # where more will be written
        refuse_links(folder, folder / name)
    known = {name.removeprefix(f"{ARRAYS}/") for name in manifest.files}
    for chunk in manifest.chunks:
        known.update(expected.files_of_chunk(store, chunk))
    left = [name for name in (files_in(store) if store.is_dir() else ()) if name not in known]
    for name in _visible(set(left)):
        if not _OURS.fullmatch(name):
            raise StoreError(f"{store / name} is not relsim's: take it out of the arrays' folder")
    for name in left:
        if _OURS.fullmatch(name):
            (store / name).unlink()
    for name in os.listdir(folder):
        if _OUR_PARTS.fullmatch(name):
            (folder / name).unlink()


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
        That of the result.
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
    top = {MANIFEST, JOURNAL, LOCK, SCENARIO, DRAWS, RECORD, TABLE, REPORT, *besides}
    files = files_in(folder)
    for file in files:
        first, _, rest = file.partition("/")
        known = first in top or bool(_OUR_PARTS.fullmatch(first))
        if rest:
            ours = first == ARRAYS and bool(_OURS.fullmatch(rest))
            known = ours or (first == FIGURES and rest in figures)
        if not known:
            raise StoreError(f"{folder} is not removed: relsim did not write {folder / file}")
    with reraise_write_errors(folder), Lock(folder):
        for file in sorted(files, key=MANIFEST.__eq__):  # the manifest last
            (folder / file).unlink(missing_ok=True)
    with reraise_write_errors(folder):
        for place, _, _ in os.walk(folder, topdown=False):
            os.rmdir(place)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder beside `target` to write into; it takes its name at the end, or goes."""
    _refuse_existing(target)
    part = target.parent / f".{target.name}.{uuid4().hex[:8]}.part"
    try:
        with reraise_write_errors(target):
            part.mkdir(parents=True)
            yield part
            _refuse_existing(target)
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def reraise_write_errors(folder: Path, besides: str = "") -> Iterator[None]:
    """Raise StoreError where the disk does not take what is written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{folder} cannot be written: {reason}{besides}") from error


def write_scenario(scenario: Scenario, manifest: Manifest, folder: Path) -> None:
    """Write a scenario as plain data, with its joint draws if it has any, and list them."""
    if scenario.draws is not None:
        content = scenario.draws.path.read_bytes()
        with replacing(folder / DRAWS) as copy:
            copy.write(content)
        manifest.files[DRAWS] = digest(folder / DRAWS)
        if manifest.files[DRAWS] != scenario.draws.sha256:
            raise StoreError(f"{scenario.draws.path} was changed since the scenario was read")
    data = scenario.model_dump(mode="json", exclude_none=True)
    replace_file(folder / SCENARIO, as_json(data) + "\n")
    manifest.files[SCENARIO] = digest(folder / SCENARIO)
