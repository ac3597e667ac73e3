"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer

from relsim.arguments import seed_of, whole_number
from relsim.errors import UsageError

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A packaged scenario's name, or a file.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change an entry: actors.US.stake=0.5. A number keeps its unit and source. "
        "May be repeated.",
    ),
]


def counted(help: str, least: int = 1, metavar: str = "N") -> Any:
    """An option that takes a whole number, 200 or 2e2, as calls do."""
    return _read(lambda given: whole_number("it", given, least), help, metavar)


def seeded(help: str) -> Any:
    """An option that takes a seed."""
    return _read(seed_of, help, "N")


def _read(take: Callable[[object], int], help: str, metavar: str) -> Any:
    def number(word: object) -> int:
        try:
            return take(_number_of(word))
        except UsageError as error:
            raise typer.BadParameter(str(error)) from None

    return typer.Option(metavar=metavar, parser=number, help=help)


def _number_of(word: object) -> object:
    """A word as a number if it is one; digits exactly, however many."""
    for read in (int, float):
        with suppress(ValueError):
            return read(str(word))
    return word


Seed = Annotated[int, seeded("The same seed gives the same numbers.")]
Workers = Annotated[int | None, counted("Processes; by default one for each usable core.")]
