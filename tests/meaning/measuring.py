"""What meaning tests share: many runs of few draws at once, and effects draw by draw.

Runs are laid out as (runs a draw, 64 draws), and pairs share draws and random
numbers. A mean over a draw's runs still holds sampling noise, which pulls a share of draws towards
one half: where 80% of draws are measured to go one way, 80% or more of them do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from relsim.array_types import Floats
from relsim.rules import View, logit
from relsim.rules.several import chances_of_review
from relsim.runs.chunk_result import NOT_RUN
from relsim.scenario.catalogue import CalendarEntry
from relsim.scenario.schema import Scenario, load
from relsim.simulate import CHUNK_WIDTH, Plan, simulate_chunk

BASELINE = "us-russia-2021"
DRAWS = 64
MOST = 0.8  # the share of draws in which a meaning must hold

Doubles = npt.NDArray[np.float64]


class Tally:
    """The logit rule, which also adds up the chances that it gave each move.

    Expected counts say the same as counts of moves made, with far less noise. Chunks must be
    simulated one after the other in this process.

    Parameters
    ----------
    first, last : int
        Reviews from day `first` to before day `last` count.
    """

    several_moves = True  # as the rule that it watches is marked

    def __init__(self, first: int = 0, last: int = 32_000) -> None:
        self._span = range(first, last)
        self._day = 0
        self._chunks: list[Doubles] = []
        self._moves: tuple[str, ...] = ()

    def __call__(self, view: View, parameters: Mapping[str, Floats]) -> Floats:
        chances = logit(view, parameters)
        if not self._chunks or view.day < self._day:
            self._chunks.append(np.zeros(chances.shape))
        self._day, self._moves = view.day, view.moves
        if view.day in self._span:
            self._chunks[-1] += chances_of_review(chances)
        return chances

    def of(self, *moves: str) -> Doubles:
        """Expected number of reviews with each of these moves in each run, added up, (runs,)."""
        rows = [self._moves.index(move) for move in moves]
        expected: Doubles = np.concatenate(self._chunks, axis=1)[rows].sum(axis=0)
        return expected


@dataclass(frozen=True)
class SimulatedRuns:
    """Runs of 64 draws; every array has the runs last, run r being of draw r mod 64.

    Attributes
    ----------
    first_day : dict of int16 (runs,)
        By outcome; -1 never.
    quantities : dict of float64 (runs,)
    series : dict of float64 (weeks, kept runs)
    """

    scenario: Scenario
    first_day: Mapping[str, npt.NDArray[np.int16]]
    quantities: Mapping[str, Doubles]
    series: Mapping[str, Doubles]

    def happened(self, outcome: str) -> Doubles:
        """1.0 in the runs in which an outcome came about, shape (runs,)."""
        return (self.first_day[outcome] >= 0).astype(np.float64)


def simulated(
    changes: Mapping[str, object] | None = None,
    *,
    scenario: Scenario | None = None,
    seed: int = 1,
    runs_a_draw: int = 64,
    kept_a_draw: int = 0,
    rules: Mapping[str, Tally] | None = None,
) -> SimulatedRuns:
    """Simulate 64 draws of the baseline, or of another scenario, with some numbers changed."""
    base = baseline() if scenario is None else scenario
    varied = base.vary(changes) if changes else base
    plan = Plan(
        varied,
        seed,
        runs=DRAWS * runs_a_draw,
        runs_per_draw=runs_a_draw,
        rules=dict(rules or {}),
        width=min(DRAWS * runs_a_draw, CHUNK_WIDTH),
        kept=tuple(range(DRAWS * kept_a_draw)),
    )
    chunks = [simulate_chunk(plan, number) for number in range(plan.chunks)]
    first_day = np.concatenate([chunk.first_day for chunk in chunks], axis=1)
    assert (first_day != NOT_RUN).all()
    series = [chunk.sample.series for chunk in chunks]
    return SimulatedRuns(
        varied,
        first_day=dict(zip(varied.outcomes, first_day, strict=True)),
        quantities={
            name: np.concatenate([chunk.quantities[name] for chunk in chunks]).astype(np.float64)
            for name in chunks[0].quantities
        },
        series={
            name: np.concatenate([kept[name] for kept in series if kept], axis=1).astype(np.float64)
            for name in series[0]
        },
    )


@cache
def baseline() -> Scenario:
    """The baseline as the file has it."""
    return load(BASELINE)


@cache
def usual(seed: int = 1) -> SimulatedRuns:
    """The baseline simulated; 16 runs of each draw are kept whole."""
    return simulated(seed=seed, kept_a_draw=16)


def by_draw(values: Doubles) -> Doubles:
    """Mean over the runs of each draw; values (…, runs), result (…, 64)."""
    means: Doubles = values.reshape(*values.shape[:-1], -1, DRAWS).mean(axis=-2)
    return means


def share(truth: npt.NDArray[np.bool_]) -> float:
    """Share of the draws for which something is true."""
    return float(truth.mean())


def standard_error(paired: Doubles) -> float:
    """Standard error of the mean of a paired difference (runs,), draws being independent."""
    means = by_draw(paired)
    return float(means.std(ddof=1) / np.sqrt(means.size))


def moves_of_kind(scenario: Scenario, *kinds: str) -> tuple[str, ...]:
    """Unilateral moves of some classes."""
    return tuple(n for n, move in scenario.moves.items() if move.kind in kinds and not move.joint)


def with_calendar(scenario: Scenario, *entries: Mapping[str, object]) -> Scenario:
    """The scenario with some more dated entries, in order of date."""
    dated = [CalendarEntry.model_validate(dict(entry)) for entry in entries]
    calendar = sorted([*scenario.calendar, *dated], key=lambda entry: entry.date)
    plain = scenario.model_dump(by_alias=True, mode="json")
    listed = [entry.model_dump(by_alias=True, mode="json") for entry in calendar]
    return Scenario.model_validate(plain | {"calendar": listed})


def times(factor: float, *paths: str) -> dict[str, object]:
    """A change that multiplies numbers of the baseline; each draw keeps its random numbers."""
    values = baseline().parameters()
    if factor == 0:
        return dict.fromkeys(paths, 0)
    return {path: str(values[path].distribution.scaled(factor)) for path in paths}


def rates(moves: Sequence[str], *actors: str) -> tuple[str, ...]:
    """Paths of the routine rates of these moves."""
    return tuple(f"moves.{move}.rate.{actor}" for move in moves for actor in actors)
