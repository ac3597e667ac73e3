"""Tasks in, results out: in this process, in a pool of its own, or by an executor that is given.

A task is a number, or a tuple of numbers (of chunks to live side by side) which are tried one by
one if a worker dies of them.

The plan is pickled once, by cloudpickle, so that rules of one's own travel too; a worker unpickles
it once. An executor's results come back compressed: they may have a network to cross.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from relsim.arguments import whole_number
from relsim.errors import RelsimError, SimulationError, UsageError

__all__ = ["ExecutorBroke", "capacity", "check_sendable", "check_workers", "chunks_done"]

Result = TypeVar("Result")
Task = int | tuple[int, ...]
Submit = Callable[[Task], "Future[bytes]"]

# Workers of an executor that does not tell its size. What waits for the parent is half a megabyte
# a chunk; of an own pool it is twice as much, for the time that compressing takes.
MANY = 16
MOST_WORKERS = 4096  # processes of an own pool
FASTEST = 1  # level of zlib: a hundredth of a chunk's time for half its size


class ExecutorBroke(SimulationError):
    """An executor that was given ended before its work was done."""


def chunks_done(
    work: Callable[[Any, Any], Result],
    plan: Any,
    tasks: Sequence[Task],
    workers: int = 1,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """Results of `work(plan, task)` for each of the tasks, as they finish.

    Parameters
    ----------
    work : callable
        Its result depends on its arguments alone.
    plan : object
        Sent by cloudpickle.
    tasks : sequence of int, or of tuple of int
    workers : int
        Processes of an own pool. With one worker all is done in this process.
    executor : concurrent.futures.Executor, optional
        Does the work in place of an own pool. It is not shut down.

    Raises
    ------
    UsageError
        If the plan cannot be sent to a worker, or both workers and an executor are given.
    SimulationError
        If a chunk kills its worker when it is run alone.
    ExecutorBroke
        If the executor given breaks off.
    """
    workers = check_workers(workers, executor)
    if executor is not None:
        yield from _by_executor(executor, _pickled(work, plan), tasks)
    elif workers == 1 or len(tasks) < 2:
        for task in tasks:
            yield work(plan, task)
    else:
        with TemporaryDirectory(prefix="relsim-") as folder:
            # By file and not as an argument: a large argument blocks for ever in the pipe to a
            # worker that dies while it starts.
            file = Path(folder) / "plan"
            file.write_bytes(_pickled(work, plan))
            yield from _by_own_pool(str(file), list(tasks), workers)


def check_workers(workers: int, executor: Executor | None = None) -> int:
    """Return the number of workers; raise UsageError unless it goes with the executor."""
    workers = whole_number("workers", workers, most=MOST_WORKERS)
    if executor is None:
        return workers
    if workers != 1:
        raise UsageError("workers are of relsim's own pool: an executor has its own; give one")
    if not callable(getattr(executor, "submit", None)):
        raise UsageError(
            "executor must be a concurrent.futures.Executor, for instance ProcessPoolExecutor() "
            f"or dask's client.get_executor() (got {type(executor).__name__})"
        )
    return workers


def capacity(workers: int, executor: Executor | None) -> int:
    """How many tasks can be under way at once."""
    if executor is None:
        return workers
    for name in ("_max_workers", "num_workers"):  # the standard's executors; mpi4py's
        number = getattr(executor, name, None)
        if isinstance(number, int) and number > 0:
            return number
    cores = getattr(getattr(executor, "_client", None), "ncores", None)
    if callable(cores):  # Dask's, whose cluster may grow
        with suppress(Exception):
            of_all: int = sum(cores().values())
            return max(of_all, MANY)
    return MANY


def check_sendable(work: Callable[[Any, Any], Any], plan: Any) -> None:
    """Raise UsageError unless a plan can be sent to a worker."""
    _pickled(work, plan)


def _pickled(work: Callable[[Any, Any], Any], plan: Any) -> bytes:
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps((work, plan))
    except Exception as error:
        raise UsageError(f"a rule cannot be sent to worker processes: {error}") from error
    return pickled


# In a worker.


@lru_cache(maxsize=2)
def _loaded(sent: bytes | str) -> tuple[Callable[[Any, Any], Any], Any]:
    """What was sent, unpickled once; of a file its path was sent."""
    import cloudpickle

    found: tuple[Callable[[Any, Any], Any], Any]
    found = cloudpickle.loads(Path(sent).read_bytes() if isinstance(sent, str) else sent)
    return found


def _do(sent: bytes | str, task: Task) -> bytes:
    work, plan = _loaded(sent)
    return pickle.dumps(work(plan, task), pickle.HIGHEST_PROTOCOL)


def _do_afar(sent: bytes, task: Task) -> bytes:
    return zlib.compress(_do(sent, task), FASTEST)


def _ready(file: str) -> None:
    """Prepare a worker: the parent alone answers Ctrl-C, and holds what was computed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _loaded(file)


