"""Rows of estimates: a dot with its Monte Carlo interval on a bar over draws, numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from relsim.brief import Brief
from relsim.estimates.deconvolution import Interval
from relsim.plots import style
from relsim.plots.ink import inside, outside

__all__ = ["ForestRow", "forest"]

Doubles = npt.NDArray[np.float64]

NAME_WIDTH = 200.0  # points; longer titles are wrapped
GAP = 12.0  # points between the columns of numbers
ROW_GAP = 9.0  # points between rows; the vertical axis is in points
BAR = 11.0  # points: height of a bar
AROUND = 2.0  # inches: title, legend, axis and footer


@dataclass(frozen=True, repr=False)
class ForestRow(Brief):
    """One estimate as it is drawn.

    Attributes
    ----------
    title : str
    value : float
    sampling : (float, float)
        Its Monte Carlo interval.
    over_draws : (float, float) or None
    texts : tuple of str
        A text for each column of numbers.
    bold : bool
    """

    title: str
    value: float
    sampling: Interval
    over_draws: Interval | None
    texts: tuple[str, ...]
    bold: bool

    @property
    def weight(self) -> str:
        """Of its letters."""
        return "bold" if self.bold else "normal"


def forest(
    rows: Sequence[ForestRow], headings: Sequence[str], centre: float, ax: Axes | None = None
) -> tuple[Axes, list[Artist]]:
    """Draw rows of estimates from the top down.

    Parameters
    ----------
    rows : sequence of ForestRow
        From top to bottom.
    headings : sequence of str
        Of the columns of numbers to the right.
    centre : float
        Where a dotted line stands: a half, or no difference.
    ax : Axes, optional
        By default those of a new figure, as high as the rows need.

    Returns
    -------
    Axes
    list of Artist
        For the legend: a dot with its Monte Carlo interval, and a bar over draws.
    """
    names = [style.wrapped(row.title, NAME_WIDTH, style.TICK, row.weight) for row in rows]
    lines = np.array([name.count("\n") + 1 for name in names])
    heights = lines * style.TICK * style.LINE + ROW_GAP
    bottom = float(heights.sum())
    if ax is None:
        ax = style.axes(AROUND + bottom / style.INCH)
    places = np.cumsum(heights) - heights / 2
    style.clean(ax, grid="x")
    handles = _draw_intervals(ax, rows, places, centre)
    ax.set_yticks(
        places, [style.literal(name, row.weight) for name, row in zip(names, rows, strict=True)]
    )
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set(fontweight=row.weight, linespacing=1.0)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(bottom, 0.0)
    _write_numbers(ax, rows, headings, places)
    return ax, handles


def _draw_intervals(
    ax: Axes, rows: Sequence[ForestRow], places: Doubles, centre: float
) -> list[Artist]:
    """Pale bars over draws, and dark capped lines for the Monte Carlo intervals."""
    values = np.array([row.value for row in rows])
    sampling = np.array([row.sampling for row in rows]).reshape(-1, 2)
    known = np.array([row.over_draws is not None for row in rows])
    ends = [row.over_draws for row in rows if row.over_draws is not None]
    over_draws = np.array(ends).reshape(-1, 2)
    ink, sky = inside(ax).ink, inside(ax).mark(style.SKY)
    ax.barh(
        places[known],
        over_draws[:, 1] - over_draws[:, 0],
        left=over_draws[:, 0],
        height=BAR,
        color=sky,
        alpha=style.PALE,
        linewidth=0,
    )
    ax.axvline(centre, color=ink, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
    dots = ax.errorbar(
        values,
        places,
        xerr=np.abs(sampling.T - values),
        fmt="o",
        markersize=4.0,
        color=ink,
        elinewidth=1.4,
        capsize=5.0,
        capthick=1.4,
        zorder=3,
    )
    return [dots, Patch(color=sky, alpha=style.PALE, linewidth=0)]  # type: ignore[list-item]


def _write_numbers(
    ax: Axes, rows: Sequence[ForestRow], headings: Sequence[str], places: Doubles
) -> None:
    """Columns of numbers to the right of the axes."""
    right = 0.0
    for number, heading in enumerate(headings):
        cells = [(heading, 0.0, "normal", 7.0)]
        cells += [
            (row.texts[number], place, row.weight, 0.0)
            for place, row in zip(places.tolist(), rows, strict=True)
        ]
        right += GAP + max(style.text_width(text, style.TICK, w) for text, _, w, _ in cells)
        for text, place, weight, up in cells:
            ax.annotate(
                text,
                xy=(1.0, place),
                xycoords=ax.get_yaxis_transform(),
                xytext=(right, up),
                textcoords="offset points",
                ha="right",
                va="bottom" if text == heading else "center_baseline",
                fontsize=style.TICK,
                fontweight=weight,
                color=outside(ax).ink,
                annotation_clip=False,
            )
