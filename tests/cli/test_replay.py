"""``relsim replay``: a story, what a change changes, a figure, JSON, and what is refused."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path

import pytest

from relsim.ensemble.opening import open_result
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import load
from relsim.simulate import Plan, simulate
from relsim.story import replay as module
from tests.cli.calling import Relsim
from tests.properties.comparing import shortened

NAME, SCENARIO = "us-russia-2021", "short.yaml"  # until the end of October 2021


@cache
def short() -> str:
    return to_yaml(shortened(load(NAME), "2021-10-31"))


@pytest.fixture(autouse=True)
def _narrow(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks as small as those of the fixture that calls the command line, and a short term."""
    Path(SCENARIO).write_text(short(), "utf-8")
    monkeypatch.setattr(module, "Plan", partial(Plan, width=128))


@pytest.fixture
def result(relsim_: Relsim) -> Path:
    """A small result that was written by the command line's own functions."""
    simulate(load(SCENARIO), 128, 64, seed=4).save("out")
    return Path("out")


def test_a_story_is_plain_text_without_a_terminal(relsim_: Relsim) -> None:
    done = relsim_("replay", SCENARIO, "--run", "12")
    assert done.exit_code == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == load(SCENARIO).title
    assert lines[1] == f"Run 12 of {NAME}: draw 12, seed 1, 32 runs a draw"
    assert "2021" in lines
    assert max(map(len, lines)) > 100, "lines are not wrapped for a file"
    for outcome in load(SCENARIO).outcomes.values():
        assert any(line.startswith(f"{outcome.title}: ") for line in lines)


def test_a_result_is_replayed_as_it_was(relsim_: Relsim, result: Path) -> None:
    done = relsim_("replay", str(result), "--run", "99", "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    ensemble = open_result(result)
    assert (record["seed"], record["runs_per_draw"], record["draw"]) == (
        4,
        2,
        ensemble.draw_of_run[99],
    )
    for name, day in zip(ensemble.outcomes, ensemble.first_day[:, 99].tolist(), strict=True):
        assert record["outcomes"][name]["day"] == day


@pytest.mark.slow
def test_seed_and_draws_name_the_same_run(relsim_: Relsim, result: Path) -> None:
    one = relsim_("replay", str(result), "--run", "99")
    other = relsim_(
        "replay", SCENARIO, "--run", "99", "--seed", "4", "--runs", "128", "--draws", "64"
    )
    assert one.stdout == other.stdout
    assert one.stdout != relsim_("replay", SCENARIO, "--run", "99", "--seed", "4").stdout


def test_a_change_shows_what_differs(relsim_: Relsim) -> None:
    done = relsim_("replay", SCENARIO, "--run", "12", "--change", "2021-07-01 US leave_new_start")
    assert done.exit_code == 0
    assert "United States is made to leave New START on 7 July 2021" in done.stdout
    assert re.search(r"^\+  7 Jul  United States: leave New START", done.stdout, re.MULTILINE)


@pytest.mark.slow
def test_a_change_is_told_in_json(relsim_: Relsim) -> None:
    in_json = relsim_(
        "replay", SCENARIO, "--run", "12", "--change", "2021-07-01 US leave_new_start", "--json"
    )
    record = json.loads(in_json.stdout)
    assert record["format"] == "relsim.replay-change/2"
    assert record["new"][0]["kind"] in ("leave_new_start", "treaty_exit_notice")


def test_a_setting_is_replayed_too(relsim_: Relsim) -> None:
    one = relsim_("replay", SCENARIO, "--run", "12", "--set", "actors.US.stake=0", "--json")
    other = relsim_("replay", SCENARIO, "--run", "12", "--json")
    assert json.loads(one.stdout)["parameters"]["actors.US.stake"] == 0
    assert json.loads(other.stdout)["parameters"]["actors.US.stake"] > 0


def test_a_figure_is_written(relsim_: Relsim) -> None:
    file = Path("figures", "one.svg")
    done = relsim_("replay", SCENARIO, "--run", "12", "--figure", str(file))
    assert done.exit_code == 0
    assert done.stderr == f"wrote {file}\n"
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--run", "32768"), "run must be from 0 to 32,767 (got 32,768)"),
        (("--run", "1", "--runs", "64", "--draws", "128"), "runs must be at least draws"),
        (("--run", "1", "--change", "tomorrow"), 'a change is "DATE ACTOR MOVE"'),
        (("--run", "1", "--change", "2021-07-01 UK hold"), "unknown actor 'UK'"),
        (("--run", "1", "--change", "2021-07-01 US accept_proposal"), "not available then"),
        (("--run", "1", "--figure", "a.jpg"), "a figure is saved as .png, .svg, .pdf"),
        (("--run", "1", "--set", "actors.US.stak=1"), "actors.US.stake"),
    ],
)
def test_mistakes_are_reported(relsim_: Relsim, words: tuple[str, ...], said: str) -> None:
    done = relsim_("replay", SCENARIO, *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_result_takes_no_settings_and_no_seed(relsim_: Relsim, result: Path) -> None:
    for words in (("--set", "actors.US.stake=0"), ("--seed", "2"), ("--draws", "64")):
        done = relsim_("replay", str(result), "--run", "1", *words)
        assert done.exit_code == 1
        assert "result" in done.stderr


def test_a_folder_that_is_no_result(relsim_: Relsim) -> None:
    Path("empty").mkdir()
    done = relsim_("replay", "empty", "--run", "1")
    assert done.exit_code == 1
    assert "is no result of relsim" in done.stderr


@pytest.mark.parametrize("words", [(), ("--run", "-1"), ("--run", "one")])
def test_a_run_must_be_named(relsim_: Relsim, words: tuple[str, ...]) -> None:
    assert relsim_("replay", SCENARIO, *words).exit_code == 2


def test_a_figure_that_cannot_be_written(relsim_: Relsim) -> None:
    Path("file").write_text("in the way", encoding="utf-8")
    done = relsim_("replay", SCENARIO, "--run", "1", "--figure", "file/one.png")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
