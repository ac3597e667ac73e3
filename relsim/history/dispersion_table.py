"""The dispersion of the record beside that of an ensemble: bursts, lulls, and their absence."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from relsim.array_types import Doubles
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.history.dispersion import (
    WEEK,
    YEAR,
    Histories,
    clustering,
    correlation,
    free_days,
    histories_of_record,
    histories_of_runs,
    longest_quiet_spell,
    most_in,
    resampled,
    resampled_years,
    several_in_a_week,
    uniforms,
    variance_over_mean,
    weekly_counts,
    worst_spell,
    yearly_counts,
)
from relsim.history.events import Event
from relsim.history.targets import poisson_interval

__all__ = ["DispersionRow", "Statistic", "dispersion_table", "predictive_p", "statistics_of_years"]

YEARS = 7  # of 52 weeks each
LAST_DAY = datetime.date(2021, 1, 3)  # the Sunday on which they end
FIRST_DAY = LAST_DAY - datetime.timedelta(days=YEARS * YEAR - 1)
FIRST_TERM, TERMS, TERM_YEARS = 1993, 7, 4  # inaugurations of 1993 to 2017
TERM_DAYS = 1461
SAMPLES = 2000  # of the bootstrap
LEVEL = 0.10  # a row is met if the chance of a figure as far out as the observed one is this large
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class DispersionRow:
    """One statistic of the record and of the runs.

    A number is NaN where the statistic is not defined: a share of no moves, for example.

    Attributes
    ----------
    name, unit : str
    observed, low, high : float
        Of the record, with its 90% interval.
    simulated, p05, p95 : float
        Median over the runs, and 5% and 95% quantiles.
    p : float
        Two-sided predictive p-value of the observed figure: see `predictive_p`.
    """

    name: str
    unit: str
    observed: float
    low: float
    high: float
    simulated: float
    p05: float
    p95: float
    p: float

    @property
    def met(self) -> bool:
        """Whether runs come out as the record did often enough: `p` is .10 or more."""
        return self.p >= LEVEL


@dataclass(frozen=True)
class Statistic:
    """A number for each history: what is measured on which moves.

    Attributes
    ----------
    name, unit : str
    measure : function
        From `Histories` to float64 (histories,).
    side : str or None
        Whose moves; by default those of both.
    kinds : tuple of str
        Which moves: ``STRONG`` for the strong hostile ones; by default all.
    """

    name: str
    unit: str
    measure: Callable[[Histories], Doubles]
    side: str | None = None
    kinds: tuple[str, ...] = ()

    def of(self, histories: Histories) -> Doubles:
        """The statistic of each history."""
        kinds = histories.strong if self.kinds == STRONG else self.kinds or None
        return self.measure(histories.of(self.side, kinds))


STRONG = ("strong",)
ROUNDS, EXPULSIONS, SUMMITS = ("impose_sanctions",), ("expel_diplomats",), ("summit",)
RATIO = "variance over mean"
SPELLS = (("week", 7), ("4 weeks", 28), ("quarter", 91), ("year", 365))  # days


def predictive_p(observed: float, simulated: Doubles) -> float:
    """Two-sided predictive p-value: twice the smaller share of runs at least as far out.

    The record is counted among the runs, so that it is never 0; ties count as far out, so that a
    figure that most runs share has 1.

    Parameters
    ----------
    observed : float
        The figure of the record.
    simulated : float64 (runs,)
        NaN of a run, where the statistic is not defined, is left out.

    Returns
    -------
    float
        NaN if the observed figure, or that of each run, is not defined.

    Examples
    --------
    >>> predictive_p(3.0, np.array([1.0, 1.0, 1.0]))
    0.5
    """
    known = simulated[~np.isnan(simulated)]
    if np.isnan(observed) or not known.size:
        return float("nan")
    beyond = min(int((known >= observed).sum()), int((known <= observed).sum()))
    return min(1.0, 2 * (1 + beyond) / (1 + known.size))


def dispersion_table(
    ensemble: Ensemble,
    record: Iterable[Event],
    us: str = "US",
    russia: str = "RU",
    *,
    samples: int = SAMPLES,
    seed: int = 1,
) -> tuple[DispersionRow, ...]:
    """Hold the dispersion of an ensemble against that of the record.

    Seven years of the record, 2014 to 2020, stand beside seven years of the runs from the first day
    of free choice on; shorter runs of one draw are put end to end. The seven terms since 1993 stand
    beside seven runs taken at random from all draws, each over the same days of the term.

    Parameters
    ----------
    ensemble : Ensemble
        Of a US–Russia scenario, simulated with ``log_all=True``.
    record : iterable of Event
        `relsim.history.packaged_record`, or another that covers 1993 to 2020.
    us, russia : str
        The actors' names.
    samples, seed : int
        Of the bootstrap of the record; its random stream is its own.

    Returns
    -------
    tuple of DispersionRow

    Raises
    ------
    UsageError
        If the record has no events in these years, or the ensemble too few runs.
    """
    events, scenario = list(record), ensemble.scenario
    observed = histories_of_record(events, scenario, [FIRST_DAY], YEARS * YEAR)
    if not observed.day.size:
        raise UsageError(f"the record has no move from {FIRST_DAY} to {LAST_DAY}")
    runs = histories_of_runs(ensemble, YEARS * YEAR)
    many = resampled_years(observed, samples, seed)
    return (
        *(_rate(one, observed, runs) for one in _rates(us, russia)),
        *(_row(one.name, one.unit, one.of(observed), one.of(many), one.of(runs))
          for one in statistics_of_years(us, russia)),
        *_terms(ensemble, events, samples, seed),
    )  # fmt: skip


def _row(name: str, unit: str, observed: Doubles, samples: Doubles, runs: Doubles) -> DispersionRow:
    """A row whose observed interval is that of the bootstrap."""
    low, _, high = _quantiles(samples)
    return _beside(name, unit, (float(observed[0]), low, high), runs)


def _rate(rate: Statistic, observed: Histories, runs: Histories) -> DispersionRow:
    """A yearly rate; its observed interval is the exact one of a Poisson count."""
    events = float(rate.of(observed)[0])
    low, high = poisson_interval(events)
    counted = events / YEARS, low / YEARS, high / YEARS
    return _beside(rate.name, rate.unit, counted, rate.of(runs) / YEARS)


def _beside(
    name: str, unit: str, counted: tuple[float, float, float], runs: Doubles
) -> DispersionRow:
    p05, median, p95 = _quantiles(runs)
    return DispersionRow(name, unit, *counted, median, p05, p95, predictive_p(counted[0], runs))


def _quantiles(values: Doubles) -> tuple[float, float, float]:
    """The 5%, 50% and 95% quantiles of what is defined; NaN if nothing is."""
    known = values[~np.isnan(values)]
    low, middle, high = np.quantile(known, QUANTILES) if known.size else [np.nan] * 3
    return float(low), float(middle), float(high)


def _rates(us: str, russia: str) -> tuple[Statistic, ...]:
    """Levels, without which the dispersion says little."""
    return (
        Statistic(f"sanctions rounds, {us}", "a year", _number, us, ROUNDS),
        Statistic(f"strong moves, {us}", "a year", _number, us, STRONG),
        Statistic(f"strong moves, {russia}", "a year", _number, russia, STRONG),
        Statistic("all moves, both", "a year", _number),
    )


def statistics_of_years(us: str, russia: str) -> tuple[Statistic, ...]:
    """All that is measured on histories of seven years, but rates."""
    return (*_unevenness(us, russia), *_clusters(us, russia), *_extremes(us, russia))


def _unevenness(us: str, russia: str) -> tuple[Statistic, ...]:
    """How counts vary from year to year, and from week to week."""
    return (
        Statistic(f"yearly sanctions rounds, {us}", RATIO, _yearly, us, ROUNDS),
        Statistic(f"yearly sanctions rounds, {russia}", RATIO, _yearly, russia, ROUNDS),
        Statistic("yearly expulsions, both", RATIO, _yearly, None, EXPULSIONS),
        Statistic("yearly strong moves, both", RATIO, _yearly, None, STRONG),
        Statistic("yearly moves, both", RATIO, _yearly),
        Statistic(f"weekly moves, {us}", RATIO, _weekly, us),
        Statistic(f"weekly moves, {russia}", RATIO, _weekly, russia),
        Statistic("weekly strong moves of the two sides", "correlation", _together, None, STRONG),
    )


def _clusters(us: str, russia: str) -> tuple[Statistic, ...]:
    """How moves come together, and how long none comes."""
    near, share = "moves within 14 days of another", "share"
    several = "active weeks with two moves or more"
    return (
        Statistic(f"{several}, {us}", share, _several, us),
        Statistic(f"{several}, {russia}", share, _several, russia),
        Statistic(f"{near}, {us}", share, clustering, us),
        Statistic(f"{near}, {russia}", share, clustering, russia),
        Statistic(f"strong {near}, both", share, clustering, None, STRONG),
        Statistic("longest quiet spell, all moves", "days", longest_quiet_spell),
        Statistic("longest quiet spell, strong moves", "days", longest_quiet_spell, None, STRONG),
    )


def _extremes(us: str, russia: str) -> tuple[Statistic, ...]:
    """The busiest and the worst spells of seven years."""
    week, month, quarter = (partial(most_in, days=WEEK * n) for n in (1, 4, 13))
    return (
        Statistic(f"most moves in a week, {us}", "moves", week, us),
        Statistic(f"most moves in a week, {russia}", "moves", week, russia),
        Statistic("most strong moves in a week, both", "moves", week, None, STRONG),
        Statistic(f"most moves in 4 weeks, {us}", "moves", month, us),
        Statistic("most moves in 4 weeks, both", "moves", month),
        Statistic("most moves in 13 weeks, both", "moves", quarter),
        *(Statistic(f"worst {name}", "Goldstein", partial(worst_spell, days=days))
          for name, days in SPELLS),
    )  # fmt: skip


def _number(histories: Histories) -> Doubles:
    return histories.counts.astype(np.float64)


def _yearly(histories: Histories) -> Doubles:
    return variance_over_mean(yearly_counts(histories))


def _weekly(histories: Histories) -> Doubles:
    return variance_over_mean(weekly_counts(histories))


def _several(histories: Histories) -> Doubles:
    return several_in_a_week(weekly_counts(histories))


def _together(histories: Histories) -> Doubles:
    first, second = (weekly_counts(histories.of(side)) for side in histories.sides)
    return correlation(first, second)


def _terms(
    ensemble: Ensemble, record: Sequence[Event], samples: int, seed: int
) -> Iterator[DispersionRow]:
    """Seven terms beside seven runs from all draws, over the same days of the term."""
    first, free = free_days(ensemble)
    inaugurations = [datetime.date(FIRST_TERM + TERM_YEARS * n, 1, 20) for n in range(TERMS)]
    begins = [day + datetime.timedelta(days=first) for day in inaugurations]
    days = min(free, TERM_DAYS - first)
    terms = histories_of_record(record, ensemble.scenario, begins, days)
    runs = histories_of_runs(ensemble, days)
    if runs.size < TERMS:
        raise UsageError(f"must have at least {TERMS} runs, as many as the record has terms")
    order = np.argsort(uniforms(runs.size, "terms", seed), kind="stable")
    order = order[: runs.size // TERMS * TERMS].reshape(-1, TERMS)
    many = resampled(TERMS, samples, seed)
    for each, over in _of_terms():
        observed, simulated = each.of(terms), each.of(runs)
        for words, together in over.items():
            counted, of_runs = together(observed[None]), together(simulated[order])
            unit = RATIO if together is variance_over_mean else each.unit
            yield _row(f"{each.name}, {words}", unit, counted, together(observed[many]), of_runs)


OverTerms = Callable[[Doubles], Doubles]  # from (samples, terms) to (samples,)


def _of_terms() -> tuple[tuple[Statistic, dict[str, OverTerms]], ...]:
    """What is measured of each term, and how the terms are put together."""
    middle: dict[str, OverTerms] = {"median of terms": _median}
    meetings: dict[str, OverTerms] = {
        "mean of terms": _mean,
        "most of terms": _most,
        "fewest of terms": _fewest,
        "between terms": variance_over_mean,
    }
    return (
        (Statistic("leaders' meetings in a term", "meetings", _met, None, SUMMITS), meetings),
        *((Statistic(f"worst {name} of a term", "Goldstein", partial(worst_spell, days=days)),
           middle) for name, days in SPELLS if name != "4 weeks"),
        (Statistic("longest quiet spell of a term", "days", longest_quiet_spell), middle),
    )  # fmt: skip


def _met(histories: Histories) -> Doubles:
    """Leaders' meetings of each history; a joint move stands there once for each side."""
    return _number(histories) / len(histories.sides)


def _mean(terms: Doubles) -> Doubles:
    return np.asarray(terms.mean(axis=-1))


def _median(terms: Doubles) -> Doubles:
    return np.asarray(np.median(terms, axis=-1))


def _most(terms: Doubles) -> Doubles:
    return np.asarray(terms.max(axis=-1))


def _fewest(terms: Doubles) -> Doubles:
    return np.asarray(terms.min(axis=-1))
