"""Tasks in, results out: in this process, in a pool of its own, or by an executor that is given.

A task is a number, or a tuple of numbers (of chunks to simulate side by side) which are tried one
by one if a worker dies of them.

The plan is pickled once, by cloudpickle, so that rules of one's own travel too; a worker unpickles
it once, and needs nothing else of the script that runs. A worker ends when its parent does. Where
no worker can be started, this process does the work, and says so. An executor's results come back
compressed: they may have a network to cross.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import threading
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from relsim.arguments import whole_number
from relsim.errors import RelsimError, SimulationError, UsageError

Result = TypeVar("Result")
Task = int | tuple[int, ...]
Submit = Callable[[Task], "Future[bytes]"]

# Workers of an executor that does not say its size. What waits for the parent is half a megabyte
# a chunk; of an own pool it is twice as much, for the time that compressing takes.
MANY = 16
MOST_WORKERS = 4096  # processes of an own pool
LOOK = 1.0  # seconds after which a worker looks whether it was handed to another parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
FASTEST = 1  # level of zlib: a hundredth of a chunk's time for half its size
UNGUARDED = (
    "; workers that start by spawn import the script that runs: it must be a file that calls this "
    'under `if __name__ == "__main__":`'
)


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
        What `work` is given beside the plan, one after another.
    workers : int
        Processes of an own pool. With one worker all is done in this process, and also where none
        can be started, with a warning that says why.
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
        pickled = _pickled(work, plan)
        try:
            yield from by_own_pool(pickled, list(tasks), workers)
        except NoWorkers as error:
            warnings.warn(
                f"{error}. All is computed in this one process: the numbers are the same, but it "
                "takes longer",
                stacklevel=2,
            )
            for task in error.left:
                yield work(plan, task)


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
            return max(int(sum(cores().values())), MANY)
    return MANY


def check_sendable(work: Callable[[Any, Any], Any], plan: Any) -> None:
    """Raise UsageError unless a plan can be sent to a worker."""
    _pickled(work, plan)


def _pickled(work: Callable[[Any, Any], Any], plan: Any) -> bytes:
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps((work, plan)))
    except Exception as error:
        raise UsageError(f"a rule cannot be sent to worker processes: {error}") from error


def _by_executor(executor: Executor, sent: bytes, tasks: Iterable[Task]) -> Iterator[Any]:
    """Have an executor do it; whatever goes wrong there ends it."""
    running: dict[Future[bytes], Task] = {}

    def submit(task: Task) -> Future[bytes]:
        return executor.submit(_do_afar, sent, task)

    try:
        # Two tasks a worker in hand keep it busy.
        for result in pumped(submit, deque(tasks), running, 2 * capacity(1, executor)):
            yield pickle.loads(zlib.decompress(result))
    except RelsimError:
        raise
    except Exception as error:  # CancelledError is one, too
        raise _broke(executor, error) from error
    finally:
        for future in running:
            future.cancel()


def _broke(executor: Executor, error: Exception) -> ExecutorBroke:
    kind = type(error).__name__
    broken = "its workers died" if isinstance(error, BrokenExecutor) else "it gave up a chunk"
    said = f"{kind}: {error}" if str(error) else kind
    hint = UNGUARDED if isinstance(error, BrokenExecutor) else ""
    return ExecutorBroke(
        f"the executor {type(executor).__name__} broke off, {broken} ({said}){hint}"
    )


class NoWorkers(SimulationError):
    """No worker process can be started.

    Parameters
    ----------
    reason : str
    left : sequence of int, or of tuple of int
        The tasks that are still to be done.
    """

    def __init__(self, reason: str, left: Sequence[Task] = ()) -> None:
        super().__init__(f"no worker process can be started: {reason}")
        self.left = left


# In a worker.


@lru_cache(maxsize=2)
def _loaded(sent: bytes | str) -> tuple[Callable[[Any, Any], Any], Any]:
    """What was sent, unpickled once; of a file its path was sent."""
    import cloudpickle

    found: tuple[Callable[[Any, Any], Any], Any]
    found = cloudpickle.loads(Path(sent).read_bytes() if isinstance(sent, str) else sent)
    return found


def do(sent: bytes | str, task: Task) -> bytes:
    """The pickled result of a task."""
    work, plan = _loaded(sent)
    return pickle.dumps(work(plan, task), pickle.HIGHEST_PROTOCOL)


def _ready(file: str) -> None:
    """Prepare a worker: the parent alone answers Ctrl-C, and holds what was computed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(file,), daemon=True).start()
    _loaded(file)


