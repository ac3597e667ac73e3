"""One pool of worker processes: chunks in, results out, whatever dies on the way."""

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from relsim.errors import SimulationError, UsageError

Result = TypeVar("Result")
Work = Callable[[Any, int], Result]

_work: tuple[Work[Any], Any] | None = None


def _ready(file: str) -> None:
    """Prepare a worker: the parent alone answers Ctrl-C, and holds what was computed."""
    import cloudpickle

    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _work = cloudpickle.loads(Path(file).read_bytes())


def _do(chunk: int) -> Any:
    assert _work is not None, "the initializer of the pool has run"
    work, plan = _work
    return work(plan, chunk)


def chunks_done(
    work: Callable[[Any, int], Result], plan: Any, chunks: Sequence[int], workers: int = 1
) -> Iterator[Result]:
    """Results of `work(plan, chunk)` for each of the chunks, as they finish.

    Parameters
    ----------
    work : callable
        Its result depends on its arguments alone.
    plan : object
        Sent to each worker once.
    chunks : sequence of int
    workers : int
        With one worker all is done in this process.

    Raises
    ------
    UsageError
        If the plan cannot be sent to a worker.
    SimulationError
        If a chunk kills its worker when it is run alone.
    """
    if workers < 1:
        raise UsageError(f"workers must be positive (got {workers})")
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield work(plan, chunk)
        return
    with TemporaryDirectory(prefix="relsim-") as folder:
        # By file and not as an argument: a large argument blocks for ever in the pipe to a
        # worker that dies while it starts.
        file = Path(folder) / "plan"
        file.write_bytes(_pickled(work, plan))
        yield from _all_chunks(str(file), list(chunks), workers)


def _all_chunks(file: str, waiting: list[int], workers: int) -> Generator[Any, None, None]:
    """Run what waits; where the pool breaks, what was under way is tried again, one by one."""
    suspects: list[int] = []
    while waiting:
        under_way, waiting = yield from _run(file, waiting, workers)
        suspects += under_way
    for chunk in suspects:
        under_way, _ = yield from _run(file, [chunk], 1)
        if under_way:
            raise SimulationError(
                f"chunk {chunk}: its worker process died twice; if a script of your own called "
                'this, let it do so under `if __name__ == "__main__":`, since workers import it'
            )


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


def _pickled(work: Callable[[Any, int], Any], plan: Any) -> bytes:
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps((work, plan))
    except Exception as error:
        raise UsageError(f"a rule cannot be sent to worker processes: {error}") from error
    return pickled


def _run(
    file: str, chunks: Iterable[int], workers: int
) -> Generator[Any, None, tuple[list[int], list[int]]]:
    """Yield results until all are done or the pool breaks; return (under way, not begun)."""
    queue = list(chunks)
    pool = ProcessPoolExecutor(
        min(workers, len(queue)), get_context("spawn"), initializer=_ready, initargs=(file,)
    )
    running: dict[Future[Any], int] = {}
    # Two chunks a worker in hand keep it busy; more would all be suspects if it died.
    in_hand = 2 * workers
    # Children read this at import: one BLAS thread each.
    kept = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    os.environ.update(dict.fromkeys(kept, "1"))
    try:
        while queue or running:
            while queue and len(running) < in_hand:
                with _deaf_to_interrupts():  # a worker is born in here, and stays so
                    running[pool.submit(_do, queue[0])] = queue[0]
                queue.pop(0)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                del running[future]
                yield result
        return [], []
    except BrokenProcessPool:
        return sorted(running.values()), queue
    except BaseException:  # Ctrl-C, or a caller who wants no more: nobody waits for the rest
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        pool.shutdown(wait=True, cancel_futures=True)
