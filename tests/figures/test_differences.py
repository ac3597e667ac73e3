"""Figure 7: what is drawn are the differences, and nothing overlaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from relsim.errors import UnknownName
from relsim.inference.compare.compare import Comparison
from relsim.plots import difference_rows, differences, save
from relsim.plots.forest import differences_finding
from relsim.plots.style import finished
from relsim.scenario.schema import Scenario, load
from tests.figures.drawings import compared as with_variants
from tests.properties.comparing import OF_A_SHORT_TERM, shortened

BASELINE = "us-russia-2021"
PRESSURE, SUMMIT = f"{BASELINE}-maximum-pressure", f"{BASELINE}-early-summit"


def short(name: str) -> Scenario:
    """A packaged scenario until the end of 2021."""
    return shortened(load(name))


def compared(*names: str) -> Comparison:
    return with_variants(BASELINE, *names)


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie over each other."""
    figure.draw_without_rendering()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
    ]
    return [
        (one, other)
        for number, (one, box) in enumerate(boxes)
        for other, there in boxes[number + 1 :]
        if box.overlaps(there) and one != other
    ]


def test_a_variant_is_drawn_with_all_its_outcomes() -> None:
    found = compared(PRESSURE)
    rows = difference_rows(found)
    drawn = sorted(found[PRESSURE].outcomes.values(), key=lambda one: -one.difference.value)
    assert [row.title for row in rows] == [contrast.title for contrast in drawn]
    assert len({row.value for row in rows}) > 2, "or any order would be a sorted one"
    assert [row.bold for row in rows] == [contrast.name == "detente" for contrast in drawn]
    asked = difference_rows(found, asked="new_start_in_force")
    bold = [row.title for row in asked if row.bold]
    assert bold == [short(BASELINE).outcomes["new_start_in_force"].title]
    for row, contrast in zip(rows, drawn, strict=True):
        assert row.value == contrast.difference.value
        assert row.sampling == contrast.difference.mc_interval_90
        assert row.over_draws == contrast.difference.interval_90
    axes = differences(found)
    (dots,) = (line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(dots.get_xdata(), [row.value for row in rows])
    assert len(axes.patches) == sum(row.over_draws is not None for row in rows)
    low, high = axes.get_xlim()
    assert all(low < end < high for row in rows for end in (*row.sampling, 0.0))


def test_an_outcome_is_drawn_for_all_variants() -> None:
    found = compared(PRESSURE, SUMMIT)
    titles = {PRESSURE: "Maximum pressure from May 2021", SUMMIT: "An early summit"}
    for asked in (None, "new_start_in_force"):
        outcome = asked or found.baseline.headline
        drawn = [(found[name][outcome].difference.value, titles[name]) for name in titles]
        rows = [(row.value, row.title) for row in difference_rows(found, asked)]
        assert rows == sorted(drawn, key=lambda pair: -pair[0])
    assert len(difference_rows(found, SUMMIT)) == len(OF_A_SHORT_TERM)
    with pytest.raises(UnknownName, match="did you mean 'new_start_in_force'"):
        differences(found, "new_start_in_forc")


def test_the_title_states_the_finding_and_the_footer_the_origin() -> None:
    found = compared(PRESSURE)
    said = differences_finding(found)
    up = sum(c.difference.mc_interval_90[0] > 0 for c in found[PRESSURE].outcomes.values())
    assert said.startswith(f"Maximum pressure from May 2021: {up} of 7 outcomes become likelier, ")
    figure = finished(differences(found))
    words = " ".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))
    for part in ("1,024 runs of each", "64 draws", "seed 1", f"baseline {BASELINE}", "relsim "):
        assert part in words.replace("\n", " ")


@pytest.mark.parametrize("subject", [None, "detente", SUMMIT])
def test_nothing_overlaps(subject: str | None) -> None:
    figure = finished(differences(compared(PRESSURE, SUMMIT), subject))
    assert overlaps(figure) == []


def test_an_overlap_would_be_seen() -> None:
    axes = differences(compared(PRESSURE, SUMMIT))
    axes.text(0.0, 0.0, "in the way of", transform=axes.transAxes)
    axes.text(0.0, 0.0, "each other", transform=axes.transAxes)
    assert ("in the way of", "each other") in overlaps(finished(axes))


@pytest.mark.slow
def test_a_scenario_compared_with_itself(tmp_path: Path) -> None:
    """Nothing differs: the axes still have a width, and the file is the same each time."""
    found = compared(BASELINE)
    assert differences_finding(found) == f"{BASELINE} (2): nothing differs"
    one, other = (save(finished(differences(found)), tmp_path / f"{n}.svg") for n in "ab")
    assert one.read_bytes() == other.read_bytes()
