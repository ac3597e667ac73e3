"""The command line called in the tests' own process, and what the fixture that does so is."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import typer.main
import typer.testing
from typer.testing import CliRunner, Result

from relsim.cli.app import app

Relsim = Callable[..., Result]

SHORT = str(Path(__file__).with_name("short.yaml"))  # the baseline until the end of July 2021

# To make the commands of the app takes longer than most of them: once is enough.
setattr(typer.testing, "_get_command", cache(typer.main.get_command))  # noqa: B010


def invoke(*words: str) -> Result:
    """What comes of the words of a command line."""
    return CliRunner().invoke(app, words)
