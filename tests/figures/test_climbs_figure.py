"""The figure of typical paths to a rare outcome, and the same paths as stories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relsim import plots
from relsim.errors import UsageError
from relsim.inference.rare.rarely import Rare
from relsim.story.paths import paths_of, paths_text
from tests.unit.inference.climbing import found


def test_paths_are_grouped_by_what_began_them_and_ordered_by_weight() -> None:
    first, second = paths_of(found())
    assert (first.began_with, first.share, first.runs) == ("a collision in Europe", 0.75, 2)
    assert (second.began_with, second.share) == ("military posture by Russia", 0.25)
    assert first.weeks == 5  # the one of half of the weight


def test_a_path_is_told_in_dates_and_words() -> None:
    text = paths_text(found())
    assert "75% began with a collision in Europe; 5 weeks from the first rise" in text
    assert "16 November 2021: Collision (Europe)" in text
    assert "22 December 2021: The escalation ladder rises (rung 6, direct war)" in text
    assert "15 November 2021: Russia: military posture" in text
    assert paths_text(replace(found(), outlines=())) == ""


def test_what_is_drawn_are_the_rungs_of_the_runs() -> None:
    first, second = plots.climb_courses(found())
    np.testing.assert_array_equal(first.weeks, [-5, -5, -4, -3, -2, -1, 0, 0])
    np.testing.assert_array_equal(first.rungs, [0, 1, 2, 3, 4, 5, 6, 6])
    np.testing.assert_array_equal(second.weeks, [-14, -14, -12, -9, -6, -3, 0, 0])
    ax = plots.climbs(found())
    for line, climb in zip(ax.get_lines(), (first, second), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), climb.weeks)
        assert np.abs(np.asarray(line.get_ydata()) - climb.rungs).max() < 0.1


def test_without_paths_nothing_is_drawn() -> None:
    nothing: Rare = replace(found(), outlines=())
    with pytest.raises(UsageError, match="no paths to direct_war"):
        plots.climbs(nothing)


def test_small_numbers_are_written_with_a_power_of_ten() -> None:
    one = found()
    assert str(one) == "2.5e-6 ± 3e-7"
    assert one.interval_text == "4.0e-8–9.0e-6"
