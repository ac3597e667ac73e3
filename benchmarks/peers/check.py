"""Check peers against relsim: python -m benchmarks.peers.check [PEER ...] [--again].

Prints a table a peer and fails if any is refused. Verdicts are kept beside this file, under a
digest of the scenario and of all sources of relsim and the peers, until one of them changes.
"""

import argparse
import hashlib
import importlib
import json
import sys
from functools import cache
from pathlib import Path

import relsim
from benchmarks.peers.agreement import compared, of_peer, of_relsim, refused, table
from benchmarks.peers.catalogue import SCENARIO
from benchmarks.peers.parameters import draw_records

HERE = Path(__file__).parent
VERDICTS = HERE / "verdicts.json"
DRAWS = 1_024
# Runs a draw: as many as give power within about a minute.
RUNS_PER_DRAW = {"simpy": 8, "numba": 128, "mesa": 8, "agentpy": 8}
REFERENCE_RUNS_PER_DRAW = 128
SEED = 1  # of relsim: its draws and its streams; peers have the draws and streams of their own
PEER_SEED = 20_210_120


def peer_named(name):
    """A peer's module; each has simulate(shared, own, runs_per_draw, seed)."""
    return importlib.import_module(f"benchmarks.peers.{name}_peer")


@cache
def reference():
    """relsim's statistics, once."""
    return of_relsim(DRAWS, REFERENCE_RUNS_PER_DRAW, SEED)


def checked(name, plant=None, runs_per_draw=None):
    """Compare a peer with relsim; `plant` may spoil its parameters first."""
    shared, own = draw_records(DRAWS, SEED)
    if plant is not None:
        plant(shared, own)
    results = peer_named(name).simulate(
        shared, own, runs_per_draw or RUNS_PER_DRAW[name], PEER_SEED
    )
    return compared(reference(), of_peer(results))


def digest():
    """What a verdict hangs on: the scenario, relsim's sources, the peers' sources."""
    hasher = hashlib.sha256(relsim.scenario_hash(SCENARIO).encode())
    for folder in (Path(relsim.__file__).parent, HERE):
        for file in sorted(folder.rglob("*.py")):
            hasher.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return hasher.hexdigest()


def verdicts():
    """Names of peers that passed with the sources as they stand."""
    if not VERDICTS.exists():
        return set()
    kept = json.loads(VERDICTS.read_text())
    return set(kept["passed"]) if kept["digest"] == digest() else set()


def agrees(name, again=False, out=sys.stderr):
    """Whether a peer agrees with relsim; checks it unless that is known."""
    passed = verdicts()
    if name in passed and not again:
        return True
    lines = checked(name)
    print(f"\n{name}\n{table(lines)}", file=out, flush=True)
    fine = not refused(lines)
    passed = passed | {name} if fine else passed - {name}
    VERDICTS.write_text(json.dumps({"digest": digest(), "passed": sorted(passed)}) + "\n")
    return fine


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", default=list(RUNS_PER_DRAW))
    parser.add_argument("--again", action="store_true", help="check what passed already, too")
    asked = parser.parse_args()
    apart = [name for name in asked.peers if not agrees(name, asked.again, sys.stdout)]
    sys.exit(f"disagree with relsim: {', '.join(apart)}" if apart else 0)
