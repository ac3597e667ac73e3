"""Tasks in, results out: in this process, in a pool of its own, or by an executor that is given.

A task is a number, or a tuple of numbers (of chunks to simulate side by side) which are tried one
by one if a worker dies of them.

The plan is pickled once, by cloudpickle, so that rules of one's own travel too; a worker unpickles
it once, and needs nothing else of the script that runs. A worker ends when its parent does. Where
no worker can be started, this process does the work, and says so. An executor's results come back
compressed: they may have a network to cross.
"""

from __future__ import annotations

import pickle
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from typing import Any, TypeVar

from relsim.arguments import whole_number
from relsim.errors import RelsimError, SimulationError, UsageError
from relsim.runs.pool import NoWorkers, Task, by_own_pool, do, pumped

Result = TypeVar("Result")

# Workers of an executor that does not say its size. What waits for the parent is half a megabyte
# a chunk; of an own pool it is twice as much, for the time that compressing takes.
MANY = 16
MOST_WORKERS = 4096  # processes of an own pool
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


def _do_afar(sent: bytes, task: Task) -> bytes:
    return zlib.compress(do(sent, task), FASTEST)


# In the parent.


def _by_executor(executor: Executor, sent: bytes, tasks: Iterable[Task]) -> Iterator[Any]:
    """Have an executor do it; whatever goes wrong there ends it."""
    running: dict[Future[bytes], Task] = {}

    def submit(task: Task) -> Future[bytes]:
        return executor.submit(_do_afar, sent, task)

    # Two tasks a worker in hand keep it busy.
    done = pumped(submit, deque(tasks), running, 2 * capacity(1, executor))
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
    said = f"{kind}: {error}" if str(error) else kind
    hint = UNGUARDED if isinstance(error, BrokenExecutor) else ""
    return ExecutorBroke(
        f"the executor {type(executor).__name__} broke off, {broken} ({said}){hint}"
    )
