"""Files of a result folder: regular ones alone, no symbolic links, none larger than it can be.

A folder may come from anybody. So nothing below its root is opened before it is known to be a
regular file, nothing is read whose size is not bounded, and nothing that is there is opened for
writing: what is written is a new file, which then takes the name.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from pydantic_core import from_json

from relsim.errors import StoreError

# Flags that not every system has. A pipe is not waited for, should one come in between.
CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
PART = ".part"  # at the end of the name of what is being written


def refuse_links(root: Path, place: Path) -> None:
    """Raise StoreError if any part of a path is a symbolic link, from `root` down to `place`.

    What does not exist is none. `place` must lie in `root`, as the paths are written.
    """
    here = root
    refuse_link(here)
    for word in place.relative_to(root).parts:
        here /= word
        refuse_link(here)


def refuse_link(place: Path) -> None:
    """Raise StoreError if this is a symbolic link, whatever stands above it."""
    if place.is_symlink():
        raise StoreError(
            f"{place} is a symbolic link: relsim follows none in a result folder; put the file or "
            "folder itself there"
        )


def refuse_strange(file: Path, found: os.stat_result) -> None:
    """Raise StoreError unless a file is a regular one."""
    if stat.S_ISLNK(found.st_mode):
        refuse_link(file)
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{file} is no regular file, as all files of a result are")


@contextmanager
def reading(file: Path, most: int) -> Iterator[BufferedReader]:
    """A regular file of at most `most` bytes, open for reading.

    Raises
    ------
    StoreError
        If it is something else, or larger.
    OSError
        If it cannot be read.
    """
    refuse_strange(file, file.lstat())
    with os.fdopen(os.open(file, os.O_RDONLY | CAREFUL), "rb") as content:
        found = os.fstat(content.fileno())
        refuse_strange(file, found)
        if found.st_size > most:
            raise StoreError(
                f"{file} was changed since relsim wrote it: it has {found.st_size:,} bytes, and "
                f"can have {most:,} at most"
            )
        yield content


def content_of(file: Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes; see `reading`."""
    with reading(file, most) as content:
        return content.read(most + 1)[:most]


def read_json(file: Path, most: int, items: int) -> Any:
    """What a JSON file holds, of at most so many bytes and so many entries in all.

    Raises
    ------
    StoreError
        If it is larger.
    ValueError
        If it is no JSON, or nested too deeply.
    OSError
        If it cannot be read.
    """
    return from_bounded_json(content_of(file, most), items, str(file))


def from_bounded_json(raw: bytes, items: int, called: str) -> Any:
    """What JSON text holds; see `read_json`."""
    if sum(map(raw.count, (b",", b"[", b"{"))) > items:
        raise StoreError(f"{called} was changed since relsim wrote it: it has too many entries")
    return from_json(raw, allow_inf_nan=False)


def digest(file: Path, most: int = 2**62) -> str:
    """The SHA-256 of a regular file of at most `most` bytes; see `reading`."""
    with reading(file, most) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of_all(folder: Path, files: Mapping[str, int]) -> str:
    """One SHA-256 over files, by name and content: that of what sha256sum would print.

    Parameters
    ----------
    folder : Path
        Where the files are.
    files : mapping of str to int
        The bytes that each can have at most.
    """
    lines = "".join(f"{digest(folder / name, files[name])}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def files_in(folder: Path, root: Path | None = None) -> list[str]:
    """All files below a folder, as paths from `root`, by default from the folder.

    Raises
    ------
    StoreError
        If anything there is neither a regular file nor a folder.
    """
    above, waiting, found = root or folder, [folder], []
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                place = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(place)
                else:
                    refuse_strange(place, entry.stat(follow_symlinks=False))
                    found.append(place.relative_to(above).as_posix())
    return sorted(found)


def new_file(file: Path) -> int:
    """The number of a new file, open for writing; FileExistsError if there is anything."""
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | CAREFUL, 0o666)


@contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """Yield a new file to write to, which takes the name of `file` once it is on the disk.

    Whatever happens, `file` has its old content or the new one. If it is a symbolic link, the link
    is replaced, and what it leads to stays as it is.
    """
    part = file.with_name(f".{file.name}.{uuid4().hex}{PART}")
    try:
        with os.fdopen(new_file(part), "wb") as content:
            yield content
            content.flush()
            os.fsync(content.fileno())
        part.replace(file)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    sync(file.parent)


def replace_file(file: Path, text: str) -> None:
    """Write a text file so that it has its old content or the new one, whatever happens."""
    with replacing(file) as content:
        content.write(text.encode())


def to_disk(folder: Path, files: Iterable[str], threads: Executor) -> None:
    """See to it that files, and their names, outlive a power cut."""
    places = {folder / name for name in files}
    places |= {above for file in places for above in file.parents if above.is_relative_to(folder)}
    list(threads.map(sync, places))


def sync(place: Path) -> None:
    """See to it that a file's content, or the names in a folder, outlive a power cut."""
    if place.is_dir() and os.name != "posix":  # only there can a folder be opened
        return
    number = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
