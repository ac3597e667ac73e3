"""The section on dispersion of the page of the record: every missed row has a reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from docs import build
from docs.pages.record import (
    NO_REASON,
    REASONS,
    dispersion_row,
    meetings_spread,
    why_missed,
)
from relsim.ensemble.ensemble import Ensemble
from relsim.history.dispersion_table import DispersionRow, statistics_of_years

PAGE = (build.DOCS / "record.md").read_text("utf-8")


def row(name: str, p: float) -> DispersionRow:
    return DispersionRow(name, "moves", 3, 2, 3, 4, 1, 5, p)


def rows_of_page() -> dict[str, str]:
    """The verdict of each row of dispersion on the page, by its name."""
    table = PAGE.split("| of the record |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {line[0]: line[-1] for line in cells}


def test_each_missed_row_of_the_page_has_a_reason_and_no_other() -> None:
    missed = {name for name, verdict in rows_of_page().items() if verdict == "**missed**"}
    assert missed == set(REASONS)
    assert NO_REASON not in PAGE
    for name in missed:
        assert f"{REASONS[name]}." in PAGE.split(name)[2], name


def test_the_page_has_the_rows_of_the_table_and_their_number() -> None:
    verdicts = rows_of_page()
    assert {one.name for one in statistics_of_years("US", "RU")} < set(verdicts)
    met = sum(verdict == "met" for verdict in verdicts.values())
    assert f"**{met} of {len(verdicts)} rows are met.**" in PAGE


def test_rows_with_one_reason_share_a_line_and_one_without_is_seen() -> None:
    first, second = "worst week of a term, median of terms", "worst year of a term, median of terms"
    text = why_missed([row(first, 0.01), row("new", 0.02), row(second, 0.03)])
    lines = text.strip().splitlines()[2:]
    assert lines == [
        f"- **{first}; {second}**: {REASONS[first]}.",
        f"- **new**: {NO_REASON}.",
    ]
    assert why_missed([]) == ""


def test_a_row_says_when_p_is_too_small_to_print() -> None:
    assert dispersion_row(row("x", 0.0004))[2:] == ("3 [2, 3]", "4 (1 to 5)", "under 0.001",
                                                    "**missed**")  # fmt: skip
    assert dispersion_row(row("x", 0.1))[4:] == ("0.100", "met")


def test_the_spread_of_meetings_is_that_of_a_loop() -> None:
    """128 runs of 64 draws: run r and r + 64 share a draw."""
    meetings = np.random.default_rng(2).poisson(3, 128).astype(np.float32)
    meetings[:32] += 5
    meetings[64:96] += 5
    ensemble = SimpleNamespace(quantities={"leaders_meetings": meetings}, runs=128, runs_per_draw=2)
    within = np.mean([np.var([meetings[n], meetings[n + 64]], ddof=1) for n in range(64)])
    share, ratio = meetings_spread(cast("Ensemble", ensemble))
    assert share == pytest.approx(1 - within / np.var(meetings, ddof=1), rel=1e-5)
    assert ratio == pytest.approx(within / meetings.mean(), rel=1e-5)
    assert 0.3 < share < 0.9
