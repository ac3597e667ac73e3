"""What a result folder must hold, by its manifest and its scenario.

A folder may come from anybody, so its arrays are held against this before any of them is read:
shapes, types, codecs and names of each, which files there are, and how large each can be. What a
file unpacks to is bounded by what its first bytes say, and they must say what is expected.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.storage import MemoryStore

from relsim.array_types import Array
from relsim.errors import StoreError
from relsim.processes.recorder import series_names
from relsim.runs.chunk_result import LOG_TYPE, ChunkResult, no_run
from relsim.runs.plan import Shape
from relsim.scenario.schema import Scenario
from relsim.store.arrays import (
    ARRAYS,
    BY_CHUNK,
    SAMPLE,
    SAMPLE_RUNS,
    SAMPLE_SERIES,
    chunk_files,
    lay_out,
    lay_out_sample,
)
from relsim.store.layout import LOG, Layout, layout_of
from relsim.store.manifest import Manifest
from relsim.store.plain_files import read_json, reading
from relsim.worlds.clock import record_days
from relsim.worlds.parameters import parameter_distributions
from relsim.worlds.stage import stage_of

Document = Mapping[str, Any]
METADATA = "zarr.json"
LARGEST_METADATA, MOST_ITEMS = 4 * 2**20, 100_000
UNUSED = ("storage_transformers", "consolidated_metadata")  # may be named though there are none
ZSTD, LONGEST_HEADER = b"\x28\xb5\x2f\xfd", 18


@dataclass(frozen=True)
class Expected:
    """What the Zarr store of a result must hold.

    Attributes
    ----------
    scenario : Scenario
    manifest : Manifest
    """

    scenario: Scenario
    manifest: Manifest

    @cached_property
    def layout(self) -> Layout:
        """The names along the axes, and the arrays as they are without a run."""
        parameters = {name: np.zeros(0) for name in parameter_distributions(self.scenario)}
        attributes = {"seed": self.manifest.seed, "runs": 0, "runs_per_draw": 1}
        return layout_of(self.scenario, no_run(self.scenario), parameters, attributes)

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The description of each group and array, by its file, but those of runs kept whole."""
        held: dict[str, Any] = {}
        lay_out(MemoryStore(held), self.manifest.shape, self.layout, self._weighted)
        return _parsed(held)

    @property
    def _weighted(self) -> bool:
        return any(name.startswith(f"{ARRAYS}/weights/") for name in self.manifest.files)

    @property
    def number_of_files(self) -> int:
        """Files that do not depend on the chunks."""
        arrays = (self.documents[f"{name}/{METADATA}"] for name in self._written_once)
        return len(self.documents) + sum(prod(_cut(document)) for document in arrays)

    def files(self) -> Iterator[tuple[str, int]]:
        """Packed files of arrays that do not depend on the chunks; bytes that each unpacks to."""
        for name in self._written_once:
            yield from _chunks_of(name, self.documents[f"{name}/{METADATA}"])

    @property
    def _written_once(self) -> list[str]:
        """Arrays that do not depend on the chunks."""
        found = (name.rpartition("/")[0] for name, d in self.documents.items() if "shape" in d)
        return [name for name in found if name not in BY_CHUNK]

    def check_documents(self, store: Path) -> None:
        """Raise StoreError unless groups and arrays are described as expected."""
        for name, document in self.documents.items():
            _check_document(store / name, document)

    def files_of_chunk(self, store: Path, chunk: int) -> dict[str, int]:
        """The files of a chunk, and the bytes that each can have at most.

        Raises
        ------
        StoreError
            If its runs kept whole are not described as expected.
        """
        files = dict.fromkeys(chunk_files(store, chunk), 0)
        for name in BY_CHUNK:
            size = _bytes_of(self.documents[f"{name}/{METADATA}"])
            files |= {file: size for file in files if file.startswith(f"{name}/c/")}
        kept = {file for file in files if file.startswith(f"{SAMPLE}/")}
        files |= self._sample_files(store, chunk, kept) if kept else {}
        return files

    def _sample_files(self, store: Path, chunk: int, found: set[str]) -> dict[str, int]:
        """The same for the group of a chunk's runs kept whole."""
        group = f"{SAMPLE}/{chunk}"
        with_series = f"{group}/{SAMPLE_SERIES}/{METADATA}" in found
        runs = self.manifest.shape.runs_of(chunk)
        sampled = _length(store / group / SAMPLE_RUNS / METADATA, len(runs))
        most = int(_memory() / LOG_TYPE.itemsize)
        entries = _length(store / group / f"{LOG}run" / METADATA, most)
        stage = stage_of(self.scenario)
        series = series_names(stage) if with_series else ()
        weeks = len(record_days(stage.days))
        held: dict[str, Any] = {}
        root = zarr.create_group(MemoryStore(held), zarr_format=3)
        lay_out_sample(root, chunk, series, weeks, sampled, entries)
        documents = _parsed(held)
        files = {name: LARGEST_METADATA for name in documents if name.startswith(f"{group}/")}
        number = sum(prod(_cut(documents[name])) for name in files if "shape" in documents[name])
        if len(found) != len(files) + number:
            raise StoreError(f"{store / group} was changed: not all its files are there, or more")
        for name in list(files):
            _check_document(store / name, documents[name])
            if "shape" in documents[name]:
                files |= dict(_chunks_of(name.rpartition("/")[0], documents[name]))
        return files

    def check_memory(self) -> None:
        """Raise StoreError if the arrays that are held whole are larger than this machine's memory.

        A result of which few chunks are finished is small on the disk, and as large as all of it in
        memory.
        """
        shape = self.manifest.shape
        counts = (self.layout.variables[name] for name in ("move_counts", "joint_counts"))
        by_draw = sum(8 * prod(variable.values.shape[1:]) for variable in counts)
        by_run = 2 * len(self.scenario.outcomes) + 8 * self._weighted
        needed, there = shape.runs * by_run + shape.draws * by_draw, _memory()
        if needed > there:
            raise StoreError(
                f"the result holds {shape.runs:,} runs, for which {needed / 1e9:,.0f} GB of memory "
                f"are needed; this machine has {there / 1e9:,.0f} GB"
            )


