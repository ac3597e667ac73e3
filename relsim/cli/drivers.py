"""``relsim drivers``: what an outcome is driven by, parameters, dice and claims."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, table, write
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
from relsim.scenario.files.paths import local_path

if TYPE_CHECKING:
    from relsim.inference.drivers.ablations import Ablation
    from relsim.inference.drivers.result import Ablated, Drivers, Effect
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
    from relsim.scenario.files.reading import load

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
    _tell(found, folder, in_json)
    if found.failures:
        note(f"done in part: {len(found.failures)} chunks broke off; {found.failures[0]}")
        raise typer.Exit(IN_PART)


def _claims(scenario: Scenario, file: str | None) -> Sequence[Ablation]:
    from relsim.inference.drivers.ablations import ablations

    claims = ablations(scenario, file)
    if not claims:
        note(f"no claim is taken away: {scenario.name} has no list of ablations, see --ablations")
    return claims


def _tell(found: Drivers, folder: Path | None, in_json: bool) -> None:
    """Print what was found, and write it."""
    from relsim.runs.provenance import as_json

    if in_json:
        write(as_json(found.to_json()))
    else:
        show(as_text(found))
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


def as_text(found: Drivers) -> str:
    """What drives an outcome, as a reader at a terminal, or of a file, gets it."""
    title = found.scenario.outcomes[found.outcome].title
    about = (
        f"{found.runs:,} runs over {found.draws:,} draws, seed {found.seed}; "
        f"{_paired_text(found)}in {found.elapsed_seconds:.0f} s"
    )
    return "\n\n".join(
        [
            f"{found.scenario.title}\n{title}: {found.probability}",
            split_text(found),
            *_parameters(found),
            *_ablations(found),
            about,
        ]
    )


def _paired_text(found: Drivers) -> str:
    """What was found on fewer runs than the rest."""
    kinds = {
        "total effects": any(effect.total for effect in found.effects),
        "claims": bool(found.ablations),
    }
    as_text = " and ".join(kind for kind, there in kinds.items() if there)
    return as_text and f"{as_text} on the first {found.paired_runs:,}; "


def split_text(found: Drivers) -> str:
    """How much of the variance is parameters, how much dice, in words."""
    from relsim.inference.drivers.result import share

    split = found.split.parameters
    if split is None:
        return "Draws do not differ beyond the noise: no parameter can be made out."
    return (
        "Whether it happens differs between runs: parameters (what differs between draws) make "
        f"{share(split)} of that variance, chance within a draw the rest."
    )


def _parameters(found: Drivers) -> list[str]:
    """The table of parameters, and how many are not told apart from nothing."""
    from relsim.inference.drivers.result import share

    if found.additive is None or found.chance is None:
        return []
    shown = [effect for effect in found.effects if effect.curve is not None or effect.first.seen]
    heads: tuple[str, ...] = ("Parameter", "First-order", "Total", "P, lowest tenth to highest")
    rows = [_row(effect) for effect in shown]
    if not any(effect.curve for effect in shown):  # --top 0
        heads, rows = heads[:2], [row[:2] for row in rows]
    unseen = f"{len(found.effects) - len(found.seen)} of {len(found.effects)} parameters"
    return [
        table(heads, rows),
        "Shares of the variance between draws, with 90% intervals; all first-order effects "
        f"together make {share(found.additive)}, interactions the rest.\n"
        f"~ marks what chance would show: {unseen} are not told apart from no effect at all "
        f"(first-order under {found.chance:.3f}, all of them considered together).",
    ]


def _row(effect: Effect) -> tuple[str, ...]:
    from relsim.inference.drivers.result import share

    curve = effect.curve
    ends = f"{curve.probability[0]:.2f} then {curve.probability[-1]:.2f}" if curve else ""
    mark = "" if effect.first.seen else " ~"
    total = share(effect.total) if effect.total else ""
    return effect.parameter, share(effect.first.first_order) + mark, total, ends


def _ablations(found: Drivers) -> list[str]:
    """The table of claims, the largest difference first."""
    if not found.ablations:
        return []
    name = found.outcome
    ordered = sorted(found.ablations, key=lambda one: -abs(one.differences[name].value))
    rows = [row for one in ordered for row in _claim_rows(one, name)]
    count = len(found.ablations)
    return [
        table(("Claim", "Without it", "Difference", "MC error"), rows),
        "Difference: the probability without the claim less that with it, with common random "
        f"numbers. {len(found.moving)} of {count} are beyond two standard errors; by chance alone "
        f"some {round(count * 0.05)} would be.",
    ]


def _claim_rows(one: Ablated, outcome: str) -> list[tuple[str, ...]]:
    d = one.differences[outcome]
    rows: list[tuple[str, ...]] = [(one.claim, one.off, d.value_text, d.error_text)]
    if one.control is not None:
        c = one.control[outcome]
        words = "control: each run chooses by another run's belief"
        rows.append(("", words, c.value_text, c.error_text))
    return rows
