"""``relsim score`` and ``relsim ledger``, from a run to the score of a corrected answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import relsim
from tests.cli.calling import Relsim
from tests.unit.inference.records import answers, outcome, record, written
from tests.unit.inference.test_corp import simulated

DETENTE = "scenario: us-russia-2021, outcome: signs_of_detente, answer: no, on: 2025-01-19"
PIPELINE = "scenario: us-russia-2021, outcome: nord_stream_2_completed, answer: 2021-09-06"
MEETINGS = "scenario: us-russia-2021, quantity: leaders_meetings, answer: 1"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a run; tests take a copy."""
    folder = tmp_path_factory.mktemp("ran") / "first"
    return Path(relsim.simulate("us-russia-2021", runs=128, draws=64).save(folder))


@pytest.fixture
def ran(relsim_: Relsim, stored: Path) -> Relsim:
    """With the result of a run in the folder `first`."""
    shutil.copytree(stored, "first")
    return relsim_


def test_a_result_is_scored_beside_every_reference(ran: Relsim, tmp_path: Path) -> None:
    answers(tmp_path / "answers.yaml", DETENTE, PIPELINE, MEETINGS)
    (tmp_path / "crowd.yaml").write_text(
        "schema: relsim.crowd/1\ncrowds:\n  - scenario: us-russia-2021\n"
        "    outcome: nord_stream_2_completed\n    series: {2021-04-01: 0.8}\n"
    )
    done = ran("score", "first", "--resolutions", "answers.yaml", "--crowd", "crowd.yaml")
    assert done.exit_code == 0
    tables = done.stdout.split("\n\n")
    assert tables[0].startswith("Question")
    assert tables[1].startswith("Quantity")
    for name in ("one half", "base rate", "EW4", "status quo", "author", "crowd"):
        assert f"\n{name} " in tables[2], name
    assert all(len(line) <= 80 for table in tables[:-1] for line in table.splitlines())
    assert "Early: 1 forecast" in tables[-1]
    data = json.loads(ran("score", "first", "--resolutions", "answers.yaml", "--json").stdout)
    assert data["format"] == "relsim.score/1"
    by_name = {one["outcome"]: one for one in data["outcomes"]}
    asked = json.loads(Path("first/record.json").read_text("utf-8"))["outcomes"]
    for name, happened in (("signs_of_detente", 0), ("nord_stream_2_completed", 1)):
        p = asked[name]["probability"]
        assert by_name[name]["marks"]["brier"] == pytest.approx((p - happened) ** 2)
        assert by_name[name]["references"]["author"]["probability"] == asked[name]["author"]
    assert by_name["nord_stream_2_completed"]["answered"] == "2021-09-06"


def test_the_record_alone_has_the_packaged_scenario_if_that_is_unchanged(ran: Relsim) -> None:
    answers(Path("answers.yaml"), DETENTE)
    data = json.loads(Path("first/record.json").read_text("utf-8"))
    words = ("--resolutions", "answers.yaml")
    whole = ran("score", str(written(Path("same.json"), data)), *words)
    assert "\nstatus quo " in whole.stdout
    data["scenario_hash"] = "0" * 64
    other = ran("score", str(written(Path("other.json"), data)), *words)
    assert "\nstatus quo " not in other.stdout
    assert "No base rate or status quo for us-russia-2021" in other.stdout


def test_a_mistake_is_one_message(ran: Relsim) -> None:
    answers(Path("wrong.yaml"), DETENTE.replace("signs_of_detente", "sign_of_detente"))
    done = ran("score", "first", "--resolutions", "wrong.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "wrong.yaml:3:41: resolutions.0.outcome: unknown outcome 'sign_of_detente'; did you mean "
        "'signs_of_detente'?\n"
    )
    for words, said in (
        (("score", "first", "--resolutions", "none.yaml"), "none.yaml:1:1: cannot be read"),
        (("score", "nowhere", "--resolutions", "wrong.yaml"), "nowhere cannot be read"),
        (("ledger", "list", "nowhere"), "there is no ledger nowhere"),
        (("ledger", "resolve", "nowhere", "--resolutions", "wrong.yaml"), "there is no ledger"),
    ):
        failed = ran(*words)
        assert failed.exit_code == 1
        assert said in failed.stderr
        assert len(failed.stderr.splitlines()) == 1


