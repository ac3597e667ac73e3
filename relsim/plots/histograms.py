"""Figure 4: how a quantity of the runs, or the date of an outcome, is distributed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UnknownName, unknown
from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.number_words import (
    DATE,
    Named,
    between,
    brief,
    counted,
    day,
    deadline,
    in_percent,
    month,
    number,
    term_days,
    title_and_unit,
    together,
    valid_runs,
)
from relsim.plots.paper import drawing, inside
from relsim.runs.provenance import known_until

MOST_BINS = 60
WEEK = 7  # days


def even_edges(values: Doubles, whole: bool) -> Doubles:
    """Edges of at most 60 bins of a round width: 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> even_edges(np.array([0.0, 3.0]), whole=True)
    array([-0.5,  0.5,  1.5,  2.5,  3.5])
    >>> even_edges(np.array([-1.7, 0.4]), whole=False)[[0, 1, -1]]
    array([-1.7 , -1.65,  0.45])
    """
    lowest, highest = float(values.min()), float(values.max())
    width = _round_up((highest - lowest + whole) / (MOST_BINS - 1))
    if whole:
        width = max(width, 1.0)
    first = math.floor(lowest / width)
    bins = math.floor(highest / width) - first + 1
    return np.asarray((first + np.arange(bins + 1)) * width - 0.5 * whole)


def _round_up(width: float) -> float:
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return power * next(step for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def date_edges(days: int) -> Doubles:
    """Edges of bins of whole weeks, at most 60 or so; the last one ends with the term."""
    weeks = max(1, math.ceil(days / (MOST_BINS * WEEK)))
    step = WEEK * next((w for w in (1, 2, 4, 13, 26, 52) if w >= weeks), weeks)
    return np.append(np.arange(0.0, days, step), float(days))


POINTS = (0.05, 0.50, 0.95)
EMPTY = 0.01  # top of the axis where no bar stands


@dataclass(frozen=True, repr=False)
class Distribution(Brief):
    """A quantity over all runs.

    Attributes
    ----------
    named : Named
        Title and unit; the unit is ``"date"`` where values are days from the start of the term.
    whole : bool
        Whether only whole numbers occur.
    edges : float64 (bins + 1,)
        Of even bins, the last of dates excepted; those of whole numbers lie half-way between.
    share : float64 (bins,)
        Share of all runs in each bin.
    low, median, high : float or None
        5%, 50% and 95% points over the runs that have a value: values that do occur.
    never : Estimate or None
        Of dates, the probability that the day does not come within the term.
    start : date
        Day 0.
    known_until : date or None
    runs : int
    deadline : date or None
        Of an outcome, its own last day; None if that is the end of the term.
    """

    named: Named
    whole: bool
    edges: Doubles
    share: Doubles
    low: float | None
    median: float | None
    high: float | None
    never: Estimate | None
    start: date
    known_until: date | None
    runs: int
    deadline: date | None = None

    @property
    def dated(self) -> bool:
        """Whether the values are days."""
        return self.named.unit == DATE

    @property
    def points(self) -> tuple[float, float, float]:
        """The 5%, 50% and 95% points; nought if no run has a value."""
        return self.low or 0.0, self.median or 0.0, self.high or 0.0


def distribution_of(ensemble: Ensemble, quantity: str) -> Distribution:
    """The distribution of a quantity over all runs.

    Parameters
    ----------
    ensemble : Ensemble
        What `relsim.simulate` returned.
    quantity : str
        One of `ensemble.quantities`, or an outcome, for the date on which it comes about.

    Raises
    ------
    UnknownName
        If there is neither a quantity nor an outcome of that name.
    UsageError
        If the ensemble is weighted.
    """
    named, everything = _values(ensemble, quantity)
    valid = valid_runs(ensemble)
    dated, never = named.unit == DATE, None
    there = valid & (everything >= 0) if dated else valid
    values = everything[there]
    whole = dated or bool((values == np.round(values)).all())
    edges = date_edges(term_days(ensemble).size) if dated else even_edges(values, whole)
    if dated:
        never = ensemble.probability_of(~there)
    low, median, high = None, None, None
    if values.size:
        low, median, high = np.quantile(values, POINTS, method="inverted_cdf").tolist()
    return Distribution(
        named=named,
        whole=whole,
        edges=edges,
        share=np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / valid.sum(),
        low=low,
        median=median,
        high=high,
        never=never,
        start=ensemble.start,
        known_until=known_until(ensemble.scenario, ensemble.provenance) if dated else None,
        runs=int(valid.sum()),
        deadline=None if quantity in ensemble.quantities else deadline(ensemble.scenario, quantity),
    )


def _values(ensemble: Ensemble, quantity: str) -> tuple[Named, Doubles]:
    """Title, unit and values in all runs; a negative day stands for never."""
    if quantity in ensemble.quantities:
        values = ensemble.quantities[quantity].astype(np.float64)
        return title_and_unit(quantity, ensemble.scenario), values
    if quantity in ensemble.outcomes:
        title = ensemble.scenario.outcomes[quantity].title
        return Named(title, DATE), ensemble.days(quantity).astype(np.float64)
    known = [*ensemble.quantities, *ensemble.outcomes]
    raise UnknownName(unknown("quantity or outcome", quantity, known))


def finding(drawn: Distribution) -> str:
    """What the figure shows, in words."""
    title, never = drawn.named.title, drawn.never
    by = "" if drawn.deadline is None else f" by {together(day(drawn.deadline))}"
    if drawn.median is None:
        return f"{title}: in none of {counted(drawn.runs, 'run')}{by}"
    low, median, high = _texts(drawn)
    if never is None:
        if low == high:
            return f"{title}: {median} in at least 90% of runs"
        return f"{title}: {median} in the median run, {together(between(low, high))} in 90% of runs"
    by = by or f" by {together(month(_date(drawn, drawn.edges[-1] - 1)))}"
    if never.hits:
        title = f"{title}: not{by} in {in_percent(never.value_text)} of runs; where it comes about,"
    else:
        title = f"{title}:{by} in all runs;"
    if low == high:
        return f"{title} on {together(median)} in at least 90%"
    return f"{title} the median date is in {together(month(_date(drawn, drawn.median)))}"


def _date(drawn: Distribution, days: float) -> date:
    return drawn.start + timedelta(days=days)


def _texts(drawn: Distribution) -> tuple[str, str, str]:
    """Low, median and high point as they are written."""
    low, median, high = drawn.points
    if drawn.dated:
        return brief(_date(drawn, low)), brief(_date(drawn, median)), brief(_date(drawn, high))
    width = 0.0 if drawn.whole else high - low
    return number(low, width), number(median, width), number(high, width)


@drawing
def distribution(ensemble: Ensemble, quantity: str, ax: Axes | None = None) -> Axes:
    """Draw how a quantity, or the date of an outcome, is distributed over all runs.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    quantity : str
        One of `ensemble.quantities`, or an outcome, for the date on which it comes about.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownName
        If there is neither a quantity nor an outcome of that name.
    UsageError
        If the ensemble is weighted.
    """
    drawn = distribution_of(ensemble, quantity)
    ax = style.axes_for(ax, grid="y")
    style.percent(ax, "y")
    edges = drawn.edges
    if drawn.dated:
        edges = edges + style.place(drawn.start)
        style.dated(ax, drawn.start, drawn.start + timedelta(days=int(drawn.edges[-1])))
    else:
        ax.set_xlim(edges[0], edges[-1])
        ax.xaxis.set_major_locator(MaxNLocator(integer=drawn.whole, steps=[1, 2, 5, 10]))
        ax.set_xlabel(style.literal(_with_unit(drawn.named)))
    separate = drawn.whole and not drawn.dated and np.diff(edges)[0] == 1
    colour = style.line_and_area(ax, ensemble.scenario, quantity)[1]
    left, right, low = edges[:-1], edges[1:], np.zeros(drawn.share.size)
    corners = [(left, low), (left, drawn.share), (right, drawn.share), (right, low)]
    # One collection: a rectangle each would take several times as long to draw.
    bars = ax.add_collection(
        PolyCollection(
            [*np.moveaxis(np.array(corners), 2, 0)], facecolor=colour, edgecolor=inside(ax).ground,
            linewidth=2.0 if separate else 0.5, zorder=1,
        ),
        autolim=False,
    )  # fmt: skip
    ax.set_ylim(0.0, 1.16 * drawn.share.max() or EMPTY)
    ax.set_ylabel("Share of runs" + _in_each(drawn))
    legend: dict[str, object] = {"Runs of all draws": bars}
    if drawn.median is not None:
        legend[_points_label(drawn)] = _mark_points(ax, drawn)
    legend |= style.day_lines(ax, drawn.known_until)
    style.title_and_legend(ax, finding(drawn), legend)
    style.footer(ax, ensemble)
    return ax


def _with_unit(named: Named) -> str:
    """Title and unit, unless the title says what is counted."""
    said = not named.unit or named.unit.casefold() in named.title.casefold()
    return named.title if said else f"{named.title} ({named.unit})"


def _in_each(drawn: Distribution) -> str:
    """What a bar stands for, if not for one value: ``" in each 4 weeks"``."""
    width = float(np.diff(drawn.edges)[0])
    if drawn.dated:
        return f" in each {counted(int(width) // WEEK, 'week')}"
    return "" if drawn.whole and width == 1 else f" in each bin of {width:g}"


def _mark_points(ax: Axes, drawn: Distribution) -> object:
    """Median and 90% of the runs, in a strip above the bars."""
    low, median, high = drawn.points
    shift = style.place(drawn.start) if drawn.dated else 0.0
    return style.capped(
        ax, [median + shift], [1.08 * drawn.share.max()], [[median - low], [high - median]],
        width=1.6, fmt="D", markersize=6.0, clip_on=False, zorder=4,
    )  # fmt: skip


def _points_label(drawn: Distribution) -> str:
    low, median, high = _texts(drawn)
    if low == high:
        return f"Median and 90%: {median}"
    where = " (where it comes about)" if drawn.never is not None and drawn.never.hits else ""
    return f"Median {median}, 90% {between(low, high)}{where}"
