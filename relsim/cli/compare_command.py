"""``relsim compare``: what variants change, and which of their lines do it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show_page, write
from relsim.cli.options import IN_PART, MOST_SHOWN, Seed, Workers, counted, planned, usable_cores
from relsim.errors import StoreError, UsageError
from relsim.scenario.files.places import local_path

if TYPE_CHECKING:
    from relsim.inference.compare.compare import Comparison
    from relsim.scenario.schema import Scenario

TABLE, RECORD, FIGURE = "comparison.csv", "comparison.json", "comparison.png"


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="BASELINE [VARIANT]...", help="Packaged scenarios' names, or files."
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Compare with the baseline changed so, too: actors.US.stake=0.5. May be repeated; "
            "all together make one variant.",
        ),
    ] = None,
    runs: Annotated[int | None, counted("Runs of each scenario; 32,768 by default.")] = None,
    draws: Annotated[int | None, counted("Sets of parameters; by default one for 32 runs.")] = None,
    seed: Seed = 1,
    workers: Workers = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The outcome whose difference is taken apart; by default the headline.",
        ),
    ] = None,
    no_attribution: Annotated[
        bool,
        typer.Option("--no-attribution", help="Do not take differences apart by changed lines."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=local_path,
            metavar="DIR",
            help="A new folder for the table (CSV), the JSON, the figure.",
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            parser=local_path, metavar="FILE", help="Draw the differences: .png, .svg or .pdf."
        ),
    ] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare variants with a baseline, run by run: what do they change, and which line does it?

    All scenarios share parameters and random streams, so that a run differs only by what a variant
    changes. Each difference comes with its Monte Carlo error, its interval over draws, and the
    variance that pairing saved; that of one outcome is shared out over the lines in which the
    variant differs.
    """
    from relsim.ensemble.data import check_outcome

    if figure is not None:
        from relsim.plots.gallery import check_suffix

        check_suffix(figure)
    if out is not None and os.path.lexists(out):
        raise UsageError(f"{out} exists already: remove it, or name another folder")
    baseline, *variants = _loaded(scenarios, settings or ())
    if outcome is not None:
        check_outcome(outcome, baseline.outcomes)
    found = _compared(baseline, variants, runs, draws, seed, workers, not no_attribution)
    aim = outcome or baseline.headline
    if in_json:
        from relsim.runs.provenance import as_json

        write(as_json(found.to_json()))
    else:
        from relsim.inference.compare.table import page

        show_page(page(found, aim))
    if out is not None:
        _write(found, aim, out)
    if figure is not None:
        _draw(found, aim, figure)
        note(f"wrote {figure}")
    if found.failed_runs:
        for failure in found.all_failures[:MOST_SHOWN]:
            note(str(failure))
        raise typer.Exit(IN_PART)


def _loaded(names: Sequence[str], settings: Sequence[str]) -> list[Scenario]:
    """The baseline, its variants, and the baseline changed by settings."""
    from relsim.scenario.schema import load

    if len(names) == 1 and not settings:
        raise UsageError(
            f"compare {names[0]} with what? Name a variant (relsim list), or change an entry: "
            "--set actors.US.stake=0.5"
        )
    changed = [load(names[0], settings)] if settings else []
    return [*map(load, names), *changed]


def _compared(
    baseline: Scenario,
    variants: Sequence[Scenario],
    runs: int | None,
    draws: int | None,
    seed: int,
    workers: int | None,
    attribution: bool,
) -> Comparison:
    from relsim.inference.compare.compare import compare

    total = planned(runs, draws) * (1 + len(variants))
    with progress("comparing", total) as advance:
        return compare(
            baseline,
            *variants,
            runs=runs,
            draws=draws,
            seed=seed,
            workers=workers or usable_cores(),
            attribution=attribution,
            progress=advance,
        )


def _write(found: Comparison, outcome: str, folder: Path) -> None:
    """Write table, record and figure into a new folder."""
    from relsim.inference.compare.table import full_table
    from relsim.runs.provenance import as_json

    try:
        folder.mkdir(parents=True)
        (folder / TABLE).write_text(full_table(found).csv(), "utf-8")
        (folder / RECORD).write_text(as_json(found.to_json()) + "\n", "utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
    _draw(found, outcome, folder / FIGURE)
    note(f"wrote {folder}: {TABLE}, {RECORD}, {FIGURE}")


def _draw(found: Comparison, outcome: str, file: Path) -> None:
    """One variant with all outcomes, or one outcome in all variants."""
    from relsim.plots import save
    from relsim.plots.differences import differences
    from relsim.plots.style import finished

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        subject = None if len(found.variants) == 1 else outcome
        save(finished(differences(found, subject, asked=outcome)), file)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error
