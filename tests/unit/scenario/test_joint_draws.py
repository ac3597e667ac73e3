"""Joint draws in a file beside a scenario: read, drawn from, overruled, stored, refused."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import relsim
from relsim.errors import ScenarioError, SimulationError
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.diff import lines_of, mixed
from relsim.scenario.fields.values import Number
from relsim.scenario.files.joint_draws import draws_text
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.relative import held_jointly
from relsim.scenario.schema import Scenario, load
from relsim.story.replay import replay
from relsim.worlds.parameters import parameter_columns, parameter_draws
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

pytestmark = pytest.mark.usefixtures("remembered")

BASE = "us-russia-2021-prior"
REVIEWS, SHARE = "actors.US.review_every", "actors.US.trust"
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


PRIOR = load(BASE).parameters()[STAKE].text.removesuffix(" log-odds")


@pytest.mark.parametrize("number", ["0.5", "0.5 to 9", PRIOR])
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


@pytest.mark.slow
def test_what_is_set_later_is_remembered(file: Path, tmp_path: Path) -> None:
    scenario = load(file, [f"{STAKE}={PRIOR}"])
    assert scenario_hash(scenario) != scenario_hash(load(file))
    written = file.with_name("shown.yaml")
    written.write_text(to_yaml(scenario), encoding="utf-8")
    copies = (
        scenario.vary({"title": "Another"}),
        scenario.with_outcome("asked", {"happened": {"deed": "summit"}}),
        load(written),
        load(_extending(file, PRIOR)).vary({"actors.RU.stake.why": "a reason is no number"}),
        pickle.loads(pickle.dumps(scenario)),
    )
    for copy in copies:
        assert held_jointly(copy) == (GAIN,)
    ensemble = relsim.simulate(scenario, runs=64, draws=64)
    ensemble.save(tmp_path / "result")
    opened = relsim.open(tmp_path / "result")
    assert opened == ensemble
    assert held_jointly(opened.scenario) == (GAIN,)


def test_a_reason_or_another_parameter_takes_nothing_from_the_draws(file: Path) -> None:
    settings = [f"{STAKE}.why=new words", "actors.RU.stake=0.5", "title=Another"]
    assert held_jointly(load(file, settings)) == (STAKE, GAIN)


def test_a_number_beside_the_draws_wins_and_one_before_them_does_not(file: Path) -> None:
    folder = file.parent
    middle = folder / "middle.yaml"
    middle.write_text(
        f"schema: relsim/1\nextends: {BASE}\nactors: {{US: {{stake: {PRIOR}}}}}\n", "utf-8"
    )
    after = file.read_text("utf-8").replace(BASE, "middle.yaml")
    file.write_text(after, "utf-8")
    assert held_jointly(load(file)) == (STAKE, GAIN)
    file.write_text(after + f"actors: {{US: {{stake: {PRIOR}}}}}\n", "utf-8")
    assert held_jointly(load(file)) == (GAIN,)
    draws = file.with_name("posterior.draws.csv").name
    again = load(file).vary({"draws.file": draws})
    assert held_jointly(again) == (STAKE, GAIN)  # the draws are set later


def test_a_list_of_what_was_set_later_is_checked(tmp_path: Path) -> None:
    file = write(tmp_path, ROWS)
    text = file.read_text("utf-8")
    file.write_text(text + "  set_later: [actors.US.steak]\n", "utf-8")
    with pytest.raises(ScenarioError, match="unknown column of the draws 'actors.US.steak'; did"):
        load(file)
    file.write_text(text + f"  set_later: [{STAKE}]\n", "utf-8")
    assert held_jointly(load(file)) == (GAIN,)


@pytest.mark.slow
def test_two_scenarios_that_differ_in_who_draws_a_number_differ_in_a_line(file: Path) -> None:
    one, other = load(file), load(file, [f"{STAKE}={PRIOR}"])
    (line,) = lines_of(one, other)
    assert line.path == STAKE
    assert line.before.endswith("(from the joint draws)")
    assert line.after.endswith("(set after the joint draws)")
    assert held_jointly(mixed(one, other, {line})) == (GAIN,)
    assert held_jointly(mixed(one, other, ())) == (STAKE, GAIN)
    two = load(file, [f"{STAKE}=0.5", "actors.RU.stake=2"])
    found = relsim.compare(one, two, runs=64, draws=64)
    (variant,) = found.variants.values()
    assert len(variant.lines) == 2


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
@pytest.mark.slow
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
        ({REVIEWS: "28"}, ["1,28"], f"'{REVIEWS}', which cannot vary: it is one number in all"),
        ({SHARE: "0.5"}, ["1,0.5", "1,-1"], rf":4:3: {SHARE}: must be positive or zero \(got -1"),
        ({SHARE: "0.5"}, ["1,1.5"], rf":3:3: {SHARE}: must be at most 1 \(got 1.5"),
        (None, ["0.25,0.5,1", "0.25,0.5,1e39"], f":4:10: {GAIN}: must be a number that float32"),
        (None, ["1,0.5"], r":3:1: must have 3 numbers, one a column \(got 2"),
        (None, ["1,0.5,1", "", "1,0.5,1"], r":4:1: must have 3 numbers, one a column \(got 1"),
        (None, ["1,0.5,1", "# 1,2,3"], r":4:1: must be a finite number \(got '# 1'"),
        (None, ["1,0.5,nan"], r":3:7: must be a finite number \(got 'nan'"),
        (None, ["1,0.5,1e999"], r":3:7: must be a finite number"),
        (None, ["1,0.5,1", "-1,0.5,1"], r":4:1: a weight must not be negative \(got -1"),
        (None, ["0,0.5,1"], ": the sum of all weights must be positive"),
        (None, ["1e308,0.5,1"] * 2, ": the sum of all weights must be positive and finite"),
        (None, ["1,0.5,one"], r":3:7: must be a finite number \(got 'one'"),
        (None, [], "posterior.draws.csv holds no draws"),
    ],
)
@pytest.mark.default_cases(5)
def test_a_file_that_holds_something_else_is_refused(
    tmp_path: Path, columns: dict[str, str] | None, rows: list[str], said: str
) -> None:
    file = write(tmp_path, rows, columns)
    with pytest.raises(ScenarioError, match=said) as caught:
        load(file)
    assert "draws.file: " in str(caught.value)


@pytest.mark.parametrize("unit", ["share", "1", "days"])
def test_many_numbers_are_judged_as_one_is(unit: str) -> None:
    for bounds in ({}, {"positive": True}, {"minimum": -2.0, "maximum": 3.0}, {"whole": True}):
        number = Number(unit, **bounds)
        tried = np.array([-1e39, -2.5, -2, -1, -1e-9, 0, 1e-9, 0.5, 1, 1.5, 2, 3.5, 1e30])
        for value, refused in zip(tried, number.refused(tried), strict=True):
            try:
                number.parse(float(value))
                alone = abs(value) > 3.5e38
            except ValueError:
                alone = True
            assert refused == alone, (value, bounds)
            assert not refused or "must be" in number.refusal(float(value))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_or_a_device_is_no_file_of_draws(tmp_path: Path) -> None:
    file = write(tmp_path, ROWS)
    data = load(file).model_dump(mode="json", exclude_none=True)
    draws = tmp_path / "posterior.draws.csv"
    draws.unlink()
    os.mkfifo(draws)
    with pytest.raises(ScenarioError, match="draws.file: is no file"):
        load(file)
    for place in (draws, Path("/dev/zero"), tmp_path):
        with pytest.raises(ValidationError, match="is no file"):
            Scenario.model_validate(data, context={"draws": place})


def test_more_numbers_than_can_be_meant_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relsim.scenario.files.joint_draws.MOST_NUMBERS", 8)
    with pytest.raises(ScenarioError, match="holds at most 8 numbers"):
        load(write(tmp_path, ROWS))


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
    monkeypatch.setattr("relsim.scenario.files.joint_draws.LARGEST_DRAWS", 20)
    with pytest.raises(ScenarioError, match="at most 0 MB"):
        load(write(tmp_path, ROWS))


def test_draws_changed_behind_a_scenario_are_seen(file: Path) -> None:
    scenario = load(file)
    assert isinstance(scenario, Scenario)
    file.with_name("posterior.draws.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(SimulationError, match="was changed since the scenario was read"):
        relsim.simulate(scenario, runs=64, draws=64)


@pytest.mark.slow
def test_an_ensemble_in_memory_outlives_its_file_of_draws(tmp_path: Path) -> None:
    """With few batches the error is found later, from the draws that no file holds."""
    base = relsim.load(BASE)
    found = relsim.calibrate(base, runs=1024, draws=64, max_runs=1024)
    found.save(tmp_path / "posterior.yaml", base.name)
    ensemble = relsim.simulate(tmp_path / "posterior.yaml", runs=64, draws=64)
    for file in tmp_path.iterdir():
        file.unlink()
    assert 0 <= ensemble.probability("detente").value <= 1
