"""Figure 3: a weekly series as a fan over all runs, with a few single ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from matplotlib.axes import Axes

from relsim.array_types import Dates, Doubles, Floats, Integers
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UnknownName, unknown
from relsim.plots import style
from relsim.plots.number_words import (
    Named,
    month,
    number,
    term_days,
    title_and_unit,
    together,
    valid_runs,
)
from relsim.plots.paper import drawing, inside
from relsim.runs.provenance import known_until

LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
SINGLE = ((style.VERMILLION, "-"), (style.BLACK, (0, (4, 1.2))), (style.PURPLE, (0, (1.5, 0.8))))


@dataclass(frozen=True, repr=False)
class Fan(Brief):
    """A weekly series over all runs.

    Attributes
    ----------
    named : Named
        Title and unit.
    dates : datetime64 (weeks,)
        The day on which each week was recorded.
    quantiles : float64 (5, weeks)
        The 5%, 25%, 50%, 75% and 95% points over the runs of all draws.
    runs : int64 (few,)
        Numbers of the single runs: the first ones, so that nobody chose them.
    single : float32 (weeks, few)
        Their series.
    known_until : date or None
    """

    named: Named
    dates: Dates
    quantiles: Doubles
    runs: Integers
    single: Floats
    known_until: date | None


def fan_of(ensemble: Ensemble, series: str = "index") -> Fan:
    """The fan of a weekly series.

    Raises
    ------
    UnknownName
        If no such series is recorded in all runs.
    UsageError
        If the ensemble is weighted.
    """
    if series not in ensemble.histograms:
        raise UnknownName(unknown("series of all runs", series, ensemble.histograms))
    valid_runs(ensemble)
    few = len(SINGLE)
    return Fan(
        named=title_and_unit(series, ensemble.scenario),
        dates=term_days(ensemble)[ensemble.week_days],
        quantiles=np.stack([ensemble.quantile(series, level) for level in LEVELS]),
        runs=ensemble.sample.runs[:few],
        single=ensemble.sample.series[series][:, :few],
        known_until=known_until(ensemble.scenario, ensemble.provenance),
    )


def finding(drawn: Fan) -> str:
    """What the figure shows, in words: the median from what is known to the end, and its range."""
    low, _, _, _, high = drawn.quantiles[:, -1]
    first = 0
    if drawn.known_until is not None:
        first = max(int((drawn.dates <= np.datetime64(drawn.known_until)).sum()) - 1, 0)
    width = float(high - low)
    then, now, bottom, top = (
        number(float(value), width)
        for value in (drawn.quantiles[2, first], drawn.quantiles[2, -1], low, high)
    )
    start, end = (together(month(drawn.dates[week].item())) for week in (first, -1))
    course = f"goes from {then} in {start} to {now} in {end}"
    if then == now:
        course = f"is {now} both in {start} and in {end}"
    ends = together(f"{bottom} and {top}")
    return f"{drawn.named.title}: the median {course}, where 90% of runs lie between {ends}"


@drawing
def fan(ensemble: Ensemble, series: str = "index", ax: Axes | None = None) -> Axes:
    """Draw the fan of a weekly series: median, 50% and 90% of the runs, and a few single runs.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    series : str
        One that is recorded in all runs; the relations index by default.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownName
        If no such series is recorded in all runs.
    UsageError
        If the ensemble is weighted.
    """
    drawn = fan_of(ensemble, series)
    ax = style.axes_for(ax, grid="y")
    style.dated(ax, drawn.dates[0].item(), drawn.dates[-1].item())
    outer, lower, median, upper, top = drawn.quantiles
    inks = inside(ax)
    blue, sky = style.line_and_area(ax, ensemble.scenario, series)
    wide = ax.fill_between(drawn.dates, outer, top, color=sky, alpha=0.30, linewidth=0)
    narrow = ax.fill_between(drawn.dates, lower, upper, color=sky, alpha=0.65, linewidth=0)
    (line,) = ax.plot(drawn.dates, median, color=blue, linewidth=2.4, zorder=4)
    legend: dict[str, object] = {
        "Median of each week": line,
        "50% of runs": narrow,
        "90% of runs": wide,
    }
    for (colour, dashes), values, run in zip(SINGLE, drawn.single.T, drawn.runs, strict=False):
        (legend[f"Run {run}"],) = ax.plot(
            drawn.dates, values, color=inks.mark(colour), linestyle=dashes, linewidth=1.1
        )
    legend |= style.day_lines(ax, drawn.known_until)
    lowest, highest = ax.get_ylim()
    if lowest < 0 < highest:
        ax.axhline(0.0, color=inks.ink, linewidth=1.0, zorder=2)
    ax.set_ylabel(style.literal(f"{drawn.named.title}\n({drawn.named.unit})"))
    style.title_and_legend(ax, finding(drawn), legend)
    style.footer(ax, ensemble)
    return ax
