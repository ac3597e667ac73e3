"""Do updated forecasts mean what they say? Simulated histories, each kept as a line of a file.

``python -m benchmarks.updating [FOLDER] [PART...]`` does the histories that the folder does not
have yet, then prints what all of them say; FOLDER is ``updating-checks`` by default. Each history
is a line of JSON in ``FOLDER/updating.jsonl``, and takes some minutes of one core.

The parameters of a history are one draw of the baseline's joint draws, its events what a coder
would have recorded of one run of it, and what came about is known. The forecast is updated with the
events, as ``relsim update`` does it, to ten ends of quarters. Wanted: over 20 histories, 200
forecasts of an outcome lie within the consistency band of
`relsim.inference.score.reliability`; forecasts whose log-odds are tripled, which are too sure of
themselves, do not.

All histories have the coding intensity 1. The update does not know it: it takes it to be uncertain.
The settings are in the constants below. They are smaller than those of ``relsim update``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from relsim import load, update
from relsim.array_types import Doubles
from relsim.history.events import Event
from relsim.history.observed import record_of_run
from relsim.inference.calibrate.record_likelihood import Observation
from relsim.inference.score.corp import Reliability, reliability
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

SCENARIO = "us-russia-2021"
HISTORIES = 20
THROUGH = date(2023, 9, 30)  # ten ends of quarters after 6 April 2021
OUTCOMES = ("signs_of_detente", "freeze", "new_arms_control_agreement")
DRAWS, RUNS, MOVES = 128, 8, 3
TRUTH_SEED, FIRST_SEED = 2021, 100
PLANTED = 3.0  # by which log-odds are multiplied to be too sure
Part = dict[str, Any]


class History(NamedTuple):
    """What was recorded of one run, and what came about in it."""

    events: tuple[Event, ...]
    came: dict[str, bool]


def histories(scenario: Scenario, number: int) -> list[History]:
    """The first runs of the scenario, each of a draw of its own, as a coder would record them."""
    runs = DRAWS_PER_BATCH
    every = tuple(range(runs))
    (result,) = simulate_chunks(
        Plan(scenario, TRUTH_SEED, runs, 1, width=runs, kept=every, log_all=True), (0,)
    )
    sample, names = result.sample, list(scenario.outcomes)
    detected = Observation().detected
    found = []
    for run in every[:number]:
        log = sample.log[sample.log["run"] == run]
        events = record_of_run(log, sample.words, scenario, detected, seed=run)
        days = result.first_day[:, run]
        found.append(History(events, {name: bool(days[names.index(name)] >= 0) for name in names}))
    return found


def forecast(
    scenario: Scenario, history: History, seed: int, through: date = THROUGH, draws: int = DRAWS,
    runs: int = RUNS,
) -> Part:  # fmt: skip
    """Forecasts of the outcomes at the ends of quarters, and what came about."""
    news = update(
        scenario, history.events, through, every="quarter", draws=draws, runs=runs, moves=MOVES,
        seed=seed,
    )  # fmt: skip
    return {
        "dates": [str(stage.date) for stage in news.stages[1:]],
        "said": {
            name: [stage.probabilities[name].value for stage in news.stages[1:]]
            for name in OUTCOMES
        },
        "before": {name: news.stages[0].probabilities[name].value for name in OUTCOMES},
        "came": {name: history.came[name] for name in OUTCOMES},
        "moves": len(news.moves), "bits": news.bits, "rejuvenations": len(news.rejuvenations),
        "least_effective": min(stage.effective for stage in news.stages),
        "nearly_impossible": len(news.impossible),
    }  # fmt: skip


def reliability_of(parts: dict[str, Part], names: Sequence[str], times: float = 1.0) -> Reliability:
    """Reliability of the forecasts of some outcomes, their log-odds multiplied by a number."""
    each = [
        (said, part["came"][name], (history, name))
        for history, part in parts.items()
        for name in names
        for said in part["said"][name]
    ]
    said, came, which = zip(*each, strict=True)
    return reliability(surer(np.array(said), times), came, which)


def surer(said: Doubles, times: float) -> Doubles:
    """Probabilities with their log-odds multiplied."""
    stretched: Doubles = said**times / (said**times + (1 - said) ** times)
    return stretched


def told(parts: dict[str, Part]) -> Iterator[str]:
    """Of each outcome: how reliable its forecasts are, and those that are too sure."""
    if not parts:
        return
    count = sum(len(part["dates"]) for part in parts.values())
    least = min(part["least_effective"] for part in parts.values())
    yield f"{len(parts)} histories, {count} forecasts of each outcome, effective ≥ {least:.0f}"
    for names in (*((name,) for name in OUTCOMES), OUTCOMES):
        asked = [(part, name) for part in parts.values() for name in names]
        came = np.array([part["came"][name] for part, name in asked], dtype=float)
        early = np.array([part["before"][name] for part, name in asked])
        before = float(np.mean((early - came) ** 2))
        for times in (1.0, PLANTED):
            found = reliability_of(parts, names, times)
            yield (
                f"{', '.join(names)}{'' if times == 1 else f', log-odds times {times:g}'}: Brier "
                f"{found.score:.3f} (before any news {before:.3f}), {came.mean():.0%} came about; "
                f"miscalibration {found.miscalibration:.3f}, p {found.p_value:.3f}; "
                f"{found.share_within:.0%} of the forecasts within the consistency band"
            )


def read(file: Path) -> dict[str, Part]:
    """The histories that are done."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {one["part"]: one for one in map(json.loads, lines)}


def main(folder: str = "updating-checks", *parts: str) -> None:
    """Do the histories that are not done yet, and print what all of them say."""
    file = Path(folder, "updating.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    scenario = load(SCENARIO)
    made = histories(scenario, HISTORIES)
    for part in parts or map(str, range(HISTORIES)):
        if part in read(file):
            continue
        before = os.times()
        found = forecast(scenario, made[int(part)], FIRST_SEED + int(part))
        spent = os.times().user - before.user
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"part": part, **found, "seconds": round(spent)}) + "\n")
        print(f"history {part}: {spent:.0f} s", file=sys.stderr, flush=True)
    for line in told(read(file)):
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
