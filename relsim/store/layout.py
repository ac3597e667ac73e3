"""An ensemble as named arrays, for xarray and for equality.

Axes are called run, draw, week, outcome, actor, move, ...; what stands along an axis is named in
`Layout.names`. The scenario travels beside the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.runs.event_log import LOG_TYPE
from relsim.worlds.stage import stage_of

__all__ = ["LOG", "Layout", "Variable", "alike", "layout_of"]

Array = npt.NDArray[Any]
LOG = "log_"  # before the name of a column of the event log


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
        Seed, numbers of runs, provenance, time; plain data.
    """

    variables: Mapping[str, Variable]
    names: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, Any]


def layout_of(ensemble: Ensemble) -> Layout:
    """Lay out an ensemble; the arrays are its own wherever they need no stacking."""
    stage, words = stage_of(ensemble.scenario), ensemble.sample.words
    names = {
        "outcome": ensemble.outcomes,
        "actor": tuple(ensemble.scenario.actors),
        "move": stage.move_names,
        "joint_move": tuple(stage.joint),
        "parameter": tuple(ensemble.parameters),
        "quantity": tuple(ensemble.quantities),
        "histogram": tuple(ensemble.histograms),
        "series": tuple(ensemble.sample.series),
        "kind": words.kinds,
        "subject": words.subjects,
    }
    attributes = {
        "seed": index(ensemble.seed),
        "runs": ensemble.runs,
        "runs_per_draw": ensemble.runs_per_draw,
        "elapsed_seconds": ensemble.elapsed_seconds,
        "provenance": dict(ensemble.provenance),
        "failures": [failure.to_json() for failure in ensemble.failures],
        "unfinished_runs": ensemble.unfinished,
    }
    return Layout(_variables(ensemble), names, attributes)


def _variables(ensemble: Ensemble) -> dict[str, Variable]:
    days = f"days since {ensemble.start}"
    since = f"days from {ensemble.start}, day 0"
    counted = "summed over the runs of the draw"
    found = {
        "week": Variable(("week",), ensemble.week_days, {"units": days}),
        "draw_of_run": Variable(("run",), ensemble.draw_of_run, {}),
        "first_day": Variable(
            ("outcome", "run"),
            ensemble.first_day,
            {"long_name": f"when it came about, {since}; -1 never, -2 the run failed"},
        ),
        "parameters": _stack(("parameter", "draw"), ensemble.parameters),
        "quantities": _stack(("quantity", "run"), ensemble.quantities),
        "move_counts": Variable(
            ("draw", "actor", "move"), ensemble.move_counts, {"long_name": f"moves, {counted}"}
        ),
        "joint_counts": Variable(
            ("draw", "joint_move"),
            ensemble.joint_counts,
            {"long_name": f"joint moves, {counted}"},
        ),
        "histograms": _stack(("histogram", "week", "bin"), ensemble.histograms),
        "edges": _stack(("histogram", "edge"), ensemble.edges),
        "sample_runs": Variable(("sample_run",), ensemble.sample.runs, {}),
        "sample_series": _sampled(ensemble),
    }
    for column in LOG_TYPE.names or ():
        values = np.ascontiguousarray(ensemble.sample.log[column])
        about = {"long_name": since} if column == "day" else {}
        found[LOG + column] = Variable(("entry", "driver")[: values.ndim], values, about)
    if ensemble.weights is not None:
        found["weights"] = Variable(("run",), ensemble.weights, {})
    return found


def _stack(dims: tuple[str, ...], arrays: Mapping[str, Array]) -> Variable:
    return Variable(dims, np.stack(list(arrays.values())), {})


def _sampled(ensemble: Ensemble) -> Variable:
    """The weekly series of the runs kept whole, of which there need be none."""
    dims = ("series", "week", "sample_run")
    if ensemble.sample.series:
        return _stack(dims, ensemble.sample.series)
    return Variable(dims, np.zeros((0, ensemble.week_days.size, 0), np.float32), {})


def alike(first: Ensemble, second: Ensemble) -> bool:
    """Whether two ensembles hold the same, whenever they were made; a NaN is like a NaN."""
    one, other = layout_of(first), layout_of(second)
    return (
        first.scenario == second.scenario
        and one.names == other.names
        and _timeless(one.attributes) == _timeless(other.attributes)
        and one.variables.keys() == other.variables.keys()
        and all(_same(v, other.variables[name]) for name, v in one.variables.items())
    )


def _timeless(attributes: Mapping[str, Any]) -> dict[str, Any]:
    origin = {k: v for k, v in attributes["provenance"].items() if k != "created"}
    return {k: v for k, v in attributes.items() if k != "elapsed_seconds"} | {"provenance": origin}


def _same(first: Variable, second: Variable) -> bool:
    one, other = first.values, second.values
    floats = one.dtype.kind == "f"
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=floats)
