"""What all tests share: a quiet plotting backend, repeatable hypothesis runs, the outside data."""

import gc
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import settings

# Before anything imports matplotlib; command-line runs inherit it.
os.environ.setdefault("MPLBACKEND", "Agg")

# Before anything imports NumPy. Beside other workers, further threads only wait for each other.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

CHECKOUT = Path(__file__).resolve().parents[1]

# The same examples at each run and no time limit a slow machine could break.
settings.register_profile("relsim", derandomize=True, deadline=None, database=None)
settings.load_profile("relsim")


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with `default_cases(n)`, n of its cases run by default; the others are slow."""
    cases = defaultdict(list)
    for item in items:
        marker = item.get_closest_marker("default_cases")
        if marker is not None:
            cases[item.nodeid.partition("[")[0], marker.args[0]].append(item)
    for (_, wanted), alike in cases.items():
        kept = {number * len(alike) // wanted for number in range(wanted)}  # from all along
        for number, item in enumerate(alike):
            if number not in kept:
                item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Iterator[list[pytest.Collector]]:
    """Examples of docstrings stand in relsim: here nobody looks for them."""
    found = yield
    return [one for one in found if not isinstance(one, DoctestModule)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """What is imported and collected stays: the garbage collector need not look through it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_finish() -> None:
    """Tests are all there: from here on scenarios are read once for all of them."""
    from tests.remembering import remember_scenarios

    remember_scenarios()


def outside_data() -> Path:
    """Where the outside data lie: RELSIM_DATA, else shared/data beside the checkout."""
    named = os.environ.get("RELSIM_DATA")
    return Path(named) if named else CHECKOUT.parent / "shared" / "data"


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks are simulated once for all tests that ask for this."""
    from tests.remembering import remembered_chunks

    monkeypatch.setattr("relsim.runs.engine.simulate_chunks", remembered_chunks)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of outside data. Absent, the test skips, but under CI it fails."""
    folder = outside_data()
    if not folder.is_dir():
        reason = f"needs the outside data in {folder}; set RELSIM_DATA to their folder"
        if os.environ.get("CI", "").casefold() in {"1", "true", "yes"}:
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
