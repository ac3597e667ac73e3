"""A few golden numbers: outcome counts of one small run of the baseline, seed 1.

They show when numbers move, not whether they are right. When they move on purpose, make them again
with ``python -m tests.baseline.remake`` and say so in the changelog under **Numbers:**.
"""

from __future__ import annotations

import json
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import load
from relsim.simulate import simulate

FILE = Path(__file__).parent / "golden.json"
SCENARIO, SEED, RUNS, DRAWS = "us-russia-2021", 1, 4096, 256

Golden = dict[str, Any]


def machine() -> Golden:
    """What the last bits hang on: where this is alike, the numbers are the same."""
    shown: Golden = np.show_config(mode="dicts")  # type: ignore[assignment]
    return {
        "machine": platform.machine(),
        "instructions": sorted(shown["SIMD Extensions"].get("found", [])),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }


@cache
def measured() -> Golden:
    """The numbers as they are now."""
    scenario = load(SCENARIO)
    ensemble = simulate(scenario, RUNS, DRAWS, SEED)
    moves = ensemble.move_counts.sum(axis=0)
    names = [name for name, move in scenario.moves.items() if not move.joint]
    return {
        "scenario": SCENARIO,
        "scenario_hash": scenario_hash(scenario),
        "seed": SEED,
        "runs": ensemble.runs,
        "draws": ensemble.draws,
        "outcomes": {name: int(ensemble.happened(name).sum()) for name in ensemble.outcomes},
        "moves": {
            actor: dict(zip(names[1:], map(int, row[1:]), strict=True))
            for actor, row in zip(scenario.actors, moves, strict=True)
        },
    }


def remake() -> Golden:
    """Write the numbers as they are now; return them."""
    golden = measured() | {"made_on": machine()}
    FILE.write_text(json.dumps(golden, indent=2) + "\n", "utf-8")
    return golden


def kept() -> Golden:
    """The golden numbers."""
    golden: Golden = json.loads(FILE.read_text("utf-8"))
    return golden
