"""The tables of two guides are what their examples print, and their words are held to the numbers.

The examples are run with few runs, in small chunks: enough to see that the tables have the same
rows and columns, and numbers within their errors.
"""

import math
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest

import relsim
import relsim.simulate
from docs.pages import variants as variants_page
from examples import compare, structural
from relsim.estimates.probability import Difference
from relsim.inference import paired_runs as paired
from relsim.rules import RULES
from relsim.simulate import Plan

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES: dict[str, Callable[[], None]] = {
    "variants": compare.main,
    "structural-uncertainty": structural.main,
}
NUMBER = re.compile(r"([<>]?)([+-]?\.?\d[\d.]*)(?: ± (\.\d+))?")

Table = list[list[str]]


QUICK = {"variants": ("--no-attribution",)}  # whose last table is left to the slow tests


@cache
def printed(name: str, *words: str) -> str:
    """What the example of a guide prints."""
    lines: list[str] = []
    simulating = sys.modules["relsim.simulate"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulating, "Plan", partial(simulating.Plan, width=512))
        patch.setattr(paired, "Plan", partial(Plan, width=512))
        patch.setattr(sys, "argv", [name, "--runs", "1024", "--draws", "256", *words])
        patch.setattr("builtins.print", lambda text: lines.append(text))
        EXAMPLES[name]()
    return "\n".join(lines)


def guide(name: str) -> str:
    return (ROOT / "docs" / "guides" / f"{name}.md").read_text("utf-8")


def tables(text: str) -> list[Table]:
    """Every Markdown table: rows of cells, the headings first."""
    found: list[Table] = []
    before = ""
    for line in text.splitlines():
        if line.startswith("| "):
            if not before.startswith("| "):
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip("| ").split(" | ")])
        before = line
    return found


def measured(cell: str) -> tuple[float, float] | None:
    """Value and error; of a bound such as <.003 the end, and its distance from it as the error."""
    match = NUMBER.fullmatch(cell)
    if match is None:
        return None
    side, value, error = match.groups()
    if side:
        end = 0.0 if side == "<" else 1.0
        return end, abs(float(value) - end)
    return (float(value), float(error)) if error else None


def misses(shown: Table, fresh: Table) -> list[tuple[str, str, str, str]]:
    """Cells of a table that no sampling explains: row, column, as shown, as computed now."""
    found = []
    for old, new in zip(shown[2:], fresh[2:], strict=True):
        for head, one, other in zip(shown[0], old, new, strict=True):
            first, second = measured(one), measured(other)
            if first is None or second is None:
                continue
            if abs(first[0] - second[0]) > 4 * math.hypot(first[1], second[1]):
                found.append((old[0], head, one, other))
    return found


@pytest.mark.slow  # `make docs` runs it
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_guide_shows_what_the_example_prints(name: str) -> None:
    words = QUICK.get(name, ())
    shown, fresh = tables(guide(name)), tables(printed(name, *words))
    assert_same(shown[: -1 if words else None], fresh)


@pytest.mark.slow
def test_the_guide_of_variants_shows_what_each_line_explains() -> None:
    shown, fresh = tables(guide("variants")), tables(printed("variants"))
    assert_same(shown, fresh)
    named = {row[0] for row in shown[1][2:]}
    assert {f"us-russia-2021-{row[1]}" for row in shown[2][2:]} == named - {
        "us-russia-2021-no-learning"  # one line, which explains all
    }


def assert_same(shown: list[Table], fresh: list[Table]) -> None:
    """Fail unless tables have the same rows and columns, and numbers within their errors."""
    assert [table[0] for table in shown] == [table[0] for table in fresh]
    for old, new in zip(shown, fresh, strict=True):
        assert [row[0] for row in old] == [row[0] for row in new]
        assert misses(old, new) == []


def test_the_comparison_sees_a_stale_number() -> None:
    fresh = tables(guide("structural-uncertainty"))[0]
    stale = [list(row) for row in fresh]
    stale[2][1] = ".70 ± .01"
    assert misses(stale, fresh) == [(fresh[2][0], "logit", ".70 ± .01", fresh[2][1])]
    stale[2][1] = "<.01"
    assert len(misses(stale, fresh)) == 1


def test_each_variant_of_the_term_and_each_rule_has_a_column() -> None:
    all_outcomes, headline, *_ = tables(guide("variants"))
    named = {row[0] for row in headline[2:]}
    base = "us-russia-2021"
    others = {"us-russia-1993", base, *(f"{base}-{name}" for name in ("20y", "prior", "learned"))}
    assert named == set(relsim.packaged()) - others
    assert len(all_outcomes[0]) == 1 + len(named)
    assert tables(guide("structural-uncertainty"))[0][0][1:] == [
        name for name in RULES if name != "scripted"
    ]


def test_a_guide_whose_words_no_longer_hold_is_not_made() -> None:
    same = Difference(
        value=0.0, mc_error=0.01, mc_interval_90=(-0.02, 0.02), interval_90=None, interval_note="",
        n=64, flips=0, variance_saved=None,
    )  # fmt: skip
    effects = {
        f"us-russia-2021-{variant}": dict.fromkeys(relsim.load("us-russia-2021").outcomes, same)
        for variant, _, _ in variants_page.SIGNS
    }
    with pytest.raises(ValueError, match="no longer hold.*'war-scare', 'direct_war'"):
        variants_page.check("us-russia-2021", effects)
