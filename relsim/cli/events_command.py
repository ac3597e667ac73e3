"""``relsim events``: check a file of events, count it, draw it; candidates from coded files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import show_page
from relsim.tables import Page

if TYPE_CHECKING:
    from relsim.history.events import Event

RECORD, HELD_OUT = "us-russia", "us-russia-held-out"


def events(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help=f"A CSV file of events; or {RECORD}, {HELD_OUT}: the records that come with "
            "relsim, until 6 April 2021 and from then on.",
        ),
    ],
    scenario: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="Whose actors, moves and regions must be meant."),
    ] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a file of events, count it, and draw it."""
    found = _read(file, scenario)
    show_page(_page(file, found))


def _read(file: str, scenario: str | None) -> tuple[Event, ...]:
    from relsim.history.events import held_out_record, packaged_record, read_events
    from relsim.scenario.files.reading import load

    asked = None if scenario is None else load(scenario)
    if file == RECORD:
        return packaged_record(asked)
    if file == HELD_OUT:
        return held_out_record(asked)
    return read_events(file, asked)


def _page(name: str, found: Sequence[Event]) -> Page:
    from relsim.history.event_counts import counted_by, cross_table

    return [
        f"{name}: {len(found)} events, {found[0].date} to {found[-1].date}",
        cross_table(found, "year"),
        cross_table(found, "move"),
        *(
            ", ".join(f"{n} {what}" for what, n in counted_by(found, way).items())
            for way in ("kind",)
        ),
    ]
