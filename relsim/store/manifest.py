"""The manifest of a result folder: what it is of, what is finished, and a SHA-256 of all that.

Data reach the disk before the manifest lists them, so whatever it lists is whole, also after a
kill or a power cut. A chunk that finishes adds one line to the journal beside the manifest, which
is folded into it at the end: to write the whole of it after each chunk would take the square of
their number.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self, cast

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    FailFast,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from relsim.errors import StoreError
from relsim.runs.chunk_result import Failure
from relsim.runs.plan import Shape
from relsim.runs.provenance import PACKAGES, as_json
from relsim.store.plain_files import (
    content_of,
    from_bounded_json,
    new_file,
    read_json,
    refuse_links,
    replace_file,
    sync,
)

FORMAT, VERSION = "relsim.result", 3
MANIFEST, JOURNAL = "manifest.json", "journal.jsonl"
# As many chunks, of two billion runs, come to some 26 megabytes of manifest, or 33 of journal.
MOST_CHUNKS = 2**18
LARGEST, LARGEST_JOURNAL = 32 * 2**20, 48 * 2**20
MOST_ITEMS, MOST_ITEMS_OF_A_LINE = 1_000_000, 1_000
WIDEST = 2**14  # runs of a chunk, where they are not all in one
LONGEST_NAME, LONGEST_MESSAGE = 80, 1_000
_DIGEST = re.compile("[0-9a-f]{64}")

Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[ -~]*$")]


class _Part(BaseModel, strict=True, extra="forbid", allow_inf_nan=False):
    """Strict: no text in place of a number, nothing that relsim does not write."""


_Share = Annotated[float, Field(ge=0, le=1)]
_Ends = Annotated[list[_Share], Field(min_length=2, max_length=2)]


class _Precision(_Part):
    outcome: Name
    wished: float
    reached: bool
    max_runs: int


class _UnderRule(_Part):
    probability: _Share
    mc_error: Annotated[float, Field(gt=0, le=1)]
    mc_interval_90: _Ends | None
    interval_90: _Ends | None
    interval_50: _Ends | None
    spread: Name | None
    runs: Annotated[int, Field(ge=1)]
    hits: Annotated[int, Field(ge=0)]
    resolved: bool
    mc_refused: Name | None
    mc_bounds_95: _Ends


class _OverRules(_Part):
    outcome: Name
    low: _Share
    high: _Share
    runs: Annotated[int, Field(ge=1)]
    draws: Annotated[int, Field(ge=1)]
    seed: int
    rules: Annotated[dict[Name, _UnderRule], Field(min_length=1)]


class _Given(_Part):
    condition: Annotated[str, Field(min_length=1, max_length=10_000)]
    runs: Annotated[int, Field(ge=1)]
    of_runs: Annotated[int, Field(ge=1)]
    draws: Annotated[int, Field(ge=1)]
    effective_draws: Annotated[float, Field(gt=0)]


def _date(written: str) -> str:
    date.fromisoformat(written)
    return written


class _Provenance(_Part):
    scenario_hash: Annotated[str, Field(pattern=_DIGEST.pattern, max_length=64)]
    seed: int
    chunk_width: Annotated[int, Field(ge=1, le=WIDEST)]
    versions: dict[Name, Name]
    created: Name
    custom_rules: list[Name]
    reproducible_from_the_file_alone: bool
    precision: _Precision | None = None
    over_rules: _OverRules | None = None
    updated_through: Annotated[str, AfterValidator(_date)] | None = None
    given: _Given | None = None

    @model_validator(mode="after")
    def _names_versions(self) -> Self:
        if missing := set(PACKAGES) - set(self.versions):
            raise ValueError(f"the version of {min(missing)} is missing")
        return self


class _Failure(_Part):
    chunk: int
    first_run: int
    last_run: int
    run: int
    draw: int
    message: Annotated[str, Field(max_length=LONGEST_MESSAGE)]


def _provenance(value: dict[str, Any]) -> dict[str, Any]:
    _Provenance.model_validate(value)
    return value


def _digests(value: object) -> dict[str, str]:
    """Names and their digests; the first that is none is enough."""
    if not isinstance(value, dict):
        raise ValueError("must name files and their SHA-256")
    for name, one in value.items():
        if not (isinstance(name, str) and isinstance(one, str) and _DIGEST.fullmatch(one)):
            raise ValueError("must name files and their SHA-256")
    return value


def _digests_of_chunks(value: object) -> dict[int, str]:
    if isinstance(value, dict) and all(isinstance(key, int) for key in value):
        return cast("dict[int, str]", value)  # relsim's own
    found = _digests(value)
    if not all(key.isascii() and key.isdecimal() and len(key) < 10 for key in found):
        raise ValueError("must be numbered")
    return {int(key): one for key, one in found.items()}


class Manifest(_Part):
    """What a result folder holds.

    Attributes
    ----------
    seed, runs, runs_per_draw : int
    chunk_width : int
        Runs that are stored together.
    log_all : bool
        Whether the event log of every run is kept.
    saved : bool
        Written at once by `Ensemble.save`, so that there is nothing to go on with.
    provenance : dict
    simd : list of list of str
        The processors that wrote it: the SIMD features that NumPy found on each kind.
    elapsed_seconds : float
    complete : bool
    unfinished_runs : int
        Runs that a saved ensemble lacked.
    failures : list
        Chunks that broke off.
    files : dict of file to SHA-256
        All but the chunks.
    chunks : dict of int to SHA-256
        Finished chunks, with one digest over their files.
    """

    seed: int
    runs: Annotated[int, Field(ge=1, le=2**40)]
    runs_per_draw: Annotated[int, Field(ge=1, le=2**40)]
    chunk_width: Annotated[int, Field(ge=1, le=2**40)]
    log_all: bool
    saved: bool
    provenance: Annotated[dict[str, Any], AfterValidator(_provenance)]
    simd: Annotated[list[list[Name]], FailFast()] = []
    elapsed_seconds: Annotated[float, Field(ge=0)] = 0.0
    complete: bool = False
    unfinished_runs: Annotated[int, Field(ge=0)] = 0
    failures: Annotated[list[_Failure], FailFast()] = []
    files: Annotated[dict[str, str], PlainValidator(_digests)] = {}
    chunks: Annotated[dict[int, str], PlainValidator(_digests_of_chunks)] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Its numbers agree with each other."""
        shape = self.shape
        if self.runs % shape.runs_per_batch:
            raise ValueError("runs must be whole batches of draws")
        if shape.chunks > MOST_CHUNKS:
            raise ValueError("there are too many chunks")
        if self.chunk_width > WIDEST and not self.saved:
            raise ValueError("the chunks are too wide")
        if self.saved and self.chunk_width != self.runs:
            raise ValueError("it was saved as a whole, and is not one chunk")
        if not self.saved and self.seed != self.provenance["seed"]:
            raise ValueError("the seed is not that of the provenance")
        # One that was saved as a whole is one chunk now, and had others when it was simulated.
        failed = [] if self.saved else [failure.chunk for failure in self.failures]
        known = range(shape.chunks)
        if not all(chunk in known for chunk in (*self.chunks, *failed)):
            raise ValueError("there is no such chunk")
        for one in self.failures:
            runs = range(self.runs) if self.saved else shape.runs_of(one.chunk)
            if not runs[0] <= one.first_run <= one.run <= one.last_run <= runs[-1]:
                raise ValueError("failed runs are not those of their chunk")
        if self.complete and not self.saved and self.unfinished:
            raise ValueError("it is complete, and lacks chunks")
        return self

    @classmethod
    def begun(cls, *, runs: int, chunk_width: int, **others: Any) -> Self:
        """The manifest of a result of which nothing is finished.

        Raises
        ------
        StoreError
            If it would have more chunks than a result can have, or says of itself what no
            simulation does.
        """
        if runs > MOST_CHUNKS * chunk_width:
            raise StoreError(
                f"a result folder holds at most {MOST_CHUNKS * chunk_width:,} runs (got {runs:,}): "
                "simulate several ensembles, with a seed each"
            )
        try:
            return cls(runs=runs, chunk_width=chunk_width, simd=[simd()], **others)
        except ValidationError as error:
            raise StoreError(f"this ensemble cannot be stored: {_first_of(error)}") from None

    @property
    def shape(self) -> Shape:
        """The numbers of runs that settle the shapes of the arrays."""
        return Shape(self.runs, self.runs_per_draw, self.chunk_width)

    @property
    def unfinished(self) -> int:
        """Runs that are neither stored nor known to fail."""
        if self.saved:
            return self.unfinished_runs
        there = set(self.chunks) | {failure.chunk for failure in self.failures}
        return self.unfinished_runs + self.runs - sum(map(len, map(self.shape.runs_of, there)))

    def failed(self) -> list[Failure]:
        """The failures as they were."""
        return [Failure(**dict(failure)) for failure in self.failures]

    def add_failure(self, failure: Failure) -> None:
        """Note a chunk that broke off."""
        message = failure.message[:LONGEST_MESSAGE].encode("utf-8", "replace").decode()
        self.failures.append(_Failure.model_validate(failure.to_json() | {"message": message}))

    def write(self, folder: Path) -> None:
        """Replace the manifest of a folder, at once or not at all; the journal is in it now."""
        chunks = {str(chunk): self.chunks[chunk] for chunk in sorted(self.chunks)}
        data = {"format": f"{FORMAT}/{VERSION}"} | self.model_dump() | {"chunks": chunks}
        replace_file(folder / MANIFEST, as_json(data) + "\n")
        (folder / JOURNAL).unlink(missing_ok=True)


