"""Do the mechanisms of decision 21 earn their place? Log evidence of the record with each of them.

``python -m benchmarks.mechanisms``: some ten minutes on two cores. The log evidence is the sum of
the log scores, one step ahead, of all that was recorded, each given what came before it, averaged
over parameters that have learned from that and no more. Collisions are given, so a heavy tail of
their severity has no score here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from relsim import calibrate_to_history, load

PRIOR = "us-russia-2021-prior"


def _number(value: str, unit: str) -> dict[str, str]:
    return {"value": value, "unit": unit, "source": "order", "why": "judged"}


def _momentum(usual: str) -> dict[str, dict[str, str]]:
    return {
        "momentum": _number("0.15 to 1.5", "log-odds"),
        "momentum_half_life": _number("3", "weeks"),
        "momentum_reference": _number(usual, "moves"),
    }


MECHANISMS: dict[str, dict[str, object]] = {
    "none of them": {},
    "momentum": {"actors": {"US": _momentum("0.5"), "RU": _momentum("0.3")}},
    "hot weeks": {
        "bursts": {
            "start": _number("0.01 to 0.1", "share"),
            "multiplier": _number("3 to 20", "1"),
            "length": _number("1", "weeks"),
        }
    },
    "relief by meetings": {
        "talks": {
            "summit_relief": _number("0.2 to 2", "log-odds"),
            "summit_relief_half_life": _number("1", "years"),
        }
    },
}
DRAWS, INNER, MOVES, SEEDS = 128, 16, 4, (1, 2)


def evidence(work: tuple[str, int]) -> tuple[str, int, float]:
    """The log evidence of the record, with one mechanism and one seed."""
    name, seed = work
    with TemporaryDirectory() as folder:
        file = Path(folder, "mechanism.yaml")
        head = {"schema": "relsim/1", "extends": PRIOR, "name": "mechanism"}
        file.write_text(json.dumps(head | MECHANISMS[name]), "utf-8")  # JSON is YAML
        found = calibrate_to_history(
            load(file), draws=DRAWS, inner_runs=INNER, moves=MOVES, seed=seed
        )
    return name, seed, found.log_evidence


def rows() -> Iterator[str]:
    """A line for each mechanism: log evidence by seed, and the gain on none of them."""
    works = [(name, seed) for seed in SEEDS for name in MECHANISMS]
    found = {}
    with ProcessPoolExecutor(max_workers=2) as pool:
        for name, seed, value in pool.map(evidence, works):
            print(f"{name}, seed {seed}: {value:.1f}", file=sys.stderr, flush=True)
            found[name, seed] = value
    yield f"{'mechanism':20} {'log evidence by seed':22} gain"
    for name in MECHANISMS:
        each = [found[name, seed] for seed in SEEDS]
        gains = [found[name, seed] - found["none of them", seed] for seed in SEEDS]
        text = ", ".join(f"{value:.1f}" for value in each)
        yield f"{name:20} {text:22} {np.mean(gains):+.1f} ({', '.join(f'{g:+.1f}' for g in gains)})"


if __name__ == "__main__":
    for row in rows():
        print(row)
