"""The pictures: they show their numbers, say where they come from, and can be read."""

from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from relsim.errors import UnknownName, UsageError
from relsim.plots import (
    FIGURES,
    course,
    cumulative,
    distribution,
    distribution_of,
    draw,
    fan,
    fan_of,
    outcomes,
    rows,
    save,
)
from relsim.plots.style import DPI
from tests.figures.ensembles import planted, simulated

SMALLEST = 11.0  # pixels: letters at half size
APART = 11.0  # colour difference (CIE 1976) that is plain to see in patches side by side


@lru_cache(maxsize=64)
def shown(name: str, *, of_planted: bool = False) -> Figure:
    """A figure that tests look at and leave as it is."""
    return draw(name, planted() if of_planted else simulated())


def half_size(figure: Figure) -> FigureCanvasAgg:
    """The figure rendered with half of its pixels."""
    figure.set_dpi(DPI / 2)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def visible_texts(ax: Axes) -> list[Text]:
    """Every text that is drawn: titles, labels, notes, legend, and the ticks within view."""
    texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label]
    texts += [child for child in ax.get_children() if isinstance(child, Text)]
    for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        ends = sorted((low, high))
        texts += [
            tick.label1 for tick in axis.get_major_ticks() if ends[0] <= tick.get_loc() <= ends[1]
        ]
    legend = ax.get_legend()
    if legend is not None:
        texts += legend.get_texts()
    unique = {id(text): text for text in texts}
    return [text for text in unique.values() if text.get_visible() and text.get_text().strip()]


def collisions(figure: Figure) -> list[str]:
    """Texts that overlap another one or leave the figure, and letters that are too small."""
    canvas = half_size(figure)
    (ax,) = figure.axes
    found, boxes = [], []
    for text in visible_texts(ax):
        box, name = text.get_window_extent(canvas.get_renderer()), text.get_text()[:40]
        if min(box.x0, box.y0) < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1:
            found.append(f"{name!r} leaves the figure")
        if text.get_fontsize() * figure.dpi / 72 < SMALLEST:
            found.append(f"{name!r} is too small")
        boxes.append((name, box))
    found += [
        f"{one!r} overlaps {other!r}"
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5
    ]
    return found


SHOWN = [
    "outcomes",
    *(f"cumulative:planted_{number}" for number in (0, 1, 5, 9, 13, 14)),
    *(f"dates:planted_{number}" for number in (0, 1, 9, 14)),
    "fan",
    "distribution",
    "distribution:leaders_meetings",
    "distribution:weeks_below_zero",
    "distribution:first_thaw_day",
]


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.default_cases(5)
def test_no_text_overlaps_at_half_size(name: str) -> None:
    assert collisions(shown(name, of_planted=True)) == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_baselines_figures_can_be_read(name: str) -> None:
    assert collisions(shown(name)) == []


def test_every_actor_and_series_can_be_drawn() -> None:
    actor = list(simulated().scenario.actors)[-1]
    for name in (f"fan:pressure_works.{actor}", f"distribution:pressure_works_at_end.{actor}"):
        figure = shown(name)
        assert simulated().scenario.actors[actor].name in title(figure)
        assert collisions(figure) == []


def test_overlaps_would_be_seen() -> None:
    figure = draw("fan", simulated())
    (ax,) = figure.axes
    ax.text(0.0, 1.05, "over the legend", transform=ax.transAxes)
    ax.text(1.3, 0.5, "outside", transform=ax.transAxes).set_in_layout(False)
    ax.text(0.5, 0.5, "small", transform=ax.transAxes, fontsize=5)
    found = " ".join(collisions(figure))
    assert "'over the legend' overlaps" in found
    assert "'outside' leaves" in found
    assert "'small' is too small" in found


def test_a_smaller_figure_shows_fewer_dates() -> None:
    figure = Figure(figsize=(6.4, 4.8), dpi=DPI, layout="constrained")
    fan(simulated(), ax=figure.subplots())
    assert collisions(figure) == []
    assert 2 <= len(only(figure).get_xticks()) < len(only(shown("fan")).get_xticks())


def test_an_interval_that_nothing_has_keeps_its_colour_in_the_legend() -> None:
    few = replace(planted(), runs=64, runs_per_draw=1, first_day=planted().first_day[:, 64:128])
    (ax,) = draw("outcomes", few).axes
    assert not ax.patches
    legend = ax.get_legend()
    assert (
        legend.legend_handles[1].get_facecolor()
        == only(shown("outcomes")).patches[0].get_facecolor()
    )


# Title and footer


def title(figure: Figure) -> str:
    (ax,) = figure.axes
    return ax.get_title(loc="left").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")


def footer(figure: Figure) -> str:
    (ax,) = figure.axes
    (note,) = [text.get_text() for text in ax.texts if text.get_gid() == "relsim-footer"]
    return str(note).replace("\n", " ")


