"""The pool of worker processes: chunks in, results out, whatever dies on the way."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relsim.errors import SimulationError, UsageError
from relsim.workers import chunks_done

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
    # Suspects are tried in order: what stands before the culprit is handed over.
    done = [next(results) for _ in range(4)]
    with pytest.raises(SimulationError, match="chunk 4: its worker process died twice"):
        done += list(results)
    assert sorted(done)[:4] == expected(4)


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

    with pytest.raises(SimulationError, match="died twice"):
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
