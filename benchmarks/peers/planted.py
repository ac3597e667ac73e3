"""Errors in one mechanism at a time, planted in a peer's parameters: the check must see each.

python -m benchmarks.peers.planted runs the Numba peer with each error and prints how far the
worst statistic lies off; five minutes. What 131,072 runs do not resolve: a lag of hardship twice
as long, and the weight of popular support in internal order, whose mean effect is nil since draws
of support lie around the usual one.
"""

import sys

import numpy as np

from benchmarks.peers.agreement import refused
from benchmarks.peers.check import checked


def zero(whose, *names):
    """Drop a mechanism by setting fields to zero."""

    def plant(shared, own):
        for name in names:
            (own if whose == "own" else shared)[name] = 0.0

    return plant


def slower(whose, *names):
    """Double half-lives: a share that is left becomes its square root."""

    def plant(shared, own):
        for name in names:
            target = own if whose == "own" else shared
            target[name] = np.sqrt(target[name])

    return plant


def scaled(whose, factor, *names):
    """Multiply fields."""

    def plant(shared, own):
        for name in names:
            (own if whose == "own" else shared)[name] *= factor

    return plant


def swapped(one, other):
    """Let two shared fields change places."""

    def plant(shared, own):
        shared[one], shared[other] = shared[other].copy(), shared[one].copy()

    return plant


ERRORS = {
    "debts do not push (kappa dropped)": zero("own", "kappa"),
    "agreement and breakdown swapped": swapped("agreement", "breakdown"),
    "memory half-life doubled": slower("own", "memory_keep", "older"),
    "debt half-life doubled": slower("own", "debt_keep"),
    "memory not aged to the next review": lambda shared, own: own["older"].fill(1.0),
    "no learning from trials": zero("own", "learning_rate"),
    "trust does not drift back": lambda shared, own: (
        own["trust_keep"].fill(1.0), own["c_drift"].fill(0.0), own["d_drift"].fill(0.0)
    ),
    "windows of trust halved": lambda shared, own: own.__setitem__(
        "trust_days", own["trust_days"] // 2
    ),
    "threats do not bind": zero("own", "threat_cost"),
    "no election seasons": zero("own", "election_weight"),
    "constraint half as wide": scaled("own", 0.5, "spread"),
    "rounds of sanctions fade twice as slowly": slower("own", "stock_keep"),
    "sanctions do not hurt": zero("own", "exposure"),
    "no alignment of third parties": zero("shared", "china_level", "china_floor", "china_pull"),
    "collisions do not excite": zero("shared", "heat"),
    "openings fade twice as slowly": slower("shared", "opening_keep"),
    "expulsions do not chill": zero("shared", "chill_weight"),
    "preparation of talks doubled": scaled("shared", 2, "preparation_days"),
    "proposals lapse twice as late": scaled("shared", 2, "proposal_days"),
    "ladder settles half as fast": scaled("shared", 0.5, "settling"),
    "momentum dropped": zero("shared", "momentum"),
    "hardship does not bring protest": zero("shared", "hardship_weight"),
    "sanctions never halt the pipeline": zero("shared", "disruption"),
    "texts save no treaty": zero("shared", "saved"),
    "ratification halved": lambda shared, own: shared.__setitem__(
        "ratification_days", shared["ratification_days"] // 2
    ),
    "rivalry not at the table": zero("shared", "rivalry_term"),
}  # fmt: skip


def worst(lines):
    """The statistic that is furthest off."""
    return min(lines, key=lambda line: (line.p, -abs(line.z)))


if __name__ == "__main__":
    unseen = []
    for name, plant in ERRORS.items():
        lines = checked("numba", plant)
        line, found = worst(lines), refused(lines)
        print(f"{name:<42} {len(found):2} refused; {line.name} z {line.z:+.1f}", flush=True)
        if not found:
            unseen.append(name)
    sys.exit(f"not seen: {', '.join(unseen)}" if unseen else 0)
