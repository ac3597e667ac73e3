"""Runs that are broken off, and gone on with; results that are refused; chunks that fail."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, StoreError, UsageError
from relsim.rules import View, logit
from relsim.runs.chunk_result import NOT_RUN, ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate
from relsim.store import manifest
from tests.properties.comparing import (
    SIMULATE,
    SIMULATE_CHUNKS,
    assert_same,
    each,
    narrow,
    shortened,
)

pytestmark = pytest.mark.usefixtures("remembered")

WIDTH = 128
RUNS, DRAWS = 640, 128  # five chunks; a batch of 320 runs never ends where a chunk does


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, WIDTH)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021"), "2021-07-31")


@pytest.fixture(scope="module")
def undisturbed(scenario: Scenario) -> Ensemble:
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        return simulate(scenario, RUNS, DRAWS)


def break_off(scenario: Scenario, folder: Path, after: int = 2, **options: Any) -> None:
    """Begin the undisturbed run, and press Ctrl-C when some chunks are finished."""

    def progress(done: int, total: int) -> None:
        if done >= after * WIDTH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scenario, RUNS, DRAWS, folder=folder, progress=progress, **options)


@pytest.fixture(scope="module")
def half(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with two chunks of five; tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("half") / "result"
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        break_off(scenario, folder)
    return folder


@pytest.fixture
def folder(half: Path, tmp_path: Path) -> Path:
    return shutil.copytree(half, tmp_path / "result")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.default_cases(1)
def test_a_resumed_run_gives_the_bits_of_an_undisturbed_one(
    scenario: Scenario, undisturbed: Ensemble, folder: Path, workers: int
) -> None:
    seen = []
    resumed = simulate(
        scenario, RUNS, DRAWS, workers=workers, folder=folder, resume=True,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(done, RUNS) for done in (384, 512, 640)]
    assert_same(resumed, undisturbed)
    opened = relsim.open(folder)
    assert opened == resumed == undisturbed
    assert opened.elapsed_seconds == resumed.elapsed_seconds


def test_what_is_finished_can_be_opened_and_says_what_is_missing(
    undisturbed: Ensemble, folder: Path
) -> None:
    with pytest.warns(UserWarning, match="384 of 640 runs are left out, since they were not"):
        opened = relsim.open(folder)
    assert "640 runs over 128 draws, seed 1, 384 of them not simulated yet" in repr(opened)
    assert str(opened.health) == "384 of 640 runs not simulated yet"
    assert opened.probability("detente").n == 256
    assert (opened.first_day[:, :256] == undisturbed.first_day[:, :256]).all()
    again = opened.save(folder.parent / "saved")
    with pytest.warns(UserWarning, match="384 of 640 runs"):
        assert relsim.open(again) == opened


def test_to_resume_what_is_missing_begins_it(
    scenario: Scenario, undisturbed: Ensemble, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "new"
    assert simulate(scenario, RUNS, DRAWS, folder=folder, resume=True) == undisturbed
    before = (folder / "manifest.json").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SIMULATE_CHUNKS, None)  # nothing is left to do
        assert simulate(scenario, RUNS, DRAWS, folder=folder, resume=True) == undisturbed
    assert (folder / "manifest.json").read_bytes() == before
    with pytest.raises(StoreError, match="exists already"):
        simulate(scenario, RUNS, DRAWS, folder=folder)
    with pytest.raises(UsageError, match="resume needs the folder"):
        simulate(scenario, RUNS, DRAWS, resume=True)


OTHER: dict[str, tuple[dict[str, Any], str]] = {
    "seed": ({"seed": 2}, "it was begun with seed 1, and 2 is asked for now"),
    "runs": ({"runs": 1280, "draws": 256}, "begun with runs 640, and 1280"),
    "draws": ({"draws": 64}, "begun with draws 128, and 64"),
    "log": ({"log_all": True}, "begun with log_all False, and True"),
    "rules": ({"rules": {"US": logit}}, r"rules of one's own for \[\], and \['US'\]"),
}


@pytest.mark.parametrize(("options", "said"), OTHER.values(), ids=OTHER.keys())
def test_another_question_is_no_resumption(
    scenario: Scenario, half: Path, options: dict[str, Any], said: str
) -> None:
    asked = {"runs": RUNS, "draws": DRAWS, "folder": half, "resume": True} | options
    with pytest.raises(StoreError, match=f"result cannot be resumed: .*{said}"):
        simulate(scenario, **asked)


def test_another_scenario_width_or_version_is_no_resumption(
    scenario: Scenario, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resume(asked: Scenario) -> None:
        simulate(asked, RUNS, DRAWS, folder=half, resume=True)

    with pytest.raises(StoreError, match="another scenario: hash [0-9a-f]{64}, and"):
        resume(scenario.vary({"actors.US.stake": 3.0}))
    with monkeypatch.context() as patch:
        patch.setattr(SIMULATE, "Plan", partial(Plan, width=64))
        with pytest.raises(StoreError, match="begun with chunks of width 128, and 64"):
            resume(scenario)
    monkeypatch.setattr("relsim.runs.provenance.version", lambda name: "99.0")
    with pytest.raises(StoreError, match="begun with relsim-ir .*, and 99.0 is asked for"):
        resume(scenario)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def newer(folder: Path) -> None:
    file = folder / "manifest.json"
    file.write_text(file.read_text("utf-8").replace("relsim.result/3", "relsim.result/4"), "utf-8")


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "chunk": (
        lambda f: flip(f / "result.zarr/quantities/c/0/1"),
        r"chunk 1 \(runs 128 to 255\) was changed since relsim wrote it",
    ),
    "scenario": (lambda f: flip(f / "scenario.json"), "scenario.json was changed"),
    "parameters": (lambda f: flip(f / "result.zarr/parameters/c/0/0"), "parameters/.* was changed"),
    "gone": (lambda f: (f / "result.zarr/first_day/c/0/0").unlink(), "c/0/0 is missing"),
    "newer": (newer, "was written by a newer relsim"),
    "no result": (lambda f: (f / "manifest.json").unlink(), "is no result of relsim"),
}


@pytest.mark.parametrize(("harm", "said"), HARM.values(), ids=HARM.keys())
def test_a_changed_result_is_not_resumed(
    scenario: Scenario, folder: Path, harm: Callable[[Path], object], said: str
) -> None:
    harm(folder)
    with pytest.raises(StoreError, match=said):
        simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)


def test_what_was_saved_as_a_whole_is_not_resumed(
    scenario: Scenario, undisturbed: Ensemble, tmp_path: Path
) -> None:
    folder = undisturbed.save(tmp_path / "saved")
    with pytest.raises(StoreError, match="it was saved as a whole: there is nothing to go on with"):
        simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)


# Chunks that break off.


def broken(plan: Plan, chunk: int, given: object = None) -> ChunkResult:
    """The third chunk breaks off at one of its runs."""
    if chunk == 2:
        raise SimulationError("the table caught fire", 7)
    return simulate_chunks(plan, (chunk,))[0]


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.default_cases(1)
def test_a_failed_chunk_leaves_the_others(
    scenario: Scenario,
    undisturbed: Ensemble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stored: bool,
) -> None:
    folder = tmp_path / "result" if stored else None
    with monkeypatch.context() as patch:
        patch.setattr(SIMULATE_CHUNKS, each(broken))
        part = simulate(scenario, RUNS, DRAWS, folder=folder)
    (failure,) = part.failures
    assert (failure.chunk, failure.first_run, failure.last_run) == (2, 256, 383)
    assert (failure.run, failure.draw) == (263, 263 % 64)
    assert str(failure).endswith("failed at run 263, draw 7: the table caught fire")
    assert str(part.health) == "128 of 640 runs failed (1 chunk broke off)"
    there = (np.arange(RUNS) < 256) | (np.arange(RUNS) > 383)
    assert (part.first_day[:, there] == undisturbed.first_day[:, there]).all()
    assert (part.first_day[:, ~there] == NOT_RUN).all()
    assert part.probability("detente").n == RUNS - 128
    assert part.record()["failed_runs"] == 128
    if folder is not None:
        assert relsim.open(folder) == part
        assert simulate(scenario, RUNS, DRAWS, folder=folder, resume=True) == undisturbed
        assert relsim.open(folder).failures == ()


def test_where_every_chunk_fails_the_first_error_is_reported(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def divide(plan: Plan, chunk: int) -> ChunkResult:
        raise ZeroDivisionError(f"in chunk {chunk}")

    monkeypatch.setattr(SIMULATE_CHUNKS, each(divide))
    with pytest.raises(SimulationError, match="ZeroDivisionError: in chunk 0") as caught:
        simulate(scenario, RUNS, DRAWS)
    assert "in divide" in caught.value.__notes__[0]


class Deadly:
    """A rule that takes its worker with it: once if it finds the file, always without one."""

    several_moves = True  # as the model's own rule is marked

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def __call__(self, view: View, parameters: Any) -> npt.NDArray[np.float32]:
        if self.file is None or self.file.exists():
            if self.file is not None:
                self.file.unlink()
            os._exit(9)
        return logit(view, parameters)


@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing(
    scenario: Scenario, undisturbed: Ensemble, tmp_path: Path
) -> None:
    folder, once = tmp_path / "result", tmp_path / "once"
    break_off(scenario, folder, rules={"US": logit})
    again = partial(simulate, scenario, RUNS, DRAWS, folder=folder, resume=True)
    stored = manifest.read(folder).chunks
    with pytest.raises(SimulationError, match="its worker process died twice"):
        again(workers=2, rules={"US": Deadly(None)})
    assert manifest.read(folder).chunks == stored
    assert len(stored) == 2
    once.touch()
    assert_same(again(workers=2, rules={"US": Deadly(once)}), undisturbed)
    assert not once.exists()


# Disks.


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes of its own, if it may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this root cannot mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(file: Path) -> None:
    """Write to a file until the disk is full."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as content:
        while True:
            content.write(bytes(4096))


