"""Quantile dotplots: fifty dots that are the quantiles of the runs, none on another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UnknownName, UsageError
from relsim.plots import dots, dots_of, draw
from tests.figures.ensembles import planted, simulated
from tests.figures.test_figures import collisions
from tests.properties.comparing import shortened


def with_days(days: np.ndarray) -> Ensemble:
    """The planted ensemble, its headline on the days given, one for each run."""
    base = planted()
    first_day = base.first_day.copy()
    first_day[base.outcomes.index(base.scenario.headline)] = days
    return replace(base, first_day=first_day)


def of(days: np.ndarray) -> Ensemble:
    return with_days(np.resize(days, planted().runs).astype(np.int16))


def headline() -> str:
    return str(planted().scenario.headline)


def title(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")


def test_a_dot_is_two_percent_of_the_runs() -> None:
    """Sorted by hand: the 1%, 3%, ... 99% runs, those in which it never comes about last."""
    ensemble = of(np.array([900, 100, -1, 700, 300]))  # a fifth of the runs each
    found = dots_of(ensemble, headline())
    since = (found.dates - np.datetime64(ensemble.start, "D")).astype(int)
    assert since.tolist() == [100] * 10 + [300] * 10 + [700] * 10 + [900] * 10
    assert found.never == 10


@pytest.mark.parametrize("name", ["signs_of_detente", "direct_war", "nord_stream_2_completed"])
def test_dots_agree_with_the_probability(name: str) -> None:
    ensemble = simulated()
    found, probability = dots_of(ensemble, name), ensemble.probability(name).value
    assert found.dates.size == pytest.approx(50 * probability, abs=0.5)
    assert found.dates.size + found.never == 50
    assert bool((np.diff(found.dates).astype(int) >= 0).all())
    days = np.sort(ensemble.days(name)[ensemble.happened(name)])
    middle = found.dates[found.dates.size // 2] if found.dates.size else None
    if middle is not None:
        share = np.searchsorted(days, (middle - np.datetime64(ensemble.start)).astype(int)) / len(
            days
        )
        assert share == pytest.approx(0.5, abs=0.05)


def places(ax: Axes) -> list[np.ndarray]:
    """Centres of the dots with a date, and of the others, in points; and their diameters."""
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    found = []
    for line in ax.lines[:2]:
        at = line.get_transform().transform(np.column_stack(line.get_data()).astype(float))
        found.append(at / figure.dpi * 72)
    return found


@pytest.mark.parametrize("days", [[1400], [100, 1400], [-1], [5, -1], [*range(60, 1400, 9)]])
def test_no_dot_lies_on_another(days: list[int]) -> None:
    ax = dots(of(np.array(days)), headline())
    every = np.concatenate(places(ax)[: 2 if -1 in days else 1])
    assert len(every) == 50
    apart = np.hypot(*(every[:, None] - every).T) + 1e9 * np.eye(len(every))
    assert apart.min() >= max(line.get_markersize() for line in ax.lines[:2])
    height = ax.bbox.height / ax.get_figure(root=True).dpi * 72  # type: ignore[union-attr]
    assert every[:, 1].max() < height + ax.bbox.y0


def test_dots_stand_at_their_dates() -> None:
    ensemble = simulated()
    (ax,) = draw("dots:nord_stream_2_completed", ensemble).axes
    found = dots_of(ensemble, "nord_stream_2_completed")
    across = np.sort(np.asarray(ax.lines[0].get_xdata(), dtype=float))
    assert np.abs(across - found.dates.astype(float)).max() < 30  # days: half a column, or less


def test_the_title_counts_the_dots() -> None:
    assert "40 chances in 50 by January 2025 (80.0%), median date in" in title(
        dots(of(np.array([900, 100, -1, 700, 300])), headline())
    )
    rare = np.full(planted().runs, -1)
    rare[7] = 50
    assert "less than 1 chance in 50 by January 2025 (<" in title(dots(with_days(rare), headline()))
    assert "more than 49 chances in 50" in title(dots(of(np.array([1450])), headline()))
    assert "all of them on 10 January 2025" in title(dots(of(np.array([1451])), headline()))


def test_an_outcome_ends_with_its_own_deadline() -> None:
    from relsim.scenario.schema import load
    from relsim.simulate import simulate

    scenario = shortened(load("us-russia-2021")).with_outcome(
        "early", {"happened": {"deed": "summit", "until": "2021-06-30"}}, title="They meet"
    )
    ensemble = simulate(scenario, runs=128, draws=64)
    assert dots_of(ensemble, "early").last == date(2021, 6, 30)
    ax = dots(ensemble, "early")
    assert "by 30 June 2021" in title(ax)
    assert collisions(ax.get_figure(root=True)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["planted_0", "planted_5", "planted_9", "planted_14"])
def test_no_text_overlaps(name: str) -> None:
    assert collisions(draw(f"dots:{name}", planted())) == []


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'detente'"):
        dots_of(simulated(), "detent")
    weighted = replace(simulated(), weights=np.full(simulated().draws, 1 / simulated().draws))
    with pytest.raises(UsageError, match="unweighted"):
        dots_of(weighted, "detente")
