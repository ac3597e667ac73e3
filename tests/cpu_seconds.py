"""What tests cost, in processor seconds, the dearest first: ``pytest -p tests.cpu_seconds``.

Those of the test's process and of processes that it starts and waits for; what else runs on the
machine hardly counts. The first test that asks for a fixture bears it.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator

import pytest

SHOWN = 40
_of_test: Counter[str] = Counter()


def spent() -> float:
    """Processor seconds of this process, and of those that it started and that have ended."""
    who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Note what stood on the clock before the test."""
    item.stash[BEGAN] = spent()
    return (yield)


BEGAN = pytest.StashKey[float]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Send what was spent along with the last report of a test."""
    report = yield
    if call.when == "teardown" and BEGAN in item.stash:
        report.user_properties = [*report.user_properties, ("cpu", spent() - item.stash[BEGAN])]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what workers report."""
    for name, value in report.user_properties:
        if name == "cpu" and report.when == "teardown":
            _of_test[report.nodeid] += value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the dearest tests, files and folders."""
    files: Counter[str] = Counter()
    folders: Counter[str] = Counter()
    for name, seconds in _of_test.items():
        file = name.partition("::")[0]
        files[file] += seconds
        folders[file.rpartition("/")[0]] += seconds
    for title, costs in (("test", _of_test), ("file", files), ("folder", folders)):
        terminalreporter.section(f"processor seconds by {title}, {sum(costs.values()):.0f} in all")
        for name, seconds in costs.most_common(SHOWN):
            terminalreporter.write_line(f"{seconds:7.2f} {name}")
