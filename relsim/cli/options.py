"""Arguments that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from relsim.arguments import seed_of, whole_number
from relsim.cli.console import note, written
from relsim.errors import StoreError, UsageError
from relsim.scenario.files.places import local_path

IN_PART = 3
MOST_SHOWN = 5  # failed chunks that are listed one by one
RESULTS = Path("relsim-out")

BAD_INPUT, NOT_PRINTED, INTERRUPTED = 1, 4, 130

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


def option(metavar: str, help: str) -> Any:
    """An option that takes a text or a number."""
    return typer.Option(metavar=metavar, help=help)


def local(metavar: str, help: str) -> Any:
    """An option that takes a local path."""
    return typer.Option(parser=local_path, metavar=metavar, help=help)


def to_write(metavar: str, help: str) -> Any:
    """An option that takes a local path to write to, refused at once if nothing can stand there."""
    return typer.Option(parser=writable, metavar=metavar, help=help)


def writable(given: str) -> Path:
    """Return a local path at which a file or a folder can be made, or replaced.

    Raises
    ------
    StoreError
        If a part of it is a file and no folder, or does not let this user write.
    """
    place = local_path(given)
    with written(place):
        above = place.absolute()
        while not (above.is_dir() or (above.exists() and above != place.absolute())):
            above = above.parent
        if not above.is_dir():
            raise StoreError(f"{place} cannot be written: {above.name} is a file and no folder")
        if not os.access(above, os.W_OK | os.X_OK):
            raise StoreError(f"{place} cannot be written: {above} lets nothing be written in it")
    return place


def figure_file(help: str) -> Any:
    """An option that takes the file of a figure."""
    return typer.Option(parser=_figure_file, metavar="FILE", help=f"{help}: .png, .svg or .pdf.")


def _figure_file(given: str) -> Path:
    from relsim.plots.gallery import check_suffix

    check_suffix(local_path(given))
    return writable(given)


Condition = Annotated[
    str | None,
    typer.Option(
        "--given",
        metavar="OUTCOME|CONDITION",
        help="Only the runs in which an outcome comes about: NAME, 'not NAME', or a condition as "
        "a scenario has it, 'happened: {deed: summit, until: 2022-07-01}'.",
    ),
]
Runs = Annotated[int | None, counted("Simulated histories; 32,768 by default.")]
Draws = Annotated[int | None, counted("Sets of parameters; by default one for 32 runs.")]
Seed = Annotated[int, seeded("The same seed gives the same numbers.")]
Workers = Annotated[int | None, counted("Processes; by default one for each usable core.")]


def usable_cores() -> int:
    """Cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not every system has it
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def planned(runs: int | None, draws: int | None) -> int:
    """How many runs a wish comes to; if that is more, say so."""
    from relsim.simulate import plan_runs

    total, per_draw = plan_runs(runs, draws)
    if total != (runs or total) or total // per_draw != (draws or total // per_draw):
        note_rounded(f"{total:,} runs over {total // per_draw:,} draws", per_draw)
    return total


def note_rounded(size: str, per_draw: int) -> None:
    """Say of the size of an ensemble that it is rounded up."""
    note(f"{size}: rounded up to whole batches, of 64 draws with {count_of(per_draw, 'run')} each")


def count_of(number: int, what: str) -> str:
    """A count with its noun."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
