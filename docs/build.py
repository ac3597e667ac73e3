"""Make what is computed: `python -m docs.build [--simulate] [--outputs] [--check]`.

Without options: the pages from the schema, the baseline scenario and a small run. With
`--simulate` also those of large ensembles, some minutes. With `--outputs` what commands and
examples print in the pages written by hand (`docs.outputs`). With `--check` nothing is written;
pages that would change are named, and the exit code is 1. The page of verification is made by
`make verification`, that of performance from what `make bench` measured last.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs import outputs
from docs.pages import (
    baseline,
    calibration,
    claims,
    commands,
    held_out,
    learning,
    moves,
    parameters,
    performance,
    record,
    rules,
    scenario,
    scenarios,
    schedule,
    structural,
    variants,
)
from relsim.ensemble.ensemble import Ensemble
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate

DOCS = Path(__file__).parent
BASELINE = "us-russia-2021"
SEED = 1

CHEAP: dict[str, Callable[[Scenario], str]] = {
    "guides/held-out.md": held_out.page,
    "performance.md": lambda _: performance.page(),
    "reference/cli.md": lambda _: commands.page(),
    "reference/scenario.md": lambda _: scenario.page(),
    "reference/moves.md": moves.page,
    "reference/parameters.md": parameters.page,
    "reference/rules.md": lambda _: rules.page(),
    "reference/scenarios.md": lambda _: scenarios.page(),
    "reference/schedule.md": schedule.page,
}
SIMULATED: dict[str, Callable[[Ensemble], str]] = {
    "record.md": record.page,
    "baseline.md": baseline.page,
    "learning.md": lambda _: learning.page(),
    "calibration.md": calibration.page,
    "guides/variants.md": variants.page,
    "guides/claims.md": claims.page,
    "guides/structural-uncertainty.md": structural.page,
}


def pages(simulated: bool) -> dict[str, str]:
    """The text of each computed page, by its path below docs."""
    base = load(BASELINE)
    made = {path: make(base) for path, make in CHEAP.items()}
    if simulated:
        ensemble = simulate(base, seed=SEED, log_all=True)
        made |= {path: make(ensemble) for path, make in SIMULATED.items()}
    return made


def differing(made: dict[str, str]) -> list[str]:
    """Pages whose files hold another text, or none."""
    files = {path: DOCS / path for path in made}
    return [
        path
        for path, file in files.items()
        if not file.exists() or file.read_text("utf-8") != made[path]
    ]


def main(arguments: list[str] | None = None) -> int:
    """Make the pages, or check them."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("--simulate", action="store_true", help="make the simulated pages too")
    parser.add_argument("--outputs", action="store_true", help="make printed outputs anew, too")
    parser.add_argument("--check", action="store_true", help="only name what would change")
    options = parser.parse_args(arguments)
    made = pages(options.simulate)
    changed = differing(made)
    for path in changed:
        print(f"docs/{path}")
        if not options.check:
            (DOCS / path).write_text(made[path], "utf-8")
    if options.outputs and not options.check:
        for page in outputs.written_by_hand():
            if outputs.renew(page):
                print(page.relative_to(DOCS.parent).as_posix())
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
