"""Figure 6 and that of the claims: they show their numbers, and can be read at half size."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from relsim.inference.drivers.drivers import Drivers
from relsim.plots import claims, drivers, tornado
from relsim.plots.sensitivity import along, bars, figures, lines_of
from relsim.plots.style import DPI
from tests.unit.inference.small_drivers import OUTCOME, small

SMALLEST = 11.0  # pixels: letters at half size
LONG = "What holds instead is described at such length that it needs line after line, " * 2


def wordy() -> Drivers:
    """Thirty ablations with long words."""
    first, _, control = small().ablations
    many = [replace(first, claim=f"C{n:02d}", off=LONG[: 12 + 4 * n]) for n in range(29)]
    return replace(small(), ablations=(*many, control))


def collisions(figure: Figure) -> list[str]:
    """Texts that overlap, leave the figure, or have letters that are too small."""
    figure.set_dpi(DPI / 2)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    hidden = out_of_view(figure)
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden
    ]
    found = []
    boxes = [(text.get_text()[:30], text.get_window_extent(canvas.get_renderer()))
             for text in texts]  # fmt: skip
    for name, box in boxes:
        if min(box.x0, box.y0) < -0.5 or box.x1 > figure.bbox.x1 + 0.5 or box.y1 > figure.bbox.y1:
            found.append(f"{name!r} leaves the figure")
    found += [f"{t.get_text()[:30]!r} is small" for t in texts if pixels(t) < SMALLEST]
    for (one, a), (other, b) in combinations(boxes, 2):
        if a.overlaps(b) and min(a.x1, b.x1) - max(a.x0, b.x0) > 1 < min(a.y1, b.y1) - max(
            a.y0, b.y0
        ):
            found.append(f"{one!r} overlaps {other!r}")
    return found


def out_of_view(figure: Figure) -> set[int]:
    """Labels of ticks that stand outside their axes, and are not drawn."""
    hidden = set()
    for ax in figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                inside = min(limits) <= tick.get_loc() <= max(limits)
                hidden |= {id(tick.label2)} | (set() if inside else {id(tick.label1)})
    return hidden


def pixels(text: Text) -> float:
    return float(text.get_fontsize()) * DPI / 2 / 72


@pytest.mark.parametrize("found", [small, wordy], ids=["small", "wordy"])
@pytest.mark.parametrize("name", ["drivers", "claims"])
@pytest.mark.default_cases(1)
def test_nothing_overlaps_at_half_size(found, name: str) -> None:  # type: ignore[no-untyped-def]
    assert collisions(figures(found())[name]) == []


def test_an_overlap_would_be_seen() -> None:
    figure = drivers(small())
    figure.text(0.5, 0.5, "planted over the rest " * 3, fontsize=30)
    assert collisions(figure)


def test_the_tornado_shows_its_numbers() -> None:
    ax = tornado(small())
    drawn = bars(small())
    assert [patch.get_width() for patch in ax.patches] == [max(b.first[0], 0.0) for b in drawn]
    assert [label.get_text() for label in ax.get_yticklabels()] == [b.title for b in drawn]
    (diamonds,) = (line for line in ax.lines if line.get_marker() == "D")
    assert diamonds.get_xdata() == pytest.approx([b.total[0] for b in drawn if b.total])


def test_panels_show_the_curves_in_the_order_of_the_bars() -> None:
    figure = drivers(small())
    panels = figure.axes[1:]
    assert [ax.get_title(loc="left") for ax in panels] == [bar.title for bar in bars(small())]
    for ax, effect in zip(panels, small().effects, strict=False):
        assert effect.curve is not None
        assert ax.lines[0].get_ydata() == pytest.approx(effect.curve.probability)
        assert ax.get_ylim() == (0.0, 1.0)


def test_a_parameter_without_a_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="has no curve"):
        along(small().effects[-1], tornado(small()))


def test_claims_stand_in_order_and_the_control_below_its_own() -> None:
    lines = lines_of(small())
    own = [line.difference.value for line in lines if not line.control]
    assert own == sorted(own)
    place = next(n for n, line in enumerate(lines) if line.control)
    assert lines[place - 1].name.startswith("F4")
    ax = claims(small())
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([line.difference.value for line in lines])


def test_the_title_states_the_finding_and_the_foot_its_origin() -> None:
    for figure in figures(small()).values():
        texts = " ".join(" ".join(t.get_text().split()) for t in figure.findobj(Text))
        assert small().scenario.outcomes[OUTCOME].title in texts
        assert "4,096 runs" in texts
        assert "seed 5" in texts
        assert str(small().provenance["scenario_hash"])[:8] in texts


def test_without_indices_or_claims_there_is_still_a_figure() -> None:
    nothing = replace(
        small(),
        effects=(),
        ablations=(),
        chance=None,
        split=replace(small().split, parameters=None),
    )
    drawn = figures(nothing)
    assert list(drawn) == ["drivers"]
    assert collisions(drawn["drivers"]) == []
    assert np.isfinite(drawn["drivers"].axes[0].get_xlim()).all()
