"""How an ensemble is cut: runs, draws, batches and chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from relsim.errors import UsageError
from relsim.processes.actor import Forced
from relsim.rules import Rule
from relsim.scenario.schema import Scenario
from relsim.worlds.draws import DRAWS_PER_BATCH, draw_of_all_runs, draw_of_run

__all__ = ["CHUNK_WIDTH", "DEFAULT_DRAWS", "DEFAULT_RUNS", "SAMPLED", "Plan", "plan_runs"]

CHUNK_WIDTH = 8192  # runs lived together; a constant of the version, kept in the provenance
SAMPLED = 64  # the first runs, one a draw of the first batch, are kept whole
DEFAULT_RUNS, DEFAULT_DRAWS = 32_768, 1_024


@dataclass(frozen=True)
class Plan:
    """All that a worker needs to live any chunk of an ensemble.

    Attributes
    ----------
    kept : tuple of int
        Runs whose weekly series and event log are kept whole.
    log_all : bool
        Keep the event log of every run.
    forced : mapping of int to Forced
        For a run, a move that one of its actors makes whatever it would have picked; chance and
        all other runs stay as they are.
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

    @property
    def runs_per_batch(self) -> int:
        """Runs of one batch of 64 draws."""
        return DRAWS_PER_BATCH * self.runs_per_draw

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.runs // self.runs_per_draw

    @property
    def chunks(self) -> int:
        """Number of chunks; the last one is padded."""
        return -(-self.runs // self.width)

    @property
    def draw_of_run(self) -> npt.NDArray[np.int64]:
        """The draw of each run, int64 (runs,)."""
        return draw_of_all_runs(self.runs, self.runs_per_draw)

    def draw_of_column(self, chunk: int) -> npt.NDArray[np.int64]:
        """The draw of each column of a chunk, int64 (width,).

        Padding repeats the last run's draw; its columns are lived and thrown away.
        """
        first = chunk * self.width
        runs = np.minimum(np.arange(first, first + self.width), self.runs - 1)
        return draw_of_run(runs, self.runs_per_draw)

    def counted(self, chunk: int) -> int:
        """Runs of a chunk without its padding."""
        return min(self.width, self.runs - chunk * self.width)


def plan_runs(runs: int | None, draws: int | None) -> tuple[int, int]:
    """Round a wish up to whole batches of 64 draws.

    There are never fewer runs, or draws, than are asked for: runs a draw are rounded up to a whole
    number, then the batches so that they hold as many runs and as many draws.

    Returns
    -------
    runs, runs_per_draw : int

    Raises
    ------
    UsageError
        If a number is not positive, or there are fewer runs than draws.

    Examples
    --------
    >>> plan_runs(32_768, 1_024), plan_runs(32_768, 1_000), plan_runs(32_768, 1_025)
    ((32768, 32), (33792, 33), (34816, 32))
    """
    for name, number in (("runs", runs), ("draws", draws)):
        if number is not None and number < 1:
            raise UsageError(f"{name} must be positive (got {number})")
    wished = DEFAULT_RUNS if runs is None else runs
    if draws is None:
        per_draw, batches = DEFAULT_RUNS // DEFAULT_DRAWS, 1
    elif wished < draws:
        raise UsageError(f"runs must be at least draws ({draws}; got {wished})")
    else:
        per_draw, batches = -(-wished // draws), -(-draws // DRAWS_PER_BATCH)
    batch = DRAWS_PER_BATCH * per_draw
    return max(batches, -(-wished // batch)) * batch, per_draw
