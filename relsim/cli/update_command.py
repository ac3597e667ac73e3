"""``relsim update``: a forecast that moves with what happens in its term."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, show_page, write_json, written
from relsim.cli.events_command import HELD_OUT, day_of, read_record
from relsim.cli.options import (
    ScenarioName,
    Seed,
    Settings,
    Workers,
    counted,
    figure_file,
    option,
    to_write,
    usable_cores,
)
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError

if TYPE_CHECKING:
    from relsim.history.events import Event
    from relsim.inference.update.update import Update
    from relsim.scenario.schema import Scenario


def update(
    scenario: ScenarioName,
    events: Annotated[
        str,
        option(
            "FILE",
            f"What happened: a CSV file of events, see relsim events; or {HELD_OUT}, a record "
            "that comes with relsim.",
        ),
    ],
    through: Annotated[
        datetime.date,
        typer.Option(
            metavar="DATE", parser=day_of, help="The last day of which it is known what happened."
        ),
    ],
    settings: Settings = None,
    every: Annotated[
        str, option("SPAN", "Forecasts on the way, at the ends of: month, quarter, or none.")
    ] = "none",
    draws: Annotated[int, counted("Sets of parameters.")] = 256,
    runs: Annotated[int, counted("Simulated histories of each set of parameters.")] = 16,
    moves: Annotated[
        int, counted("Moves of all sets whenever fewer bear weight than half of --draws.")
    ] = 3,
    out: Annotated[
        Path | None, to_write("DIR", "Write the result of the last day, and update.json, here.")
    ] = None,
    as_scenario: Annotated[
        Path | None,
        to_write(
            "FILE",
            "Write the scenario as it stands on the last day, for run, compare, drivers "
            "and replay, to this new .yaml file.",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        to_write(
            "FILE", "Keep where it stands in this .npz file; go on from there, to a later day."
        ),
    ] = None,
    signposts: Annotated[
        datetime.date | None,
        typer.Option(
            metavar="DATE",
            parser=day_of,
            help="Also look for what relsim signposts --by DATE --from DIR asks of the result.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, figure_file("Draw the headline's probability through time")
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let a forecast move with what happened in its term.

    The sets of parameters are weighed by how likely they find each week, and moved where few bear
    weight. Prints each outcome's probability before and after, and what was least expected.
    """
    from relsim.inference.calibrate.posterior_file import check_place
    from relsim.inference.update.table import page
    from relsim.inference.update.update import update as updated
    from relsim.scenario.schema import load

    asked = load(scenario, settings or ())
    if signposts is not None:
        from relsim.inference.signposts.watchable import declared

        if signposts <= through:
            raise UsageError(f"--signposts takes a day after --through {through} (got {signposts})")
        asked = declared(asked, signposts)
    if out is not None and os.path.lexists(out):
        raise UsageError(f"{out} exists already: remove it, or name another one with --out")
    if as_scenario is not None:
        check_place(as_scenario)
    record = read_record(events, asked, in_term=True)
    _note_no_events(record, events, asked, through)
    with progress("weighing and moving draws", moves) as advance:
        found = updated(
            asked, record, through, every=every, draws=draws, runs=runs, moves=moves, seed=seed,
            workers=workers or usable_cores(), state=state, progress=advance,
        )  # fmt: skip
    if in_json:
        write_json(found.to_json())
    else:
        show_page(page(_without_signposts(found)))
    tell = note if in_json else show
    if out is not None:
        _write(found, out)
        tell(f"wrote {out}; try: relsim plot {out}")
    if as_scenario is not None:
        _undeclared(found).save_scenario(as_scenario)
        tell(f"wrote {as_scenario}; try: relsim drivers {as_scenario}")
    if plot is not None:
        from relsim.plots import probability_through_time

        save_figure(probability_through_time(found), plot)
        tell(f"wrote {plot}")


def _note_no_events(
    record: Sequence[Event], file: str, asked: Scenario, through: datetime.date
) -> None:
    """Say so if no event lies in the days that are weighed: perhaps it is another record."""
    known = asked.horizon.known_until or asked.horizon.start
    if not any(known < event.date <= through for event in record):
        first = known + datetime.timedelta(days=1)
        note(
            f"none of the {len(record):,} events of {file} lies in {first} to {through}: these "
            "days count as days on which nothing happened"
        )


def _without_signposts(found: Update) -> Update:
    """What is printed: the scenario's own outcomes."""
    from dataclasses import replace

    from relsim.inference.signposts.watchable import asked_outcomes

    stages = (
        replace(
            stage,
            probabilities={
                name: stage.probabilities[name] for name in asked_outcomes(stage.probabilities)
            },
        )
        for stage in found.stages
    )
    return replace(found, stages=tuple(stages))


def _undeclared(found: Update) -> Update:
    """The update of a scenario that does not ask for signposts."""
    from dataclasses import replace

    from relsim.inference.signposts.watchable import undeclared

    return replace(found, asked=undeclared(found.asked))


def _write(found: Update, folder: Path) -> None:
    from relsim.inference.update.onward_file import ONWARD_FILE, write_onward
    from relsim.runs.provenance import as_json

    found.ensemble.save(folder)
    with written(folder):
        if found.onward is not None:
            write_onward(found.onward, folder / ONWARD_FILE)
        (folder / "update.json").write_text(as_json(found.to_json()) + "\n", "utf-8")
