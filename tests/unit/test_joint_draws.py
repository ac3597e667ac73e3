"""Joint draws in a file beside a scenario: read, drawn from, overruled, stored, refused."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.errors import ScenarioError, SimulationError
from relsim.inference.replay import replay
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.joint import draws_text, held_jointly
from relsim.scenario.reading import load
from relsim.scenario.schema import Scenario
from relsim.worlds.columns import parameter_columns, parameter_draws
from relsim.worlds.draws import DRAWS_PER_BATCH

BASE = "us-russia-2021"
STAKE, GAIN = "actors.US.stake", "actors.US.gain"


@cache
def base() -> Scenario:
    return load(BASE)


def distributions(*paths: str) -> dict[str, str]:
    parameters = base().parameters()
    return {path: str(parameters[path].distribution) for path in paths}


def write(
    folder: Path, rows: Sequence[str], columns: dict[str, str] | None = None, **keys: str
) -> Path:
    """A scenario with joint draws of two parameters."""
    folder.mkdir(exist_ok=True)
    text = draws_text(distributions(STAKE, GAIN) if columns is None else columns, list(rows))
    (folder / "posterior.draws.csv").write_text(text, encoding="utf-8")
    entry = {
        "file": "posterior.draws.csv",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    } | keys
    lines = ["schema: relsim/1", f"extends: {BASE}", "draws:"]
    lines += [f'  {key}: "{value}"' for key, value in entry.items()]
    file = folder / "posterior.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


ROWS = ("0.5,1.25,0.5", "0.25,2.5,-0.5", "0.25,4.5,-1.5")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path, ROWS)


def test_parameters_come_from_the_rows_together(file: Path) -> None:
    scenario = load(file)
    assert held_jointly(scenario) == (STAKE, GAIN)
    drawn = parameter_draws(scenario, 1, range(16))
    pairs = np.stack([drawn[STAKE], drawn[GAIN]], axis=1)
    rows, counts = np.unique(pairs, axis=0, return_counts=True)
    np.testing.assert_array_equal(rows, [[1.25, 0.5], [2.5, -0.5], [4.5, -1.5]])
    # Stratified: each batch of 64 has its 32, 16 and 16 draws, one more or less.
    np.testing.assert_allclose(counts, [512, 256, 256], atol=16)
    others = parameter_draws(base(), 1, range(16))
    for path in others.keys() - {STAKE, GAIN}:
        np.testing.assert_array_equal(drawn[path], others[path])


def test_columns_are_the_draws_and_batches_have_prefixes(file: Path) -> None:
    scenario = load(file)
    drawn = parameter_draws(scenario, 3, range(4))
    of_run = np.array([0, 200, 64, 65, 200])
    columns = parameter_columns(scenario, 3, of_run)
    assert list(columns) == list(scenario.parameters())
    for path, column in columns.items():
        np.testing.assert_array_equal(column, drawn[path][of_run].astype(np.float32))
    fewer = parameter_draws(scenario, 3, range(2))
    np.testing.assert_array_equal(fewer[STAKE], drawn[STAKE][: 2 * DRAWS_PER_BATCH])
    assert (parameter_draws(scenario, 4, range(4))[STAKE] != drawn[STAKE]).any()


@pytest.mark.parametrize("number", ["0.5", "0.5 to 9"])
def test_a_number_set_later_wins(file: Path, number: str) -> None:
    for scenario in (
        load(file, [f"{STAKE}={number}"]),
        load(file).vary({STAKE: number}),
        load(_extending(file, number)),
    ):
        assert held_jointly(scenario) == (GAIN,)
        drawn = parameter_draws(scenario, 1, range(1))
        alone = parameter_draws(base().vary({STAKE: number}), 1, range(1))
        np.testing.assert_array_equal(drawn[STAKE], alone[STAKE])
        assert set(drawn[GAIN]) == {0.5, -0.5, -1.5}


def _extending(file: Path, number: str) -> Path:
    """A variant in the folder above, so that the draws lie below it."""
    above = file.parent.parent / f"variant-of-{file.parent.name}.yaml"
    above.write_text(
        f"schema: relsim/1\nextends: {file.parent.name}/{file.name}\n"
        f"actors: {{US: {{stake: {{value: {number}}}}}}}\n",
        encoding="utf-8",
    )
    return above


def test_the_hash_covers_the_draws(tmp_path: Path) -> None:
    one, other = (
        scenario_hash(load(write(tmp_path / name, rows)))
        for name, rows in (("a", ROWS), ("b", ROWS[:2]))
    )
    assert one != other != scenario_hash(base())


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    from functools import partial

    module = sys.modules[relsim.simulate.__module__]
    monkeypatch.setattr(module, "Plan", partial(module.Plan, width=128))


@pytest.mark.usefixtures("small_chunks")
def test_a_result_carries_its_draws(file: Path, tmp_path: Path) -> None:
    ensemble = relsim.simulate(load(file), runs=256, draws=64, folder=tmp_path / "result")
    file.with_name("posterior.draws.csv").unlink()
    opened = relsim.open(tmp_path / "result")
    assert opened == ensemble
    assert set(opened.parameters[STAKE]) == {1.25, 2.5, 4.5}
    story = replay(opened, run=200)
    assert story.run == 200
    varied = opened.scenario.vary({GAIN: 0})
    assert held_jointly(varied) == (STAKE,)
    (tmp_path / "result" / "draws.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(relsim.StoreError, match=r"draws\.csv was changed"):
        relsim.open(tmp_path / "result")


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_workers_draw_the_same(file: Path) -> None:
    scenario = load(file)
    one, two = (relsim.simulate(scenario, 256, 64, workers=workers) for workers in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"sha256": "0" * 64}, "draws.sha256: posterior.draws.csv is not the file that was meant"),
        ({"file": "none.csv"}, "draws.file: there is no file 'none.csv' beside this one"),
        ({"file": "../posterior.csv"}, "draws.file: must be in the folder of this file or below"),
        ({"file": "/etc/hostname"}, "draws.file: must be in the folder of this file or below"),
        ({"file": "posterior.yaml"}, "draws.file: must be a file of draws that ends in .csv"),
        ({"sha256": "abc"}, "draws.sha256: "),
    ],
)
def test_a_wrong_entry_has_its_place(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(write(tmp_path, ROWS, **keys))
    assert said in str(caught.value)
    assert "posterior.yaml:" in str(caught.value)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside.csv"
    file = write(inside, ROWS)
    (inside / "posterior.draws.csv").rename(outside)
    os.symlink(outside, inside / "posterior.draws.csv")
    with pytest.raises(ScenarioError, match="must be in the folder"):
        load(file)


@pytest.mark.parametrize(
    ("columns", "rows", "said"),
    [
        ({"actors.US.steak": "normal(0, 1)"}, ["1,0.5"], "'actors.US.steak', which is no par"),
        (None, ["1,0.5"], None),
        (None, ["1,0.5,nan"], None),
        (None, ["-1,0.5,1"], None),
        (None, ["0,0.5,1"], None),
        (None, ["1,0.5,one"], None),
    ],
)
def test_a_file_that_holds_something_else_is_refused(
    tmp_path: Path, columns: dict[str, str] | None, rows: list[str], said: str | None
) -> None:
    file = write(tmp_path, rows, columns)
    if said:
        with pytest.raises(ScenarioError, match=said):
            load(file)
    else:
        with pytest.raises(SimulationError, match=r"posterior\.draws\.csv (is no|cannot be read)"):
            relsim.simulate(load(file), runs=64, draws=64)


@pytest.mark.parametrize("text", ["", "weight\n", "a,b\nc\n", "weight,weight\n,\n1,1\n"])
def test_a_file_without_a_head_is_refused(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, ROWS)
    (tmp_path / "posterior.draws.csv").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    file.write_text(
        f"schema: relsim/1\nextends: {BASE}\n"
        f'draws: {{file: posterior.draws.csv, sha256: "{digest}"}}\n',
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="is no file of draws that relsim wrote"):
        load(file)


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relsim.scenario.joint.LARGEST_DRAWS", 20)
    with pytest.raises(ScenarioError, match="at most 0 MB"):
        load(write(tmp_path, ROWS))


def test_draws_changed_behind_a_scenario_are_seen(file: Path) -> None:
    from relsim.worlds.joint import _table

    scenario = load(file)
    assert isinstance(scenario, Scenario)
    _table.cache_clear()
    file.with_name("posterior.draws.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(SimulationError, match="was changed since the scenario was read"):
        relsim.simulate(scenario, runs=64, draws=64)
