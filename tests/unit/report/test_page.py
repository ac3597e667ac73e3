"""The page of a report: what it says, what it may load, and what strangers' texts do in it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.errors import StoreError, UsageError
from relsim.escaping import HIDDEN, visible
from relsim.history.base_rates import base_rates
from relsim.report.reporting import page_of, write_page
from relsim.report.sections import SECTIONS, Section
from relsim.report.subject import Subject, subject_of
from tests.figures.ensembles import simulated
from tests.unit.report.pages import EVIL, Page, hostile_result, moved_by_news, only, plain

LARGEST = 500_000  # bytes
OBEYED = re.compile(f"(?!\n)[{HIDDEN}]")
BESIDE = {"news", "scores", "watch", "rare"}  # of what is given beside the result
LOADS = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping"}


def policy(page: Page) -> str:
    (found,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    return found.attributes["content"] or ""


def test_the_sections_stand_in_the_order_of_the_list() -> None:
    shown = [element.attributes["id"] for element in plain().all("section")]
    names = [section.name for section in SECTIONS]
    assert shown == [name for name in names if name not in BESIDE]


def test_the_answer_is_the_headline_of_the_result() -> None:
    ensemble = simulated()
    said = plain().by_id("answer").text
    found = ensemble.probability(ensemble.scenario.headline)
    assert f"{found.value:.0%}" in said
    assert ensemble.scenario.outcomes[ensemble.scenario.headline].title in said
    assert ensemble.scenario.outcomes[ensemble.scenario.headline].resolves in plain().words()


def test_each_outcome_has_a_row() -> None:
    said = plain().by_id("outcomes").text
    for outcome in simulated().scenario.outcomes.values():
        assert said.count(outcome.title) >= 2  # its row, and what it means
        assert " ".join(outcome.resolves.split()) in " ".join(said.split())


def test_base_rates_are_a_column_where_a_record_has_any() -> None:
    rates = base_rates(simulated().scenario)
    said = plain().by_id("outcomes").text
    assert "Base rate" in said
    for rate in rates.values():
        assert f"{rate.hits:g} of {rate.of:g}" in said
    conditional = simulated().given("freeze")
    assert (
        "Base rate"
        not in Page(page_of(Subject(conditional), only("outcomes"))).by_id("outcomes").text
    )


def test_numbers_are_counted_by_origin() -> None:
    parameters = simulated().scenario.parameters()
    said = " ".join(plain().by_id("assumptions").text.split())
    assert f"rests on {len(parameters)} numbers" in said
    counted = re.findall(r"(published|counted|fitted|judged) ?(\d+)", said)
    assert sum(int(number) for _, number in counted) == len(parameters)


def test_the_command_makes_the_same_result() -> None:
    ensemble = simulated()
    command = plain().all("pre")[0].text
    assert command == f"relsim run us-russia-2021 --runs {ensemble.runs} --draws 128 --seed 3"
    assert str(ensemble.provenance["scenario_hash"]) in plain().by_id("making").text


def test_every_figure_states_its_finding() -> None:
    page = plain()
    figures = page.all("svg")
    assert len(figures) == 7  # course, map, fan, dates, three histories
    for svg in figures:
        assert svg.attributes["role"] == "img"
        finding = page.by_id(svg.attributes["aria-labelledby"] or "")
        assert finding.tag == "figcaption"
        assert len(finding.text) > 30


def test_text_in_figures_is_text() -> None:
    assert "Relations index" in " ".join(text.text for text in plain().all("text"))


def test_headings_go_down_one_by_one() -> None:
    levels = [int(e.tag[1]) for e in plain().elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - level <= 1 for level, later in pairwise(levels))


def test_landmarks_tables_and_links() -> None:
    page = plain()
    assert [len(page.all(tag)) for tag in ("header", "main", "nav", "footer")] == [1, 1, 1, 1]
    names = [name for _, key, name in page.attributes() if key == "id"]
    assert len(names) == len(set(names))
    links = [name for tag, key, name in page.attributes() if (tag, key) == ("a", "href")]
    assert links[0] == "#answer"
    assert {link.removeprefix("#") for link in links} <= set(names)
    assert len(page.all("caption")) == len(page.all("table")) > 4
    assert {cell.attributes.get("scope") for cell in page.all("th")} == {"col", "row"}


def loading(page: Page) -> list[tuple[str, str, str]]:
    """Attributes by which a page loads, runs or leads somewhere."""
    return [
        (tag, name, value)
        for tag, name, value in page.attributes()
        if name in LOADS or name.startswith("on") or name == "style"
        or (name == "href" and not value.startswith("#"))
        or "url(" in value.replace("url(#", "")
    ]  # fmt: skip


def assert_harmless(page: Page) -> None:
    assert loading(page) == []
    bad = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "image"}
    assert not bad & {element.tag for element in page.elements}
    (style,) = page.all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy(page).startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy(page)
    assert "unsafe" not in policy(page)
    assert len(page.source.encode()) < LARGEST


def test_the_page_loads_nothing_and_allows_nothing() -> None:
    assert_harmless(plain())


def test_what_a_page_must_not_hold_is_seen() -> None:
    planted = (
        '<p style="x"></p><a href="https://x.org" onclick="y"></a><svg fill="url(data:x)"></svg>'
    )
    assert len(loading(Page(planted))) == 4


SHORT = ("question", "answer", "outcomes", "cumulative", "histories", "assumptions")


@pytest.fixture(scope="module", params=["short", pytest.param("whole", marks=pytest.mark.slow)])
def hostile_page(request: pytest.FixtureRequest) -> Page:
    sections = SECTIONS if request.param == "whole" else only(*SHORT)
    return Page(page_of(Subject(hostile_result()), sections))


def test_hostile_texts_stand_as_text(hostile_page: Page) -> None:
    assert_harmless(hostile_page)
    assert not OBEYED.search(hostile_page.source)
    shown = visible(EVIL)
    assert "\\u202e" in shown
    words = hostile_page.words()
    for name in ("question", "answer", "outcomes", "assumptions"):
        assert shown in hostile_page.by_id(name).text, name
    assert words.count(shown) > 30
    assert "49" not in words.partition("{{")[2][:8]  # no template within the template
    assert hostile_page.all("title")[0].text.startswith(shown)


def test_hostile_texts_stand_as_text_in_figures(hostile_page: Page) -> None:
    drawn = " ".join(text.text for text in hostile_page.all("text"))
    assert "<script>" in drawn
    assert not {e.tag for e in hostile_page.elements if "svg" in e.inside} & {"script", "a", "img"}


def test_a_weighted_result_says_what_is_left_out() -> None:
    base = simulated()
    weighted = replace(base, weights=np.arange(base.runs) + 1.0)
    page = Page(page_of(Subject(weighted), only("answer", "outcomes", "fan")))
    shown = {element.attributes["id"] for element in page.all("section")}
    assert {"answer", "outcomes", "left-out"} <= shown
    assert "fan" not in shown
    assert "need an unweighted ensemble" in page.by_id("left-out").text


def test_an_update_shows_how_the_news_moved_it() -> None:
    update = moved_by_news()
    scenario, move = update.scenario, update.moves[0].move
    page = Page(page_of(subject_of(update), only("news")))
    said = " ".join(page.by_id("news").text.split())
    assert "both on 6 April 2021 and on 31 May 2021" in said
    actor, spaced = scenario.actors["US"].name, move.replace("_", " ")
    assert f"Not possible in 25% of the runs: {actor}: {spaced} on 2021-04-15" in said
    assert f"{actor}: {spaced}2021-04-154.5" in said  # three cells of the table
    assert page.by_id("news-finding").tag == "figcaption"


def test_a_section_is_added_by_a_function_and_a_template() -> None:
    more = Section("question", "Once more", lambda subject: None)
    assert page_of(Subject(simulated()), (more,)).count("<section") == 0


def test_a_result_without_its_headline_is_refused() -> None:
    base = simulated()
    names = tuple(name for name in base.outcomes if name != base.scenario.headline)
    rows = [base.outcomes.index(name) for name in names]
    part = replace(base, outcomes=names, first_day=base.first_day[rows])
    with pytest.raises(UsageError, match="which the result does not hold"):
        page_of(Subject(part))


def test_files_that_are_no_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"saved as \.html \(got 'page\.pdf'\)"):
        relsim.report(simulated(), tmp_path / "page.pdf")
    (tmp_path / "link.html").symlink_to(tmp_path / "elsewhere.html")
    with pytest.raises(StoreError):
        write_page("", tmp_path / "link.html")


def test_the_same_result_gives_the_same_figures() -> None:
    first, again = (page_of(Subject(simulated()), only("fan")) for _ in range(2))
    assert first == again


@pytest.mark.slow
def test_the_same_result_gives_the_same_page() -> None:
    assert page_of(Subject(simulated())) == plain().source
