"""The Zarr store of a result: its groups and arrays, written and read chunk by chunk.

Each chunk of runs fills Zarr chunks of its own in every array. So a chunk is written without
reading or touching another, in any order. Counts of moves are kept by *tally*, one draw's runs
within one chunk, and histograms by chunk; both are added up when a result is opened. Runs kept
whole, with their log, are a group of their own for each chunk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.abc.store import Store
from zarr.codecs import ZstdCodec

from relsim.array_types import Array
from relsim.errors import StoreError
from relsim.runs.chunk_result import LOG_TYPE, ChunkResult, Sample, Vocabulary
from relsim.runs.plan import Shape
from relsim.store.layout import LOG, Columns, Layout, Variable, at_once
from relsim.store.plain_files import files_in
from relsim.worlds.randomness.draws import draw_of_run

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
# What zarr, its codecs and NumPy raise at arrays that are not as they should be.
UNSOUND = (KeyError, ValueError, TypeError, LookupError, RuntimeError, ArithmeticError)
# The one array that no ensemble has.
TALLIES = Variable(
    ("tally",), np.zeros(0, np.int64), {"long_name": "draw of each row of counts; -1 none"}
)
AT_ONCE = ("edges", "week")


def lengths_of(shape: Shape) -> dict[str, tuple[int, int]]:
    """Length of each axis that goes on with the chunks: in all, and a chunk."""
    tallies = shape.most_draws_of_chunk
    return {
        "run": (shape.runs, shape.width),
        "tally": (shape.chunks * tallies, tallies),
        "chunk": (shape.chunks, 1),
    }


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
    lengths = lengths_of(shape)
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


@contextmanager
def reraise_as_store_error(folder: Path) -> Iterator[None]:
    """Raise StoreError where what is read of a result cannot be what relsim wrote."""
    try:
        yield
    except MemoryError:
        raise StoreError(f"{folder} needs more memory than this process can have") from None
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror or error}") from error
    except UNSOUND as error:
        what = ascii(str(error))[1:-1][:200] or type(error).__name__
        raise StoreError(f"{folder} holds something else than its manifest says: {what}") from error


class Arrays:
    """The arrays of a result.

    Parameters
    ----------
    folder : Path
        Of the Zarr store.
    shape : Shape
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape, self._lengths = folder, shape, lengths_of(shape)
        self.group = zarr.open_group(folder, mode="r+", zarr_format=3, use_consolidated=False)
        self._names: Any = self.group.attrs["names"]  # of what stands along each axis
        # To open an array takes as long as to read a chunk of it.
        self._array = cache(self._opened)

    def _opened(self, name: str) -> Any:
        """An array, all of whose chunks are written as files, also where nothing but fill is in it.

        Zarr keeps that wish of an array only as long as the array is open.
        """
        with zarr.config.set({"array.write_empty_chunks": True}):
            return self.group[name]

    @classmethod
    def create(
        cls,
        folder: Path,
        shape: Shape,
        layout: Layout,
        parameters: Mapping[str, Array],
        weights: Array | None = None,
    ) -> Arrays:
        """Lay out a store, and write what does not depend on the chunks.

        Parameters
        ----------
        folder : Path
            Where the store is made.
        shape : Shape
            Numbers of runs, draws and weeks, and how they are cut.
        layout : Layout
            Of an ensemble of the same shape along all axes but run, draw and those of the sample.
        parameters : mapping of float64 (draws,)
            Asked for a few at a time.
        weights : float64 (runs,), optional
            Weights of the runs in a conditioned ensemble.
        """
        lay_out(folder, shape, layout, weighted=weights is not None)
        arrays = cls(folder, shape)
        for name in AT_ONCE:
            arrays._array(name)[...] = layout.variables[name].values
        rows = at_once(8 * shape.draws)
        for first in range(0, len(parameters), rows):
            block = list(parameters)[first : first + rows]
            found = np.stack([parameters[name] for name in block])
            arrays._array("parameters")[first : first + rows] = found
        for first in range(0, shape.runs, LARGEST_CHUNK):
            place = slice(first, min(first + LARGEST_CHUNK, shape.runs))
            of_run = draw_of_run(np.arange(place.start, place.stop), shape.runs_per_draw)
            arrays._array("draw_of_run")[place] = of_run
            if weights is not None:
                arrays._array("weights")[place] = weights[place]
        return arrays

    def write(self, part: ChunkResult) -> None:
        """Write one chunk."""
        values: dict[str, Array] = {
            "first_day": part.first_day,
            "quantities": np.stack(list(part.quantities.values())),
            "draw_of_tally": part.draws,
            "move_counts": part.move_counts,
            "joint_counts": part.joint_counts,
            "histograms": np.stack(list(part.histograms.values()))[None].astype(np.int64),
        }
        for name, (dims, fill) in BY_CHUNK.items():
            content = values[name]
            if dims[0] == "tally":
                tallies = self._lengths["tally"][1]
                rows = np.full((tallies, *content.shape[1:]), fill, dtype=np.int64)
                rows[: len(content)] = content
                content = rows
            self._array(name)[self._place(dims, part.chunk)] = content
        if part.sample.runs.size or part.sample.log.size:
            self._write_sample(part)

    def _place(self, dims: tuple[str, ...], chunk: int) -> tuple[slice, ...]:
        """The place of a chunk in an array."""
        found = (self._lengths.get(dim) for dim in dims)
        return tuple(
            slice(chunk * one[1], min((chunk + 1) * one[1], one[0])) if one else slice(None)
            for one in found
        )

    def _write_sample(self, part: ChunkResult) -> None:
        sample = part.sample
        weeks = next((len(values) for values in sample.series.values()), 0)
        sizes = (weeks, sample.runs.size, sample.log.size)
        lay_out_sample(self.group, part.chunk, list(sample.series), *sizes)
        place = f"{SAMPLE}/{part.chunk}/"
        self._opened(place + SAMPLE_RUNS)[...] = sample.runs
        if sample.series:
            self._opened(place + SAMPLE_SERIES)[...] = np.stack(list(sample.series.values()))
        for column in LOG_TYPE.names or ():
            values = np.ascontiguousarray(sample.log[column])
            self._opened(place + LOG + column)[...] = values

    def read(self, chunk: int) -> ChunkResult:
        """Read one chunk that was written, but for its quantities."""
        found = {
            name: np.asarray(self._array(name)[self._place(dims, chunk)])
            for name, (dims, _) in BY_CHUNK.items()
            if name != "quantities"
        }
        names = self._names
        used = found["draw_of_tally"] >= 0
        return ChunkResult(
            chunk=chunk,
            first_run=chunk * self.shape.width,
            first_day=found["first_day"],
            quantities={},
            draws=found["draw_of_tally"][used],
            move_counts=found["move_counts"][used],
            joint_counts=found["joint_counts"][used],
            histograms=_named(names["histogram"], found["histograms"][0]),
            edges=self._edges,
            sample=self._read_sample(chunk),
        )

    def _read_sample(self, chunk: int) -> Sample:
        names = self._names
        words = Vocabulary(*(tuple(names[axis]) for axis in ("kind", "actor", "subject")))
        if not (self.folder / SAMPLE / str(chunk) / "zarr.json").is_file():
            return Sample(np.zeros(0, np.int64), {}, np.zeros(0, LOG_TYPE), words)
        group: Any = self.group[f"{SAMPLE}/{chunk}"]
        log = np.zeros(group[LOG + "run"].shape[0], dtype=LOG_TYPE)
        for column in LOG_TYPE.names or ():
            log[column] = np.asarray(group[LOG + column])
        series = group.attrs["names"]["series"]
        kept = _named(series, np.asarray(group[SAMPLE_SERIES])) if series else {}
        return Sample(np.asarray(group[SAMPLE_RUNS]), kept, log, words)

    @cached_property
    def _edges(self) -> dict[str, Array]:
        return _named(self._names["histogram"], self.at_once("edges"))

    def at_once(self, name: str) -> Array:
        """An array that does not go on with the chunks."""
        return np.asarray(self._array(name))

    def parameters(self) -> Columns:
        """The columns of parameters, float64 (draws,), read when they are asked for."""
        files = [self.folder / name for name in files_in(self.folder / "parameters/c", self.folder)]
        return self._columns("parameters", "parameter", [slice(None)], files)

    def quantities(self, chunks: Iterable[int]) -> Columns:
        """The quantities of some chunks, float32 (runs,), read when they are asked for.

        NaN in the runs of all other chunks, whatever lies in their files.
        """
        places = [self._place(("run",), chunk)[0] for chunk in chunks]
        files = [self.folder / f"quantities/c/0/{chunk}" for chunk in chunks]
        return self._columns("quantities", "quantity", places, files)

    def _columns(
        self, name: str, axis: str, places: Sequence[slice], files: Sequence[Path]
    ) -> Columns:
        """Rows of an array as columns by name; its files must stay as they are now."""
        array, names, seen = self._array(name), self._names[axis], _marks(files)
        if len(names) != array.shape[0]:
            raise ValueError(f"{name} has {array.shape[0]} rows for {len(names)} names")

        def load(wanted: Sequence[str]) -> dict[str, Array]:
            if _marks(files) != seen:
                raise StoreError(f"{self.folder.parent} was removed or changed since it was opened")
            first = names.index(wanted[0])
            rows = slice(first, first + len(wanted))
            with reraise_as_store_error(self.folder.parent):
                found = np.full((len(wanted), array.shape[1]), np.nan, dtype=array.dtype)
                for place in places:
                    found[:, place] = array[rows, place]
            return _named(wanted, found)

        return Columns(names, array.shape[1] * array.dtype.itemsize, load)


def _marks(files: Iterable[Path]) -> list[tuple[int, int] | None]:
    """What shows that a file was changed, without reading it; None if it is gone."""
    marks: list[tuple[int, int] | None] = []
    for file in files:
        try:
            found = file.lstat()
        except OSError:
            marks.append(None)
        else:
            plain = stat.S_ISREG(found.st_mode)
            marks.append((found.st_mtime_ns, found.st_size) if plain else None)
    return marks


def _named(names: Sequence[str], array: Array) -> dict[str, Array]:
    return dict(zip(names, array, strict=True))
