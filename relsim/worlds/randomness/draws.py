"""Draws: parameter vectors, in batches of 64, each parameter by its own Latin hypercube column.

Draws that stand in a scenario's file are drawn jointly: one row gives all their parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.errors import SimulationError
from relsim.scenario.files.joint_draws import Draws, DrawTable, DrawTableError, table_of
from relsim.scenario.relative import drawn_as, held_jointly
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.streams import key_of

DRAWS_PER_BATCH = 64
STREAM = "joint draws"  # stands for a parameter's path: no path has a blank


class Quantile(Protocol):
    """A distribution as the draws need it: its inverse distribution function."""

    def quantile(self, u: Doubles) -> Doubles:
        """Values at probabilities u, same shape."""
        ...


def latin_column(seed: int, path: str, batch: int) -> Doubles:
    """64 stratified uniforms of one parameter in one batch, shape (64,).

    A column depends on seed, path and batch alone, so fixing or adding a parameter leaves every
    other column as it was, and the first batches of a larger ensemble are the smaller one.
    Source: McKay, Beckman & Conover 1979, Technometrics 21:239-245.
    """
    return latin_columns(seed, path, (batch,))


def latin_columns(seed: int, path: str, batches: Sequence[int]) -> Doubles:
    """The columns of one parameter in some batches one after the other, (64 × batches,)."""
    uniforms = np.empty((len(batches), 2, DRAWS_PER_BATCH))
    # One generator that is given each batch's key: to make another takes longer than to draw.
    bits = np.random.Philox(key=0)
    generator, state = np.random.Generator(bits), bits.state
    for batch, numbers in zip(batches, uniforms, strict=True):
        state["state"]["key"] = key_of(seed, "draw", path, batch)
        bits.state = state
        generator.random(out=numbers)
    order, place = uniforms[:, 0], uniforms[:, 1]
    columns: Doubles = (order.argsort(axis=1, kind="stable") + place) / DRAWS_PER_BATCH
    return columns.ravel()


def draw_parameters(
    distributions: Mapping[str, Quantile],
    seed: int,
    batches: Iterable[int],
    drawn_as: Mapping[str, str] | None = None,
) -> dict[str, Doubles]:
    """Parameter values for some batches, each of shape (64 × number of batches,).

    Each has its own random numbers, or those of the parameter that `drawn_as` gives.
    """
    wanted, own = list(batches), drawn_as or {}
    return {
        path: distribution.quantile(latin_columns(seed, own.get(path, path), wanted))
        for path, distribution in distributions.items()
    }


def draw_of_run(runs: Integers, runs_per_draw: int) -> Integers:
    """The draw of each run: batch r // (64 R), then draw r mod 64 within it (contracts: draws)."""
    return runs // (DRAWS_PER_BATCH * runs_per_draw) * DRAWS_PER_BATCH + runs % DRAWS_PER_BATCH


def draw_of_all_runs(runs: int, runs_per_draw: int) -> Integers:
    """The draw of each of the first runs, int64 (runs,); whole batches take no further memory."""
    batch = DRAWS_PER_BATCH * runs_per_draw
    result = np.empty(runs, dtype=np.int64)
    for number, first in enumerate(range(0, runs, batch)):
        part = result[first : first + batch]
        part[:] = np.resize(np.arange(DRAWS_PER_BATCH), part.size)
        part += number * DRAWS_PER_BATCH
    return result


def different_draws(columns: Iterable[Doubles], draws: int) -> Integers:
    """The number of each draw among those that differ, in the order in which they appear.

    Parameters
    ----------
    columns : iterable of float64 (draws,)
        What draws may differ in; of none at all each draw is one of its own.
    draws : int
        How many there are.

    Returns
    -------
    int64 (draws,)

    Examples
    --------
    >>> different_draws([np.array([5.0, 1.0, 5.0, 2.0])], 4).tolist()
    [0, 1, 0, 2]
    """
    stacked = [*columns]
    if not stacked:
        return np.arange(draws)
    _, first, which = np.unique(np.stack(stacked), axis=1, return_index=True, return_inverse=True)
    return np.asarray(first.argsort().argsort()[which.ravel()], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Joint:
    """Rows of parameters, and how likely each row is.

    Attributes
    ----------
    cumulated : float64 (row,)
        Cumulated probabilities, the last is 1.
    values : dict of float64 (row,)
    """

    cumulated: Doubles
    values: dict[str, Doubles]

    def rows(self, seed: int, batch: int) -> Integers:
        """The rows that are the 64 draws of a batch.

        A draw is a row: the inverse function of the rows' distribution at a Latin hypercube
        column of its own. So seeds, batches and prefixes work as for any other distribution.
        """
        u = latin_column(seed, STREAM, batch)
        return np.minimum(np.searchsorted(self.cumulated, u, side="right"), self.cumulated.size - 1)

    def draws(
        self,
        seed: int,
        batches: Integers | range,
        names: Collection[str] | None = None,
    ) -> dict[str, Doubles]:
        """The draws of some batches, by default of all paths, each (64 × number of batches,)."""
        rows = np.concatenate([self.rows(seed, int(batch)) for batch in batches])
        return {path: self.values[path][rows] for path in (self.values if names is None else names)}


def joint_of(scenario: Scenario) -> Joint | None:
    """The joint draws of a scenario, of the parameters that it leaves to them; None without any.

    Raises
    ------
    SimulationError
        If the file was changed since the scenario was read.
    """
    paths = held_jointly(scenario)
    if scenario.draws is None or not paths:
        return None
    table = _table(scenario.draws)
    cumulated = np.cumsum(table.numbers[:, 0]) / table.numbers[:, 0].sum()
    values, own = scenario.parameters(), drawn_as(scenario)
    column = {path: number for number, path in enumerate(table.columns, start=1)}
    return Joint(
        cumulated,
        {
            path: values[path].distribution.changed(table.numbers[:, column[own[path]]])
            for path in paths
        },
    )


def _table(draws: Draws) -> DrawTable:
    try:
        return table_of(draws.path, draws.sha256)
    except DrawTableError as error:
        changed = "was changed since the scenario was read"
        reason = changed if error.key == "sha256" else f"cannot be used: {error}"
        raise SimulationError(f"{draws.path} {reason}") from None
