"""A report in a real browser: one request, nothing on the console, nothing in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relsim.report.reporting import page_of, write_page
from relsim.report.subject import Subject
from tests.browser.opening import browser_path, opened
from tests.figures.ensembles import simulated
from tests.unit.report.test_further_sections import hostile_subject

SIZES = [(360, "light"), (360, "dark"), (1280, "dark"), (1280, "light")]
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
UNSEEN = """[...document.querySelectorAll('svg')].filter(svg => {
  const box = svg.getBoundingClientRect();
  return box.width < 300 || box.height < 150 || !svg.querySelector('text');
}).length"""
BROKEN = """[...document.querySelectorAll('a')].filter(
  link => !document.getElementById(link.hash.slice(1))).length"""
CUT_OFF = """[...document.querySelectorAll('figure svg text')].filter(text => {
  const box = text.getBoundingClientRect(), all = text.ownerSVGElement.getBoundingClientRect();
  return box.right > all.right + 2 || box.left < all.left - 2;
}).map(text => text.textContent)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return write_page(page_of(Subject(simulated())), folder / "report.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    return write_page(page_of(hostile_subject()), folder / "report.html")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.default_cases(2)
def test_a_report_opens(browser: Any, report: Path, width: int, scheme: str) -> None:
    with opened(browser, report, width, scheme) as found:
        assert found.requests == [report.as_uri()]
        assert found.runs(OVERFLOW) == 0
        assert found.runs(UNSEEN) == 0
        assert found.runs("document.querySelectorAll('svg').length") == 7
        assert found.runs(BROKEN) == 0
        assert found.runs(CUT_OFF) == []
        assert found.violations() == []
        assert found.said == []


def test_the_style_sheet_is_the_one_that_the_policy_allows(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        assert found.runs("getComputedStyle(document.querySelector('.big')).fontSize") == "72px"


def test_the_answer_is_one_key_away(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        found.page.keyboard.press("Tab")
        assert found.runs("document.activeElement.className") == "skip"
        found.page.keyboard.press("Enter")
        assert found.runs("location.hash") == "#answer"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.default_cases(1)
def test_nothing_hostile_is_run(browser: Any, hostile: Path, width: int) -> None:
    with opened(browser, hostile, width) as found:
        found.runs("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert found.requests == [hostile.as_uri()]
        assert found.said == []
        assert found.runs(OVERFLOW) == 0
        assert found.runs("document.querySelectorAll('script, img, iframe').length") == 0


def test_what_would_be_run_is_refused_by_the_policy(
    browser: Any, report: Path, tmp_path: Path
) -> None:
    """A script and a picture planted past all escaping: the second line holds alone."""
    planted = "<script>alert(1)</script><img src='https://example.org/x.png' onerror='alert(2)'>"
    text = report.read_text("utf-8").replace("</main>", f"{planted}</main>")
    file = write_page(text, tmp_path / "planted.html")
    with opened(browser, file) as found:
        assert found.loaded == [file.as_uri()]
        assert found.said
        assert all("Content Security Policy" in said for said in found.said)
