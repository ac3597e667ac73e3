"""relsim against the same model one run at a time: runs a second on one core, in turns.

    python -m benchmarks.against_peers [PEER ...] [--rounds 5]

A peer that does not agree with relsim is not timed (see benchmarks/peers/check.py; a verdict is
kept until the scenario or a source changes, a new check takes up to a minute a peer). One line of
JSON a side on stdout:

    {"benchmark": "peers", "peer": "simpy", "version": "4.1.1", "runs": 512,
     "seconds": [...], "wall_seconds": [...], "runs_per_second": 400.0,
     "ratio_to_relsim": 120.0, "goal": 100}

`seconds` are of the processor, one a round; `runs_per_second` is runs over their median;
`ratio_to_relsim` is the median over rounds of relsim's runs a second by the peer's of that round.
The line of relsim itself has ratio 1. Drawing parameters is in relsim's time and not in the
peers', and relsim makes weekly histograms besides, so a peer is rather favoured.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: one core
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = "1"

import argparse
import gc
import importlib.util
import statistics
import sys
import time
from importlib.metadata import version

import relsim
from benchmarks.measuring import report
from benchmarks.peers.catalogue import SCENARIO
from benchmarks.peers.check import agrees, peer_named
from benchmarks.peers.parameters import draw_records

ROUNDS = 5
RUNS_PER_DRAW = 32  # relsim's default
DRAWS = {"relsim": 1_024, "simpy": 16, "mesa": 16, "agentpy": 16, "numba": 1_024}  # seconds each
GOALS = {"simpy": 100, "mesa": 100, "agentpy": 100, "numba": 1}


def side(name, seed=1):
    """A call that simulates the runs of one side, with a new seed each time."""
    draws = DRAWS[name]
    seeds = iter(range(seed, sys.maxsize))
    if name == "relsim":
        runs = draws * RUNS_PER_DRAW
        return lambda: relsim.simulate(SCENARIO, runs=runs, draws=draws, seed=next(seeds))
    shared, own = draw_records(draws)
    simulate = peer_named(name).simulate
    return lambda: simulate(shared, own, RUNS_PER_DRAW, 1_000_000 * next(seeds))


def in_turns(sides, rounds):
    """Processor and wall seconds of each side in each round, after one that warms up."""
    times = {name: ([], []) for name in sides}
    for number in range(rounds + 1):
        for name, call in sides.items():
            gc.collect()  # nobody sweeps up after the others: what stands is set aside
            gc.freeze()
            cpu, wall = time.process_time(), time.perf_counter()
            call()
            taken = time.process_time() - cpu, time.perf_counter() - wall
            for kept, seconds in zip(times[name], taken, strict=True):
                if number:
                    kept.append(seconds)
    return times


def report_all(times):
    """One line of JSON a side."""
    speed = {
        name: [DRAWS[name] * RUNS_PER_DRAW / seconds for seconds in cpu]
        for name, (cpu, _) in times.items()
    }
    for name, (cpu, wall) in times.items():
        ratios = [ours / its for ours, its in zip(speed["relsim"], speed[name], strict=True)]
        report(
            "peers",
            peer=name,
            version=version("relsim-ir" if name == "relsim" else name),
            runs=DRAWS[name] * RUNS_PER_DRAW,
            seconds=[round(x, 4) for x in cpu],
            wall_seconds=[round(x, 4) for x in wall],
            runs_per_second=round(statistics.median(speed[name]), 1),
            ratio_to_relsim=round(statistics.median(ratios), 3),
            goal=GOALS.get(name),
        )


def main():
    """Check, then time."""
    parser = argparse.ArgumentParser(description="relsim against the same model in other tools")
    parser.add_argument("peers", nargs="*", default=list(GOALS), metavar="PEER")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    unknown = [name for name in asked.peers if name not in GOALS]
    if unknown or asked.rounds < 1:
        parser.error(f"peers are {', '.join(GOALS)}; rounds must be positive")
    missing = [name for name in asked.peers if importlib.util.find_spec(name) is None]
    for name in missing:
        print(f"{name} is not installed: benchmarks/peers/requirements.txt", file=sys.stderr)
    timed = [name for name in asked.peers if name not in missing]
    apart = [name for name in timed if not agrees(name)]
    for name in apart:
        print(f"{name} disagrees with relsim and is not timed", file=sys.stderr)
    sides = {name: side(name) for name in ("relsim", *timed) if name not in apart}
    report_all(in_turns(sides, asked.rounds))
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
