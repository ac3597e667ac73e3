"""Seconds from a cold start, as a user waits: the import, the help page, a run with its figures.

    python -m benchmarks.cold_start [--rounds 5]

A process of its own for each, in turns, by the wall clock. One line of JSON each.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks.measuring import in_turns, report

ROUNDS = 5
CLI = "from relsim.cli.main import main; raise SystemExit(main())"
WHAT: dict[str, list[str]] = {
    "import relsim": ["import relsim"],
    "relsim --help": [CLI, "--help"],
    "relsim run us-russia-2021": [CLI, "run", "us-russia-2021"],
}
GOALS = {"relsim --help": 0.3, "relsim run us-russia-2021": 5.0}  # seconds


def started(words: list[str]) -> None:
    """One process, in an empty folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", *words]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


def main() -> int:
    """Measure; the exit code is 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="seconds from a cold start")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    sides = {name: partial(started, words) for name, words in WHAT.items()}
    times = in_turns(sides, rounds, time.perf_counter)
    met = True
    for name, taken in times.items():
        median, goal = statistics.median(taken), GOALS.get(name)
        met &= goal is None or median < goal
        seconds = [round(x, 3) for x in taken]
        report("cold_start", what=name, seconds=seconds, median=round(median, 3), goal=goal)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
