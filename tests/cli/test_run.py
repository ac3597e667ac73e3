"""``relsim run``: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import importlib
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relsim.ensemble.opening import open_result
from relsim.runs.chunk_result import NOT_RUN
from relsim.runs.engine import simulate_chunks
from tests.cli.calling import SHORT, Relsim
from tests.properties.comparing import SIMULATE_CHUNKS, each

SCENARIO = "us-russia-2021"
SMALL = (SHORT, "--runs", "128", "--draws", "64", "--workers", "1")


def numbers(data: Any) -> Iterator[float]:
    """All numbers in plain data."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from numbers(item)
    elif isinstance(data, float):
        yield data


def test_a_run_prints_a_table_and_writes_a_result(relsim_: Relsim) -> None:
    done = relsim_("run", *SMALL)
    assert done.exit_code == 0
    folder = Path("relsim-out", SCENARIO)
    ensemble = open_result(folder)
    lines = done.stdout.splitlines()
    for outcome in ensemble.outcomes:
        title = ensemble.scenario.outcomes[outcome].title
        assert sum(line.startswith(f"{title}  ") for line in lines) == 1
    assert "128 runs over 64 draws, seed 1" in done.stdout
    assert "health: all runs finite" in done.stdout
    assert f"wrote {folder}" in lines[-1]
    assert "\x1b" not in done.stdout
    with (folder / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["outcome"] for row in table] == list(ensemble.outcomes)
    assert float(table[0]["probability"]) == ensemble.probability(ensemble.outcomes[0]).value
    (figure,) = (folder / "figures").iterdir()
    assert figure.name == "outcomes.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["outcomes"].keys() == set(ensemble.outcomes)


def test_an_existing_folder_is_refused_before_anything_is_done(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["relsim.simulate"], "simulate", None)
    Path("mine").mkdir()
    refused = relsim_("run", *SMALL, "--out", "mine")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "mine exists already: go on with it by --resume, remove it, or name another one "
        "with --out\n"
    )
    assert list(Path("mine").iterdir()) == []


