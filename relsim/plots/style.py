"""How all figures look: colours, sizes, title, legend, footer.

Title, legend and footer belong to the axes that are drawn on, so that figures can be put together.
In a figure of relsim's own, which holds these axes alone, the title begins at its left edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any, cast
from unicodedata import category

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox, ScaledTranslation, Transform, blended_transform_factory
from numpy.typing import ArrayLike

from relsim.array_types import Doubles
from relsim.ensemble.conditioning import condition_of
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.summary import limits_of
from relsim.escaping import one_line
from relsim.plots import fonts
from relsim.plots.margins import Margins
from relsim.plots.number_words import brief, counted, day, versions
from relsim.plots.paper import WHITE, OwnAxes, OwnFigure, inside, mixed, outside
from relsim.scenario.schema import Scenario

# Okabe & Ito 2008, "Color universal design": distinct for colour-blind readers too.
BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILLION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
# Of the actors, in a scenario's order: indigo (Tol 2021, "Colour schemes", muted), brown and teal
# (ColorBrewer BrBG). None is among those above, which are of kinds of things; text in them is read.
ACTORS = ("#332288", "#8C510A", "#01665E")
LIGHTER = 0.6  # share of an actor's colour in areas
PALE = 0.5  # opacity of intervals and bands over draws

WIDTH, HEIGHT = 9.0, 5.2  # inches
MARGIN, HEAD = 0.12, 0.10  # inches at the left and the right of a figure, and above and below
DPI = 200  # so that half of the pixels still show the smallest letters in 12
TITLE, LABEL, TICK, LEGEND, FOOTER = 13.0, 10.5, 10.0, 10.0, 8.5  # points
SPACE, OPEN = 0.42, 0.08  # width of a space over the size; how wrong a sum of words may be
LINE = 1.2  # height of a line over the size of its letters
TALLEST_TITLE = 4  # lines; for more a figure of relsim's own grows
INCH = 72.0  # points
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)  # between two dates of an axis
DATE_WIDTH = 62.0  # points for a month and its year
HANDLE, HANDLE_GAP, BETWEEN = 2.2, 0.7, 1.6  # of a legend, over the size of its letters

TITLE_ID, FOOTER_ID = "relsim-title", "relsim-footer"


def axes(height: float = HEIGHT) -> Axes:
    """The axes of a new figure; they are its only ones."""
    figure = OwnFigure(figsize=(WIDTH, height), dpi=DPI)
    figure.set_layout_engine(Margins(MARGIN, HEAD, FOOTER_ID))
    return figure.add_subplot(axes_class=OwnAxes)


def axes_for(ax: Axes | None, *, grid: str, height: float = HEIGHT) -> Axes:
    """The axes given, or those of a new figure, with only what is read left on them."""
    ax = axes(height) if ax is None else ax
    clean(ax, grid=grid)
    return ax


def row_axes(
    ax: Axes | None, names: Sequence[str], weights: Sequence[str], *, width: float, size: float,
    gap: float, around: float,
) -> tuple[Axes, Doubles]:  # fmt: skip
    """Axes with a row for each name, wrapped to a width; returns also the middles of the rows.

    The vertical axis is in points, down from the top; a new figure has `around` inches besides.
    """
    rows = list(zip(names, weights, strict=True))
    texts = [wrapped(name, width, size, weight) for name, weight in rows]
    heights = np.array([text.count("\n") + 1 for text in texts]) * size * LINE + gap
    bottom = float(heights.sum())
    ax = axes_for(ax, grid="x", height=around + bottom / INCH)
    places = np.cumsum(heights) - heights / 2
    ax.set_yticks(places, [literal(*row) for row in zip(texts, weights, strict=True)])
    for label, weight in zip(ax.get_yticklabels(), weights, strict=True):
        label.set(fontweight=weight, linespacing=1.0)
    ax.tick_params(axis="y", length=0, labelsize=size)
    ax.set_ylim(bottom, 0.0)
    return ax, places


def clean(ax: Axes, *, grid: str) -> None:
    """Leave only what is read: two spines, quiet ticks, grid lines across one axis."""
    ink = outside(ax).ink
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(ink)
    ax.tick_params(labelsize=TICK, color=ink, labelcolor=ink)
    ax.set_axisbelow(True)
    ax.grid(visible=False)
    ax.grid(axis="x" if grid == "x" else "y", color=inside(ax).faint, linewidth=0.6)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(fontsize=LABEL, color=ink, usetex=False)
        axis.get_major_ticks(1)[0].label1.set_usetex(False)  # further ticks take after it


def percent(ax: Axes, which: str) -> None:
    """Ticks of a probability as percentages, with the decimals they need."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(_percent))  # no lambda: figures are pickled


