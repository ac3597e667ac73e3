"""Figure 6: what drives an outcome: parameters, the probability along each, claims taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relsim.estimates.probability import Difference
from relsim.inference.drivers.drivers import BEYOND, Drivers, Effect
from relsim.plots import fonts, style
from relsim.plots.number_words import counted, in_percent, titled, versions
from relsim.plots.paper import Inks, OwnFigure, drawing, inside, outside, own_style

ROW = 21.0  # points: height of a row
AROUND = 1.9  # inches: title, legend, axis and footer
COLUMNS = 3  # of small multiples
PANEL = 1.75  # inches: height of one
SMALL = 9.0  # points: letters in a panel
MOST_TICKS = 4


@dataclass(frozen=True)
class Bar:
    """One parameter as it is drawn.

    Attributes
    ----------
    parameter, title : str
    first, total : (value, low, high)
        Shares of the variance between draws with their 90% intervals; `total` None if not known.
    seen : bool
        Whether its first-order effect differs from nothing beyond chance.
    """

    parameter: str
    title: str
    first: tuple[float, float, float]
    total: tuple[float, float, float] | None
    seen: bool


def bars(found: Drivers) -> tuple[Bar, ...]:
    """The parameters of which curves are known, the largest first-order effect first."""
    return tuple(
        Bar(
            effect.parameter,
            effect.title,
            (effect.first.first_order.value, *effect.first.first_order.interval_90),
            (effect.total.value, *effect.total.interval_90) if effect.total else None,
            effect.first.seen,
        )
        for effect in found.effects
        if effect.curve is not None
    )


def finding(found: Drivers) -> str:
    """What the figure shows, in words."""
    title = titled(found.scenario, found.outcome)
    if found.condition is not None:
        title += f", given {found.condition.condition}"
    if found.split.parameters is None:
        return f"{title}: no difference between draws can be told from chance"
    share = found.split.parameters.value
    parameters, chance = (in_percent(f"{part:.2f}") for part in (share, 1 - share))
    split = f"{parameters} of the variance comes from the parameters, {chance} from chance"
    if not found.seen:
        return f"{title}: {split}; no parameter stands out"
    first = found.seen[0]
    most = in_percent(f"{min(first.first.first_order.value, 1.0):.2f}")
    return f"{title}: {split}; “{first.title}” alone accounts for {most} of the parameters’ part"


@drawing
def tornado(found: Drivers, ax: Axes | None = None) -> Axes:
    """Draw first-order and total effects of the parameters that matter.

    Parameters
    ----------
    found : Drivers
        What `relsim.drivers` returned.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.
    """
    drawn = bars(found)
    if ax is None:
        ax = style.axes(AROUND + max(len(drawn), 1) * ROW / style.INCH)
    style.title_and_legend(ax, finding(found), _draw_bars(ax, drawn, found.chance))
    style.footnote(ax, made_of(found))
    return ax


def _draw_bars(ax: Axes, drawn: Sequence[Bar], chance: float | None) -> dict[str, object]:
    """Bars, diamonds, and what chance would show; returns the legend."""
    style.clean(ax, grid="x")
    places, inks = np.arange(len(drawn)) * 1.0, inside(ax)
    first = np.array([bar.first for bar in drawn]).reshape(-1, 3)
    total = np.array([bar.total or (np.nan,) * 3 for bar in drawn]).reshape(-1, 3)
    total_ink = inks.mark(style.VERMILLION)
    colours = [inks.mark(style.SKY) if bar.seen else inks.faint for bar in drawn]
    ax.barh(places, np.maximum(first[:, 0], 0.0), height=0.62, color=colours, linewidth=0)
    ax.hlines(places, first[:, 1], first[:, 2], color=inks.ink, linewidth=1.4)
    ax.hlines(places + 0.2, total[:, 1], total[:, 2], color=total_ink, linewidth=1.4)
    ax.plot(total[:, 0], places + 0.2, "D", color=total_ink, markersize=4.5)
    names = [style.literal(bar.title) for bar in drawn]
    ax.set_yticks(places if names else [0.0], names or ["no parameter"])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(len(drawn), 1) - 0.4, -0.6)
    widest = float(np.nanmax([*first[:, 2], *total[:, 2], chance or 0.0]))
    ax.set_xlim(0.0, min(1.05 * widest, 1.0) or 1.0)
    style.percent(ax, "x")
    ax.set_xlabel("Share of the variance of the probability between draws")
    legend: dict[str, object] = {"First-order effect": Patch(color=inks.mark(style.SKY))}
    if not drawn or any(bar.total is not None for bar in drawn):
        legend["Total effect, with interactions"] = Line2D(
            [], [], color=total_ink, marker="D", markersize=4.5
        )
    if chance is not None:
        legend["What chance would show"] = ax.axvline(
            chance, color=inks.ink, linewidth=1.0, linestyle=(0, (2, 2))
        )
    return legend


@drawing
def along(effect: Effect, ax: Axes) -> Axes:
    """Draw the probability along one parameter, with its 90% band, on the axes given."""
    return _along(effect, ax)


def _along(effect: Effect, ax: Axes) -> Axes:
    style.clean(ax, grid="y")
    ax.tick_params(labelsize=SMALL)
    curve = effect.curve
    if curve is None:
        raise ValueError(f"{effect.parameter} has no curve: it is not among those that matter")
    blue = inside(ax).mark(style.BLUE)
    ax.fill_between(curve.at, curve.low, curve.high, **style.pale(ax))
    ax.plot(curve.at, curve.probability, color=blue, marker="o", markersize=2.5)
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.locator_params(axis="x", nbins=MOST_TICKS)
    style.percent(ax, "y")
    unit = "" if effect.unit == "1" else effect.unit
    ax.set_xlabel(unit, fontsize=SMALL)
    words = style.wrapped(effect.title, style.axes_width(ax), SMALL)
    title = ax.set_title(style.literal(words), loc="left", fontsize=SMALL)
    title.set(color=outside(ax).ink, usetex=False)
    return ax


def drivers(found: Drivers) -> Figure:
    """Draw the whole of figure 6: the tornado, and the probability along each parameter below.

    Returns
    -------
    Figure
        Its axes: the tornado's, then one for each parameter in the same order.
    """
    shown = [effect for effect in found.effects if effect.curve is not None]
    if not shown:
        return style.finished(tornado(found))
    with own_style(), fonts.warned_once():
        return _whole(found, shown)


def _whole(found: Drivers, shown: Sequence[Effect]) -> Figure:
    rows = -(-len(shown) // COLUMNS)
    heights = (1.7 + len(shown) * ROW / style.INCH, rows * PANEL)
    figure = OwnFigure(figsize=(style.WIDTH, sum(heights) + 1.0), dpi=style.DPI)
    figure.set_layout_engine("constrained", w_pad=0.10, h_pad=0.08)
    upper, lower = cast("list[SubFigure]", figure.subfigures(2, 1, height_ratios=heights))
    ax = upper.subplots()
    legend = _draw_bars(ax, bars(found), found.chance)
    style.legend_above(ax, [*legend.values()], [*legend], columns=1)
    grid = lower.subplots(rows, COLUMNS, squeeze=False).ravel()
    for panel, effect in zip(grid, shown, strict=False):
        _along(effect, panel)
    for empty in grid[len(shown) :]:
        empty.remove()
    inks = outside(ax)
    lower.suptitle(
        "Probability along each parameter, the others as they are drawn (90% band)",
        x=0.01, ha="left", fontsize=style.LABEL, color=inks.ink, fontweight="bold",
    )  # fmt: skip
    room = (style.WIDTH - 0.3) * style.INCH
    title = style.wrapped(finding(found), room, style.TITLE, "bold")
    figure.suptitle(
        style.literal(title, "bold"), x=0.01, ha="left", fontsize=style.TITLE, fontweight="bold",
        color=inks.ink,
    )  # fmt: skip
    footer = style.wrapped(" · ".join(made_of(found)), room, style.FOOTER)
    figure.supxlabel(
        style.literal(footer), x=0.01, ha="left", fontsize=style.FOOTER, color=inks.note
    )
    fonts.fit(figure)
    return figure


def made_of(found: Drivers) -> list[str]:
    """What a figure was made from."""
    size = f"{counted(found.runs, 'run')} over {counted(found.draws, 'draw')}"
    if found.condition is None:
        runs = [size, f"total effects and claims on {found.paired_runs:,}"]
    else:
        runs = [f"{counted(found.condition.runs, 'run')} that meet the condition, of {size}"]
    return [found.scenario.name, *runs, f"seed {found.seed}", *versions(found.provenance)]


def figures(found: Drivers) -> dict[str, Figure]:
    """The figures of what drives an outcome, by the names of their files."""
    drawn = {"drivers": drivers(found)}
    if found.ablations:
        drawn["claims"] = style.finished(claims(found))
    return drawn


NAME_WIDTH = 285.0  # points; longer words are wrapped
ROW_GAP = 7.0  # points between rows; the vertical axis is in points


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


def claims_finding(found: Drivers) -> str:
    """What the figure shows, in words."""
    title = titled(found.scenario, found.outcome)
    moving = sorted(found.moving, key=lambda one: -abs(one.differences[found.outcome].value))
    if not moving:
        return f"{title}: taking away a claim changes nothing beyond two standard errors"
    most = moving[0]
    change = in_percent(most.differences[found.outcome].value_text.lstrip("+-"))
    turn = "lowers" if most.differences[found.outcome].value < 0 else "raises"
    return (
        f"{title}: taking away claim {most.claim} {turn} the probability by "
        f"{change.removesuffix('%')} points; {len(moving)} of "
        f"{counted(len(found.ablations), 'claim')} change it beyond two standard errors"
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
    drawn = lines_of(found)
    names, weights = [line.name for line in drawn], ["normal"] * len(drawn)
    ax, places = style.row_axes(
        ax, names, weights, width=NAME_WIDTH, size=SMALL, gap=ROW_GAP, around=AROUND
    )
    ax.axvline(0.0, color=inside(ax).ink, linewidth=0.9)
    for line, place in zip(drawn, places, strict=True):
        _mark(ax, line, float(place))
    style.points(ax)
    usual = in_percent(found.probability.value_text)
    ax.set_xlabel(f"Change of the probability, from {usual}, in percentage points")
    legend = _legend(any(line.control for line in drawn), inside(ax))
    style.title_and_legend(ax, claims_finding(found), legend, columns=1)
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


def _legend(controls: bool, inks: Inks) -> dict[str, object]:
    def mark(colour: str, face: str) -> Line2D:
        return Line2D([], [], color=colour, marker="o", markerfacecolor=face, markersize=5.0)

    beyond = inks.mark(style.VERMILLION)
    legend: dict[str, object] = {
        "Beyond two standard errors (90% interval)": mark(beyond, beyond),
        "Within them": mark(inks.quiet, inks.quiet),
    }
    if controls:
        legend["Control"] = mark(inks.quiet, inks.ground)
    return legend
