"""The escalation ladder with constant chances, against the matrix power of its chain.

What simulation cannot reach is reached through the engine's own weekly chances: they are read off
one week of its process, simulated at a grid of uniforms, and make the chain's matrix.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest

from relsim.processes.shocks import ladder
from relsim.worlds.clock import Phase
from tests.verification.cases import Case, Result, counts_z, z
from tests.verification.stage import WEEK, GivenUniforms, Process, Stage, set_stage

Matrix = npt.NDArray[np.float64]
Chances = Mapping[str, float]
Reference = Callable[[Chances], Matrix]

TOP = 6
WEEKS = 208
POSTURES, COLLISIONS = 2, 1  # each week
OFTEN = {
    "posture_chance": 0.05,
    "collision_chance": 0.06,
    "momentum": 0.3,
    "harder": 0.75,
    "settling": 0.25,
}
SELDOM = {
    "posture_chance": 0.001,
    "collision_chance": 0.002,
    "momentum": 0.07,
    "harder": 0.42,
    "settling": 0.35,
}


def chain(chances: Chances) -> Matrix:
    """Weekly transition matrix: up (incidents + momentum above 0) · harder^rung, down settling."""
    steps = np.zeros((TOP + 1, TOP + 1))
    for rung in range(TOP):
        up = POSTURES * chances["posture_chance"] + COLLISIONS * chances["collision_chance"]
        up = (up + chances["momentum"] * (rung > 0)) * chances["harder"] ** rung
        down = chances["settling"] if rung > 0 else 0.0
        steps[rung, rung + 1] = up
        steps[rung, max(rung - 1, 0)] += down
        steps[rung, rung] += 1 - up - down
    steps[TOP, TOP] = 1
    return steps


def harder_from_the_ground(chances: Chances) -> Matrix:
    """Planted error: already the first rung is harder."""
    steps = chain(chances)
    for rung in range(TOP):
        change = steps[rung, rung + 1] * (1 - chances["harder"])
        steps[rung, rung + 1] -= change
        steps[rung, rung] += change
    return steps


def no_settling_at_the_last_rung(chances: Chances) -> Matrix:
    """Planted error: nobody steps back from the brink."""
    steps = chain(chances)
    steps[TOP - 1, TOP - 1] += steps[TOP - 1, TOP - 2]
    steps[TOP - 1, TOP - 2] = 0
    return steps


def the_top_is_left(chances: Chances) -> Matrix:
    """Planted error: the top is left again."""
    steps = chain(chances)
    steps[TOP, TOP] -= chances["settling"]
    steps[TOP, TOP - 1] += chances["settling"]
    return steps


def climb(chances: Chances, stage: Stage, weeks: int) -> None:
    """Begin the ladder, with the same incidents every week."""

    def incidents() -> Process:
        for week in range(weeks):
            yield stage.clock.until(week * WEEK, Phase.CALENDAR)
            stage.worlds.incidents[0] += POSTURES
            stage.worlds.incidents[1] += COLLISIONS

    stage.begin(incidents(), ladder(stage.worlds, stage.clock, stage.scene, TOP))


def settings(chances: Chances) -> dict[str, float]:
    return {f"ladder.{name}": chance for name, chance in chances.items()}


@functools.cache
def runs_on_rungs() -> npt.NDArray[np.int64]:
    """Runs on each rung after 10 weeks, 52 weeks and the term; shape (3, rungs)."""
    stage = set_stage(settings(OFTEN), width=16_384, days=WEEKS * WEEK)
    climb(OFTEN, stage, WEEKS)
    counts = []
    for weeks in (10, 52, WEEKS):
        stage.play(weeks * WEEK)
        counts.append(np.bincount(stage.worlds.rung, minlength=TOP + 1))
    return np.array(counts)


def rungs(reference: Reference = chain) -> Result:
    """Chi-square of the rungs at three dates."""
    return max(
        counts_z(counts, np.linalg.matrix_power(reference(OFTEN), weeks)[0] * counts.sum())
        for counts, weeks in zip(runs_on_rungs(), (10, 52, WEEKS), strict=True)
    )


def read_chances(chances: Chances) -> Matrix:
    """The chain's matrix as the engine simulates it, to 1 in 10,000 of each chance.

    One week from each rung, at a grid of uniforms that is fine at both ends.
    """
    tail = np.geomspace(1e-7, 0.5, 100_000)
    edges = np.concatenate([[0.0], tail, 1 - tail[-2::-1], [1.0]])
    grid = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    width = np.diff(edges)
    steps = np.zeros((TOP + 1, TOP + 1))
    for rung in range(TOP + 1):
        stage = set_stage(settings(chances), grid.size, days=WEEK, streams=GivenUniforms(grid))
        stage.worlds.rung[:] = rung
        climb(chances, stage, weeks=1)
        stage.play()
        steps[rung] = np.bincount(stage.worlds.rung, weights=width, minlength=TOP + 1)
    return steps


@functools.cache
def top_by_the_end() -> float:
    return float(np.linalg.matrix_power(read_chances(SELDOM), WEEKS)[0, TOP])


def rare(reference: Reference = chain) -> Result:
    """P(top by the end of the term), below one in a billion, to a tenth of a percent of itself."""
    exact = np.linalg.matrix_power(reference(SELDOM), WEEKS)[0, TOP]
    assert 1e-10 < top_by_the_end() < 1e-9
    return z(top_by_the_end(), exact, 0.00025 * exact, "value")


CASES = (
    Case(
        "ladder: rungs at three dates",
        rungs,
        {
            "harder from the ground": lambda: rungs(harder_from_the_ground),
            "no step back at the brink": lambda: rungs(no_settling_at_the_last_rung),
            "the top is left": lambda: rungs(the_top_is_left),
        },
    ),
    Case(
        "ladder: the top at one in a billion",
        rare,
        {
            "harder from the ground": lambda: rare(harder_from_the_ground),
            "no step back at the brink": lambda: rare(no_settling_at_the_last_rung),
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
