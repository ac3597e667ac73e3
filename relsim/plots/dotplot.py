"""A quantile dotplot: when an outcome comes about, as 50 dots of which each is 2% of probability.

Readers judge probabilities better by counting such dots than by the area under a curve
(Kay, Kola, Hullman & Munson 2016, "When (ish) is My Bus?", CHI, doi:10.1145/2858036.2858558).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import (
    Affine2D,
    ScaledTranslation,
    Transform,
    blended_transform_factory,
)
from numpy.typing import ArrayLike

from relsim.array_types import Dates, Integers
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.number_words import (
    brief,
    counted,
    day,
    deadline,
    in_percent,
    month,
    together,
    valid_runs,
)
from relsim.plots.paper import drawing, inside
from relsim.runs.provenance import known_until

HEIGHT = 4.2  # inches of a figure of its own
DOTS = 50
SHARE = f"{100 // DOTS}% of the probability"
SIZES = range(24, 11, -1)  # diameters of a dot with the space around it, in points
FILLED = 0.86  # of that diameter
EDGE = 1.2  # points: line of a ring
IN_LEGEND = 9.0  # points: diameter of a dot there
FEWEST = 12  # columns of dots over the dates
# What the layout makes of the axes, over their present size: no labels at their left, but title,
# legend and footer.
WIDER, LOWER = 1.2, 0.6
NEARLY_ALL = 0.9  # of the dots that have a date, on one day
APART = 46.0  # points between the last day and the dots of "not by then"
BELOW = 4.0 + style.TICK * style.LINE / 2  # points from the axis to the middle of its labels


@dataclass(frozen=True, repr=False)
class QuantileDots(Brief):
    """When an outcome comes about, in dots of equal probability.

    Attributes
    ----------
    title : str
    dates : datetime64 (dots that have a date,)
        The (n - 1/2)/50 quantiles over all runs, where a run in which it does not come about
        counts as later than any day; rising.
    never : int
        The other dots: not by the last day.
    start, last : date
        First day of the term; last day on which the outcome can come about.
    deadline : date or None
        That day, if it is the outcome's own; None if it is the end of the term.
    known_until : date or None
    estimate : Estimate
        Of the probability, which the number of dots rounds.
    median : date or None
        Median date over the runs in which it comes about.
    """

    title: str
    dates: Dates
    never: int
    start: date
    last: date
    deadline: date | None
    known_until: date | None
    estimate: Estimate
    median: date | None


def dots_of(ensemble: Ensemble, outcome: str) -> QuantileDots:
    """The 50 dots of an outcome.

    Parameters
    ----------
    ensemble : Ensemble
        What `relsim.simulate` returned.
    outcome : str
        Its name.

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If the ensemble is weighted.

    Notes
    -----
    Kay et al. (2016) take the quantiles at (n - 1/2)/N. N = 50 is the number with which the
    readers of Fernandes et al. (2018) decided best.

    Examples
    --------
    >>> import relsim
    >>> from relsim.plots import dots_of
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> dots = dots_of(ensemble, "detente")
    >>> len(dots.dates) + dots.never
    50
    """
    days = ensemble.days(outcome)[valid_runs(ensemble)].astype(np.int64)
    levels = (np.arange(DOTS) + 0.5) / DOTS
    later = np.iinfo(np.int64).max
    drawn = np.quantile(np.where(days < 0, later, days), levels, method="inverted_cdf")
    dated = drawn[drawn < later]
    horizon = ensemble.scenario.horizon
    own = deadline(ensemble.scenario, outcome)
    return QuantileDots(
        title=ensemble.scenario.outcomes[outcome].title,
        dates=np.datetime64(ensemble.start, "D") + dated,
        never=DOTS - dated.size,
        start=ensemble.start,
        last=own or horizon.end - timedelta(days=1),
        deadline=own,
        known_until=known_until(ensemble.scenario, ensemble.provenance),
        estimate=ensemble.probability(outcome),
        median=ensemble.median_date(outcome),
    )


def finding(drawn: QuantileDots) -> str:
    """What the figure shows, in words."""
    number, value = drawn.dates.size, in_percent(drawn.estimate.value_text)
    by = f"by {together(month(drawn.last) if drawn.deadline is None else day(drawn.deadline))}"
    if not number:
        return f"{drawn.title}: less than {together(f'1 chance in {DOTS}')} {by} ({value})"
    chances = counted(number, "chance") if drawn.never else f"more than {DOTS - 1} chances"
    return f"{drawn.title}: {together(f'{chances} in {DOTS}')} {by} ({value}), {_when(drawn)}"


def _when(drawn: QuantileDots) -> str:
    """The day of nearly all dots, else the median date."""
    days, counts = np.unique(drawn.dates, return_counts=True)
    if counts.max() >= NEARLY_ALL * drawn.dates.size or drawn.median is None:
        part = "all" if counts.size == 1 else "nearly all"
        return f"{part} of them on {together(day(days[counts.argmax()].item()))}"
    return f"median date in {together(month(drawn.median))}"


@dataclass(frozen=True)
class Grid:
    """Where the dots go, `size` points apart.

    Attributes
    ----------
    size : float
    rows, columns : int
        Over the dates.
    block : int
        Columns of the dots without a date.
    aside : float
        Points that these take at the right, with the space before them; 0 without any.
    """

    size: float
    rows: int
    columns: int
    block: int
    aside: float

    def columns_of(self, drawn: QuantileDots) -> Integers:
        """The column of each dot that has a date."""
        days = (drawn.last - drawn.start).days + 1
        since = (drawn.dates - np.datetime64(drawn.start, "D")).astype(np.int64)
        return since * self.columns // days

    def fits(self, drawn: QuantileDots) -> bool:
        """Whether no column of dots is higher than its rows."""
        counts = np.bincount(self.columns_of(drawn), minlength=self.columns)
        return self.columns >= FEWEST and int(counts.max()) <= self.rows

    def places(self, drawn: QuantileDots) -> tuple[Integers, Integers]:
        """Column and row of each dot that has a date.

        Where a column is full the nearest one that is not takes the dot, as with many on one day.
        """
        filled = np.zeros(self.columns, dtype=np.int64)
        places = []
        for wished in self.columns_of(drawn):
            away = np.abs(np.arange(self.columns) - wished) + 1e9 * (filled >= self.rows)
            column = int(away.argmin())
            places.append((column, int(filled[column])))
            filled[column] += 1
        columns, rows = np.array(places, dtype=np.int64).reshape(-1, 2).T
        return columns, rows


def _fitting(drawn: QuantileDots, width: float, height: float, label: float) -> Grid:
    """The largest dots that fit into so many points, those without a date above their label."""
    for size in SIZES:
        rows = max(int(height // size), 1)
        block = max(-(-drawn.never // rows), min(int(label // size), drawn.never))
        aside = max(block * size, label) + APART if drawn.never else 0.0
        grid = Grid(size, rows, max(int((width - aside) // size), 1), block, aside)
        if grid.fits(drawn):
            break
    return grid


@drawing
def dots(ensemble: Ensemble, outcome: str, ax: Axes | None = None) -> Axes:
    """Draw a quantile dotplot of when an outcome comes about.

    Each of the 50 dots is 2% of the probability; those of the outcome not coming about stand
    apart, to the right of the dates.

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
    drawn = dots_of(ensemble, outcome)
    ax = style.axes_for(ax, grid="x", height=HEIGHT)
    figure = cast("Figure", ax.get_figure(root=True))
    width = WIDER * style.axes_width(ax)
    height = LOWER * float(ax.bbox.height) / figure.dpi * style.INCH
    not_by = f"Not by {brief(drawn.last)}"
    grid = _fitting(drawn, width, height, style.text_width(not_by, style.TICK))
    _date(ax, drawn, 1.0 - grid.aside / width)
    crowded = "" if grid.fits(drawn) else "; many of one day stand side by side"
    legend = {f"One dot: {SHARE}{crowded}": _draw_dates(ax, drawn, grid)}
    if drawn.never:
        legend[not_by] = _draw_never(ax, drawn.never, grid)
        style.beside(
            ax, not_by, (1.0, 0.0), ((APART - grid.aside) / 2, -BELOW), xycoords="axes fraction",
            ha="center", va="top", fontsize=style.TICK,
        )  # fmt: skip
    legend |= style.day_lines(ax, drawn.known_until)
    style.title_and_legend(ax, finding(drawn), legend)
    style.footer(ax, ensemble)
    return ax


