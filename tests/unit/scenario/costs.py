"""What it costs to read a file, in a unit of the machine that the tests run on."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from relsim.scenario.files.extending import parsed
from relsim.scenario.files.reading import read, validated
from relsim.scenario.schema import Scenario

BOUNDED = 50.0  # times reading the baseline; the costliest bad file takes 8, what hangs has no end


def cost(action: Callable[[], object]) -> float:
    """Processor time of an action, over that of reading the baseline in this process."""
    return _seconds(action) / _reference()


@functools.cache
def _reference() -> float:
    def reading() -> Scenario:
        return validated(read("us-russia-2021"), Scenario)

    reading()  # imports, compiled patterns
    return min(_seconds(reading) for _ in range(3))


def _seconds(action: Callable[[], object]) -> float:
    parsed.cache_clear()
    began = time.process_time()
    action()
    return time.process_time() - began
