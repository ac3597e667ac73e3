"""``relsim compare``: tables, JSON, files, a setting as a variant, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import pytest

from relsim.inference import paired_runs as paired
from relsim.inference.compare import compare as comparing
from relsim.inference.compare.compare import FORMAT
from relsim.runs import jobs as many
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import load
from relsim.simulate import Plan
from tests.cli.calling import Relsim
from tests.properties.comparing import OF_A_SHORT_TERM, shortened

SCENARIO, SUMMIT = "us-russia-2021", "us-russia-2021-early-summit"
PRESSURE = "us-russia-2021-maximum-pressure"
SHORT, EARLY, PRESSED = "short.yaml", "early.yaml", "pressed.yaml"  # until July 2021
SMALL = ("--runs", "64", "--draws", "64", "--workers", "1")


@cache
def short(name: str) -> str:
    """A packaged scenario until the end of July 2021, as a file of its own."""
    return to_yaml(shortened(load(name), "2021-07-31"))


@pytest.fixture(autouse=True)
def _small(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short terms in the folder, and chunks as small as those of the fixture that calls."""
    for file, name in ((SHORT, SCENARIO), (EARLY, SUMMIT), (PRESSED, PRESSURE)):
        Path(file).write_text(short(name), "utf-8")
    monkeypatch.setattr(paired, "Plan", partial(Plan, width=128))
    monkeypatch.setattr(comparing, "ATTRIBUTED", 64)


def test_a_table_for_each_variant_and_what_explains_it(relsim_: Relsim) -> None:
    done = relsim_("compare", SHORT, EARLY, PRESSED, *SMALL)
    assert done.exit_code == 0
    assert done.stderr == ""
    scenario = load(SHORT)
    for outcome in scenario.outcomes.values():
        assert done.stdout.count(f"\n{outcome.title}") >= 2
    assert f"{SUMMIT} differs in\n  calendar: 2021-04-20 US propose_summit (added)\n" in done.stdout
    assert done.stdout.count("Difference") == 4  # three tables, and the legend
    headline = scenario.outcomes[scenario.headline].title
    assert done.stdout.count(f"What explains the difference in “{headline}”:") == 2
    assert "64 runs of each over 64 draws, seed 1" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_outcome_that_is_taken_apart(relsim_: Relsim) -> None:
    done = relsim_("compare", SHORT, EARLY, "--outcome", "new_start_in_force", *SMALL)
    title = "New START in force at the end of the term"
    assert f"What explains the difference in “{title}”:" in done.stdout
    done = relsim_("compare", SHORT, EARLY, "--no-attribution", *SMALL)
    assert "What explains" not in done.stdout


def test_a_setting_is_a_variant(relsim_: Relsim) -> None:
    words = ("--set", "actors.US.stake=0.5", "--set", "actors.RU.stake=1 to 2", "--json")
    words = (*words, "--no-attribution", *SMALL)
    done = relsim_("compare", SHORT, *words)
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    (name,) = record["variants"]
    assert name == "actors.US.stake=0.5; actors.RU.stake=1 to 2"
    changed = load(SHORT, ["actors.US.stake=0.5", "actors.RU.stake=1 to 2"])
    assert record["variants"][name]["scenario_hash"] == scenario_hash(changed)
    both = json.loads(relsim_("compare", SHORT, EARLY, *words).stdout)
    assert list(both["variants"]) == [SUMMIT, name]


def test_json_has_the_shape_that_is_documented(relsim_: Relsim) -> None:
    done = relsim_("compare", SHORT, EARLY, "--json", "--seed", "3", *SMALL)
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert set(record) == {
        "format", "baseline", "scenario_hash", "seed", "chunk_width", "versions", "created",
        "custom_rules", "reproducible_from_the_file_alone", "runs", "draws", "failed_runs",
        "elapsed_seconds", "variants", "no_longer_from_posterior",
    }  # fmt: skip
    assert (record["format"], record["baseline"], record["seed"]) == (FORMAT, SCENARIO, 3)
    variant = record["variants"][SUMMIT]
    assert set(variant) == {
        "no_longer_from_posterior",
        "scenario", "scenario_hash", "lines", "left_out", "failed_runs", "outcomes",
    }  # fmt: skip
    assert list(variant["outcomes"]) == list(OF_A_SHORT_TERM)
    for outcome in variant["outcomes"].values():
        assert set(outcome) == {
            "baseline", "variant", "difference", "mc_error", "mc_interval_90", "interval_90",
            "spread", "runs", "flips", "variance_saved", "attribution",
        }  # fmt: skip
        parts = outcome["attribution"]
        assert set(parts) == {"method", "runs", "difference", "shares", "interaction"}
        assert [part["lines"] for part in parts["shares"]] == [[li] for li in variant["lines"]]
        total = sum(part["share"] for part in parts["shares"])
        assert total == pytest.approx(outcome["difference"], abs=1e-12)
    bare = json.loads(relsim_("compare", SHORT, EARLY, "--json", "--no-attribution", *SMALL).stdout)
    assert bare["variants"][SUMMIT]["outcomes"]["detente"]["attribution"] is None


