"""``relsim run --replace``, and ``make run`` by it: what makes room, and what never does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import relsim
from relsim.cli.run_command import MARK, marked, place_for
from relsim.ensemble.opening import open_result
from relsim.errors import StoreError
from relsim.scenario.files.places import name_of, packaged
from relsim.store.folder import remove_result
from relsim.store.lock import Lock
from tests.cli.calling import SHORT, Relsim

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = "us-russia-2021"
SIZE = ("--runs", "64", "--draws", "64", "--workers", "1")
PLACE = Path("relsim-out", SCENARIO)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result as `relsim run` leaves it."""
    folder = tmp_path_factory.mktemp("made") / "result"
    relsim.simulate(SHORT, 64, 64).save(folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "outcomes.png").write_bytes(b"a figure")
    return folder


Replaced = Callable[..., Path]


@pytest.fixture
def replaced(result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """What the command does with folders, around a result that is there already."""
    monkeypatch.chdir(tmp_path)

    def run(scenario: str = SCENARIO, out: Path | None = None) -> Path:
        place = place_for(scenario, name_of(Path(scenario)), Path("relsim-out"), out)
        with marked(scenario, place):
            shutil.copytree(result, place)
        return place

    return run


def own(place: str) -> str:
    """A scenario file of one's own."""
    file = Path(place)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"schema: relsim/1\nextends: {SCENARIO}\n", "utf-8")
    return place


def everything(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_a_second_run_takes_the_place_of_the_first(relsim_: Relsim) -> None:
    for seed in ("1", "2"):
        done = relsim_("run", SHORT, *SIZE, "--replace", "--seed", seed)
        assert done.stdout.splitlines()[-1].startswith(f"wrote {PLACE}: ")
    assert open_result(PLACE).seed == 2
    assert [entry.name for entry in Path("relsim-out").iterdir()] == [SCENARIO]


def test_what_was_not_written_by_replace_stays(replaced: Replaced, result: Path) -> None:
    shutil.copytree(result, PLACE)
    assert replaced() == Path(f"{PLACE}-2")
    assert replaced() == Path(f"{PLACE}-2")
    assert everything(PLACE) == everything(result)


def test_files_of_one_name_have_folders_of_their_own(replaced: Replaced) -> None:
    first, second = own("one/my own 'plan' $HOME.yaml"), own("two/my own 'plan' $HOME.yaml")
    places = [replaced(file) for file in (first, second, first, second)]
    assert places[:2] == places[2:]
    assert places[0] != places[1]
    assert {place.parent for place in places} == {Path("relsim-out")}


def test_a_file_that_was_edited_or_named_otherwise_is_the_same_scenario(
    replaced: Replaced,
) -> None:
    place = replaced(own("one/mine.yaml"))
    with Path("one/mine.yaml").open("a", encoding="utf-8") as file:
        file.write("title: Another title\n")
    assert replaced(str(Path("one/mine.yaml").resolve())) == place


def test_a_file_named_as_a_packaged_scenario_is_another_one(replaced: Replaced) -> None:
    assert replaced() == PLACE
    assert replaced(own(f"{SCENARIO}.yaml")) == Path(f"{PLACE}-2")


def test_a_broken_off_run_is_replaced_too(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["relsim.simulate"], "simulate_missing", interrupted)
    for _ in range(2):
        assert relsim_("run", SCENARIO, *SIZE, "--replace").exit_code == 130
        assert [entry.name for entry in Path("relsim-out").iterdir()] == [SCENARIO]
        assert (PLACE / MARK).is_file()


@pytest.mark.parametrize(
    "words",
    [("--outcome", "detnte"), ("--max-runs", "64"), ("--resume",), ("--json",), ("--runs", "1")],
)
def test_a_mistake_removes_nothing(
    relsim_: Relsim, replaced: Replaced, words: tuple[str, ...]
) -> None:
    replaced()
    before = everything(PLACE)
    assert relsim_("run", SCENARIO, *SIZE, "--replace", *words).exit_code == 1
    assert everything(PLACE) == before


def test_a_named_folder_is_replaced_only_if_it_was_written_so(replaced: Replaced) -> None:
    mine, other = Path("mine"), Path("other")
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match="mine is no result that an earlier --replace of us-rus"):
        replaced(out=mine)
    assert (mine / "thesis.tex").is_file()
    assert replaced(out=other) == replaced(out=other) == other


