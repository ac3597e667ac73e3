"""The probability of an outcome through time, as the news came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from relsim.array_types import Dates, Doubles
from relsim.brief import Brief
from relsim.ensemble.data import check_outcome
from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.number_words import day, in_percent, together
from relsim.plots.paper import drawing, inside
from relsim.scenario.canonical import scenario_hash

if TYPE_CHECKING:
    from relsim.inference.update.update import Update

__all__ = ["NewsCourse", "news_course", "probability_through_time"]

STRIP = 0.06  # of the axis, below 0, where the marks stand
LARGEST = 20.0  # bits of a move whose mark is as large as marks get


@dataclass(frozen=True, repr=False)
class NewsCourse(Brief):
    """An outcome's probability on each day that was asked for.

    Attributes
    ----------
    title : str
    dates : datetime64 (stages,)
    probability, low, high : float64 (stages,)
        With the 5% and 95% points over draws, NaN where there are none.
    hostile, cooperative : datetime64 (moves,)
        Days of the moves.
    bits_hostile, bits_cooperative : float64 (moves,)
    first, last : Estimate
    """

    title: str
    dates: Dates
    probability: Doubles
    low: Doubles
    high: Doubles
    hostile: Dates
    cooperative: Dates
    bits_hostile: Doubles
    bits_cooperative: Doubles
    first: Estimate
    last: Estimate


def news_course(update: Update, outcome: str | None = None) -> NewsCourse:
    """An outcome's probability on each day that was asked for, the headline's by default.

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    """
    name = outcome or update.scenario.headline
    check_outcome(name, update.scenario.outcomes)
    found = [stage.probabilities[name] for stage in update.stages]
    none = (np.nan, np.nan)
    bands = np.array(
        [one.interval_90 if one.interval_90 and not one.interval_note else none for one in found]
    )
    weights = update.scenario.moves
    hostile = [m for m in update.moves if weights[m.move].weight < 0]
    warm = [m for m in update.moves if weights[m.move].weight >= 0]
    return NewsCourse(
        update.scenario.outcomes[name].title,
        np.array([stage.date for stage in update.stages], dtype="datetime64[D]"),
        np.array([one.value for one in found]),
        bands[:, 0],
        bands[:, 1],
        np.array([move.date for move in hostile], dtype="datetime64[D]"),
        np.array([move.date for move in warm], dtype="datetime64[D]"),
        np.array([move.bits for move in hostile]),
        np.array([move.bits for move in warm]),
        found[0],
        found[-1],
    )


def finding(drawn: NewsCourse) -> str:
    """What the figure shows, in words."""
    before, after = (in_percent(one.value_text) for one in (drawn.first, drawn.last))
    begin, end = (together(day(drawn.dates[place].item())) for place in (0, -1))
    if before == after:
        return f"{drawn.title}: {after} both on {begin} and on {end}"
    return f"{drawn.title}: from {before} on {begin} to {after} on {end}"


@drawing
def probability_through_time(
    update: Update,
    outcome: str | None = None,
    came: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw an outcome's probability as the news came in, with its band and the moves.

    Parameters
    ----------
    update : Update
        What is drawn: a forecast by month or quarter, or of the first and the last day.
    outcome : str, optional
        Its name; the headline by default.
    came : bool, optional
        Whether it came about in the end, if that is known.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    """
    drawn = news_course(update, outcome)
    ax = style.axes_for(ax, grid="y")
    first, last = drawn.dates[0].item(), drawn.dates[-1].item()
    style.dated(ax, first, last)
    style.percent(ax, "y")
    inks, pale = inside(ax), style.pale(ax)
    blue = inks.mark(style.BLUE)
    band = ax.fill_between(drawn.dates, drawn.low, drawn.high, **pale)
    (line,) = ax.plot(
        drawn.dates, drawn.probability, "-o", color=blue, linewidth=2.2, markersize=5.0, zorder=4,
        clip_on=False,
    )  # fmt: skip
    label = "No band over draws" if np.isnan(drawn.low).all() else "90% over draws"
    legend: dict[str, object] = {"Probability, with the news so far": line, label: band}
    marks = (
        ("Hostile move", drawn.hostile, drawn.bits_hostile, "v", style.VERMILLION),
        ("Other move", drawn.cooperative, drawn.bits_cooperative, "^", style.BLACK),
    )
    for label, dates, bits, marker, colour in marks:
        if dates.size:
            size = 14 + 60 * np.clip(bits / LARGEST, 0, 1)
            legend[f"{label}, larger if less expected"] = ax.scatter(
                dates, np.full(dates.size, -STRIP / 2), s=size, marker=marker,
                color=inks.mark(colour), linewidth=0, zorder=5, clip_on=False,
            )  # fmt: skip
    if came is not None:
        legend["It came about" if came else "It did not come about"] = ax.axhline(
            float(came), color=inks.ink, linewidth=1.6, linestyle=(0, (4, 2)), zorder=3
        )
    ax.set_ylim(-STRIP, 1.02)
    ax.set_ylabel("Probability by the end of the term")
    style.title_and_legend(ax, finding(drawn), legend)
    scenario = update.scenario
    style.footnote(
        ax,
        [
            scenario.name,
            f"{update.draws:,} draws of {update.runs} runs",
            f"seed {update.seed}",
            f"scenario hash {scenario_hash(update.asked)[:8]}",
        ],
    )
    return ax
