"""What all figures ask of an ensemble: the runs that count, and the days that they cover."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, UsageError
from relsim.runs.chunk_result import NOT_RUN

__all__ = ["term_days", "valid_runs"]


def valid_runs(ensemble: Ensemble) -> npt.NDArray[np.bool_]:
    """The runs that were finished, bool (runs,).

    Raises
    ------
    UsageError
        If the ensemble is weighted: shares of its runs are not probabilities.
    SimulationError
        If no run was finished.
    """
    if ensemble.weights is not None:
        raise UsageError("figures of courses and distributions need an unweighted ensemble")
    valid: npt.NDArray[np.bool_] = (ensemble.first_day != NOT_RUN).all(axis=0)
    if not valid.any():
        raise SimulationError("no run was finished: there is nothing to draw")
    return valid


def term_days(ensemble: Ensemble) -> npt.NDArray[np.datetime64]:
    """Every day of the term, datetime64 (days,)."""
    horizon = ensemble.scenario.horizon
    return np.arange(np.datetime64(horizon.start, "D"), np.datetime64(horizon.end, "D"))
