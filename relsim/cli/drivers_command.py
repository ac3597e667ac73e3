"""``relsim drivers``: what an outcome is driven by, parameters, chance and claims."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, show_page, write
from relsim.cli.options import (
    IN_PART,
    RESULTS,
    ScenarioName,
    Seed,
    Settings,
    Workers,
    counted,
    usable_cores,
)
from relsim.errors import StoreError, UsageError
from relsim.scenario.files.places import local_path

if TYPE_CHECKING:
    from relsim.inference.drivers.ablations import Ablation
    from relsim.inference.drivers.drivers import Drivers
    from relsim.scenario.schema import Scenario

RECORD = "drivers.json"


def drivers(
    scenario: ScenarioName,
    settings: Settings = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="NAME", help="By default the scenario's headline.")
    ] = None,
    runs: Annotated[int | None, counted("Simulated histories; 32,768 by default.")] = None,
    draws: Annotated[
        int | None, counted("Sets of parameters; by default one for 8 runs, 1,024 at least.")
    ] = None,
    seed: Seed = 1,
    top: Annotated[
        int, counted("Parameters to find total effect and curve of; 12 by default.", least=0)
    ] = 12,
    ablations: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Claims to take away, instead of the list of the scenario's name."
        ),
    ] = None,
    no_ablations: Annotated[
        bool, typer.Option("--no-ablations", help="Take no claim away; much quicker.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=local_path,
            metavar="DIR",
            help="A new folder for record and figures; by default relsim-out/NAME-drivers-OUTCOME.",
        ),
    ] = None,
    workers: Workers = None,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write a folder only if --out is given.")
    ] = False,
) -> None:
    """Say what drives an outcome: which parameters, which claims, and how much is chance.

    Prints first-order and total effects of the parameters that matter, and what taking each claim
    away changes; writes a record and figures to a folder.
    """
    from relsim.ensemble.data import check_outcome
    from relsim.inference.drivers.drivers import drivers as find
    from relsim.inference.drivers.drivers import sizes
    from relsim.scenario.schema import load

    asked = load(scenario, settings or ())
    name = outcome or asked.headline
    check_outcome(name, asked.outcomes)
    if no_ablations and ablations is not None:
        raise UsageError("--ablations and --no-ablations contradict each other")
    claims = () if no_ablations else _claims(asked, ablations)
    total, of_draws = sizes(runs, draws)
    if (runs or total, draws or of_draws) != (total, of_draws):
        note(
            f"{total:,} runs over {of_draws:,} draws: rounded up to whole batches of 64 draws, "
            "with 2, 4, 8, ... runs a draw"
        )
    folder = out or (None if in_json else RESULTS / f"{asked.name}-drivers-{name}")
    if folder is not None and os.path.lexists(folder):
        raise UsageError(f"{folder} exists already: remove it, or name another one with --out")
    with progress("simulating", total) as advance:
        found = find(
            asked, name, total, of_draws, seed,
            workers=workers or usable_cores(), ablations=claims, top=top, progress=advance,
        )  # fmt: skip
    _report(found, folder, in_json)
    if found.failures:
        note(f"done in part: {len(found.failures)} chunks broke off; {found.failures[0]}")
        raise typer.Exit(IN_PART)


def _claims(scenario: Scenario, file: str | None) -> Sequence[Ablation]:
    from relsim.inference.drivers.ablations import ablations

    claims = ablations(scenario, file)
    if not claims:
        note(f"no claim is taken away: {scenario.name} has no list of ablations, see --ablations")
    return claims


def _report(found: Drivers, folder: Path | None, in_json: bool) -> None:
    """Print what was found, and write it."""
    from relsim.runs.provenance import as_json

    if in_json:
        write(as_json(found.to_json()))
    else:
        from relsim.inference.drivers.table import page

        show_page(page(found))
    if folder is None:
        return
    from relsim.plots import save
    from relsim.plots.sensitivity import figures

    try:
        folder.mkdir(parents=True)
        (folder / RECORD).write_text(as_json(found.to_json()) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror})") from None
    files = [save(figure, folder / f"{name}.png").name for name, figure in figures(found).items()]
    (note if in_json else show)(f"wrote {folder}: {', '.join([RECORD, *files])}")
