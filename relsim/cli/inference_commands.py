"""``relsim compare``, ``drivers``, ``calibrate``: what follows from many ensembles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, show_page, write_json, written
from relsim.cli.options import (
    IN_PART,
    MOST_SHOWN,
    RESULTS,
    Condition,
    Draws,
    Runs,
    ScenarioName,
    Seed,
    Settings,
    Workers,
    counted,
    figure_file,
    local,
    option,
    planned,
    to_write,
    usable_cores,
)
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError
from relsim.scenario.files.places import local_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relsim.inference.calibrate.calibration import Calibration
    from relsim.inference.calibrate.learning import HistoryCalibration
    from relsim.inference.compare.compare import Comparison
    from relsim.inference.drivers.ablations import Ablation
    from relsim.inference.drivers.drivers import Drivers
    from relsim.scenario.schema import Scenario
    from relsim.tables import Page

FORECASTS, HISTORY = "forecasts", "history"
BOTH = f"{HISTORY},{FORECASTS}"


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
    draws: Draws = None,
    seed: Seed = 1,
    workers: Workers = None,
    outcome: Annotated[
        str | None,
        option("NAME", "The outcome whose difference is taken apart; by default the headline."),
    ] = None,
    no_attribution: Annotated[
        bool,
        typer.Option("--no-attribution", help="Do not take differences apart by changed lines."),
    ] = False,
    out: Annotated[
        Path | None, to_write("DIR", "A new folder for the table (CSV), the JSON, the figure.")
    ] = None,
    figure: Annotated[Path | None, figure_file("Draw the differences")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare variants with a baseline, run by run: what do they change, and which line does it?

    All scenarios share parameters and random streams, so that a run differs only by what a variant
    changes. Each difference comes with its Monte Carlo error, its interval over draws, and the
    variance that pairing saved; that of one outcome is shared out over the lines in which the
    variant differs.
    """
    from relsim.ensemble.data import check_outcome
    from relsim.inference.compare.compare import compare as compared
    from relsim.inference.compare.table import page

    if out is not None and os.path.lexists(out):
        raise UsageError(f"{out} exists already: remove it, or name another folder")
    baseline, *variants = _scenarios(scenarios, settings or ())
    aim = outcome or baseline.headline
    check_outcome(aim, baseline.outcomes)
    total = planned(runs, draws) * (1 + len(variants))
    with progress("comparing", total) as advance:
        found = compared(
            baseline, *variants, runs=runs, draws=draws, seed=seed,
            workers=workers or usable_cores(), attribution=not no_attribution, progress=advance,
        )  # fmt: skip
    if in_json:
        write_json(found.to_json())
    else:
        show_page(page(found, aim))
    if out is not None:
        _write_comparison(found, aim, out)
    if figure is not None:
        save_figure(_differences(found, aim), figure)
        note(f"wrote {figure}")
    if found.failed_runs:
        for failure in found.all_failures[:MOST_SHOWN]:
            note(str(failure))
        raise typer.Exit(IN_PART)


def _scenarios(names: Sequence[str], settings: Sequence[str]) -> list[Scenario]:
    """The baseline, its variants, and the baseline changed by settings."""
    from relsim.scenario.schema import load

    if len(names) == 1 and not settings:
        raise UsageError(
            f"compare {names[0]} with what? Name a variant (relsim list), or change an entry: "
            "--set actors.US.stake=0.5"
        )
    changed = [load(names[0], settings)] if settings else []
    return [*map(load, names), *changed]


def _write_comparison(found: Comparison, outcome: str, folder: Path) -> None:
    """Write table, record and figure into a new folder."""
    from relsim.inference.compare.table import full_table
    from relsim.runs.provenance import as_json

    table, record, figure = (folder / f"comparison.{suffix}" for suffix in ("csv", "json", "png"))
    with written(folder):
        folder.mkdir(parents=True)
        table.write_text(full_table(found).csv(), "utf-8")
        record.write_text(as_json(found.to_json()) + "\n", "utf-8")
    save_figure(_differences(found, outcome), figure)
    note(f"wrote {folder}: {table.name}, {record.name}, {figure.name}")


def _differences(found: Comparison, outcome: str) -> Axes:
    """One variant with all outcomes, or one outcome in all variants."""
    from relsim.plots import differences

    subject = None if len(found.variants) == 1 else outcome
    return differences(found, subject, asked=outcome)


