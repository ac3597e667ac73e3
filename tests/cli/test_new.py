"""``relsim new``: a template that is valid, runs, and whose placeholders each have an influence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relsim.scenario.schema import load
from tests.cli.calling import Relsim

# Country codes that YAML 1.1 reads as truth values, and words that YAML 1.2 does.
PAIRS = ["IN,PK", "NO,Y", "ON,no", "true,null", "a-b,A_b", "y, N"]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.default_cases(2)
def test_what_it_writes_is_valid_and_runs(relsim_: Relsim, pair: str) -> None:
    done = relsim_("new", "my_dyad.yaml", "--actors", pair)
    assert done.exit_code == 0
    assert relsim_("check", "my_dyad.yaml").exit_code == 0
    scenario = load("my_dyad.yaml")
    assert list(scenario.actors) == [side.strip() for side in pair.split(",")]
    assert [actor.name for actor in scenario.actors.values()] == list(scenario.actors)
    assert scenario.name == "my-dyad"
    ran = relsim_("run", "my_dyad.yaml", "--runs", "64", "--draws", "64", "--json")
    assert ran.exit_code == 0
    outcomes = json.loads(ran.stdout)["outcomes"]
    assert list(outcomes) == list(scenario.outcomes)


@pytest.mark.slow
def test_every_number_has_an_influence_and_says_that_it_is_a_placeholder(relsim_: Relsim) -> None:
    relsim_("new", "mine.yaml")
    done = relsim_("sources", "mine.yaml", "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert record["dead"] == []
    for row in record["parameters"]:
        assert row["source"] == "placeholder"
        assert row["why"].startswith("placeholder: "), row
    assert len(Path("mine.yaml").read_text("utf-8").splitlines()) <= 360


def test_name_and_title_are_the_users(relsim_: Relsim) -> None:
    title = 'Norway: "quiet" & {warm} # $a – 50%'
    relsim_("new", "mine.yaml", "--name", "2030-north", "--title", title, "--actors", "NO,RU")
    scenario = load("mine.yaml")
    assert (scenario.name, scenario.title) == ("2030-north", title)


def test_a_file_is_never_overwritten(relsim_: Relsim) -> None:
    Path("mine.yaml").write_text("precious\n", encoding="utf-8")
    done = relsim_("new", "mine.yaml")
    assert done.exit_code == 1
    assert done.stderr == "mine.yaml exists already: remove it, or name another file\n"
    assert Path("mine.yaml").read_text("utf-8") == "precious\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mine.txt",), "ends in .yaml or .yml (got 'mine.txt')"),
        (("mine.yaml", "--name", "My Dyad"), "small letters, digits and hyphens"),
        (("mine.yaml", "--name", ""), "small letters, digits and hyphens"),
        (("mine.yaml", "--name", "mine\n"), "small letters, digits and hyphens"),
        (("mine.yaml", "--actors", "IN"), "takes two names with a comma"),
        (("mine.yaml", "--actors", "IN,PK,CN"), "takes two names with a comma"),
        (("mine.yaml", "--actors", "IN,IN"), "has two actors (got 'IN' twice)"),
        (("mine.yaml", "--actors", "I.N,PK"), "begins with a letter"),
        (("mine.yaml", "--actors", "1N,PK"), "begins with a letter"),
        (("mine.yaml", "--title", "one\ntwo"), "a title is one line"),
        (("mine.yaml", "--title", " "), "a title is one line"),
        (("none/mine.yaml",), "none/mine.yaml cannot be written: No such file"),
    ],
)
def test_a_slip_is_reported_and_nothing_is_written(
    relsim_: Relsim, words: tuple[str, ...], said: str
) -> None:
    done = relsim_("new", *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert list(Path().iterdir()) == []
