"""The draws of an update on its last day, and what they are led along, as a file of its result.

From it the runs can be made again until the last day, more of them, and led on in another way.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic_core import from_json

from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.inference.calibrate.record_likelihood import Observation
from relsim.inference.calibrate.tempering_file import read_arrays, write_arrays
from relsim.inference.update.leading import Columns, Leading
from relsim.processes.recorded import Recorded
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario

__all__ = ["ONWARD_FILE", "Onward", "read_onward", "write_onward"]

ONWARD_FILE = "onward.npz"


class Onward(NamedTuple):
    """Draws of equal weight, which may be copies of one another.

    Attributes
    ----------
    leading : Leading
        What they are led along.
    columns : dict of float64 (draws,)
        Their parameters.
    log_intensity : float64, (draws,)
        ln ω of each draw.
    """

    leading: Leading
    columns: Columns
    log_intensity: Doubles


def write_onward(onward: Onward, file: Path) -> None:
    """Write an .npz file; it is whole, or the old one stays.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    leading = onward.leading
    plain = {
        "paths": list(onward.columns),
        "moves": [list(move) for move in leading.moves],
        "days": [leading.first_day, leading.last_day],
        "ends": list(leading.ends),
        "runs": leading.runs,
        "seed": leading.seed,
    }
    columns = np.array([*onward.columns.values(), onward.log_intensity])
    arrays = {"columns": columns, "told": np.array(json.dumps(plain))}
    write_arrays(file, arrays | {"scenario": np.array(scenario_hash(leading.scenario))})


def read_onward(file: Path, scenario: Scenario) -> Onward:
    """What `write_onward` wrote, perhaps for a stranger; of the scenario that was simulated.

    Raises
    ------
    UsageError
        If the file is broken, or of another scenario.
    """
    broken = UsageError(f"{file} is no whole file that `relsim update --out` writes: update anew")
    arrays = read_arrays(file, ("columns", "told", "scenario"), broken)
    if str(arrays["scenario"]) != scenario_hash(scenario):
        raise UsageError(f"{file} belongs to another scenario than the result beside it")
    try:
        return _onward(arrays["columns"], from_json(str(arrays["told"])), scenario)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise broken from None


def _onward(columns: Doubles, plain: dict[str, Any], scenario: Scenario) -> Onward:
    paths = [str(path) for path in plain["paths"]]
    fits = columns.dtype == np.float64 and columns.ndim == 2 and len(columns) == len(paths) + 1
    if not fits or not np.isfinite(columns).all():
        raise ValueError("columns")
    moves = tuple(_move(one, scenario) for one in plain["moves"])
    first, last = map(int, plain["days"])
    if not 0 <= first <= last < (scenario.horizon.end - scenario.horizon.start).days:
        raise ValueError("days")
    leading = Leading(
        scenario, moves, first, last, tuple(map(int, plain["ends"])), Observation(),
        int(plain["runs"]), int(plain["seed"]),
    )  # fmt: skip
    return Onward(leading, dict(zip(paths, columns, strict=False)), columns[-1])


def _move(plain: list[Any], scenario: Scenario) -> Recorded:
    move = Recorded(*plain)
    known = move.move in scenario.moves or move.move == "collision"
    if not known or not (move.actor is None or move.actor in scenario.actors):
        raise ValueError(move.move)
    return move
