"""How outcomes hang together, as a map of colours: each outcome, given each other one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from relsim.array_types import Booleans, Doubles
from relsim.ensemble.together import Together
from relsim.plots import style
from relsim.plots.number_words import counted, versions
from relsim.plots.paper import drawing, inside
from relsim.plots.style import BLUE, VERMILLION

__all__ = ["Shifts", "shifts_of", "together"]

NAME_WIDTH = 250.0  # points
IMPLIED = 0.02  # nearer to 0 or 1 a pair is one by definition, and no finding
LARGEST = 0.5  # a shift of so much, or more, has the full colour
DARK = 0.75  # of the full colour, from where on letters are white
AROUND = 1.9  # inches besides the rows
ROW_GAP = 9.0  # points
COLOURS = LinearSegmentedColormap.from_list("shift", [VERMILLION, "#FFFFFF", BLUE])


class Shifts(NamedTuple):
    """What is drawn; rows and columns in the order of the outcomes.

    Attributes
    ----------
    titles : tuple of str
    given : float64 (outcomes, outcomes)
        Probability of the row given the column; NaN where it is not known.
    shift : float64 (outcomes, outcomes)
        That less the row's own probability.
    seen : bool (outcomes, outcomes)
        Whether the shift is beyond noise.
    """

    titles: tuple[str, ...]
    given: Doubles
    shift: Doubles
    seen: Booleans


def shifts_of(found: Together) -> Shifts:
    """The numbers that the map shows.

    Parameters
    ----------
    found : Together
        As `relsim.ensemble.together.together` returns it.
    """
    names = found.outcomes
    given = np.full((len(names), len(names)), np.nan)
    seen = np.zeros(given.shape, dtype=np.bool_)
    for (row, column), cell in found.cells.items():
        place = names.index(row), names.index(column)
        given[place], seen[place] = cell.value, cell.seen
    own = np.array([found.probabilities[name].value for name in names])
    titles = tuple(found.scenario.outcomes[name].title for name in names)
    return Shifts(titles, given, given - own[:, np.newaxis], seen)


def finding(drawn: Shifts) -> str:
    """What the figure shows, in words."""
    clear = drawn.seen & (drawn.given > IMPLIED) & (drawn.given < 1 - IMPLIED)
    size = np.where(clear, np.abs(drawn.shift), 0.0)
    if not size.any():
        return "No outcome says anything of another beyond noise"
    row, column = divmod(int(np.argmax(size)), size.shape[1])
    before = drawn.given[row, column] - drawn.shift[row, column]
    return (
        f"{drawn.titles[row]}: {before:.0%}, but {drawn.given[row, column]:.0%} in the runs with "
        f"“{drawn.titles[column]}”"
    )


@drawing
def together(found: Together, ax: Axes | None = None) -> Axes:
    """Draw how outcomes hang together: how far each column shifts each row.

    Parameters
    ----------
    found : Together
        As `relsim.ensemble.together.together` returns it.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure.

    Returns
    -------
    Axes
    """
    drawn = shifts_of(found)
    numbered = [f"{number}  {title}" for number, title in enumerate(drawn.titles, start=1)]
    ax, places = style.row_axes(
        ax, numbered, ["normal"] * len(numbered), width=NAME_WIDTH, size=style.TICK, gap=ROW_GAP,
        around=AROUND,
    )  # fmt: skip
    ax.grid(visible=False)
    _fill(ax, drawn, places)
    ax.set_xlim(0.5, len(numbered) + 0.5)
    ax.set_xticks(range(1, len(numbered) + 1))
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("If this outcome comes about (by its number)", color=inside(ax).ink)
    legend: dict[str, object] = {
        "row likelier with the column": Rectangle((0, 0), 1, 1, color=COLOURS(0.85)),
        "row less likely": Rectangle((0, 0), 1, 1, color=COLOURS(0.15)),
    }
    style.title_and_legend(ax, finding(drawn), legend)
    parts = [
        found.scenario.name,
        "numbers: probability of the row in percent, in the runs with the column",
        "dot: within noise; empty: too few runs",
        f"{counted(found.runs, 'run')} over {counted(found.draws, 'draw')}",
        *([] if found.condition is None else [found.condition]),
        f"seed {found.seed}",
        *versions(found.provenance),
    ]
    style.footnote(ax, parts)
    return ax


def _fill(ax: Axes, drawn: Shifts, places: Doubles) -> None:
    """A coloured cell with its number for each pair that is known; rows at their places."""
    edges = np.concatenate([[0.0], (places[1:] + places[:-1]) / 2, [ax.get_ylim()[0]]])
    for row, column in np.ndindex(drawn.shift.shape):
        shift, seen = float(drawn.shift[row, column]), bool(drawn.seen[row, column])
        if np.isnan(shift):
            continue
        top, tall = float(edges[row]), float(edges[row + 1] - edges[row])
        share = min(max(shift / LARGEST, -1.0), 1.0) if seen else 0.0
        ax.add_patch(
            Rectangle(
                (column + 0.5, top), 1.0, tall, linewidth=0.6, edgecolor=inside(ax).faint,
                facecolor=COLOURS(0.5 + 0.5 * share),
            )
        )  # fmt: skip
        ax.text(
            column + 1.0, top + tall / 2,
            f"{100 * drawn.given[row, column]:.0f}" if seen else "·", ha="center", va="center",
            fontsize=style.TICK, color="#FFFFFF" if abs(share) > DARK else "#000000",
        )  # fmt: skip
