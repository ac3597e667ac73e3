"""Joint draws read from a scenario's file: one row gives all parameters of a draw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.errors import SimulationError
from relsim.scenario.files.joint_draws import Draws, DrawTable, DrawTableError, table_of
from relsim.scenario.schema import Scenario, held_jointly
from relsim.worlds.randomness.draws import latin_column

__all__ = ["Joint", "joint_of"]

Doubles = npt.NDArray[np.float64]
STREAM = "joint draws"  # stands for a parameter's path: no path has a blank


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

    def rows(self, seed: int, batch: int) -> npt.NDArray[np.int64]:
        """The rows that are the 64 draws of a batch.

        A draw is a row: the inverse function of the rows' distribution at a Latin hypercube
        column of its own. So seeds, batches and prefixes work as for any other distribution.
        """
        u = latin_column(seed, STREAM, batch)
        return np.minimum(np.searchsorted(self.cumulated, u, side="right"), self.cumulated.size - 1)

    def draws(
        self,
        seed: int,
        batches: npt.NDArray[np.int64] | range,
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
    column = {path: number for number, path in enumerate(table.columns, start=1)}
    return Joint(cumulated, {path: table.numbers[:, column[path]] for path in paths})


def _table(draws: Draws) -> DrawTable:
    try:
        return table_of(draws.path, draws.sha256)
    except DrawTableError as error:
        changed = "was changed since the scenario was read"
        reason = changed if error.key == "sha256" else f"cannot be used: {error}"
        raise SimulationError(f"{draws.path} {reason}") from None
