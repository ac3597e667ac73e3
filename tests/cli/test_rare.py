"""``relsim rare``, and ``relsim run`` where too few runs hit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from relsim.inference.rare import rarely
from relsim.scenario.files.writing import to_yaml
from tests.cli.calling import Relsim
from tests.unit.inference.climbing import climbing
from tests.unit.inference.climbing import found as climbed

SMALL = ("--runs", "1024", "--draws", "0", "--workers", "1")


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """A file of the scenario whose ladder is climbed easily."""
    (tmp_path / "climbing.yaml").write_text(to_yaml(climbing()), "utf-8")
    return "climbing.yaml"


def test_it_prints_draws_and_tells_paths(
    relsim_: Relsim, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("rare", scenario, "--outcome", "direct_war", *SMALL)
    done = relsim_(*words, "--plot", "climbs.png")
    assert done.exit_code == 0, done.stderr
    assert "Probability" in done.stdout
    assert "Effective draws" in done.stdout
    assert "Typical paths to it, by weight" in done.stdout
    assert "The escalation ladder rises (rung 6, direct war)" in done.stdout
    assert (tmp_path / "climbs.png").stat().st_size > 10_000
    monkeypatch.setattr(rarely, "rare", lambda *_, **__: climbed())  # once is enough
    told = json.loads(relsim_(*words, "--json").stdout)
    assert told["method"] == "splitting"
    assert 0 < told["mc_error"] < told["probability"] < 1
    assert told["paths"][0]["deeds"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--outcome", "direct_wars"), "did you mean 'direct_war'"),
        (("--outcome", "direct_war", "--runs", "100"), "runs must be at least 1,024"),
        (("--outcome", "detente", "--plot", "x.png"), "no path is drawn of detente"),
        ((), "Missing option '--outcome'"),
    ],
)
def test_mistakes_are_told(
    relsim_: Relsim, scenario: str, words: tuple[str, ...], told: str
) -> None:
    done = relsim_("rare", scenario, *words)
    assert done.exit_code in (1, 2)
    assert told in done.stderr.replace("\n", " ")
    assert not done.stdout


def test_run_finds_by_splitting_what_too_few_runs_hit(
    relsim_: Relsim, scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rarely, "rare", lambda *_, **__: replace(climbed(), runs=1024))
    words = ("run", scenario, "--runs", "64", "--draws", "64", "--outcome", "direct_war",
             "--workers", "1", "--json")  # fmt: skip
    assert "rare" not in json.loads(relsim_(*words).stdout)
    monkeypatch.setattr(rarely, "FROM_RUNS", 64)
    told = json.loads(relsim_(*words).stdout)
    assert told["outcomes"]["direct_war"]["hits"] < rarely.FEW_HITS
    assert told["rare"]["direct_war"]["method"] == "splitting"
    table = relsim_(*words[:-1], "--out", "result")
    assert table.exit_code == 0, table.stderr
    assert (
        "* Direct war: by splitting, 1,024 further runs, as fewer than 10 runs hit" in table.stdout
    )
    assert "Not resolved" not in table.stdout
