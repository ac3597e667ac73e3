"""The Zarr store of a result: each chunk of runs fills Zarr chunks of its own in every array.

So a chunk is written without reading or touching another, in any order. Counts of moves are kept
by *tally*, one draw's runs within one chunk, and histograms by chunk; both are added up when a
result is opened. Runs kept whole, with their log, are a group of their own for each chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from relsim.ensemble.ensemble import Sample
from relsim.ensemble.layout import Layout, Variable
from relsim.ensemble.lazy import Columns
from relsim.ensemble.log import LOG_TYPE, Vocabulary
from relsim.ensemble.parts import Array, Part, tallies
from relsim.ensemble.written_once import write_at_once, write_by_run, write_parameters
from relsim.errors import StoreError
from relsim.worlds.draws import draw_of_run

__all__ = ["Arrays", "Shape", "chunk_files"]

LOG = "log_"  # before the name of a column of the event log
SAMPLE = "sample"
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
class Shape:
    """Numbers of runs, in all, a draw and a chunk."""

    runs: int
    runs_per_draw: int
    width: int

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.runs // self.width)

    @cached_property
    def lengths(self) -> dict[str, tuple[int, int]]:
        """Length of each axis that goes on with the chunks: in all, and a chunk."""
        by_chunk = tallies(self.runs, self.runs_per_draw, self.width)
        return {
            "run": (self.runs, self.width),
            "tally": (self.chunks * by_chunk, by_chunk),
            "chunk": (self.chunks, 1),
        }


def chunk_files(folder: Path, chunk: int) -> list[str]:
    """The files of a chunk within the store; those of its whole runs as far as they are there."""
    files = []
    for name, (dims, _) in BY_CHUNK.items():
        place = [str(chunk) if dim in ("run", "tally", "chunk") else "0" for dim in dims]
        files.append("/".join((name, "c", *place)))
    kept = (file for file in (folder / SAMPLE / str(chunk)).rglob("*") if file.is_file())
    return files + [file.relative_to(folder).as_posix() for file in kept if file.name[0] != "."]


class Arrays:
    """The arrays of a result.

    Parameters
    ----------
    folder : Path
        Of the Zarr store.
    shape : Shape
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, shape
        self.group = zarr.open_group(folder, mode="r+", zarr_format=3, use_consolidated=False)
        # To open an array takes as long as to read a chunk of it.
        self._array: Callable[[str], Any] = cache(self.group.__getitem__)

    @classmethod
    def create(
        cls,
        folder: Path,
        shape: Shape,
        layout: Layout,
        parameters: Mapping[str, Array],
        weights: Array | None = None,
    ) -> Arrays:
        """Lay out a store, and write what does not hang on the chunks.

        Parameters
        ----------
        folder : Path
        shape : Shape
        layout : Layout
            Of an ensemble of the same shape along all axes but run, draw and those of the sample.
        parameters : mapping of float64 (draws,)
            Asked for a few at a time.
        weights : float64 (runs,), optional
        """
        names = {axis: list(words) for axis, words in layout.names.items() if axis != "series"}
        attributes = {"seed": layout.attributes["seed"], "names": names}
        group = zarr.create_group(folder, zarr_format=3, attributes=attributes)
        group.create_group(SAMPLE)
        for name in AT_ONCE:
            write_at_once(group, name, layout.variables[name])
        write_parameters(group, parameters, layout.variables["parameters"])
        of_run = partial(draw_of_run, runs_per_draw=shape.runs_per_draw)
        write_by_run(group, "draw_of_run", shape.runs, of_run)
        if weights is not None:
            write_by_run(group, "weights", shape.runs, weights.__getitem__)
        lengths = shape.lengths
        for name, (dims, fill) in BY_CHUNK.items():
            variable = layout.variables.get(name, TALLIES)
            fixed = dict(zip(variable.dims, variable.values.shape, strict=True))
            axes = [lengths.get(dim) or (fixed[dim], fixed[dim]) for dim in dims]
            group.create_array(
                name,
                shape=tuple(length for length, _ in axes),
                chunks=tuple(max(by_chunk, 1) for _, by_chunk in axes),
                dtype=variable.values.dtype,
                fill_value=fill,
                dimension_names=dims,
                attributes=dict(variable.attributes),
                # Every chunk is a file, so that the manifest covers them all.
                config={"write_empty_chunks": True},
            )
        return cls(folder, shape)

    def write(self, part: Part) -> None:
        """Write one chunk."""
        values: dict[str, Array] = {
            "first_day": part.first_day,
            "quantities": np.stack(list(part.quantities.values())),
            "draw_of_tally": part.draws,
            "move_counts": part.move_counts,
            "joint_counts": part.joint_counts,
            "histograms": np.stack(list(part.histograms.values()))[None].astype(np.int64),
        }
        lengths = self.shape.lengths
        for name, (dims, fill) in BY_CHUNK.items():
            content = values[name]
            if dims[0] == "tally":
                rows = np.full((lengths["tally"][1], *content.shape[1:]), fill, dtype=np.int64)
                rows[: len(content)] = content
                content = rows
            self._array(name)[self._place(dims, part.chunk)] = content
        if part.sample.runs.size or part.sample.log.size:
            self._write_sample(part)

    def _place(self, dims: tuple[str, ...], chunk: int) -> tuple[slice, ...]:
        """Where a chunk stands in an array."""
        lengths = self.shape.lengths
        place = []
        for dim in dims:
            if dim in lengths:
                end, width = lengths[dim]
                place.append(slice(chunk * width, min((chunk + 1) * width, end)))
            else:
                place.append(slice(None))
        return tuple(place)

    def _write_sample(self, part: Part) -> None:
        sample = part.sample
        group = self.group.create_group(
            f"{SAMPLE}/{part.chunk}", attributes={"names": {"series": list(sample.series)}}
        )
        write_at_once(group, "sample_runs", Variable(("sample_run",), sample.runs, {}))
        if sample.series:
            series = np.stack(list(sample.series.values()))
            kept = Variable(("series", "week", "sample_run"), series, {})
            write_at_once(group, "sample_series", kept)
        for column in LOG_TYPE.names or ():
            values = np.ascontiguousarray(sample.log[column])
            dims = ("entry", "driver")[: values.ndim]
            write_at_once(group, LOG + column, Variable(dims, values, {}))

    def read(self, chunk: int) -> Part:
        """Read one chunk that was written, but for its quantities."""
        found = {
            name: np.asarray(self._array(name)[self._place(dims, chunk)])
            for name, (dims, _) in BY_CHUNK.items()
            if name != "quantities"
        }
        names = self._names()
        used = found["draw_of_tally"] >= 0
        return Part(
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
        names = self._names()
        words = Vocabulary(*(tuple(names[axis]) for axis in ("kind", "actor", "subject")))
        if not (self.folder / SAMPLE / str(chunk)).is_dir():
            return Sample(np.zeros(0, np.int64), {}, np.zeros(0, LOG_TYPE), words)
        group: Any = self.group[f"{SAMPLE}/{chunk}"]
        log = np.zeros(group[LOG + "run"].shape[0], dtype=LOG_TYPE)
        for column in LOG_TYPE.names or ():
            log[column] = np.asarray(group[LOG + column])
        series = group.attrs["names"]["series"]
        kept = _named(series, np.asarray(group["sample_series"])) if series else {}
        return Sample(np.asarray(group["sample_runs"]), kept, log, words)

    @cached_property
    def _edges(self) -> dict[str, Array]:
        return _named(self._names()["histogram"], self.at_once("edges"))

    def at_once(self, name: str) -> Array:
        """An array that does not go on with the chunks."""
        return np.asarray(self._array(name))

    def parameters(self) -> Columns:
        """The columns of parameters, float64 (draws,), read when they are asked for."""
        files = sorted(f for f in (self.folder / "parameters/c").rglob("*") if f.is_file())
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
        array, names, seen = self._array(name), self._names()[axis], _marks(files)
        if len(names) != array.shape[0]:
            raise ValueError(f"{name} has {array.shape[0]} rows for {len(names)} names")

        def load(wanted: Sequence[str]) -> dict[str, Array]:
            if _marks(files) != seen:
                raise StoreError(f"{self.folder.parent} was removed or changed since it was opened")
            first = names.index(wanted[0])
            rows = slice(first, first + len(wanted))
            found = np.full((len(wanted), array.shape[1]), np.nan, dtype=array.dtype)
            for place in places:
                found[:, place] = array[rows, place]
            return _named(wanted, found)

        return Columns(names, array.shape[1] * array.dtype.itemsize, load)

    def _names(self) -> Mapping[str, list[str]]:
        names: Any = self.group.attrs["names"]
        return names  # type: ignore[no-any-return]


def _marks(files: Iterable[Path]) -> list[tuple[int, int] | None]:
    """What shows that a file was changed, without reading it; None if it is gone."""
    marks: list[tuple[int, int] | None] = []
    for file in files:
        try:
            told = file.stat()
        except OSError:
            marks.append(None)
        else:
            marks.append((told.st_mtime_ns, told.st_size))
    return marks


def _named(names: Sequence[str], array: Array) -> dict[str, Array]:
    return dict(zip(names, array, strict=True))
