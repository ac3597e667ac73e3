"""Ladders whose top is reached with a known small chance, and splitting on them.

Twice: by the engine's own process, and by a chain written anew, which shares the splitting alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from relsim.inference.rare.splitting import LOWEST_OF_ONE_DRAW, Population
from relsim.worlds.clock import Phase
from relsim.worlds.randomness.streams import Succession
from tests.verification.stage import WEEK, Process, set_stage
from tests.verification.test_ladder import SELDOM, TOP, WEEKS, chain, climb, settings

Chances = Mapping[str, float]

RUNS = 2048
NAMES = ("posture_chance", "collision_chance", "momentum", "harder", "settling")
# By the size of the exact answer.
LADDERS: dict[str, Chances] = {
    "1e-3": dict(zip(NAMES, (0.01, 0.02, 0.16, 0.63, 0.30), strict=True)),
    "1e-5": dict(zip(NAMES, (0.01, 0.02, 0.12, 0.55, 0.35), strict=True)),
    "1e-7": dict(zip(NAMES, (0.002, 0.004, 0.09, 0.5, 0.35), strict=True)),
    "1e-9": SELDOM,
}


def exact(chances: Chances) -> float:
    """The chance to have reached the top by the end."""
    return float(np.linalg.matrix_power(chain(chances), WEEKS)[0, TOP])


def split_ladder(chances: Chances, seed: int, *, split: bool = True, runs: int = RUNS) -> float:
    """One repetition by the engine's process of the ladder; plain Monte Carlo without `split`."""
    stage = set_stage(settings(chances), width=runs, days=WEEKS * WEEK, seed=seed)
    worlds, population = stage.worlds, Population(runs, lowest=LOWEST_OF_ONE_DRAW)
    stream = worlds.streams.stream("splitting", "copies")

    def resampling() -> Process:
        for day in stage.clock.record_days():
            yield stage.clock.until(day, Phase.RECORD)
            level = worlds.rung.astype(np.int64)
            luck = float(stream.uniforms(day)[0])
            index = population.week(day, level, level == TOP, luck)
            if index is not None:
                worlds.take(index, same_parameters=True)

    climb(chances, stage, WEEKS)
    if split:
        stage.begin(resampling())
    stage.play()
    return population.probability if split else float((worlds.rung == TOP).mean())


def split_chain(chances: Chances, repetition: int, runs: int = RUNS) -> float:
    """One repetition by a chain that shares nothing with the engine but the splitting."""
    steps = chain(chances)
    up = np.append(np.diag(steps, 1), 0.0)
    stays_or_up = 1 - np.append([0.0], np.diag(steps, -1))
    luck = Succession("rare ladders", "chain", repetition)
    population = Population(runs, lowest=LOWEST_OF_ONE_DRAW)
    rung = np.zeros(runs, dtype=np.int64)
    for week in range(WEEKS):
        u = luck.uniforms((runs + 1,))
        rung = rung + (u[:-1] < up[rung]) - (u[:-1] >= stays_or_up[rung])
        index = population.week(week, rung, rung == TOP, float(u[-1]))
        if index is not None:
            rung = rung[index]
    return population.probability


def relative_error(found: npt.ArrayLike) -> float:
    """Standard deviation over the mean."""
    values = np.asarray(found)
    return float(values.std(ddof=1) / values.mean())