class _Line(_Part):
    """One line of the journal: a chunk that finished, or one that broke off."""

    elapsed_seconds: Annotated[float, Field(ge=0)]
    chunk: Annotated[int, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern=_DIGEST.pattern, max_length=64)] | None = None
    failure: _Failure | None = None


class Journal:
    """What finished since the manifest was written, one line of JSON a chunk, each on the disk.

    It begins anew whenever the manifest is written, which has all of it then.

    A line that could not be written whole is taken back; of a killed process the last one may be
    torn, and does not count.

    Parameters
    ----------
    folder : Path
        Of a result whose manifest was just written, so that there is no journal.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._number, self._size = folder, -1, 0

    def add(self, manifest: Manifest, chunk: int) -> None:
        """Note that a chunk is finished, as it stands in the manifest."""
        self._write({"chunk": chunk, "sha256": manifest.chunks[chunk]}, manifest)

    def fail(self, manifest: Manifest) -> None:
        """Note the last failure in the manifest."""
        self._write({"failure": manifest.failures[-1].model_dump()}, manifest)

    def _write(self, data: dict[str, object], manifest: Manifest) -> None:
        if self._number < 0:
            self._number = new_file(self._folder / JOURNAL)
            sync(self._folder)
        line = json.dumps(data | {"elapsed_seconds": manifest.elapsed_seconds})
        raw = (line + "\n").encode()
        try:
            written = 0
            while written < len(raw):
                written += os.write(self._number, raw[written:])
            os.fsync(self._number)
        except BaseException:
            os.ftruncate(self._number, self._size)
            os.lseek(self._number, self._size, os.SEEK_SET)
            raise
        self._size += len(raw)

    def close(self) -> None:
        """Let go of the file, which the manifest replaces."""
        if self._number >= 0:
            os.close(self._number)
            self._number, self._size = -1, 0


def read(folder: Path) -> Manifest:
    """The manifest of a folder, with what the journal adds to it.

    Raises
    ------
    StoreError
        If there is none, or another version of relsim wrote it.
    """
    file = folder / MANIFEST
    refuse_links(folder, file)
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}")
    if not os.path.lexists(file):
        raise StoreError(f"{folder} is no result of relsim: it has no {MANIFEST}")
    try:
        data = read_json(file, LARGEST, MOST_ITEMS)
        written = str(data.pop("format"))
        name, version = written.rsplit("/", 1)
        found = int(version)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StoreError(f"{file} is no manifest of relsim") from None
    if name != FORMAT:
        raise StoreError(f"{file} is no manifest of relsim (format {_shown(written)})")
    if found != VERSION:
        age, advice = ("a newer", "update relsim") if found > VERSION else ("an older", "run again")
        raise StoreError(
            f"{folder} was written by {age} relsim (format {_shown(written)}; this one reads "
            f"{FORMAT}/{VERSION}): {advice}"
        )
    manifest = _validated(file, data)
    return _with_journal(manifest, folder / JOURNAL)


def _shown(text: str) -> str:
    """Text of a file as a message can show it."""
    return text[:LONGEST_NAME] if re.fullmatch("[ -~]*", text) else ascii(text[:LONGEST_NAME])


def _validated(file: Path, data: object) -> Manifest:
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise StoreError(
            f"{file} was changed: it does not hold what relsim writes ({_first_of(error)})"
        ) from None


def _first_of(error: ValidationError) -> str:
    """The first thing wrong with a manifest, and with which of its entries."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = [str(word) for word in first["loc"] if word in Manifest.model_fields]
    return ": ".join((*where[:1], plainly(first["msg"])))


