"""``relsim replay``: one run as a dated story."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import is_terminal, note, paragraph_width, progress, write, write_json
from relsim.cli.options import Settings, counted, figure_file, option, seeded
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError
from relsim.scenario.files.places import is_url, place_of

if TYPE_CHECKING:
    from relsim.ensemble.ensemble import Ensemble
    from relsim.scenario.schema import Scenario
    from relsim.story.story import Story


def replay(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|RESULT",
            help="A packaged scenario's name, a file, or the folder or URL of a result.",
        ),
    ],
    run: Annotated[int, counted("Number of the run, from 0.", 0, "K")],
    settings: Settings = None,
    seed: Annotated[int | None, seeded("Seed of a scenario's ensemble; 1 by default.")] = None,
    runs: Annotated[int | None, counted("Its runs; 32,768 by default.")] = None,
    draws: Annotated[
        int | None, counted("Its sets of parameters; by default one for 32 runs.")
    ] = None,
    change: Annotated[
        str | None,
        option(
            '"DATE ACTOR MOVE"',
            "Force a move at the actor's first review on or after the date, or hold to keep "
            "it from moving; show what then differs.",
        ),
    ] = None,
    figure: Annotated[Path | None, figure_file("Draw the run's timeline")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print one run as a dated story, and why each outcome came about or did not.

    Each move comes with what pushed for it and against it, and the probability that it had. A
    result knows its own seed, runs and draws.
    """
    found = _source(source, settings or ())
    stories = _stories(found, run, seed, runs, draws, change)
    printed = stories[-1] if change is None else stories[-1].against(stories[0])
    if in_json:
        write_json(printed.to_json())
    else:
        # Lines of a file or a pipe would break anywhere.
        write(printed.text(paragraph_width() if is_terminal(sys.stdout) else None))
    if figure is not None:
        from relsim.plots import timeline

        save_figure(timeline(stories[-1]), figure)
        note(f"wrote {figure}")


def _source(source: str, settings: Sequence[str]) -> Scenario | Ensemble:
    """A result if it is a folder or a URL, else a scenario."""
    place = place_of(source)
    if is_url(place) or Path(place).is_dir():
        if settings:
            raise UsageError("--set changes a scenario, and a result has its own: leave it out")
        from relsim.ensemble.opening import open_result

        return open_result(source)
    from relsim.scenario.schema import load

    return load(source, settings)


def _stories(
    source: Scenario | Ensemble,
    run: int,
    seed: int | None,
    runs: int | None,
    draws: int | None,
    change: str | None,
) -> list[Story]:
    """The run as it was, then, if something is changed, as it is with the change."""
    from relsim.story.replay import replay

    wishes = [None] if change is None else [None, change]
    stories = []
    with progress("replaying", len(wishes)) as advance:
        for number, wish in enumerate(wishes, start=1):
            stories.append(replay(source, run, seed=seed, runs=runs, draws=draws, change=wish))
            advance(number, len(wishes))
    return stories