@pytest.mark.parametrize("name", FIGURES)
def test_a_footer_says_where_the_numbers_come_from(name: str) -> None:
    ensemble = simulated()
    note = footer(shown(name))
    assert ensemble.scenario.name in note
    assert f"{ensemble.runs:,} runs over {ensemble.draws:,} draws" in note
    assert f"seed {ensemble.seed}" in note
    assert str(ensemble.provenance["scenario_hash"])[:8] in note
    assert "failed" not in note
    assert f"{planted().health.failed} of them failed" in footer(shown(name, of_planted=True))


def test_titles_state_the_finding() -> None:
    ensemble = simulated()
    headline = ensemble.scenario.headline
    asked = ensemble.scenario.outcomes[headline].title
    estimate = ensemble.probability(headline)
    texts = {name: title(shown(name)) for name in FIGURES}
    for name in ("outcomes", "cumulative"):
        assert texts[name].startswith(f"{asked}: ")
    percent = texts["cumulative"].removeprefix(f"{asked}: ").split("%")[0]
    assert float(percent) == pytest.approx(100 * estimate.value, abs=100 * estimate.mc_error)
    likely = sum(row.estimate.mc_bounds[0] > 0.5 for row in rows(ensemble))
    assert f"{likely} of {len(ensemble.outcomes)} outcomes" in texts["outcomes"]
    for value in (fan_of(ensemble).quantiles[2, -1], fan_of(ensemble).quantiles[4, -1]):
        assert f"{abs(value):.1f}" in texts["fan"]
    assert "in 90% of runs" in texts["distribution"]


def test_a_dollar_sign_is_a_dollar_sign() -> None:
    figure = shown("outcomes", of_planted=True)
    half_size(figure)
    (ax,) = figure.axes
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert any(r"\$5" in text for text in labels), "escaped, and so drawn as it stands"


# What is drawn is what was computed


def only(figure: Figure) -> Axes:
    (ax,) = figure.axes
    return ax


def test_outcomes_draws_its_rows() -> None:
    ax, drawn = only(shown("outcomes", of_planted=True)), rows(planted())
    dots, sampling = ax.containers[-1].lines[0], ax.containers[-1].lines[2][0]
    assert dots.get_xdata().tolist() == [row.estimate.value for row in drawn]
    for segment, row in zip(sampling.get_segments(), drawn, strict=True):
        assert sorted(segment[:, 0]) == pytest.approx(row.estimate.mc_bounds)
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    wished = [row.estimate.interval_90 for row in drawn if row.estimate.interval_90 is not None]
    halves = [row.estimate.interval_50 for row in drawn if row.half_text]
    assert len(bars) == len(wished) + len(halves)
    assert halves
    assert np.allclose(bars, [*wished, *halves])
    assert ax.get_yticks().tolist() == sorted(dots.get_ydata().tolist())
    texts = {text.get_text() for text in ax.texts}
    for column in ("value_text", "half_text", "interval_text"):
        assert {getattr(row, column) for row in drawn} <= texts


def test_cumulative_draws_its_course() -> None:
    name = planted().scenario.headline
    ax, drawn = only(shown("cumulative", of_planted=True)), course(planted(), name)
    line = ax.lines[0]
    assert np.array_equal(line.get_ydata(), drawn.probability)
    assert np.array_equal(line.get_xdata(), drawn.dates)
    corners = np.concatenate([path.vertices for path in ax.collections[0].get_paths()])
    known = ~np.isnan(drawn.high)
    for ends in (drawn.low, drawn.high):
        points = np.column_stack([date2num(drawn.band_dates), ends])[known]
        nearest = np.abs(corners[:, None, :] - points[None]).max(axis=2).min(axis=0)
        assert nearest.max() < 1e-9
    (half,) = [patch for patch in ax.patches if isinstance(patch, Patch)]
    assert half.get_x() == date2num(drawn.half)


def test_fan_draws_its_quantiles() -> None:
    ax, drawn = only(shown("fan")), fan_of(simulated())
    median, *single = ax.lines[: 1 + drawn.runs.size]
    assert np.array_equal(median.get_ydata(), drawn.quantiles[2])
    for line, values, run in zip(single, drawn.single.T, drawn.runs, strict=True):
        assert np.array_equal(line.get_ydata(), values)
        assert f"Run {run}" in [text.get_text() for text in ax.get_legend().get_texts()]
    for band, (low, high) in zip(ax.collections, ((0, 4), (1, 3)), strict=True):
        ends = band.get_paths()[0].vertices[:, 1]
        assert {*drawn.quantiles[low], *drawn.quantiles[high]} == set(ends.tolist())
    assert any(list(line.get_ydata()) == [0.0, 0.0] for line in ax.lines), "the zero line"