def test_a_folder_that_somebody_else_made_meanwhile_is_not_marked(
    relsim_: Relsim, result: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = sys.modules["relsim.store.writer"].begin

    def late(folder: Path, *rest: Any) -> Any:
        shutil.copytree(result, folder)
        return begin(folder, *rest)

    monkeypatch.setattr(sys.modules["relsim.store.writer"], "begin", late)
    done = relsim_("run", SCENARIO, *SIZE, "--replace")
    assert (done.exit_code, "exists already" in done.stderr) == (1, True)
    assert everything(PLACE) == everything(result)


# What else lies in a result, and links, which lead out of it.


@pytest.mark.parametrize("name", ["notes.txt", "figures/mine.png", "own/notes.txt"])
def test_a_file_of_the_users_own_keeps_the_whole_folder(replaced: Replaced, name: str) -> None:
    replaced()
    (PLACE / name).parent.mkdir(exist_ok=True)
    (PLACE / name).write_text("mine")
    before = everything(PLACE)
    with pytest.raises(StoreError, match=f"is not removed: relsim did not write {PLACE}/{name}$"):
        replaced()
    assert everything(PLACE) == before


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("name", ["figures", "result.zarr", "record.json", MARK, ""])
def test_no_link_is_followed(replaced: Replaced, name: str) -> None:
    replaced()
    aside = Path("aside")
    (PLACE / name).rename(aside)
    (PLACE / name).symlink_to(aside.resolve())
    before = everything(aside) if aside.is_dir() else aside.read_bytes()
    with suppress(StoreError):  # of a link as a whole, another folder is taken
        replaced()
    with pytest.raises(StoreError, match="link"):
        remove_result(PLACE, besides=(MARK,), figures=("outcomes.png",))
    assert (everything(aside) if aside.is_dir() else aside.read_bytes()) == before


def test_a_result_that_is_being_written_is_not_removed(replaced: Replaced) -> None:
    replaced()
    before = everything(PLACE)
    with Lock(PLACE), pytest.raises(StoreError, match="is being written by this process"):
        replaced()
    assert everything(PLACE) == before


def test_what_is_no_result_is_not_removed(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"it has no manifest\.json"):
        remove_result(tmp_path)
    assert tmp_path.is_dir()


# make run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile and a relsim that notes the words it is called with."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    shutil.copy(ROOT / "Makefile", tmp_path)
    command = tmp_path / "bin" / "relsim"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\" > words\n")
    command.chmod(0o755)
    return tmp_path


def make(folder: Path, *words: str) -> list[str]:
    command = ["make", "run", "BIN=bin", "STAMP=", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "words").read_text().splitlines()


@pytest.mark.parametrize(
    "scenario",
    ["my/", "my plans/x.yaml", "it's \"mine\".yaml", "a$b.yaml", "$(shell rm x);`ls`.yaml",
     "-x.yaml", ".", "a  b", "*", "#1.yaml", "~"],
)  # fmt: skip
def test_make_run_hands_on_what_was_typed_and_removes_nothing(project: Path, scenario: str) -> None:
    others = project / "relsim-out" / "another" / "manifest.json"
    others.parent.mkdir(parents=True)
    others.write_text("{}")
    assert make(project, f"SCENARIO={scenario}") == ["run", "--replace", "--report", "--", scenario]
    assert others.is_file()


def test_make_run_takes_the_baseline_by_itself(project: Path) -> None:
    assert make(project) == ["run", "--replace", "--report", "--", SCENARIO]
    assert SCENARIO in packaged()


def test_make_clean_keeps_results() -> None:
    done = subprocess.run(
        ["make", "-n", "clean"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "rm -rf" in done.stdout
    assert "relsim-out" not in done.stdout
