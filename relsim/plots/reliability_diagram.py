"""Reliability: what forecast probabilities meant, with the band where right ones would lie."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from relsim.inference.score.corp import RESAMPLES, Reliability
from relsim.plots import style
from relsim.plots.number_words import counted
from relsim.plots.paper import drawing, inside
from relsim.plots.style import BLUE

__all__ = ["reliability_diagram"]

TRUSTED = 0.05  # p-value under which forecasts are said not to mean what they say
HEIGHT = 6.4  # inches
STRIP = 0.12  # of the axes' height, for the bars of how many forecasts there are


def finding(found: Reliability) -> str:
    """What the figure shows, in words."""
    number = counted(int(found.number.sum()), "forecast")
    parts = (
        f"miscalibration {found.miscalibration:.3f}, discrimination {found.discrimination:.3f}, "
        f"uncertainty {found.uncertainty:.3f}"
    )
    if found.p_value >= TRUSTED:
        return f"{number}: no miscalibration beyond chance ({parts})"
    return f"{number}: probabilities {_direction(found)} ({parts})"


def _direction(found: Reliability) -> str:
    """Whether what was said is too far from a half, too near to it, too high or too low."""
    away, apart = found.said - 0.5, found.meant - found.said
    bold = float((found.number * np.sign(away) * apart).sum())
    high = float((found.number * apart).sum())
    if abs(high) >= abs(bold) - 1e-9:  # all on one side of a half
        return "too low" if high > 0 else "too high"
    return "too near to a half" if bold > 0 else "too near to 0 and 1"


@drawing
def reliability_diagram(found: Reliability, ax: Axes | None = None) -> Axes:
    """Draw what forecast probabilities meant against what was said.

    Parameters
    ----------
    found : Reliability
        As `relsim.score` or `relsim.inference.score.corp.reliability` return it.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes
    """
    ax = style.axes_for(ax, grid="y", height=HEIGHT)
    ink = inside(ax).ink
    band = ax.fill_between(found.said, found.low, found.high, **style.pale(ax))
    (right,) = ax.plot([0, 1], [0, 1], color=ink, linewidth=1.0, linestyle=(0, (4, 3)))
    (curve,) = ax.plot(
        found.said, found.meant, color=inside(ax).mark(BLUE), linewidth=2.0, marker="o",
        markersize=4.0,
    )  # fmt: skip
    heights, edges = np.histogram(found.said, np.linspace(0, 1, 21), weights=found.number)
    tall = heights / heights.max() * STRIP
    bars = ax.bar(edges[:-1], tall, np.diff(edges), align="edge", color=ink, alpha=0.25)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    style.percent(ax, "x")
    style.percent(ax, "y")
    ax.set_xlabel("Probability that was forecast")
    ax.set_ylabel("Share that came about, recalibrated")
    legend = {
        "Forecasts": curve,
        "90% band of calibrated forecasts": band,
        "Perfect calibration": right,
        f"How many, at most {counted(int(heights.max()), 'forecast')} in a bar": bars,
    }
    style.title_and_legend(ax, finding(found), legend)
    style.footnote(
        ax,
        [
            f"mean Brier score {found.score:.3f}",
            f"{found.share_within:.0%} of the forecasts within the band",
            f"calibrated forecasts as far off by chance: {found.p_value:.1%}",
            f"isotonic regression, {RESAMPLES:,} resamples",
        ],
    )
    return ax
