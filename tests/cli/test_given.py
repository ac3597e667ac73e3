"""``--given``, ``relsim together`` and ``relsim signposts`` on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.cli.run_command import _called
from relsim.inference.signposts.watchable import declared
from relsim.scenario.given import premise_of
from relsim.scenario.schema import load
from tests.cli.calling import SHORT, Relsim

SMALL = ("--runs", "1024", "--draws", "64", "--workers", "1")


def test_a_condition_of_ones_own_is_asked_in_the_run(relsim_: Relsim, tmp_path: Path) -> None:
    done = relsim_(
        "run", SHORT, *SMALL, "--given", "not {happened: {deed: summit, until: 2021-07-01}}",
        "--outcome", "detente", "--out", "result",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "Given not {happened: {deed: summit, until: 2021-07-01}}: " in done.stdout
    assert "relsim plot result --given given" in done.stderr
    drawn = relsim_("plot", "result", "--given", "given", "--figure", "outcomes")
    assert drawn.exit_code == 0, drawn.stderr
    assert (tmp_path / "result-given" / "outcomes.png").is_file()
    table = relsim_("together", "result", "--outcome", "new_start_in_force")
    assert table.exit_code == 0, table.stderr
    assert "If yes" in table.stdout
    whole = json.loads(relsim_("together", "result", "--json", "--given", "given").stdout)
    assert whole["format"] == "relsim.together/1"
    assert whole["given"]["of_runs"] == 1024
    refused = relsim_("together", "result", "--given", "detent")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "did you mean 'detente'" in refused.stderr


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ("happened: {deed: summit, untill: 2022-01-01}", "--given:1:26: happened.untill: "),
        ("not happened: {deed: sumit}", "--given:1:22: not.happened.deed: "),
        ("not {mean: {series: indx, below: 1}}", "--given:1:21: not.mean.series: "),
    ],
)
def test_a_mistake_in_a_condition_is_shown_at_its_column(condition: str, place: str) -> None:
    with pytest.raises(relsim.ScenarioError) as caught:
        premise_of(load("us-russia-2021"), condition)
    assert any(str(problem).startswith(place) for problem in caught.value.problems), caught.value


def test_what_is_printed_to_type_is_read_again() -> None:
    for outcomes in ({"freeze": True}, {"freeze": False}, {"freeze": False, "detente": True}):
        premise = premise_of(load("us-russia-2021"), _called(outcomes))
        assert (dict(premise.outcomes), premise.declared) == (outcomes, False)


def test_a_condition_that_leaves_too_few_says_where_all_runs_are(relsim_: Relsim) -> None:
    run = ("run", SHORT, "--given", "direct_war")
    done = relsim_(*run, "--runs", "128", "--draws", "64", "--workers", "1", "--out", "few")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "All runs are in few" in done.stderr
    precise = relsim_(*run, "--precision", "0.01")
    assert precise.exit_code == 1
    assert "give --runs in place of --precision" in precise.stderr


def test_figures_of_the_folder_that_one_is_in(
    relsim_: Relsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = relsim.simulate(SHORT, runs=128, draws=64)
    small.save(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    drawn = relsim_("plot", ".", "--given", "not direct_war", "--figure", "outcomes")
    assert drawn.exit_code == 0, drawn.stderr
    assert (tmp_path / "here-given" / "outcomes.png").is_file()


def test_drivers_given_a_condition_are_refused_with_what_is_right(relsim_: Relsim) -> None:
    for words, said in (
        (("--given", "freeze", "--ablations", "x.yaml"), "takes no claim away"),
        (("--given", "freez"), "did you mean 'freeze'"),
        (("--given", "happened: {deed: sumit}"), "--given:1:18: happened.deed: unknown deed"),
    ):
        done = relsim_("drivers", "us-russia-2021", *words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert said in done.stderr


@pytest.mark.slow
def test_drivers_given_a_condition(relsim_: Relsim, tmp_path: Path) -> None:
    words = ("drivers", "us-russia-2021", "--given", "new_arms_control_agreement", "--outcome",
             "freeze", "--runs", "16384", "--top", "2", "--workers", "1")  # fmt: skip
    done = relsim_(*words)
    assert done.exit_code == 0, done.stderr
    assert "Given A new arms-control agreement: " in done.stdout
    folder = tmp_path / "relsim-out" / "us-russia-2021-drivers-freeze-given"
    assert {file.name for file in folder.iterdir()} == {"drivers.json", "drivers.png"}
    assert json.loads((folder / "drivers.json").read_text("utf-8"))["given"]["of_runs"] == 16384


def test_signposts_are_refused_with_what_is_right(relsim_: Relsim) -> None:
    for words, said in (
        (("--by", "2022-07-01"), "give a scenario, or --from"),
        (("us-russia-2021", "--by", "2021-02-01"), "lies after 2021-04-06"),
        (("us-russia-2021", "--by", "2022-07-01", "--outcome", "detent"), "did you mean 'detente'"),
        (("--from", "nowhere", "--by", "2022-07-01", "--seed", "2"), "go with a scenario"),
        (("--from", "nowhere", "--by", "2022-07-01"), "nowhere"),
    ):
        done = relsim_("signposts", *words)
        assert done.exit_code == 1, done.stdout
        assert said in done.stderr


def test_an_update_looks_for_signposts_of_days_to_come(relsim_: Relsim) -> None:
    done = relsim_(
        "update", "us-russia-2021-prior", "--events", "us-russia-held-out", "--through",
        "2021-06-20", "--signposts", "2021-06-20",
    )  # fmt: skip
    assert (done.exit_code, done.stdout) == (1, "")
    assert "a day after --through 2021-06-20" in done.stderr


def test_a_small_update_says_what_size_is_needed(relsim_: Relsim, tmp_path: Path) -> None:
    """Of 64 draws of which eight are copies of each other: 32 different ones bear weight."""
    watched = declared(load(SHORT), date(2021, 7, 1))
    small = relsim.simulate(watched, runs=256, draws=64)
    copied = {path: np.repeat(column[::2], 2) for path, column in small.parameters.items()}
    known = {**small.provenance, "updated_through": "2021-04-20"}
    replace(small, parameters=copied, provenance=known).save(tmp_path / "news")
    done = relsim_("signposts", "--from", "news", "--by", "2021-07-01")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "of 16 effective draws on one of them" in done.stderr
    assert "(relsim update --draws 128)" in done.stderr


@pytest.mark.slow
def test_signposts_of_a_saved_update(relsim_: Relsim) -> None:
    """Seeing alone; a result that did not look for them says how to make one that does."""
    made = relsim_(
        "update", "us-russia-2021-prior", "--events", "us-russia-held-out", "--through",
        "2021-04-20", "--draws", "256", "--runs", "8", "--moves", "1", "--signposts", "2022-07-01",
        "--out", "news", "--workers", "1",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert "seen_" not in made.stdout
    assert "goodwill gesture" not in made.stdout.split("Least expected")[0]
    done = relsim_("signposts", "--from", "news", "--by", "2022-07-01", "--json")
    assert done.exit_code == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["updated_through"] == "2021-04-20"
    assert all(one["doing"] is None and one["why_not_done"] for one in record["signposts"])
    other = relsim_("signposts", "--from", "news", "--by", "2022-08-01")
    assert other.exit_code == 1
    assert "--signposts 2022-08-01" in other.stderr
