"""Figures outside the process that made them: pickled, and shown by notebooks."""

from __future__ import annotations

import pickle
from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from relsim import plots
from relsim.plots.style import finished
from tests.figures.drawings import DRAWINGS
from tests.figures.ensembles import simulated
from tests.unit.inference.small_drivers import small


def pixels(picture: bytes) -> np.ndarray:
    found: np.ndarray = imread(BytesIO(picture), format="png")
    return found


def picture_of(figure: Figure) -> np.ndarray:
    file = BytesIO()
    figure.savefig(file, format="png")
    return pixels(file.getvalue())


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.default_cases(1)
def test_figures_are_pickled(name: str) -> None:
    ax = DRAWINGS[name]()
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    fresh = pickle.loads(pickle.dumps(figure))
    assert type(fresh) is type(figure)
    assert np.array_equal(picture_of(fresh), picture_of(figure))
    drawn = pickle.loads(pickle.dumps(figure))  # now that a renderer has seen it
    assert drawn.axes[0].get_title(loc="left") == figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.slow
def test_figures_of_a_user_are_pickled(name: str) -> None:
    figure = Figure(figsize=(9, 7), layout="constrained")
    DRAWINGS[name](ax=figure.subplots())
    assert np.array_equal(picture_of(pickle.loads(pickle.dumps(figure))), picture_of(figure))


@pytest.mark.parametrize("name", plots.FIGURES)
@pytest.mark.slow
def test_whole_figures_are_pickled(name: str) -> None:
    figure = plots.draw(name, simulated())
    assert np.array_equal(picture_of(pickle.loads(pickle.dumps(figure))), picture_of(figure))


@pytest.mark.slow
def test_the_figure_of_drivers_is_pickled() -> None:
    figure = plots.drivers(small())
    assert np.array_equal(picture_of(pickle.loads(pickle.dumps(figure))), picture_of(figure))


# A notebook asks what a cell ends in for `_repr_png_`, which gives the picture and its size.


def shown(thing: object) -> np.ndarray:
    picture, size = thing._repr_png_()  # type: ignore[attr-defined]
    found = pixels(picture)
    assert found.shape[:2] == pytest.approx((2 * size["height"], 2 * size["width"]), abs=1)
    assert found.std() > 0.05, "or nothing is drawn"
    return found


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name != "along"])
@pytest.mark.default_cases(1)
def test_axes_of_a_new_figure_are_shown_as_it(name: str) -> None:
    ax = DRAWINGS[name]()
    assert isinstance(ax, Axes)
    assert np.array_equal(shown(ax), shown(DRAWINGS[name]().get_figure(root=True)))


def test_whole_figures_are_shown() -> None:
    for figure in (plots.draw("fan", simulated()), plots.drivers(small()),
                   finished(plots.claims(small()))):  # fmt: skip
        shown(figure)


def test_a_loop_leaves_no_figure_open() -> None:
    """Pyplot keeps those that are made through it, and warns beyond twenty."""
    import matplotlib.pyplot as plt

    for _ in range(3):
        plots.tornado(small())
    assert plt.get_fignums() == []