# In the parent.


def _pumped(
    submit: Submit, queue: deque[Task], running: dict[Future[bytes], Task], in_hand: int
) -> Iterator[bytes]:
    """Results as they finish; what was submitted stands in `running`, what was not in `queue`."""
    while queue or running:
        while queue and len(running) < in_hand:
            running[submit(queue[0])] = queue[0]
            queue.popleft()
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            result = future.result()
            del running[future]
            yield result


def _by_executor(executor: Executor, sent: bytes, tasks: Iterable[Task]) -> Iterator[Any]:
    """Have an executor do it; whatever goes wrong there ends it."""
    running: dict[Future[bytes], Task] = {}

    def submit(task: Task) -> Future[bytes]:
        return executor.submit(_do_afar, sent, task)

    # Two tasks a worker in hand keep it busy.
    done = _pumped(submit, deque(tasks), running, 2 * capacity(1, executor))
    try:
        while True:
            try:
                result = pickle.loads(zlib.decompress(next(done)))
            except StopIteration:
                return
            except RelsimError:
                raise
            except Exception as error:  # CancelledError is one, too
                raise _broke(executor, error) from error
            yield result
    finally:
        for future in running:
            future.cancel()


def _broke(executor: Executor, error: Exception) -> ExecutorBroke:
    kind = type(error).__name__
    broken = "its workers died" if isinstance(error, BrokenExecutor) else "it gave up a chunk"
    told = f"{kind}: {error}" if str(error) else kind
    return ExecutorBroke(f"the executor {type(executor).__name__} broke off, {broken} ({told})")


def _by_own_pool(file: str, waiting: list[Task], workers: int) -> Generator[Any, None, None]:
    """Run what waits; where the pool breaks, what was under way is tried again, one by one."""
    suspects: list[Task] = []
    while waiting:
        under_way, waiting = yield from _run(file, waiting, workers)
        suspects += [part for task in under_way for part in _singles(task)]
    for suspect in suspects:
        # It may have been another's death that it was near: only what it does alone counts.
        for _ in range(2):
            under_way, _ = yield from _run(file, [suspect], 1)
            if not under_way:
                break
        else:
            chunk = suspect[0] if isinstance(suspect, tuple) else suspect
            raise SimulationError(
                f"chunk {chunk}: its worker process died twice with nothing beside it; if a script "
                'of your own called this, let it do so under `if __name__ == "__main__":`, since '
                "workers import it"
            )


def _singles(task: Task) -> list[Task]:
    return [(part,) for part in task] if isinstance(task, tuple) else [task]


def _run(
    file: str, tasks: Iterable[Task], workers: int
) -> Generator[Any, None, tuple[list[Task], list[Task]]]:
    """Yield results until all are done or the pool breaks; return (under way, not begun)."""
    queue = deque(tasks)
    running: dict[Future[bytes], Task] = {}
    pool = ProcessPoolExecutor(
        min(workers, len(queue)), get_context("spawn"), initializer=_ready, initargs=(file,)
    )

    def submit(task: Task) -> Future[bytes]:
        with _deaf_to_interrupts():  # a worker is born in here, and stays so
            return pool.submit(_do, file, task)

    try:
        with _one_blas_thread():
            # Two tasks a worker in hand keep it busy; more would all be suspects if it died.
            for result in _pumped(submit, queue, running, 2 * workers):
                yield pickle.loads(result)
        return [], []
    except BrokenExecutor:
        return sorted(running.values()), list(queue)
    except BaseException:  # Ctrl-C, or a caller who wants no more: nobody waits for the rest
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Children read this when they import NumPy: one BLAS thread each."""
    kept = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    os.environ.update(dict.fromkeys(kept, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; a process that starts meanwhile ignores it from its birth."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
