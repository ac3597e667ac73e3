"""What a reader gets of an ensemble: page, tables, forecast record, and what limits the numbers.

Two limits can change a number without a word. The weekly histograms have fixed bins, so that what
lies outside is counted in the outer ones and a fan chart is cut off there. And a parameter whose
distribution never reaches an end of its support can stand there all the same once it is rounded to
float32: a share of exactly 0 or 1, whose log-odds are infinite. Draws come by inverse function, so
that no distribution is cut off, and the bounds within the engine on exponents lie where float32
holds the chance to be 0 or 1. The ladder's weekly chance to climb is capped at 1, uncounted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from relsim.array_types import Doubles, Floats
from relsim.ensemble.conditioning import condition_of, heading_of
from relsim.ensemble.data import EnsembleData
from relsim.ensemble.headline import headline_of
from relsim.errors import UnknownName
from relsim.estimates.base_rate import BaseRate
from relsim.estimates.confidence import FEW
from relsim.scenario.relative import taken_out, taken_out_text
from relsim.scenario.schema import Scenario
from relsim.tables import Page, Table

HEADINGS = (
    "Outcome", "Probability", "MC error", "Middle half", "90% over draws", "Median date",
)  # fmt: skip
FULL_HEADINGS = (
    "outcome", "title", "probability", "mc_error", "mc_low_90", "mc_high_90", "low_90", "high_90",
    "spread", "hits", "runs", "median_date", "mc_refused", "mc_above_95", "mc_below_95", "low_50",
    "high_50",
)  # fmt: skip
LEGEND = (
    "MC error: standard error, since the runs are finitely many.\n"
    "Over draws: how far the probability differs between the sets of parameters held possible; the "
    "middle half of them, and 90%."
)
BASE_RATE_HEADING = "Base rate"
BASE_RATE_LEGEND = (
    "Base rate: (h + ½) / (n + 1), where h of n earlier terms in the packaged record met the "
    "outcome; empty where the record cannot say."
)
FORMAT = "relsim.run/1"
EQUAL_PARTS = 20  # of the runs: a record holds the middle of each, of dates and of quantities
CLIPPED = "index"  # the series whose bins may be too narrow; shares always fit


@dataclass(frozen=True)
class Limits:
    """How often the runs met a limit.

    Attributes
    ----------
    clipped, weeks : int
        Weeks of runs in which the relations index lies in an outer bin or beyond, and all weeks.
    at_end, runs : int
        Runs of draws in which a parameter stands at an end that its distribution never reaches,
        and all runs.
    """

    clipped: int
    weeks: int
    at_end: int
    runs: int

    @property
    def met(self) -> tuple[str, ...]:
        """What was met, in words."""
        said = []
        if self.clipped:
            said.append(f"index off its scale in {self.clipped:,} of {self.weeks:,} weeks of runs")
        if self.at_end:
            said.append(f"a parameter at an end of its support in {self.at_end:,} runs")
        return tuple(said)

    def __str__(self) -> str:
        index = self.met[:1] if self.clipped else ("none clipped",)
        ends = self.met[-1:] if self.at_end else ("none at an end of a support",)
        return ", ".join((*index, *ends))

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "clipped_weeks": self.clipped,
            "weeks": self.weeks,
            "clipped_share": self.clipped / self.weeks,
            "runs_at_end_of_support": self.at_end,
            "share_at_end_of_support": self.at_end / self.runs,
        }


def limits_of(ensemble: EnsembleData) -> Limits:
    """How often the runs of an ensemble met a limit."""
    counts = ensemble.histograms[CLIPPED]
    return Limits(
        clipped=int(counts[:, [0, -1]].sum()),
        weeks=int(counts.sum()),
        at_end=ensemble.draws_at_end * ensemble.runs_per_draw,
        runs=ensemble.runs,
    )


class Instead(NamedTuple):
    """What stands in the table in place of a probability that so few hits do not resolve.

    Attributes
    ----------
    value, error, interval : str
        As they are written: the interval is that over draws.
    how : str
        How it was found.
    """

    value: str
    error: str
    interval: str
    how: str


def unresolved(
    ensemble: EnsembleData,
    outcomes: Sequence[str] | None = None,
    besides: Collection[str] = (),
) -> str:
    """A warning of outcomes that so few runs cannot resolve, `besides` some; or empty."""
    rare = []
    for name in outcomes or ensemble.outcomes:
        if name in besides:
            continue
        found = ensemble.probability(name)
        if not found.resolved:
            counted = (found.hits, "hit", "hits"), (found.n - found.hits, "miss", "misses")
            number, one, more = min(counted)
            few = f"{number or 'no'} {one if number == 1 else more}"
            rare.append(f"{ensemble.scenario.outcomes[name].title} ({few})")
    if not rare:
        return ""
    return (
        f"Not resolved by so few runs, under {FEW} draws hold hits, or misses, so a bound alone: "
        f"{'; '.join(rare)}"
    )


def outcome_table(
    ensemble: EnsembleData,
    outcomes: Sequence[str] | None = None,
    base_rates: Mapping[str, BaseRate] | None = None,
    instead: Mapping[str, Instead] | None = None,
) -> Table:
    """One row for each outcome, all by default; no digit that its error does not support.

    With base rates of any of them they stand in a last column.
    """
    scenario, names = ensemble.scenario, outcomes or ensemble.outcomes
    rows: list[tuple[object, ...]] = []
    for name in names:
        found, median = ensemble.probability(name), ensemble.median_date(name)
        half = "" if found.interval_note else found.middle_half_text  # said beside it
        said = (found.value_text, found.error_text, half, found.interval_text)
        if instead and name in instead:
            other = instead[name]
            said = (f"{other.value}*", other.error, "", other.interval)
        rows.append((scenario.outcomes[name].title, *said, median))
    headings: tuple[str, ...] = HEADINGS
    rates = base_rates or {}
    if not rates.keys().isdisjoint(names):
        headings = (*HEADINGS, BASE_RATE_HEADING)
        rows = [(*row, rates.get(name)) for name, row in zip(names, rows, strict=True)]
    bold = names.index(scenario.headline) if scenario.headline in names else None
    return Table(headings, rows, bold)


def full_table(ensemble: EnsembleData) -> Table:
    """All outcomes in full precision; what is not known is empty."""
    rows = []
    for name in ensemble.outcomes:
        found, median, none = ensemble.probability(name), ensemble.median_date(name), (None, None)
        errors = (found.mc_error, *(found.mc_interval_90 or none), *(found.interval_90 or none))
        counted = (found.interval_note, found.hits, found.n, median, found.refused)
        title = ensemble.scenario.outcomes[name].title
        half = found.interval_50 or none
        rows.append((name, title, found.value, *errors, *counted, *found.mc_bounds, *half))
    return Table(FULL_HEADINGS, rows)


def page(
    ensemble: EnsembleData,
    outcomes: Sequence[str] | None = None,
    base_rates: Mapping[str, BaseRate] | None = None,
    instead: Mapping[str, Instead] | None = None,
) -> Page:
    """What a reader gets: question, headline, outcomes, how they were found, and their limits.

    Parameters
    ----------
    ensemble : EnsembleData
        What is told.
    outcomes : sequence of str, optional
        All by default.
    base_rates : mapping of str to BaseRate, optional
        How often outcomes came about in earlier terms.
    instead : mapping of str to Instead, optional
        Of outcomes that were found by other means, since too few runs hit.
    """
    names = outcomes or ensemble.outcomes
    about = (
        f"{ensemble.runs:,} runs over {ensemble.draws:,} draws, seed {ensemble.seed}, "
        f"in {ensemble.elapsed_seconds:.1f} s; health: {ensemble.health}, {limits_of(ensemble)}"
    )
    beside = taken_out_text(taken_out(ensemble.scenario))
    others = {n: i for n, i in (instead or {}).items() if n in names}
    table = outcome_table(ensemble, names, base_rates, others)
    rated = BASE_RATE_LEGEND if BASE_RATE_HEADING in table.headings else ""
    means = [f"* {ensemble.scenario.outcomes[n].title}: {i.how}" for n, i in others.items()]
    few = unresolved(ensemble, names, others)
    below = filter(None, (LEGEND, rated, *means, few, beside, about))
    title = f"{ensemble.scenario.title}\n{ensemble.scenario.question}"
    title += heading_of(condition_of(ensemble))
    headline = headline_of(ensemble) if ensemble.scenario.headline in names else None
    first = [] if headline is None else [str(headline)]
    return [title, *first, table, "\n".join(below)]


def forecast_record(
    ensemble: EnsembleData,
    outcomes: Sequence[str],
    base_rates: Mapping[str, BaseRate] | None = None,
) -> dict[str, object]:
    """Plain data for JSON, with null where something is not known, never NaN."""
    scenario, headline = ensemble.scenario, headline_of(ensemble)
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "horizon": scenario.horizon.model_dump(mode="json"),
        **ensemble.provenance,
        "runs": ensemble.runs,
        "draws": ensemble.draws,
        "no_longer_from_posterior": list(taken_out(scenario)),
        "failed_runs": ensemble.health.failed,
        "limits": limits_of(ensemble).to_json(),
        "unfinished_runs": ensemble.unfinished,
        "elapsed_seconds": round(ensemble.elapsed_seconds, 3),
        "headline": None if headline is None else headline.to_json(),
        "outcomes": {
            name: _outcome(ensemble, name) | _base_rate((base_rates or {}).get(name))
            for name in outcomes
        },
        "quantities": {
            name: [float(f"{q:.6g}") for q in _middles_of(ensemble, values)]
            for name, values in ensemble.quantities.items()
        },
    }


def _middles_of(ensemble: EnsembleData, values: Floats) -> Doubles:
    """Of the runs that count and that have the quantity."""
    known = ensemble.valid & ~np.isnan(values)
    weights = None if ensemble.weights is None else ensemble.weights[known]
    return middles(values[known], weights)


def _base_rate(rate: BaseRate | None) -> dict[str, object]:
    return {} if rate is None else {"base_rate": rate.to_json()}


def _outcome(ensemble: EnsembleData, name: str) -> dict[str, object]:
    median = ensemble.median_date(name)
    date = None if median is None else median.isoformat()
    asked, days = ensemble.scenario.outcomes[name], ensemble.days(name)
    came = days >= 0
    weights = None if ensemble.weights is None else ensemble.weights[came]
    dates = [ensemble.scenario.date_of(int(day)) for day in middles(days[came], weights)]
    return {
        "title": asked.title,
        "resolves": asked.resolves,
        **ensemble.probability(name).to_json(),
        "median_date": date,
        "dates": [day.isoformat() for day in dates],
        "author": _author(ensemble.scenario, name),
    }


def middles(values: npt.NDArray[np.generic], weights: Doubles | None = None) -> Doubles:
    """The middle of each of `EQUAL_PARTS` parts of numbers in their order; none of no numbers.

    Parameters
    ----------
    values : array (n,)
        Numbers, in any order.
    weights : float64 (n,), optional
        Their weights, by which the parts are equal; by default all alike.

    Returns
    -------
    float64 (EQUAL_PARTS,) or (0,)
        Each one of `values`: quantiles of 2.5, 7.5, ... 97.5%, without interpolation.

    Examples
    --------
    >>> middles(np.arange(100))[[0, 1, -1]].tolist()
    [2.0, 7.0, 97.0]
    """
    sums = np.cumsum(np.ones(values.size) if weights is None else weights)
    if not sums.size or sums[-1] == 0:
        return np.zeros(0)
    order = np.argsort(values, kind="stable")
    if weights is not None:
        sums = np.cumsum(weights[order])
    levels = (np.arange(EQUAL_PARTS) + 0.5) / EQUAL_PARTS * sums[-1]
    places = np.searchsorted(sums, levels, side="right")
    found: Doubles = values[order][np.minimum(places, values.size - 1)].astype(np.float64)
    return found


def _author(scenario: Scenario, outcome: str) -> float | None:
    """The probability that the scenario's author gave an outcome, the median of what was meant."""
    for forecast in scenario.forecasts.values():
        if forecast.outcome == outcome and forecast.given is None:
            with suppress(UnknownName):  # words that the lexicon refuses to number
                return forecast.points[1]
    return None
