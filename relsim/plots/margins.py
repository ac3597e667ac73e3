"""Margins of a figure that holds one pair of axes: as wide as the texts around these need."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

PASSES = 3  # at most


class Margins(LayoutEngine):
    """Lays out like matplotlib's constrained layout, but measures each text once, not twice.

    It measures again only where the new width or height has moved the ticks.

    Parameters
    ----------
    sides, ends : float
        Inches left free at the left and the right, and above and below.
    footer : str
        ``gid`` of texts that take room below, but none to the left or the right.
    """

    _adjust_compatible = True
    _colorbar_gridspec = False

    def __init__(self, sides: float, ends: float, footer: str) -> None:
        super().__init__()
        self.sides, self.ends, self.footer = sides, ends, footer

    def execute(self, fig: Figure) -> None:
        """Give the axes the room that their texts leave; none if they leave none."""
        (ax,) = fig.axes
        for _ in range(PASSES):
            ticks = _ticks(ax)
            place, taken = ax.bbox.frozen(), self._taken(ax)
            width, height = fig.bbox.size
            sides, ends = self.sides * fig.dpi / width, self.ends * fig.dpi / height
            left = (place.x0 - taken.x0) / width + sides
            right = 1.0 - (taken.x1 - place.x1) / width - sides
            bottom = (place.y0 - taken.y0) / height + ends
            top = 1.0 - (taken.y1 - place.y1) / height - ends
            if left >= right or bottom >= top:
                return
            fig.subplots_adjust(left=left, right=right, bottom=bottom, top=top)
            if _ticks(ax) == ticks:
                return

    def _taken(self, ax: Axes) -> Bbox:
        """What the axes take up with their texts, in pixels."""
        others = ax.get_default_bbox_extra_artists()
        notes = [one for one in others if one.get_gid() == self.footer]
        others = [one for one in others if one not in notes]
        taken = ax.get_tightbbox(for_layout_only=True, bbox_extra_artists=others)
        assert taken is not None
        low = [note.get_window_extent().y0 for note in notes]
        return Bbox.from_extents(taken.x0, min([taken.y0, *low]), taken.x1, taken.y1)


def _ticks(ax: Axes) -> list[list[float]]:
    """Where the ticks of both axes stand."""
    return [axis.get_majorticklocs().tolist() for axis in (ax.xaxis, ax.yaxis)]
