"""How far weights move the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble

__all__ = ["Shift", "shifts"]


@dataclass(frozen=True, repr=False)
class Shift(Brief):
    """How far calibration moved a parameter.

    Attributes
    ----------
    parameter, unit : str
    prior_mean, prior_sd, mean, sd : float
    shift : float
        Of the mean, in prior standard deviations.
    error : float
        Standard error of `shift`, as the draws are finitely many.
    """

    parameter: str
    unit: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    shift: float
    error: float


def shifts(ensemble: Ensemble, weights: npt.NDArray[np.float64]) -> list[Shift]:
    """How far weighted draws move each uncertain parameter.

    Parameters
    ----------
    ensemble : Ensemble
        Of the draws before they are weighted.
    weights : float64 (draw,)
        Sum to 1.
    """
    values, found = ensemble.scenario.parameters(), []
    for path, drawn in ensemble.parameters.items():
        if values[path].constant is not None:
            continue
        before, mean = float(drawn.mean()), float(weights @ drawn)
        apart, prior_sd = (drawn - mean) ** 2, float(drawn.std())
        found.append(
            Shift(
                parameter=path,
                unit=values[path].unit,
                prior_mean=before,
                prior_sd=prior_sd,
                mean=mean,
                sd=float(np.sqrt(weights @ apart)),
                shift=(mean - before) / prior_sd,
                error=float(np.sqrt(weights**2 @ apart)) / prior_sd,
            )
        )
    return found
