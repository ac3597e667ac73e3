"""What taking each claim away does to the probability of an outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relsim.estimates.probability import Difference
from relsim.inference.drivers.drivers import BEYOND, Drivers
from relsim.plots import style
from relsim.plots.ink import Inks, inside
from relsim.plots.number_words import counted, in_percent
from relsim.plots.paper import drawing
from relsim.plots.runs import titled

__all__ = ["Line", "claims", "lines_of"]

NAME_WIDTH = 285.0  # points; longer words are wrapped
ROW_GAP = 7.0  # points between rows; the vertical axis is in points
AROUND = 1.9  # inches: title, legend, axis and footer
SMALL = 9.0  # points: the words of an ablation


@dataclass(frozen=True)
class Line:
    """One ablation as it is drawn.

    Attributes
    ----------
    name : str
        The claim, and what holds instead of it.
    difference : Difference
    control : bool
        Whether it is the control beside the ablation above it.
    """

    name: str
    difference: Difference
    control: bool = False

    @property
    def beyond(self) -> bool:
        """Whether it is more than two standard errors from nothing."""
        return abs(self.difference.value) > BEYOND * self.difference.mc_error


def lines_of(found: Drivers) -> tuple[Line, ...]:
    """All ablations, from the largest fall to the largest rise, each control below its own."""
    name = found.outcome
    lines: list[Line] = []
    for one in sorted(found.ablations, key=lambda one: one.differences[name].value):
        lines.append(Line(f"{one.claim}  {one.off}", one.differences[name]))
        if one.control is not None:
            words = f"{one.claim}, control: each run chooses by another run’s belief"
            lines.append(Line(words, one.control[name], control=True))
    return tuple(lines)


def finding(found: Drivers) -> str:
    """What the figure shows, in words."""
    title = titled(found.scenario, found.outcome)
    moving = sorted(found.moving, key=lambda one: -abs(one.differences[found.outcome].value))
    if not moving:
        return f"{title}: no claim taken away changes the probability beyond two standard errors"
    most = moving[0]
    change = in_percent(most.differences[found.outcome].value_text.lstrip("+-"))
    turn = "falls" if most.differences[found.outcome].value < 0 else "rises"
    return (
        f"{title}: {len(moving)} of {counted(len(found.ablations), 'claim')} matter beyond two "
        f"standard errors; without {most.claim} it {turn} by {change.removesuffix('%')} points"
    )


@drawing
def claims(found: Drivers, ax: Axes | None = None) -> Axes:
    """Draw what each ablation changes, with its 90% Monte Carlo interval.

    Parameters
    ----------
    found : Drivers
        What `relsim.drivers` returned.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the ablations need.
    """
    from relsim.plots.number_words import made_of

    drawn = lines_of(found)
    names = [style.wrapped(line.name, NAME_WIDTH, SMALL) for line in drawn]
    heights = np.array([name.count("\n") + 1 for name in names]) * SMALL * style.LINE + ROW_GAP
    if ax is None:
        ax = style.axes(AROUND + float(heights.sum()) / style.INCH)
    places = np.cumsum(heights) - heights / 2
    style.clean(ax, grid="x")
    ax.axvline(0.0, color=inside(ax).ink, linewidth=0.9)
    for line, place in zip(drawn, places, strict=True):
        _mark(ax, line, float(place))
    ax.set_yticks(places, [style.literal(name) for name in names])
    ax.tick_params(axis="y", length=0, labelsize=SMALL)
    for label in ax.get_yticklabels():
        label.set(linespacing=1.0)
    ax.set_ylim(float(heights.sum()), 0.0)
    style.points(ax)
    usual = in_percent(found.probability.value_text)
    ax.set_xlabel(f"Change of the probability, from {usual}, in percentage points")
    handles, labels = _legend(any(line.control for line in drawn), inside(ax))
    style.headline(ax, finding(found), style.legend_above(ax, handles, labels, columns=1))
    style.footnote(ax, made_of(found))
    return ax


def _mark(ax: Axes, line: Line, place: float) -> None:
    low, high = line.difference.mc_interval_90
    inks = inside(ax)
    colour = inks.mark(style.VERMILLION) if line.beyond else inks.quiet
    face = inks.ground if line.control else colour
    ax.plot([low, high], [place, place], color=colour, linewidth=1.6, solid_capstyle="butt")
    ax.plot([line.difference.value], [place], "o", color=colour, markerfacecolor=face,
            markersize=5.0)  # fmt: skip


def _legend(controls: bool, inks: Inks) -> tuple[list[object], list[str]]:
    def mark(colour: str, face: str) -> Line2D:
        return Line2D([], [], color=colour, marker="o", markerfacecolor=face, markersize=5.0)

    beyond = inks.mark(style.VERMILLION)
    handles: list[object] = [mark(beyond, beyond), mark(inks.quiet, inks.quiet)]
    labels = ["Beyond two standard errors (90% interval)", "Within them"]
    if controls:
        handles.append(mark(inks.quiet, inks.ground))
        labels.append("Control")
    return handles, labels
