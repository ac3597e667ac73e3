"""Arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

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
