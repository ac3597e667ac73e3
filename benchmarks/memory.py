"""Peak memory of a simulation into a folder, parent and workers summed, against the runs.

    python -m benchmarks.memory [--ten-million] [--short] [--in-memory]

Each size is a process of its own, which is watched from outside every tenth of a second: the
sum over it and its children of the proportional set size (PSS, /proc/PID/smaps_rollup), so that
pages which processes share count once; where the system does not report that, of the resident size.
One line of JSON a size. `--short` takes a term of eleven months with one outcome, a tenth of the
time; `--in-memory` gives no folder.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import report

SCENARIO = "us-russia-2021"
SIZES = (100_000, 1_000_000)
TEN_MILLION = 10_000_000
GOAL = 2**30  # bytes
EVERY = 0.1  # seconds


def simulated(runs: int, folder: str | None, workers: int, short: bool) -> None:
    """What is measured: simulate, and look at every outcome, in a process of its own."""
    from relsim.scenario.schema import Scenario, load
    from relsim.simulate import simulate

    scenario = load(SCENARIO)
    if short:
        plain = scenario.model_dump(by_alias=True, mode="json")
        outcomes = {"detente": plain["outcomes"]["detente"]}
        horizon = plain["horizon"] | {"end": "2021-12-31"}
        rest = {"headline": "detente", "forecasts": {}, "horizon": horizon, "outcomes": outcomes}
        scenario = Scenario.model_validate(plain | rest)
    ensemble = simulate(scenario, runs, workers=workers, folder=folder)
    ensemble.record()


def bytes_of(process: int) -> int:
    """Memory of a process: its proportional set size, or what comes nearest; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return resident(process)
    sizes = (line.split() for line in lines if line.startswith("Pss:"))
    return sum(1024 * int(words[1]) for words in sizes)


def resident(process: int) -> int:
    """Resident size, where psutil reports it."""
    try:
        import psutil

        return int(psutil.Process(process).memory_info().rss)
    except Exception:
        return 0


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        import psutil

        return [process, *(c.pid for c in psutil.Process(process).children(recursive=True))]
    except ImportError:
        pass
    except Exception:
        return [process]
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except OSError:
        return [process]
    return [process, *(member for child in children for member in family(int(child)))]


def peak(command: list[str]) -> tuple[int, int, float]:
    """Largest sum over a command and its children, that of the command alone, and its seconds."""
    began = time.perf_counter()
    most = alone = 0
    with subprocess.Popen(command) as running:
        while running.poll() is None:
            sizes = [bytes_of(member) for member in family(running.pid)]
            most, alone = max(most, sum(sizes)), max(alone, sizes[0])
            time.sleep(EVERY)
    if running.returncode:
        raise SystemExit(running.returncode)
    return most, alone, time.perf_counter() - began


def measure(runs: int, workers: int, short: bool, in_memory: bool) -> bool:
    """Measure one size and report it; whether the goal is met."""
    with tempfile.TemporaryDirectory() as place:
        folder = "" if in_memory else str(Path(place) / "result")
        words = ["--measured", str(runs), "--workers", str(workers), "--folder", folder]
        command = [sys.executable, "-m", "benchmarks.memory", *words, *(["--short"] * short)]
        most, alone, seconds = peak(command)
    report(
        "memory",
        runs=runs,
        workers=workers,
        stored=not in_memory,
        short=short,
        measure="pss" if Path("/proc/self/smaps_rollup").exists() else "rss",
        peak_bytes=most,
        peak_bytes_of_parent=alone,
        seconds=round(seconds, 2),
        goal=GOAL,
        met=most < GOAL,
    )
    return most < GOAL


def main() -> int:
    """Measure; the exit code is 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="peak memory of a simulation")
    parser.add_argument("--ten-million", action="store_true", help="10 million runs, too")
    parser.add_argument("--runs", type=int, action="append", help="these sizes instead")
    parser.add_argument("--short", action="store_true", help="eleven months, one outcome")
    parser.add_argument("--in-memory", action="store_true", help="without a folder")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--measured", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measured:
        simulated(asked.measured, asked.folder or None, asked.workers, asked.short)
        return 0
    sizes = asked.runs or [*SIZES, *([TEN_MILLION] if asked.ten_million else [])]
    met = [measure(runs, asked.workers, asked.short, asked.in_memory) for runs in sizes]
    return 0 if all(met) or asked.in_memory else 1


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
