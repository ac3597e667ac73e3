"""The Zarr store of a result, without its content: which groups and arrays, how large, how cut.

Each chunk of runs fills Zarr chunks of its own in every array. So a chunk is written without
reading or touching another, in any order. Counts of moves are kept by *tally*, one draw's runs
within one chunk, and histograms by chunk; both are added up when a result is opened. Runs kept
whole, with their log, are a group of their own for each chunk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import zarr
from zarr.abc.store import Store
from zarr.codecs import ZstdCodec

from relsim.runs.event_log import LOG_TYPE
from relsim.runs.plan import ChunkCounts
from relsim.store.layout import LOG, Layout, Variable
from relsim.store.lazy import at_once
from relsim.store.plain_files import files_in
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = [
    "ARRAYS",
    "AT_ONCE",
    "BY_CHUNK",
    "LARGEST_CHUNK",
    "SAMPLE",
    "SAMPLE_RUNS",
    "SAMPLE_SERIES",
    "Shape",
    "chunk_files",
    "lay_out",
    "lay_out_sample",
]

ARRAYS = "result.zarr"
SAMPLE, SAMPLE_RUNS, SAMPLE_SERIES = "sample", "sample_runs", "sample_series"
LARGEST_CHUNK = 2**18  # along each axis, of an array that is not written by chunks
# The axes of each array that is written by chunks, and the value of what is not written.
BY_CHUNK: dict[str, tuple[tuple[str, ...], float]] = {
    "first_day": (("outcome", "run"), -2),
    "quantities": (("quantity", "run"), np.nan),
    "draw_of_tally": (("tally",), -1),
    "move_counts": (("tally", "actor", "move"), 0),
    "joint_counts": (("tally", "joint_move"), 0),
    "histograms": (("chunk", "histogram", "week", "bin"), 0),
}
# The one array that no ensemble has.
TALLIES = Variable(
    ("tally",), np.zeros(0, np.int64), {"long_name": "draw of each row of counts; -1 none"}
)
AT_ONCE = ("edges", "week")


@dataclass(frozen=True)
class Shape(ChunkCounts):
    """Numbers of runs, in all, a draw and a chunk."""

    runs: int
    runs_per_draw: int
    width: int

    @cached_property
    def lengths(self) -> dict[str, tuple[int, int]]:
        """Length of each axis that goes on with the chunks: in all, and a chunk."""
        by_chunk = tallies(self)
        return {
            "run": (self.runs, self.width),
            "tally": (self.chunks * by_chunk, by_chunk),
            "chunk": (self.chunks, 1),
        }


def tallies(shape: ChunkCounts) -> int:
    """Draws that can have runs in one chunk, at most."""
    batch = shape.runs_per_batch
    chunks = map(shape.runs_of, range(shape.chunks))
    batches = max(runs[-1] // batch - runs[0] // batch + 1 for runs in chunks)
    return min(shape.width, DRAWS_PER_BATCH * batches)


def lay_out(store: Path | Store, shape: Shape, layout: Layout, weighted: bool) -> zarr.Group:
    """Create the groups and arrays of a result, but those of the runs kept whole.

    Parameters
    ----------
    store : Path or zarr Store
        An empty one.
    shape : Shape
        Numbers of runs, draws and weeks, and how they are cut.
    layout : Layout
        Of an ensemble of the same shape along all axes but run, draw and those of the sample.
    weighted : bool
        Whether the runs have weights.
    """
    names = {axis: list(words) for axis, words in layout.names.items() if axis != "series"}
    attributes = {"seed": layout.attributes["seed"], "names": names}
    group = zarr.create_group(store, zarr_format=3, attributes=attributes)
    group.create_group(SAMPLE)
    variables = layout.variables
    for name in AT_ONCE:
        _create(group, name, variables[name], variables[name].values.shape)
    rows = len(layout.names["parameter"])
    cut = (min(at_once(8 * shape.draws), rows), min(shape.draws, LARGEST_CHUNK))
    _create(group, "parameters", variables["parameters"], (rows, shape.draws), cut)
    _create(group, "draw_of_run", Variable(("run",), np.zeros(0, np.int64), {}), (shape.runs,))
    if weighted:
        _create(group, "weights", Variable(("run",), np.zeros(0), {}), (shape.runs,))
    lengths = shape.lengths
    for name, (dims, fill) in BY_CHUNK.items():
        variable = variables.get(name, TALLIES)
        fixed = dict(zip(variable.dims, variable.values.shape, strict=True))
        axes = [lengths.get(dim) or (fixed[dim], fixed[dim]) for dim in dims]
        whole, each = tuple(length for length, _ in axes), tuple(max(cut, 1) for _, cut in axes)
        like = Variable(dims, variable.values, variable.attributes)
        _create(group, name, like, whole, each, fill)
    return group


def lay_out_sample(
    group: zarr.Group, chunk: int, series: Sequence[str], weeks: int, runs: int, entries: int
) -> zarr.Group:
    """Create the group of a chunk's runs kept whole, and its arrays.

    Parameters
    ----------
    group : zarr.Group
        The one that holds those of all chunks.
    chunk : int
        Its number.
    series : sequence of str
        Names of the weekly series; none if there are none.
    weeks, runs, entries : int
        Lengths of the series, number of the runs, and of the entries of the log.
    """
    attributes = {"names": {"series": list(series)}}
    sample = group.create_group(f"{SAMPLE}/{chunk}", attributes=attributes)
    _create(sample, SAMPLE_RUNS, Variable(("sample_run",), np.zeros(0, np.int64), {}), (runs,))
    if series:
        variable = Variable(("series", "week", "sample_run"), np.zeros(0, np.float32), {})
        _create(sample, SAMPLE_SERIES, variable, (len(series), weeks, runs))
    for column in LOG_TYPE.names or ():
        row = np.zeros(0, LOG_TYPE)[column]
        variable = Variable(("entry", "driver")[: row.ndim], row, {})
        _create(sample, LOG + column, variable, (entries, *row.shape[1:]))
    return sample


def _create(
    group: zarr.Group,
    name: str,
    variable: Variable,
    shape: Sequence[int],
    chunks: Sequence[int] | None = None,
    fill: float = 0,
) -> None:
    """Create an array like a variable, but of this shape; written later."""
    group.create_array(
        name,
        shape=tuple(shape),
        dtype=variable.values.dtype,
        chunks=tuple(chunks or (min(max(length, 1), LARGEST_CHUNK) for length in shape)),
        fill_value=fill,
        compressors=ZstdCodec(level=0, checksum=False),
        dimension_names=variable.dims,
        attributes=dict(variable.attributes),
    )


def chunk_files(folder: Path, chunk: int) -> list[str]:
    """The files of a chunk within the store; those of its whole runs as far as they are there."""
    files = []
    for name, (dims, _) in BY_CHUNK.items():
        place = [str(chunk) if dim in ("run", "tally", "chunk") else "0" for dim in dims]
        files.append("/".join((name, "c", *place)))
    kept = folder / SAMPLE / str(chunk)
    found = files_in(kept, folder) if os.path.lexists(kept) else []
    return files + [file for file in found if not file.rpartition("/")[2].startswith(".")]
