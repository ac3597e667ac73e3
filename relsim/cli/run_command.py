"""``relsim run``: simulate a scenario, print the outcomes, write the result."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from relsim.cli.console import note, progress, show, show_page, write_json
from relsim.cli.options import (
    BAD_INPUT,
    IN_PART,
    INTERRUPTED,
    MOST_SHOWN,
    RESULTS,
    Condition,
    Draws,
    Runs,
    ScenarioName,
    Seed,
    Settings,
    Workers,
    count_of,
    counted,
    note_rounded,
    option,
    planned,
    usable_cores,
    writable,
)
from relsim.cli.report_command import report_beside
from relsim.errors import SimulationError, StoreError, UsageError
from relsim.scenario.files.places import is_url

if TYPE_CHECKING:
    from relsim.ensemble.ensemble import Ensemble
    from relsim.estimates.base_rate import BaseRate
    from relsim.inference.rare.rarely import Rare
    from relsim.scenario.given import Premise
    from relsim.scenario.schema import Scenario


def _result_folder(given: str) -> Path:
    """The folder that --out names."""
    if is_url(given):
        raise UsageError(
            f"--out {given} is a URL: a run is written chunk by chunk to a local folder, so that "
            "it can be resumed. Name one, and copy the finished result in Python: "
            f'relsim.open("DIR").save("{given}")'
        )
    return writable(given)


Precise = Annotated[
    float | None,
    option(
        "P",
        "Instead of --runs and --draws: run until the Monte Carlo error of --outcome, by "
        "default of the scenario's headline, is at most P.",
    ),
]
MostRuns = Annotated[
    int | None,
    counted("Where --precision ends though it is not reached; 1,048,576 by default."),
]
Outcomes = Annotated[list[str] | None, option("NAME", "Print this outcome alone. May be repeated.")]
Out = Annotated[
    Path | None,
    typer.Option(
        parser=_result_folder,
        metavar="DIR",
        help="Result folder, a new one; by default relsim-out/NAME.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the result folder of a run that was broken off."),
]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace",
        help="Take the place of the last result of this scenario that --replace wrote.",
    ),
]
CompareRules = Annotated[
    bool,
    typer.Option(
        "--rules",
        help="Also simulate 4,096 runs under each decision rule: how far does the headline "
        "hang on how the two sides choose?",
    ),
]
Report = Annotated[
    bool,
    typer.Option(
        "--report",
        help="Also write a page to hand over, report.html, beside the result (see relsim report).",
    ),
]
InJson = Annotated[
    bool, typer.Option("--json", help="Print JSON; write a result only if --out is given.")
]


def run(
    scenario: ScenarioName,
    settings: Settings = None,
    runs: Runs = None,
    draws: Draws = None,
    seed: Seed = 1,
    precision: Precise = None,
    max_runs: MostRuns = None,
    outcome: Outcomes = None,
    given: Condition = None,
    out: Out = None,
    workers: Workers = None,
    resume: Resume = False,
    replace: Replace = False,
    rules: CompareRules = False,
    report: Report = False,
    in_json: InJson = False,
) -> None:
    """Simulate a scenario: how likely is each outcome?

    Prints a table of the outcomes, and writes result and figures to a folder. With --given the
    table is of the runs that meet the condition, and result and figures are of all runs.
    """
    asked, premise = _asked(scenario, settings or (), given, precision)
    size = Size(runs, draws, precision, max_runs, seed, workers or usable_cores())
    chosen = outcome or ()
    _refuse_mistakes(asked, size, chosen)
    folder = _folder(scenario, asked.name, size, out, in_json, resume, replace)
    if report and folder is None:
        raise UsageError("--report writes its page beside the result: name a folder with --out")
    with _say_how_to_resume(folder), marked(scenario, folder if replace else None):
        ensemble = _simulated(asked, size, chosen, folder, resume, rules)
    if premise is None:
        found = _print_all(ensemble, outcome, size.workers, in_json)
    else:
        found = {}
        _print(_meeting(ensemble, premise, folder), outcome, in_json)
    if folder is not None:
        tell = note if in_json else show
        _draw(ensemble, folder, tell)
        if premise is not None:
            meant = _called(premise.outcomes)
            how = shlex.join(("relsim", "plot", str(folder), "--given", meant))
            note(f"figures of the runs that meet the condition: {how}")
        if report:
            tell(f"report to hand over: {report_beside(ensemble, folder, [*found.values()])}")
    if ensemble.health.failed:
        _note_failures(ensemble, _replaying(ensemble, scenario, settings or (), folder))
        raise typer.Exit(IN_PART)


def _asked(
    name: str, settings: Sequence[str], given: str | None, precision: float | None
) -> tuple[Scenario, Premise | None]:
    """The scenario, which asks for the condition of --given, too, and what that condition means."""
    from relsim.scenario.given import premise_of
    from relsim.scenario.schema import load

    asked = load(name, settings)
    if given is None:
        return asked, None
    premise = premise_of(asked, given)
    if precision is not None:
        raise UsageError(
            "--precision is that of all runs, and --given prints those that meet the condition: "
            "give --runs in place of --precision"
        )
    return premise.scenario, premise


def _print_all(
    ensemble: Ensemble, outcomes: Sequence[str] | None, workers: int, in_json: bool
) -> dict[str, Rare]:
    """Print the outcomes of all runs beside their base rates; those that too few hit, see there."""
    from relsim.history.base_rates import base_rates

    found = _by_other_means(ensemble, outcomes or (), workers)
    _print(ensemble, outcomes, in_json, base_rates(ensemble.scenario), found)
    return found


def _print(
    ensemble: Ensemble,
    outcomes: Sequence[str] | None,
    in_json: bool,
    rates: Mapping[str, BaseRate] | None = None,
    found: Mapping[str, Rare] = MappingProxyType({}),
) -> None:
    """Print the table of outcomes, or JSON; `found` are those that were estimated otherwise."""
    if in_json:
        beside = {"rare": {name: one.to_json() for name, one in found.items()}} if found else {}
        write_json(ensemble.record(outcomes, rates) | beside)
        return
    from relsim.ensemble.summary import page

    show_page(page(ensemble, outcomes, rates, {name: one.instead for name, one in found.items()}))


def _meeting(ensemble: Ensemble, premise: Premise, folder: Path | None) -> Ensemble:
    """The runs that meet a condition; if they are too few, say where all runs are."""
    try:
        return ensemble.given(premise.outcomes)
    except UsageError as error:
        kept = "" if folder is None else f". All runs are in {folder}"
        raise UsageError(f"{error}{kept}") from None


def _called(outcomes: Mapping[str, bool]) -> str:
    """Outcomes that come about or not, as --given takes them."""
    if len(outcomes) > 1:
        pairs = (f"{name}: {str(holds).lower()}" for name, holds in outcomes.items())
        return f"{{{', '.join(pairs)}}}"
    ((name, holds),) = outcomes.items()
    return name if holds else f"not {name}"


class Size(NamedTuple):
    """How large an ensemble is wished, and how it is simulated, as the options say it."""

    runs: int | None
    draws: int | None
    precision: float | None
    max_runs: int | None
    seed: int
    workers: int


def _refuse_mistakes(scenario: Scenario, size: Size, outcomes: Sequence[str]) -> None:
    """Refuse what would show only later, or at the end."""
    from relsim.ensemble.data import check_outcome
    from relsim.simulate import plan_runs

    for name in outcomes:
        check_outcome(name, scenario.outcomes)
    if size.precision is None:
        if size.max_runs is not None:
            raise UsageError("--max-runs goes with --precision")
        plan_runs(size.runs, size.draws)
        return
    if size.runs is not None or size.draws is not None:
        raise UsageError("--precision settles runs and draws: bound it by --max-runs")
    if len(outcomes) > 1:
        raise UsageError("--precision is for one outcome: give --outcome once")


def _folder(
    scenario: str,
    name: str,
    size: Size,
    out: Path | None,
    in_json: bool,
    resume: bool,
    replace: bool,
) -> Path | None:
    """Where the result goes, if anywhere; what it takes the place of is removed."""
    folder = out or (None if in_json else RESULTS / name)
    if resume and folder is None:
        raise UsageError("--resume needs the folder to go on with: name it with --out")
    if resume and size.precision is not None:
        raise UsageError("--precision cannot be resumed: its result is written when it is reached")
    if replace and resume:
        raise UsageError("--replace begins anew and --resume goes on: give one")
    if replace and folder is None:
        raise UsageError("--json writes no result to take a place: name a folder with --out")
    if folder is not None:
        from relsim.store.folder import refuse_optimised

        refuse_optimised()  # before anything is simulated that could not be kept
    if replace:
        return place_for(scenario, name, RESULTS, out)
    if folder is not None and os.path.lexists(folder) and not resume:
        raise UsageError(
            f"{folder} exists already: go on with it by --resume, remove it, or name another one "
            "with --out"
        )
    return folder


def _simulated(
    scenario: Scenario,
    size: Size,
    outcomes: Sequence[str],
    folder: Path | None,
    resume: bool,
    rules: bool,
) -> Ensemble:
    """Simulate as many runs as are asked for, or until one outcome is precise."""
    from relsim.estimates.precision import MOST_RUNS, Precision
    from relsim.simulate import plan_runs, simulate

    if size.precision is None:
        with progress("simulating", planned(size.runs, size.draws)) as advance:
            return simulate(
                scenario, size.runs, size.draws, size.seed,
                workers=size.workers, progress=advance, folder=folder, resume=resume,
                compare_rules=rules,
            )  # fmt: skip
    most, per_draw = plan_runs(size.max_runs or MOST_RUNS, None)
    if most != (size.max_runs or most):
        note_rounded(f"at most {most:,} runs", per_draw)
    with progress("simulating", most) as advance:
        ensemble = simulate(
            scenario, seed=size.seed, workers=size.workers, progress=advance,
            precision=size.precision, outcome=outcomes[0] if outcomes else None, max_runs=most,
            compare_rules=rules,
        )  # fmt: skip
    note(str(Precision.of(ensemble.provenance)))
    if folder is not None:
        ensemble.save(folder)
    return ensemble


def _by_other_means(ensemble: Ensemble, outcomes: Sequence[str], workers: int) -> dict[str, Rare]:
    """Outcomes that too few runs hit, estimated as `relsim rare` does."""
    from relsim.inference.rare.rarely import instead_of_plain

    with progress("simulating outcomes that too few runs hit", ensemble.runs) as advance:
        return instead_of_plain(ensemble, outcomes, workers, advance)


@contextmanager
def _say_how_to_resume(folder: Path | None) -> Iterator[None]:
    """Whatever breaks off a run, say that what was finished is kept."""
    try:
        yield
    except KeyboardInterrupt:
        kept = _kept(folder)
        note(f"interrupted{kept and ': '}{kept}")
        raise typer.Exit(INTERRUPTED) from None
    except SimulationError as error:
        note(str(error))
        if kept := _kept(folder):
            note(kept)
        raise typer.Exit(BAD_INPUT) from None


def _kept(folder: Path | None) -> str:
    """What to say of a result that is not finished; nothing if there is none."""
    from relsim.store.manifest import MANIFEST

    if folder is None or not (folder / MANIFEST).is_file():
        return ""
    return f"what is finished is kept in {folder}; the same command with --resume goes on"


def _note_failures(ensemble: Ensemble, replaying: str) -> None:
    """Say which runs failed, and how to see it."""
    note(f"done in part: {ensemble.health}, and are left out")
    for failure in ensemble.failures[:MOST_SHOWN]:
        note(f"{failure}\n  see it with: {replaying} --run {failure.run}")
    if rest := ensemble.failures[MOST_SHOWN:]:
        note(f"and {count_of(len(rest), 'more chunk')}")
    broken = {run for f in ensemble.failures for run in range(f.first_run, f.last_run + 1)}
    alone = [int(run) for run in ensemble.failed_runs if run not in broken]
    if alone:
        draw = ensemble.draw_of_run[alone[0]]
        note(
            f"{count_of(len(alone), 'run')} with a number that is not finite, the first is run "
            f"{alone[0]:,}, draw {draw:,}\n  see it with: {replaying} --run {alone[0]}"
        )


def _replaying(
    ensemble: Ensemble, scenario: str, settings: Sequence[str], folder: Path | None
) -> str:
    """The command that replays runs of an ensemble, without the run's number."""
    if folder is not None:
        return shlex.join(("relsim", "replay", str(folder)))
    given = [word for setting in settings for word in ("--set", setting)]
    numbers = {"--seed": ensemble.seed, "--runs": ensemble.runs, "--draws": ensemble.draws}
    given += [str(word) for pair in numbers.items() for word in pair]
    return shlex.join(("relsim", "replay", scenario, *given))


