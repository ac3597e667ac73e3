"""The figure of reliability: it draws the numbers found, says what they show, and can be read."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from matplotlib.figure import Figure

from relsim.inference.score.corp import reliability
from relsim.plots import reliability_diagram
from relsim.plots.reliability_diagram import finding
from relsim.plots.style import finished
from tests.figures.test_drivers_figures import collisions
from tests.unit.inference.test_corp import judged


@pytest.mark.parametrize("bold", [False, True])
def test_curve_and_band_are_those_found(bold: bool) -> None:
    found = judged(4, bold=bold)
    ax = reliability_diagram(found)
    curve = next(line for line in ax.lines if len(line.get_xdata()) == found.said.size)
    assert np.array_equal(curve.get_xdata(), found.said)
    assert np.array_equal(curve.get_ydata(), found.meant)
    corners = ax.collections[0].get_paths()[0].vertices
    for ends in (found.low, found.high):
        band = np.column_stack([found.said, ends])
        assert all((np.abs(corners - corner).sum(axis=1) < 1e-9).any() for corner in band)


@pytest.mark.parametrize("bold", [False, True])
def test_it_can_be_read_at_half_size(bold: bool) -> None:
    figure = finished(reliability_diagram(judged(4, bold=bold)))
    assert collisions(cast("Figure", figure)) == []


@pytest.mark.parametrize(
    ("said", "rate", "words"),
    [
        ([0.1, 0.9], [0.4, 0.6], "too near to 0 and 1"),
        ([0.4, 0.6], [0.0, 1.0], "too near to a half"),
        ([0.1, 0.2], [0.6, 0.7], "too low"),
        ([0.8, 0.9], [0.3, 0.4], "too high"),
    ],
)
def test_the_title_says_in_which_direction(
    said: list[float], rate: list[float], words: str
) -> None:
    happened = np.concatenate([np.arange(50) < 50 * share for share in rate])
    found = reliability(np.repeat(said, 50), happened)
    assert finding(found).startswith(f"100 forecasts: probabilities {words} (")


def test_the_title_of_right_forecasts() -> None:
    found = judged(0, bold=False)
    assert finding(found).startswith("200 forecasts: no miscalibration beyond chance (")
    assert f"miscalibration {found.miscalibration:.3f}" in finding(found)
