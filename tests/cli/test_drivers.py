"""``relsim drivers``: tables, JSON, a folder with figures, and mistakes reported in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.calling import SHORT, Relsim
from tests.unit.inference.small_drivers import CLAIMS, small_chunks

SCENARIO = "us-russia-2021"
QUICK = ("--runs", "2048", "--top", "1", "--workers", "1")
WRONG = """\
schema: relsim.ablations/1
scenario: us-russia-2021
ablations:
  C12: {off: No stake, set: {actors.US.staek: 0}}
"""


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_chunks():
        yield


@pytest.mark.slow
def test_tables_record_and_figures(relsim_: Relsim) -> None:
    Path("claims.yaml").write_text(CLAIMS, encoding="utf-8")
    done = relsim_("drivers", SCENARIO, *QUICK, "--ablations", "claims.yaml")
    assert done.exit_code == 0, done.stderr
    printed = done.stdout
    assert "Signs of détente in the second half of the term: ." in printed
    assert re.search(r"\nUS–Russian rivalry +\.\d+ \(", printed)
    assert "of that variance, chance within a draw the rest" in printed
    assert "control: each run chooses by another run's belief" in printed
    assert re.search(r"\nplacebo +Nothing is otherwise +0 ", printed)
    folder = Path("relsim-out/us-russia-2021-drivers-signs_of_detente")
    assert {file.name for file in folder.iterdir()} == {"drivers.json", "drivers.png", "claims.png"}
    record = json.loads((folder / "drivers.json").read_text("utf-8"))
    assert record["indices"][0]["parameter"] == "dyad.rivalry"
    again = relsim_("drivers", SCENARIO, *QUICK)
    assert again.exit_code == 1
    assert "exists already" in again.stderr


@pytest.mark.slow
def test_json_is_the_record_and_nothing_is_written(relsim_: Relsim) -> None:
    done = relsim_("drivers", SCENARIO, *QUICK, "--no-ablations", "--json", "--seed", "7",
                   "--outcome", "detente", "--set", "dyad.rivalry=0")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    printed = json.loads(done.stdout)
    assert (printed["format"], printed["outcome"], printed["seed"]) == (
        "relsim.drivers/1",
        "detente",
        7,
    )
    assert (printed["runs"], printed["draws"], printed["ablations"]) == (2048, 1024, [])
    assert "dyad.rivalry" not in [row["parameter"] for row in printed["indices"]]
    assert list(Path().iterdir()) == []


def test_a_scenario_without_a_list_says_so(relsim_: Relsim) -> None:
    mine = Path(SHORT).read_text("utf-8").replace(f"\nname: {SCENARIO}\n", "\nname: mine\n")
    Path("mine.yaml").write_text(mine, "utf-8")
    done = relsim_("drivers", "mine.yaml", *QUICK, "--json", "--outcome", "direct_war")
    assert done.exit_code == 0
    assert "has no list of ablations, see --ablations" in done.stderr


@pytest.mark.slow
def test_rounding_is_reported(relsim_: Relsim) -> None:
    done = relsim_("drivers", SCENARIO, "--runs", "2049", "--top", "0", "--no-ablations", "--json")
    assert done.exit_code == 0
    assert "2,176 runs over 1,088 draws: rounded up" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--outcome", "signs_of_detent"], "did you mean 'signs_of_detente'?"),
        (["--runs", "100"], "indices need 1,024 draws at least"),
        (["--draws", "64"], "indices need 1,024 draws at least"),
        (["--ablations", "none.yaml"], "there is no file none.yaml"),
        (["--ablations", "us-rusia-2021"], "did you mean 'us-russia-2021'?"),
        (["--ablations", "wrong.yaml"], "wrong.yaml:4:"),
        (["--ablations", "wrong.yaml"], "did you mean 'actors.US.stake'?"),
        (["--ablations", "wrong.yaml", "--no-ablations"], "contradict each other"),
        (["--set", "actors.US.staek=1"], "did you mean 'actors.US.stake'?"),
        (["--out", "."], "exists already"),
    ],
)
def test_mistakes_are_reported_before_anything_is_simulated(
    relsim_: Relsim, words: list[str], message: str
) -> None:
    Path("wrong.yaml").write_text(WRONG, encoding="utf-8")
    done = relsim_("drivers", SCENARIO, *words)
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stdout == ""