def _end_with_parent(file: str) -> None:
    """End this worker as soon as its parent is gone, also in the middle of a task.

    A parent that was killed cannot say so: its end of a pipe closes. That could be held open by a
    process that was forked from it, so its number is looked at, too.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    # On Windows the number never changes, but nothing is forked there either.
    while parent.is_alive() and os.getppid() == parent.pid:
        parent.join(LOOK)
    shutil.rmtree(Path(file).parent, ignore_errors=True)
    os._exit(1)


def _do_afar(sent: bytes, task: Task) -> bytes:
    return zlib.compress(do(sent, task), FASTEST)


# In the parent: a pool of its own.


def pumped(
    submit: Submit, queue: deque[Task], running: dict[Future[bytes], Task], in_hand: int
) -> Iterator[bytes]:
    """Results as they finish; what was submitted stands in `running`, what was not in `queue`."""
    while queue or running:
        while queue and len(running) < in_hand:
            running[submit(queue[0])] = queue[0]
            queue.popleft()
        for future in futures.wait(running, return_when=futures.FIRST_COMPLETED).done:
            result = future.result()
            del running[future]
            yield result


def by_own_pool(pickled: bytes, waiting: list[Task], workers: int) -> Generator[Any, None, None]:
    """Run what waits; where the pool breaks, what was under way is tried again, one by one."""
    suspects: list[Task] = []
    with _plan_file(pickled, waiting) as file:
        try:
            while waiting:
                found = yield from _run(file, waiting, workers)
                waiting = found.waiting
                for task in found.under_way:
                    suspects += [(part,) for part in task] if isinstance(task, tuple) else [task]
            for suspect in suspects:
                yield from _alone(file, suspect)
        except NoWorkers as error:
            if suspects:  # one of them may kill this process, too
                raise SimulationError(f"worker processes died, and {error}") from error
            raise


def _alone(file: str, suspect: Task) -> Generator[Any, None, None]:
    # It may have been another's death that it was near: only what it does alone counts.
    for _ in range(2):
        found = yield from _run(file, [suspect], 1)
        if not found.under_way:
            return
    chunk = suspect[0] if isinstance(suspect, tuple) else suspect
    raise SimulationError(
        f"chunk {chunk}: its worker process died twice with nothing beside it "
        f"({_how_it_ended(found.exit_code)})"
    )


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    with suppress(ValueError):  # a signal that Python has no name for
        name = signal.Signals(-exit_code).name
        return f"{name}, as when memory runs out" if name == "SIGKILL" else name
    return f"signal {-exit_code}"


@contextmanager
def _plan_file(pickled: bytes, waiting: Sequence[Task]) -> Iterator[str]:
    """Yield the name of a file that holds the plan; it goes at the end.

    By file and not as an argument: a large argument blocks for ever in the pipe to a worker that
    dies while it starts.
    """
    try:
        folder = TemporaryDirectory(prefix="relsim-", ignore_cleanup_errors=True)
    except OSError as error:
        raise NoWorkers(f"{error.strerror or error} (TMPDIR may name another)", waiting) from error
    with folder:
        file = Path(folder.name) / "plan"
        try:
            file.write_bytes(pickled)
        except OSError as error:
            reason = f"{file} cannot be written, {error.strerror} (TMPDIR may name another folder)"
            raise NoWorkers(reason, waiting) from error
        yield str(file)


class _Run(NamedTuple):
    """What became of tasks: those under way when the pool broke, and those not begun."""

    under_way: list[Task]
    waiting: list[Task]
    exit_code: int | None = None  # of a worker that died


def _run(file: str, tasks: Sequence[Task], workers: int) -> Generator[Any, None, _Run]:
    """Yield results until all are done or the pool breaks."""
    queue = deque(tasks)
    running: dict[Future[bytes], Task] = {}
    context = _Context()
    pool = _pool(file, tasks, workers, context)

    def submit(task: Task) -> Future[bytes]:
        try:
            with _deaf_to_interrupts():  # a worker is born in here, and stays so
                return pool.submit(do, file, task)
        except BrokenExecutor:
            raise
        except (OSError, RuntimeError) as error:  # no process, or no thread
            raise NoWorkers(str(error), [*running.values(), *queue]) from error

    try:
        with _one_blas_thread():
            # Two tasks a worker in hand keep it busy; more would all be suspects if it died.
            for result in pumped(submit, queue, running, 2 * workers):
                yield pickle.loads(result)
        return _Run([], [])
    except BrokenExecutor:
        pool.shutdown(wait=True, cancel_futures=True)
        codes = [process.exitcode for process in context.born if process.exitcode]
        return _Run(sorted(running.values()), list(queue), codes[0] if codes else None)
    except BaseException:  # Ctrl-C, or a caller who wants no more: nobody waits for the rest
        for process in context.born:
            if process.pid is not None:
                process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class KeptPool:
    """Workers that stay for many pieces of work, as where each follows from the one before.

    A context manager. Workers are started with the first work that has more than one task.

    Parameters
    ----------
    workers : int
        Processes; with one worker all is done in this process.

    Examples
    --------
    >>> with KeptPool(1) as pool:
    ...     pool.done(pow, 2, [3, 4])
    [8, 16]
    """

    def __init__(self, workers: int) -> None:
        self._workers = check_workers(workers)
        self._context, self._open, self._sent = _Context(), ExitStack(), 0
        self._pool: ProcessPoolExecutor | None = None
        self._folder = Path()

    def __enter__(self) -> KeptPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:  # Ctrl-C, or an error: nobody waits for the rest
            for process in self._context.born:
                if process.pid is not None:
                    process.terminate()
        self._open.close()

    def done(
        self, work: Callable[[Any, Any], Result], plan: Any, tasks: Sequence[Task]
    ) -> list[Result]:
        """Results of `work(plan, task)` for each of the tasks, in any order; see `chunks_done`.

        Where the workers die all is done again as `chunks_done` does it, which says what killed
        them.
        """
        if self._workers > 1 and len(tasks) > 1:
            try:
                return self._done(_pickled(work, plan), tasks)
            except (BrokenExecutor, NoWorkers, OSError):
                self._open.close()
                self._pool = None
        return list(chunks_done(work, plan, tasks, self._workers))

    def _done(self, pickled: bytes, tasks: Sequence[Task]) -> list[Any]:
        pool, self._sent = self._pool or self._started(tasks), self._sent + 1
        file = self._folder / f"plan-{self._sent}"
        file.write_bytes(pickled)

        def submit(task: Task) -> Future[bytes]:
            with _deaf_to_interrupts():  # a worker is born in here, and stays so
                return pool.submit(do, str(file), task)

        try:
            with _one_blas_thread():
                found = pumped(submit, deque(tasks), {}, 2 * self._workers)
                return [pickle.loads(result) for result in found]
        finally:
            file.unlink(missing_ok=True)

    def _started(self, tasks: Sequence[Task]) -> ProcessPoolExecutor:
        nothing = str(self._open.enter_context(_plan_file(_pickled(pow, None), tasks)))
        self._folder = Path(nothing).parent
        pool = _pool(nothing, range(self._workers), self._workers, self._context)
        self._open.callback(pool.shutdown, wait=True, cancel_futures=True)
        self._pool = pool
        return pool


def _pool(file: str, tasks: Sequence[Task], workers: int, context: _Context) -> ProcessPoolExecutor:
    if multiprocessing.current_process().daemon:
        raise NoWorkers(
            "this is a daemonic process, and multiprocessing lets none have children (make it with "
            "daemon=False, or use a ProcessPoolExecutor in place of a Pool)",
            tasks,
        )
    try:
        number = min(workers, len(tasks))
        return ProcessPoolExecutor(number, context, initializer=_ready, initargs=(file,))
    except (OSError, NotImplementedError, ImportError) as error:
        raise NoWorkers(
            f"the system gives no semaphores, {error} (on Linux they need a writable /dev/shm)",
            tasks,
        ) from error


class _Worker(SpawnProcess):
    """A process that does not import the script that runs.

    The plan holds all that it needs of that. So a script needs no guard, may come from standard
    input or a notebook, and is not run a second time.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    """How workers start; it remembers them."""

    def __init__(self) -> None:
        self.born: list[_Worker] = []

    def Process(self, *args: Any, **words: Any) -> _Worker:  # type: ignore[override]
        self.born.append(_Worker(*args, **words))
        return self.born[-1]


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Children read this when they import NumPy: one BLAS thread each."""
    kept = {name: os.environ.pop(name) for name in ONE_THREAD if name in os.environ}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name in ONE_THREAD:
            os.environ.pop(name, None)
        os.environ.update(kept)


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
