"""Entry point of the command line; Ctrl-C is looked after before anything is imported."""

import errno
import io
import os
import sys
from typing import Any, TextIO

from relsim.cli.options import INTERRUPTED, NOT_PRINTED

_received: list[int] = []  # a signal that ends the command


def main() -> None:
    """Run ``relsim`` with the words of the command line, and exit.

    Exit codes: 0 done; 1 the input is at fault; 2 the command line is; 3 done in part, some runs
    failed; 4 done, but stdout did not take what was printed; 130 interrupted, 143 by SIGTERM.
    """
    code: str | int | None = 0
    try:
        _keep_streams()
        _let_signals_interrupt()
        from relsim.cli.app import app

        app(prog_name="relsim")
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = INTERRUPTED
    if _received and code == INTERRUPTED:
        code = 128 + _received[0]
    if error := _lost(sys.stdout):
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror
        print(f"stdout cannot be written ({reason}): what was printed is lost", file=sys.stderr)
        code = code or NOT_PRINTED
    sys.exit(code)


class _Stream(io.FileIO):
    """Where a standard stream leads. What it does not take stops no command; `lost` says why."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all, some, or nothing that could be written."""
        try:
            return super().write(data)
        except BrokenPipeError:  # a reader who has gone (``| head``) has what they want
            pass
        except OSError as error:
            self.lost = error
        return len(data)


def _lost(stream: Any) -> OSError | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, _Stream) else None


def _keep_streams() -> None:
    """Let no command end with an error since stdout or stderr is closed or full."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file that is opened would take its place
            os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is sys.__stdout__:  # else somebody calls from a notebook
        sys.stdout = _kept(1, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _kept(2, sys.stderr)


def _kept(number: int, old: TextIO | None) -> TextIO:
    """Files and pipes get UTF-8 whatever the locale; a terminal what it can show."""
    terminal = old is not None and old.isatty()
    if terminal and sys.platform == "win32":  # its console takes text, not bytes
        return old
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(number, "w", closefd=False)),
        encoding=old.encoding if old is not None and terminal else "utf-8",
        errors="replace" if terminal else "strict",
        line_buffering=True,
    )


def _let_signals_interrupt() -> None:
    """SIGTERM, and SIGHUP of a terminal that closes, end a command as Ctrl-C does."""
    import signal

    def interrupt(number: int, frame: object) -> None:
        if not _received:  # one is enough: the others must not disturb the ending
            _received.append(number)
            raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, interrupt)
