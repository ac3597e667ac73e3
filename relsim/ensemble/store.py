"""The result folder: written chunk by chunk, resumed after an interruption, opened again.

============== ======================================================
manifest.json  what is finished, with a SHA-256 of all that follows
scenario.json  the scenario, resolved: nothing else is needed to open
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
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relsim.ensemble.arrays import Arrays, Shape, chunk_files
from relsim.ensemble.chunk import Failure
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.folder import (
    ARRAYS,
    RECORD,
    TABLE,
    check,
    drop_unlisted,
    files_in,
    new_folder,
    read_scenario,
    told,
    write_scenario,
)
from relsim.ensemble.layout import layout_of
from relsim.ensemble.lock import Lock
from relsim.ensemble.manifest import (
    Manifest,
    differing,
    digest,
    digest_of_all,
    read,
    replace_file,
    to_disk,
)
from relsim.ensemble.parts import Gathering, Part, assemble, head_of, whole
from relsim.ensemble.record import as_json
from relsim.ensemble.table import as_csv
from relsim.errors import StoreError
from relsim.scenario.schema import Scenario

__all__ = ["Result", "begin", "open_result", "save"]

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
            self._write(part)
            self._write_manifest()

    def _write(self, part: Part) -> None:
        store, manifest = self.folder / ARRAYS, self.manifest
        arrays = Arrays(store, _shape(manifest)) if manifest.chunks else self._create(part)
        arrays.write(part)
        files = chunk_files(store, part.chunk)
        to_disk(store, files)
        manifest.chunks[part.chunk] = digest_of_all(store, files)

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
                return _read(self.folder, self.manifest)
            self._note_time()
            ensemble = _read(self.folder, self.manifest)
            self._describe(ensemble)
        return ensemble

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
        to_disk(store, files)
        manifest.files |= {f"{ARRAYS}/{name}": digest(store / name) for name in files}
        return arrays

    def _describe(self, ensemble: Ensemble) -> None:
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


def begin(
    folder: Folder, scenario: Scenario, asked: Manifest, parameters: Parameters, resume: bool
) -> Result:
    """Begin a result in a new folder, or go on with the one that is there.

    Nobody else can write to the folder until the result is left (``with``).

    Parameters
    ----------
    folder : str or path
    scenario : Scenario
    asked : Manifest
        Of what is to be simulated, with nothing finished.
    parameters : dict of float64 (draws,)
    resume : bool
        Go on with what is in the folder, if it is there.

    Raises
    ------
    StoreError
        If the folder exists and `resume` is off, or holds something else than is asked for, or
        another process is writing it.
    """
    place = Path(folder)
    if not (resume and os.path.lexists(place)):
        with new_folder(place) as part:
            write_scenario(scenario, asked, part)
            asked.write(part)
    read(place)  # so that no lock is put into what is no result
    with told(place, KEPT):
        lock = Lock(place)
    try:
        return Result(place, scenario, _taken_up(place, asked), parameters, lock=lock)
    except BaseException:
        lock.release()
        raise


def _taken_up(place: Path, asked: Manifest) -> Manifest:
    """The manifest of a folder, ready to go on with; what is half written is removed."""
    stored = read(place)
    if reason := differing(stored, asked):
        raise StoreError(f"{place} cannot be resumed: {reason}")
    with told(place):
        check(place, stored)
        if stored.failures or not stored.complete:
            stored.failures, stored.complete = [], False
            for name in (RECORD, TABLE):  # written again at the end
                stored.files.pop(name, None)
            drop_unlisted(place, stored)
    return stored


def save(ensemble: Ensemble, folder: Folder) -> Path:
    """Write a whole ensemble to a new folder, as one chunk; it is complete or absent.

    Raises
    ------
    StoreError
        If the folder exists, or cannot be written.
    """
    manifest = Manifest(
        seed=int(ensemble.seed),
        runs=ensemble.runs,
        runs_per_draw=ensemble.runs_per_draw,
        chunk_width=ensemble.runs,
        log_all=False,
        saved=True,
        provenance=dict(ensemble.provenance),
        elapsed_seconds=ensemble.elapsed_seconds,
        unfinished_runs=ensemble.unfinished,
        failures=[failure.to_json() for failure in ensemble.failures],
    )
    scenario, weights = ensemble.scenario, ensemble.weights
    with new_folder(Path(folder)) as part:
        result = Result(part, scenario, manifest, ensemble.parameters, weights)
        write_scenario(scenario, manifest, part)
        result._write(whole(ensemble))
        result._describe(ensemble)
    return Path(folder)


def open_result(folder: Folder) -> Ensemble:
    """Open the folder of a stored ensemble, after checking that it is as it was written.

    Of a result that is not finished, what is finished is opened; a warning says how much.

    Parameters
    ----------
    folder : str or path
        What `Ensemble.save`, `relsim.simulate` or ``relsim run`` wrote.

    Returns
    -------
    Ensemble
        Equal to the one that was stored.

    Raises
    ------
    StoreError
        If it is no result, nothing in it is finished, another version of relsim wrote it, or it
        was changed since.
    """
    place = Path(folder)
    try:
        manifest = read(place)
        check(place, manifest)
        if not manifest.chunks:
            raise StoreError(f"{place} has no finished chunk yet: go on with it by --resume")
        ensemble = _read(place, manifest)
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror or error}") from error
    except (KeyError, ValueError, TypeError) as error:
        raise StoreError(f"{place} holds something else than its manifest says: {error}") from error
    if manifest.unfinished:
        warnings.warn(
            f"{place} is not finished: {manifest.unfinished:,} of {manifest.runs:,} runs are left "
            "out, since they were not simulated yet",
            stacklevel=2,
        )
    return ensemble


def _read(folder: Path, manifest: Manifest) -> Ensemble:
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
