"""Figures of relsim's own: the same whatever the user's style, and shown by notebooks.

Colours differ enough from their ground: white paper, or the axes that a user gives. Why figures
are made without pyplot: docs/decisions/0017-figures.md.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, BinaryIO, ParamSpec, cast

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib import style as matplotlib_style
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure, SubFigure
from PIL import Image

from relsim.plots import fonts

READABLE = 4.5  # contrast of text with its ground (WCAG 2.1, criterion 1.4.3)
# Contrast of marks: under the first of a pair they are mixed with ink up to the second. A pale area
# is dark on a dark ground, and lines have to differ from it, too.
ON_PALE, ON_DARK = (2.0, 3.0), (4.5, 7.0)
DARK, BLACK, WHITE = "#222222", "#000000", "#ffffff"
STEPS = 20


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.1)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.1).

    Examples
    --------
    >>> contrast("black", "white"), round(contrast("#777777", "white"), 1)
    (21.0, 4.5)
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """`share` of a colour over a ground."""
    pairs = zip(to_rgb(colour), to_rgb(ground), strict=True)
    red, green, blue = (share * over + (1 - share) * under for over, under in pairs)
    return to_hex((red, green, blue))


@dataclass(frozen=True)
class Inks:
    """The colours of what stands on a ground, none of which is lost on it.

    Attributes
    ----------
    ground : str
        Colour of the ground, such as ``"#ffffff"``.
    """

    ground: str

    @property
    def ink(self) -> str:
        """Of text and lines: dark if that can be read, else black or white."""
        if contrast(DARK, self.ground) >= READABLE:
            return DARK
        return max(BLACK, WHITE, key=lambda colour: contrast(colour, self.ground))

    @property
    def note(self) -> str:
        """Of small text, somewhat paler than the ink."""
        return self.text(mixed(self.ink, self.ground, 0.77))

    @property
    def quiet(self) -> str:
        """Of marks that matter less."""
        return self.mark(mixed(self.ink, self.ground, 0.615))

    @property
    def faint(self) -> str:
        """Of grid lines and separators."""
        return mixed(self.ink, self.ground, 0.2127)

    @property
    def shade(self) -> str:
        """Of areas behind everything."""
        return mixed(self.ink, self.ground, 0.0724)

    def text(self, colour: str) -> str:
        """The colour if text in it can be read, else the ink."""
        return colour if contrast(colour, self.ground) >= READABLE else self.ink

    def mark(self, colour: str) -> str:
        """The colour if a mark in it differs enough from the ground, else mixed with ink."""
        least, wanted = ON_DARK if self.ink == WHITE else ON_PALE
        if contrast(colour, self.ground) >= least:
            return colour
        mixtures = (mixed(self.ink, colour, step / STEPS) for step in range(1, STEPS))
        return next((one for one in mixtures if contrast(one, self.ground) >= wanted), self.ink)


def inside(ax: Axes) -> Inks:
    """The colours for what lies within the axes."""
    under = outside(ax).ground
    return Inks(_over(ax.get_facecolor(), under) if ax.patch.get_visible() else under)


def outside(ax: Axes) -> Inks:
    """The colours for what lies around the axes, on the figure."""
    return Inks(_ground(ax.get_figure(root=False)))


def _ground(figure: Figure | SubFigure | None) -> str:
    """What a figure, or a part of one, looks like behind all that is drawn."""
    if figure is None or isinstance(figure, Figure):
        # What shows through is not known; the user's style has text for it.
        under = WHITE if luminance(to_hex(rcParams["text.color"])) < 0.5 else BLACK
    else:
        under = _ground(figure.get_figure(root=False))
    if figure is None or not figure.patch.get_visible():
        return under
    return _over(figure.get_facecolor(), under)


def _over(colour: object, under: str) -> str:
    """A colour that may let something through, over what is under it."""
    red, green, blue, opacity = to_rgba(cast("str", colour))
    return mixed(to_hex((red, green, blue)), under, opacity)


P = ParamSpec("P")

SALT = "relsim"  # of the names in an SVG file, which else are others in each
COMPRESSION = 3  # of PNG; its usual 6 takes twice as long and makes no smaller file of our figures
SCREEN = 100  # pixels an inch at which a notebook shows a figure; it gets all pixels there are


@contextmanager
def own_style(svg_text: str = "path") -> Iterator[None]:
    """Settings of matplotlib's own, whatever the user's matplotlibrc or style says."""
    own = {"svg.hashsalt": SALT, "svg.fonttype": svg_text}
    with matplotlib_style.context(["default", own]), fonts.unlogged():
        yield


class OwnFigure(Figure):
    """A figure that looks alike under any style, and that a notebook shows as a picture.

    Attributes
    ----------
    svg_text : str
        What its letters are in an SVG file: ``"path"``, which looks the same everywhere, or
        ``"none"`` for text in a font of the reader's.
    """

    svg_text = "path"

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        FigureCanvasAgg(self)  # measures and draws by one renderer, which remembers widths

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure, as matplotlib does."""
        with own_style(self.svg_text):
            super().draw(renderer)

    def savefig(self, *args: Any, **named: Any) -> None:
        """Write the figure to a file, as matplotlib does."""
        with own_style(self.svg_text):
            super().savefig(*args, **named)

    def write_png(self, file: BinaryIO) -> None:
        """Write the picture that `savefig` writes, laid out and drawn at one go, not at two."""
        canvas = self.canvas if isinstance(self.canvas, FigureCanvasAgg) else FigureCanvasAgg(self)
        canvas.draw()  # type: ignore[no-untyped-call]
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
        if picture.getchannel("A").getextrema() == (255, 255):  # nothing shines through
            picture = picture.convert("RGB")
        picture.save(file, "png", dpi=(self.dpi, self.dpi), compress_level=COMPRESSION)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, and its size on the screen."""
        picture = io.BytesIO()
        self.write_png(picture)
        width, height = self.get_size_inches() * SCREEN
        return picture.getvalue(), {"width": round(width), "height": round(height)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[misc]
        FigureCanvasAgg(self)


class OwnAxes(Axes):
    """Axes of a figure of their own, which a notebook shows as that figure."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return cast("OwnFigure", self.get_figure(root=True))._repr_png_()


def drawing(draw: Callable[P, Axes]) -> Callable[P, Axes]:
    """Let a function that draws on axes do so under settings that cannot spoil its text.

    Without axes it draws under relsim's own settings. On axes that a user gives it keeps to the
    user's, but for TeX, which would take the texts for commands. Letters that the font lacks are
    drawn in another one.
    """
    ax_of = signature(draw)

    @wraps(draw)
    def drawn(*args: P.args, **named: P.kwargs) -> Axes:
        given = cast("Axes | None", ax_of.bind(*args, **named).arguments.get("ax"))
        own = given is None or isinstance(given.get_figure(root=True), OwnFigure)
        with own_style() if own else rc_context({"text.usetex": False}), fonts.warned_once():
            ax = draw(*args, **named)
            fonts.fit(ax)
        return ax

    return drawn