def test_json_is_one_object_on_stdout_and_nothing_is_written(relsim_: Relsim) -> None:
    done = relsim_("run", *SMALL, "--seed", "0", "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert record["format"] == "relsim.run/1"
    assert record["scenario"] == SCENARIO
    assert (record["seed"], record["runs"], record["draws"]) == (0, 128, 64)
    assert len(record["scenario_hash"]) == 64
    assert record["versions"]["relsim-ir"]
    assert record["elapsed_seconds"] > 0
    assert record["created"].endswith("+00:00")
    wanted = {"probability", "mc_error", "mc_interval_90", "interval_90", "median_date"}
    assert all(wanted <= outcome.keys() for outcome in record["outcomes"].values())
    assert all(math.isfinite(number) for number in numbers(record))
    assert list(Path().iterdir()) == []


def test_the_same_seed_gives_the_same_outcomes_and_another_does_not(relsim_: Relsim) -> None:
    first, again, other = (
        json.loads(relsim_("run", *SMALL, "--json", "--seed", seed).stdout)["outcomes"]
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_json_and_out_write_and_keep_stdout_clean(relsim_: Relsim) -> None:
    done = relsim_("run", *SMALL, "--json", "--out", "deep/down")
    assert (
        json.loads(done.stdout)["scenario_hash"]
        == (open_result("deep/down").provenance["scenario_hash"])
    )
    assert "wrote deep/down" in done.stderr


def test_chosen_outcomes_alone_are_shown(relsim_: Relsim) -> None:
    words = ("--outcome", "direct_war", "--outcome", "detente")
    record = json.loads(relsim_("run", *SMALL, "--json", *words).stdout)
    assert list(record["outcomes"]) == ["direct_war", "detente"]
    printed = relsim_("run", *SMALL, *words).stdout
    assert "Direct war" in printed
    assert "Nord Stream 2" not in printed
    assert len(open_result(f"relsim-out/{SCENARIO}").outcomes) > 2


def test_a_wish_is_rounded_up_aloud(relsim_: Relsim) -> None:
    done = relsim_("run", SHORT, "--runs", "100", "--draws", "50", "--json")
    assert done.stderr == (
        "128 runs over 64 draws: rounded up to whole batches, of 64 draws with 2 runs each\n"
    )
    assert json.loads(done.stdout)["runs"] == 128
    assert relsim_("run", *SMALL, "--json").stderr == ""


def test_a_precision_that_is_not_reached_is_no_failure(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("relsim.runs.plan")
    monkeypatch.setattr(module, "DEFAULT_RUNS", module.DEFAULT_DRAWS)  # one run a draw, to be quick
    words = ("--precision", "0.001", "--max-runs", "100", "--outcome", "detente", "--workers", "1")
    done = relsim_("run", SHORT, *words, "--json")
    assert done.exit_code == 0
    assert done.stderr == (
        "at most 128 runs: rounded up to whole batches, of 64 draws with 1 run each\n"
        "precision 0.001 not reached for detente within 128 runs\n"
    )
    record = json.loads(done.stdout)
    assert record["precision"] == {
        "outcome": "detente", "wished": 0.001, "reached": False, "max_runs": 128,
    }  # fmt: skip
    assert record["runs"] == 128
    assert list(record["outcomes"]) == ["detente"]


def test_a_setting_changes_the_scenario(relsim_: Relsim) -> None:
    plain, changed = (
        json.loads(relsim_("run", *SMALL, "--json", *words).stdout)
        for words in ((), ("--set", "actors.US.stake=9", "--set", "dyad.rivalry=2"))
    )
    assert plain["scenario_hash"] != changed["scenario_hash"]
    assert plain["outcomes"] != changed["outcomes"]


def test_failed_runs_are_counted_and_say_so_in_the_exit_code(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_failures(plan: Any, chunk: int) -> Any:
        (result,) = simulate_chunks(plan, (chunk,))
        failed = np.arange(result.first_day.shape[1]) < 3
        return replace(result, first_day=np.where(failed, NOT_RUN, result.first_day))

    monkeypatch.setattr(SIMULATE_CHUNKS, each(with_failures))
    done = relsim_("run", *SMALL)
    assert done.exit_code == 3
    assert "health: 3 of 128 runs failed" in done.stdout
    assert "done in part: 3 of 128 runs failed" in done.stderr
    assert "3 runs with a number that is not finite, the first is run 0, draw 0" in done.stderr
    assert f"relsim replay relsim-out/{SCENARIO} --run 0\n" in done.stderr
    assert open_result(f"relsim-out/{SCENARIO}").health.failed == 3
    record = json.loads(relsim_("run", *SMALL, "--json").stdout)
    assert record["failed_runs"] == 3
    assert record["outcomes"]["detente"]["runs"] == 125


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("us-rusia-2021",), 1, "did you mean 'us-russia-2021'?"),
        (
            (SCENARIO, "--outcome", "detante"),
            1,
            "unknown outcome 'detante'; did you mean 'detente'?",
        ),
        ((SCENARIO, "--set", "actors.US.staek=1"), 1, "did you mean 'actors.US.stake'?"),
        ((SCENARIO, "--runs", "9", "--draws", "64"), 1, "runs must be at least draws (64; got 9)"),
        ((SCENARIO, "--runs", "0"), 2, "'--runs': it must be positive (got 0)"),
        ((SCENARIO, "--runs", "64.5"), 2, "'--runs': it must be a whole number (got 64.5)"),
        ((SCENARIO, "--draws", "1" + 30 * "0"), 2, "'--draws': it must be at most 10,000,000,000"),
        ((SCENARIO, "--workers", "auto"), 2, "'--workers': it must be a whole number (got 'auto')"),
        ((SCENARIO, "--seed", "1e30"), 2, "'--seed': seed must be at most 9,223,372,036"),
        ((SCENARIO, "--precision", "0"), 1, "precision must be between 0 and 1 (got 0)"),
        ((SCENARIO, "--precision", ".1", "--runs", "64"), 1, "bound it by --max-runs"),
        ((SCENARIO, "--max-runs", "64"), 1, "--max-runs goes with --precision"),
        ((SCENARIO, "--seed", "one"), 2, "--seed"),
        ((SCENARIO, "--sede", "1"), 2, "--sede"),
        ((), 2, "SCENARIO"),
    ],
)
def test_a_mistake_is_reported(
    relsim_: Relsim, words: tuple[str, ...], code: int, said: str
) -> None:
    done = relsim_("run", *words)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(Path().iterdir()) == []


@pytest.mark.slow
def test_whole_numbers_may_be_written_as_floats(relsim_: Relsim) -> None:
    words = ("--runs", "1.28e2", "--draws", "64.0", "--seed", "9007199254740993", "--json")
    record = json.loads(relsim_("run", SHORT, *words, "--workers", "1").stdout)
    assert (record["runs"], record["draws"], record["seed"]) == (128, 64, 2**53 + 1)


def test_a_result_that_cannot_be_written_is_reported(relsim_: Relsim) -> None:
    Path("file").touch()
    done = relsim_("run", *SMALL, "--out", "file/inside")
    assert done.exit_code == 1
    assert "file/inside cannot be written: file is a file and no folder" in done.stderr


def test_rules_are_compared_and_stay_in_the_result(relsim_: Relsim) -> None:
    """The range is that of the library, printed in the headline and kept in the record."""
    module = sys.modules["relsim.simulate"]
    found = module.over_rules(SHORT, runs=64, draws=64)
    asked = []

    def few(scenario: Any, **given: Any) -> Any:
        asked.append(given)
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "over_rules", few)
        done = relsim_("run", *SMALL, "--rules", "--seed", "3", "--out", "ruled")
    assert done.exit_code == 0
    assert asked[0]["seed"] == 3
    lines = done.stdout.splitlines()
    title = open_result(Path("ruled")).headline.title
    assert lines[3] == title
    assert [line.partition(":")[0].strip() for line in lines[4:9]] == [
        "Probability", "Middle half over draws", "Matters most", "90% over draws",
        "Over decision rules",
    ]  # fmt: skip
    assert lines[8] == f"  Over decision rules: {found}, 64 runs under each"
    record = json.loads(Path("ruled", "record.json").read_text("utf-8"))
    assert record["headline"]["over_rules"]["rules"].keys() == set(found.probabilities)
    again = relsim_("plot", "ruled", "--figure", "outcomes", "--out", "again")
    assert again.exit_code == 0


def test_an_unresolved_headline_says_so(relsim_: Relsim) -> None:
    done = relsim_("run", SCENARIO, *SMALL[1:], "--json")
    headline = json.loads(done.stdout)["headline"]
    assert (headline["interval_50"], headline["spread"]) == (None, "under 8 runs a draw")
    assert headline["over_rules"]["runs"] == 4096  # what comes with the scenario
