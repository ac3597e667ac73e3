"""The door of the command line; nothing is imported before Ctrl-C is looked after."""

import sys

BAD_INPUT, INTERRUPTED = 1, 130


def main() -> None:
    """Run ``relsim`` with the words of the command line, and exit.

    Exit codes: 0 done; 1 the input is at fault; 2 the command line is; 3 done in part, some runs
    failed; 130 interrupted.
    """
    try:
        from relsim.cli.app import app

        _speak_utf8()
        app(prog_name="relsim")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _speak_utf8() -> None:
    """Files and pipes get UTF-8 whatever the locale; a terminal what it can show."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure and stream.isatty():
            reconfigure(errors="replace")
        elif reconfigure:
            reconfigure(encoding="utf-8")
