"""Arrays of a store that are written once, before the first chunk; the large ones in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from relsim.ensemble.layout import Variable
from relsim.ensemble.lazy import at_once

__all__ = ["write_at_once", "write_by_run", "write_parameters"]

Array = npt.NDArray[Any]
LARGEST_CHUNK = 2**18  # along each axis


def write_at_once(group: zarr.Group, name: str, variable: Variable) -> None:
    """Write an array that is small enough to be in memory whole."""
    shape = variable.values.shape
    chunks = tuple(min(max(length, 1), LARGEST_CHUNK) for length in shape)
    _create(group, name, variable, shape, chunks)[...] = variable.values


def write_parameters(
    group: zarr.Group, columns: Mapping[str, Array], variable: Variable
) -> None:
    """Write some columns at a time: those of a Zarr chunk, some megabytes."""
    names = list(columns)
    draws = columns[names[0]].size
    rows = min(at_once(8 * draws), len(names))
    chunks = (rows, min(max(draws, 1), LARGEST_CHUNK))
    array = _create(group, "parameters", variable, (len(names), draws), chunks)
    for first in range(0, len(names), rows):
        block = names[first : first + rows]
        array[first : first + rows] = np.stack([columns[name] for name in block])


def write_by_run(
    group: zarr.Group, name: str, runs: int, values: Callable[[Array], Array]
) -> None:
    """Write an array along the runs in pieces, made from the numbers of the runs."""
    variable = Variable(("run",), values(np.arange(1)), {})
    array = _create(group, name, variable, (runs,), (min(runs, LARGEST_CHUNK),))
    for first in range(0, runs, LARGEST_CHUNK):
        end = min(first + LARGEST_CHUNK, runs)
        array[first:end] = values(np.arange(first, end))


def _create(
    group: zarr.Group,
    name: str,
    variable: Variable,
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
) -> Any:
    return group.create_array(
        name,
        shape=shape,
        dtype=variable.values.dtype,
        chunks=chunks,
        dimension_names=variable.dims,
        attributes=dict(variable.attributes),
        config={"write_empty_chunks": True},
    )
