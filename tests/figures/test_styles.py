"""Figures under the user's settings: their text is read on any ground, their bytes are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import matplotlib
import pytest
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from relsim import plots
from relsim.plots.paper import Inks, contrast
from tests.figures.drawings import DRAWINGS
from tests.figures.ensembles import simulated

READABLE = 4.5
STYLES = ("default", "dark_background", "ggplot", "Solarize_Light2")
GROUNDS = (  # of the axes and of the figure
    ("black", "white"), ("white", "black"), ("#808080", "#808080"), ("#7a3b00", "none"),
    ("none", "black"), ("none", "none"), ((0.0, 0.0, 0.0, 0.5), "white"),
)  # fmt: skip


def luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def ratio(one: object, other: object) -> float:
    low, high = sorted(luminance(to_rgb(colour)) for colour in (one, other))  # type: ignore[arg-type]
    return (high + 0.05) / (low + 0.05)


def over(face: object, under: tuple[float, ...]) -> tuple[float, ...]:
    *colour, opacity = to_rgba(face)  # type: ignore[arg-type]
    return tuple(opacity * c + (1 - opacity) * u for c, u in zip(colour, under, strict=True))


def grounds(ax: Axes) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What is behind the axes, and around them; a clear figure lies on white."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    around = over(figure.get_facecolor(), (1.0, 1.0, 1.0))
    return over(ax.get_facecolor(), around), around


def unreadable(ax: Axes) -> list[str]:
    """Texts that are hard to tell from what they stand on."""
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    FigureCanvasAgg(figure).draw()
    inside, around = grounds(ax)
    legend = ax.get_legend()
    of_legend = set(map(id, legend.get_texts())) if legend is not None else set()
    found = []
    for text in ax.findobj(Text):
        assert isinstance(text, Text)
        if not (text.get_visible() and text.get_text().strip()):
            continue
        box = text.get_window_extent()
        within = ax.bbox.contains((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        ground = inside if within else around
        if id(text) in of_legend and legend is not None and legend.get_frame_on():
            ground = over(legend.get_frame().get_facecolor(), around)
        patch = text.get_bbox_patch()
        if patch is not None:
            ground = over(to_rgb(patch.get_facecolor()), ground)
        if ratio(text.get_color(), ground) < READABLE:
            found.append(f"{text.get_text()[:30]!r} {text.get_color()} on {ground}")
    return found


@contextmanager
def axes_of_a_user(face: object = None, of_figure: object = None) -> Iterator[Axes]:
    figure = Figure(figsize=(9, 7), layout="constrained")
    ax = figure.subplots()
    if face is not None:
        ax.set_facecolor(face)
    if of_figure is not None:
        figure.set_facecolor(of_figure)
    yield ax


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.default_cases(1)
def test_text_is_readable_in_any_style(name: str) -> None:
    for one in STYLES:
        with style.context(one), axes_of_a_user() as ax:
            DRAWINGS[name](ax=ax)
            assert unreadable(ax) == [], one


@pytest.mark.parametrize("name", ["outcomes", "cumulative", "timeline"])
@pytest.mark.slow
def test_text_is_readable_on_any_ground(name: str) -> None:
    for face, of_figure in GROUNDS:
        with axes_of_a_user(face, of_figure) as ax:
            DRAWINGS[name](ax=ax)
            assert unreadable(ax) == [], (face, of_figure)


def test_unreadable_text_would_be_seen() -> None:
    with axes_of_a_user("black") as ax:
        DRAWINGS["fan"](ax=ax)
        ax.text(0.5, 0.5, "black on black", transform=ax.transAxes, color="#333333")
        ax.set_title("white on white", color="#eeeeee")
        found = " ".join(unreadable(ax))
    assert "black on black" in found
    assert "white on white" in found


@pytest.mark.parametrize("name", ["outcomes", "cumulative", "fan", "timeline", "tornado", "claims"])
@pytest.mark.default_cases(1)
def test_lines_and_marks_differ_from_any_ground(name: str) -> None:
    for face in ("white", "black", "#808080"):
        with axes_of_a_user(face) as ax:
            DRAWINGS[name](ax=ax)
            inside, _ = grounds(ax)
            lines = [line for line in ax.lines if isinstance(line, Line2D)]
            assert lines
            assert min(ratio(line.get_color(), inside) for line in lines if line.get_alpha() is None
                       and line.get_linewidth() >= 1) >= 2.0  # fmt: skip


def test_ink_is_readable_on_greys() -> None:
    for grey in range(0, 256, 5):
        inks = Inks(f"#{grey:02x}{grey:02x}{grey:02x}")
        assert contrast(inks.ink, inks.ground) >= READABLE
        assert contrast(inks.note, inks.ground) >= READABLE
        for colour in ("#000000", "#0072B2", "#56B4E9", "#ffffff"):
            assert contrast(inks.mark(colour), inks.ground) >= 2.0


# TeX takes % for a comment and _ for a subscript, and is not installed everywhere.


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.default_cases(3)
def test_texts_are_no_tex(name: str) -> None:
    with matplotlib.rc_context({"text.usetex": True}), axes_of_a_user() as ax:
        DRAWINGS[name](ax=ax)
        FigureCanvasAgg(ax.get_figure(root=True)).draw()  # type: ignore[arg-type]
        drawn = [text for text in ax.findobj(Text) if isinstance(text, Text)
                 and text.get_visible() and text.get_text().strip()]  # fmt: skip
        assert len(drawn) > 5
        assert not any(text.get_usetex() for text in drawn)


# Figures of relsim's own do not follow the user's settings.

HOSTILE = {
    "text.usetex": True, "font.family": ["serif"], "font.size": 30.0, "savefig.dpi": 20.0,
    "savefig.facecolor": "black", "savefig.bbox": "tight", "figure.facecolor": "black",
    "axes.facecolor": "black", "axes.grid": True, "text.color": "white", "lines.marker": "x",
    "axes.prop_cycle": matplotlib.cycler(color=["white"]), "svg.fonttype": "none",
    "xtick.color": "white", "axes.labelcolor": "white", "path.sketch": (1.0, 100.0, 2.0),
}  # fmt: skip


def png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name != "along"])
@pytest.mark.default_cases(1)
def test_own_figures_look_the_same_under_any_settings(name: str) -> None:
    usual = png(DRAWINGS[name]().get_figure(root=True))  # type: ignore[arg-type]
    made_before = DRAWINGS[name]().get_figure(root=True)
    with matplotlib.rc_context(HOSTILE):  # type: ignore[arg-type]
        assert png(DRAWINGS[name]().get_figure(root=True)) == usual  # type: ignore[arg-type]
        assert png(made_before) == usual  # type: ignore[arg-type]
    with style.context("dark_background"):
        assert png(DRAWINGS[name]().get_figure(root=True)) == usual  # type: ignore[arg-type]


def test_settings_of_the_user_stay_as_they_are() -> None:
    with matplotlib.rc_context(HOSTILE):  # type: ignore[arg-type]
        before = dict(matplotlib.rcParams)
        plots.draw("fan", simulated())._repr_png_()  # type: ignore[attr-defined]
        assert dict(matplotlib.rcParams) == before


# The commands, as a notebook or a user's files would start them


def command(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    words = ("run", "us-russia-2021", "--runs", "64", "--draws", "64", "--out", "x")
    return subprocess.run(
        [sys.executable, "-m", "relsim", *words], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **environment}, check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize(
    "backend", ["module://matplotlib_inline_that_is_absent.backend_inline", "nonsense", ""]
)
@pytest.mark.slow
def test_a_backend_that_is_missing_stops_no_command(backend: str, tmp_path: Path) -> None:
    done = command(tmp_path, MPLBACKEND=backend)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    made = sorted(file.stem for file in (tmp_path / "x" / "figures").iterdir())
    assert made == sorted(plots.USUAL)


def test_without_its_backend_a_figure_is_drawn(tmp_path: Path) -> None:
    code = (
        "import relsim.plots\nfrom matplotlib.figure import Figure\nFigure().savefig('drawn.png')"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=600,
        env={**os.environ, "MPLBACKEND": "module://absent.backend_inline"},
    )  # fmt: skip
    assert (tmp_path / "drawn.png").is_file()


@pytest.mark.slow
def test_a_matplotlibrc_does_not_change_the_figures(tmp_path: Path) -> None:
    for name in ("plain", "dark"):
        (tmp_path / name).mkdir()
    settings = "text.usetex: True\nfont.family: serif\nfigure.facecolor: black\n"
    settings += "savefig.facecolor: black\naxes.facecolor: black\nsavefig.dpi: 30\n"
    (tmp_path / "dark" / "matplotlibrc").write_text(settings, encoding="utf-8")
    files = []
    for name in ("plain", "dark"):
        assert command(tmp_path / name).returncode == 0
        files.append((tmp_path / name / "x" / "figures" / "outcomes.png").read_bytes())
    assert files[0] == files[1]


def test_a_matplotlibrc_of_another_encoding_is_reported(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    code = "import relsim.plots"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert "UsageError: matplotlib cannot start: its settings file, matplotlibrc" in done.stderr


def test_the_backend_asked_for_is_left_to_pyplot_which_is_not_loaded() -> None:
    """So no global figure is made, either."""
    code = (
        "import os, sys, relsim.plots, matplotlib; "
        "print(os.environ['MPLBACKEND'], matplotlib.get_backend(auto_select=False), "
        "'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "MPLBACKEND": "svg"},
    )  # fmt: skip
    assert done.stdout.split() == ["svg", "svg", "False"]
