"""Time to store a chunk when 40,000 are stored, against that when 400 are.

    python -m benchmarks.storing [--short]

Chunks are made up of one that was simulated. Those that are stored already are links to its files,
so that folders are as full as they would be, and the manifest lists them all. Then chunks are added
to both results in turns, each until it is on the disk. One line of JSON.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import in_turns, ratio, report
from relsim.ensemble.ensemble import parameters_of
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.runs.provenance import provenance
from relsim.scenario.schema import load
from relsim.store.arrays import ARRAYS, chunk_files
from relsim.store.folder import write_scenario
from relsim.store.manifest import Manifest
from relsim.store.writer import Result

WIDTH, ROUNDS, EACH = 64, 15, 4
FEW, MANY, MANY_SHORT = 400, 40_000, 4_000
GOAL = 1.5


class Filling:
    """A result of which so many chunks are stored; each call stores some more."""

    def __init__(self, plan: Plan, part: ChunkResult, folder: Path, stored: int) -> None:
        folder.mkdir()
        begun = Manifest.begun(
            seed=plan.seed, runs=plan.runs, runs_per_draw=plan.runs_per_draw, chunk_width=WIDTH,
            log_all=False, saved=False,
            provenance=provenance(plan.scenario, plan.seed, WIDTH, ()),
        )  # fmt: skip
        write_scenario(plan.scenario, begun, folder)
        self.result = Result(folder, plan.scenario, begun, parameters_of(plan))
        self.result.add(part)
        self.part, self.next = part, stored
        store = folder / ARRAYS
        names = chunk_files(store, 0)
        for chunk in range(1, stored):
            for name, another in zip(names, chunk_files(store, chunk), strict=True):
                (store / another).parent.mkdir(parents=True, exist_ok=True)
                os.link(store / name, store / another)
        begun.chunks |= dict.fromkeys(range(1, stored), begun.chunks[0])
        begun.write(folder)

    def __call__(self) -> None:
        for _ in range(EACH):
            self.result.add(replace(self.part, chunk=self.next))
            self.next += 1


def main() -> int:
    """Measure; the exit code is 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description="time to store a chunk")
    parser.add_argument("--short", action="store_true", help="4,000 chunks in place of 40,000")
    parser.add_argument("--folder", help="where to write; by default where temporary files are")
    asked = parser.parse_args()
    many = MANY_SHORT if asked.short else MANY
    chunks = many + (ROUNDS + 1) * EACH
    plan = Plan(load("us-russia-2021"), 1, WIDTH * chunks, chunks, width=WIDTH)
    part = simulate_chunks(plan, (0,))[0]
    # Without runs kept whole, as nearly all chunks are.
    part = replace(part, sample=replace(part.sample, runs=part.sample.runs[:0], series={},
                                        log=part.sample.log[:0]))  # fmt: skip
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        sides = {str(n): Filling(plan, part, Path(place) / str(n), n) for n in (FEW, many)}
        times = in_turns(sides, ROUNDS, clock=time.perf_counter)
        found = ratio(times, str(many), str(FEW))
        medians = {name: statistics.median(taken) / EACH for name, taken in times.items()}
        report(
            "storing",
            chunks=[FEW, many],
            seconds_a_chunk={name: round(median, 5) for name, median in medians.items()},
            ratio=round(found, 3),
            goal=GOAL,
            met=found <= GOAL,
        )
    return 0 if found <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
