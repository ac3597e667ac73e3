"""The result folder: written chunk by chunk, resumed after an interruption.

============== ======================================================
manifest.json  what is finished, with a SHA-256 of all that follows
scenario.json  the scenario, resolved: nothing else is needed to open
draws.csv      its joint draws, if it has any
journal.jsonl  while it is under way, a line for each chunk that finished
result.zarr    all arrays, Zarr version 3; xarray.open_zarr opens it
record.json    the forecast record, once all is finished
outcomes.csv   the table of outcomes, once all is finished
============== ======================================================

Whatever else lies in the folder, its figures say, is made from these.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from relsim.array_types import Doubles
from relsim.errors import StoreError
from relsim.runs.chunk_result import ChunkResult, Failure
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario
from relsim.store.arrays import ARRAYS, Arrays, chunk_files, reraise_as_store_error
from relsim.store.expected import Expected
from relsim.store.folder import (
    RECORD,
    TABLE,
    check,
    drop_unlisted,
    new_folder,
    refuse_optimised,
    reraise_write_errors,
    write_scenario,
)
from relsim.store.lock import Lock
from relsim.store.manifest import Journal, Manifest, differing, read, simd
from relsim.store.plain_files import digest, digest_of_all, files_in, replace_file, to_disk
from relsim.store.remote import local

KEPT = "; what was finished before is kept, and can be resumed"

Folder = str | os.PathLike[str]
Parameters = Mapping[str, Doubles]


class Result:
    """A result folder under way; the process that holds it is the only one that writes.

    Attributes
    ----------
    folder : Path
    scenario : Scenario
    manifest : Manifest
    """

    def __init__(
        self,
        folder: Path,
        scenario: Scenario,
        manifest: Manifest,
        parameters: Parameters,
        weights: Doubles | None = None,
        lock: Lock | None = None,
    ) -> None:
        self.folder, self.scenario, self.manifest = folder, scenario, manifest
        self._parameters, self._weights, self._lock = parameters, weights, lock
        self._journal = Journal(folder)
        self._disk = ThreadPoolExecutor(8)  # a disk takes many at once in the time of one
        self._before, self._began = manifest.elapsed_seconds, time.perf_counter()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_: object) -> None:
        """Let others write to the folder."""
        self._journal.close()
        if self._lock is not None:
            self._lock.release()

    def add(self, part: ChunkResult) -> None:
        """Write a chunk: first its data, then the journal's line.

        Raises
        ------
        StoreError
            If it cannot be written; what was written before stays.
        """
        with reraise_write_errors(self.folder, KEPT):
            listed = len(self.manifest.files)
            self.write_part(part)
            self.note_time()
            if len(self.manifest.files) == listed:
                self._journal.add(self.manifest, part.chunk)
            else:  # the arrays were laid out
                self._write_manifest()

    def write_part(self, part: ChunkResult) -> None:
        """Write a chunk's data, and note it in the manifest that is in memory."""
        store = self.folder / ARRAYS
        self._arrays.write(part)
        files = chunk_files(store, part.chunk)
        to_disk(store, files, self._disk)
        sizes = {name: (store / name).stat().st_size for name in files}
        self.manifest.chunks[part.chunk] = digest_of_all(store, sizes)

    def fail(self, failure: Failure) -> None:
        """Note that a chunk broke off."""
        with reraise_write_errors(self.folder, KEPT):
            self.manifest.add_failure(failure)
            self.note_time()
            self._journal.fail(self.manifest)

    @cached_property
    def _arrays(self) -> Arrays:
        """The arrays; where there are none yet they are laid out, and listed."""
        manifest, store = self.manifest, self.folder / ARRAYS
        if any(name.startswith(ARRAYS) for name in manifest.files):
            return Arrays(store, manifest.shape)
        layout = Expected(self.scenario, manifest).layout
        arrays = Arrays.create(store, manifest.shape, layout, self._parameters, self._weights)
        files = files_in(store)
        to_disk(store, files, self._disk)
        manifest.files |= {f"{ARRAYS}/{name}": digest(store / name) for name in files}
        return arrays

    def complete(self, texts: Mapping[str, str]) -> None:
        """Write the last files, and mark the result complete."""
        for name, text in texts.items():
            replace_file(self.folder / name, text)
            self.manifest.files[name] = digest(self.folder / name)
        self.manifest.complete = True
        self._write_manifest()

    def _write_manifest(self) -> None:
        """Write the manifest, and let the journal begin anew."""
        self.manifest.write(self.folder)
        self._journal.close()

    def note_time(self) -> None:
        """Note in the manifest that is in memory how long it took until now."""
        self.manifest.elapsed_seconds = self._before + time.perf_counter() - self._began


def begin(
    folder: Folder, scenario: Scenario, asked: Manifest, parameters: Parameters, resume: bool
) -> Result:
    """Begin a result in a new folder, or go on with the one that is there.

    Nobody else can write to the folder until the result is left (``with``).

    Parameters
    ----------
    folder : str or path
        A local one.
    scenario : Scenario
        What is simulated; a copy is written to the folder.
    asked : Manifest
        Of what is to be simulated, with nothing finished.
    parameters : dict of float64 (draws,)
        Values of the parameters, by dotted path.
    resume : bool
        Go on with what is in the folder, if it is there.

    Raises
    ------
    StoreError
        If the folder exists and `resume` is off, or holds something else than is asked for, or
        another process is writing it.
    """
    refuse_optimised()
    place = local(folder)
    if not (resume and os.path.lexists(place)):
        with new_folder(place) as part:
            write_scenario(scenario, asked, part)
            asked.write(part)
    with reraise_as_store_error(place):
        read(place)  # so that no lock is put into what is no result
    with reraise_write_errors(place, KEPT):
        lock = Lock(place)
    try:
        return Result(place, scenario, _taken_up(place, asked), parameters, lock=lock)
    except BaseException:
        lock.release()
        raise


def _taken_up(place: Path, asked: Manifest) -> Manifest:
    """The manifest of a folder, ready to go on with; what is half written is removed."""
    with reraise_as_store_error(place):
        stored = read(place)
        if reason := differing(stored, asked):
            raise StoreError(f"{place} cannot be resumed: {reason}")
        scenario = check(place, stored)
        if scenario_hash(scenario) != stored.provenance["scenario_hash"]:
            raise StoreError(f"{place} cannot be resumed: its scenario is not that of its manifest")
    if stored.failures or not stored.complete:
        stored.failures, stored.complete = [], False
        for name in (RECORD, TABLE):  # written again at the end
            stored.files.pop(name, None)
        _note_processor(place, stored)
        with reraise_write_errors(place, KEPT):
            drop_unlisted(place, stored, Expected(scenario, stored))
            stored.write(place)
    return stored


def _note_processor(place: Path, stored: Manifest) -> None:
    """Add this processor to those that wrote a result; warn if it is of another kind."""
    here = simd()
    others = [found for found in stored.simd if found != here]
    if others:
        odd = sorted(set(others[0]) ^ set(here))
        warnings.warn(
            f"{place} is resumed on another kind of processor (SIMD features: {', '.join(odd)}): "
            "NumPy's functions may differ in their last bits, so the result need not be the one of "
            "an undisturbed run",
            stacklevel=6,
        )
    if here not in stored.simd:
        stored.simd.append(here)
