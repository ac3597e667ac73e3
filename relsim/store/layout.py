"""A chunk, or an ensemble, as named arrays: for the store, for xarray and for equality.

Axes are called run, draw, week, outcome, actor, move, ...; what stands along an axis is named in
`Layout.names`. The scenario travels beside the arrays. `Columns` are made, or read, when they are
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from relsim.array_types import Array
from relsim.runs.chunk_result import LOG_TYPE, ChunkResult
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.randomness.draws import draw_of_all_runs
from relsim.worlds.stage import stage_of

Load = Callable[[Sequence[str]], Mapping[str, Array]]

LOG = "log_"  # before the name of a column of the event log
BLOCK = 2**22  # bytes that are loaded at a time


def at_once(bytes_each: int) -> int:
    """Columns that fill a block."""
    return max(BLOCK // max(bytes_each, 1), 1)


class Columns(Mapping[str, Array]):
    """Columns by name, all of one size.

    Few large ones are in memory at a time, so that it does not grow with the runs. A copy that is
    pickled holds them all.

    Parameters
    ----------
    names : sequence of str
    bytes_each : int
        Size of one column.
    load : callable
        Called with some of the names; returns their columns.
    kept : int
        Bytes: columns that are smaller together are loaded at once and stay.

    Attributes
    ----------
    source : object
        What must stay as long as the columns do.
    """

    def __init__(
        self, names: Sequence[str], bytes_each: int, load: Load, kept: int = 4 * BLOCK
    ) -> None:
        self._names, self._load = tuple(names), load
        self._place = {name: number for number, name in enumerate(names)}
        self._kept: dict[str, Array] = {}
        self.source: object = None
        whole = len(names) * bytes_each <= kept
        self._step = max(len(names), 1) if whole else at_once(bytes_each)

    def __getitem__(self, name: str) -> Array:
        if name not in self._kept:
            first = self._place[name] // self._step * self._step
            self._kept = {}  # before the next are loaded, not after
            self._kept = dict(self._load(self._names[first : first + self._step]))
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._place  # Mapping's own would load the column

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return list(self) == list(other) and all(np.array_equal(self[n], other[n]) for n in self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} columns: {', '.join(self._names[:3])}, ...>"

    def __reduce__(self) -> tuple[type, tuple[dict[str, Array]]]:
        return dict, (dict(self.items()),)


@dataclass(frozen=True)
class Variable:
    """One array, the names of its axes, and what its numbers mean."""

    dims: tuple[str, ...]
    values: Array
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """An ensemble without its scenario.

    Attributes
    ----------
    variables : dict of Variable
    names : dict of axis to tuple of str
        What stands along an axis, and what the numbers of the event log stand for.
    attributes : dict
        Seed, numbers of runs and what else describes it; plain data.
    """

    variables: Mapping[str, Variable]
    names: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, Any]


def layout_of(
    scenario: Scenario,
    part: ChunkResult,
    parameters: Mapping[str, Array],
    attributes: Mapping[str, Any],
    weights: Array | None = None,
) -> Layout:
    """Lay out an ensemble; the arrays are its own wherever they need no stacking.

    Parameters
    ----------
    scenario : Scenario
        Of the ensemble.
    part : ChunkResult
        All its runs.
    parameters : mapping of float64 (draws,)
        Values of the parameters, by dotted path.
    attributes : mapping
        With seed, runs and runs_per_draw.
    weights : float64 (runs,), optional
        Weights of the runs in a conditioned ensemble.
    """
    stage, words = stage_of(scenario), part.sample.words
    names = {
        "outcome": tuple(scenario.outcomes),
        "actor": tuple(scenario.actors),
        "move": stage.move_names,
        "joint_move": tuple(stage.joint),
        "parameter": tuple(parameters),
        "quantity": tuple(part.quantities),
        "histogram": tuple(part.histograms),
        "series": tuple(part.sample.series),
        "kind": words.kinds,
        "subject": words.subjects,
    }
    week = np.asarray(record_days(stage.days))
    start, series = scenario.horizon.start, part.sample.series
    since = f"days from {start}, day 0"
    came = {"long_name": f"when it came about, {since}; -1 never, -2 the run failed"}
    moves = {"long_name": "moves, summed over the runs of the draw"}
    joint_moves = {"long_name": "joint moves, summed over the runs of the draw"}
    kept = np.stack(list(series.values())) if series else np.zeros((0, week.size, 0), np.float32)
    of_run = draw_of_all_runs(attributes["runs"], attributes["runs_per_draw"])
    found = {
        "week": Variable(("week",), week, {"units": f"days since {start}"}),
        "draw_of_run": Variable(("run",), of_run, {}),
        "first_day": Variable(("outcome", "run"), part.first_day, came),
        "parameters": _stack(("parameter", "draw"), parameters),
        "quantities": _stack(("quantity", "run"), part.quantities),
        "move_counts": Variable(("draw", "actor", "move"), part.move_counts, moves),
        "joint_counts": Variable(("draw", "joint_move"), part.joint_counts, joint_moves),
        "histograms": _stack(("histogram", "week", "bin"), part.histograms),
        "edges": _stack(("histogram", "edge"), part.edges),
        "sample_runs": Variable(("sample_run",), part.sample.runs, {}),
        "sample_series": Variable(("series", "week", "sample_run"), kept, {}),
    }
    for column in LOG_TYPE.names or ():
        values = np.ascontiguousarray(part.sample.log[column])
        about = {"long_name": since} if column == "day" else {}
        found[LOG + column] = Variable(("entry", "driver")[: values.ndim], values, about)
    if weights is not None:
        found["weights"] = Variable(("run",), weights, {})
    return Layout(found, names, attributes)


def _stack(dims: tuple[str, ...], arrays: Mapping[str, Array]) -> Variable:
    return Variable(dims, np.stack(list(arrays.values())), {})
