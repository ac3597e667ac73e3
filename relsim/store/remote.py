"""Results elsewhere: any place that fsspec has a protocol for, an object store for instance.

A result is written to a local folder and copied whole, the manifest last, so that it is complete or
absent; it is fetched to a folder of its own before it is read.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from relsim.errors import StoreError
from relsim.scenario.files.places import place_of
from relsim.store.manifest import MANIFEST

CLAIM = ".relsim-writing-"  # before what distinguishes two processes that write to one place


class Fetched:
    """A copy of a result in a folder of its own, which goes with this object.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self) -> None:
        place = tempfile.mkdtemp(prefix="relsim-")
        self.folder = Path(place) / "result"
        self.remove = weakref.finalize(self, shutil.rmtree, place, ignore_errors=True)


def put(folder: Path, url: str) -> None:
    """Copy a finished result to a URL; it is complete there or absent.

    Of several processes that write to one place at the same time at most one succeeds. What
    another process has written there is never overwritten or removed.

    Raises
    ------
    StoreError
        If there is something already, or it cannot be written.
    """
    system, target = _opened(url)
    refuse_existing(url)
    names = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
    names.sort(key=lambda name: name == MANIFEST)
    written: list[str] = []
    with _claimed(system, target, url):
        try:
            with _reraise_as_store_error(url, "written"):
                for name in names:
                    there = f"{target}/{name}"
                    system.makedirs(there.rpartition("/")[0], exist_ok=True)
                    written.append(name)
                    system.put_file(str(folder / name), there)
        except BaseException:
            if _is_ours(system, target, folder):
                for name in written:
                    with suppress(Exception):
                        system.rm_file(f"{target}/{name}")
            raise


@contextmanager
def _claimed(system: Any, target: str, url: str) -> Iterator[None]:
    """Hold a place that nobody else writes to; of two that claim it at once both may be refused."""
    mark = f"{CLAIM}{uuid4().hex}"
    claim = f"{target}/{mark}"
    try:
        with _reraise_as_store_error(url, "written"):
            system.makedirs(target, exist_ok=True)
            system.pipe_file(claim, b"")
            system.invalidate_cache()
            others = [name for name in system.find(target) if not str(name).endswith(mark)]
        if others:
            raise StoreError(f"{url} is being written by another process: name another place")
        yield
    finally:
        with suppress(Exception):
            system.rm_file(claim)
        with suppress(Exception):
            system.invalidate_cache()
            if system.exists(target) and not system.find(target):
                system.rm(target, recursive=True)  # only folders are left


def _is_ours(system: Any, target: str, folder: Path) -> bool:
    """Whether what stands at a place is what is being copied there, and nobody else's result."""
    try:
        system.invalidate_cache()
        if not system.exists(f"{target}/{MANIFEST}"):
            return True
        ours = (folder / MANIFEST).read_bytes()
        return ours.startswith(system.cat_file(f"{target}/{MANIFEST}"))
    except Exception:  # each protocol has errors of its own
        return False


def refuse_existing(url: str) -> None:
    """Raise StoreError if something is at a URL already."""
    system, target = _opened(url)
    with _reraise_as_store_error(url, "written"):
        system.invalidate_cache()
        taken = system.exists(target)
    if taken:
        raise StoreError(f"{url} exists already: remove it, or name another place")


def fetch(url: str) -> Fetched:
    """Copy a result from a URL.

    Raises
    ------
    StoreError
        If there is no result, or it cannot be read.
    """
    system, source = _opened(url)
    fetched = Fetched()
    with _reraise_as_store_error(url, "read"):
        system.invalidate_cache()
        if not system.exists(f"{source}/{MANIFEST}"):
            raise StoreError(f"{url} is no result of relsim: it has no {MANIFEST}")
        for file in system.find(source):
            name = str(file)[len(source) :].lstrip("/") if str(file).startswith(source) else ""
            there = (fetched.folder / name).resolve()
            if not name or not there.is_relative_to(fetched.folder.resolve()):
                raise StoreError(f"{url} cannot be read: it holds a file of the name {file}")
            there.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(file, str(there))
    return fetched


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path within it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise StoreError(
            f"{url} is not a local folder, and fsspec is not installed, which reaches others: "
            'pip install "relsim-ir[remote]"'
        ) from None
    try:
        system, path = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:  # a protocol's own package; an unknown protocol
        raise StoreError(f"{url} cannot be reached: {error}") from error
    return system, str(path).rstrip("/")


@contextmanager
def _reraise_as_store_error(url: str, what: str) -> Iterator[None]:
    """Raise StoreError for what goes wrong there; each protocol has errors of its own."""
    try:
        yield
    except (StoreError, MemoryError):
        raise
    except Exception as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise StoreError(f"{url} cannot be {what}: {reason or type(error).__name__}") from error


def local(place: str | os.PathLike[str]) -> Path:
    """A local folder, for what must be written chunk by chunk.

    Raises
    ------
    StoreError
        If it is a URL.
    """
    found = place_of(place)
    if isinstance(found, Path):
        return found
    raise StoreError(
        f"{found}: a result under way is written chunk by chunk to a local folder, so that it "
        f'can be resumed; give one, and then ensemble.save("{found}")'
    )