def test_files_are_written(relsim_: Relsim) -> None:
    done = relsim_(
        "compare", SHORT, EARLY, PRESSED, "--out", "made/here", "--figure", "one.svg", *SMALL
    )
    assert done.exit_code == 0
    folder = Path("made/here")
    assert done.stderr.splitlines() == [
        f"wrote {folder}: comparison.csv, comparison.json, comparison.png", "wrote one.svg",
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO((folder / "comparison.csv").read_text("utf-8"))))
    record = json.loads((folder / "comparison.json").read_text("utf-8"))
    assert len(rows) == 2 * len(OF_A_SHORT_TERM)
    for row in rows:
        found = record["variants"][row["variant"]]["outcomes"][row["outcome"]]
        assert float(row["difference"]) == found["difference"]
        assert row["low_90"] == "" or float(row["low_90"]) == found["interval_90"][0]
    assert (folder / "comparison.png").stat().st_size > 10_000
    assert (
        "likelier" in Path("one.svg").read_text("utf-8") or Path("one.svg").stat().st_size > 10_000
    )
    again = relsim_("compare", SHORT, EARLY, "--out", "made/here", *SMALL)
    assert again.exit_code == 1
    assert "made/here exists already" in again.stderr


def test_runs_are_rounded_up_aloud(relsim_: Relsim) -> None:
    done = relsim_("compare", SHORT, EARLY, *SMALL, "--runs", "70", "--no-attribution")
    assert "128 runs over 64 draws: rounded up" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((SCENARIO,), f"compare {SCENARIO} with what? Name a variant"),
        ((SCENARIO, "us-russia-2021-20y"), "asks nothing that us-russia-2021 asks"),
        ((SCENARIO, "us-russia-2021-early-sumit"), "did you mean 'us-russia-2021-early-summit'"),
        (
            (SCENARIO, SUMMIT, "--outcome", "detent"),
            "unknown outcome 'detent'; did you mean 'detente'",
        ),
        ((SCENARIO, "--set", "actors.US.stak=1"), "actors.US.stake"),
        ((SCENARIO, "--set", "actors.US.stake"), "must be written PATH=VALUE"),
        ((SCENARIO, SUMMIT, "--figure", "a.jpg"), "a figure is saved as .png, .svg, .pdf"),
        ((SCENARIO, SUMMIT, "--runs", "64", "--draws", "128"), "runs must be at least draws"),
        ((SCENARIO, "missing.yaml"), "there is no file missing.yaml"),
    ],
)
def test_mistakes_are_reported(relsim_: Relsim, words: tuple[str, ...], said: str) -> None:
    done = relsim_("compare", *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_figure_that_cannot_be_written(relsim_: Relsim) -> None:
    Path("file").write_text("in the way", encoding="utf-8")
    for words in (("--figure", "file/one.png"), ("--out", "file/out")):
        done = relsim_("compare", SHORT, EARLY, *words, *SMALL)
        assert done.exit_code == 1
        assert "cannot be written" in done.stderr


def test_done_in_part_if_runs_failed(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    unchanged = many.simulate_or_fail

    def spoilt(plan: Plan, chunks: Sequence[int], given: object) -> list[object]:
        results = unchanged(plan, chunks)
        first_day = results[0].first_day.copy()  # type: ignore[union-attr]
        first_day[:, :1] = -2
        results[0] = replace(results[0], first_day=first_day)  # type: ignore[arg-type]
        return list(results)

    monkeypatch.setattr(many, "simulate_or_fail", spoilt)
    done = relsim_("compare", SHORT, EARLY, "--no-attribution", *SMALL)
    assert done.exit_code == 3
    assert "2 runs failed" in done.stdout


@pytest.mark.parametrize("words", [(), (SCENARIO, SUMMIT, "--runs", "none")])
def test_the_command_line_itself(relsim_: Relsim, words: tuple[str, ...]) -> None:
    assert relsim_("compare", *words).exit_code == 2
