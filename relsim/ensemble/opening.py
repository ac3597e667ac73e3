"""The ensemble of a result folder, whether it was written just now or is opened again."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import cast

import numpy as np

from relsim.ensemble.ensemble import Ensemble, Gathering
from relsim.ensemble.saved import describe
from relsim.errors import StoreError
from relsim.escaping import visible
from relsim.scenario.files.places import place_of
from relsim.scenario.schema import Scenario
from relsim.store.arrays import ARRAYS, Arrays, reraise_as_store_error
from relsim.store.expected import check_values
from relsim.store.folder import check, refuse_optimised, reraise_write_errors
from relsim.store.layout import Columns
from relsim.store.manifest import Manifest, read
from relsim.store.remote import fetch
from relsim.store.writer import KEPT, Folder, Result


def finish(result: Result) -> Ensemble:
    """The ensemble of a result under way; record and table are written, and it is complete.

    Raises
    ------
    StoreError
        If something cannot be written or read.
    """
    with reraise_write_errors(result.folder, KEPT):
        complete = result.manifest.complete
        if not complete:
            result.note_time()
        with reraise_as_store_error(result.folder):
            ensemble = _read(result.folder, result.manifest, result.scenario)
        if not complete:
            describe(result, ensemble)
    return ensemble


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
        ensemble = _read(place, manifest, scenario)
    if manifest.unfinished:
        warnings.warn(
            f"{visible(called)} is not finished: {manifest.unfinished:,} of {manifest.runs:,} runs "
            "are left out, since they were not simulated yet",
            stacklevel=3,
        )
    return ensemble


def _read(folder: Path, manifest: Manifest, scenario: Scenario) -> Ensemble:
    """The ensemble of the chunks that a manifest lists.

    Raises
    ------
    ValueError
        If numbers in it cannot be.
    """
    arrays = Arrays(folder / ARRAYS, manifest.shape)
    weighted = f"{ARRAYS}/weights/zarr.json" in manifest.files
    gathering = Gathering(scenario, manifest.runs, manifest.runs_per_draw)
    chunks = sorted(manifest.chunks)
    for chunk in chunks:
        part = arrays.read(chunk)
        check_values(part, scenario, manifest.shape)
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
