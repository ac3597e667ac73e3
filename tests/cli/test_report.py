"""``relsim report``, and the page that ``relsim run --report`` writes beside its result."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import relsim
from relsim.inference.drivers.drivers import drivers
from relsim.runs.provenance import as_json
from tests.cli.calling import SHORT, Relsim
from tests.unit.report.pages import Page, moved_by_news

SCENARIO = "us-russia-2021"
SIZE = ("--runs", "128", "--draws", "64", "--workers", "1")
PAGE = Path("result/report.html")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of some months; tests take a copy."""
    folder = tmp_path_factory.mktemp("stored") / "result"
    return Path(relsim.simulate(SHORT, runs=128, draws=64).save(folder))


@pytest.fixture
def result(relsim_: Relsim, stored: Path) -> Path:
    shutil.copytree(stored, "result")
    return Path("result")


def test_a_page_is_written_beside_the_result(relsim_: Relsim) -> None:
    result = Path("result")
    assert relsim_("run", SCENARIO, *SIZE, "--out", str(result)).exit_code == 0
    done = relsim_("report", str(result))
    assert (done.exit_code, done.stdout.strip()) == (0, str(PAGE))
    assert done.stderr == ""
    said = Page(PAGE.read_text("utf-8")).by_id("making").text
    assert f"relsim run {SCENARIO} --runs 128 --draws 64 --seed 1" in said
    assert relsim.open(result).runs == 128  # the page does no harm to the result


def test_run_writes_it_and_replace_takes_it_away(relsim_: Relsim) -> None:
    for seed in ("1", "2"):
        done = relsim_("run", SHORT, *SIZE, "--replace", "--report", "--seed", seed)
        assert done.exit_code == 0, done.stderr
        page = Path("relsim-out", SCENARIO, "report.html")
        assert done.stdout.splitlines()[-1] == f"report to hand over: {page}"
        assert f"--seed {seed}" in page.read_text("utf-8")
    assert [entry.name for entry in Path("relsim-out").iterdir()] == [SCENARIO]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report", "result", "-o", "page.pdf"), "a report is saved as .html (got 'page.pdf')"),
        (("report", "result", "--drivers", "--drivers-file", "x.json"), "give one"),
        (("report", "result", "--drivers-file", "none.json"), "none.json cannot be read"),
        (("report", "result", "--drivers-file", "result/record.json"), "is no record of"),
        (("report", "result", "--ledger", "none"), "there is no ledger none"),
        (("report", "nowhere"), "nowhere"),
        (("run", SCENARIO, "--report", "--json"), "name a folder with --out"),
    ],
    ids=lambda words: " ".join(words)[:40] if isinstance(words, tuple) else "",
)
def test_mistakes_are_said_in_a_line(
    relsim_: Relsim, result: Path, words: tuple[str, ...], says: str
) -> None:
    done = relsim_(*words)
    assert done.exit_code == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not PAGE.exists()


def test_a_saved_update_is_read(relsim_: Relsim, result: Path) -> None:
    update = moved_by_news(relsim.open(result))
    (result / "update.json").write_text(as_json(update.to_json()), "utf-8")
    assert relsim_("report", str(result), "-o", "updated.html").exit_code == 0
    said = " ".join(Page(Path("updated.html").read_text("utf-8")).by_id("news").text.split())
    assert "both on 6 April 2021 and on 31 May 2021" in said
    assert "The forecast knows what happened until 2021-05-31" in said


@pytest.mark.parametrize(
    "planted", ["[]", "{}", "not json", '{"format": "relsim.update/1", "scenario": "other"}']
)
def test_an_update_that_was_changed_is_refused(relsim_: Relsim, result: Path, planted: str) -> None:
    (result / "update.json").write_text(planted, "utf-8")
    done = relsim_("report", str(result))
    assert done.exit_code == 1
    assert "is no record that `relsim update --out` writes" in done.stderr


def test_scores_of_a_ledger_are_shown(relsim_: Relsim, result: Path) -> None:
    assert relsim_("ledger", "add", "ledger.jsonl", str(result)).exit_code == 0
    assert relsim_("report", str(result), "--ledger", "ledger.jsonl").exit_code == 0
    assert "Nothing is resolved yet" in Page(PAGE.read_text("utf-8")).by_id("scores").text


@pytest.mark.slow
def test_drivers_say_what_the_answer_depends_on(relsim_: Relsim) -> None:
    result = Path("result")
    assert relsim_("run", SCENARIO, *SIZE, "--out", str(result)).exit_code == 0
    found = drivers(SCENARIO, runs=2048, draws=1024, ablations=(), top=1)
    record = found.to_json()
    Path("drivers.json").write_text(as_json(record), "utf-8")
    done = relsim_("report", str(result), "--drivers-file", "drivers.json")
    assert done.exit_code == 0, done.stderr
    said = " ".join(Page(PAGE.read_text("utf-8")).by_id("depends").text.split())
    assert "Found by simulating the scenario anew: 2,048 histories over 1,024 sets" in said
    for name, wrong in {"scenario_hash": "0" * 64, "outcome": "detente"}.items():
        Path("drivers.json").write_text(json.dumps({**record, name: wrong}), "utf-8")
        refused = relsim_("report", str(result), "--drivers-file", "drivers.json")
        assert refused.exit_code == 1
        assert "drivers.json are of" in refused.stderr
