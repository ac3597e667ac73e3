"""The manifest of a result folder: what it is of, what is finished, and a SHA-256 of all that.

Data reach the disk before the manifest lists them, so whatever it lists is whole, also after a
kill or a power cut.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from relsim.ensemble.chunk import Failure
from relsim.ensemble.record import as_json
from relsim.errors import StoreError

__all__ = [
    "MANIFEST",
    "Manifest",
    "differing",
    "digest",
    "digest_of_all",
    "read",
    "replace_file",
    "to_disk",
]

FORMAT, VERSION = "relsim.result", 2
MANIFEST = "manifest.json"


@dataclass
class Manifest:
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
    elapsed_seconds : float
    complete : bool
    unfinished_runs : int
        Runs that a saved ensemble lacked.
    failures : list of dict
        Chunks that broke off.
    files : dict of file to SHA-256
        All but the chunks.
    chunks : dict of int to SHA-256
        Finished chunks, with one digest over their files.
    """

    seed: int
    runs: int
    runs_per_draw: int
    chunk_width: int
    log_all: bool
    saved: bool
    provenance: dict[str, Any]
    elapsed_seconds: float = 0.0
    complete: bool = False
    unfinished_runs: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    chunks: dict[int, str] = field(default_factory=dict)

    @property
    def number_of_chunks(self) -> int:
        """Chunks there are when all is finished."""
        return -(-self.runs // self.chunk_width)

    def runs_of(self, chunk: int) -> range:
        """Numbers of a chunk's runs."""
        first = chunk * self.chunk_width
        return range(first, min(first + self.chunk_width, self.runs))

    @property
    def unfinished(self) -> int:
        """Runs that are neither stored nor known to fail."""
        failed = {failure["chunk"] for failure in self.failures}
        left = set(range(self.number_of_chunks)) - set(self.chunks) - failed
        missing = 0 if self.saved else sum(len(self.runs_of(chunk)) for chunk in left)
        return self.unfinished_runs + missing

    def failed(self) -> list[Failure]:
        """The failures as they were."""
        return [Failure(**failure) for failure in self.failures]

    def write(self, folder: Path) -> None:
        """Replace the manifest of a folder, at once or not at all."""
        chunks = {str(chunk): self.chunks[chunk] for chunk in sorted(self.chunks)}
        data = {"format": f"{FORMAT}/{VERSION}"} | vars(self) | {"chunks": chunks}
        replace_file(folder / MANIFEST, as_json(data) + "\n")


def read(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises
    ------
    StoreError
        If there is none, or another version of relsim wrote it.
    """
    file = folder / MANIFEST
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}")
    if not file.is_file():
        raise StoreError(f"{folder} is no result of relsim: it has no {MANIFEST}")
    try:
        data = json.loads(file.read_bytes())
        written = str(data.pop("format"))
        name, version = written.rsplit("/", 1)
        found = int(version)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StoreError(f"{file} is no manifest of relsim") from None
    if name != FORMAT:
        raise StoreError(f"{file} is no manifest of relsim (format {written})")
    if found != VERSION:
        age, advice = ("a newer", "update relsim") if found > VERSION else ("an older", "run again")
        raise StoreError(
            f"{folder} was written by {age} relsim (format {written}; this one reads "
            f"{FORMAT}/{VERSION}): {advice}"
        )
    try:
        chunks = {int(chunk): str(digest) for chunk, digest in data.pop("chunks").items()}
        manifest = Manifest(**data, chunks=chunks)
        assert all(0 <= chunk < manifest.number_of_chunks for chunk in chunks)
        assert manifest.unfinished == 0 or manifest.saved or not manifest.complete
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, AssertionError):
        raise StoreError(f"{file} was changed: it does not hold what relsim writes") from None
    return manifest


def differing(stored: Manifest, asked: Manifest) -> str | None:
    """What keeps a stored result from being gone on with, in words; None if nothing does."""
    if stored.saved:
        return "it was saved as a whole: there is nothing to go on with"
    for name, one, other in _questions(stored, asked):
        if one != other:
            return f"it was begun with {name} {one}, and {other} is asked for now"
    return None


def _questions(stored: Manifest, asked: Manifest) -> Iterable[tuple[str, object, object]]:
    for name in ("seed", "runs"):
        yield name, getattr(stored, name), getattr(asked, name)
    yield "draws", stored.runs // stored.runs_per_draw, asked.runs // asked.runs_per_draw
    yield "chunks of width", stored.chunk_width, asked.chunk_width
    yield "log_all", stored.log_all, asked.log_all
    one, other = stored.provenance, asked.provenance
    yield "another scenario: hash", one.get("scenario_hash"), other["scenario_hash"]
    yield "rules of one's own for", one.get("custom_rules"), other["custom_rules"]
    before, now = (cast("Mapping[str, str]", p.get("versions", {})) for p in (one, other))
    for package, version in now.items():
        yield package, before.get(package), version


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of_all(folder: Path, files: Iterable[str]) -> str:
    """One SHA-256 over files, by name and content: that of what sha256sum would print."""
    lines = "".join(f"{digest(folder / name)}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def replace_file(file: Path, text: str) -> None:
    """Write a file so that it has its old content or the new one, whatever happens."""
    part = file.with_name(f".{file.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as content:
        content.write(text)
        content.flush()
        os.fsync(content.fileno())
    part.replace(file)
    _sync(file.parent)


def to_disk(folder: Path, files: Iterable[str], threads: Executor) -> None:
    """See to it that files, and their names, outlive a power cut."""
    places = {folder / name for name in files}
    places |= {above for file in places for above in file.parents if above.is_relative_to(folder)}
    for _ in threads.map(_sync, places):
        pass


def _sync(place: Path) -> None:
    if place.is_dir() and os.name != "posix":  # only there can a folder be opened
        return
    number = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
