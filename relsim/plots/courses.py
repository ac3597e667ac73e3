"""Figure 2: how the probability of an outcome builds up over the term."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from relsim.array_types import Dates, Doubles, Integers
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.over_draws import interval_over_draws
from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.number_words import (
    brief,
    counted,
    day,
    deadline,
    in_percent,
    month,
    term_days,
    together,
    valid_runs,
    with_error,
    with_interval,
)
from relsim.plots.paper import drawing, inside
from relsim.runs.provenance import known_until

BAND_EVERY = 28  # days between the dates at which the band over draws is found
JUMP = 0.05  # share of all hits that makes a day's rise a jump: the band needs its eve too
NEARLY_ALL = 0.9  # of the hits


@dataclass(frozen=True, repr=False)
class Course(Brief):
    """The probability that an outcome has come about by each day.

    Attributes
    ----------
    title : str
    dates : datetime64 (days,)
    probability : float64 (days,)
        Share of the runs in which the outcome came about on or before each day.
    band_dates : datetime64 (points,)
    low, high : float64 (points,)
        5% and 95% points over draws, sampling noise removed; NaN where they cannot be found.
    half : datetime64
        First day of the second half of the term.
    known_until : date or None
    estimate : Estimate
        Of the probability at the end of the term.
    median : date or None
        Median date over the runs in which it came about.
    deadline : date or None
        The outcome's own last day; None if that is the end of the term.
    """

    title: str
    dates: Dates
    probability: Doubles
    band_dates: Dates
    low: Doubles
    high: Doubles
    half: np.datetime64
    known_until: date | None
    estimate: Estimate
    median: date | None
    deadline: date | None = None


def course(ensemble: Ensemble, outcome: str) -> Course:
    """The course of an outcome's probability over the term.

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If the ensemble is weighted.

    Notes
    -----
    The band is the interval over draws of the share of runs that have met the outcome by a date,
    found every 28 days and around the days of a jump. A draw's probability never falls with
    time, so neither do its quantiles over draws: where the estimates fall, they are levelled.
    At the end of the term the band is the interval of `estimate`.
    """
    valid = valid_runs(ensemble)
    first = ensemble.days(outcome)[valid].astype(np.int64)
    draw = ensemble.draw_of_run[valid]
    dates = term_days(ensemble)
    a_day = np.bincount(first[first >= 0], minlength=dates.size)
    known = known_until(ensemble.scenario, ensemble.provenance)
    known_day = -1 if known is None else (known - ensemble.start).days
    band_days = _band_days(a_day, known_day)
    low, high = _band(first, draw, band_days, by_runs=ensemble.weights is not None)
    return Course(
        title=ensemble.scenario.outcomes[outcome].title,
        dates=dates,
        probability=np.cumsum(a_day) / first.size,
        band_dates=dates[band_days],
        low=low,
        high=high,
        half=dates[dates.size // 2],
        known_until=known,
        estimate=ensemble.probability(outcome),
        median=ensemble.median_date(outcome),
        deadline=deadline(ensemble.scenario, outcome),
    )


def _band_days(a_day: Integers, known_day: int) -> Integers:
    """Days at which the band is found, rising: even steps back from the end, and at jumps."""
    even = np.arange(a_day.size - 1, known_day, -BAND_EVERY)
    jumps = np.flatnonzero(a_day > JUMP * a_day.sum())
    days = np.unique(np.concatenate([even, jumps, jumps - 1]))
    return days[days >= 0]


def _band(
    first: Integers, draw: Integers, days: Integers, *, by_runs: bool
) -> tuple[Doubles, Doubles]:
    runs = np.bincount(draw)
    low, high = np.full(days.size, np.nan), np.full(days.size, np.nan)
    for place, last in enumerate(days):
        hits = np.bincount(draw[(first >= 0) & (first <= last)], minlength=runs.size)
        interval, why_not = interval_over_draws(hits, runs, by_runs=by_runs)
        if interval is not None and not why_not:
            low[place], high[place] = interval
    return _levelled(low), _levelled(high)


def _levelled(ends: Doubles) -> Doubles:
    """A curve that never falls: half-way between the highest so far and the lowest to come.

    It ends where it did, since the last estimate rests on the most hits.
    """
    finite = ~np.isnan(ends)
    known, level = ends[finite], ends.copy()
    so_far, to_come = np.maximum.accumulate(known), np.minimum.accumulate(known[::-1])[::-1]
    level[finite] = np.minimum((so_far + to_come) / 2, known[-1:])
    return level


def finding(drawn: Course) -> str:
    """What the figure shows, in words."""
    estimate, last = drawn.estimate, drawn.deadline
    end = together(month(drawn.dates[-1].item()) if last is None else day(last))
    if drawn.median is None:
        bound = in_percent(estimate.value_text)
        return f"{drawn.title}: in none of {counted(estimate.n, 'run')} by {end} ({bound})"
    rise = np.diff(drawn.probability, prepend=0.0)
    busiest = int(rise.argmax())
    share = rise[busiest] / drawn.probability[-1]
    if share >= NEARLY_ALL:
        part = "all" if share > 1 - 1e-9 else "nearly all"
        when = f"{part} of that on {together(day(drawn.dates[busiest].item()))}"
    else:
        when = f"median date in {together(month(drawn.median))}"
    return f"{drawn.title}: {with_interval(estimate)} by {end}, {when}"


@drawing
def cumulative(ensemble: Ensemble, outcome: str, ax: Axes | None = None) -> Axes:
    """Draw how the probability of an outcome builds up, with its band over draws.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    outcome : str
        Its name.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If the ensemble is weighted.
    """
    drawn = course(ensemble, outcome)
    ax = style.axes_for(ax, grid="y")
    style.dated(ax, drawn.dates[0].item(), drawn.dates[-1].item())
    style.percent(ax, "y")
    right, inks = style.place(drawn.dates[-1]), inside(ax)
    second = ax.axvspan(style.place(drawn.half), right, color=inks.shade, linewidth=0, zorder=0)
    blue, pale = inks.mark(style.BLUE), style.pale(ax)
    (line,) = ax.plot(drawn.dates, drawn.probability, color=blue, linewidth=2.2, zorder=3)
    ax.fill_between(drawn.band_dates, drawn.low, drawn.high, **pale)
    _mark_end(ax, drawn)
    legend: dict[str, object] = {
        "Probability so far": line,
        _band_label(drawn): Patch(**pale),
        "Second half of the term": second,
    }
    legend |= style.day_lines(ax, drawn.known_until, drawn.deadline)
    ax.set_ylim(0.0, _top(drawn))
    ax.set_ylabel("Probability that it has come about")
    style.title_and_legend(ax, finding(drawn), legend)
    style.footer(ax, ensemble)
    return ax


def _top(drawn: Course) -> float:
    highest = max(drawn.estimate.mc_bounds[1], float(np.nanmax([0.0, *drawn.high])))
    return min(1.08 * highest, 1.02)


def _band_label(drawn: Course) -> str:
    """What the band is; where it begins if the outcome has come about in some runs before."""
    estimate, known = drawn.estimate, np.flatnonzero(~np.isnan(drawn.low))
    if estimate.interval_90 is None or estimate.interval_note:
        return f"No band over draws: {estimate.interval_note}"
    first = drawn.band_dates[known[0]]
    before = drawn.probability[drawn.dates < first]
    if known[0] == 0 or not before.size or not before[-1]:
        return "90% band over draws"
    return f"90% band over draws, too few hits before {brief(first.item())}"


def _mark_end(ax: Axes, drawn: Course) -> None:
    """The final probability with its Monte Carlo error and its interval, in the right margin."""
    estimate, end, inks = drawn.estimate, drawn.dates[-1], inside(ax)
    if estimate.interval_90 is not None and not estimate.interval_note:
        ax.plot(
            [end, end], estimate.interval_90, marker="_", markersize=10.0, markeredgewidth=3.0,
            linewidth=3.0, color=inks.mark(style.SKY), clip_on=False,
        )  # fmt: skip
    blue = inks.mark(style.BLUE)
    ax.plot([end], [estimate.value], "o", markersize=6.0, color=blue, clip_on=False)
    style.beside(
        ax, with_error(estimate), (end, estimate.value), (9.0, 0.0),
        ha="left", va="center", fontsize=style.LABEL, fontweight="bold",
    )  # fmt: skip
