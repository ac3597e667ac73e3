"""A result folder under way, and what is read of it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.gathering import Gathering
from relsim.ensemble.table import as_csv
from relsim.runs.chunk_result import Failure, Part
from relsim.runs.provenance import as_json
from relsim.scenario.schema import Scenario
from relsim.store.arrays import Arrays, reraise_as_store_error
from relsim.store.expected import Expected, check_values, shape_of
from relsim.store.folder import RECORD, TABLE, reraise_write_errors
from relsim.store.lock import Lock
from relsim.store.manifest import Journal, Manifest
from relsim.store.plain_files import digest, digest_of_all, files_in, replace_file, to_disk
from relsim.store.zarr_layout import ARRAYS, chunk_files

__all__ = ["KEPT", "Folder", "Parameters", "Result", "read_ensemble"]

KEPT = "; what was finished before is kept, and can be resumed"

Folder = str | os.PathLike[str]
Parameters = Mapping[str, npt.NDArray[np.float64]]


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
        weights: npt.NDArray[np.float64] | None = None,
        lock: Lock | None = None,
    ) -> None:
        self.folder, self.scenario, self.manifest = folder, scenario, manifest
        self._parameters, self._weights, self._lock = parameters, weights, lock
        self._arrays: Arrays | None = None
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

    def add(self, part: Part) -> None:
        """Write a chunk: first its data, then the journal's line.

        Raises
        ------
        StoreError
            If it cannot be written; what was written before stays.
        """
        with reraise_write_errors(self.folder, KEPT):
            listed = len(self.manifest.files)
            self.write_part(part)
            self._note_time()
            if len(self.manifest.files) == listed:
                self._journal.add(self.manifest, part.chunk)
            else:  # the arrays were laid out
                self._write_manifest()

    def write_part(self, part: Part) -> None:
        """Write a chunk's data, and note it in the manifest that is in memory."""
        store = self.folder / ARRAYS
        self._opened().write(part)
        files = chunk_files(store, part.chunk)
        to_disk(store, files, self._disk)
        sizes = {name: (store / name).stat().st_size for name in files}
        self.manifest.chunks[part.chunk] = digest_of_all(store, sizes)

    def fail(self, failure: Failure) -> None:
        """Note that a chunk broke off."""
        with reraise_write_errors(self.folder, KEPT):
            self.manifest.add_failure(failure)
            self._note_time()
            self._journal.fail(self.manifest)

    def finish(self) -> Ensemble:
        """Write record and table, and close the result.

        Raises
        ------
        StoreError
            If something cannot be written or read.
        """
        with reraise_write_errors(self.folder, KEPT):
            if self.manifest.complete:
                return self._read()
            self._note_time()
            ensemble = self._read()
            self.describe(ensemble)
        return ensemble

    def _read(self) -> Ensemble:
        with reraise_as_store_error(self.folder):
            return read_ensemble(self.folder, self.manifest, self.scenario)

    def _opened(self) -> Arrays:
        if self._arrays is None:
            if any(name.startswith(ARRAYS) for name in self.manifest.files):
                self._arrays = Arrays(self.folder / ARRAYS, shape_of(self.manifest))
            else:
                self._arrays = self._create()
        return self._arrays

    def _create(self) -> Arrays:
        """Lay out the arrays, and list them."""
        manifest, store = self.manifest, self.folder / ARRAYS
        layout = Expected(self.scenario, manifest).layout
        shape = shape_of(manifest)
        arrays = Arrays.create(store, shape, layout, self._parameters, self._weights)
        files = files_in(store)
        to_disk(store, files, self._disk)
        manifest.files |= {f"{ARRAYS}/{name}": digest(store / name) for name in files}
        return arrays

    def describe(self, ensemble: Ensemble) -> None:
        """Write what describes a finished ensemble, and mark the result complete."""
        replace_file(self.folder / RECORD, as_json(ensemble.record()) + "\n")
        replace_file(self.folder / TABLE, as_csv(ensemble))
        for name in (RECORD, TABLE):
            self.manifest.files[name] = digest(self.folder / name)
        self.manifest.complete = True
        self._write_manifest()

    def _write_manifest(self) -> None:
        """Write the manifest, and let the journal begin anew."""
        self.manifest.write(self.folder)
        self._journal.close()

    def _note_time(self) -> None:
        self.manifest.elapsed_seconds = self._before + time.perf_counter() - self._began


def read_ensemble(folder: Path, manifest: Manifest, scenario: Scenario) -> Ensemble:
    """The ensemble of the chunks that a manifest lists.

    Raises
    ------
    ValueError
        If numbers in it cannot be.
    """
    shape = shape_of(manifest)
    arrays = Arrays(folder / ARRAYS, shape)
    weighted = f"{ARRAYS}/weights/zarr.json" in manifest.files
    gathering = Gathering(scenario, manifest.runs, manifest.runs_per_draw)
    chunks = sorted(manifest.chunks)
    for chunk in chunks:
        part = arrays.read(chunk)
        check_values(part, scenario, shape)
        gathering.add(part)
    weights = arrays.at_once("weights") if weighted else None
    if weights is not None and not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("weights holds numbers that cannot be")
    return gathering.ensemble(
        seed=manifest.seed,
        parameters=arrays.parameters(),
        quantities=arrays.quantities(chunks),
        provenance=manifest.provenance,
        elapsed=manifest.elapsed_seconds,
        failures=manifest.failed(),
        unfinished=manifest.unfinished,
        weights=weights,
    )