def test_three_forecasts_are_kept_resolved_corrected_and_scored(ran: Relsim) -> None:
    records = [
        str(written(Path(f"{name}.json"), record({"x": outcome(p)}, name)))
        for name, p in (("one", 0.25), ("two", 0.5))
    ]
    assert ran("ledger", "add", "kept.jsonl", "first", *records).exit_code == 0
    answers(
        Path("answers.yaml"), DETENTE, "scenario: one, outcome: x, answer: no",
        "scenario: two, outcome: x, answer: no",
    )  # fmt: skip
    added = ran("ledger", "resolve", "kept.jsonl", "--resolutions", "answers.yaml")
    assert added.stdout.startswith("3 entries added, 6 in all; last hash ")
    answers(Path("mended.yaml"), "scenario: two, outcome: x, answer: yes")
    refused = ran("ledger", "resolve", "kept.jsonl", "--resolutions", "mended.yaml")
    assert refused.exit_code == 1
    assert "two, x: entry 6 answers no, now yes" in refused.stderr
    words = ("--resolutions", "mended.yaml", "--correct", "A late report.")
    assert ran("ledger", "resolve", "kept.jsonl", *words).exit_code == 0
    listed = ran("ledger", "list", "kept.jsonl")
    assert "7      " in listed.stdout
    assert "x: yes (for entry 6: A late report.)" in listed.stdout
    data = json.loads(ran("ledger", "list", "kept.jsonl", "--json").stdout)
    assert [e["kind"] for e in data["entries"]] == ["record"] * 3 + ["resolution"] * 3 + [
        "correction"
    ]
    assert data["last_hash"] in listed.stdout
    scores = json.loads(ran("ledger", "score", "kept.jsonl", "--json").stdout)
    found = {one["scenario"]: one["marks"]["brier"] for one in scores["outcomes"]}
    assert (found["one"], found["two"]) == (0.0625, 0.25)
    assert ran("ledger", "score", "kept.jsonl").stdout.startswith("Question")


def test_a_broken_chain_is_reported_with_its_place(relsim_: Relsim) -> None:
    place = str(written(Path("record.json"), record({"x": outcome(0.25)})))
    relsim_("ledger", "add", "kept.jsonl", place)
    answers(Path("answers.yaml"), "scenario: planted, outcome: x, answer: no")
    relsim_("ledger", "resolve", "kept.jsonl", "--resolutions", "answers.yaml")
    kept = Path("kept.jsonl")
    kept.write_text(kept.read_text("utf-8").replace("0.25", "0.05"), "utf-8")
    for command in ("list", "score"):
        done = relsim_("ledger", command, "kept.jsonl")
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith("kept.jsonl:3: the chain is broken: the SHA-256 of line 2 is")


def test_reliability_is_drawn_from_twenty_forecasts_on(relsim_: Relsim) -> None:
    said, happened = simulated(1)
    names = [f"q{k}" for k in range(200)]
    few = record({name: outcome(float(p)) for name, p in zip(names, said, strict=True)})
    place = str(written(Path("record.json"), few))
    lines = [
        f"scenario: planted, outcome: {name}, answer: {'yes' if y else 'no'}"
        for name, y in zip(names, happened, strict=True)
    ]
    answers(Path("few.yaml"), *lines[:19])
    refused = relsim_("score", place, "--resolutions", "few.yaml", "--plot", "r.png")
    assert refused.exit_code == 1
    assert "needs 20 resolved forecasts of outcomes (got 19)" in refused.stderr
    answers(Path("all.yaml"), *lines)
    done = relsim_("score", place, "--resolutions", "all.yaml", "--plot", "r.png")
    assert done.exit_code == 0
    assert done.stderr == "wrote r.png\n"
    assert Path("r.png").stat().st_size > 10_000
    assert "Miscalibration" in done.stdout
