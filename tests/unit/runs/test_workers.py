"""The pool of worker processes: chunks in, results out, whatever dies on the way."""

from __future__ import annotations

import concurrent.futures.process
import errno
import multiprocessing
import multiprocessing.synchronize
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from relsim.errors import SimulationError, UsageError
from relsim.runs import workers
from relsim.runs.workers import KeptPool, chunks_done

Work = Callable[[Any, int], Any]

# Work is made by functions, so that it travels to the workers by value: a test module cannot be
# imported there.


def square() -> Work:
    return lambda plan, chunk: (chunk, plan * chunk**2)


def dies(*chunks: int, marks: Path | None = None) -> Work:
    """Work that kills its process at some chunks; with `marks`, once at each."""

    def work(plan: int, chunk: int) -> tuple[int, int]:
        mark = marks / str(chunk) if marks else None
        if chunk in chunks and not (mark and mark.exists()):
            if mark:
                mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk, plan * chunk**2

    return work


def expected(chunks: int, plan: int = 3) -> list[tuple[int, int]]:
    return [(chunk, plan * chunk**2) for chunk in range(chunks)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_chunk_is_done_once(workers: int) -> None:
    assert sorted(chunks_done(square(), 3, range(7), workers)) == expected(7)


def test_one_worker_is_this_process() -> None:
    def work(plan: None, chunk: int) -> int:
        return os.getpid()

    assert set(chunks_done(work, None, range(3))) == {os.getpid()}
    assert os.getpid() not in set(chunks_done(work, None, range(4), workers=2))


def test_a_single_chunk_needs_no_pool() -> None:
    results = chunks_done(lambda plan, chunk: os.getpid(), None, range(1), workers=4)
    assert list(results) == [os.getpid()]


def test_no_chunk_gives_no_result() -> None:
    assert list(chunks_done(square(), 3, range(0), workers=2)) == []


def test_some_chunks_may_be_done_alone() -> None:
    assert sorted(chunks_done(square(), 3, [5, 2, 4], workers=2)) == [(2, 12), (4, 48), (5, 75)]


@pytest.mark.parametrize("workers", [0, -1])
def test_the_number_of_workers_is_positive(workers: int) -> None:
    with pytest.raises(UsageError, match=f"workers must be positive \\(got {workers}\\)"):
        list(chunks_done(square(), 3, range(2), workers))


# What dies.


def test_a_worker_that_dies_once_is_replaced(tmp_path: Path) -> None:
    work = dies(2, marks=tmp_path)
    assert sorted(chunks_done(work, 3, range(6), workers=2)) == expected(6)
    assert [mark.name for mark in tmp_path.iterdir()] == ["2"]


def test_several_deaths_are_survived(tmp_path: Path) -> None:
    work = dies(0, 9, marks=tmp_path)
    assert sorted(chunks_done(work, 3, range(12), workers=2)) == expected(12)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_chunk_that_always_kills_ends_in_an_error_that_names_it() -> None:
    results = chunks_done(dies(4), 3, range(6), workers=2)
    done = []
    with pytest.raises(SimulationError, match=r"chunk 4: its worker process died twice.*\(SIGKILL"):
        done.extend(results)
    # Suspects are tried in order: what stands before the culprit is handed over.
    assert set(done) >= set(expected(4))


def test_a_bystander_may_die_once_of_its_own(tmp_path: Path) -> None:
    """Chunk 0 is under way when chunk 1 kills the pool, and dies when it is first run alone."""

    def work(plan: int, chunk: int) -> tuple[int, int]:
        tries = len(list(tmp_path.glob(f"{chunk}-*")))
        (tmp_path / f"{chunk}-{tries}").touch()
        if chunk == 0 and not tries:
            time.sleep(60)
        while chunk == 1 and not tries and not (tmp_path / "0-0").exists():
            time.sleep(0.01)
        if (chunk, tries) in ((1, 0), (0, 1)):
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk, plan * chunk**2

    assert sorted(chunks_done(work, 3, range(4), workers=2)) == expected(4)
    assert (tmp_path / "0-2").exists()


def test_workers_that_cannot_start_end_in_an_error() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
            return os._exit, (3,)

    with pytest.raises(SimulationError, match=r"died twice.*\(exit code 3\)"):
        list(chunks_done(square(), Trap(), range(2), workers=2))


def test_an_error_in_a_worker_arrives_whole() -> None:
    def work(plan: None, chunk: int) -> int:
        from relsim.errors import SimulationError

        raise SimulationError(f"chunk {chunk} in week 9")

    with pytest.raises(SimulationError, match="^chunk [0-3] in week 9$"):
        list(chunks_done(work, None, range(4), workers=2))
    assert multiprocessing.active_children() == []


def test_what_cannot_be_sent_is_refused_before_the_start() -> None:
    with pytest.raises(UsageError, match="a rule cannot be sent to worker processes"):
        list(chunks_done(square(), threading.Lock(), range(2), workers=2))


# What is left behind.


def test_who_stops_early_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    results = iter(chunks_done(square(), 3, range(50), workers=2))
    next(results)
    assert [folder.name.startswith("relsim-") for folder in tmp_path.iterdir()] == [True]
    results.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []
    assert multiprocessing.active_children() == []


def test_workers_have_one_blas_thread_and_this_process_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    def work(plan: None, chunk: int) -> tuple[str | None, ...]:
        return tuple(map(os.environ.get, ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")))

    assert set(chunks_done(work, None, range(4), workers=2)) == {("1", "1")}
    assert os.environ["OPENBLAS_NUM_THREADS"] == "5"
    assert "OMP_NUM_THREADS" not in os.environ


def test_workers_leave_an_interrupt_to_this_process() -> None:
    def work(plan: None, chunk: int) -> bool:
        return signal.getsignal(signal.SIGINT) == signal.SIG_IGN

    assert set(chunks_done(work, None, range(4), workers=2)) == {True}


# What a worker needs of the script that runs: nothing.

SCRIPT = """
import os, sys
from relsim.runs.workers import KeptPool, chunks_done
with open(os.environ["MARK"], "a") as mark:
    mark.write("run\\n")
SCALE = 3
def work(plan, chunk):
    return os.getpid() != int(os.environ["PARENT"]), plan * SCALE * chunk
os.environ["PARENT"] = str(os.getpid())
print(sorted(chunks_done(work, 2, range(4), workers=2)))
"""
SAID = "[(True, 0), (True, 6), (True, 12), (True, 18)]\n"


@pytest.mark.parametrize("way", ["file", "stdin", "command", "interactive"])
def test_a_script_needs_no_guard_wherever_it_comes_from(tmp_path: Path, way: str) -> None:
    script, mark = tmp_path / "script.py", tmp_path / "mark"
    script.write_text(SCRIPT)
    words = {
        "file": [str(script)],
        "stdin": ["-"],
        "command": ["-c", SCRIPT],
        "interactive": ["-q", "-i", "-c", SCRIPT],
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", *words[way]],
        input=SCRIPT if way == "stdin" else "",
        cwd=tmp_path, env=os.environ | {"MARK": str(mark)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.removesuffix("\n\n") == SAID.removesuffix("\n\n"), done.stderr
    assert mark.read_text() == "run\n"  # the workers did not run it again


def test_this_process_keeps_its_main_module() -> None:
    before = sys.modules["__main__"]
    list(chunks_done(square(), 3, range(2), workers=2))
    assert sys.modules["__main__"] is before


# Where no worker can be started.


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def no_daemons_child(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]


def no_semaphore(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", refuse)


def no_support(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setitem(sys.modules, "multiprocessing.synchronize", None)
    for name, value in (("_system_limits_checked", False), ("_system_limited", None)):
        monkeypatch.setattr(concurrent.futures.process, name, value)


def no_temporary_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "absent"))


def full_temporary_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(Path, "write_bytes", refuse)


def no_process(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(workers.SpawnProcess, "_Popen", refuse)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (no_daemons_child, "this is a daemonic process.*daemon=False"),
        (no_semaphore, "no semaphores.*Read-only file system.*/dev/shm"),
        (no_support, "no semaphores.*multiprocessing.synchronize"),
        (no_temporary_folder, r"No such file or directory.*TMPDIR"),
        (full_temporary_folder, "plan cannot be written, Read-only file system.*TMPDIR"),
        (no_process, "Read-only file system"),
    ],
)
def test_where_no_worker_can_start_this_process_does_the_work_and_says_so(
    way: Callable[[pytest.MonkeyPatch, Path], None],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with monkeypatch.context() as patch:
        way(patch, tmp_path)
        message = (
            f"(?s)^no worker process can be started: .*{said}.*All is computed in this one proc"
        )
        with pytest.warns(UserWarning, match=message):
            done = list(chunks_done(square(), 3, range(5), workers=2))
    assert sorted(done) == expected(5)
    assert multiprocessing.active_children() == []


def test_a_second_worker_that_cannot_start_loses_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    start, begun = workers.SpawnProcess._Popen, []

    def once(process: Any) -> Any:
        begun.append(process)
        return start(process) if len(begun) == 1 else refuse()

    monkeypatch.setattr(workers.SpawnProcess, "_Popen", once)
    with pytest.warns(UserWarning, match="no worker process can be started: .*Read-only"):
        done = list(chunks_done(square(), 3, range(7), workers=2))
    assert sorted(done) == expected(7)
    assert len(begun) == 2


def test_work_that_killed_a_worker_is_not_done_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, begun = workers.SpawnProcess._Popen, []

    def twice(process: Any) -> Any:
        begun.append(process)
        return start(process) if len(begun) <= 2 else refuse()

    monkeypatch.setattr(workers.SpawnProcess, "_Popen", twice)
    message = (
        "^worker processes died, and no worker process can be started: .*Read-only file system"
    )
    with pytest.raises(SimulationError, match=message):
        list(chunks_done(dies(0, 1, 2, 3), 3, range(4), workers=2))


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_daemonic_process_simulates_too(tmp_path: Path, start: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "def child():\n"
        "    from relsim.runs.workers import chunks_done\n"
        "    print(sorted(chunks_done(lambda plan, chunk: plan * chunk, 3, range(4), workers=2)))\n"
        "if __name__ == '__main__':\n"
        f"    one = multiprocessing.get_context('{start}').Process(target=child, daemon=True)\n"
        "    one.start(); one.join(); sys.exit(one.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[0, 3, 6, 9]\n"), done.stderr
    assert "this is a daemonic process" in done.stderr
    assert "Traceback" not in done.stderr


# The parent is gone.

PARENT = """
import os, sys, threading, time
from pathlib import Path
from relsim.runs.workers import KeptPool, chunks_done
marks, forks = Path(sys.argv[1]), sys.argv[2] == "fork"
def work(plan, chunk):
    (marks / f"{os.getpid()}").touch()
    time.sleep(3600)
def fork():
    while len(list(marks.iterdir())) < 2:
        time.sleep(0.01)
    child = os.fork()  # holds all pipes open
    if not child:
        time.sleep(3600)
    (marks / f"forked-{child}").touch()
if forks:
    threading.Thread(target=fork).start()
list(chunks_done(work, None, range(4), workers=2))
"""


def wait_for(happened: Callable[[], bool]) -> None:
    """Five seconds are asked for; a machine that is busy may take ten times as many."""
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("end", "fork"), [("SIGKILL", False), ("SIGTERM", False), ("SIGKILL", True)]
)
def test_workers_end_with_their_parent_in_the_middle_of_a_task(
    tmp_path: Path, end: str, fork: bool
) -> None:
    marks, temporary = tmp_path / "marks", tmp_path / "temporary"
    marks.mkdir()
    temporary.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, marks, "fork" if fork else "-"],
        env=os.environ | {"TMPDIR": str(temporary)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: len(list(marks.iterdir())) == 2 + fork)
        assert len(list(temporary.glob("relsim-*/plan"))) == 1
    finally:
        parent.send_signal(getattr(signal, end))
        parent.wait(60)
    names = [mark.name for mark in marks.iterdir()]
    try:
        wait_for(lambda: not any(running(name) for name in names if name.isdigit()))
    finally:
        for name in names:
            if name.startswith("forked-"):
                os.kill(int(name.removeprefix("forked-")), signal.SIGKILL)
    assert list(temporary.iterdir()) == []


def running(number: str) -> bool:
    try:
        return psutil.Process(int(number)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# Workers that stay.


def process(plan: int, chunk: int) -> tuple[int, int]:
    return os.getpid(), chunk**plan


def test_kept_workers_stay_from_work_to_work() -> None:
    with KeptPool(2) as pool:
        found = [pool.done(lambda p, c: process(p, c), power, range(4)) for power in (1, 2, 3)]
    for power, results in enumerate(found, 1):
        assert sorted(result for _, result in results) == [n**power for n in range(4)]
    pids = {pid for results in found for pid, _ in results}
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_a_kept_pool_of_one_is_this_process() -> None:
    with KeptPool(1) as pool:
        assert pool.done(process, 2, [3]) == [(os.getpid(), 9)]
    with KeptPool(4) as pool:  # a single task needs no other process
        assert pool.done(process, 2, [3]) == [(os.getpid(), 9)]


def test_kept_workers_that_die_are_replaced_and_named_if_they_always_do(tmp_path: Path) -> None:
    with KeptPool(2) as pool:
        work = dies(1, marks=tmp_path)
        assert sorted(pool.done(work, 3, range(4))) == expected(4)
        assert sorted(pool.done(square(), 3, range(4))) == expected(4)
        with pytest.raises(SimulationError, match="chunk 2: its worker process died twice"):
            pool.done(dies(2), 3, range(4))


def test_an_error_in_a_kept_worker_arrives_and_leaves_nothing_behind() -> None:
    def work(plan: None, chunk: int) -> int:
        raise UsageError(f"chunk {chunk} is wrong")

    with pytest.raises(UsageError, match="is wrong"), KeptPool(2) as pool:
        pool.done(work, None, range(2))
    assert not pool._folder.exists()
