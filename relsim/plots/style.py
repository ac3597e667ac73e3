"""How all figures look: colours, sizes, title, legend, footer.

Titles and footers are set on the axes that a figure is drawn on. `finished` then moves them to
the left edge of a figure that holds these axes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import PercentFormatter

from relsim.ensemble.ensemble import Ensemble
from relsim.plots.words import counted

__all__ = [
    "DPI",
    "axes",
    "clean",
    "dated",
    "finished",
    "footer",
    "headline",
    "legend_above",
    "literal",
    "text_width",
    "wrapped",
]

# Okabe & Ito 2008, "Color universal design": told apart by colour-blind readers too.
BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILLION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
INK, FAINT, SHADE = "#222222", "#D0D0D0", "#EFEFEF"

WIDTH, HEIGHT = 9.0, 5.2  # inches
DPI = 200  # so that half of the pixels still show the smallest letters in 12
TITLE, LABEL, TICK, LEGEND, FOOTER = 13.0, 10.5, 10.0, 10.0, 8.5  # points
LINE = 1.2  # height of a line over the size of its letters
INCH = 72.0  # points

TITLE_ID, FOOTER_ID = "relsim-title", "relsim-footer"


def axes(height: float = HEIGHT) -> Axes:
    """The axes of a new figure; they are its only ones."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.10)  # type: ignore[union-attr]
    return figure.subplots()


def clean(ax: Axes, *, grid: str) -> None:
    """Leave only what is read: two spines, quiet ticks, grid lines across one axis."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(labelsize=TICK, color=INK, labelcolor=INK)
    ax.set_axisbelow(True)
    ax.grid(axis="x" if grid == "x" else "y", color=FAINT, linewidth=0.6)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(fontsize=LABEL, color=INK)


def percent(ax: Axes, which: str) -> None:
    """Ticks of a probability as percentages, with the decimals they need."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=None))


def dated(ax: Axes) -> None:
    """A horizontal axis of dates."""
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    ax.set_xlabel("Date")


def literal(text: str) -> str:
    """A text from a scenario, in which a dollar sign is no mathematics."""
    return text.replace("$", r"\$")


@lru_cache(maxsize=2048)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line of text in points."""
    font = FontProperties(size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> str:
    """A text in lines no wider than `width` points; a word that is wider is cut."""
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, width, size, weight):
            longer = f"{lines[-1]} {piece}".strip()
            if not lines[-1] or text_width(longer, size, weight) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    return "\n".join(lines)


def _pieces(word: str, width: float, size: float, weight: str) -> list[str]:
    if text_width(word, size, weight) <= width:
        return [word]
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, weight) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def axes_width(ax: Axes) -> float:
    """Present width of the axes in points."""
    return float(ax.bbox.width / ax.get_figure(root=True).dpi * INCH)  # type: ignore[union-attr]


def headline(ax: Axes, finding: str, pad: float) -> None:
    """State the finding above the axes, `pad` points above them."""
    lines = wrapped(finding, axes_width(ax), TITLE, "bold")
    title = ax.set_title(literal(lines), loc="left", pad=pad)
    title.set(fontsize=TITLE, fontweight="bold", color=INK, gid=TITLE_ID)


def legend_above(
    ax: Axes, handles: Sequence[object], labels: Sequence[str], *, columns: int | None = None
) -> float:
    """Put the legend right above the axes; return the points that it and its margins take."""
    spacing = 1.6 * LEGEND
    widest = max(text_width(label, LEGEND) for label in labels) + 2.9 * LEGEND + spacing
    fitting = columns or min(max(1, int(axes_width(ax) // widest)), len(labels))
    rows = -(-len(labels) // fitting)
    legend = ax.legend(
        handles=cast("Sequence[Artist]", handles),
        labels=[literal(label) for label in labels],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=fitting,
        frameon=False,
        fontsize=LEGEND,
        labelcolor=INK,
        borderpad=0.0,
        borderaxespad=0.6,
        labelspacing=0.35,
        handlelength=2.2,
        handletextpad=0.7,
        columnspacing=1.6,
    )
    legend.set_zorder(5)
    return rows * LEGEND * (LINE + 0.35) + 1.2 * LEGEND


def footer(ax: Axes, ensemble: Ensemble) -> None:
    """Say below the axes what the figure was made from."""
    versions = cast("dict[str, str]", ensemble.provenance["versions"])
    parts = [
        ensemble.scenario.name,
        f"{counted(ensemble.runs, 'run')} over {counted(ensemble.draws, 'draw')}",
        f"seed {ensemble.seed}",
        f"scenario hash {str(ensemble.provenance['scenario_hash'])[:8]}",
        f"relsim {versions['relsim-ir']}",
    ]
    if ensemble.health.failed:
        parts.insert(2, f"{ensemble.health.failed:,} of them failed")
    note = ax.annotate(
        literal(" · ".join(parts)),
        xy=(0.0, 0.0),
        xycoords=(ax.transAxes, ax.xaxis.label),
        xytext=(0.0, -7.0),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=FOOTER,
        color="#555555",
        annotation_clip=False,
    )
    note.set_gid(FOOTER_ID)


def finished(ax: Axes) -> Figure:
    """Move title and footer to the left edge of a figure with these axes alone."""
    figure = cast("Figure", ax.get_figure(root=True))
    figure.draw_without_rendering()  # settles where the axes stand
    left_edge = cast("float", ax.yaxis.get_tightbbox().x0)  # type: ignore[union-attr]
    left = float(ax.transAxes.inverted().transform((left_edge, 0.0))[0])
    margin = left_edge / figure.dpi * INCH
    room = WIDTH * INCH - 2 * margin
    for text in cast("list[Text]", ax.findobj(Text)):
        if text.get_gid() == TITLE_ID:
            finding = " ".join(text.get_text().replace(r"\$", "$").split("\n"))
            text.set(x=left, text=literal(wrapped(finding, room, TITLE, "bold")))
        elif text.get_gid() == FOOTER_ID:
            cast("Annotation", text).xy = (left, 0.0)
    return figure


def known_line(ax: Axes, known_until: date) -> Line2D:
    """Mark the last day on which only what is known happens."""
    return ax.axvline(
        known_until, color=INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2
    )
