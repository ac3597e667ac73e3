"""The kinds of distributions that a scenario can write: one table, ``KINDS``.

All are drawn by their inverse distribution function, a pure function of float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["KINDS", "Family"]

WIDEST_LOG = 20.0  # sd of a logarithm, so that no quantile overflows
SHAPES = (1e-3, 1e6)  # between these scipy inverts the beta and gamma functions well
HERMITE_NODES = 64


@dataclass(frozen=True)
class Family:
    """What is known of one kind of distribution; each function takes its parameters last."""

    names: tuple[str, ...]  # empty: any number of values
    complaint: Callable[..., str]  # what is wrong with the parameters, "" if nothing
    quantile: Callable[..., Floats]
    mean: Callable[..., float]
    support: Callable[..., tuple[float, float]]
    scales: tuple[bool, ...] | None  # which parameters carry the unit (repeated); None: no unit
    open: bool = False  # the ends of the support are never reached


def _unless(right: bool, wish: str) -> str:
    return "" if right else wish


def _shapes(*shapes: float) -> str:
    low, high = SHAPES
    right = all(low <= shape <= high for shape in shapes)
    return _unless(right, f"shapes must be positive, from {low:g} to {high:g}")


def _everywhere(*_: float) -> tuple[float, float]:
    return -math.inf, math.inf


def _positive(*_: float) -> tuple[float, float]:
    return 0.0, math.inf


def _between_0_and_1(*_: float) -> tuple[float, float]:
    return 0.0, 1.0


def _normal_quantile(u: Floats, mean: float, sd: float) -> Floats:
    from scipy.special import ndtri

    return mean + sd * ndtri(u)


def _lognormal_quantile(u: Floats, median: float, sd_of_log: float) -> Floats:
    import numpy as np
    from scipy.special import ndtri

    return median * np.exp(sd_of_log * ndtri(u))


def _lognormal_mean(median: float, sd_of_log: float) -> float:
    return median * math.exp(sd_of_log**2 / 2)


def _logit_normal_quantile(u: Floats, mean: float, sd: float) -> Floats:
    import numpy as np
    from scipy.special import expit

    return np.asarray(expit(_normal_quantile(u, mean, sd)), dtype=np.float64)


def _logit_normal_mean(mean: float, sd: float) -> float:
    import numpy as np
    from scipy.special import expit

    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    return float(np.sum(weights * expit(mean + sd * nodes)) / np.sum(weights))


def _beta_quantile(u: Floats, a: float, b: float) -> Floats:
    from scipy.special import betaincinv

    return betaincinv(a, b, u)


def _gamma_quantile(u: Floats, shape: float, scale: float) -> Floats:
    import numpy as np
    from scipy.special import gammaincinv

    return np.asarray(scale * gammaincinv(shape, u), dtype=np.float64)


def _triangular_quantile(u: Floats, low: float, mode: float, high: float) -> Floats:
    import numpy as np

    width, rise = high - low, mode - low
    left = low + np.sqrt(u * width * rise)
    right = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u * width < rise, left, right)


def _choice_quantile(u: Floats, *values: float) -> Floats:
    """Each value is as likely as the others, in the order in which they are written."""
    import numpy as np

    which = np.minimum((u * len(values)).astype(np.int64), len(values) - 1)
    return np.asarray(values, dtype=np.float64)[which]


def _point_quantile(u: Floats, value: float) -> Floats:
    import numpy as np

    return np.full(np.shape(u), value)


KINDS: dict[str, Family] = {
    "point": Family(
        ("value",),
        lambda value: "",
        _point_quantile,
        lambda value: value,
        lambda value: (value, value),
        (True,),
    ),
    "normal": Family(
        ("mean", "sd"),
        lambda mean, sd: _unless(sd > 0, "sd must be positive"),
        _normal_quantile,
        lambda mean, sd: mean,
        _everywhere,
        (True, True),
        open=True,
    ),
    "lognormal": Family(
        ("median", "sd of the log"),
        lambda median, sd: _unless(
            median > 0 and 0 < sd <= WIDEST_LOG,
            f"median and sd must be positive, sd at most {WIDEST_LOG:g}",
        ),
        _lognormal_quantile,
        _lognormal_mean,
        _positive,
        (True, False),
        open=True,
    ),
    "logit-normal": Family(
        ("mean of the logit", "sd of the logit"),
        lambda mean, sd: _unless(sd > 0, "sd must be positive"),
        _logit_normal_quantile,
        _logit_normal_mean,
        _between_0_and_1,
        None,
        open=True,
    ),
    "beta": Family(
        ("a", "b"),
        _shapes,
        _beta_quantile,
        lambda a, b: a / (a + b),
        _between_0_and_1,
        None,
        open=True,
    ),
    "gamma": Family(
        ("shape", "scale"),
        lambda shape, scale: _shapes(shape) or _unless(scale > 0, "scale must be positive"),
        _gamma_quantile,
        lambda shape, scale: shape * scale,
        _positive,
        (False, True),
        open=True,
    ),
    "triangular": Family(
        ("low", "mode", "high"),
        lambda low, mode, high: _unless(
            low <= mode <= high and low < high, "low, mode and high must be in order"
        ),
        _triangular_quantile,
        lambda low, mode, high: (low + mode + high) / 3,
        lambda low, mode, high: (low, high),
        (True, True, True),
    ),
    "uniform": Family(
        ("low", "high"),
        lambda low, high: _unless(low < high, "low must be below high"),
        lambda u, low, high: low + (high - low) * u,
        lambda low, high: (low + high) / 2,
        lambda low, high: (low, high),
        (True, True),
    ),
    "choice": Family(
        (),
        lambda *values: _unless(len(values) > 0, "choice needs at least one value"),
        _choice_quantile,
        lambda *values: sum(values) / len(values),
        lambda *values: (min(values), max(values)),
        (True,),
    ),
}
