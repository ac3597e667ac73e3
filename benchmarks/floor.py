"""The simulation against its floor: the same draws, exponentials and matrix products alone.

As many chunks as stand side by side are simulated while every call of these is written down with
its shape; the floor makes the same calls on arrays of the same shapes and nothing else: no state,
no masks, no record. Draws are made without finding the place of their name. What follows the
simulation (monitors, recorder, reduction, store) has rows of its own. Seconds are a chunk's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: one core

import numpy as np

from benchmarks.measuring import in_turns, ratio, report
from relsim.processes import talks
from relsim.processes.recorder import Recorder
from relsim.runs.engine import simulate_chunk, simulate_chunks
from relsim.runs.plan import CHUNK_WIDTH, SIDE_BY_SIDE, Plan
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate
from relsim.worlds.randomness.streams import Stream, box_muller, fill

SCENARIO = "us-russia-2021"
RUNS_A_DRAW = 32
GOAL = 3.0
CHUNKS = range(SIDE_BY_SIDE, 2 * SIDE_BY_SIDE)  # of none of them a run is kept whole

Call = tuple[str, tuple[int, ...]]
EXPONENTIALS = ("exp", "exp2", "expm1", "power", "log", "log1p")


@contextmanager
def written_down(calls: Counter[Call]) -> Iterator[None]:
    """Count the draws and exponentials made meanwhile, by their shapes."""

    def counting(name: str, function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        def counted(*args: object, **words: object) -> np.ndarray:
            found = function(*args, **words)
            calls[name, np.shape(found)] += 1
            return found

        return counted

    with ExitStack() as stack:
        for name in ("uniforms", "normals"):
            stack.enter_context(patch.object(Stream, name, counting(name, getattr(Stream, name))))
        for name in EXPONENTIALS:
            stack.enter_context(patch.object(np, name, counting(name, getattr(np, name))))
        stack.enter_context(patch.object(talks, "expit", counting("exp", talks.expit)))
        yield


def products(scenario: Scenario, plan: Plan, choices: int) -> Counter[Call]:
    """One product of W and the drivers at each choice of a move, for each chunk."""
    moves = sum(not move.joint for move in scenario.moves.values())
    return Counter({("product", (moves, plan.width)): choices * len(CHUNKS)})


def choices(scenario: Scenario, plan: Plan) -> int:
    """How often an actor chooses in the term: as often as its rule is asked."""
    asked = 0
    from relsim.rules import logit

    def counting(view, parameters):  # type: ignore[no-untyped-def]
        nonlocal asked
        asked += 1
        return logit(view, parameters)

    rules = dict.fromkeys(scenario.actors, counting)
    simulate_chunk(Plan(scenario, plan.seed, plan.runs, plan.runs_per_draw, rules), 0)
    return asked


class Floor:
    """Makes the calls that were written down, into arrays that are there already."""

    def __init__(self, calls: Counter[Call]) -> None:
        self._calls = calls
        self._bits = np.random.Philox(1)
        self._draws = np.random.Generator(self._bits)
        self._out = {shape: np.empty(shape, np.float32) for _, shape in calls}
        self._in = {shape: self._draws.random(shape, dtype=np.float32) for _, shape in calls}
        self._weights = {
            shape: self._draws.random((shape[0], 4), dtype=np.float32)
            for name, shape in calls
            if name == "product"
        }
        self._drivers = {
            shape: self._draws.random((4, shape[1]), dtype=np.float32) for shape in self._weights
        }

    def __call__(self) -> None:
        for (name, shape), times in self._calls.items():
            out, given = self._out[shape], self._in[shape]
            for _ in range(times):
                if name == "uniforms":
                    fill(out, self._bits)
                elif name == "normals":
                    fill(out, self._bits)
                    box_muller(out)
                elif name == "product":
                    np.matmul(self._weights[shape], self._drivers[shape], out=out)
                elif name == "power":
                    np.power(np.float32(0.5), given, out=out)
                else:
                    getattr(np, name)(given, out=out)


def without_outcomes(plan: Plan) -> Plan:
    """The same plan with one question that is settled at the end."""
    kept = {"new_start_in_force": plan.scenario.outcomes["new_start_in_force"]}
    data = plan.scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    outcomes = {name: data["outcomes"][name] for name in kept}
    bare = data | {"outcomes": outcomes, "headline": next(iter(kept)), "forecasts": {}}
    return Plan(Scenario.model_validate(bare), plan.seed, plan.runs, plan.runs_per_draw)


def main() -> None:
    """Measure and report; the exit code is 1 if the goal is missed."""
    scenario = load(SCENARIO)
    plan = Plan(scenario, 1, CHUNKS.stop * CHUNK_WIDTH, RUNS_A_DRAW, kept=())
    bare = without_outcomes(plan)
    bare = Plan(bare.scenario, 1, plan.runs, RUNS_A_DRAW, kept=())
    calls: Counter[Call] = Counter()
    with written_down(calls):
        simulate_chunks(bare, CHUNKS)
    calls += products(scenario, plan, choices(scenario, plan))
    keep_nothing = patch.object(Recorder, "_keep", lambda *_: None)

    def simulation() -> None:
        with keep_nothing:
            simulate_chunks(bare, CHUNKS)

    def stored() -> None:
        runs = len(CHUNKS) * CHUNK_WIDTH
        with tempfile.TemporaryDirectory() as folder:
            simulate(scenario, runs, runs // RUNS_A_DRAW, folder=Path(folder) / "x")

    sides = {
        "floor": Floor(calls),
        "simulation": simulation,
        "with recorder": lambda: simulate_chunks(bare, CHUNKS),
        "with recorder and monitors": lambda: simulate_chunks(plan, CHUNKS),
        "stored": stored,
    }
    times = in_turns(sides)
    found = ratio(times, "simulation", "floor")
    kinds: Counter[str] = Counter()
    for (name, shape), count in calls.items():
        each = count * int(np.prod(shape)) // len(CHUNKS)
        kinds["exponentials" if name in EXPONENTIALS else name] += each
    report(
        "floor",
        runs=CHUNK_WIDTH,
        numbers=dict(kinds),
        seconds={name: sorted(s / len(CHUNKS) for s in taken) for name, taken in times.items()},
        ratio=found,
        goal=GOAL,
        ratios={name: ratio(times, name, "floor") for name in sides},
    )
    sys.exit(found > GOAL)


if __name__ == "__main__":
    main()
