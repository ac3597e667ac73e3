"""The README's table is what the default ensemble gives."""

import csv
import math
import re
from pathlib import Path

import pytest

import relsim
from docs.pages.calibration import RIVALRIES
from docs.pages.parameters import origins_sentence
from relsim.simulate import DEFAULT_DRAWS, DEFAULT_RUNS

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^(?P<title>\S.*?)\s{2,}(?P<probability>\.\d+)\s+± (?P<error>\.\d+)\s", re.M)


def rows(text: str) -> dict[str, tuple[float, float]]:
    """Title to probability and Monte Carlo error."""
    return {m["title"]: (float(m["probability"]), float(m["error"])) for m in ROW.finditer(text)}


def misses(
    table: dict[str, tuple[float, float]], ensemble: relsim.Ensemble, alike: bool = False
) -> list[str]:
    """Titles whose printed number is not within four standard errors of the computed one.

    If the ensemble is `alike`, that of the table, its own error is that of the table.
    """
    outcomes = ensemble.scenario.outcomes
    off = [outcomes[name].title for name in outcomes if outcomes[name].title not in table]
    for name in outcomes:
        if outcomes[name].title in table:
            printed, error = table[outcomes[name].title]
            found = ensemble.probability(name)
            both = error if alike else math.hypot(error, found.mc_error)
            if abs(printed - found.value) > 4 * both:
                off.append(outcomes[name].title)
    return off


@pytest.fixture(scope="module")
def few() -> relsim.Ensemble:
    """A sixteenth of the default runs."""
    return relsim.simulate("us-russia-2021", runs=DEFAULT_RUNS // 16, draws=DEFAULT_DRAWS)


def test_the_table_agrees_with_fewer_runs(few: relsim.Ensemble) -> None:
    text = README.read_text("utf-8")
    assert f"{DEFAULT_RUNS:,} runs over {DEFAULT_DRAWS:,} draws, seed 1" in text
    assert misses(rows(text), few) == []


@pytest.mark.slow
def test_the_table_is_of_the_default_ensemble() -> None:
    assert misses(rows(README.read_text("utf-8")), relsim.simulate("us-russia-2021"), True) == []


def test_a_stale_row_is_found(few: relsim.Ensemble) -> None:
    table = rows(README.read_text("utf-8"))
    title = few.scenario.outcomes["detente"].title
    table[title] = (table[title][0] + 0.1, table[title][1])
    assert misses(table, few) == [title]


def test_the_readme_says_how_the_numbers_came_about() -> None:
    words = " ".join(README.read_text("utf-8").split())
    assert origins_sentence(relsim.load("us-russia-2021")) in words


def test_endings_of_rivalries_are_counted_in_the_data(shared_data: Path) -> None:
    file = shared_data / "mids-and-rivalry" / "td_rivalries.csv"
    with file.open(encoding="utf-8") as lines:
        rows = [(int(float(r["styear"])), int(float(r["endyear"]))) for r in csv.DictReader(lines)]
    last = max(end for _, end in rows)
    for since, counted in RIVALRIES.items():
        there = [(max(begin, since), end) for begin, end in rows if end >= since]
        years = sum(end - begin + 1 for begin, end in there)
        assert (sum(end < last for _, end in there), years) == counted
