"""Probabilities of outcomes with both their errors: Monte Carlo, and over draws.

The *Monte Carlo error* says how far the number may be off because finitely many runs were made;
more runs shrink it. The *interval over draws* says how much the probability differs between
parameter vectors we hold possible; more runs do not shrink it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.escaping import markup
from relsim.estimates import formatting
from relsim.estimates.confidence import of_difference, of_share
from relsim.estimates.counts import Counts
from relsim.estimates.deconvolution import Interval
from relsim.estimates.over_draws import interval_of_differences, spread_over_draws

FEWEST_HITS = 50  # for a stated precision to count as reached by the error


@dataclass(frozen=True)
class _Measured(ABC):
    """What an estimate and a difference have in common: both errors, and how they are written."""

    _signed: ClassVar[bool] = False

    value: float
    mc_error: float
    mc_interval_90: Interval | None
    interval_90: Interval | None
    interval_note: str
    n: int

    @property
    @abstractmethod
    def value_text(self) -> str:
        """The value in the digits that its error supports."""

    @property
    def error_text(self) -> str:
        """``"± .006"``, one digit."""
        return "± " + formatting.text(self.mc_error, formatting.decimals(self.mc_error))

    @property
    def interval_text(self) -> str:
        """``".12 to .49"``, or the reason why there is none."""
        return self._interval_text(self.interval_90)

    def _interval_text(self, interval: Interval | None) -> str:
        if interval is None or self.interval_note:
            return self.interval_note
        return formatting.between(*interval, signed=self._signed)

    def __str__(self) -> str:
        over_draws = self.interval_note or f"90% over draws: {self.interval_text}"
        return " ".join(filter(None, [self.value_text, self.error_text, f"({over_draws})"]))

    def _repr_html_(self) -> str:
        value, rest = str(self).split(" ", 1)
        return f"<b>{markup(value)}</b> {markup(rest)}, {self.n:,} runs"

    def _errors_to_json(self) -> dict[str, object]:
        return {
            "mc_error": self.mc_error,
            "mc_interval_90": None if self.mc_interval_90 is None else list(self.mc_interval_90),
            "interval_90": None if self.interval_90 is None else list(self.interval_90),
            "spread": self.interval_note or None,
            "runs": self.n,
        }


@dataclass(frozen=True)
class Estimate(_Measured):
    """The probability of an outcome.

    Attributes
    ----------
    value : float
        Share of the runs in which it happened.
    mc_error : float
        Monte Carlo standard error; never 0.
    mc_interval_90 : (float, float) or None
        90% confidence interval of `value`, for the Monte Carlo error alone; None if fewer than 10
        draws hold hits, or misses.
    interval_90 : (float, float) or None
        5% and 95% points of the probability over draws.
    interval_note : str
        Why `interval_90` is None, ``"no spread resolved"`` where its ends are alike, or empty.
    n, hits : int
        Runs, and runs in which the outcome happened.
    refused : str
        Why `mc_interval_90` is None; empty if it is there.
    bounds : (float, float)
        Where there is no interval: what the probability is above and below, each with 95%
        confidence.
    interval_50 : (float, float) or None
        The middle half: 25% and 75% points of the probability over draws. It is there where
        `interval_90` is.
    """

    hits: int
    refused: str = ""
    bounds: Interval = (0.0, 1.0)
    interval_50: Interval | None = field(default=None, repr=False)

    @property
    def mc_bounds(self) -> Interval:
        """The ends of `mc_interval_90`, or what is known where there is none: `bounds`."""
        return self.mc_interval_90 or self.bounds

    @property
    def value_text(self) -> str:
        """The value in the digits its error supports; a bound if few draws hold hits, or misses."""
        low, high = self.mc_bounds
        if self._is_bound:
            return formatting.bound(self.value, low, high)
        return formatting.probability(self.value, self.mc_error, high)

    @property
    def error_text(self) -> str:
        """``"± .006"``, one digit; empty beside a bound."""
        return "" if self._is_bound else super().error_text

    @property
    def middle_half_text(self) -> str:
        """``".21–.38"``, or the reason why there is no middle half."""
        return self._interval_text(self.interval_50)

    @property
    def _is_bound(self) -> bool:
        """Whether a bound is all that is known: it says more than nothing."""
        bound = self.mc_bounds[1] if self.value < 0.5 else 1 - self.mc_bounds[0]
        return bool(self.refused) and bound < 1

    @property
    def resolved(self) -> bool:
        """Whether enough draws hold hits, and misses, to distinguish it from 0 and 1."""
        return not self.refused

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON: null for what is not known, never NaN.

        Returns
        -------
        dict
            probability, mc_error, mc_interval_90, interval_90, interval_50 (the middle half over
            draws), spread (why there is no interval over draws), runs, hits, resolved, mc_refused
            (why there is no Monte Carlo interval) and mc_bounds_95.
        """
        return {
            "probability": self.value,
            **self._errors_to_json(),
            "interval_50": None if self.interval_50 is None else list(self.interval_50),
            "hits": self.hits,
            "resolved": self.resolved,
            "mc_refused": self.refused or None,
            "mc_bounds_95": list(self.mc_bounds),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Estimate:
        """What `to_json` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        return cls(
            float(data["probability"]), float(data["mc_error"]), _pair(data, "mc_interval_90"),
            _pair(data, "interval_90"), str(data["spread"] or ""), int(data["runs"]),
            int(data["hits"]), str(data["mc_refused"] or ""),
            _pair(data, "mc_bounds_95") or (0.0, 1.0), _pair(data, "interval_50"),
        )  # fmt: skip


@dataclass(frozen=True)
class Difference(_Measured):
    """The difference of an outcome's probability between two ensembles paired run by run.

    Attributes
    ----------
    value : float
        Probability in the first less that in the second.
    mc_error, mc_interval_90, interval_90, interval_note
        As in `Estimate`, of the difference.
    n, flips : int
        Pairs of runs, and those in which the outcome happened in one run alone.
    variance_saved : float or None
        1 − variance of the paired difference / variance had the two been independent; None if
        both are 0.
    """

    _signed = True

    mc_interval_90: Interval
    flips: int
    variance_saved: float | None

    @property
    def value_text(self) -> str:
        """The value with its sign in the digits its error supports; 0 if no pair differs."""
        places = formatting.decimals(self.mc_error)
        return formatting.text(self.value, places, signed=True) if self.flips else "0"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON: null for what is not known, never NaN."""
        return {
            "difference": self.value,
            **self._errors_to_json(),
            "flips": self.flips,
            "variance_saved": self.variance_saved,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Difference:
        """What `to_json` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        low, high = data["mc_interval_90"]
        saved = data["variance_saved"]
        return cls(
            float(data["difference"]), float(data["mc_error"]), (float(low), float(high)),
            _pair(data, "interval_90"), str(data["spread"] or ""), int(data["runs"]),
            int(data["flips"]), None if saved is None else float(saved),
        )  # fmt: skip


def _pair(data: Mapping[str, Any], name: str) -> Interval | None:
    return None if data[name] is None else (float(data[name][0]), float(data[name][1]))


def estimate(
    happened: npt.ArrayLike,
    draw_of_run: npt.ArrayLike,
    runs_per_batch: int,
    *,
    valid: npt.ArrayLike | None = None,
    parameters: Mapping[str, Doubles] | None = None,
    by_runs: bool = False,
) -> Estimate:
    """Estimate the probability of an outcome.

    Parameters
    ----------
    happened : array of bool, shape (run,)
        Whether the outcome happened.
    draw_of_run : array of int, shape (run,)
        Number of each run's draw, from 0.
    runs_per_batch : int
        Runs that follow one another and share a batch of draws.
    valid : array of bool, shape (run,), optional
        False for a run that failed; it is left out.
    parameters : mapping of float64 (draw,), optional
        Parameters that the batches stratify (`relsim.ensemble.data.stratified`); asked only
        under 8 batches.
    by_runs : bool
        Over draws, these count by their valid runs: those of a condition.

    Raises
    ------
    SimulationError
        If no run is valid.
    ValueError
        If the arrays differ in shape or are not of booleans, or `runs_per_batch` is not positive.

    Notes
    -----
    1. A draw's runs are alike and a batch's draws are stratified, so runs are not independent;
       batches are. mc_error = sqrt(B/(B−1) · Σ_b w_b²(ȳ_b − p)²), with w_b the batch's share of
       the runs; for even batches sqrt(Σ(ȳ_b − p)²/(B(B−1))). Student's t with B−1 degrees.
    2. Under 8 batches the error is that along the parameter that explains most of the scatter of
       draws (`relsim.estimates.counts.variance_along`). Where none is seen to, the same formula
       goes over draws, and so does it over batches, of which the smaller error counts; but none
       below that of the runs if their draws were given.
    3. Under 10 draws that hold hits, or misses, there is no interval. The bounds are those that
       hold though one more draw held nothing but hits, or misses (Fay & Feuer 1997, Stat. Med.
       16:791-801).
    4. Where few draws carry most of the hits, or misses (the mean over draws has a skewness above
       .14), the interval is that of a sum of draws, as if the largest of them came once more, and
       mc_error at least its half width / 1.645; but for outcomes that strata make much surer.
    5. The intervals over draws: `relsim.estimates.over_draws.spread_over_draws`.
    """
    counts = Counts(draw_of_run, runs_per_batch, valid, parameters)
    hits = counts.of(happened)
    total, n = int(hits.batch.sum()), counts.total
    error, interval, bounds, refused = of_share(hits.draw, counts.runs.draw, counts.error(hits), n)
    spread = spread_over_draws(hits.draw, counts.runs.draw, by_runs=by_runs)
    return Estimate(
        total / n, error, interval, spread.interval_90, spread.note, n, total, refused, bounds,
        spread.interval_50,
    )  # fmt: skip


def difference(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    draw_of_run: npt.ArrayLike,
    runs_per_batch: int,
    *,
    valid: npt.ArrayLike | None = None,
    parameters: Mapping[str, Doubles] | None = None,
) -> Difference:
    """Estimate the difference of an outcome's probability, first less second, paired by run.

    Parameters
    ----------
    first, second : array of bool, shape (run,)
        Whether the outcome happened, in two ensembles whose runs share draws and random numbers.
    draw_of_run, runs_per_batch, valid, parameters
        As for `estimate`; a run must be valid in both.

    Raises
    ------
    SimulationError, ValueError
        As for `estimate`.

    Notes
    -----
    mc_error as for `estimate`, of the paired difference. If a few draws carry most of it, or under
    10 draws differ, the interval joins those of what was gained and what was lost
    (`relsim.estimates.confidence.of_difference`). `interval_90` is explained at
    `relsim.estimates.over_draws.interval_of_differences`.
    """
    counts = Counts(draw_of_run, runs_per_batch, valid, parameters)
    a, b = counts.checked(first), counts.checked(second)
    up, down = counts.of(a & ~b), counts.of(b & ~a)
    gained, lost, n = int(up.batch.sum()), int(down.batch.sum()), counts.total
    apart = up - down
    independent = sum(counts.variance(counts.of(x)) for x in (a, b))
    saved = 1 - counts.variance(apart) / independent if independent > 0 else None
    error, interval = of_difference(up.draw, down.draw, counts.runs.draw, counts.error(apart))
    over_draws, reason = interval_of_differences(apart.draw, apart.squares, counts.runs.draw)
    value = (gained - lost) / n
    return Difference(value, error, interval, over_draws, reason, n, gained + lost, saved)


def is_precise(estimate: Estimate, precision: float) -> bool:
    """Whether the Monte Carlo error is at most `precision`.

    It is if there is an interval and 50 hits or more say so, or if the probability is below
    `precision` with 95% confidence. Whoever asks after each batch stops too early: ask at 16, 32,
    64, ... batches.
    """
    if estimate.resolved and estimate.hits >= FEWEST_HITS and estimate.mc_error <= precision:
        return True
    return estimate.mc_bounds[1] <= precision


@dataclass(frozen=True, repr=False)
class Share(Brief):
    """A part of the difference of an outcome's probability.

    Attributes
    ----------
    value : float
    mc_error : float
        Monte Carlo standard error; never 0.
    mc_interval_90 : (float, float)
    n, flips : int
        Runs, and those of which the part is not 0.
    """

    value: float
    mc_error: float
    mc_interval_90: Interval
    n: int
    flips: int

    @property
    def value_text(self) -> str:
        """The value with its sign in the digits its error supports; 0 if it is 0 in every run."""
        places = formatting.decimals(self.mc_error)
        return formatting.text(self.value, places, signed=True) if self.flips else "0"

    @property
    def error_text(self) -> str:
        """``"± .006"``, one digit."""
        return "± " + formatting.text(self.mc_error, formatting.decimals(self.mc_error))

    def __str__(self) -> str:
        return f"{self.value_text} {self.error_text}"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "share": self.value,
            "mc_error": self.mc_error,
            "mc_interval_90": list(self.mc_interval_90),
            "runs": self.n,
            "flips": self.flips,
        }


def share(
    numbers: npt.ArrayLike,
    scale: int,
    draw_of_run: npt.ArrayLike,
    runs_per_batch: int,
    *,
    valid: npt.ArrayLike | None = None,
    parameters: Mapping[str, Doubles] | None = None,
) -> Share:
    """Estimate the mean of a number a run, between −1 and 1.

    Parameters
    ----------
    numbers : array of int, shape (run,)
        The number times `scale`; whole, so that shares add up to the bit.
    scale : int
        What the numbers were multiplied by.
    draw_of_run, runs_per_batch, valid, parameters
        As for `relsim.estimates.probability.estimate`.

    Notes
    -----
    Error and interval as for a paired difference (`relsim.estimates.probability.difference`).
    """
    counts = Counts(draw_of_run, runs_per_batch, valid, parameters)
    array = np.asarray(numbers)
    up, down = (counts.summed(np.maximum(sign * array, 0)) for sign in (1, -1))
    sums, n = up - down, counts.total
    value = int(sums.batch.sum()) / (n * scale)
    error, interval = of_difference(
        up.draw / scale, down.draw / scale, counts.runs.draw, counts.error(sums).over(scale)
    )
    flips = int(counts.of(array != 0).batch.sum())
    return Share(value, error, interval, n, flips)
