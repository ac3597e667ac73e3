"""Executors of the user's: the same bits as in this process, and one clear error if they break."""

from __future__ import annotations

import importlib.util
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.opening import open_result
from relsim.errors import SimulationError, UsageError
from relsim.rules import logit
from relsim.runs import workers
from relsim.runs.workers import ExecutorBroke, chunks_done
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate, simulate_or_fail
from relsim.store import manifest
from tests.properties.comparing import assert_same, narrow, shortened

RUNS, DRAWS, WIDTH = 640, 128, 128
END = "2021-07-31"  # of a term of a few months
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, WIDTH)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021"), END)


@pytest.fixture(scope="module")
def alone(scenario: Scenario) -> Ensemble:
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        return simulate(scenario, RUNS, DRAWS)


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(3) as executor:
        yield executor


@contextmanager
def dask() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


@contextmanager
def dask_processes() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


class Elsewhere(Executor):
    """Calls in this process what went through pickle, as to another one and back."""

    def submit(self, call: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        call, words, named = pickle.loads(pickle.dumps((call, words, named)))
        done: Future[Any] = Future()
        done.set_result(pickle.loads(pickle.dumps(call(*words, **named))))
        return done


@contextmanager
def elsewhere() -> Iterator[Executor]:
    """The short form of other processes."""
    yield Elsewhere()


KINDS = [
    elsewhere,
    threads,
    pytest.param(processes, marks=pytest.mark.slow),
    pytest.param(dask, marks=pytest.mark.slow),
    pytest.param(dask_processes, marks=pytest.mark.slow),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the executors' own packages
@pytest.mark.parametrize("kind", KINDS)
def test_bits_do_not_hang_on_the_executor(
    kind: Callable[[], Any], scenario: Scenario, alone: Ensemble, tmp_path: Path
) -> None:
    seen: list[int] = []
    with kind() as executor:
        found = simulate(
            scenario, RUNS, DRAWS, executor=executor, progress=lambda done, total: seen.append(done)
        )
        stored = simulate(scenario, RUNS, DRAWS, executor=executor, folder=tmp_path / "result")
        # It is the user's, and still there.
        assert executor.submit(abs, -1).result() == 1
    assert_same(found, alone)
    assert_same(stored, alone)
    assert seen == [128, 256, 384, 512, 640]


BY_MPI = """
import sys
from functools import partial

import relsim
from mpi4py.futures import MPIPoolExecutor
from tests.properties.comparing import SIMULATE, shortened

if __name__ == "__main__":
    SIMULATE.Plan = partial(SIMULATE.Plan, width=128)
    scenario = shortened(relsim.load("us-russia-2021"), "2021-09-01")
    with MPIPoolExecutor() as executor:
        assert executor.num_workers == 2
        relsim.simulate(scenario, 640, 128, executor=executor, folder=sys.argv[1])
"""


@pytest.mark.slow
def test_bits_do_not_hang_on_mpi(alone: Ensemble, tmp_path: Path) -> None:
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None or importlib.util.find_spec("mpi4py") is None:
        pytest.skip("there is no MPI: it needs mpiexec and mpi4py")
    script, folder = tmp_path / "script.py", tmp_path / "result"
    script.write_text(BY_MPI, "utf-8")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    words = [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", str(script), str(folder)]
    subprocess.run(words, env=os.environ | {"PYTHONPATH": path}, check=True)
    assert_same(open_result(folder), alone)


@pytest.mark.slow
def test_rules_of_ones_own_travel(scenario: Scenario) -> None:
    share = 0.5

    def rule(view: Any, parameters: Any) -> Any:
        return share * logit(view, parameters) + share * logit(view, parameters)

    here = simulate(scenario, 256, 64, rules={"US": rule})
    with processes() as executor:
        assert_same(simulate(scenario, 256, 64, rules={"US": rule}, executor=executor), here)


@pytest.mark.parametrize("own", [False, True])
def test_a_rule_that_cannot_travel_is_refused_before_the_start(
    scenario: Scenario, tmp_path: Path, own: bool
) -> None:
    lock = threading.Lock()

    def rule(view: Any, parameters: Any) -> Any:
        with lock:
            return logit(view, parameters)

    folder = tmp_path / "result"
    how: dict[str, Any] = {"workers": 2} if own else {"executor": ThreadPoolExecutor(1)}
    with pytest.raises(UsageError, match="a rule cannot be sent to worker processes: .*lock"):
        simulate(scenario, 256, 64, rules={"US": rule}, folder=folder, **how)
    assert not folder.exists()


def test_workers_and_an_executor_are_too_many(scenario: Scenario) -> None:
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(UsageError, match="give one"):
            simulate(scenario, 64, 64, workers=2, executor=executor)
        with pytest.raises(UsageError, match="must be a concurrent.futures.Executor.*got int"):
            simulate(scenario, 64, 64, executor=4)  # type: ignore[arg-type]


# What breaks.


class Breaking(Executor):
    """Does some chunks at once, then something befalls it."""

    def __init__(self, good: int, end: Callable[[Future[Any]], object]) -> None:
        self.good, self.end = good, end

    def submit(self, function: Any, /, *args: Any, **words: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.good:
            self.good -= 1
            future.set_result(function(*args, **words))
        else:
            self.end(future)
        return future


def cancelled(future: Future[Any]) -> None:
    future.cancel()
    future.set_running_or_notify_cancel()


def lost(future: Future[Any]) -> None:
    future.set_exception(ConnectionError("the scheduler is gone"))


def at_once(future: Future[Any]) -> None:
    raise RuntimeError("cannot schedule new futures after shutdown")


ENDS: dict[str, tuple[Callable[[Future[Any]], object], str]] = {
    "cancelled": (cancelled, "Breaking broke off, it gave up a chunk .CancelledError"),
    "lost": (lost, "it gave up a chunk .ConnectionError: the scheduler is gone"),
    "at once": (at_once, "RuntimeError: cannot schedule new futures after shutdown"),
}


@pytest.mark.parametrize(("end", "said"), ENDS.values(), ids=ENDS.keys())
@pytest.mark.default_cases(1)
def test_an_executor_that_breaks_is_reported_with_how_to_go_on(
    end: Callable[[Future[Any]], object],
    said: str,
    scenario: Scenario,
    alone: Ensemble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "MANY", 1)
    monkeypatch.setattr("relsim.runs.plan.SIDE_BY_SIDE", 1)
    folder = tmp_path / "result"
    with pytest.raises(SimulationError, match=said) as caught:
        simulate(scenario, RUNS, DRAWS, folder=folder, executor=Breaking(3, end))
    assert f"finished chunks are kept in {folder}: go on by the same call" in str(caught.value)
    assert f"--runs 640 --draws 128 --seed 1 --out {folder} --resume" in str(caught.value)
    assert 1 <= len(manifest.read(folder).chunks) <= 3
    assert_same(simulate(scenario, RUNS, DRAWS, folder=folder, resume=True), alone)
    with pytest.raises(SimulationError, match="nothing is kept, as no folder was given"):
        simulate(scenario, RUNS, DRAWS, executor=Breaking(3, end))


def test_a_pool_whose_worker_dies_is_reported() -> None:
    def work(plan: None, chunk: int) -> int:
        if chunk == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk

    with (
        processes() as executor,
        pytest.raises(ExecutorBroke, match=r"its workers died \(BrokenProcessPool"),
    ):
        list(chunks_done(work, None, range(8), executor=executor))


class Counting(Executor):
    """Holds what is submitted until it is asked."""

    def __init__(self) -> None:
        self.open: list[Future[Any]] = []
        self.most = 0

    def submit(self, function: Any, /, *args: Any, **words: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.open.append(future)
        self.most = max(self.most, len(self.open))
        if len(self.open) == 2 * workers.MANY:
            threading.Thread(target=self._one, args=(function, args)).start()
        return future

    def _one(self, function: Any, args: tuple[Any, ...]) -> None:
        self.open.pop(0).set_result(function(*args))


class OfManyCores(Counting):
    """As Dask's executor gives its size."""

    class _client:
        @staticmethod
        def ncores() -> dict[str, int]:
            return {"tcp://a": 96, "tcp://b": 104}


def test_a_large_cluster_is_kept_busy() -> None:
    assert workers.capacity(1, ThreadPoolExecutor(3)) == 3
    assert workers.capacity(1, Counting()) == workers.MANY
    assert workers.capacity(1, OfManyCores()) == 200


def test_few_chunks_are_in_hand_and_the_rest_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MANY", 2)
    executor = Counting()
    done = iter(chunks_done(lambda plan, chunk: chunk, None, range(20), executor=executor))
    for _ in range(6):
        next(done)
    assert executor.most == 4
    done.close()  # type: ignore[attr-defined]
    assert [future.cancelled() for future in executor.open] == [True] * len(executor.open)


@pytest.mark.slow
def test_what_comes_back_of_a_chunk_is_small() -> None:
    """The contract: half a megabyte; the chunk with the runs that are kept whole is larger."""
    plan = Plan(load("us-russia-2021"), 1, 16_384, 32)
    sent = workers._pickled(simulate_or_fail, plan)
    assert len(workers._do_afar(sent, (1,))) < 500_000