def drivers(
    scenario: ScenarioName,
    settings: Settings = None,
    outcome: Annotated[str | None, option("NAME", "By default the scenario's headline.")] = None,
    runs: Runs = None,
    draws: Annotated[
        int | None,
        counted(
            "Sets of parameters; by default one for 8 runs, or 16 with --given, 1,024 at least."
        ),
    ] = None,
    given: Condition = None,
    seed: Seed = 1,
    top: Annotated[
        int, counted("Parameters to find total effect and curve of; 12 by default.", least=0)
    ] = 12,
    ablations: Annotated[
        str | None,
        option("FILE", "Claims to take away, instead of the list of the scenario's name."),
    ] = None,
    no_ablations: Annotated[
        bool, typer.Option("--no-ablations", help="Take no claim away; much quicker.")
    ] = False,
    out: Annotated[
        Path | None,
        to_write(
            "DIR",
            "A new folder for record and figures; by default relsim-out/NAME-drivers-OUTCOME, "
            "with -given after it where --given is.",
        ),
    ] = None,
    workers: Workers = None,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write a folder only if --out is given.")
    ] = False,
) -> None:
    """Say what drives an outcome: which parameters, which claims, and how much is chance.

    Prints first-order and total effects of the parameters that matter, and what taking each claim
    away changes; writes a record and figures to a folder. With --given all of it is of the runs
    that meet a condition, without total effects and claims.
    """
    from relsim.ensemble.data import check_outcome
    from relsim.inference.drivers.drivers import drivers as find
    from relsim.inference.drivers.drivers import sizes
    from relsim.inference.drivers.table import page
    from relsim.scenario.given import premise_of
    from relsim.scenario.schema import load

    asked = load(scenario, settings or ())
    name = outcome or asked.headline
    check_outcome(name, asked.outcomes)
    if given is not None and ablations is not None:
        raise UsageError("--given takes no claim away: leave out --ablations")
    if no_ablations and ablations is not None:
        raise UsageError("--ablations and --no-ablations contradict each other")
    if given is not None:
        premise_of(asked, given)  # a mistake is told before anything is simulated
    total, of_draws = sizes(runs, draws, given=given is not None)
    if (runs or total, draws or of_draws) != (total, of_draws):
        note(
            f"{total:,} runs over {of_draws:,} draws: rounded up to whole batches of 64 draws, "
            "with 2, 4, 8, ... runs a draw"
        )
    beside = RESULTS / f"{asked.name}-drivers-{name}{'-given' * (given is not None)}"
    folder = out or (None if in_json else beside)
    if folder is not None and os.path.lexists(folder):
        raise UsageError(f"{folder} exists already: remove it, or name another one with --out")
    none = no_ablations or given is not None
    claims = () if none else _claims(asked, ablations)  # last, as it takes seconds
    with progress("simulating", total) as advance:
        found = find(
            asked, name, total, of_draws, seed,
            workers=workers or usable_cores(), ablations=claims, top=top, given=given,
            progress=advance,
        )  # fmt: skip
    if in_json:
        write_json(found.to_json())
    else:
        show_page(page(found))
    if folder is not None:
        files = _write_drivers(found, folder)
        (note if in_json else show)(f"wrote {folder}: {', '.join(files)}")
    if found.failures:
        note(f"done in part: {len(found.failures)} chunks broke off; {found.failures[0]}")
        raise typer.Exit(IN_PART)


def _claims(scenario: Scenario, file: str | None) -> Sequence[Ablation]:
    from relsim.inference.drivers.ablations import ablations

    claims = ablations(scenario, file)
    if not claims:
        note(f"no claim is taken away: {scenario.name} has no list of ablations, see --ablations")
    return claims


def _write_drivers(found: Drivers, folder: Path) -> list[str]:
    """Write record and figures into a new folder; the names of the files."""
    from relsim.plots import save
    from relsim.plots.sensitivity import figures
    from relsim.runs.provenance import as_json

    record = folder / "drivers.json"
    with written(folder):
        folder.mkdir(parents=True)
        record.write_text(as_json(found.to_json()) + "\n", "utf-8")
    drawn = [save(figure, folder / f"{name}.png") for name, figure in figures(found).items()]
    return [file.name for file in (record, *drawn)]


