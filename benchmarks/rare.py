"""Are small probabilities right, and worth their time? Checks of ``relsim rare``.

``python -m benchmarks.rare FOLDER [CHECK...]`` does what the folder does not have yet and prints
what all of it says. Each part is a line of JSON in ``FOLDER/CHECK.jsonl``. The checks, and what is
wanted:

ladders
    The top of the escalation ladder at chances of 1e-3, 1e-5, 1e-7 and 1e-9, exact answers known;
    2,048 runs, 30 repetitions: relative errors of at most .10, .10, .20 and .25, and a gain, by
    variance and processor time, of at least 5, 300, 1e4 and 5e5.
chain
    1e-9 by a chain without the engine, 6,400 repetitions: bias within 3 standard errors, and the
    90% interval from 16 chunks holds the exact answer in 86 to 93% of 400 groups.
war
    Direct war in the baseline: 8 × 8,192 runs within 2 standard errors of plain Monte Carlo with
    262,144 runs; a relative error of at most .04, a gain of at least 4.
outcomes
    All outcomes of the baseline, weighted in runs that were split on the way to direct war, within
    3 standard errors of plain Monte Carlo.
own
    Two scenarios of one's own (those of the guide): one with an outcome below 1e-5 that 20
    effective draws or more carry, in 8,192 runs; one that few draws carry, which is to say so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from relsim import load, rare
from relsim.estimates.counts import half_width
from relsim.inference.rare.led import Led, Task, led
from relsim.inference.rare.ways import PLAIN, Way, way_of
from relsim.runs.plan import Plan
from tests.verification.rare_ladders import (
    LADDERS,
    RUNS,
    exact,
    relative_error,
    split_chain,
    split_ladder,
)
from tests.verification.test_ladder import SELDOM

Part = dict[str, Any]
REPETITIONS = 30
PLAIN_REPETITIONS = 5  # for the time that plain Monte Carlo takes
A_PART, GROUP, GROUPS = 400, 16, 400
OWN: dict[str, tuple[dict[str, object], int]] = {
    "calm-ladder": (
        {"ladder.momentum": 0.08, "ladder.harder": 0.5, "ladder.settling": 0.35}, 8192,
    ),
    "uncertain-ladder": (
        {"ladder.momentum": "0.02 to 0.3", "ladder.harder": "0.15 to 0.6", "ladder.settling": 0.4},
        4096,
    ),
}  # fmt: skip
BASELINE, WAR = "us-russia-2021", "direct_war"
WIDTH, CHUNKS, PLAIN_CHUNKS = 8192, 8, 32


def ladders(name: str) -> Part:
    """One ladder, split again and again."""
    chances = LADDERS[name]
    began = time.process_time()
    found = [split_ladder(chances, seed) for seed in range(REPETITIONS)]
    done = time.process_time()
    for seed in range(PLAIN_REPETITIONS):
        split_ladder(chances, seed, split=False)
    return {
        "exact": exact(chances),
        "found": found,
        "seconds": (done - began) / REPETITIONS,
        "plain_seconds": (time.process_time() - done) / PLAIN_REPETITIONS,
    }


def chain(number: str) -> Part:
    """Some repetitions of the chain."""
    first = int(number) * A_PART
    return {"found": [split_chain(SELDOM, n) for n in range(first, first + A_PART)]}


def task_of(outcome: str, *, split: bool, chunks: int, leave: bool = True) -> Task:
    """An outcome of the baseline, one run a draw."""
    scenario = load(BASELINE)
    plan = Plan(scenario, 1 if split else 2, chunks * WIDTH, 1, width=WIDTH, kept=())
    return Task(outcome, way_of(scenario, outcome) if split else Way(PLAIN, ""), plan, leave=leave)


def timed(task: Task, chunk: int) -> tuple[Led, float]:
    """One chunk, and the processor seconds that it took."""
    began = time.process_time()
    (part,) = led(task, (chunk,))
    return part, time.process_time() - began


def war(word: str) -> Part:
    """One chunk: ``split-3`` or ``plain-3``."""
    kind, number = word.split("-")
    split = kind == "split"
    task = task_of(WAR, split=split, chunks=CHUNKS if split else PLAIN_CHUNKS)
    part, seconds = timed(task, int(number))
    return {
        "kind": kind, "runs": part.runs, "sum": float(part.by_draw.sum()),
        "squares": float((part.by_draw**2).sum()), "seconds": seconds,
    }  # fmt: skip


def outcomes(word: str) -> Part:
    """One chunk: the weight of each outcome."""
    kind, number = word.split("-")
    split = kind == "split"
    chunks = CHUNKS if split else PLAIN_CHUNKS
    task = task_of(WAR, split=split, chunks=chunks, leave=False)
    part, _ = timed(task, int(number))
    names = list(task.plan.scenario.outcomes)
    shares = (part.weights * (part.first_day >= 0)).sum(axis=1) / part.runs
    return {"kind": kind, "shares": dict(zip(names, shares.tolist(), strict=True)),
            "weight": float(part.weights.sum() / part.runs)}  # fmt: skip


def own(name: str) -> Part:
    """One of the scenarios."""
    changes, runs = OWN[name]
    found = rare(load(BASELINE).vary(changes), WAR, runs=runs, draws=0)
    return {"said": str(found), "value": found.value, "gain": found.gain,
            "effective": found.effective_draws, "refused": found.refused}  # fmt: skip


def said_of_own(parts: dict[str, Part]) -> Iterator[str]:
    """Number, effective draws, and whether it is said that they are few."""
    for name, part in parts.items():
        yield (
            f"{name}: {part['said']}; {part['effective']:.1f} effective draws, gain "
            f"{part['gain']:,.0f}, said: {part['refused'] or 'nothing'}"
        )


def said_of_ladders(parts: dict[str, Part]) -> Iterator[str]:
    """Relative error and gain of each."""
    for name, part in parts.items():
        found, p = np.array(part["found"]), part["exact"]
        error = relative_error(found)
        # Variance and time of plain Monte Carlo over those of splitting, with as many runs.
        gain = p * (1 - p) / RUNS / (error * p) ** 2 * part["plain_seconds"] / part["seconds"]
        yield (
            f"{name}: exact {p:.3g}, mean / exact {found.mean() / p:.3f}, relative error "
            f"{error:.3f}, gain {gain:,.0f} ({part['seconds'] / part['plain_seconds']:.1f} times "
            "as long)"
        )


def said_of_chain(parts: dict[str, Part]) -> Iterator[str]:
    """Bias, and how often the interval holds the exact answer."""
    found = np.concatenate([part["found"] for part in parts.values()])
    p = exact(SELDOM)
    error = found.std(ddof=1) / np.sqrt(found.size)
    yield (
        f"{found.size:,} repetitions: mean / exact {found.mean() / p:.4f} ± {error / p:.4f}, "
        f"relative error of one {relative_error(found):.3f}"
    )
    groups = found[: found.size // GROUP * GROUP].reshape(-1, GROUP)
    variance = groups.var(axis=1, ddof=1) / GROUP
    half = np.array([half_width(v, GROUP - 1) for v in variance])
    holds = np.abs(groups.mean(axis=1) - p) <= half
    yield f"90% interval from {GROUP} chunks holds it in {holds.mean():.3f} of {len(holds)} groups"


def said_of_war(parts: dict[str, Part]) -> Iterator[str]:
    """Both ways beside each other."""
    told = {}
    for kind in ("split", "plain"):
        own = [part for part in parts.values() if part["kind"] == kind]
        if len(own) < 2:
            yield f"{kind}: {len(own)} chunks so far"
            return
        means = np.array([part["sum"] / part["runs"] for part in own])
        mean, error = means.mean(), means.std(ddof=1) / np.sqrt(means.size)
        seconds = sum(part["seconds"] for part in own)
        if kind == "plain":  # hits of as many draws: the binomial error is known better
            error = float(np.sqrt(mean * (1 - mean) / sum(part["runs"] for part in own)))
        told[kind] = mean, error, seconds
        effective = sum(p["sum"] for p in own) ** 2 / sum(p["squares"] for p in own)
        yield (
            f"{kind}: {mean:.5f} ± {error:.5f}, relative error {error / mean:.3f}, "
            f"{effective:.0f} effective draws, {len(own)} chunks of {WIDTH:,}, {seconds:.0f} s"
        )
    (a, sa, ta), (b, sb, tb) = told["split"], told["plain"]
    yield (
        f"apart by {abs(a - b) / np.hypot(sa, sb):.2f} standard errors; gain "
        f"{sb**2 * tb / (sa**2 * ta):.1f} by variance and processor time"
    )


def said_of_outcomes(parts: dict[str, Part]) -> Iterator[str]:
    """All outcomes both ways."""
    by_kind = {
        kind: [part["shares"] for part in parts.values() if part["kind"] == kind]
        for kind in ("split", "plain")
    }
    if min(map(len, by_kind.values())) < 2:
        yield f"chunks so far: { ({k: len(v) for k, v in by_kind.items()}) }"
        return
    for name in by_kind["plain"][0]:
        found = {
            kind: np.array([share[name] for share in shares]) for kind, shares in by_kind.items()
        }
        means = [x.mean() for x in found.values()]
        error = np.hypot(*(x.std(ddof=1) / np.sqrt(x.size) for x in found.values()))
        apart = abs(means[0] - means[1]) / error
        yield f"{name}: split {means[0]:.4f}, plain {means[1]:.4f}, apart {apart:.2f}"


Check = tuple[Callable[[str], Part], tuple[str, ...], Callable[[dict[str, Part]], Iterator[str]]]
BOTH = tuple([f"split-{n}" for n in range(CHUNKS)] + [f"plain-{n}" for n in range(PLAIN_CHUNKS)])
CHECKS: dict[str, Check] = {
    "ladders": (ladders, tuple(LADDERS), said_of_ladders),
    "chain": (chain, tuple(map(str, range(GROUP * GROUPS // A_PART))), said_of_chain),
    "war": (war, BOTH, said_of_war),
    "outcomes": (outcomes, BOTH[: CHUNKS + 8], said_of_outcomes),
    "own": (own, tuple(OWN), said_of_own),
}


def done_of(file: Path) -> dict[str, Part]:
    """The parts that a file has, by name."""
    if not file.exists():
        return {}
    lines = map(json.loads, file.read_text("utf-8").splitlines())
    return {line.pop("part"): line for line in lines}


def main(words: list[str]) -> int:
    """Do what is missing, up to so many parts if a number is among the words; print all."""
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    folder, *asked = words
    most = next((int(word) for word in asked if word.isdecimal()), sys.maxsize)
    names = [word for word in asked if not word.isdecimal()] or list(CHECKS)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        do, parts, tell = CHECKS[name]
        file = Path(folder) / f"{name}.jsonl"
        for part in [one for one in parts if one not in done_of(file)][:most]:
            line = {"part": part, **do(part)}
            with file.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(line) + "\n")
        print(name)
        for line_ in tell(done_of(file)):
            print(f"  {line_}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
