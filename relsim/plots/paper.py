"""Figures of relsim's own: the same whatever the user's style, and shown by notebooks.

Why they are made without pyplot: docs/decisions/0017-figures.md.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, cast

from matplotlib import rc_context
from matplotlib import style as matplotlib_style
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from relsim.plots import fonts

__all__ = ["SALT", "OwnAxes", "OwnFigure", "drawing", "own_style"]

P = ParamSpec("P")

SALT = "relsim"  # of the names in an SVG file, which else are others in each
SCREEN = 100  # pixels an inch at which a notebook shows a figure; it gets all pixels there are


@contextmanager
def own_style() -> Iterator[None]:
    """Settings of matplotlib's own, whatever the user's matplotlibrc or style says."""
    with matplotlib_style.context(["default", {"svg.hashsalt": SALT}]), fonts.unlogged():
        yield


class OwnFigure(Figure):
    """A figure that looks alike under any style, and that a notebook shows as a picture."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        FigureCanvasAgg(self)  # measures and draws by one renderer, which remembers widths

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure, as matplotlib does."""
        with own_style():
            super().draw(renderer)

    def savefig(self, *args: Any, **named: Any) -> None:
        """Write the figure to a file, as matplotlib does."""
        with own_style():
            super().savefig(*args, **named)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, and its size on the screen."""
        picture = io.BytesIO()
        self.savefig(picture, format="png")
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
