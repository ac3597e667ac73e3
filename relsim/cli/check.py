"""``relsim check``: every problem of scenario files at once."""

from __future__ import annotations

from typing import Annotated

import typer

from relsim.cli.console import write

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
    from relsim.errors import RelsimError, ScenarioError
    from relsim.scenario.files.reading import load

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
