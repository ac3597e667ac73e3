"""Typical paths to a rare outcome: how runs climbed the escalation ladder, by what began it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.inference.rare.outline import FALL, RISE, Outline
from relsim.plots import style
from relsim.plots.paper import drawing, inside
from relsim.scenario.canonical import scenario_hash
from relsim.story.paths import paths_of
from relsim.worlds.clock import WEEK

if TYPE_CHECKING:
    from relsim.inference.rare.rarely import Rare

__all__ = ["Climb", "climb_courses", "climbs"]

MOST = 4
LABEL = 110  # characters of a label; a longer one would leave no room for the axes
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.BLACK)
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))


@dataclass(frozen=True, repr=False)
class Climb(Brief):
    """One typical path.

    Attributes
    ----------
    began_with : str
    share : float
        Of the weight of all runs that are told of.
    weeks : float64 (steps,)
        Weeks before the outcome, not above 0.
    rungs : float64 (steps,)
        Rung of the escalation ladder from then on.
    """

    began_with: str
    share: float
    weeks: Doubles
    rungs: Doubles


def climb_courses(found: Rare, most: int = MOST) -> list[Climb]:
    """The heaviest typical paths, each by one of its runs.

    Raises
    ------
    UsageError
        If the outcome was not estimated by splitting, or no run reached it.
    """
    if not found.outlines:
        raise UsageError(f"there are no paths to {found.outcome}: see `Rare.outlines`")
    return [
        Climb(path.began_with, path.share, *_steps(path.typical)) for path in paths_of(found, most)
    ]


def _steps(outline: Outline) -> tuple[Doubles, Doubles]:
    moved = [d for d in outline.deeds if d.kind in (RISE, FALL) and d.day >= outline.began]
    weeks = [(deed.day - outline.day) / WEEK for deed in moved]
    rungs = [float(deed.subject or 0) for deed in moved]
    return np.array([weeks[0], *weeks, 0.0]), np.array([0.0, *rungs, rungs[-1]])


def finding(found: Rare, drawn: list[Climb]) -> str:
    """What the figure shows, in words."""
    first = drawn[0]
    weights = np.array([one.weight for one in found.outlines])
    weeks = np.array([(one.day - one.began) / WEEK for one in found.outlines])
    order = np.argsort(weeks)
    middle = weeks[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    return (
        f"{found.title}: half of the weight climbs in {middle:.0f} weeks or fewer; "
        f"{first.share:.0%} began with {first.began_with}"
    )


@drawing
def climbs(found: Rare, ax: Axes | None = None) -> Axes:
    """Draw typical paths up the escalation ladder to a rare outcome.

    Parameters
    ----------
    found : Rare
        Of an outcome estimated by splitting.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    UsageError
        If the outcome was not estimated by splitting, or no run reached it.
    """
    drawn = climb_courses(found)
    ax = style.axes_for(ax, grid="y")
    inks = inside(ax)
    legend: dict[str, object] = {}
    for number, climb in enumerate(drawn):
        shift = 0.07 * (number - (len(drawn) - 1) / 2)  # so that lines on one rung stay apart
        (line,) = ax.step(
            climb.weeks, climb.rungs + shift, where="post", color=inks.mark(COLOURS[number]),
            linestyle=DASHES[number], linewidth=1.2 + 2.4 * climb.share, zorder=4 - 0.1 * number,
        )  # fmt: skip
        said = f"{climb.share:.0%} began with {climb.began_with}"
        legend[shorten(said, LABEL, placeholder=" …")] = line
    names = found.way.levels
    ax.set_yticks(range(len(names)), [style.literal(name) for name in names])
    ax.set_ylim(-0.3, len(names) - 0.7)
    ax.set_xlim(min(climb.weeks[0] for climb in drawn) - 1, 0.4)
    ax.set_xlabel("Weeks to the outcome")
    style.title_and_legend(ax, finding(found, drawn), legend)
    style.footnote(
        ax,
        [
            found.scenario.name,
            f"{len(found.outlines)} runs, drawn by weight, of {found.runs:,}",
            f"seed {found.seed}",
            f"scenario hash {scenario_hash(found.scenario)[:8]}",
        ],
    )
    return ax