def _draw(ensemble: Ensemble, folder: Path, say: Callable[[str], None]) -> None:
    from relsim.cli.plot_command import draw_figures, figures_folder
    from relsim.plots import USUAL
    from relsim.store.folder import RECORD, TABLE

    figures = draw_figures(ensemble, USUAL, figures_folder(folder))
    files = [TABLE, RECORD, *(file.relative_to(folder).as_posix() for file in figures)]
    say(f"wrote {folder}: {', '.join(files)}, ...")


MARK = ".replaceable"  # says of which scenario, so that another's result is not removed


def place_for(scenario: str, name: str, results: Path, out: Path | None) -> Path:
    """The folder for a new result, which is not there any more.

    Only what an earlier ``--replace`` of the same scenario wrote is removed: of the same packaged
    name, or of the file at the same path, whatever is written in it by now.

    Parameters
    ----------
    scenario : str
        As the user named it.
    name : str
        Its name, after which the folder is called; with a number if another scenario of that name
        has the folder.
    results : Path
        The folder of all results.
    out : Path, optional
        The folder that the user wishes.

    Raises
    ------
    StoreError
        If `out` is something else, or the earlier result holds what relsim did not write.
    """
    from relsim.plots import FIGURES
    from relsim.store.folder import remove_result

    places = (
        [out]
        if out is not None
        else (results / (name if n == 1 else f"{name}-{n}") for n in count(1))
    )
    place = next((p for p in places if not os.path.lexists(p) or _made_of(scenario, p)), None)
    if place is None:
        raise StoreError(
            f"{out} is no result that an earlier --replace of {scenario} wrote: remove it "
            "yourself, or name another one with --out"
        )
    if os.path.lexists(place):
        figures = [f"{name}.png" for name in FIGURES]
        remove_result(place, besides=(MARK,), figures=figures)
    return place


@contextmanager
def marked(scenario: str, folder: Path | None) -> Iterator[None]:
    """Let the result that is written meanwhile be replaced later, also if it is broken off."""
    try:
        yield
    except StoreError:  # the folder may be somebody else's
        folder = None
        raise
    finally:
        if folder is not None:
            with suppress(OSError):  # a full disk, or nothing was begun
                (folder / MARK).write_text(_source(scenario), "utf-8")


def _made_of(scenario: str, folder: Path) -> bool:
    file = folder / MARK
    with suppress(OSError, ValueError):
        if not folder.is_symlink() and file.is_file() and not file.is_symlink():
            return file.read_text("utf-8") == _source(scenario)
    return False


def _source(scenario: str) -> str:
    """What identifies a scenario, without saying where its file is."""
    from relsim.scenario.files.places import packaged

    kind, where = "file", os.fsencode(Path(scenario).resolve())
    if scenario in packaged():
        kind, where = "packaged", scenario.encode()
    return f"{kind} {hashlib.sha256(where).hexdigest()}\n"
