"""Commands on scenarios: ``relsim check``, ``show``, ``list``, ``schema``, ``new``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from relsim.cli.console import show_page, write
from relsim.cli.options import ScenarioName, Settings
from relsim.errors import RelsimError, ScenarioError, UsageError
from relsim.scenario.files.places import local_path
from relsim.tables import Table

FOUND = 1


def check(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="Names of packaged scenarios, or files."),
    ],
) -> None:
    """Find every mistake in scenario files.

    Each with its file, line and column, what is wrong, and what would be right.
    """
    from relsim.scenario.schema import load

    faulty = False
    for name in scenarios:
        try:
            load(name)
        except ScenarioError as error:
            faulty = True
            write(str(error))
        except RelsimError as error:
            faulty = True
            write(f"{name}: {error}")
        else:
            write(f"{name}: no problem found")
    if faulty:
        raise typer.Exit(FOUND)


def show(scenario: ScenarioName, settings: Settings = None) -> None:
    """Print a scenario, resolved, as YAML that can be run in its place."""
    from relsim.scenario.canonical import scenario_hash
    from relsim.scenario.files.writing import to_yaml
    from relsim.scenario.schema import load

    found = load(scenario, settings or ())
    write(f"# scenario_hash: {scenario_hash(found)}\n{to_yaml(found).rstrip()}")


def list_packaged() -> None:
    """List the packaged scenarios."""
    from relsim.scenario.files.places import packaged

    rows = [(name, _title(file)) for name, file in packaged().items()]
    show_page([Table(("Scenario", "Title"), rows)])


def _title(file: Path) -> str:
    """The title of a scenario; of the file's lines only its own is parsed, if it has one."""
    from relsim.scenario.files.parsing import parse
    from relsim.scenario.files.reading import read

    line = re.search(rb"^title:.*$", file.read_bytes(), flags=re.MULTILINE)
    try:
        entry = parse(line[0], file.name)[0].child("title") if line else None
    except ScenarioError:  # it goes on in the next line
        entry = None
    return entry.text if entry and entry.text else str(read(file).data.get("title", ""))


def schema() -> None:
    """Print the JSON Schema of scenario files.

    Editors complete and check YAML with it.
    """
    import json

    from relsim.scenario.canonical import json_schema
    from relsim.scenario.schema import Scenario

    write(json.dumps(json_schema(Scenario), indent=2, ensure_ascii=False))


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
    from relsim.scenario.files.writing import dyad, write_new

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
