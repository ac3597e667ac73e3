"""Scores of one forecast: the lower, the better. Each is proper: nobody gains by another forecast.

Sources: Brier 1950, Monthly Weather Review 78:1; Good 1952, J. R. Stat. Soc. B 14:107 (log);
Epstein 1969, J. Appl. Meteorol. 8:985 (ranked probability); Matheson & Winkler 1976, Management
Science 22:1087 (CRPS); that they are proper: Gneiting & Raftery 2007, JASA 102:359.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relsim.array_types import Doubles

__all__ = ["brier", "crps", "crps_of_date", "log_score", "ranked_probability", "unresolvable"]


def brier(probability: npt.ArrayLike, happened: npt.ArrayLike) -> Doubles:
    """Squared distance of a probability from what happened, 1 or 0; any shape.

    Examples
    --------
    >>> float(brier(0.75, True)), float(brier(0.75, False))
    (0.0625, 0.5625)
    """
    p, y = np.asarray(probability, np.float64), np.asarray(happened, np.float64)
    squares: Doubles = (p - y) ** 2
    return squares


def unresolvable(draws: npt.ArrayLike) -> Doubles:
    """The smallest probability that so many draws can tell from 0; any shape.

    It is what is to be expected of an outcome that none of n draws showed, 1/(2n + 2), the mean of
    Jeffreys' posterior. Draws count and not runs, since the runs of a draw share its parameters.

    Examples
    --------
    >>> float(unresolvable(49)), float(unresolvable(1024)) < 0.0005
    (0.01, True)
    """
    least: Doubles = 0.5 / (np.asarray(draws, np.float64) + 1)
    return least


def log_score(probability: npt.ArrayLike, happened: npt.ArrayLike, least: npt.ArrayLike) -> Doubles:
    """Minus the logarithm of the probability given to what happened, in nats; any shape.

    Parameters
    ----------
    probability, happened : array
        What was forecast, and what came about.
    least : array
        Probabilities below it, or above its complement, are taken for it: `unresolvable`. Without
        it, a share of no run at all would cost infinitely much.

    Examples
    --------
    >>> round(float(log_score(0.5, True, 0.01)), 4), round(float(log_score(0.0, True, 0.01)), 4)
    (0.6931, 4.6052)
    """
    p, floor = np.asarray(probability, np.float64), np.asarray(least, np.float64)
    given = np.where(np.asarray(happened, np.bool_), p, 1 - p)
    nats: Doubles = -np.log(np.clip(given, floor, 1 - floor))
    return nats


def ranked_probability(probabilities: Sequence[float] | Doubles, category: int) -> float:
    """Score of a forecast of ordered categories: missing by one costs less than by three.

    Parameters
    ----------
    probabilities : sequence of float, (categories,)
        They sum to 1.
    category : int
        The place of the one that came about, from 0.

    Returns
    -------
    float
        The mean of the Brier scores of "not beyond this category", over all categories but the
        last: from 0 to 1; for two categories the Brier score.

    Examples
    --------
    >>> ranked_probability([0.5, 0.5, 0.0], 0), ranked_probability([0.5, 0.5, 0.0], 2)
    (0.125, 0.625)
    """
    below = np.cumsum(probabilities)[:-1]
    return float(brier(below, np.arange(below.size) >= category).mean())


def crps(values: npt.ArrayLike, observed: float, weights: npt.ArrayLike | None = None) -> float:
    """Continuous ranked probability score of a number, in its own unit.

    Parameters
    ----------
    values : array (n,)
        Numbers that stand for the forecast.
    observed : float
        What it came to.
    weights : array (n,), optional
        Their probabilities; by default all alike.

    Returns
    -------
    float
        The integral of (F(x) − [x ≥ observed])² over x, exactly, where F is the distribution of the
        values. Of a single value it is the distance from what was observed.

    Examples
    --------
    >>> crps([3.0], 5.0), crps([0.0, 2.0], 1.0)
    (2.0, 0.5)
    """
    x = np.asarray(values, np.float64)
    w = np.full(x.size, 1 / x.size) if weights is None else np.asarray(weights, np.float64)
    order = np.argsort(np.append(x, observed), kind="stable")
    at = np.append(x, observed)[order]
    below = np.cumsum(np.append(w, 0.0)[order])[:-1]
    return float(np.diff(at) @ brier(below, at[:-1] >= observed))


def crps_of_date(
    days: npt.ArrayLike, probability: float, observed: float | None, last: float
) -> float:
    """Continuous ranked probability score of when something comes about, if it does, in days.

    Parameters
    ----------
    days : array (n,)
        Days, all alike probable, that stand for when it comes about if it does.
    probability : float
        That it comes about until the last day.
    observed : float or None
        The day on which it came about; None if it did not until the last.
    last : float
        The last day of the term. The score is that of the distribution until then: what comes about
        later is taken for the day after, and so is what never does.

    Examples
    --------
    >>> crps_of_date([10.0], 1.0, 30.0, 99), crps_of_date([10.0], 0.5, None, 99)
    (20.0, 22.5)
    """
    x = np.asarray(days, np.float64)
    share = probability if x.size else 0.0
    weights = np.append(np.full(x.size, share / max(x.size, 1)), 1 - share)
    end = last + 1
    came = end if observed is None else observed
    return crps(np.minimum(np.append(x, end), end), min(came, end), weights)
