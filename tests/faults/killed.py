"""Runs that are killed while they write: ``python -m tests.faults.killed FOLDER KILLS SEED``.

Chunks are made up and cost nothing, so that a run does little but write. Each run is a process of
its own, forked before anything that does not outlive a fork was begun.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from relsim.ensemble.ensemble import Ensemble
from relsim.runs import engine as chunks
from relsim.runs.chunk_result import ChunkResult, Sample
from relsim.runs.engine import simulate_chunks
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate
from relsim.store import manifest
from relsim.worlds.randomness.draws import draw_of_run
from tests.properties.comparing import SIMULATE, each, shortened

WIDTH, CHUNKS = 64, 12


@lru_cache(maxsize=1)
def scenario() -> Scenario:
    """The baseline until the end of July 2021."""
    return shortened(load("us-russia-2021"), "2021-07-31")


@lru_cache(maxsize=1)
def model() -> ChunkResult:
    """A true chunk, of which all others are made."""
    plan = Plan(scenario(), 1, WIDTH, 1, width=WIDTH)
    return simulate_chunks(plan, (0,))[0]


def made_up(plan: Plan, chunk: int) -> ChunkResult:
    """A chunk that hangs on its number alone; every third one has runs kept whole."""
    true, first = model(), chunk * WIDTH
    kept = 5 if chunk % 3 == 0 else 0
    log = true.sample.log[: 4 * kept].copy()
    log["run"] += first
    series = {name: values[:, :kept] + chunk for name, values in true.sample.series.items()}
    return replace(
        true,
        chunk=chunk,
        first_run=first,
        first_day=np.roll(true.first_day, chunk, axis=1),
        quantities={name: values + chunk for name, values in true.quantities.items()},
        draws=np.unique(draw_of_run(np.arange(first, first + WIDTH), plan.runs_per_draw)),
        sample=Sample(
            np.arange(first, first + kept), series if kept else {}, log, true.sample.words
        ),
    )


def run(folder: Path, resume: bool = False) -> Ensemble:
    """A run of made-up chunks, written to a folder; PATCHES must have been applied."""
    return simulate(scenario(), WIDTH * CHUNKS, WIDTH * CHUNKS, folder=folder, resume=resume)


PATCHES = (
    (SIMULATE, "Plan", partial(Plan, width=WIDTH)),
    (chunks, "simulate_chunks", each(made_up)),
)


def finished(folder: Path) -> int:
    """Chunks that the manifest of a folder and its journal list."""
    return len(manifest.read(folder).chunks) if folder.exists() else 0


def main(place: Path, kills: int, seed: int) -> None:
    """Begin runs in `place`, and kill each at a moment of its own."""
    for module, name, value in PATCHES:
        setattr(module, name, value)
    model()
    chance = random.Random(seed)
    for number in range(kills):
        folder = place / str(number)
        child = os.fork()
        if not child:
            run(folder)
            os._exit(0)
        wanted, began = chance.randrange(CHUNKS), time.perf_counter()
        while finished(folder) < wanted:
            time.sleep(0.001)
        # Somewhere in the writing of the next chunk, whatever the machine's speed.
        a_chunk = (time.perf_counter() - began) / (wanted + 1)
        time.sleep(chance.uniform(0, a_chunk))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
