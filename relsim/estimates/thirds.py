"""The parameter that matters most: an outcome's mean over the draws in each third of a parameter.

A question of which parameter, and not of how much of the variance it makes: that is for
`relsim.drivers`, which simulates runs of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.estimates import formatting
from relsim.estimates.confidence import effective
from relsim.estimates.deconvolution import Interval

LEVEL = 0.05  # chance that some parameter passes though none matters
THIRD = 1 / 3
FEWEST_SHARE, MOST_SHARE = 1 / 4, 5 / 12  # of the draws, in what still counts as a third
FEWEST_UNITS = 20  # independent draws, in both thirds together
NONE = "no single parameter stands out at this size"


@dataclass(frozen=True)
class Thirds:
    """An outcome's probability in the lowest and in the highest third of a parameter.

    Attributes
    ----------
    parameter : str
        Its name, as it was given.
    low, high : float
        Means over the draws with the lowest and with the highest third of its values.
    low_error, high_error : float
        Standard errors of both, between draws that are independent.
    below, above : float
        The highest value in the lowest third, and the lowest one in the highest third.
    standardised : float
        Difference of the means, high less low, over its standard error.
    p_value : float
        Chance of a difference as large in a given parameter that does not matter.
    parameters : int
        How many parameters were compared.
    """

    parameter: str
    low: float
    high: float
    low_error: float
    high_error: float
    below: float
    above: float
    standardised: float
    p_value: float
    parameters: int

    @property
    def stands_out(self) -> bool:
        """Whether so much would be seen among all these parameters in at most 5% of cases."""
        return self.p_value * self.parameters <= LEVEL

    def said(self, title: str) -> str:
        """In words: ``"rivalry in its lowest third: .71; in its highest: .21"``.

        Parameters
        ----------
        title : str
            What the parameter is called.
        """
        places = formatting.decimals(max(self.low_error, self.high_error))
        low, high = (formatting.text(mean, places) for mean in (self.low, self.high))
        return f"{title} in its lowest third: {low}; in its highest: {high}"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "parameter": self.parameter,
            "lowest_third": self.low,
            "lowest_third_error": self.low_error,
            "highest_third": self.high,
            "highest_third_error": self.high_error,
            "lowest_third_below": self.below,
            "highest_third_above": self.above,
            "p_value": self.p_value,
            "parameters_compared": self.parameters,
            "stands_out": self.stands_out,
        }


def strongest(
    met: npt.ArrayLike,
    size: npt.ArrayLike,
    parameters: Mapping[str, Doubles],
    unit: npt.ArrayLike | None = None,
) -> Thirds | None:
    """The first of `by_thirds`: the parameter that matters most to an outcome; None if none does.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.arange(60.0)
    >>> found = strongest(values // 20, np.full(60, 10), {"a": values, "b": values % 7})
    >>> found.said("the first"), found.stands_out
    ('the first in its lowest third: .0; in its highest: .2', True)
    """
    return next(iter(by_thirds(met, size, parameters, unit)), None)


def by_thirds(
    met: npt.ArrayLike,
    size: npt.ArrayLike,
    parameters: Mapping[str, Doubles],
    unit: npt.ArrayLike | None = None,
) -> list[Thirds]:
    """Parameters by how much they matter to an outcome, by thirds of the draws.

    Parameters
    ----------
    met, size : array of float, shape (draw,)
        Weight of each draw's runs in which the outcome came about, and of all its runs; numbers of
        runs, if none weighs more than another. A draw of weight 0 is left out.
    parameters : mapping of name to float64 (draw,)
        Values in each draw. What is the same in all draws, or in so many that no third can be told
        apart, is left out.
    unit : array of int, shape (draw,), optional
        Draws of one number are copies of each other, or share what was drawn jointly: they are
        one observation. By default each draw is one.

    Returns
    -------
    list of Thirds
        Those that stand out, the largest difference first; then the others, the largest
        standardised difference first. Empty if there are no parameters, too few draws, or no
        difference between draws.

    Notes
    -----
    1. The thirds are of the weight of the draws. Draws with one value are never parted.
    2. The variance of the difference of both means is the sum over units of the squares of how far
       it moves if the unit is left out: the jackknife (Efron & Stein 1981, Ann. Stat. 9:586-596).
       So copies of a row count once, however often they are drawn.
    3. Student's t, with 2 degrees fewer than Kish's effective number of the units in both thirds.
       Among K parameters one stands out if its p-value is at most .05/K (Bonferroni), whatever the
       dependence between parameters.
    4. What stands out is ranked by the difference itself. Standardised differences would favour
       parameters that are drawn apart from the joint draws: they are known better, as there are
       more independent values of them, and do not matter more.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.arange(60.0)
    >>> found = by_thirds(values // 20, np.full(60, 10), {"a": values, "b": values % 7})
    >>> [(one.parameter, one.stands_out) for one in found]
    [('a', True), ('b', False)]
    """
    part, weight = (np.asarray(array, dtype=np.float64) for array in (met, size))
    units = np.arange(weight.size) if unit is None else np.asarray(unit, dtype=np.int64)
    kept = weight > 0
    part, weight = part[kept], weight[kept]
    units = np.unique(units[kept], return_inverse=True)[1]
    sides = ((name, _sides(values[kept], weight)) for name, values in parameters.items())
    split = {name: thirds for name, thirds in sides if thirds is not None}
    found = []
    for name, (low, high) in split.items():
        means, errors, standardised, p_value = _compared(low, high, part, weight, units)
        values = parameters[name][kept]
        ends = float(values[low].max()), float(values[high].min())
        found.append(Thirds(name, *means, *errors, *ends, standardised, p_value, len(split)))
    return sorted((one for one in found if one.standardised), key=_rank, reverse=True)


def _rank(one: Thirds) -> tuple[bool, float]:
    """What stands out comes first."""
    return one.stands_out, abs(one.high - one.low if one.stands_out else one.standardised)


def _sides(values: Doubles, weight: Doubles) -> tuple[Booleans, Booleans] | None:
    """The draws in the lowest and in the highest third; None if ties keep them from being that."""
    distinct, place = np.unique(values, return_inverse=True)
    if distinct.size < 3 or not np.isfinite(distinct).all():
        return None
    of_value = np.bincount(place, weight) / weight.sum()
    middle = np.cumsum(of_value) - of_value / 2
    sides = middle < THIRD, middle > 1 - THIRD
    if any(not FEWEST_SHARE <= of_value[side].sum() <= MOST_SHARE for side in sides):
        return None
    return sides[0][place], sides[1][place]


def _compared(
    low: Booleans, high: Booleans, part: Doubles, weight: Doubles, units: Integers
) -> tuple[Interval, Interval, float, float]:
    """Means in the lowest and the highest third, their errors, the standardised difference, p."""
    found = []
    for side in (low, high):
        of_unit = np.bincount(units[side], weight[side], int(units.max()) + 1)
        total = float(of_unit.sum())
        mean = float(part[side].sum()) / total
        apart = np.bincount(units[side], (part - mean * weight)[side], of_unit.size)
        # What the mean moves by if the unit is left out; it is never all of the third.
        found.append((mean, apart / np.maximum(total - of_unit, total / of_unit.size)))
    (low_mean, by_low), (high_mean, by_high) = found
    errors = _length(by_low), _length(by_high)
    difference, error = high_mean - low_mean, _length(by_high - by_low)
    number = effective(np.bincount(units, weight * (low | high)))
    if difference == 0 or number < FEWEST_UNITS:
        return (low_mean, high_mean), errors, 0.0, 1.0
    standardised = difference / error if error > 0 else math.copysign(math.inf, difference)
    p_value = 2 * float(special.stdtr(number - 2, -abs(standardised)))
    return (low_mean, high_mean), errors, standardised, p_value


def _length(contributions: Doubles) -> float:
    return math.sqrt(float((contributions**2).sum()))
