"""What was meant by a word of likelihood, as a distribution of a probability.

A lexicon's range, or what readers answered, becomes three points (5, 50 and 95%) by the rules
below; the distribution goes through the three. All rules work in log-odds, where nought and one
are infinitely far and a step means the same everywhere.

1. **A range** is taken to hold `AGREEMENT` of what writers mean by the word, centrally. Readers
   agreed with ICD 203 in 32% of cases when the words alone were shown and in 66% when the numbers
   stood in the text (Wintle et al. 2019, PLoS ONE 14(4):e0213522); experts' own 90% ranges for what
   others mean held under 65% of it (Teigen & Brun 2003, as quoted by others). So an official range
   is no 90% range, and the outer points lie 1.72 half widths from its middle.
2. **An end at 0 or 100%** is moved inside by a tenth of the range: whoever writes "unlikely, 0 to
   33%" does not mean nought. A range without width (Kent's impossible, 0%) is one of one per cent.
3. **Readers** whose 5% and 95% points are known: these, and their median. Their disagreement is in
   them, so nothing is widened. Where quartiles alone are known, the outer points lie 2.44 times as
   far from the median in log-odds, as in a logit-normal.
4. **Answers of 0 or 100%** stand for half a per cent from there, since answers come in whole per
   cents; and no outer point is nearer to the median than `NARROWEST` in log-odds, about 5 points
   at one half, since people answer in steps of five.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relsim.lexicons.terms import Range, Readers, Triple

if TYPE_CHECKING:
    from relsim.array_types import Doubles

__all__ = ["Meant", "Points", "points_of"]

Points = tuple[float, float, float]

AGREEMENT = 0.66
INSIDE = 0.1  # of a range's width
NO_WIDTH = 0.01
HALF_A_PER_CENT = 0.005
NARROWEST = 0.2
Z_95 = 1.6448536269514722
Z_75 = 0.6744897501960817
STRAIGHT = 1e-9  # a bend below which the distribution is a plain logit-normal


def points_of(meaning: Range | Readers | Triple, agreement: float = AGREEMENT) -> Points:
    """The 5, 50 and 95% points of what a word means, by the rules of this module.

    Parameters
    ----------
    meaning : Range, Readers or Triple
        What a lexicon says of the word.
    agreement : float
        Share of what writers mean that an official range holds.

    Examples
    --------
    >>> [round(point, 2) for point in points_of(Range(20, 45))]
    [0.14, 0.31, 0.56]
    >>> points_of(Readers(40, 30, 51, 10, 70))
    (0.1, 0.4, 0.7)
    """
    if isinstance(meaning, Triple):
        return meaning.p5 / 100, meaning.p50 / 100, meaning.p95 / 100
    if isinstance(meaning, Readers):
        return _of_readers(meaning)
    return _of_range(meaning.low / 100, meaning.high / 100, agreement)


def _of_range(low: float, high: float, agreement: float) -> Points:
    if low == high:
        low, high = max(low - NO_WIDTH, 0.0), min(high + NO_WIDTH, 1.0)
    moved = INSIDE * (high - low)
    low, high = low or moved, high if high < 1 else 1 - moved
    from statistics import NormalDist

    middle, half = (_logit(low) + _logit(high)) / 2, (_logit(high) - _logit(low)) / 2
    outer = half * Z_95 / NormalDist().inv_cdf((1 + agreement) / 2)
    return _expit(middle - outer), _expit(middle), _expit(middle + outer)


def _of_readers(answers: Readers) -> Points:
    median = _logit(_inside(answers.median / 100))

    def outer(point: float | None, quartile: float, sign: int) -> float:
        if point is not None:
            away = _logit(_inside(point / 100)) - median
        else:
            away = (_logit(_inside(quartile / 100)) - median) * Z_95 / Z_75
        if abs(away) >= NARROWEST:
            return _inside(point / 100) if point is not None else _expit(median + away)
        return _expit(median + sign * NARROWEST)

    return (
        outer(answers.p5, answers.lower_quartile, -1),
        _inside(answers.median / 100),
        outer(answers.p95, answers.upper_quartile, 1),
    )


def _inside(share: float) -> float:
    return min(max(share, HALF_A_PER_CENT), 1 - HALF_A_PER_CENT)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@dataclass(frozen=True)
class Meant:
    """What was meant: a distribution of a probability through its 5, 50 and 95% points.

    Notes
    -----
    With z standard normal the log-odds are m + s (exp(h z) − 1) / h, Tukey's g distribution: for
    h = 0 normal, so that the probability is logit-normal. m, s and h are those at which it goes
    through the three points, exactly: h = ln((ℓ95 − ℓ50) / (ℓ50 − ℓ5)) / 1.645.

    Source: Hoaglin 1985, in Hoaglin, Mosteller & Tukey, Exploring Data Tables, Trends, and Shapes,
    ch. 11.

    Examples
    --------
    >>> meant = Meant((0.15, 0.40, 0.70))
    >>> [round(float(p), 3) for p in meant.quantile([0.05, 0.5, 0.95])]
    [0.15, 0.4, 0.7]
    """

    points: Points

    def __post_init__(self) -> None:
        if not 0 < self.points[0] < self.points[1] < self.points[2] < 1:
            raise ValueError(f"must be three rising probabilities (got {self.points})")

    @property
    def shape(self) -> tuple[float, float, float]:
        """Median m, scale s and bend h of the log-odds."""
        low, middle, high = (_logit(point) for point in self.points)
        bend = math.log((high - middle) / (middle - low)) / Z_95
        if abs(bend) < STRAIGHT:
            return middle, (high - low) / (2 * Z_95), 0.0
        return middle, (high - middle) * bend / math.expm1(bend * Z_95), bend

    def log_density(self, log_odds: object) -> Doubles:
        """Logarithm of the density of the log-odds, per unit of log-odds; any shape.

        On the far side of the distribution's end, where h is not 0, it is −inf.
        """
        import numpy as np

        m, s, h = self.shape
        away = (np.asarray(log_odds, dtype=np.float64) - m) / s
        there = h * away > -1
        slope = np.log1p(h * away, out=np.zeros_like(away), where=there)
        z = slope / h if h else away
        density = -0.5 * z * z - slope - math.log(s * math.sqrt(2 * math.pi))
        return np.asarray(np.where(there, density, -np.inf))

    def share_below(self, p: object) -> Doubles:
        """The share of the distribution below the probabilities `p`; any shape."""
        import numpy as np
        from scipy import special

        m, s, h = self.shape
        away = (special.logit(np.asarray(p, dtype=np.float64)) - m) / s
        if h:
            with np.errstate(divide="ignore"):
                away = np.log1p(np.maximum(h * away, -1.0)) / h
        return np.asarray(special.ndtr(away))

    def quantile(self, u: object) -> Doubles:
        """The probabilities below which the shares `u` of the distribution lie; any shape."""
        import numpy as np
        from scipy import special

        m, s, h = self.shape
        z = special.ndtri(np.asarray(u, dtype=np.float64))
        return np.asarray(special.expit(m + s * (np.expm1(h * z) / h if h else z)))
