"""What meaning tests share: many runs of few draws at once, and effects draw by draw.

All runs of a test live in one chunk, laid out as (runs a draw, 64 draws), so that pairs share
draws and luck. A mean over a draw's runs still holds sampling noise, which pulls a share of draws
towards one half: a share of 80% that is measured is 80% or more in truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from relsim.ensemble.chunk import ChunkResult
from relsim.rules import Rule, View, logit
from relsim.scenario.catalogue import CalendarEntry
from relsim.scenario.reading import load
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan, live_chunk

BASELINE = "us-russia-2021"
DRAWS = 64
RUNS_A_DRAW = 256

Doubles = npt.NDArray[np.float64]


class Tally:
    """The logit rule, which also adds up the chances that it gave each move.

    Expected counts say the same as counts of moves made, with far less noise.

    Attributes
    ----------
    expected : float64, (moves, runs)
        Sum of the chances over the reviews from day `first` to before day `last`.
    """

    def __init__(self, first: int = 0, last: int = 32_000) -> None:
        self.first, self.last = first, last
        self.expected: Doubles = np.zeros(0)
        self.moves: tuple[str, ...] = ()

    def __call__(self, view: View, parameters: Mapping[str, npt.NDArray[np.float32]]) -> object:
        chances = logit(view, parameters)
        if not self.moves:
            self.moves, self.expected = view.moves, np.zeros(chances.shape)
        if self.first <= view.day < self.last:
            self.expected += chances
        return chances

    def of(self, moves: Sequence[str]) -> Doubles:
        """Expected number of these moves in each run, shape (runs,)."""
        rows = [self.moves.index(move) for move in moves]
        total: Doubles = self.expected[rows].sum(axis=0)
        return total


@dataclass(frozen=True)
class Lived:
    """One chunk in which every run counts."""

    scenario: Scenario
    result: ChunkResult
    tallies: Mapping[str, Tally] = field(default_factory=dict)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The rows of `first_day`."""
        return tuple(self.scenario.outcomes)

    def happened(self, outcome: str) -> Doubles:
        """1.0 in the runs in which an outcome came about, shape (runs,)."""
        days = self.result.first_day[self.outcomes.index(outcome)]
        assert (days != -2).all()
        return (days >= 0).astype(np.float64)

    def quantity(self, name: str) -> Doubles:
        """A quantity of each run."""
        return self.result.quantities[name].astype(np.float64)

    def series(self, name: str) -> Doubles:
        """A weekly series of the runs kept whole, shape (weeks, kept)."""
        return self.result.sample[name].astype(np.float64)

    def expected(self, actor: str, moves: Sequence[str]) -> Doubles:
        """Expected number of an actor's moves of some kinds in each run (needs a tally)."""
        return self.tallies[actor].of(moves)


def lived(
    changes: Mapping[str, object] | None = None,
    *,
    scenario: Scenario | None = None,
    seed: int = 1,
    runs_a_draw: int = RUNS_A_DRAW,
    tallies: Mapping[str, Tally] | None = None,
    kept_a_draw: int = 1,
) -> Lived:
    """Live 64 draws of the baseline, or of another scenario, with some numbers changed."""
    base = load(BASELINE) if scenario is None else scenario
    varied = base.vary(changes) if changes else base
    runs = DRAWS * runs_a_draw
    rules: dict[str, Rule] = dict(tallies or {})  # type: ignore[arg-type]
    plan = Plan(
        varied, seed, runs, runs_a_draw, rules, width=runs, kept=tuple(range(DRAWS * kept_a_draw))
    )
    return Lived(varied, live_chunk(plan, 0), dict(tallies or {}))


def by_draw(values: Doubles) -> Doubles:
    """Mean over the runs of each draw; values (…, runs), result (…, 64)."""
    return values.reshape(*values.shape[:-1], -1, DRAWS).mean(axis=-2)


def standard_error(paired: Doubles) -> float:
    """Standard error of the mean over draws of a paired difference, shape (runs,)."""
    means = by_draw(paired)
    return float(means.std(ddof=1) / np.sqrt(means.size))


def noise_by_draw(values: Doubles) -> Doubles:
    """Standard error of each draw's mean, shape (64,)."""
    runs = values.reshape(-1, DRAWS)
    return runs.std(axis=0, ddof=1) / np.sqrt(len(runs))


def moves_of_kind(scenario: Scenario, *kinds: str) -> tuple[str, ...]:
    """Unilateral moves of some classes."""
    return tuple(n for n, m in scenario.moves.items() if m.kind in kinds and not m.joint)


def with_calendar(scenario: Scenario, *entries: Mapping[str, object]) -> Scenario:
    """The scenario with some more dated entries, in order of date."""
    dated = [CalendarEntry.model_validate(dict(entry)) for entry in entries]
    calendar = sorted([*scenario.calendar, *dated], key=lambda entry: entry.date)
    plain = scenario.model_dump(by_alias=True, mode="json")
    listed = [entry.model_dump(by_alias=True, mode="json") for entry in calendar]
    return Scenario.model_validate(plain | {"calendar": listed})


def scaled(scenario: Scenario, path: str, factor: float) -> dict[str, object]:
    """A change that multiplies a number, so that each draw keeps its luck: `vary` takes it."""
    distribution = scenario.parameters()[path].distribution
    return {path: str(distribution.scaled(factor))}
