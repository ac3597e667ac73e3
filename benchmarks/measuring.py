"""How all benchmarks measure: interleaved rounds, medians, one line of JSON a figure.

What is compared runs in turns within one process or one script, so that a busy machine slows all
sides alike. Times are of the processor where one process computes, of the wall clock elsewhere.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROUNDS = 7

Side = Callable[[], object]
Clock = Callable[[], float]


def seconds(side: Side, clock: Clock = time.process_time) -> float:
    """What one call takes."""
    began = clock()
    side()
    return clock() - began


def in_turns(
    sides: Mapping[str, Side], rounds: int = ROUNDS, clock: Clock = time.process_time
) -> dict[str, list[float]]:
    """Seconds of each side in each round; one round more at first warms up and is not counted."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            taken = seconds(side, clock)
            if number:
                times[name].append(taken)
    return times


def ratio(times: Mapping[str, list[float]], one: str, other: str) -> float:
    """Median over rounds of how many times longer `one` took than `other`."""
    pairs = zip(times[one], times[other], strict=True)
    return statistics.median(a / b for a, b in pairs)


def report(benchmark: str, **figures: Any) -> None:
    """Print one finding as a line of JSON."""
    print(json.dumps({"benchmark": benchmark} | figures), flush=True)


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    allowed = getattr(os, "sched_getaffinity", None)  # not every system can tell
    packages = ("relsim-ir", "numpy", "scipy", "simpy")
    return {
        "cpu": cpu_model(),
        "cores": len(allowed(0)) if allowed else os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def cpu_model() -> str:
    """The processor's name, as far as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