def calibrate(
    scenario: ScenarioName,
    to: Annotated[
        str,
        option("WHAT", "What to calibrate to: forecasts, history, or history,forecasts."),
    ] = FORECASTS,
    settings: Settings = None,
    runs: Annotated[
        int | None, counted("Runs to begin with; 65,536 by default, doubled if needed.")
    ] = None,
    draws: Annotated[
        int | None, counted("Sets of parameters; by default 1,024, to history 512.")
    ] = None,
    reliability: Annotated[
        float,
        typer.Option(min=0, max=1, help="Probability that the author's words are informative."),
    ] = 0.8,
    max_runs: Annotated[
        int, counted("Where doubling ends though few draws bear weight.")
    ] = 262_144,
    past: Annotated[
        str | None,
        option("NAME|FILE", "To history: scenario of the time before; us-russia-1993 by default."),
    ] = None,
    events: Annotated[
        Path | None, local("FILE", "To history: the record of moves; the packaged one by default.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", help="Where the record begins; eight years before the term."
        ),
    ] = None,
    through: Annotated[
        str | None, option("DATE", "Where it ends; by default the last day that is known.")
    ] = None,
    carry: Annotated[
        list[str] | None,
        option("PATH", "To history: what a change of leaders leaves as it is. May be repeated."),
    ] = None,
    inner_runs: Annotated[
        int | None,
        counted(
            "To history: runs of each set of parameters that are led along the record; 16 by "
            "default."
        ),
    ] = None,
    state: Annotated[
        Path | None,
        to_write(
            "FILE", "To history: keep where it stands in this .npz file; go on if it is there."
        ),
    ] = None,
    rows: Annotated[
        int | None, counted("To history: draws to write, evenly spaced; by default all.")
    ] = None,
    out: Annotated[
        Path | None, to_write("FILE", "File to write; by default NAME-calibrated.yaml.")
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write files only if --out is given.")
    ] = False,
) -> None:
    """Let the sets of parameters learn from the scenario's forecasts, or from a record of moves.

    To forecasts: prints each forecast's words, what they mean, and the model's probability before
    and after. To history: prints what the parameters learned from the moves of the years before.
    Writes a scenario file that extends the old one, with the draws beside it.
    """
    from relsim.inference.calibrate.posterior_file import check_place
    from relsim.scenario.schema import load

    if rows is not None and rows > (draws or rows):
        raise UsageError(f"--rows must be at most --draws, {draws} (got {rows})")
    if to not in (FORECASTS, HISTORY, BOTH):
        raise UsageError(f"--to takes {FORECASTS}, {HISTORY} or {BOTH} (got {to!r:.60})")
    asked = load(scenario, settings or ())
    file = out or (None if in_json else _beside(scenario, asked.name))
    if file is not None:
        check_place(file)
    given = seed, workers or usable_cores()
    found: Calibration | HistoryCalibration
    if to == FORECASTS:
        found, shown = _to_forecasts(asked, runs, draws, max_runs, reliability, *given)
        _warn_of_few(found)
        if file is not None:
            found.save(file, scenario)
    else:
        if runs is not None:
            raise UsageError("--runs goes with --to forecasts; to history there are --inner-runs")
        span = _date("--from", since), _date("--through", through)
        before = None if past is None else load(past)
        found, shown = _to_history(
            asked, before, events, span, carry or (), draws, inner_runs, to == BOTH, reliability,
            state, *given,
        )  # fmt: skip
        if file is not None:
            found.save(file, scenario, rows)
    if in_json:
        write_json(found.to_json() | {"file": None if file is None else str(file)})
    else:
        show_page(shown)
    if file is not None:
        figure = _draw_learned(file)
        (note if in_json else show)(f"wrote {file}, its draws and {figure}; try: relsim run {file}")


def _draw_learned(file: Path) -> Path:
    """Draw prior and posterior of what a written scenario has learned, beside it."""
    from relsim.plots import learned
    from relsim.scenario.schema import load

    figure = file.with_name(f"{file.stem}.learned.png")
    save_figure(learned(load(file)), figure)
    return figure


def _warn_of_few(found: Calibration) -> None:
    if not found.resolved:
        note(
            f"only {found.effective_sample_size:.0f} draws bear weight: the forecasts lie far from "
            "what the scenario holds possible; raise --max-runs, or widen its distributions"
        )


def _to_forecasts(
    asked: Scenario, runs: int | None, draws: int | None, max_runs: int, reliability: float,
    seed: int, workers: int,
) -> tuple[Calibration, Page]:  # fmt: skip
    from relsim.inference.calibrate.calibration import RUNS, calibrate, page

    with progress("simulating", runs or RUNS) as advance:
        found = calibrate(
            asked, runs, draws, seed, workers, reliability, max_runs, progress=advance
        )
    return found, page(found)


def _to_history(
    asked: Scenario, past: Scenario | None, events: Path | None,
    span: tuple[date | None, date | None], carry: Sequence[str], draws: int | None,
    inner_runs: int | None, forecasts: bool, reliability: float, state: Path | None, seed: int,
    workers: int,
) -> tuple[HistoryCalibration, Page]:  # fmt: skip
    from relsim.history.events import events_until, read_events
    from relsim.inference.calibrate.history import RUNS, known_day
    from relsim.inference.calibrate.learning import DRAWS, PAST, calibrate_to_history, page
    from relsim.scenario.schema import load

    past = past or load(PAST)
    record = None
    if events is not None:
        record = events_until(read_events(events, past, in_term=True), known_day(asked))
    with progress("tempering, thousandths", 1000) as advance:
        found = calibrate_to_history(
            asked, past, record, *span, carry, draws=draws or DRAWS, inner_runs=inner_runs or RUNS,
            seed=seed, workers=workers, forecasts=forecasts, reliability=reliability,
            state=state, progress=advance,
        )  # fmt: skip
    return found, page(found)


def _date(name: str, written: str | None) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UsageError(f"{name} takes a date such as 2013-01-20 (got {written!r:.40})") from None


def _beside(scenario: str, name: str) -> Path:
    """Beside the scenario's file, so that it can be extended; a packaged one's, right here."""
    from relsim.scenario.files.places import packaged

    folder = Path() if scenario in packaged() else local_path(scenario).parent
    return folder / f"{name}-calibrated.yaml"
