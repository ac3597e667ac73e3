"""The ensemble in other libraries' hands: an xarray.Dataset, a pandas.DataFrame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from relsim.ensemble.chunk import NOT_RUN
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.layout import layout_of

__all__ = ["to_dataframe", "to_xarray"]


def to_xarray(ensemble: Ensemble) -> xr.Dataset:
    """The layout of the store with names along its axes."""
    layout = layout_of(ensemble)
    used = {dim for variable in layout.variables.values() for dim in variable.dims}
    named = {axis: list(names) for axis, names in layout.names.items() if axis in used}
    loose = {axis: list(names) for axis, names in layout.names.items() if axis not in used}
    variables = {
        name: (variable.dims, variable.values, dict(variable.attributes))
        for name, variable in layout.variables.items()
        if name not in ("week", "draw_of_run")
    }
    coordinates = {
        **named,
        "week": _dates(ensemble, ensemble.week_days),
        "draw_of_run": ("run", ensemble.draw_of_run),
    }
    attributes = {"scenario": ensemble.scenario.name, **layout.attributes, **loose}
    return xr.Dataset(variables, coordinates, attributes)


def to_dataframe(ensemble: Ensemble) -> pd.DataFrame:
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


def _dates(ensemble: Ensemble, days: npt.NDArray[np.integer]) -> npt.NDArray[np.datetime64]:
    """Days of the term as dates; a day below 0 is no date."""
    start = np.datetime64(ensemble.start, "s")
    dates: npt.NDArray[np.datetime64] = start + days.astype("timedelta64[D]")
    dates[days < 0] = np.datetime64("NaT")
    return dates
