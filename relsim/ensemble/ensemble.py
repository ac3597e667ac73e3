"""The ensemble that users hold: its numbers, and the forms in which they are shown and kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relsim.ensemble.data import EnsembleData
from relsim.ensemble.forecast_record import forecast_record
from relsim.ensemble.table import page
from relsim.tables import page_html

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

__all__ = ["Ensemble"]


class Ensemble(EnsembleData):
    """Outcomes and records of many simulated histories.

    Two are equal if they hold the same numbers of the same origin, whenever they were made.

    Attributes
    ----------
    scenario : Scenario
    seed, runs, runs_per_draw : int
    outcomes : tuple of str
    first_day : int16, (outcomes, runs)
        Day, from the start of the term, on which each outcome came about; -1 never, -2 not run.
    parameters : mapping of float64 (draws,)
        Drawn, or read from a stored result, when they are asked for.
    quantities : mapping of float32 (runs,)
        Of a stored result read when they are asked for.
    move_counts : int64, (draws, actors, moves)
        Moves made, summed over the runs of each draw.
    joint_counts : int64, (draws, joint moves)
    histograms : dict of int64 (weeks, bins)
    edges : dict of float64 (bins + 1,)
    sample : Sample
    weights : float64 (runs,) or None
        Weights of the runs in a conditioned ensemble.
    provenance : dict
        Hash of the scenario, seed, versions, time, chunk width.
    elapsed_seconds : float
    failures : tuple of Failure
        Chunks that broke off; their runs are -2 in `first_day`.
    unfinished : int
        Runs not simulated yet when the result was opened, -2 in `first_day` as well.
    """

    def record(self, outcomes: Sequence[str] | None = None) -> dict[str, object]:
        """The forecast record, plain data for JSON (format relsim.run/1).

        Parameters
        ----------
        outcomes : sequence of str, optional
            All by default.

        Returns
        -------
        dict
            Probabilities with their errors, and what a reader needs to make them again.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        return forecast_record(self, outcomes or self.outcomes)

    def save(self, folder: str | os.PathLike[str]) -> Path | str:
        """Write a result folder, which `relsim.open` reads; it is complete or absent.

        Parameters
        ----------
        folder : str or path
            A new one. A URL, ``s3://bucket/result``, goes where fsspec has a protocol for it (pip
            install "relsim-ir[remote]").

        Returns
        -------
        Path, or str for a URL
            Where it is now.

        Raises
        ------
        StoreError
            If the folder exists, or cannot be written.
        """
        from relsim.ensemble.saved import save

        return save(self, folder)

    def to_xarray(self) -> Dataset:
        """All arrays but the event log as one xarray.Dataset, which `to_netcdf` writes.

        Axes are named run, draw, week, outcome, ... The attributes `provenance` and `failures` are
        JSON text. Variables along `run` of several ensembles can be put together::

            runs = [e.to_xarray()[["first_day", "quantities"]] for e in ensembles]
            xarray.concat(runs, dim="run")

        Returns
        -------
        xarray.Dataset
        """
        from relsim.ensemble.frames import to_xarray

        return to_xarray(self)

    def log_to_xarray(self) -> Dataset:
        """The event log of the runs kept whole as an xarray.Dataset, one `entry` a happening.

        `kind`, `actor` and `subject` are numbers; their attributes `flag_values` and
        `flag_meanings` say what for. `weight`, `probability`, `drivers` and `value` are as in
        `Sample.log`.

        Returns
        -------
        xarray.Dataset
        """
        from relsim.ensemble.frames import log_to_xarray

        return log_to_xarray(self)

    def to_dataframe(self) -> DataFrame:
        """One row a run as a pandas.DataFrame.

        Returns
        -------
        pandas.DataFrame
            Columns: draw; for each outcome the date on which it came about, NaT if it did not; the
            quantities, NaN if the run failed.
        """
        from relsim.ensemble.frames import to_dataframe

        return to_dataframe(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ensemble):
            return NotImplemented
        from relsim.ensemble.frames import alike

        return alike(self, other)

    def _repr_html_(self) -> str:
        return page_html(page(self))
