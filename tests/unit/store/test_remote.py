"""Results elsewhere: copied whole or not at all, and fetched before they are read."""

from __future__ import annotations

import gc
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.errors import StoreError
from tests.unit.store.small import small

pytestmark = pytest.mark.usefixtures("remembered")

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra `remote`)")

URL = "memory://bucket/results/one"


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    yield
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def left_behind(tmp_path: Path) -> list[Path]:
    gc.collect()
    return list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize("place", ["memory", "file"])
@pytest.mark.default_cases(1)
def test_what_is_opened_from_afar_is_what_was_saved(place: str, tmp_path: Path) -> None:
    url = URL if place == "memory" else f"file://{tmp_path}/deep/result"
    assert small().save(url) == url
    assert left_behind(tmp_path) == []
    opened = relsim.open(url)
    assert opened == small()
    # Columns are read from the copy, which stays as long as they do.
    quantities = opened.quantities
    del opened
    gc.collect()
    assert np.array_equal(quantities["index_at_end"], small().quantities["index_at_end"])
    assert len(left_behind(tmp_path)) == 1
    del quantities
    assert left_behind(tmp_path) == []


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    small().save(URL)
    before = dict(fsspec.filesystem("memory").store)
    with pytest.raises(StoreError, match=f"^{URL} exists already: remove it, or name another"):
        small().save(URL)
    assert dict(fsspec.filesystem("memory").store) == before


@pytest.mark.parametrize("files", [0, 5])
def test_a_copy_that_breaks_off_leaves_nothing(
    files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = fsspec.filesystem("memory")
    put, done = type(system).put_file, []

    def breaking(self: Any, here: str, there: str, **words: Any) -> None:
        if len(done) == files:
            raise TimeoutError("the line is dead")
        done.append(there)
        put(self, here, there, **words)

    monkeypatch.setattr(type(system), "put_file", breaking)
    with pytest.raises(StoreError, match=f"^{URL} cannot be written: the line is dead"):
        small().save(URL)
    assert system.find("/bucket") == []
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("at", [0, 3, -1])
def test_what_another_process_finishes_meanwhile_stays(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Path(small().save(tmp_path / "other"))
    files = [file for file in local.rglob("*") if file.is_file()]
    system = fsspec.filesystem("memory")
    put, done = type(system).put_file, []

    def overtaken(self: Any, here: str, there: str, **words: Any) -> None:
        if len(done) == at % len(files):
            for file in files:
                system.pipe_file(f"/bucket/results/one/{file.relative_to(local)}", b"another's")
            raise TimeoutError("the line is dead")
        done.append(there)
        put(self, here, there, **words)

    monkeypatch.setattr(type(system), "put_file", overtaken)
    with pytest.raises(StoreError, match="the line is dead"):
        small().save(URL)
    left = system.find("/bucket/results/one")
    assert len(left) == len(files)
    assert {system.cat_file(name) for name in left} == {b"another's"}


def test_of_two_that_write_to_one_place_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    system = fsspec.filesystem("memory")
    pipe, places = type(system).pipe_file, []

    def claimed_twice(self: Any, there: str, value: bytes, **words: Any) -> None:
        pipe(self, there, value, **words)
        if not places:
            places.append(there)
            with pytest.raises(StoreError, match="is being written by another process|exists alr"):
                small().save(URL)

    monkeypatch.setattr(type(system), "pipe_file", claimed_twice)
    small().save(URL)
    assert relsim.open(URL) == small()
    assert not [name for name in system.find("/bucket") if "writing" in name]


def test_a_claim_of_another_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    system = fsspec.filesystem("memory")
    pipe = type(system).pipe_file

    def at_once(self: Any, there: str, value: bytes, **words: Any) -> None:
        pipe(self, there, value, **words)
        pipe(self, f"{there.rpartition('/')[0]}/.relsim-writing-other", b"")

    monkeypatch.setattr(type(system), "pipe_file", at_once)
    with pytest.raises(StoreError, match=f"^{URL} is being written by another process"):
        small().save(URL)
    (left,) = system.find("/bucket")
    assert left.endswith(".relsim-writing-other")


def test_the_manifest_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    system = fsspec.filesystem("memory")
    put, done = type(system).put_file, []

    def noted(self: Any, here: str, there: str, **words: Any) -> None:
        done.append(there.rpartition("/")[2])
        put(self, here, there, **words)

    monkeypatch.setattr(type(system), "put_file", noted)
    small().save(URL)
    assert done.index("manifest.json") == len(done) - 1


def test_what_was_changed_or_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"^{URL} is no result of relsim: it has no manifest.json"):
        relsim.open(URL)
    small().save(URL)
    system = fsspec.filesystem("memory")
    system.pipe_file("/bucket/results/one/outcomes.csv", b"changed")
    with pytest.raises(StoreError, match=f"^{URL}/outcomes.csv was changed since relsim wrote it"):
        relsim.open(URL)
    assert left_behind(tmp_path) == []


def test_protocols_that_nobody_knows_are_reported() -> None:
    with pytest.raises(StoreError, match="^nowhere://x cannot be reached: .*nowhere"):
        relsim.open("nowhere://x")


def test_without_fsspec_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    for call in (relsim.open, small().save):
        with pytest.raises(StoreError, match=r'fsspec is not installed.*"relsim-ir\[remote\]"'):
            call(URL)


def test_a_run_goes_to_a_local_folder_first() -> None:
    scenario = relsim.load("us-russia-2021")
    with pytest.raises(StoreError, match=r'then ensemble.save\("memory://bucket/results/one"\)'):
        relsim.simulate(scenario, runs=64, draws=64, folder=URL)


# Columns that are read when they are asked for.


def test_columns_of_a_stored_result_are_reported_as_gone(tmp_path: Path) -> None:
    folder = Path(small().save(tmp_path / "result"))
    changed = relsim.open(folder)
    file = folder / "result.zarr/quantities/c/0/0"
    file.write_bytes(file.read_bytes()[:-1])
    assert changed.parameters["actors.US.stake"].shape == (small().draws,)
    with pytest.raises(StoreError, match=f"{folder} was removed or changed since it was opened"):
        changed.quantities["index_at_end"]


def test_an_ensemble_that_is_pickled_needs_no_folder(tmp_path: Path) -> None:
    folder = Path(small().save(tmp_path / "result"))
    again = pickle.loads(pickle.dumps(relsim.open(folder)))
    folder.rename(tmp_path / "elsewhere")
    assert again == small()
