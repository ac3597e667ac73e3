"""``relsim report``: a result as one page to hand over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, write
from relsim.cli.options import Workers, local, usable_cores
from relsim.errors import UsageError
from relsim.scenario.files.places import place_of

if TYPE_CHECKING:
    from relsim.ensemble.ensemble import Ensemble
    from relsim.inference.rare.rarely import Rare


def report(
    result: Annotated[
        str, typer.Argument(metavar="RESULT", help="Folder of a result or an update, or its URL.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The page, .html; by default RESULT/report.html."
        ),
    ] = None,
    drivers: Annotated[
        bool,
        typer.Option(
            "--drivers",
            help="Find what the answer depends on by simulating the scenario anew: several times "
            "the work of the result.",
        ),
    ] = False,
    drivers_file: Annotated[
        Path | None,
        local("FILE", "What relsim drivers found already: its drivers.json."),
    ] = None,
    ledger: Annotated[
        Path | None, local("FILE", "Show the scores of this ledger, see relsim ledger.")
    ] = None,
    signposts: Annotated[
        Path | None, local("FILE", "What relsim signposts --json printed: what to watch.")
    ] = None,
    rare: Annotated[
        list[Path] | None,
        local("FILE", "What relsim rare --json printed of a rare outcome. May be repeated."),
    ] = None,
    workers: Workers = None,
) -> None:
    """Write a result as one self-contained page for a reader who has never seen relsim.

    It needs no network and runs no script. Nothing is simulated again unless --drivers is given.
    """
    from relsim.report.reporting import report as reported
    from relsim.store.folder import REPORT

    if drivers and drivers_file is not None:
        raise UsageError("--drivers finds what --drivers-file reads: give one")
    place = place_of(result)
    if out is None and not isinstance(place, Path):
        raise UsageError(f"{place} is a URL: name a local file for the report with --out")
    if drivers:
        note("finding what the answer depends on: the scenario is simulated anew")
    file = reported(
        result,
        out or Path(place) / REPORT,
        drivers=drivers or drivers_file,
        ledger=ledger,
        signposts=signposts,
        rare=rare or (),
        workers=workers or usable_cores(),
    )
    write(str(file))


def report_beside(ensemble: Ensemble, folder: Path, rare: Sequence[Rare] = ()) -> Path:
    """Write the report of a result into its folder, with rare outcomes that were estimated."""
    from relsim.report.reporting import report as reported
    from relsim.store.folder import REPORT

    return reported(ensemble, folder / REPORT, rare=rare)
