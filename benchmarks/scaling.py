"""How cost grows with horizon, runs and draws, and what a second worker saves.

    python -m benchmarks.scaling [--rounds 5]

Cost against horizon, runs and draws is processor time of one process, in turns, with a line fitted
to the medians; one line of JSON each:

    {"benchmark": "scaling", "against": "runs", "unit": "runs", "at": [...],
     "seconds": [[...], ...], "medians": [...], "slope": ..., "intercept": ...,
     "r_squared": ..., "goal": 0.99}

Workers are compared by wall time over the same chunks: one in this process, two processes of a pool
that stands already (what its start costs is a line of its own), two threads.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: one core a worker

import argparse
import datetime
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from benchmarks.measuring import Side, in_turns, ratio, report, seconds
from relsim.runs.engine import simulate_or_fail
from relsim.runs.plan import CHUNK_WIDTH, SIDE_BY_SIDE, Plan, side_by_side
from relsim.runs.workers import capacity, chunks_done
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate

SCENARIO = "us-russia-2021"
ROUNDS = 5
YEARS = (0.5, 1, 2, 4)
GROUPS = (1, 2, 3, 4)
RUNS = SIDE_BY_SIDE * CHUNK_WIDTH  # a group of chunks: fewer have no full share of each other
DRAWS = (64, 1_024, 2_048, 4_096, 8_192)
STRAIGHT = 0.99  # R² of a fitted line
FASTER = 1.8  # two workers against one
SHARED = 16  # chunks that workers share


class Line(NamedTuple):
    """A line fitted to medians by least squares."""

    slope: float
    intercept: float
    r_squared: float


def fitted(x: list[float], y: list[float]) -> Line:
    """Fit a line; R² is the share of the variance that it explains.

    >>> fitted([1, 2, 3], [3, 5, 7])
    Line(slope=2.0, intercept=1.0, r_squared=1.0)
    """
    slope, intercept = np.polyfit(x, y, 1)
    rest = np.asarray(y) - (slope * np.asarray(x) + intercept)
    spread = np.asarray(y) - np.mean(y)
    found = 1 - float(rest @ rest) / float(spread @ spread)
    return Line(*(round(float(number), 9) for number in (slope, intercept, found)))


def term(scenario: Scenario, years: float) -> Scenario:
    """The scenario with a term of so many years, and one question that any of them can ask."""
    plain = scenario.model_dump(by_alias=True, mode="json")
    end = scenario.horizon.start + datetime.timedelta(days=round(365.25 * years))
    horizon = plain["horizon"] | {"end": end.isoformat()}
    outcomes = {"detente": plain["outcomes"]["detente"]}
    rest = {"headline": "detente", "forecasts": {}, "horizon": horizon, "outcomes": outcomes}
    return Scenario.model_validate(plain | rest)


def sizes(scenario: Scenario) -> dict[str, tuple[str, dict[float, Side]]]:
    """For each axis its unit, and what is run at each point of it."""
    year = term(scenario, 1)
    one = partial(simulate, runs=RUNS, draws=RUNS // 32)
    return {
        "horizon": ("years", {years: partial(one, term(scenario, years)) for years in YEARS}),
        "runs": (
            "runs",
            {n * RUNS: partial(simulate, year, n * RUNS, n * RUNS // 32) for n in GROUPS},
        ),
        "draws": ("draws", {n: partial(simulate, year, RUNS, n) for n in DRAWS}),
    }


def cost(against: str, unit: str, points: Mapping[float, Side], rounds: int) -> bool:
    """Measure along one axis and report; whether it is straight."""
    times = in_turns({str(at): side for at, side in points.items()}, rounds)
    at, taken = [float(x) for x in points], list(times.values())
    medians = [statistics.median(each) for each in taken]
    line = fitted(at, medians)
    report(
        "scaling",
        against=against,
        unit=unit,
        at=at,
        seconds=[[round(x, 4) for x in each] for each in taken],
        medians=[round(x, 4) for x in medians],
        **line._asdict(),
        goal=STRAIGHT,
    )
    return line.r_squared >= STRAIGHT


def simulate_jobs(plan: Plan, executor: Executor | None) -> None:
    """Live all chunks of a plan."""
    groups = side_by_side(range(plan.chunks), capacity(1, executor))
    for _ in chunks_done(simulate_or_fail, plan, groups, executor=executor):
        pass


def workers(scenario: Scenario, rounds: int) -> bool:
    """Compare workers and report; whether two processes are fast enough."""
    plan = Plan(scenario, 1, SHARED * CHUNK_WIDTH, 32, kept=())
    began = time.perf_counter()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool, ThreadPoolExecutor(2) as threads:
        simulate_jobs(Plan(plan.scenario, 1, 2 * CHUNK_WIDTH, 32, kept=()), pool)
        start = time.perf_counter() - began - seconds(lambda: simulate_jobs(plan, None)) / SHARED
        sides: dict[str, Callable[[], None]] = {
            "one": partial(simulate_jobs, plan, None),
            "two processes": partial(simulate_jobs, plan, pool),
            "two threads": partial(simulate_jobs, plan, threads),
        }
        times = in_turns(sides, rounds, time.perf_counter)
    found = ratio(times, "one", "two processes")
    report(
        "workers",
        runs=plan.runs,
        seconds={name: [round(x, 4) for x in taken] for name, taken in times.items()},
        seconds_to_start_a_pool=round(start, 2),
        ratio=round(found, 3),
        ratio_of_threads=round(ratio(times, "one", "two threads"), 3),
        goal=FASTER,
    )
    return found >= FASTER


def main() -> int:
    """Measure all; the exit code is 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="cost against horizon, runs, draws and workers")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    scenario = load(SCENARIO)
    met = [
        cost(against, unit, points, asked.rounds)
        for against, (unit, points) in sizes(scenario).items()
    ]
    met.append(workers(scenario, asked.rounds))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
