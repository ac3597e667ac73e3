"""What the calculation that made the baseline's draws found, as `relsim calibrate --json` gave it.

`learned.json` is written by the command that made the draws:

    relsim calibrate us-russia-2021-prior --to history,forecasts --draws 1024 --rows 768 \\
        --out FILE --json > docs/pages/learned.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from relsim import plots
from relsim.inference.calibrate.forecasts import Level
from relsim.plots.gallery import save
from relsim.plots.style import finished
from relsim.scenario.schema import Scenario, load

BASELINE = "us-russia-2021"
FILE = Path(__file__).with_suffix(".json")


def learned(scenario: Scenario) -> dict[str, Any]:
    """The calculation's findings.

    Raises
    ------
    ValueError
        If the draws of the scenario have learned from something else.
    """
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    held = () if scenario.draws is None else scenario.draws.evidence or ()
    if found["evidence"] not in {one.hash for one in held}:
        raise ValueError(f"{FILE.name} is not of the calculation that made {scenario.name}'s draws")
    return found


def draw(folder: Path) -> None:
    """Draw prior and posterior of the baseline's numbers into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save(finished(plots.learned(load(BASELINE))), folder / "learned.png")


def level_of(found: dict[str, Any], forecast: str, stage: int) -> Level:
    """What the draws said of a forecast: after the record (0), after the forecasts too (1)."""
    level: dict[str, Any] = found["forecasts"][forecast]["stages"][stage]
    return Level(level["mean"], tuple(level["points"]), level["inside"], level["overlap"])


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
