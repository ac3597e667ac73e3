"""Figure 1: the probabilities of all outcomes, each with both its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.estimates import Estimate
from relsim.plots import style
from relsim.plots.words import in_percent, with_spread

__all__ = ["Row", "outcomes", "rows"]

Doubles = npt.NDArray[np.float64]

NAME_WIDTH = 200.0  # points; longer titles are wrapped
GAP = 12.0  # points between the columns of numbers
ROW_GAP = 9.0  # points between rows; the vertical axis is in points
BAR = 11.0  # points: height of a bar
AROUND = 2.0  # inches: title, legend, axis and footer
EVEN = 0.5  # the probability of what is as likely as not


@dataclass(frozen=True)
class Row:
    """One outcome as it is drawn.

    Attributes
    ----------
    name, title : str
    estimate : Estimate
    asked : bool
        Whether the scenario's question is about it.
    """

    name: str
    title: str
    estimate: Estimate
    asked: bool

    @property
    def value_text(self) -> str:
        """``"21 ± 1%"``: probability and Monte Carlo error."""
        return in_percent(f"{self.estimate.value_text} {self.estimate.error_text}".strip())

    @property
    def interval_text(self) -> str:
        """``"3 to 69%"``, or why there is no interval over draws."""
        return in_percent(self.estimate.interval_text)


def rows(ensemble: Ensemble) -> tuple[Row, ...]:
    """All outcomes, the likeliest first; equals in the order of the scenario."""
    scenario = ensemble.scenario
    found = [
        Row(
            name=name,
            title=scenario.outcomes[name].title,
            estimate=ensemble.probability(name),
            asked=name == scenario.headline,
        )
        for name in ensemble.outcomes
    ]
    return tuple(sorted(found, key=lambda row: -row.estimate.value))


def finding(drawn: tuple[Row, ...]) -> str:
    """What the figure shows, in words."""
    certain = [row.estimate for row in drawn]
    likely = sum(estimate.mc_interval_90[0] > EVEN for estimate in certain)
    unlikely = sum(estimate.mc_interval_90[1] < EVEN for estimate in certain)
    between = len(drawn) - likely - unlikely
    summary = f"{likely} of {len(drawn)} outcomes are likelier than not"
    if between:
        summary += f", {between} too close to call"
    asked = next((row for row in drawn if row.asked), None)
    if asked is None:
        return summary
    return f"{asked.title}: {with_spread(asked.estimate)}; {summary}"


def outcomes(ensemble: Ensemble, ax: Axes | None = None) -> Axes:
    """Draw the probability of every outcome, with its Monte Carlo interval and that over draws.

    Parameters
    ----------
    ensemble : Ensemble
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the outcomes need.

    Returns
    -------
    Axes
        With the numbers in two columns to its right.
    """
    drawn = rows(ensemble)
    names = [style.wrapped(row.title, NAME_WIDTH, style.TICK, _weight(row)) for row in drawn]
    lines = np.array([name.count("\n") + 1 for name in names])
    heights = lines * style.TICK * style.LINE + ROW_GAP
    bottom = float(heights.sum())
    if ax is None:
        ax = style.axes(AROUND + bottom / style.INCH)
    places = np.cumsum(heights) - heights / 2
    style.clean(ax, grid="x")
    _draw_intervals(ax, drawn, places)
    ax.set_yticks(places, [style.literal(name) for name in names])
    for label, row in zip(ax.get_yticklabels(), drawn, strict=True):
        label.set(fontweight=_weight(row), linespacing=1.0)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(bottom, 0.0)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks(np.linspace(0, 1, 6))
    style.percent(ax, "x")
    ax.set_xlabel("Probability by the end of the term")
    _write_numbers(ax, drawn, places)
    style.footer(ax, ensemble)
    return ax


def _weight(row: Row) -> str:
    return "bold" if row.asked else "normal"


def _draw_intervals(ax: Axes, drawn: tuple[Row, ...], places: Doubles) -> None:
    """Pale bars over draws, dark capped lines for the Monte Carlo intervals, and the legend."""
    values = np.array([row.estimate.value for row in drawn])
    sampling = np.array([row.estimate.mc_interval_90 for row in drawn]).reshape(-1, 2)
    known = np.array([row.estimate.interval_90 is not None for row in drawn])
    ends = [row.estimate.interval_90 for row in drawn if row.estimate.interval_90 is not None]
    over_draws = np.array(ends).reshape(-1, 2)
    ax.barh(
        places[known],
        over_draws[:, 1] - over_draws[:, 0],
        left=over_draws[:, 0],
        height=BAR,
        color=style.SKY,
        alpha=style.PALE,
        linewidth=0,
    )
    ax.axvline(EVEN, color=style.INK, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
    dots = ax.errorbar(
        values,
        places,
        xerr=np.abs(sampling.T - values),
        fmt="o",
        markersize=4.0,
        color=style.INK,
        elinewidth=1.4,
        capsize=5.0,
        capthick=1.4,
        zorder=3,
    )
    bar = Patch(color=style.SKY, alpha=style.PALE, linewidth=0)
    labels = [
        "Probability, with its 90% Monte Carlo interval",
        "90% interval over draws",
    ]
    style.headline(ax, finding(drawn), style.legend_above(ax, [dots, bar], labels, columns=1))


def _write_numbers(ax: Axes, drawn: tuple[Row, ...], places: Doubles) -> None:
    """Two columns to the right: probability with its Monte Carlo error, interval over draws."""
    columns = [
        ("Probability", [row.value_text for row in drawn]),
        ("90% over draws", [row.interval_text for row in drawn]),
    ]
    right = 0.0
    for heading, texts in columns:
        cells = [(heading, 0.0, "normal", 7.0)]
        cells += [
            (text, place, _weight(row), 0.0)
            for text, place, row in zip(texts, places.tolist(), drawn, strict=True)
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
                color=style.INK,
                annotation_clip=False,
            )
