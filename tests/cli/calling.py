"""What the fixture that calls the command line is."""

from collections.abc import Callable

from typer.testing import Result

Relsim = Callable[..., Result]
