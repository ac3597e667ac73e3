"""A whole ensemble written to a new result folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from relsim.ensemble.data import EnsembleData, whole
from relsim.ensemble.summary import forecast_record, full_table
from relsim.errors import StoreError
from relsim.runs.provenance import as_json
from relsim.scenario.files.places import place_of
from relsim.store.expected import Expected
from relsim.store.folder import RECORD, TABLE, new_folder, refuse_optimised, write_scenario
from relsim.store.manifest import Manifest
from relsim.store.remote import put, refuse_existing
from relsim.store.writer import Folder, Result


def save(ensemble: EnsembleData, folder: Folder) -> Path | str:
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


def _saved(ensemble: EnsembleData, folder: Path) -> Path:
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
        describe(result, ensemble)
    return folder


def _check_names(ensemble: EnsembleData, manifest: Manifest) -> None:
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


def describe(result: Result, ensemble: EnsembleData) -> None:
    """Write what describes a finished ensemble, and mark its result complete."""
    record = as_json(forecast_record(ensemble, ensemble.outcomes)) + "\n"
    result.complete({RECORD: record, TABLE: full_table(ensemble).csv()})
