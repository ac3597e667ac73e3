"""``relsim signposts``: what to watch by a date, what it tells, what doing it would do."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show_page, write_json
from relsim.cli.events_command import day_of
from relsim.cli.options import (
    IN_PART,
    Condition,
    Draws,
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
    from relsim.inference.signposts.signposts import Signposts


def signposts(
    by: Annotated[
        datetime.date,
        typer.Option(
            "--by", metavar="DATE", parser=day_of, help="The last day on which something is seen."
        ),
    ],
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO", help="A packaged scenario's name, or a file; or else --from."
        ),
    ] = None,
    outcome: Annotated[str | None, option("NAME", "By default the scenario's headline.")] = None,
    settings: Settings = None,
    runs: Annotated[int | None, counted("Simulated histories; 16,384 by default.")] = None,
    draws: Draws = None,
    seed: Seed = 1,
    top: Annotated[int, counted("At most so many signposts; 8 by default.")] = 8,
    given: Condition = None,
    no_doing: Annotated[
        bool, typer.Option("--no-doing", help="Do not bring any move about; much quicker.")
    ] = False,
    of_update: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="What relsim update --signposts DATE --out DIR wrote, in place of a scenario.",
        ),
    ] = None,
    figure: Annotated[Path | None, figure_file("Draw seeing and doing beside each other")] = None,
    workers: Workers = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what to watch by a date: what tells most of an outcome, and what doing it would do.

    Seeing: the outcome's probability in the runs that see a deed or a level by the date, and in
    those that do not. Doing: its probability if the move is brought about in all runs, and if it
    is kept from all, with the same random numbers.
    """
    from relsim.inference.signposts.signposts import signposts as found_in
    from relsim.inference.signposts.signposts import sizes
    from relsim.inference.signposts.table import page
    from relsim.scenario.schema import load

    if (scenario is None) == (of_update is None):
        raise UsageError("give a scenario, or --from the folder of a saved update")
    if of_update is not None:
        if settings or runs or draws or seed != 1 or no_doing:
            raise UsageError(
                "--from takes the runs of an update as they are: --set, --runs, --draws, --seed "
                "and --no-doing go with a scenario"
            )
        found = _in_update(of_update, outcome, by, given, top)
    else:
        asked = load(str(scenario), settings or ())
        total, of_draws = sizes(runs, draws)
        if total != (runs or total) or of_draws != (draws or of_draws):
            size = f"{total:,} runs over {of_draws:,} draws"
            note(f"{size}: rounded up to an even number of batches of 64 draws")
        with progress("simulating", total) as advance:
            found = found_in(
                asked, outcome, by, total, of_draws, seed, workers=workers or usable_cores(),
                given=given, top=top, doing=not no_doing, progress=advance,
            )  # fmt: skip
    if in_json:
        write_json(found.to_json())
    else:
        show_page(page(found))
    if figure is not None:
        from relsim.plots import signposts as drawn

        save_figure(drawn(found), figure)
        note(f"wrote {figure}")
    if found.failures:
        note(f"done in part: {len(found.failures)} chunks broke off; {found.failures[0]}")
        raise typer.Exit(IN_PART)


def _in_update(
    folder: Path, outcome: str | None, by: datetime.date, given: str | None, top: int
) -> Signposts:
    """Signposts in the runs of a saved update."""
    from relsim.ensemble.opening import open_result
    from relsim.inference.signposts.signposts import signposts_in
    from relsim.runs.provenance import UPDATED_THROUGH

    ensemble = open_result(folder)
    through = ensemble.provenance.get(UPDATED_THROUGH)
    if through is None:
        raise UsageError(
            f"{folder} is no update: name its scenario, relsim signposts {ensemble.scenario.name}"
        )
    if by <= datetime.date.fromisoformat(str(through)):
        raise UsageError(f"{folder} knows what happened through {through}: --by a later day")
    if given is not None:
        ensemble = ensemble.given(given)
    return signposts_in(ensemble, outcome or ensemble.scenario.headline, by, top)
