"""Result folders: they open to the ensemble that was stored, or not at all."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import StoreError
from relsim.runs.chunk_result import NOT_RUN, Failure, Sample
from relsim.scenario.canonical import scenario_hash
from relsim.store import arrays
from relsim.store import folder as folders
from relsim.store.plain_files import digest as digest_of
from tests.unit.store.small import small

pytestmark = pytest.mark.usefixtures("remembered")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result; tests that change it take a copy."""
    return small().save(tmp_path_factory.mktemp("store") / "result")


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Paths at which two ensembles differ, found without the layout that they share."""
    if is_dataclass(one):
        pairs = [(f.name, getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, dict):
        if list(one) != list(other):
            return [f"{path}: keys"]
        pairs = [(str(key), one[key], other[key]) for key in one]
    elif isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return [] if alike and one.tobytes() == other.tobytes() else [path]
    else:
        return [] if type(one) is type(other) and one == other else [path]
    return [found for name, a, b in pairs for found in differences(a, b, f"{path}.{name}")]


def test_what_is_opened_is_what_was_stored(stored: Path) -> None:
    opened = relsim.open(stored)
    assert differences(small(), opened) == []
    assert opened == small()
    assert opened.record() == small().record()
    assert scenario_hash(opened.scenario) == opened.provenance["scenario_hash"]


def ensemble_like(kind: str) -> Ensemble:
    base = small()
    if kind == "failed runs":
        failed = np.arange(base.runs) % 7 == 0
        return replace(base, first_day=np.where(failed, NOT_RUN, base.first_day))
    if kind == "weighted":
        return replace(base, weights=np.linspace(0.0, 2.0, base.runs))
    words = base.sample.words
    if kind == "nothing happened":
        return replace(base, sample=replace(base.sample, log=base.sample.log[:0]))
    return replace(base, sample=Sample(base.sample.runs[:0], {}, base.sample.log[:0], words))


@pytest.mark.parametrize(
    "kind", ["failed runs", "weighted", "nothing happened", "no run kept whole"]
)
def test_uncommon_ensembles_are_stored_too(kind: str, tmp_path: Path) -> None:
    ensemble = ensemble_like(kind)
    opened = relsim.open(ensemble.save(tmp_path / "result"))
    assert differences(ensemble, opened) == []
    assert opened == ensemble


def test_every_array_counts_for_equality() -> None:
    base = small()
    assert replace(base, elapsed_seconds=1e9) == base
    assert replace(base, provenance={**base.provenance, "created": "later"}) == base
    assert replace(base, provenance={**base.provenance, "chunk_width": 1}) != base
    assert replace(base, seed=4) != base
    assert base != "an ensemble"
    for name in ("first_day", "move_counts", "joint_counts"):
        changed = getattr(base, name).copy()
        changed[(-1,) * changed.ndim] += 1
        assert replace(base, **{name: changed}) != base
    for name in ("parameters", "quantities", "histograms", "edges"):
        last = list(getattr(base, name))[-1]
        changed = {**getattr(base, name), last: getattr(base, name)[last] + 1}
        assert replace(base, **{name: changed}) != base
    log = base.sample.log.copy()
    log["drivers"][-1, -1] = 99
    assert replace(base, sample=replace(base.sample, log=log)) != base


def test_xarray_opens_the_arrays_in_silence(stored: Path) -> None:
    # Warnings are errors in these tests.
    with xr.open_zarr(stored / "result.zarr", chunks=None, consolidated=False) as opened:
        ensemble = small()
        assert opened["first_day"].dims == ("outcome", "run")
        assert opened["first_day"].dtype == np.int16
        assert np.array_equal(opened["first_day"], ensemble.first_day)
        assert opened.attrs["names"]["outcome"] == list(ensemble.outcomes)
        assert opened["move_counts"].dims == ("tally", "actor", "move")
        by_draw = opened["move_counts"].groupby(opened["draw_of_tally"]).sum()
        assert np.array_equal(by_draw, ensemble.move_counts)
        series = opened.attrs["names"]["histogram"].index("index")
        assert np.array_equal(
            opened["histograms"].sum("chunk")[series], ensemble.histograms["index"]
        )
        assert opened["parameters"].dims == ("parameter", "draw")
        place = opened.attrs["names"]["parameter"].index("actors.US.stake")
        stake = ensemble.parameters["actors.US.stake"]
        assert np.array_equal(opened["parameters"][place], stake)
        assert str(opened["week"].values[-1])[:10] == "2021-07-30"
    with xr.open_zarr(stored / "result.zarr", group="sample/0", consolidated=False) as kept:
        assert kept["sample_series"].dims == ("series", "week", "sample_run")
        place = kept.attrs["names"]["series"].index("index")
        assert np.array_equal(kept["sample_series"][place], ensemble.sample.series["index"])
        assert np.array_equal(kept["log_day"], ensemble.sample.log["day"])


def test_the_dataset_names_what_stands_along_its_axes() -> None:
    ensemble = small()
    dataset = ensemble.to_xarray()
    days = dataset["first_day"].sel(outcome="detente")
    assert float((days >= 0).mean()) == ensemble.probability("detente").value
    made = dataset["move_counts"].sel(actor="RU", move="criticize").sum("draw")
    row = list(ensemble.scenario.actors).index("RU")
    column = dataset.indexes["move"].get_loc("criticize")
    assert int(made) == int(ensemble.move_counts[:, row, column].sum())
    of_draw = days.groupby("draw_of_run").count()
    assert of_draw.sizes["draw_of_run"] == ensemble.draws
    index = dataset["sample_series"].sel(series="index", week="2021-07-30")
    assert np.array_equal(index, ensemble.sample.series["index"][-1])


def test_datasets_are_written_as_netcdf_and_read_again(tmp_path: Path) -> None:
    ensemble = replace(small(), seed=2**40)
    for made in (ensemble.to_xarray(), ensemble.log_to_xarray()):
        made.to_netcdf(tmp_path / "x.nc", engine="scipy")
        with xr.open_dataset(tmp_path / "x.nc", engine="scipy") as opened:
            xr.testing.assert_equal(opened, made)
            assert set(opened.attrs) == set(made.attrs)
            assert json.loads(opened.attrs["provenance"]) == dict(ensemble.provenance)
            assert json.loads(opened.attrs["seed"]) == 2**40
            assert opened.attrs["runs"] == ensemble.runs


def test_an_ensemble_of_which_nothing_was_kept_whole_is_written_too(tmp_path: Path) -> None:
    whole = small()
    nothing = replace(whole.sample, runs=whole.sample.runs[:0], series={}, log=whole.sample.log[:0])
    weighted = replace(whole, sample=nothing, weights=np.ones(whole.runs))
    dataset = weighted.to_xarray()
    assert "sample_series" not in dataset
    assert "weights" in dataset
    dataset.to_netcdf(tmp_path / "x.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "x.nc", engine="scipy") as opened:
        xr.testing.assert_equal(opened, dataset)
    weighted.log_to_xarray().to_netcdf(tmp_path / "log.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "log.nc", engine="scipy") as opened:
        assert opened.sizes["entry"] == 0


def test_every_attribute_is_text_or_a_number_of_netcdf() -> None:
    failed = Failure(0, 5, 1, 0, 7, "a rule broke")
    for made in (
        replace(small(), failures=(failed,)).to_xarray(), small().log_to_xarray()
    ):  # fmt: skip
        variables = [made, *made.variables.values()]
        values = [value for variable in variables for value in variable.attrs.values()]
        assert all(isinstance(value, (str, int, float, np.ndarray)) for value in values)
    failures = json.loads(replace(small(), failures=(failed,)).to_xarray().attrs["failures"])
    assert failures == [failed.to_json()]


# Given only of what is repeated: the advice of `Ensemble.to_xarray` is without.
@pytest.mark.filterwarnings("ignore:In a future version of xarray:FutureWarning")
def test_two_seeds_are_put_together_along_the_runs() -> None:
    scenario = small().scenario
    one, other = (relsim.simulate(scenario, runs=64, draws=64, seed=seed) for seed in (1, 2))
    # The first weeks alone, since what does not stand along the runs is repeated for each of them.
    several = [ensemble.to_xarray().isel(week=slice(2)) for ensemble in (one, other)]
    per_run = [dataset[["first_day", "quantities"]] for dataset in several]
    for both in (xr.concat(per_run, dim="run"), xr.concat(several, dim="run")):
        assert both.sizes["run"] == one.runs + other.runs
        days = np.concatenate([one.days("detente"), other.days("detente")])
        assert np.array_equal(both["first_day"].sel(outcome="detente"), days)
        assert np.array_equal(both["draw_of_run"][one.runs :], other.draw_of_run)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xr.concat(per_run, dim="run")
    logs = [ensemble.log_to_xarray() for ensemble in (one, other)]
    assert logs[0].sizes["entry"] != logs[1].sizes["entry"]
    assert xr.concat(logs, dim="entry").sizes["entry"] == sum(log.sizes["entry"] for log in logs)


def test_the_log_says_what_its_numbers_stand_for() -> None:
    ensemble = small()
    dataset, log = ensemble.log_to_xarray(), ensemble.sample.log
    for column, names in (
        ("kind", ensemble.sample.words.kinds),
        ("actor", ensemble.sample.words.actors),
        ("subject", ensemble.sample.words.subjects),
    ):
        about = dataset[column].attrs
        meant = dict(zip(about["flag_values"], about["flag_meanings"].split(" "), strict=True))
        assert meant == {-1: "none", **dict(enumerate(names))}
        assert np.array_equal(dataset[column], log[column])
    assert dataset["drivers"].dims == ("entry", "driver")
    day = np.datetime64(ensemble.start, "D") + np.timedelta64(int(log["day"][-1]), "D")
    assert dataset["date"].values[-1] == day


def test_the_frame_has_a_row_a_run_with_dates_or_nothing() -> None:
    days = small().first_day.copy()
    days[:, 40:43] = NOT_RUN
    days[0, 100:105] = 7
    ensemble = replace(small(), first_day=days)
    frame = ensemble.to_dataframe()
    assert list(frame.columns) == ["draw", *ensemble.outcomes, *ensemble.quantities]
    assert len(frame) == ensemble.runs
    for name in ensemble.outcomes:
        days = ensemble.days(name)
        assert (frame[name].isna() == (days < 0)).all()
        for run in np.flatnonzero(days >= 0)[:3]:
            wanted = ensemble.scenario.date_of(int(days[run]))
            assert frame[name][run].date() == wanted
    failed = frame.loc[40:42]
    assert failed[[*ensemble.outcomes, *ensemble.quantities]].isna().all(axis=None)
    assert frame["index_at_end"].notna().sum() == ensemble.runs - len(failed)
    assert (frame["draw"] == ensemble.draw_of_run).all()


def flip_last_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def edited_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")


def seal_again(folder: Path, name: str) -> None:
    """Give a changed file a manifest that fits."""
    digest = digest_of(folder / name)
    edited_manifest(folder, lambda manifest: manifest["files"].update({name: digest}))


def other_scenario(folder: Path) -> None:
    file = folder / "scenario.json"
    data = json.loads(file.read_text("utf-8"))
    data["actors"]["US"]["surprise"] = 1
    file.write_text(json.dumps(data), encoding="utf-8")
    seal_again(folder, "scenario.json")


def other_shape(folder: Path) -> None:
    file = folder / "result.zarr" / "zarr.json"
    data = json.loads(file.read_text("utf-8"))
    data["attributes"]["names"]["quantity"].pop()
    file.write_text(json.dumps(data), encoding="utf-8")
    seal_again(folder, "result.zarr/zarr.json")


ARRAY = "result.zarr/first_day/c/0/0"
HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "there is no folder .*result$"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "is no result of relsim"),
    "no JSON": (lambda f: (f / "manifest.json").write_text("{"), "is no manifest of relsim$"),
    "another's": (lambda f: (f / "manifest.json").write_text("[]"), "is no manifest of relsim$"),
    "another format": (
        lambda f: edited_manifest(f, lambda m: m.update(format="cake/1")),
        r"is no manifest of relsim \(format cake/1\)",
    ),
    "newer": (
        lambda f: edited_manifest(f, lambda m: m.update(format="relsim.result/4")),
        "was written by a newer relsim .*relsim.result/4; this one reads relsim.result/3.*update",
    ),
    "older": (
        lambda f: edited_manifest(f, lambda m: m.update(format="relsim.result/2")),
        "was written by an older relsim .*relsim.result/2; .*: run again",
    ),
    "no such chunk": (
        lambda f: edited_manifest(f, lambda m: m["chunks"].update({"7": "0"})),
        "manifest.json was changed: it does not hold what relsim writes",
    ),
    "not all finished": (
        lambda f: edited_manifest(f, lambda m: m.update(chunk_width=64, saved=False)),
        "manifest.json was changed: it does not hold what relsim writes",
    ),
    "record": (
        lambda f: (f / "record.json").write_text("{}"), "record.json was changed since relsim",
    ),
    "scenario": (lambda f: flip_last_byte(f / "scenario.json"), "scenario.json was changed"),
    "table": (lambda f: (f / "outcomes.csv").unlink(), "not complete: outcomes.csv is missing"),
    "array": (
        lambda f: flip_last_byte(f / ARRAY),
        r"chunk 0 \(runs 0 to 255\) was changed since relsim",
    ),
    "array gone": (lambda f: (f / ARRAY).unlink(), "not complete: first_day/c/0/0 is missing"),
    "log gone": (lambda f: shutil.rmtree(f / "result.zarr/sample/0"), "chunk 0 .* was changed"),
    "added array": (
        lambda f: shutil.copytree(f / "result.zarr/draw_of_run", f / "result.zarr/weights"),
        "result.zarr/weights/.* was added since relsim wrote the result",
    ),
    "not listed": (
        lambda f: edited_manifest(f, lambda m: m["files"].pop("record.json")),
        "manifest.json was changed: it does not list record.json",
    ),
    "unusable scenario": (other_scenario, "no scenario that this version.*actors.US.surprise"),
    "unfitting shapes": (other_shape, "holds something else than its manifest says"),
}  # fmt: skip


@pytest.mark.parametrize(("harm", "said"), HARM.values(), ids=HARM.keys())
def test_a_folder_that_is_not_as_it_was_written_is_refused(
    harm: Callable[[Path], object], said: str, stored: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(stored, tmp_path / "result")
    assert relsim.open(folder).runs == small().runs
    harm(folder)
    with pytest.raises(StoreError, match=said):
        relsim.open(folder)


def test_figures_and_notes_may_come_and_go(stored: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(stored, tmp_path / "result")
    (folder / "figures").mkdir()
    (folder / "figures" / "mine.png").touch()
    (folder / "notes.txt").touch()
    (folder / "result.zarr" / ".DS_Store").touch()
    assert relsim.open(folder) == small()


def test_an_existing_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").touch()
    for taken in (tmp_path, tmp_path / "kept.txt"):
        with pytest.raises(StoreError, match="exists already: remove it, or name another folder"):
            small().save(taken)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_is_broken_off_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def break_off() -> None:
        with folders.new_folder(tmp_path / "result") as part:
            (part / "half").touch()
            assert not (tmp_path / "result").exists()
            raise error

    with pytest.raises(error):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(arrays.Arrays, "write", full)
    with pytest.raises(StoreError, match="result cannot be written: No space left on device"):
        small().save(tmp_path / "result")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "result"

    def write_both() -> None:
        with folders.new_folder(target) as part:
            (part / "mine").touch()
            target.mkdir()
            (target / "theirs").touch()

    with pytest.raises(StoreError, match="exists already"):
        write_both()
    assert [path.name for path in target.iterdir()] == ["theirs"]
    assert list(tmp_path.iterdir()) == [target]


def test_the_same_ensemble_gives_the_same_bytes(stored: Path, tmp_path: Path) -> None:
    again = small().save(tmp_path / "again")
    assert (again / "manifest.json").read_bytes() == (stored / "manifest.json").read_bytes()


def test_a_notebook_gets_a_table_without_markup_of_the_scenario() -> None:
    base = small()
    outcome = base.scenario.outcomes["detente"].model_copy(update={"title": "<script>"})
    outcomes = {**base.scenario.outcomes, "detente": outcome}
    scenario = base.scenario.model_copy(update={"outcomes": outcomes, "title": "A & B"})
    shown = replace(base, scenario=scenario)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "A &amp; B" in shown
    assert shown.count("<tr>") == 1 + len(base.outcomes)
    assert escape(base.probability("new_start_in_force").value_text) in shown


def test_failed_chunks_of_a_saved_ensemble_are_kept(tmp_path: Path) -> None:
    base = small()
    days = base.first_day.copy()
    days[:, 64:128] = NOT_RUN
    failure = Failure(chunk=1, first_run=64, last_run=127, run=70, draw=6, message="broke")
    ensemble = replace(base, first_day=days, failures=(failure,))
    assert relsim.open(ensemble.save(tmp_path / "result")) == ensemble


def test_a_precise_ensemble_is_stored_with_what_came_of_the_wish(tmp_path: Path) -> None:
    wish = {"outcome": "detente", "wished": 0.1, "reached": True, "max_runs": 65_536}
    base = small()
    ensemble = replace(base, provenance={**base.provenance, "precision": wish})
    assert relsim.open(ensemble.save(tmp_path / "result")) == ensemble


def test_the_day_of_an_update_is_a_date(tmp_path: Path) -> None:
    base = small()
    ensemble = replace(base, provenance={**base.provenance, "updated_through": "soon"})
    with pytest.raises(StoreError, match="provenance: .*'soon'"):
        ensemble.save(tmp_path / "result")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantities": {"index_at_end": np.zeros(256, np.float32)}}, "its quantity names are"),
        ({"provenance": {"created": "today"}}, "provenance: Field required"),
        ({"runs": 250}, "runs must be whole batches"),
    ],
)
def test_what_no_simulation_makes_is_not_stored(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=f"this ensemble cannot be stored: .*{said}"):
        replace(small(), **changes).save(tmp_path / "result")
    assert list(tmp_path.iterdir()) == []