def test_a_full_disk_loses_nothing(scenario: Scenario, undisturbed: Ensemble, disk: Path) -> None:
    folder, ballast = disk / "result", disk / "ballast"
    break_off(scenario, folder)
    again = partial(simulate, scenario, RUNS, DRAWS, folder=folder, resume=True)
    stored = manifest.read(folder).chunks
    fill(ballast)
    with pytest.raises(
        StoreError, match="result cannot be written: No space left on device; what was finished"
    ):
        again()
    assert manifest.read(folder).chunks == stored
    with pytest.raises(StoreError, match="other cannot be written: No space left"):
        simulate(scenario, RUNS, DRAWS, folder=disk / "other")
    ballast.unlink()
    assert_same(again(), undisturbed)


def test_a_read_only_disk_is_reported(scenario: Scenario, disk: Path) -> None:
    break_off(scenario, disk / "result")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for folder in (disk / "result", disk / "other"):
        with pytest.raises(StoreError, match=f"{folder} cannot be written: Read-only file system"):
            simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)
    with pytest.warns(UserWarning, match="384 of 640"):
        assert relsim.open(disk / "result").unfinished == 384


@pytest.mark.parametrize("place", ["arrays", "manifest"])
def test_a_write_that_fails_loses_nothing(
    scenario: Scenario,
    undisturbed: Ensemble,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """The same without a disk of one's own."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    stored = manifest.read(folder).chunks
    with monkeypatch.context() as patch:
        where = "arrays.Arrays.write" if place == "arrays" else "manifest.replace_file"
        patch.setattr(f"relsim.store.{where}", full)
        with pytest.raises(StoreError, match="cannot be written: No space left on device; what"):
            simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)
    assert manifest.read(folder).chunks == stored
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)


# Two at one folder.


HOLD = """
import sys, time
from pathlib import Path
from relsim.store.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(120)
"""


def test_two_cannot_write_one_folder_and_a_dead_one_holds_nobody_back(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    again = partial(simulate, scenario, RUNS, DRAWS, folder=folder, resume=True)
    words = [sys.executable, "-c", HOLD, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(Path(relsim.__file__).parents[1])}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        said = f"result is being written by process {other.pid} on .*: wait until it ends"
        with pytest.raises(StoreError, match=said):
            again()
        with pytest.warns(UserWarning, match="384 of 640"):
            relsim.open(folder)  # to read is free to all
        other.kill()
    assert_same(again(), undisturbed)
    assert not (folder / ".lock").exists()


def test_one_process_cannot_write_one_folder_twice(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    again = partial(simulate, scenario, RUNS, DRAWS, folder=folder, resume=True)

    def meanwhile(done: int, total: int) -> None:
        with pytest.raises(StoreError, match=f"being written by this process, {os.getpid()}"):
            again()

    assert_same(again(progress=meanwhile), undisturbed)
    assert_same(again(), undisturbed)


# The journal.


def test_a_chunk_adds_a_line_to_the_journal_and_the_end_folds_it(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    whole, journal = (folder / "manifest.json").read_bytes(), folder / "journal.jsonl"
    assert len(journal.read_bytes().splitlines()) == 1  # the first chunk is in the manifest
    assert list(manifest.read(folder).chunks) == [0, 1]
    seen = []

    def meanwhile(done: int, total: int) -> None:
        seen.append(len(journal.read_bytes().splitlines()))
        assert (folder / "manifest.json").read_bytes() != whole  # folded when it was gone on with

    assert_same(
        simulate(scenario, RUNS, DRAWS, folder=folder, resume=True, progress=meanwhile),
        undisturbed,
    )
    assert seen == [1, 2, 3]
    assert not journal.exists()
    assert list(manifest.read(folder).chunks) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
@pytest.mark.default_cases(2)
def test_a_torn_line_does_not_count_and_its_chunk_is_written_again(
    scenario: Scenario, undisturbed: Ensemble, folder: Path, kept: int
) -> None:
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:kept])
    assert list(manifest.read(folder).chunks) == [0]
    with pytest.warns(UserWarning, match="512 of 640 runs are left out"):
        relsim.open(folder)
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)
    assert relsim.open(folder) == undisturbed


def test_a_journal_that_was_folded_already_adds_nothing(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    """A power cut can bring a journal back that the manifest has already."""
    journal = (folder / "journal.jsonl").read_bytes()
    simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)
    (folder / "journal.jsonl").write_bytes(journal)
    assert relsim.open(folder) == undisturbed
    assert simulate(scenario, RUNS, DRAWS, folder=folder, resume=True) == undisturbed


def test_a_failure_before_the_first_chunk_is_kept_too(
    scenario: Scenario, undisturbed: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_at_first(plan: Plan, chunk: int, given: object = None) -> ChunkResult:
        if chunk == 0:
            raise SimulationError("\ud800" * 2_000, 7)
        return simulate_chunks(plan, (chunk,))[0]

    folder = tmp_path / "result"
    with monkeypatch.context() as patch:
        patch.setattr(SIMULATE_CHUNKS, each(broken_at_first))
        break_off(scenario, folder, after=3)
        stored = manifest.read(folder)
        assert [failure.chunk for failure in stored.failed()] == [0]
        assert len(stored.failures[0].message) == 1_000
        assert list(stored.chunks) == [1, 2]
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)
    assert manifest.read(folder).failures == []


def test_a_line_that_cannot_be_written_whole_is_taken_back(
    scenario: Scenario,
    undisturbed: Ensemble,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true = os.write

    def half(number: int, content: bytes) -> int:
        if b"sha256" in content:
            true(number, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        return true(number, content)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(StoreError, match="cannot be written: No space left on device; what"):
            simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)
    assert (folder / "journal.jsonl").read_bytes() == b""
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)


# Processors.


def test_another_kind_of_processor_is_reported_and_kept(
    scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = manifest.simd()
    assert manifest.read(folder).simd == [here]
    assert here
    monkeypatch.setattr("relsim.store.writer.simd", lambda: [*here[:-1], "NEON"])
    said = r"another kind of processor \(SIMD features: .*NEON.*\): .* last bits"
    with pytest.warns(UserWarning, match=said):
        simulate(scenario, RUNS, DRAWS, folder=folder, resume=True)
    assert manifest.read(folder).simd == [here, [*here[:-1], "NEON"]]


def test_a_result_that_says_nothing_of_its_processor_is_gone_on_with(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    """Older ones do not."""
    data = json.loads((folder / "manifest.json").read_bytes())
    del data["simd"]
    (folder / "manifest.json").write_text(json.dumps(data), "utf-8")
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)
    assert manifest.read(folder).simd == [manifest.simd()]


# What is not relsim's.


def test_what_was_half_written_goes_and_what_is_the_users_stays(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    number = "0" * 32
    left = [
        "result.zarr/first_day/c/0/4", f"result.zarr/first_day/c/0/3.{number}.partial",
        "result.zarr/sample/4/zarr.json", f".record.json.{number}.part",
    ]  # fmt: skip
    kept = ["notes.txt", ".record.json.part", "result.zarr/.DS_Store", "figures/mine.png"]
    for name in (*left, *kept):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), undisturbed)
    assert [name for name in kept if not (folder / name).exists()] == []
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert there.isdisjoint(left[1:])


def test_parents_of_a_result_may_be_links(
    scenario: Scenario, undisturbed: Ensemble, folder: Path
) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder.parent)
    assert_same(simulate(scenario, RUNS, DRAWS, folder=link / "result", resume=True), undisturbed)
    assert relsim.open(link / "result") == undisturbed
