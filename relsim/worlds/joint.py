"""Joint draws read from a scenario's file: one row gives all parameters of a draw."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relsim.errors import SimulationError
from relsim.scenario.joint import held_jointly
from relsim.scenario.schema import Scenario
from relsim.worlds.draws import latin_column

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
        If the file was changed since the scenario was read, or holds something else than numbers.
    """
    paths = held_jointly(scenario)
    if scenario.draws is None or not paths:
        return None
    table = _table(scenario.draws.path, scenario.draws.sha256)
    weights = table[:, 0]
    place = {path: number for number, path in enumerate(scenario.draws.columns, start=1)}
    cumulated = np.cumsum(weights) / weights.sum()
    return Joint(cumulated, {path: table[:, place[path]] for path in paths})


@lru_cache(maxsize=4)
def _table(path: Path, sha256: str) -> Doubles:
    """The numbers of a file of draws, (row, 1 + parameter): the weight first."""
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise SimulationError(f"{path} was changed since the scenario was read")
        lines = content.decode().splitlines()
        table = np.loadtxt(lines[2:], delimiter=",", dtype=np.float64, ndmin=2)
        columns = lines[0].count(",") + 1
    except (OSError, ValueError) as error:
        raise SimulationError(f"{path} cannot be read as a file of draws: {error}") from None
    sound = table.shape[1:] == (columns,) and table.size and np.isfinite(table).all()
    if not sound or (table[:, 0] < 0).any() or table[:, 0].sum() <= 0:
        raise SimulationError(f"{path} is no file of draws: a weight and finite numbers a line")
    table.flags.writeable = False
    return table
