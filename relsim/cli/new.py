"""``relsim new``: a scenario of another dyad, to be filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from relsim.cli.console import write
from relsim.errors import UsageError
from relsim.scenario.files.paths import local_path


def new(
    path: Annotated[
        Path,
        typer.Argument(
            parser=local_path, metavar="PATH", help="The file to write, such as my-dyad.yaml."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of the scenario: small letters, digits, hyphens. By default the file's.",
        ),
    ] = None,
    actors: Annotated[
        str,
        typer.Option(metavar="A,B", help="The two sides, such as country codes: IN,PK."),
    ] = "A,B",
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Title, by default made of the actors.")
    ] = None,
) -> None:
    """Write a commented scenario of a dyad of your own, to be filled in.

    It runs as it is, and says nothing yet: each number is a placeholder that says so. A file that
    exists is never overwritten.
    """
    from relsim.scenario.files.places import SUFFIXES
    from relsim.scenario.files.template import dyad, write_new

    if path.suffix not in SUFFIXES:
        raise UsageError(f"a scenario's file ends in {' or '.join(SUFFIXES)} (got {path.name!r})")
    sides = [side.strip() for side in actors.split(",")]
    if len(sides) != 2:
        raise UsageError(f"--actors takes two names with a comma, IN,PK (got {actors!r:.100})")
    write_new(path, dyad(name if name is not None else _name_of(path), (sides[0], sides[1]), title))
    write(f"wrote {path}; try: relsim check {path}")


def _name_of(path: Path) -> str:
    """A scenario's name made of its file's."""
    return re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "scenario"
