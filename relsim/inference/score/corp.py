"""Whether probabilities mean what they say: reliability by isotonic regression (CORP).

The recalibrated probability of a forecast is that of the isotonic regression of what happened on
what was said, fitted by pooling adjacent violators: no bins to choose. With S the mean Brier score
of the forecasts, S_c that of the recalibrated ones and S_r that of the share of what happened::

    S = (S − S_c) − (S_r − S_c) + S_r = miscalibration − discrimination + uncertainty

The *consistency band* is where the curve lies if the forecasts are right: what happened is drawn
from them, the curve fitted anew, and 5 and 95% points are taken at each probability. Forecasts of
one question answer to one event, so one uniform number is drawn for all of them, and the event
comes about in those whose probability lies above it. What came about is then not quite the same for
all of them, as it is in truth, so that the band is slightly too narrow: of 2,500 right forecasters
with 20 questions at 10 dates each, 6.9% had a p-value under .05.

Source: Dimitriadis, Gneiting & Jordan 2021, PNAS 118(8):e2016191118.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Doubles
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.inference.score.scoring_rules import brier
from relsim.tables import Table
from relsim.worlds.randomness.streams import Succession

__all__ = ["FEWEST", "Reliability", "reliability", "reliability_table"]

FEWEST = 20  # forecasts from which on a curve says anything
RESAMPLES = 1_000
TAILS = (0.05, 0.95)


@dataclass(frozen=True, eq=False, repr=False)
class Reliability(Brief):
    """What probabilities meant, by what was said.

    Attributes
    ----------
    said : float64 (points,)
        The probabilities that were forecast, rising, each once.
    number : int64 (points,)
        Forecasts of each.
    meant : float64 (points,)
        Recalibrated probabilities, never falling.
    low, high : float64 (points,)
        The consistency band: 90% of the curves of right forecasts, at each point by itself.
    score, miscalibration, discrimination, uncertainty : float
        Mean Brier score, and its parts: score = miscalibration − discrimination + uncertainty.
    p_value : float
        Share of the curves of right forecasts that are as much miscalibrated or more, with this one
        counted among them.
    """

    said: Doubles
    number: npt.NDArray[np.int64]
    meant: Doubles
    low: Doubles
    high: Doubles
    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    p_value: float

    @property
    def within(self) -> Booleans:
        """Whether the curve lies in its band, at each point."""
        slack = 1e-9
        inside: Booleans = (self.low - slack <= self.meant) & (self.meant <= self.high + slack)
        return inside

    @property
    def share_within(self) -> float:
        """Share of the forecasts at which the curve lies in its band."""
        return float(self.number[self.within].sum() / self.number.sum())

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        data: dict[str, Any] = asdict(self)
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in data.items()}
        return plain | {"share_within": self.share_within}


def reliability(
    probabilities: npt.ArrayLike,
    happened: npt.ArrayLike,
    questions: Sequence[Hashable] | None = None,
    seed: int = 1,
) -> Reliability:
    """Set what was said beside what happened.

    Parameters
    ----------
    probabilities : array (n,)
        What was forecast.
    happened : array of bool (n,)
        What came about.
    questions : sequence of hashable (n,), optional
        Which question each forecast answers; by default each one of its own.
    seed : int
        Of the random numbers of the band.

    Raises
    ------
    UsageError
        If there are fewer than `FEWEST` forecasts, or a probability is none.

    Examples
    --------
    >>> said = np.repeat([0.25, 0.75], 20)
    >>> found = reliability(said, np.tile([True, False, False, False], 10))
    >>> found.meant.tolist(), round(found.miscalibration, 4)
    ([0.25, 0.25], 0.125)
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(happened, np.float64)
    if p.size < FEWEST:
        raise UsageError(f"reliability needs at least {FEWEST} forecasts (got {p.size})")
    if not ((p >= 0) & (p <= 1)).all():
        raise UsageError("a probability lies between 0 and 1")
    said, place, number = np.unique(p, return_inverse=True, return_counts=True)

    def fitted(outcomes: Doubles) -> tuple[Doubles, float]:
        """The curve at each probability, and the miscalibration that it shows."""
        from scipy.optimize import isotonic_regression  # slow to import, and seldom needed

        share = np.bincount(place, outcomes) / number
        curve = np.asarray(isotonic_regression(share, weights=number).x)
        better = brier(curve[place], outcomes).mean()
        return curve, float(brier(p, outcomes).mean() - better)

    meant, miscalibration = fitted(y)
    _, which = np.unique(
        np.arange(p.size) if questions is None else _numbered(questions), return_inverse=True
    )
    numbers = Succession(seed, "score", "consistency band")
    curves, worse = np.empty((RESAMPLES, said.size)), 0
    for row in curves:
        drawn = numbers.uniforms((int(which.max()) + 1,))[which] < p
        row[:], off = fitted(drawn.astype(np.float64))
        worse += off >= miscalibration - 1e-12
    low, high = np.quantile(curves, TAILS, axis=0)
    score, uncertainty = float(brier(p, y).mean()), float(y.mean() * (1 - y.mean()))
    discrimination = uncertainty - (score - miscalibration)
    return Reliability(
        said, number, meant, low, high, score, miscalibration, discrimination, uncertainty,
        (worse + 1) / (RESAMPLES + 1),
    )  # fmt: skip


def _numbered(questions: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(question, len(numbers)) for question in questions]


def reliability_table(found: Reliability) -> Table:
    """The parts of the mean Brier score, and how far the curve lies in its band."""
    rows = [
        ("Mean Brier score", f"{found.score:.3f}"),
        ("Miscalibration", f"{found.miscalibration:.3f}"),
        ("Discrimination", f"{found.discrimination:.3f}"),
        ("Uncertainty", f"{found.uncertainty:.3f}"),
        ("As much miscalibrated though right", f"{found.p_value:.1%}"),
        ("Forecasts within the consistency band", f"{found.share_within:.0%}"),
    ]
    return Table(("Reliability", f"of {int(found.number.sum()):,} forecasts"), rows)
