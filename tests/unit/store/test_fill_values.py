"""Results in which whole arrays hold nothing but what Zarr fills with: stored, and opened equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Sample
from relsim.runs.engine import simulate_chunks
from relsim.scenario.files.writing import dyad
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate
from relsim.store.arrays import chunk_files
from relsim.store.manifest import read
from tests.cli.calling import invoke
from tests.properties.comparing import SIMULATE_CHUNKS, assert_same, each, narrow
from tests.unit.store.small import small

pytestmark = pytest.mark.usefixtures("remembered")

WIDTH, RUNS = 64, 192  # three chunks, so that arrays are opened again
NO_TALKS = """schema: relsim/1
extends: d.yaml
name: notalks
moves:
  propose_talks: {rate: {IN: 0, PK: 0}}
  propose_summit: {rate: {IN: 0, PK: 0}}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dyad of the template, and the same whose leaders never meet."""
    folder = tmp_path_factory.mktemp("dyad")
    (folder / "d.yaml").write_text(dyad("d", ("IN", "PK")), "utf-8")
    (folder / "notalks.yaml").write_text(NO_TALKS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def plain(files: Path) -> dict[str, Any]:
    """The dyad as plain data, of two months, without what needs a long term."""
    data = load(files / "d.yaml").model_dump(by_alias=True, mode="json")
    del data["outcomes"]["thaw"]
    ends = {"end": "2027-03-01", "known_until": "2027-01-01"}
    actors = {name: actor | {"elections": []} for name, actor in data["actors"].items()}
    short = {"horizon": data["horizon"] | ends, "actors": actors}
    return data | short | {"headline": "war", "calendar": [], "forecasts": {}}


def without_moves(plain: dict[str, Any], *names: str) -> Scenario:
    """The dyad without some moves; without any of its moves if none is named."""
    moves = {
        name: move | {"rate": dict.fromkeys(move["rate"], 0)}
        if move.get("rate") and (not names or name in names)
        else move
        for name, move in plain["moves"].items()
    }
    return Scenario.model_validate(plain | {"moves": moves})


def of_days(plain: dict[str, Any], days: int) -> Scenario:
    """The dyad for a few days."""
    return Scenario.model_validate(
        plain | {"horizon": plain["horizon"] | {"end": f"2027-01-{1 + days:02}"}}
    )


SCENARIOS: dict[str, Callable[[dict[str, Any]], Scenario]] = {
    "no talks": lambda p: without_moves(p, "propose_talks", "propose_summit"),
    "no summit": lambda p: without_moves(p, "propose_summit"),
    "no move at all": without_moves,
    "two days": lambda p: of_days(p, 2),
    "five days": lambda p: of_days(p, 5),
    "a week": lambda p: of_days(p, 7),
    "eight days": lambda p: of_days(p, 8),
    "a fortnight": lambda p: of_days(p, 15),
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("log_all", [False, True])
@pytest.mark.default_cases(1)
def test_a_scenario_in_which_little_happens_is_stored(
    name: str, log_all: bool, plain: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, WIDTH)
    scenario = SCENARIOS[name](plain)
    stored = simulate(scenario, RUNS, 64, folder=tmp_path / "result", log_all=log_all)
    alone = simulate(scenario, RUNS, 64, log_all=log_all)
    assert_same(stored, alone)
    assert relsim.open(tmp_path / "result") == stored == alone
    assert relsim.open(alone.save(tmp_path / "saved")) == alone


@pytest.mark.slow
def test_leaders_who_never_meet_by_the_command(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", str(files / "notalks.yaml"), "--runs", "64", "--draws", "64", "--out", "r"]
    done = invoke(*words)
    assert done.exit_code == 0, done.output
    opened = relsim.open("r")
    assert not opened.joint_counts.any()
    assert opened == simulate(load(files / "notalks.yaml"), 64, 64)


def test_a_run_that_is_gone_on_with_writes_chunks_of_nothing_but_fill(
    plain: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrays are opened anew then, by a process that did not create them."""
    narrow(monkeypatch, WIDTH)
    scenario, folder = without_moves(plain, "propose_talks", "propose_summit"), tmp_path / "result"

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scenario, RUNS, 64, folder=folder, progress=interrupt)
    assert simulate(scenario, RUNS, 64, folder=folder, resume=True) == relsim.open(folder)
    store = folder / "result.zarr"
    for chunk in read(folder).chunks:
        assert all((store / name).is_file() for name in chunk_files(store, chunk))


def all_fill(name: str) -> Ensemble:
    """An ensemble one of whose arrays holds nothing but fill."""
    base = small()
    if name in ("move_counts", "joint_counts"):
        return replace(base, **{name: np.zeros_like(getattr(base, name))})
    if name == "quantities":
        nothing = {key: np.full_like(values, np.nan) for key, values in base.quantities.items()}
        return replace(base, quantities=nothing)
    if name == "parameters":
        return replace(base, parameters={key: np.zeros(base.draws) for key in base.parameters})
    sample = base.sample
    series = {key: np.zeros_like(values) for key, values in sample.series.items()}
    kept = Sample(sample.runs[:1] * 0, {k: v[:, :1] for k, v in series.items()},
                  np.zeros_like(sample.log[:3]), sample.words)  # fmt: skip
    return replace(base, sample=kept)


@pytest.mark.parametrize(
    "name",
    ["move_counts", "joint_counts", "quantities", "parameters", "sample"],
)
@pytest.mark.default_cases(3)
def test_any_array_may_hold_nothing_but_fill(name: str, tmp_path: Path) -> None:
    ensemble = all_fill(name)
    assert relsim.open(ensemble.save(tmp_path / "result")) == ensemble


def test_a_chunk_all_of_whose_runs_failed_is_stored(
    plain: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def altered(plan: Plan, chunk: int) -> ChunkResult:
        true = simulate_chunks(plan, (chunk,))[0]
        if chunk != 1:
            return true
        nothing = {name: np.full_like(v, np.nan) for name, v in true.quantities.items()}
        return replace(true, first_day=np.full_like(true.first_day, NOT_RUN), quantities=nothing)

    narrow(monkeypatch, WIDTH)
    monkeypatch.setattr(SIMULATE_CHUNKS, each(altered))
    stored = simulate(of_days(plain, 15), RUNS, 64, folder=tmp_path / "result")
    assert str(stored.health) == "64 of 192 runs failed"
    assert relsim.open(tmp_path / "result") == stored
