"""Figures of fixed numbers look as they did when their reference pictures were looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.axes import Axes

from tests.figures.reference import (
    FOLDER,
    PICTURES,
    TOLERANCE,
    difference,
    drawn,
    picture,
    stored,
    tolerance,
)

LARGEST = 40_000  # bytes of a reference picture


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_looks_like_its_reference(name: str) -> None:
    """If it is meant to look otherwise: ``python -m tests.figures.reference``, and look."""
    assert difference(picture(drawn(name)), stored(name)) < tolerance()


def _move_a_label(ax: Axes) -> None:
    ax.xaxis.labelpad += 10.0  # points


def _recolour_a_line(ax: Axes) -> None:
    ax.lines[0].set_color("#D55E00")


def _take_a_band_away(ax: Axes) -> None:
    ax.collections[0].remove()


@pytest.mark.parametrize("change", [_move_a_label, _recolour_a_line, _take_a_band_away])
def test_a_change_is_seen(change: Callable[[Axes], None]) -> None:
    figure = drawn("cumulative")
    change(figure.axes[0])
    assert difference(picture(figure), stored("cumulative")) > 2 * TOLERANCE


def test_each_reference_is_of_a_figure_and_small() -> None:
    files = list(FOLDER.iterdir())
    assert {file.stem for file in files} == set(PICTURES)
    assert max(file.stat().st_size for file in files) < LARGEST