def plainly(message: str) -> str:
    """What pydantic says of a value, without the names of classes."""
    return re.sub(r"^Value error, | or instance of \w+$", "", message)[:200]


def _with_journal(manifest: Manifest, file: Path) -> Manifest:
    """The manifest with all whole lines of a journal, if there is one."""
    if not os.path.lexists(file):
        return manifest
    raw = content_of(file, LARGEST_JOURNAL)
    chunks, failures = dict(manifest.chunks), {f.chunk: f for f in manifest.failures}
    elapsed = manifest.elapsed_seconds
    for number, text in enumerate(raw.split(b"\n")[:-1], start=1):  # the last is torn, or empty
        where = f"{file}, line {number},"
        try:
            line = _Line.model_validate(from_bounded_json(text, MOST_ITEMS_OF_A_LINE, where))
        except ValueError:  # a ValidationError is one
            raise StoreError(f"{where} was changed: it is no line that relsim writes") from None
        elapsed = max(elapsed, line.elapsed_seconds)
        if line.failure is not None:
            failures[line.failure.chunk] = line.failure
        elif line.chunk is None or line.sha256 is None:
            raise StoreError(f"{where} was changed: it names no chunk")
        elif chunks.setdefault(line.chunk, line.sha256) != line.sha256:
            raise StoreError(f"{where} was changed: chunk {line.chunk} has another SHA-256 before")
    broken = [failure for chunk, failure in failures.items() if chunk not in chunks]
    added = {"chunks": chunks, "failures": broken, "elapsed_seconds": elapsed}
    return _validated(file, dict(manifest) | added)


def simd() -> list[str]:
    """The SIMD features that NumPy uses on this processor: others may give other last bits."""
    found: Any = np.show_config(mode="dicts")
    features = found.get("SIMD Extensions", {})
    return [*features.get("baseline", ()), *features.get("found", ())]


def differing(stored: Manifest, asked: Manifest) -> str | None:
    """What keeps a stored result from being gone on with, in words; None if nothing does."""
    if stored.saved:
        return "it was saved as a whole: there is nothing to go on with"
    before, now = _settled(stored), _settled(asked)
    for name, wanted in now.items():
        if before.get(name) != wanted:
            return f"it was begun with {name} {before.get(name)}, and {wanted} is asked for now"
    return None


def _settled(manifest: Manifest) -> dict[str, object]:
    """What must be alike for a result to be gone on with."""
    return {  # the versions first, so that no name among them stands for another entry
        **manifest.provenance["versions"],
        "seed": manifest.seed,
        "runs": manifest.runs,
        "draws": manifest.shape.draws,
        "chunks of width": manifest.chunk_width,
        "log_all": manifest.log_all,
        "another scenario: hash": manifest.provenance["scenario_hash"],
        "rules of one's own for": manifest.provenance["custom_rules"],
    }
