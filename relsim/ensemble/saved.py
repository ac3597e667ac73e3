"""The result folder: written chunk by chunk, resumed after an interruption, opened again.

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
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.gathering import whole
from relsim.errors import StoreError
from relsim.escaping import visible
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.paths import place_of
from relsim.scenario.schema import Scenario
from relsim.store.arrays import reraise_as_store_error
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
from relsim.store.lazy import Columns
from relsim.store.lock import Lock
from relsim.store.manifest import Manifest, differing, read, simd
from relsim.store.remote import fetch, local, put, refuse_existing
from relsim.store.writer import KEPT, Folder, Parameters, Result, read_ensemble

__all__ = ["Result", "begin", "open_result", "save"]


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


def save(ensemble: Ensemble, folder: Folder) -> Path | str:
    """Write a whole ensemble to a new folder, as one chunk; it is complete or absent.

    Parameters
    ----------
    ensemble : Ensemble
        What is written.
    folder : str or path
        Or a URL that fsspec has a protocol for.

    Returns
    -------
    Path, or str for a URL
        Where it is now.

    Raises
    ------
    StoreError
        If the folder exists, or cannot be written.
    """
    refuse_optimised()
    target = place_of(folder)
    if isinstance(target, Path):
        return _saved(ensemble, target)
    refuse_existing(target)
    with TemporaryDirectory(prefix="relsim-") as place:
        put(_saved(ensemble, Path(place) / "result"), target)
    return target


def _saved(ensemble: Ensemble, folder: Path) -> Path:
    manifest = Manifest.begun(
        seed=int(ensemble.seed),
        runs=ensemble.runs,
        runs_per_draw=ensemble.runs_per_draw,
        chunk_width=ensemble.runs,
        log_all=False,
        saved=True,
        provenance=dict(ensemble.provenance),
        elapsed_seconds=ensemble.elapsed_seconds,
        unfinished_runs=ensemble.unfinished,
    )
    for failure in ensemble.failures:
        manifest.add_failure(failure)
    scenario, weights = ensemble.scenario, ensemble.weights
    _check_names(ensemble, manifest)
    with new_folder(folder) as part:
        result = Result(part, scenario, manifest, ensemble.parameters, weights)
        write_scenario(scenario, manifest, part)
        result.write_part(whole(ensemble))
        result.describe(ensemble)
    return folder


def _check_names(ensemble: Ensemble, manifest: Manifest) -> None:
    """Raise StoreError if the arrays are not those that a simulation of the scenario has."""
    names = Expected(ensemble.scenario, manifest).layout.names
    held = {
        "outcome": ensemble.outcomes,
        "parameter": tuple(ensemble.parameters),
        "quantity": tuple(ensemble.quantities),
        "histogram": tuple(ensemble.histograms),
    }
    for axis, found in held.items():
        if found != names[axis]:
            raise StoreError(
                f"this ensemble cannot be stored: its {axis} names are not those of its scenario"
            )


def open_result(folder: Folder) -> Ensemble:
    """Open the folder of a stored ensemble, after checking that it is as it was written.

    Of a result that is not finished, what is finished is opened; a warning says how much.

    Parameters
    ----------
    folder : str or path
        What `Ensemble.save`, `relsim.simulate` or ``relsim run`` wrote; or a URL that fsspec has a
        protocol for, from which a copy is fetched.

    Returns
    -------
    Ensemble
        Equal to the one that was stored.

    Raises
    ------
    StoreError
        If it is no result, nothing in it is finished, another version of relsim wrote it, or it
        was changed since.

    Examples
    --------
    >>> import relsim, tempfile
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = ensemble.save(f"{place}/result")
    ...     relsim.open(f"{place}/result") == ensemble
    True
    """
    refuse_optimised()
    place = place_of(folder)
    if isinstance(place, Path):
        return _opened(place, str(place))
    fetched = fetch(place)
    try:
        ensemble = _opened(fetched.folder, place)
    except StoreError as error:
        raise StoreError(str(error).replace(str(fetched.folder), place)) from None
    for columns in (ensemble.parameters, ensemble.quantities):
        cast("Columns", columns).source = fetched  # they read from it
    return ensemble


def _opened(place: Path, called: str) -> Ensemble:
    with reraise_as_store_error(place):
        manifest = read(place)
        scenario = check(place, manifest)
        if not manifest.chunks:
            raise StoreError(f"{place} has no finished chunk yet: go on with it by --resume")
        ensemble = read_ensemble(place, manifest, scenario)
    if manifest.unfinished:
        warnings.warn(
            f"{visible(called)} is not finished: {manifest.unfinished:,} of {manifest.runs:,} runs "
            "are left out, since they were not simulated yet",
            stacklevel=3,
        )
    return ensemble