def _percent(value: float, _: int | None) -> str:
    return f"{100 * value:.6g}%"


def points(ax: Axes) -> None:
    """Ticks of a difference of probabilities, across, in percentage points with their sign."""
    ax.xaxis.set_major_formatter(FuncFormatter(_points))


def _points(value: float, _: int | None) -> str:
    return f"{100 * value:+.6g}".replace("-", "−") if value else "0"


def dated(ax: Axes, first: date, last: date, share: float = 1.0) -> None:
    """A horizontal axis of dates, from the first to the last, on a share of the axes' width."""
    ticks = even_dates(first, last, most=max(2, int(share * axes_width(ax) // DATE_WIDTH)))
    ax.set_xlim(place(first), place(first) + (place(last) - place(first)) / share)
    ax.set_xticks([place(tick) for tick in ticks], [short(tick, ticks) for tick in ticks])
    ax.set_xlabel("Date")


def even_dates(first: date, last: date, most: int) -> list[date]:
    """At most `most` first days of months, years or decades; if there are none, the first day."""
    months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    for step in MONTHS:
        firsts = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        inside = [when for when in firsts if first <= when <= last]
        if len(inside) <= most:
            break
    return inside or [first]


def short(tick: date, ticks: Sequence[date]) -> str:
    """A date in the words that its neighbours need."""
    if all(one.month == one.day == 1 for one in ticks) and len(ticks) > 1:
        return f"{tick.year}"
    return f"{tick:%b %Y}" if tick.day == 1 else brief(tick)


def place(when: date | np.datetime64) -> float:
    """Where a date stands on an axis of dates."""
    return float(date2num(when))  # type: ignore[no-untyped-call]


def literal(text: str, weight: str = "normal") -> str:
    """A text from a scenario: a dollar sign is no mathematics, a letter of no font is a box."""
    return fonts.shown(text, weight).replace("$", r"\$")


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line of text in points."""
    visible = fonts.shown(text, weight)
    return _width_in(visible, size, weight, fonts.families(visible, weight))


@lru_cache(maxsize=2048)
def _width_in(text: str, size: float, weight: str, families: tuple[str, ...]) -> float:
    font = FontProperties(size=size, weight=weight, family=list(families))
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> str:
    """A text in lines of like length, none wider than `width` points; wider words are cut."""
    text = fonts.shown(one_line(text), weight)  # as a whole, so that one font is found for it
    lines = _filled(text, width, size, weight)
    narrower = lines
    while len(narrower) == len(lines) > 1:
        lines, width = narrower, 0.97 * width
        narrower = _filled(text, width, size, weight)
    return "\n".join(lines)


def _filled(text: str, width: float, size: float, weight: str) -> list[str]:
    """Lines filled from the first on; measured only where the sum of letters leaves it open."""
    lines, rough = [""], 0.0
    for word in text.split(" "):
        for piece in _pieces(word, width, size, weight):
            longer = f"{lines[-1]} {piece}".strip()
            wide = _roughly(piece, size, weight)
            rough += SPACE * size + wide
            fits = rough < width
            if abs(rough - width) < OPEN * width:
                fits = text_width(longer, size, weight) <= width
            if fits or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(piece)
                rough = wide
    return lines


def _roughly(word: str, size: float, weight: str) -> float:
    """The sum of a word's letters, or its width if letters may join; few letters are measured."""
    if not word.isascii():
        return text_width(word, size, weight)
    return sum(text_width(letter, size, weight) for letter in word)


def _pieces(word: str, width: float, size: float, weight: str) -> list[str]:
    if _roughly(word, size, weight) < (1 - OPEN) * width or text_width(word, size, weight) <= width:
        return [word]
    pieces = [""]
    for letter in word:
        mark = category(letter)[0] == "M"  # belongs to the letter before it
        if pieces[-1] and not mark and text_width(pieces[-1] + letter, size, weight) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def axes_width(ax: Axes) -> float:
    """Present width of the axes in points."""
    return float(ax.bbox.width / ax.get_figure(root=True).dpi * INCH)  # type: ignore[union-attr]


def headline(ax: Axes, finding: str, pad: float) -> None:
    """State the finding above the axes, `pad` points above them."""
    alone = isinstance(ax, OwnAxes)
    room = (WIDTH - 2 * MARGIN) * INCH if alone else axes_width(ax)
    lines = wrapped(finding, room, TITLE, "bold")
    # Given a height, matplotlib does not search for one above the ticks, of which there are none.
    title = ax.set_title(literal(lines, "bold"), loc="left", pad=pad, y=1.0 if alone else None)
    title.set(fontsize=TITLE, fontweight="bold", color=outside(ax).ink, gid=TITLE_ID, usetex=False)
    if alone:
        figure = figure_of(ax)
        left = figure.dpi_scale_trans
        title.set(x=MARGIN, transform=blended_transform_factory(left, title.get_transform()))
        more = max(0, lines.count("\n") + 1 - TALLEST_TITLE)  # they take no room from what is drawn
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + more * LINE * TITLE / INCH)


def title_and_legend(
    ax: Axes, finding: str, legend: Mapping[str, object], *, columns: int | None = None
) -> None:
    """State the finding above the axes, with a legend of handles by their labels between."""
    headline(ax, finding, legend_above(ax, [*legend.values()], [*legend], columns=columns))


def legend_above(
    ax: Axes, handles: Sequence[object], labels: Sequence[str], *, columns: int | None = None
) -> float:
    """Put the legend right above the axes; return the points that it and its margins take."""
    most = columns or len(labels)
    fitting = next(n for n in range(most, 0, -1) if n == 1 or _width(labels, n) < axes_width(ax))
    rows = -(-len(labels) // fitting)
    ground, around = inside(ax), outside(ax)
    legend = ax.legend(
        cast("Sequence[Artist]", handles), [literal(label) for label in labels],
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=fitting,
        frameon=ground != around,  # marks are seen on the ground that they are made for
        facecolor=ground.ground, edgecolor="none", framealpha=1.0,
        fontsize=LEGEND, labelcolor=ground.ink, borderpad=0.0, borderaxespad=0.6, labelspacing=0.35,
        handlelength=HANDLE, handletextpad=HANDLE_GAP, columnspacing=BETWEEN,
    )  # fmt: skip
    legend.set_zorder(5)
    return rows * 1.36 * LEGEND + 1.2 * LEGEND


def _width(labels: Sequence[str], columns: int) -> float:
    """Width of a legend in points; its columns are filled one after the other."""
    rows, longer = divmod(len(labels), columns)
    ends = np.cumsum([rows + (column < longer) for column in range(columns)])
    parts = np.split(np.array([text_width(label, LEGEND) for label in labels]), ends[:-1])
    handle = (HANDLE + HANDLE_GAP) * LEGEND
    return float(sum(part.max() + handle for part in parts) + (columns - 1) * BETWEEN * LEGEND)


def footer(ax: Axes, ensemble: Ensemble) -> None:
    """Say below the axes what the figure was made from."""
    failed, left = ensemble.health.failed, condition_of(ensemble)
    parts = [
        ensemble.scenario.name,
        f"{counted(ensemble.runs, 'run')} over {counted(ensemble.draws, 'draw')}",
        *([] if left is None else [str(left)]),
        *([f"{failed:,} of them failed"] if failed else []),
        *limits_of(ensemble).met,
        f"seed {ensemble.seed}",
        *versions(ensemble.provenance),
    ]
    footnote(ax, parts)


def footnote(ax: Axes, parts: Sequence[str]) -> None:
    """Say something below the axes, in small letters."""
    text = literal(wrapped(" · ".join(parts), 1.1 * axes_width(ax), FOOTER))
    # Below the axis label, at the left edge of the vertical axis' labels, or of the figure.
    alone = isinstance(ax, OwnAxes)
    left = figure_of(ax).dpi_scale_trans if alone else partial(left_of, ax)
    beside(
        ax, text, (MARGIN if alone else 0.0, 0.0), (0.0, -7.0), xycoords=(left, ax.xaxis.label),
        ha="left", va="top", fontsize=FOOTER, color=outside(ax).note, gid=FOOTER_ID,
    )  # fmt: skip


def points_away(ax: Axes, right: float, up: float) -> Transform:
    """What moves a place by points, to be added to its transformation."""
    return ScaledTranslation(right / INCH, up / INCH, figure_of(ax).dpi_scale_trans)


def beside(
    ax: Axes, text: str, place: tuple[Any, float], offset: tuple[float, float], **look: Any
) -> None:
    """Write some points away from a place, outside the axes too."""
    ax.annotate(
        text, place, offset, textcoords="offset points", annotation_clip=False,
        **{"color": outside(ax).ink} | look,
    )  # fmt: skip


def pale(ax: Axes) -> dict[str, Any]:
    """How bars and bands over draws look."""
    return {"color": inside(ax).mark(SKY), "alpha": PALE, "linewidth": 0}


def actor_colour(scenario: Scenario, actor: str) -> str:
    """The colour that an actor has in all figures.

    Examples
    --------
    >>> from relsim.scenario.schema import load
    >>> actor_colour(load("us-russia-2021"), "US")
    '#332288'
    """
    return ACTORS[list(scenario.actors).index(actor) % len(ACTORS)]


def line_and_area(ax: Axes, scenario: Scenario, name: str) -> tuple[str, str]:
    """Colours for a line and an area of a recorded number; those of an actor if it is of one."""
    inks, of = inside(ax), name.partition(".")[2]
    if of not in scenario.actors:
        return inks.mark(BLUE), inks.mark(SKY)
    colour = inks.mark(actor_colour(scenario, of))
    dark = inks.ink == WHITE  # areas are drawn pale, and would be lost there
    return colour, colour if dark else mixed(colour, inks.ground, LIGHTER)


def names_in_colour(ax: Axes, colours: Mapping[str, str]) -> None:
    """Give labels of the vertical axis a colour by what they say, where that can be read."""
    inks = outside(ax)
    for label in ax.get_yticklabels():
        if label.get_text() in colours:
            label.set_color(inks.text(inks.mark(colours[label.get_text()])))


def capped(
    ax: Axes, values: ArrayLike, height: ArrayLike, away: ArrayLike, *, width: float, **look: Any
) -> object:
    """Marks with capped lines, to both sides as far as `away` says."""
    return ax.errorbar(
        values, height, xerr=away, color=inside(ax).ink, elinewidth=width, capthick=width,
        capsize=5.0, **look,
    )  # fmt: skip


def left_of(ax: Axes, _: object = None) -> Bbox:
    """What the vertical axis takes up with its labels, in pixels; without any the axes."""
    taken = ax.yaxis.get_tightbbox()
    return ax.get_window_extent() if taken is None else taken


def figure_of(ax: Axes) -> Figure:
    """The whole figure in which the axes stand."""
    return cast("Figure", ax.get_figure(root=True))


def finished(ax: Axes) -> Figure:
    """The figure of axes that it holds alone, to be saved."""
    return figure_of(ax)


def day_lines(
    ax: Axes, known_until: date | None, deadline: date | None = None
) -> dict[str, object]:
    """Mark until when history is known, and an outcome's last day; lines by their labels."""
    dashes = {
        "Known until": (known_until, (6.0, 2.0, 1.5, 2.0)),
        "Deadline": (deadline, (1.0, 1.5)),
    }
    ink = inside(ax).ink
    return {
        f"{what} {day(when)}": ax.axvline(
            place(when), color=ink, linewidth=1.3, linestyle=(0, dash), zorder=2
        )
        for what, (when, dash) in dashes.items()
        if when is not None
    }
