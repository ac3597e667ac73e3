"""Computed pages are up to date: a fresh build of each equals the page in the checkout.

The pages of figures need a large simulation. They name the scenario that they were made from,
and that must be the present one.
"""

from pathlib import Path

import pytest

import relsim
from docs import build
from docs.pages import markdown, meanings, scenario, verification
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.catalogue import DEEDS, SERIES
from relsim.scenario.conditions.conditions import OPERATORS
from relsim.scenario.schema import load
from tests.verification.table import all_cases

REMEDY = "run `python -m docs.build`"


@pytest.mark.parametrize("path", build.CHEAP)
def test_a_computed_page_is_as_built_now(path: str) -> None:
    fresh = build.CHEAP[path](load(build.BASELINE))
    assert (build.DOCS / path).read_text("utf-8") == fresh, f"{path} is out of date: {REMEDY}"


@pytest.mark.parametrize("path", build.SIMULATED)
def test_a_simulated_page_is_of_the_present_scenario(path: str) -> None:
    page = (build.DOCS / path).read_text("utf-8")
    digest = scenario_hash(load(build.BASELINE))[:12]
    assert f"`{digest}`" in page, f"{path} is of another scenario: {REMEDY} --simulate"
    assert "`python -m docs.build --simulate`" in page


def test_the_page_of_verification_holds_the_present_checks() -> None:
    page = (build.DOCS / "verification.md").read_text("utf-8")
    assert verification.planted() in page, "run `make verification`"
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.endswith("| within |")]
    assert rows == [f"| {markdown.cell(case)}" for case in all_cases()], "run `make verification`"
    assert "MISSED" not in page


def test_a_changed_page_is_named_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "reference/moves.md"
    monkeypatch.setattr(build, "DOCS", tmp_path)
    monkeypatch.setattr(build, "CHEAP", {path: build.CHEAP[path]})
    (tmp_path / "reference").mkdir()
    (tmp_path / path).write_text("changed by hand\n", "utf-8")
    assert build.main(["--check"]) == 1
    assert (tmp_path / path).read_text("utf-8") == "changed by hand\n"
    assert build.main([]) == 0
    assert capsys.readouterr().out == f"docs/{path}\n" * 2
    assert build.main(["--check"]) == 0


def test_a_key_without_words_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = {key: words for key, words in meanings.MEANINGS["Actor"].items() if key != "stake"}
    monkeypatch.setitem(meanings.MEANINGS, "Actor", forgotten)
    with pytest.raises(ValueError, match="Actor: stake"):
        scenario.page()


def test_words_without_a_key_stop_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(meanings.MEANINGS["Actor"], "steak", "a slip")
    with pytest.raises(ValueError, match="Actor: steak"):
        scenario.page()


def test_every_operator_deed_and_series_has_its_words() -> None:
    page = (build.DOCS / "reference" / "conditions.md").read_text("utf-8")
    missing = [name for name in (*OPERATORS, *DEEDS, *SERIES) if f"`{name}`" not in page]
    assert missing == []


def test_a_cell_cannot_break_its_table() -> None:
    made = markdown.table(("a", "b"), [("x | y\nz", "$5")])
    assert made == "| a | b |\n| --- | --- |\n| x \\| y z | \\$5 |\n"


def test_every_public_name_stands_on_the_page_of_the_library() -> None:
    listed = (build.DOCS / "api.md").read_text("utf-8").split()
    rooms = ("history", "plots", "__version__")
    assert [name for name in relsim.__all__ if name not in (*listed, *rooms)] == []
