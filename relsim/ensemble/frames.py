"""The ensemble in other libraries' hands: as datasets of xarray, as a pandas.DataFrame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from relsim.ensemble.data import EnsembleData, whole
from relsim.runs.chunk_result import NOT_RUN
from relsim.store.layout import LOG, Layout, Variable, layout_of

LARGEST = 2**31 - 1  # of whole numbers in netCDF 3


def to_xarray(ensemble: EnsembleData) -> xr.Dataset:
    """The layout of the store without its event log, with names along its axes."""
    layout = _layout(ensemble)
    kept = {
        name: variable
        for name, variable in layout.variables.items()
        # netCDF 3 takes an axis of no length for one that grows: nothing was kept there.
        if not name.startswith(LOG) and 0 not in variable.values.shape
    }
    used = {dim for variable in kept.values() for dim in variable.dims}
    named = {axis: list(names) for axis, names in layout.names.items() if axis in used}
    variables = {
        name: (variable.dims, variable.values, dict(variable.attributes))
        for name, variable in kept.items()
        if name not in ("week", "draw_of_run")
    }
    coordinates = {
        **named,
        "week": _dates(ensemble, ensemble.week_days),
        "draw_of_run": ("run", ensemble.draw_of_run),
    }
    return xr.Dataset(variables, coordinates, _attributes(ensemble))


def log_to_xarray(ensemble: EnsembleData) -> xr.Dataset:
    """The event log of the runs kept whole, one entry a happening."""
    log, words = ensemble.sample.log, ensemble.sample.words
    names = {"kind": words.kinds, "actor": words.actors, "subject": words.subjects}
    variables = {}
    for column in log.dtype.names or ():
        values = np.ascontiguousarray(log[column])
        variables[column] = (("entry", "driver")[: values.ndim], values, _flags(names.get(column)))
    variables["date"] = (("entry",), _dates(ensemble, log["day"].astype(np.int64)), {})
    return xr.Dataset(variables, attrs=_attributes(ensemble))


def _flags(names: Sequence[str] | None) -> dict[str, object]:
    """What the numbers of a column stand for, as the CF conventions have it."""
    if names is None:
        return {}
    values = np.arange(-1, len(names), dtype=np.int16)
    return {"flag_values": values, "flag_meanings": " ".join(("none", *names))}


def _attributes(ensemble: EnsembleData) -> dict[str, str | float]:
    """Seed, numbers of runs, provenance, time; JSON text where netCDF has no type for it."""
    attributes = {"scenario": ensemble.scenario.name, **_described(ensemble)}
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(value: object) -> str | float:
    if isinstance(value, (str, float)):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST and not isinstance(value, bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def to_dataframe(ensemble: EnsembleData) -> pd.DataFrame:
    """One row a run: draw, the date of each outcome (NaT: it did not come about), quantities."""
    failed = (ensemble.first_day == NOT_RUN).any(axis=0)
    run = pd.RangeIndex(ensemble.runs, name="run")
    draw = pd.DataFrame({"draw": ensemble.draw_of_run}, index=run)
    dates = {name: _dates(ensemble, ensemble.days(name)) for name in ensemble.outcomes}
    quantities = {
        name: np.where(failed, np.float32(np.nan), values)
        for name, values in ensemble.quantities.items()
    }
    # Put together by column, so that an outcome and a quantity of one name both stay.
    frames = [draw, pd.DataFrame(dates, index=run), pd.DataFrame(quantities, index=run)]
    return pd.concat(frames, axis="columns")


def _dates(ensemble: EnsembleData, days: npt.NDArray[np.integer]) -> npt.NDArray[np.datetime64]:
    """Days of the term as dates; a day below 0 is no date."""
    start = np.datetime64(ensemble.start, "s")
    dates: npt.NDArray[np.datetime64] = start + days.astype("timedelta64[D]")
    dates[days < 0] = np.datetime64("NaT", "s")
    return dates


def _layout(ensemble: EnsembleData) -> Layout:
    described, weights = _described(ensemble), ensemble.weights
    return layout_of(ensemble.scenario, whole(ensemble), ensemble.parameters, described, weights)


def _described(ensemble: EnsembleData) -> dict[str, Any]:
    """Seed, numbers of runs, provenance, time; plain data."""
    return {
        "seed": index(ensemble.seed),
        "runs": ensemble.runs,
        "runs_per_draw": ensemble.runs_per_draw,
        "elapsed_seconds": ensemble.elapsed_seconds,
        "provenance": dict(ensemble.provenance),
        "failures": [failure.to_json() for failure in ensemble.failures],
        "unfinished_runs": ensemble.unfinished,
    }


def alike(first: EnsembleData, second: EnsembleData) -> bool:
    """Whether two ensembles hold the same, whenever they were made; a NaN is like a NaN."""
    one, other = _layout(first), _layout(second)
    return (
        first.scenario == second.scenario
        and one.names == other.names
        and _timeless(one.attributes) == _timeless(other.attributes)
        and one.variables.keys() == other.variables.keys()
        and all(_same(v, other.variables[name]) for name, v in one.variables.items())
    )


def _timeless(attributes: Mapping[str, Any]) -> dict[str, Any]:
    origin = {k: v for k, v in attributes["provenance"].items() if k != "created"}
    return {k: v for k, v in attributes.items() if k != "elapsed_seconds"} | {"provenance": origin}


def _same(first: Variable, second: Variable) -> bool:
    one, other = first.values, second.values
    floats = one.dtype.kind == "f"
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=floats)
