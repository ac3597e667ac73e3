"""A result folder under way, and what is read of it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relsim.ensemble.arrays import Arrays, Shape, chunk_files
from relsim.ensemble.chunk import Failure
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.folder import ARRAYS, RECORD, TABLE, files_in, read_scenario, told
from relsim.ensemble.layout import layout_of
from relsim.ensemble.lock import Lock
from relsim.ensemble.manifest import Manifest, digest, digest_of_all, replace_file, to_disk
from relsim.ensemble.parts import Gathering, Part, assemble, head_of
from relsim.ensemble.record import as_json
from relsim.ensemble.table import as_csv
from relsim.scenario.schema import Scenario

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
        self._disk = ThreadPoolExecutor(8)  # a disk takes many at once in the time of one
        self._before, self._began = manifest.elapsed_seconds, time.perf_counter()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_: object) -> None:
        """Let others write to the folder."""
        if self._lock is not None:
            self._lock.release()

    def add(self, part: Part) -> None:
        """Write a chunk: first its data, then the manifest's entry.

        Raises
        ------
        StoreError
            If it cannot be written; what was written before stays.
        """
        with told(self.folder, KEPT):
            self.write_part(part)
            self._write_manifest()

    def write_part(self, part: Part) -> None:
        store = self.folder / ARRAYS
        self._opened(part).write(part)
        files = chunk_files(store, part.chunk)
        to_disk(store, files, self._disk)
        self.manifest.chunks[part.chunk] = digest_of_all(store, files)

    def fail(self, failure: Failure) -> None:
        """Note that a chunk broke off."""
        with told(self.folder, KEPT):
            self.manifest.failures.append(failure.to_json())
            self._write_manifest()

    def finish(self) -> Ensemble:
        """Write record and table, and close the result.

        Raises
        ------
        StoreError
            If something cannot be written or read.
        """
        with told(self.folder, KEPT):
            if self.manifest.complete:
                return read_ensemble(self.folder, self.manifest)
            self._note_time()
            ensemble = read_ensemble(self.folder, self.manifest)
            self.describe(ensemble)
        return ensemble

    def _opened(self, part: Part) -> Arrays:
        if self._arrays is None:
            if self.manifest.chunks:
                self._arrays = Arrays(self.folder / ARRAYS, _shape(self.manifest))
            else:
                self._arrays = self._create(part)
        return self._arrays

    def _create(self, part: Part) -> Arrays:
        """Lay out the arrays by the first chunk that is there."""
        manifest, store = self.manifest, self.folder / ARRAYS
        head = assemble(
            self.scenario,
            seed=manifest.seed,
            runs=0,
            runs_per_draw=manifest.runs_per_draw,
            parameters={name: np.zeros(0) for name in self._parameters},
            parts=[head_of(part)],
            provenance=manifest.provenance,
            elapsed=0.0,
        )
        shape, layout = _shape(manifest), layout_of(head)
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
        self.manifest.write(self.folder)

    def _note_time(self) -> None:
        self.manifest.elapsed_seconds = self._before + time.perf_counter() - self._began

    def _write_manifest(self) -> None:
        self._note_time()
        self.manifest.write(self.folder)


def read_ensemble(folder: Path, manifest: Manifest) -> Ensemble:
    """The ensemble of the chunks that a manifest lists."""
    arrays = Arrays(folder / ARRAYS, _shape(manifest))
    weighted = f"{ARRAYS}/weights/zarr.json" in manifest.files
    gathering = Gathering(read_scenario(folder), manifest.runs, manifest.runs_per_draw)
    chunks = sorted(manifest.chunks)
    for chunk in chunks:
        gathering.add(arrays.read(chunk))
    return gathering.ensemble(
        seed=manifest.seed,
        parameters=arrays.parameters(),
        quantities=arrays.quantities(chunks),
        provenance=manifest.provenance,
        elapsed=manifest.elapsed_seconds,
        failures=manifest.failed(),
        unfinished=manifest.unfinished,
        weights=arrays.at_once("weights") if weighted else None,
    )


def _shape(manifest: Manifest) -> Shape:
    return Shape(manifest.runs, manifest.runs_per_draw, manifest.chunk_width)
