"""``relsim rare``: an outcome that hardly any run meets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, show_page, write_json
from relsim.cli.options import (
    Seed,
    Settings,
    Workers,
    counted,
    figure_file,
    option,
    usable_cores,
)
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError

if TYPE_CHECKING:
    from relsim.inference.rare.ways import Way


def rare(
    outcome: Annotated[str, option("NAME", "The outcome, as the scenario calls it.")],
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO", help="A packaged scenario's name, or a file; or else --from."
        ),
    ] = None,
    settings: Settings = None,
    runs: Annotated[
        int | None,
        counted(
            "Simulated histories, each of a set of parameters of its own; 1,024 or more, 32,768 by "
            "default."
        ),
    ] = None,
    draws: Annotated[
        int | None,
        counted(
            "Sets of parameters, of 32 histories each, that show how far the probability differs "
            "between them; 512 by default, 0 leaves that out.",
            least=0,
        ),
    ] = None,
    of_update: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="What relsim update --out DIR wrote, in place of a scenario.",
        ),
    ] = None,
    plot: Annotated[Path | None, figure_file("Draw typical paths to the outcome")] = None,
    seed: Seed = 1,
    workers: Workers = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate the probability of an outcome that hardly any history meets.

    Histories that come near are copied and weigh less for it, or their weekly chances are added up.
    Prints the probability, how many sets of parameters carry it, and typical paths to the outcome.
    """
    from relsim.ensemble.opening import open_result
    from relsim.inference.rare.rarely import DRAWS, RUNS, rare_after
    from relsim.inference.rare.rarely import rare as estimated
    from relsim.inference.rare.table import page
    from relsim.inference.rare.ways import way_of
    from relsim.scenario.schema import load

    if (scenario is None) == (of_update is None):
        raise UsageError("give a scenario, or --from the folder of a saved update")
    if of_update is not None and (settings or draws):
        raise UsageError(
            "--from takes the draws of an update: --set and --draws go with a scenario"
        )
    if of_update is None:
        asked = load(str(scenario), settings or ())
    else:
        asked = open_result(of_update).scenario
    if plot is not None and outcome in asked.outcomes:
        _check_paths(way_of(asked, outcome), outcome)
    runs, draws = RUNS if runs is None else runs, DRAWS if draws is None else draws
    of_draws = 0 if of_update is not None else 32 * draws
    with progress("simulating", runs + of_draws) as advance:
        how = {"runs": runs, "seed": seed, "workers": workers or usable_cores()}
        if of_update is not None:
            found = rare_after(of_update, outcome, **how, progress=advance)
        else:
            found = estimated(asked, outcome, draws=draws, **how, progress=advance)
    if plot is not None and not found.outlines:
        note(f"{plot} is not drawn: no run that is told of reached {outcome}")
    if in_json:
        write_json(found.to_json())
    else:
        from relsim.story.paths import paths_text

        paths = paths_text(found)
        first, *rest = page(found)
        show_page([first, rest[0], *([paths] if paths else []), *rest[1:]])
    if plot is not None and found.outlines:
        from relsim.plots import climbs

        save_figure(climbs(found), plot)
        (note if in_json else show)(f"wrote {plot}")


def _check_paths(way: Way, outcome: str) -> None:
    """Refuse a figure of paths before anything is simulated, if there will be none."""
    if not way.levels:
        raise UsageError(
            f"no path is drawn of {outcome}: it is estimated by {way.method}, which copies no "
            "runs; leave out --plot"
        )
