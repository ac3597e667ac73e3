"""One writer a result folder: a lock that ends with the process that holds it.

The operating system holds it, so that none is left behind by a process that was killed. The file
says whose it is.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path

from relsim.errors import StoreError
from relsim.store.plain_files import CAREFUL, refuse_links, refuse_strange

LOCK, LONGEST = ".lock", 400  # bytes that a holder can write of itself, and more
_held: set[Path] = set()  # within one process the system's lock holds nobody back


class Lock:
    """Held from its making until `release`, or the end of the process.

    Parameters
    ----------
    folder : Path
        Of a result; it must be there.

    Raises
    ------
    StoreError
        If somebody else holds it.
    OSError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder.resolve() / LOCK
        if self._file in _held:
            raise _taken(folder, f"this process, {os.getpid()}")
        self._number = self._locked()
        _held.add(self._file)
        with suppress(OSError):  # not needed, and a full disk has no room for it
            os.ftruncate(self._number, 0)
            os.write(self._number, f"process {os.getpid()} on {socket.gethostname()}\n".encode())

    def _locked(self) -> int:
        """The number of the open file, once it is locked."""
        refuse_links(self._folder, self._folder / LOCK)
        while True:
            number = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | CAREFUL, 0o644)
            try:
                found = os.fstat(number)
                refuse_strange(self._file, found)
                if found.st_nlink > 1:  # what is written here would be written there, too
                    raise StoreError(f"{self._file} is no lock of relsim: it has another name")
                holder = self._holder(number)
                _lock(number)
                if _is_at(number, self._file):  # else its holder removed it a moment ago
                    return number
            except BlockingIOError:
                os.close(number)
                raise _taken(self._folder, holder or "another process") from None
            except BaseException:
                os.close(number)
                raise
            os.close(number)

    def _holder(self, number: int) -> str:
        """What a lock says of its holder; nothing if it is new."""
        held = os.pread(number, LONGEST, 0) if hasattr(os, "pread") else b""
        if not re.fullmatch(rb"(process \d+ on [!-~]+\n)?", held):
            raise StoreError(f"{self._file} is no lock of relsim: take it out of the folder")
        return held.decode().strip()

    def release(self) -> None:
        """Let others write."""
        if self._file not in _held:
            return
        with suppress(OSError):
            self._file.unlink()
        os.close(self._number)
        _held.discard(self._file)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _taken(folder: Path, holder: str) -> StoreError:
    return StoreError(
        f"{folder} is being written by {holder}: wait until it ends, or name another folder"
    )


def _is_at(number: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), file.lstat())
    except FileNotFoundError:
        return False


def _lock(number: int) -> None:
    """Raise BlockingIOError if somebody else has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:  # what some systems say
        raise BlockingIOError from None
