"""Signposts: what seeing each tells beside what doing it brings about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from relsim.estimates.probability import Estimate
from relsim.plots import style
from relsim.plots.number_words import counted, versions
from relsim.plots.paper import drawing, inside
from relsim.plots.style import BLUE, VERMILLION

if TYPE_CHECKING:
    from relsim.inference.signposts.signposts import Signposts

__all__ = ["SignpostBar", "signpost_bars", "signposts"]

NAME_WIDTH = 230.0  # points
AROUND = 2.6  # inches besides the rows
ROW_GAP = 26.0  # points
APART = 8.0  # points between the two of a row
WIDTH = 3.2  # points, of lines


class SignpostBar(NamedTuple):
    """Two probabilities of the outcome that belong together: with something, and without.

    Attributes
    ----------
    title : str
    with_it : Estimate
        If it is seen; or brought about.
    without : Estimate or None
        If it is not seen; or kept off, None of a joint move, which is not.
    """

    title: str
    with_it: Estimate
    without: Estimate | None


def signpost_bars(found: Signposts) -> tuple[list[SignpostBar], list[SignpostBar | None]]:
    """What is drawn of each signpost: seeing, and doing if it can be done.

    Parameters
    ----------
    found : Signposts
        As `relsim.signposts` returns it.
    """
    seeing = [SignpostBar(p.candidate.title, p.seen, p.unseen) for p in found.signposts]
    doing = [
        None
        if post.doing is None
        else SignpostBar(post.candidate.title, post.doing.forced, post.doing.prevented)
        for post in found.signposts
    ]
    return seeing, doing


def finding(found: Signposts) -> str:
    """What the figure shows, in words."""
    title = found.scenario.outcomes[found.outcome].title
    if not found.signposts:
        return f"Nothing seen by {found.by} tells anything of “{title}” beyond chance"
    best = found.signposts[0]
    return (
        f"“{best.candidate.title}” by {found.by} tells most of “{title}”: "
        f"{best.seen.value:.0%} if seen, {best.unseen.value:.0%} if not"
    )


@drawing
def signposts(found: Signposts, ax: Axes | None = None) -> Axes:
    """Draw what seeing each signpost tells beside what doing it brings about.

    Parameters
    ----------
    found : Signposts
        As `relsim.signposts` returns it.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes
    """
    seeing, doing = signpost_bars(found)
    titles = [bar.title for bar in seeing] or ["nothing"]
    ax, places = style.row_axes(
        ax, titles, ["normal"] * len(titles), width=NAME_WIDTH, size=style.TICK, gap=ROW_GAP,
        around=AROUND,
    )  # fmt: skip
    legend: dict[str, object] = {
        "if not come about by then" if found.settled else "as things stand": ax.axvline(
            found.probability.value, color=inside(ax).ink, linewidth=1.0, linestyle=(0, (1, 2))
        )
    }
    legend |= _draw(ax, [*zip(seeing, places - APART, strict=False)], BLUE, ("seen", "not seen"))
    done = [(bar, at + APART) for bar, at in zip(doing, places, strict=False) if bar is not None]
    if done:
        legend |= _draw(ax, done, VERMILLION, ("brought about in all runs", "kept from all runs"))
    ax.set_xlim(0, 1)
    style.percent(ax, "x")
    title = style.literal(found.scenario.outcomes[found.outcome].title)
    ax.set_xlabel(f"Probability of “{title}”")
    style.title_and_legend(ax, finding(found), legend, columns=2)
    parts = [
        found.scenario.name,
        f"{counted(found.runs, 'run')} over {counted(found.draws, 'draw')}, one half measured",
        *([] if found.condition is None else [found.condition]),
        *(
            [f"{found.settled:.1%} of the runs settled by then left out of what is seen"]
            if found.settled > 0
            else []
        ),
        "lines: 90% Monte Carlo intervals",
        f"seed {found.seed}",
        *versions(found.provenance),
    ]
    style.footnote(ax, parts)
    return ax


def _draw(
    ax: Axes, bars: list[tuple[SignpostBar, float]], colour: str, names: tuple[str, str]
) -> dict[str, object]:
    """Full marks with it, open ones without, joined by a pale line; handles by their labels."""
    mark = inside(ax).mark(colour)
    handles: dict[str, object] = {}
    for which, name in zip(("with_it", "without"), names, strict=True):
        there = [(getattr(bar, which), at) for bar, at in bars if getattr(bar, which) is not None]
        if bars and not there:
            continue
        found: list[Estimate] = [one for one, _ in there]
        values = np.array([one.value for one in found])
        heights = np.array([at for _, at in there])
        ends = np.array([one.mc_bounds for one in found]).reshape(-1, 2)
        ax.hlines(heights, ends[:, 0], ends[:, 1], color=mark, linewidth=WIDTH, alpha=style.PALE)
        (handles[name],) = ax.plot(
            values, heights, linestyle="none", marker="o" if which == "with_it" else "s",
            color=mark, markersize=7.0, markeredgewidth=1.6,
            markerfacecolor=mark if which == "with_it" else inside(ax).ground,
        )  # fmt: skip
    return handles
