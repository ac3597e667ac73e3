"""Figure 1: the probabilities of all outcomes, each with both its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.forest import ForestRow, forest
from relsim.plots.number_words import in_percent, with_interval
from relsim.plots.paper import drawing
from relsim.plots.runs import by_deadline

__all__ = ["Row", "outcomes", "rows"]

EVEN = 0.5  # the probability of what is as likely as not


@dataclass(frozen=True, repr=False)
class Row(Brief):
    """One outcome as it is drawn.

    Attributes
    ----------
    name, title : str
    estimate : Estimate
    asked : bool
        Whether the scenario's question is about it.
    by : str
        Its own deadline, such as ``" by 30 June 2022"``; empty if that is the end of the term.
    """

    name: str
    title: str
    estimate: Estimate
    asked: bool
    by: str = ""

    @property
    def value_text(self) -> str:
        """``"21 ± 1%"``: probability and Monte Carlo error."""
        return in_percent(f"{self.estimate.value_text} {self.estimate.error_text}".strip())

    @property
    def interval_text(self) -> str:
        """``"3–69%"``, or why there is no interval over draws."""
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
            by=by_deadline(scenario, name),
        )
        for name in ensemble.outcomes
    ]
    return tuple(sorted(found, key=lambda row: -row.estimate.value))


def finding(drawn: tuple[Row, ...]) -> str:
    """What the figure shows, in words."""
    certain = [row.estimate for row in drawn]
    likely = sum(estimate.mc_bounds[0] > EVEN for estimate in certain)
    unlikely = sum(estimate.mc_bounds[1] < EVEN for estimate in certain)
    between = len(drawn) - likely - unlikely
    summary = f"{likely} of {len(drawn)} outcomes are likelier than not"
    if between:
        summary += f", {between} too close to call"
    asked = next((row for row in drawn if row.asked), None)
    if asked is None:
        return summary
    return f"{asked.title}: {with_interval(asked.estimate)}{asked.by}; {summary}"


@drawing
def outcomes(ensemble: Ensemble, ax: Axes | None = None) -> Axes:
    """Draw the probability of every outcome, with its Monte Carlo interval and that over draws.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the outcomes need.

    Returns
    -------
    Axes
        With the numbers in two columns to its right.
    """
    drawn = rows(ensemble)
    headings = ("Probability", "90% over draws")
    ax, handles = forest([_forest_row(row) for row in drawn], headings, EVEN, ax)
    labels = [
        "Probability (± its standard error), with its 90% Monte Carlo interval",
        "90% interval over draws",
    ]
    style.headline(ax, finding(drawn), style.legend_above(ax, handles, labels, columns=1))
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks(np.linspace(0, 1, 6))
    style.percent(ax, "x")
    own = ", or by the outcome’s own deadline" if any(row.by for row in drawn) else ""
    ax.set_xlabel(f"Probability by the end of the term{own}")
    style.footer(ax, ensemble)
    return ax


def _forest_row(row: Row) -> ForestRow:
    found = row.estimate
    texts = (row.value_text, row.interval_text)
    return ForestRow(row.title, found.value, found.mc_bounds, found.interval_90, texts, row.asked)
