"""``relsim run``: simulate a scenario, print the outcomes, write the result."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from relsim.cli.console import note, plain_table, progress, terminal_table, write
from relsim.cli.options import ScenarioName, Settings
from relsim.errors import UsageError

if TYPE_CHECKING:
    from relsim.ensemble.ensemble import Ensemble
    from relsim.scenario.schema import Scenario

IN_PART = 3
RESULTS = Path("relsim-out")
LEGEND = (
    "MC error: standard error, since the runs are finitely many. 90% over draws: how far the\n"
    "probability differs between the sets of parameters held possible."
)


def run(
    scenario: ScenarioName,
    settings: Settings = None,
    runs: Annotated[
        int | None, typer.Option(min=1, help="Simulated histories; 32,768 by default.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Sets of parameters; by default one for 32 runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 1,
    precision: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            help="Instead of --runs and --draws: run until the Monte Carlo error of --outcome, by "
            "default of the scenario's headline, is at most P.",
        ),
    ] = None,
    max_runs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Where --precision ends though it is not reached; 1,048,576 by default."
        ),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Print this outcome alone. May be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Result folder, a new one; by default relsim-out/NAME."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one for each usable core.")
    ] = None,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write a result only if --out is given.")
    ] = False,
) -> None:
    """Simulate a scenario: how likely is each outcome?

    Prints a table of the outcomes, and writes result and figures to a folder.
    """
    from relsim.scenario.reading import load

    asked = load(scenario, settings or ())
    folder = out or (None if in_json else RESULTS / asked.name)
    if folder is not None and os.path.lexists(folder):
        raise UsageError(f"{folder} exists already: remove it, or name another one with --out")
    size = Size(runs, draws, precision, max_runs)
    ensemble = _simulated(asked, size, seed, workers or usable_cores(), outcome or ())
    if in_json:
        from relsim.ensemble.record import as_json

        write(as_json(ensemble.record(outcome)))
    else:
        write(told(ensemble, outcome))
    if folder is not None:
        _save(ensemble, folder, note if in_json else write)
    if ensemble.health.failed:
        note(f"done in part: {ensemble.health}, and are left out")
        raise typer.Exit(IN_PART)


def usable_cores() -> int:
    """Cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not every system can tell
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class Size(NamedTuple):
    """How large an ensemble is wished, as the options say it."""

    runs: int | None
    draws: int | None
    precision: float | None
    max_runs: int | None


def _simulated(
    scenario: Scenario, size: Size, seed: int, workers: int, outcomes: Sequence[str]
) -> Ensemble:
    """Simulate, after looking for mistakes that would show only at the end."""
    from relsim.ensemble.ensemble import check_outcome
    from relsim.simulate import plan_runs, simulate

    for name in outcomes:
        check_outcome(name, scenario.outcomes)
    if size.precision is not None:
        return _precise(scenario, size, seed, workers, outcomes)
    if size.max_runs is not None:
        raise UsageError("--max-runs goes with --precision")
    runs, draws = size.runs, size.draws
    total, per_draw = plan_runs(runs, draws)
    if total != (runs or total) or total // per_draw != (draws or total // per_draw):
        note(
            f"{total:,} runs over {total // per_draw:,} draws: rounded up to whole batches, of 64 "
            f"draws with {_counted(per_draw, 'run')} each"
        )
    with progress("simulating", total) as advance:
        return simulate(scenario, runs, draws, seed, workers=workers, progress=advance)


def _precise(
    scenario: Scenario, size: Size, seed: int, workers: int, outcomes: Sequence[str]
) -> Ensemble:
    """Simulate until one outcome is precise, and say whether it is."""
    from relsim.ensemble.precision import MOST_RUNS, Precision
    from relsim.simulate import plan_runs, simulate

    if size.runs is not None or size.draws is not None:
        raise UsageError("--precision settles runs and draws: bound it by --max-runs")
    if len(outcomes) > 1:
        raise UsageError("--precision is for one outcome: give --outcome once")
    most, per_draw = plan_runs(size.max_runs or MOST_RUNS, None)
    if most != (size.max_runs or most):
        note(
            f"at most {most:,} runs: rounded up to whole batches, of 64 draws with "
            f"{_counted(per_draw, 'run')} each"
        )
    with progress("simulating", most) as advance:
        ensemble = simulate(
            scenario,
            seed=seed,
            workers=workers,
            progress=advance,
            precision=size.precision,
            outcome=outcomes[0] if outcomes else None,
            max_runs=most,
        )
    note(str(Precision.of(ensemble.provenance)))
    return ensemble


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def told(ensemble: Ensemble, outcomes: Sequence[str] | None = None) -> str:
    """The outcomes as a reader at a terminal, or of a file, gets them."""
    from relsim.ensemble.limits import limits_of, unresolved
    from relsim.ensemble.table import HEADINGS, rows

    scenario, names = ensemble.scenario, outcomes or ensemble.outcomes
    table = rows(ensemble, names)
    if sys.stdout.isatty():
        bold = names.index(scenario.headline) if scenario.headline in names else None
        shown = terminal_table(HEADINGS, table, bold)
    else:
        shown = plain_table(HEADINGS, table)
    about = (
        f"{ensemble.runs:,} runs over {ensemble.draws:,} draws, seed {ensemble.seed}, "
        f"in {ensemble.elapsed_seconds:.1f} s; health: {ensemble.health}, {limits_of(ensemble)}"
    )
    warning = unresolved(ensemble, names)
    below = (LEGEND, warning, about) if warning else (LEGEND, about)
    return "\n".join((scenario.title, scenario.question, "", shown, "", *below))


def _save(ensemble: Ensemble, folder: Path, tell: Callable[[str], None]) -> None:
    from relsim.cli.plot import draw_figures
    from relsim.ensemble import store
    from relsim.plots import FIGURES

    began = time.perf_counter()
    with store.new_folder(folder) as part:
        store.write(ensemble, part)
        figures = draw_figures(ensemble, FIGURES, part / store.FIGURES)
        files = [store.TABLE, store.RECORD, *(f"{store.FIGURES}/{file.name}" for file in figures)]
    took = time.perf_counter() - began
    tell(f"wrote {folder} in {took:.1f} s: {', '.join(files)}, ...")