def _date(ax: Axes, drawn: QuantileDots, share: float) -> None:
    """Dates across a share of the axes; no other axis."""
    style.dated(ax, drawn.start, drawn.last, share)
    ax.xaxis.label.set_x(share / 2)
    ax.spines["bottom"].set_bounds(style.place(drawn.start), style.place(drawn.last))
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    ax.set_ylim(0.0, 1.0)


def _draw_dates(ax: Axes, drawn: QuantileDots, grid: Grid) -> object:
    """Dots over the dates, one on the other; returns one for the legend."""
    columns, rows = grid.places(drawn)
    a_column = ((drawn.last - drawn.start).days + 1) / grid.columns
    look = {"color": inside(ax).mark(style.BLUE), "markeredgewidth": 0.0}
    return _marks(
        ax, style.place(drawn.start) + (columns + 0.5) * a_column, (rows + 0.5) * grid.size,
        FILLED * grid.size, look, blended_transform_factory(ax.transData, _points_from(ax, 0.0)),
    )  # fmt: skip


def _draw_never(ax: Axes, never: int, grid: Grid) -> object:
    """A block of rings over the middle of their label; returns one for the legend."""
    rows, columns = np.divmod(np.arange(never), grid.block)
    across = (columns + 0.5 - grid.block / 2) * grid.size - (grid.aside - APART) / 2
    look = {"color": inside(ax).quiet, "markerfacecolor": "none", "markeredgewidth": EDGE}
    diameter = FILLED * grid.size - EDGE
    return _marks(ax, across, (rows + 0.5) * grid.size, diameter, look, _points_from(ax, 1.0))


def _marks(
    ax: Axes,
    across: ArrayLike,
    up: ArrayLike,
    diameter: float,
    look: dict[str, Any],
    where: Transform,
) -> object:
    """Draw dots; return one of a size for the legend."""
    (marks,) = ax.plot(across, up, "o", markersize=diameter, transform=where, clip_on=False, **look)
    marks.set_in_layout(False)  # of no dots the layout would take the figure's corner
    return Line2D([], [], linestyle="", marker="o", markersize=IN_LEGEND, **look)


def _points_from(ax: Axes, right: float) -> Transform:
    """Places in points from the lower left (0) or the lower right (1) corner of the axes."""
    figure = cast("Figure", ax.get_figure(root=True))
    points = Affine2D().scale(1 / style.INCH) + figure.dpi_scale_trans
    corner = ScaledTranslation(right, 0.0, cast("Affine2D", ax.transAxes))
    return points + corner