@pytest.mark.parametrize("name", ["index_at_end", "leaders_meetings", "first_thaw_day"])
def test_distribution_draws_its_shares(name: str) -> None:
    ax = only(shown(f"distribution:{name}"))
    drawn = distribution_of(simulated(), name)
    shift = date2num(drawn.start) if drawn.dated else 0.0
    (bars,) = (one for one in ax.collections if isinstance(one, PolyCollection))
    corners = [bar.vertices for bar in bars.get_paths()]
    assert [bar[:, 1].max() for bar in corners] == drawn.share.tolist()
    assert all(bar[:, 1].min() == 0.0 for bar in corners)
    ends = np.array([(bar[:, 0].min(), bar[:, 0].max()) for bar in corners])
    assert ends[:, 0] == pytest.approx(drawn.edges[:-1] + shift)
    assert ends[:, 1] == pytest.approx(drawn.edges[1:] + shift)
    dot, segment = ax.containers[-1].lines[0], ax.containers[-1].lines[2][0].get_segments()[0]
    assert drawn.low is not None
    assert drawn.median is not None
    assert dot.get_xdata()[0] - shift == pytest.approx(drawn.median)
    assert segment[:, 0] - shift == pytest.approx([drawn.low, drawn.high])


def test_figures_draw_on_the_axes_given() -> None:
    figure = Figure(figsize=(16, 10), layout="constrained")
    grid = figure.subplots(2, 2).ravel()
    headline = simulated().scenario.headline
    assert outcomes(simulated(), grid[0]) is grid[0]
    assert cumulative(simulated(), headline, grid[1]) is grid[1]
    assert fan(simulated(), ax=grid[2]) is grid[2]
    assert distribution(simulated(), headline, grid[3]) is grid[3]
    assert figure.axes == grid.tolist()
    FigureCanvasAgg(figure).draw()
    assert all(ax.get_title(loc="left") for ax in grid)


# Colours

# Machado, Oliveira & Fernandes 2009 (IEEE TVCG 15:1291-1298), severity 1, on linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)  # sRGB, D65


def lab(rgba: tuple[float, ...], vision: np.ndarray) -> np.ndarray:
    """A colour on white in CIE L*a*b*, as a reader with that vision sees it."""
    rgb = np.array(rgba[:3]) * rgba[3] + 1 - rgba[3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(vision @ linear, 0, 1) / (TO_XYZ @ np.ones(3))
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, *(root[:-1] - root[1:]) * [500, 200]])


def legend_colours(legend: Legend) -> dict[str, tuple[float, ...]]:
    colours = {}
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        if isinstance(handle, Patch):
            colours[text.get_text()] = handle.get_facecolor()
        elif isinstance(handle, Line2D) and handle.get_linestyle() == "-":
            colours[text.get_text()] = to_rgba(handle.get_color(), handle.get_alpha())
        elif isinstance(handle, Line2D) and handle.get_marker() == "o":
            colours[text.get_text()] = to_rgba(handle.get_color())
    return colours


def alike(colours: dict[str, tuple[float, ...]], vision: np.ndarray) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, a), (other, b) in combinations(colours.items(), 2)
        if np.linalg.norm(lab(a, vision) - lab(b, vision)) < APART
    ]


@pytest.mark.parametrize(
    "vision", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["full", "deuteranopia", "protanopia"]
)
@pytest.mark.parametrize("name", FIGURES)
def test_colours_can_be_distinguished(name: str, vision: np.ndarray) -> None:
    legend = only(shown(name)).get_legend()
    colours = legend_colours(legend) | {"paper": (1.0, 1.0, 1.0, 1.0)}
    assert len(colours) >= 2
    shade = {label for label in colours if label.startswith("Second half")}  # is quiet on purpose
    pairs = [pair for pair in alike(colours, vision) if not ("paper" in pair and shade & {*pair})]
    assert pairs == []


def test_colours_that_look_alike_would_be_seen() -> None:
    red, green = (0.8, 0.2, 0.2, 1.0), (0.45, 0.42, 0.1, 1.0)
    assert alike({"red": red, "green": green}, np.eye(3)) == []
    assert alike({"red": red, "green": green}, DEUTERANOPIA) == [("red", "green")]


def test_lines_do_not_rely_on_colour_alone() -> None:
    for name in FIGURES:
        ax = only(shown(name))
        handles = [h for h in ax.get_legend().legend_handles if isinstance(h, Line2D)]
        looks = [
            (line._dash_pattern, line.get_linewidth(), line.get_markerfacecolor() == "none")  # type: ignore[attr-defined]
            for line in handles
        ]
        assert len({repr(look) for look in looks}) == len(looks)


# Drawing by name, and saving


def test_unknown_figures_are_answered_by_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'outcomes'"):
        draw("outcome", simulated())
    with pytest.raises(UsageError, match="shows all"):
        draw("outcomes:direct_war", simulated())
    with pytest.raises(UnknownName):
        draw("cumulative:no_such_thing", simulated())


@pytest.mark.parametrize(
    ("suffix", "head"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")]
)
@pytest.mark.default_cases(1)
def test_saved_figures_are_the_same_bytes(suffix: str, head: bytes, tmp_path: Path) -> None:
    one, other = (
        save(draw("fan", simulated()), tmp_path / f"{number}{suffix}").read_bytes()
        for number in (1, 2)
    )
    assert one.startswith(head)
    assert one == other


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf \(got 'fan.xlsx'\)"):
        save(draw("fan", simulated()), tmp_path / "fan.xlsx")
