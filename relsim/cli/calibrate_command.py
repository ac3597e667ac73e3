"""``relsim calibrate``: weigh the draws by what an author forecast, and write the posterior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, show, show_page, write
from relsim.cli.options import ScenarioName, Seed, Settings, Workers, counted, usable_cores
from relsim.errors import UsageError
from relsim.scenario.files.places import local_path

if TYPE_CHECKING:
    pass

FORECASTS = "forecasts"


def calibrate(
    scenario: ScenarioName,
    to: Annotated[
        str, typer.Option(metavar="WHAT", help="What to calibrate to: forecasts.")
    ] = FORECASTS,
    settings: Settings = None,
    runs: Annotated[
        int | None,
        counted("Runs to begin with; 65,536 by default, doubled if needed."),
    ] = None,
    draws: Annotated[int | None, counted("Sets of parameters; by default 1,024.")] = None,
    reliability: Annotated[
        float,
        typer.Option(min=0, max=1, help="Probability that the author's words are informative."),
    ] = 0.8,
    max_runs: Annotated[
        int, counted("Where doubling ends though few draws bear weight.")
    ] = 262_144,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=local_path,
            metavar="FILE",
            help="File to write; by default NAME-calibrated.yaml.",
        ),
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write files only if --out is given.")
    ] = False,
) -> None:
    """Weigh the sets of parameters by how well they fit the scenario's forecasts.

    Prints each forecast's words, what they mean, and the model's probability before and after;
    writes a scenario file that extends the old one, with the weighted draws beside it.
    """
    from relsim.inference.calibrate.calibration import RUNS
    from relsim.inference.calibrate.calibration import calibrate as calibrated
    from relsim.inference.calibrate.posterior_file import check_place
    from relsim.scenario.schema import load

    if to != FORECASTS:
        raise UsageError(f"--to takes {FORECASTS} (got {to!r:.60})")
    asked = load(scenario, settings or ())
    file = out or (None if in_json else _default(scenario, asked.name))
    if file is not None:
        check_place(file)
    with progress("simulating", runs or RUNS) as advance:
        found = calibrated(
            asked, runs, draws, seed, workers or usable_cores(),
            reliability=reliability, max_runs=max_runs, progress=advance,
        )  # fmt: skip
    if file is not None:
        found.save(file, scenario)
    if in_json:
        from relsim.runs.provenance import as_json

        write(as_json(found.to_json() | {"file": None if file is None else str(file)}))
    else:
        from relsim.inference.calibrate.calibration import page

        show_page(page(found))
    if not found.resolved:
        note(
            f"only {found.effective_sample_size:.0f} draws bear weight: the forecasts lie far from "
            "what the scenario holds possible; raise --max-runs, or widen its distributions"
        )
    if file is not None:
        (note if in_json else show)(f"wrote {file} and its draws; try: relsim run {file}")


def _default(scenario: str, name: str) -> Path:
    """Beside the scenario's file, so that it can be extended; a packaged one's, right here."""
    from relsim.scenario.files.places import packaged

    folder = Path() if scenario in packaged() else local_path(scenario).parent
    return folder / f"{name}-calibrated.yaml"
