"""How an ensemble is cut: runs, draws, batches and chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from relsim.arguments import whole_number
from relsim.array_types import Integers
from relsim.errors import UsageError, unknown
from relsim.processes.actor import Forced, Intervention
from relsim.rules import Rule
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_of_all_runs, draw_of_run

CHUNK_WIDTH = 8192  # runs of a chunk; a constant of the version, kept in the provenance
# Chunks simulated in one set of arrays: what is rare costs calls, not runs, and they share these.
# More than four gain little and take memory.
SIDE_BY_SIDE = 4
SAMPLED = 64  # the first runs, one a draw of the first batch, are kept whole
DEFAULT_RUNS, DEFAULT_DRAWS = 32_768, 1_024


class RunCounts:
    """Numbers of draws and batches of what has so many runs, and so many a draw."""

    runs: int
    runs_per_draw: int

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.runs // self.runs_per_draw

    @property
    def batches(self) -> int:
        """Number of batches of 64 draws."""
        return self.draws // DRAWS_PER_BATCH

    @property
    def runs_per_batch(self) -> int:
        """Runs of a batch of 64 draws."""
        return self.runs_per_draw * DRAWS_PER_BATCH

    @property
    def draw_of_run(self) -> Integers:
        """The draw of each run, int64 (runs,)."""
        return draw_of_all_runs(self.runs, self.runs_per_draw)


class ChunkCounts(RunCounts):
    """The same of runs that are cut into chunks of one width; the last may have fewer."""

    width: int

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.runs // self.width)

    def runs_of(self, chunk: int) -> range:
        """Numbers of the runs of a chunk."""
        first = chunk * self.width
        return range(first, min(first + self.width, self.runs))

    def columns_of(self, chunks: Sequence[int]) -> dict[int, slice]:
        """The columns of each chunk's runs, where chunks stand side by side in so wide a place."""
        starts = range(0, len(chunks) * self.width, self.width)
        return {
            chunk: slice(start, start + len(self.runs_of(chunk)))
            for chunk, start in zip(chunks, starts, strict=True)
        }

    def width_of(self, chunks: Sequence[int]) -> int:
        """How many columns chunks take side by side: the last of them ends with its last run."""
        return max(int(columns.stop) for columns in self.columns_of(chunks).values())

    @property
    def most_draws_of_chunk(self) -> int:
        """Draws that can have runs in one chunk, at most."""
        chunks, batch = map(self.runs_of, range(self.chunks)), self.runs_per_batch
        batches = max(runs[-1] // batch - runs[0] // batch + 1 for runs in chunks)
        return min(self.width, DRAWS_PER_BATCH * batches)


@dataclass(frozen=True)
class Shape(ChunkCounts):
    """Numbers of runs, in all, a draw and a chunk."""

    runs: int
    runs_per_draw: int
    width: int


@dataclass(frozen=True)
class Size(RunCounts):
    """How large each of several ensembles is, and its seed."""

    runs: int
    runs_per_draw: int
    seed: int


@dataclass(frozen=True)
class Plan(ChunkCounts):
    """All that a worker needs to simulate any chunk of an ensemble.

    Attributes
    ----------
    kept : tuple of int
        Runs whose weekly series and event log are kept whole.
    log_all : bool
        Keep the event log of every run.
    forced : mapping of int to Forced
        For a run, a move that one of its actors makes whatever it would have picked; chance and
        all other runs stay as they are.
    intervention : Intervention, optional
        A move that is brought about in some runs, and kept from happening in others.
    """

    scenario: Scenario
    seed: int
    runs: int
    runs_per_draw: int
    rules: Mapping[str, Rule] = field(default_factory=dict)
    width: int = CHUNK_WIDTH
    kept: tuple[int, ...] = tuple(range(SAMPLED))
    log_all: bool = False
    forced: Mapping[int, Forced] = field(default_factory=dict)
    intervention: Intervention | None = None

    def run_of_column(self, chunks: Sequence[int]) -> Integers:
        """The run of each column of chunks side by side, int64 (columns,); -1 is padding.

        Only a chunk that is not full and not the last of these is padded.
        """
        runs = np.add.outer(np.asarray(chunks) * self.width, np.arange(self.width)).ravel()
        runs = runs[: self.width_of(chunks)]
        return np.where(runs < self.runs, runs, -1)

    def draw_of_column(self, chunks: Sequence[int]) -> Integers:
        """The draw of each column of chunks side by side, int64 (columns,).

        Padding repeats the last run's draw; its columns are simulated and left out.
        """
        run = self.run_of_column(chunks)
        return draw_of_run(np.where(run < 0, self.runs - 1, run), self.runs_per_draw)


def side_by_side(chunks: Sequence[int], workers: int) -> list[tuple[int, ...]]:
    """Groups of chunks to simulate together: as even as can be, and enough for all workers."""
    turns = -(-len(chunks) // (workers * SIDE_BY_SIDE))
    number = max(min(turns * workers, len(chunks)), 1)
    groups = np.array_split(np.asarray(chunks, dtype=np.int64), number)
    return [tuple(group.tolist()) for group in groups if group.size]


def plan_runs(runs: int | None, draws: int | None) -> tuple[int, int]:
    """Round a wish up to whole batches of 64 draws.

    There are never fewer runs, or draws, than are asked for: runs a draw are rounded up to a whole
    number, then the batches so that they hold as many runs and as many draws. If draws alone are
    asked for, the default number of runs is shared among all draws of whole batches: one draw takes
    as many runs as 64 draws do.

    Returns
    -------
    runs, runs_per_draw : int

    Raises
    ------
    UsageError
        If a number is not whole or not positive, or there are fewer runs than draws.

    Examples
    --------
    >>> plan_runs(32_768, 1_024), plan_runs(32_768, 1_000), plan_runs(32_768, 1_025)
    ((32768, 32), (33792, 33), (34816, 32))
    >>> plan_runs(None, 1), plan_runs(None, 65)
    ((32768, 512), (32768, 256))
    """
    wished = DEFAULT_RUNS if runs is None else whole_number("runs", runs)
    draws = None if draws is None else whole_number("draws", draws)
    if draws is None:
        per_draw, batches = DEFAULT_RUNS // DEFAULT_DRAWS, 1
    elif wished < draws:
        raise UsageError(f"runs must be at least draws ({draws}; got {wished})")
    else:
        batches = -(-draws // DRAWS_PER_BATCH)
        per_draw = -(-wished // (draws if runs is not None else batches * DRAWS_PER_BATCH))
    batch = DRAWS_PER_BATCH * per_draw
    return max(batches, -(-wished // batch)) * batch, per_draw


def rules_of(scenario: Scenario, rules: Mapping[str, Rule] | None) -> dict[str, Rule]:
    """Return rules of one's own, by actor.

    Raises
    ------
    UsageError
        If they are no mapping of actors of the scenario to functions.
    """
    if rules is None:
        return {}
    if not isinstance(rules, Mapping):
        raise UsageError(
            f"rules must map actors to functions, {{'US': rule}} (got {type(rules).__name__})"
        )
    for actor, rule in rules.items():
        if actor not in scenario.actors:
            raise UsageError(f"rules: {unknown('actor', str(actor), scenario.actors)}")
        if not callable(rule):
            raise UsageError(
                f"rules: that of {actor} must be a function of a view and parameters, see "
                f"relsim.rules (got {rule!r:.60}); one by name goes into actors.{actor}.rule"
            )
    return dict(rules)
