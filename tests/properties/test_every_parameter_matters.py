"""Every number of the baseline has an influence: a citation on one without would mislead.

A parameter is a column over runs, so one chunk tries many: each has its own block of runs, in
which it alone is far from where it was, and the same random numbers as in a chunk in which none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario.fields.values import Value
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.parameters import parameter_columns
from relsim.worlds.randomness.draws import draw_of_run
from tests.properties.comparing import shortened

BLOCK = 64  # runs that try one parameter, one of each draw
LARGE_BLOCK = 4096  # for what acts seldom: the treaty that a text saves, the protest that wins
MOST_RUNS = 8192  # of a chunk; so many parameters share one
KEPT = 16  # runs of each block whose weekly series are kept
# Whole numbers that set the schedule, alike in all runs; each is tried in a chunk of its own.
SCHEDULE = {
    "actors.US.review_every": 14,
    "actors.US.first_review": 1,
    "actors.US.trial_window": 52,
    "actors.RU.review_every": 14,
    "actors.RU.first_review": 5,
    "actors.RU.trial_window": 52,
}


@cache
def baseline() -> Scenario:
    return load("us-russia-2021")


def far_text(value: Value) -> str:
    """`far_from` with its unit, as a scenario would write it."""
    return f"{far_from(value)!r} {'' if value.unit == '1' else value.unit}"


def far_from(value: Value) -> float:
    """A number far from where a parameter stands, within its bounds."""
    distribution = value.distribution
    median = distribution.median
    if value.unit == "share":
        return 0.95 if median < 0.5 else 0.05
    if distribution.support[0] >= 0:
        return 10 * median if median else 1.0
    low, high = distribution.quantile(np.array([0.05, 0.95]))
    return median + max(3 * float(high - low), 1.0)


def widened(blocks: int, block: int = BLOCK) -> dict[str, Floats]:
    """The usual columns, each with one value a run, so that both chunks go one way."""
    of_run = draw_of_run(np.arange(blocks * block), blocks * block // 64)
    usual = parameter_columns(baseline(), 1, of_run)
    return {path: np.broadcast_to(c, of_run.shape).copy() for path, c in usual.items()}


def shifted(paths: Sequence[str], block: int = BLOCK) -> dict[str, Floats]:
    """Columns in which each of these parameters is far off in its own block of runs."""
    columns = widened(len(paths), block)
    values = baseline().parameters()
    for number, path in enumerate(paths):
        columns[path][number * block : (number + 1) * block] = far_from(values[path])
    return columns


def simulated(
    columns: Mapping[str, Floats], block: int = BLOCK, scenario: Scenario | None = None
) -> ChunkResult:
    """One chunk with these parameter columns, of the baseline unless told otherwise."""
    runs = next(iter(columns.values())).size
    kept = tuple(run for run in range(runs) if run % block < KEPT)
    plan = Plan(scenario or baseline(), 1, runs, runs // 64, width=runs, kept=kept)
    return simulate_chunk(plan, 0, columns)


def blocks_that_differ(
    first: ChunkResult, second: ChunkResult, block: int = BLOCK
) -> npt.NDArray[np.bool_]:
    """In which blocks of runs anything on record differs, shape (blocks,)."""
    outcomes = (first.first_day != second.first_day).any(axis=0)
    differs: npt.NDArray[np.bool_] = outcomes.reshape(-1, block).any(axis=1)
    for name, values in first.quantities.items():
        differs |= (values != second.quantities[name]).reshape(-1, block).any(axis=1)
    for name, series in first.sample.series.items():
        moved = (series != second.sample.series[name]).any(axis=0)
        differs |= moved.reshape(-1, KEPT).any(axis=1)
    return differs


def without_influence(paths: list[str], block: int = BLOCK) -> list[str]:
    """Parameters whose shift changes nothing on record of their blocks."""
    found, at_once = [], MOST_RUNS // block
    for start in range(0, len(paths), at_once):
        group = paths[start : start + at_once]
        usual = simulated(widened(len(group), block), block)
        other = simulated(shifted(group, block), block)
        matters = blocks_that_differ(usual, other, block)
        found += [path for path, yes in zip(group, matters, strict=True) if not yes]
    return found


def drawn_paths() -> list[str]:
    return [path for path in baseline().parameters() if path not in SCHEDULE]


def test_shifts_are_far_and_within_bounds() -> None:
    values = baseline().parameters()
    far = {path: far_from(values[path]) for path in drawn_paths()}
    varied = baseline().vary({path: far_text(values[path]) for path in far}).parameters()
    for path, number in far.items():
        assert varied[path].constant == pytest.approx(number)
        low, high = values[path].distribution.quantile(np.array([0.01, 0.99]))
        assert number < low or number > high


@pytest.mark.slow
def test_every_parameter_matters() -> None:
    paths = drawn_paths()
    assert len(paths) > 200
    seldom = without_influence(paths)
    assert len(seldom) < 10
    assert without_influence(seldom, LARGE_BLOCK) == []


def test_a_parameter_without_influence_would_be_found() -> None:
    """A parameter that nobody reads, between two that matter."""
    usual = widened(3) | {"no.such.number": np.zeros(3 * BLOCK, np.float32)}
    other = shifted(["actors.US.stake", "actors.US.stake", "talks.summit_held"])
    middle = slice(BLOCK, 2 * BLOCK)
    other["no.such.number"] = other["actors.US.stake"].copy()
    other["actors.US.stake"][middle] = usual["actors.US.stake"][middle]
    short = shortened(baseline(), "2021-09-30")
    first, second = (simulated(columns, scenario=short) for columns in (usual, other))
    assert blocks_that_differ(first, second).tolist() == [True, False, True]


# One parameter at a time, through `vary`, as a user would: what blocks find must hold here too.
SOME = [
    *SCHEDULE,
    "actors.US.learning_rate",
    "actors.RU.relief",
    "issues.climate.agreement_rate",
    "ladder.harder",
    "moves.expel_diplomats.mass_share",
    "projects.nord_stream_2.delay",
]


@cache
def usual_chunk(runs: int) -> ChunkResult:
    return simulate_chunk(Plan(baseline(), 1, runs, runs // 64, width=runs), 0)


def matters(path: str, value: object, runs: int = 512) -> bool:
    """Whether any recorded array differs once this number is changed."""
    plan = Plan(baseline().vary({path: value}), 1, runs, runs // 64, width=runs)
    return changed(usual_chunk(runs), simulate_chunk(plan, 0))


def changed(first: ChunkResult, second: ChunkResult) -> bool:
    """Whether any recorded array differs between two chunks."""
    pairs = [(getattr(first, n), getattr(second, n)) for n in ("first_day", "move_counts")]
    for name in ("quantities", "histograms", "sample.series"):
        one, other = attrgetter(name)(first), attrgetter(name)(second)
        pairs += [(one[key], other[key]) for key in one]
    return any(not np.array_equal(one, other) for one, other in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("path", SOME)
def test_a_number_changed_by_itself_matters(path: str) -> None:
    assert matters(path, SCHEDULE.get(path) or far_text(baseline().parameters()[path]))


@pytest.mark.slow
@pytest.mark.parametrize("path", drawn_paths())
def test_every_number_changed_by_itself_matters(path: str) -> None:
    far = far_text(baseline().parameters()[path])
    assert matters(path, far) or matters(path, far, MOST_RUNS)


# Numbers of the move catalogue that have no unit: rows of W, shares of a move's weight.


def catalogue() -> dict[str, float]:
    """A far value for every plain number of the catalogue that can be chosen or felt."""
    far: dict[str, float] = {}
    for name, move in baseline().moves.items():
        if move.expresses is not None:
            for driver, number in move.expresses.model_dump().items():
                far[f"moves.{name}.expresses.{driver}"] = number + 2
        if move.joint:
            far[f"moves.{name}.felt"] = 1.0 if move.felt < 0.5 else 0.0
        if move.effect != "agree" or move.joint:
            far[f"moves.{name}.concession"] = 1.0 if move.concession < 0.5 else 0.0
    return {path: value for path, value in far.items() if not path.startswith("moves.hold.")}


@pytest.mark.slow
@pytest.mark.parametrize("path", catalogue())
def test_every_number_of_the_catalogue_matters(path: str) -> None:
    assert matters(path, catalogue()[path])