def _memory() -> float:
    """Bytes of memory of the machine; where the system does not say, more than any has."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 2.0**50


def _parsed(held: Mapping[str, Any]) -> dict[str, Document]:
    """The descriptions that zarr wrote for groups and arrays, by file."""
    return {name: json.loads(buffer.to_bytes()) for name, buffer in held.items()}


def _check_document(file: Path, wanted: Document) -> None:
    try:
        found = read_json(file, LARGEST_METADATA, MOST_ITEMS)
    except ValueError:
        raise StoreError(f"{file} was changed: it is no JSON that relsim writes") from None
    one, other = _comparable(found), _comparable(wanted)
    if one == other:
        return
    differing = [key for key in other if one.get(key) != other[key]]
    raise StoreError(
        f"{file} holds something else than its manifest says, or the scenario beside it: see "
        f"{', '.join(differing) or 'what it has besides'}"
    )


def _comparable(document: object) -> dict[str, str]:
    """Each entry as text, in which 1 is neither 1.0 nor true."""
    if not isinstance(document, dict):
        return {}
    kept = {k: v for k, v in document.items() if v or k not in UNUSED}
    return {key: json.dumps(value, sort_keys=True) for key, value in kept.items()}


def _length(file: Path, most: int) -> int:
    """The length of an array of one axis, as its description says."""
    try:
        (length,) = read_json(file, LARGEST_METADATA, MOST_ITEMS)["shape"]
    except (ValueError, TypeError, KeyError):
        length = None
    if type(length) is int and 0 <= length <= most:
        return length
    raise StoreError(f"{file} holds something else than its manifest says: see shape")


def _cut(document: Document) -> list[int]:
    """Zarr chunks along each axis of an array."""
    cut = document["chunk_grid"]["configuration"]["chunk_shape"]
    return [-(-length // each) for length, each in zip(document["shape"], cut, strict=True)]


def _chunks_of(array: str, document: Document) -> Iterator[tuple[str, int]]:
    """The file of each Zarr chunk of an array, and the bytes that it unpacks to."""
    for place in product(*map(range, _cut(document))):
        yield "/".join((array, "c", *map(str, place))), _bytes_of(document)


def _bytes_of(document: Document) -> int:
    """Bytes of a Zarr chunk of an array."""
    cut = document["chunk_grid"]["configuration"]["chunk_shape"]
    return int(prod(cut)) * np.dtype(document["data_type"]).itemsize


def largest_packed(size: int) -> int:
    """Bytes that so many can be packed to at most; more than Zstandard ever needs."""
    return size + size // 128 + 1024


def check_unpacked(file: Path, size: int) -> None:
    """Raise StoreError unless a file says that it unpacks to so many bytes."""
    with reading(file, largest_packed(size)) as content:
        found = _unpacked(content.read(LONGEST_HEADER))
    if found != size:
        raise StoreError(
            f"{file} holds something else than its manifest says: it does not unpack to {size:,} "
            "bytes"
        )


def _unpacked(header: bytes) -> int | None:
    """Bytes that a frame of Zstandard unpacks to, if it says so (RFC 8878, section 3.1.1)."""
    if header[:4] != ZSTD or len(header) < 6:
        return None
    described = header[4]
    alone = described >> 5 & 1  # one segment: no byte for a window
    width = (alone, 2, 4, 8)[described >> 6]
    start = 5 + (1 - alone) + (0, 1, 2, 4)[described & 3]
    if not width:
        return None
    number = int.from_bytes(header[start : start + width], "little")
    return number + 256 if width == 2 else number


def check_values(part: ChunkResult, scenario: Scenario, shape: Shape) -> None:
    """Raise ValueError if numbers of a chunk name days, draws or words that there are none of."""
    days = stage_of(scenario).days
    log, words = part.sample.log, part.sample.words
    bounds: dict[str, tuple[Array, int, int]] = {
        "first_day": (part.first_day, -2, days),
        "draw_of_tally": (part.draws, 0, shape.draws),
        "move_counts": (part.move_counts, 0, 2**62),
        "joint_counts": (part.joint_counts, 0, 2**62),
        "sample_runs": (part.sample.runs, 0, shape.runs),
        "log_run": (log["run"], 0, shape.runs),
        "log_day": (log["day"], -1, days),
        "log_kind": (log["kind"], -1, len(words.kinds)),
        "log_actor": (log["actor"], -1, len(words.actors)),
        "log_subject": (log["subject"], -1, len(words.subjects)),
    }
    bounds |= {name: (counts, 0, 2**62) for name, counts in part.histograms.items()}
    for name, (values, least, end) in bounds.items():
        if values.size and not (values.min() >= least and values.max() < end):
            raise ValueError(f"{name} holds numbers that cannot be")
