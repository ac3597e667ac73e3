"""A calibrated scenario as files: one that extends the old, and its joint draws beside it."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relsim.errors import RelsimError, UsageError
from relsim.inference.calibrate.evidence import evidence_of
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.joint_draws import Evidence, draws_text
from relsim.scenario.files.parsing import no_text
from relsim.scenario.files.places import SUFFIXES, packaged, resolve
from relsim.scenario.files.problems import number_at
from relsim.scenario.files.writing import to_yaml, yaml_lines
from relsim.scenario.schema import load

if TYPE_CHECKING:
    from relsim.inference.calibrate.calibration import Calibration

__all__ = ["check_place", "write_posterior"]

DRAWS = ".draws.csv"
LIGHTEST = 1e-9  # a draw of less weight is left out
HEAD = "# Written by relsim calibrate. Numbers set here or later win over those of the draws.\n"


def write_posterior(
    calibration: Calibration, file: Path, base: str | os.PathLike[str] | None
) -> Path:
    """Write both files; see `Calibration.save`."""
    check_place(file)
    draws = file.with_suffix(DRAWS)
    beginning = _beginning(calibration, file, base)
    content = _draws_of(calibration)
    digest = hashlib.sha256(content.encode()).hexdigest()
    entry: dict[str, dict[str, Any]] = {
        "draws": {"file": draws.name, "sha256": digest, "why": _why(calibration)}
    }
    entry["draws"]["evidence"] = [
        one.model_dump(exclude_none=True) for one in evidence(calibration)
    ]
    text = HEAD + beginning + "\n".join(yaml_lines(entry)) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draws.write_text(content, encoding="utf-8", newline="\n")
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from None
    return file


def check_place(file: Path) -> None:
    """Raise UsageError unless a posterior may be written to a file."""
    if file.suffix not in SUFFIXES:
        raise UsageError(f"a scenario's file ends in {' or '.join(SUFFIXES)} (got {file.name!r})")
    for new in (file, file.with_suffix(DRAWS)):
        if os.path.lexists(new):
            raise UsageError(f"{new} exists already: remove it, or name another file")


def _beginning(calibration: Calibration, file: Path, base: str | os.PathLike[str] | None) -> str:
    """The file without its draws: a line that extends the base, or the whole scenario."""
    scenario = calibration.scenario
    unwritten = base is None or no_text(str(base))  # no scenario file may hold this name
    if base is None or unwritten or not _is(base, scenario_hash(scenario)):
        return to_yaml(scenario.vary({"name": _name(file)}).model_copy(update={"draws": None}))
    name = str(base)
    if name not in packaged():
        place, home = resolve(base).resolve(), file.parent.resolve()
        if not place.is_relative_to(home):
            raise UsageError(f"{file} must lie in the folder of {base}, or above it, to extend it")
        name = place.relative_to(home).as_posix()
    lines = {"schema": scenario.schema_, "extends": name, "name": _name(file)}
    return "\n".join(yaml_lines(lines)) + "\n"


def _is(base: str | os.PathLike[str], wanted: str) -> bool:
    """Whether the scenario that was calibrated is the one that stands there, with no setting."""
    try:
        return scenario_hash(load(base)) == wanted
    except RelsimError:
        return False


def _name(file: Path) -> str:
    return re.sub("[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:80] or "posterior"


def _draws_of(calibration: Calibration) -> str:
    """The text of the file of draws; numbers in float32, as the engine takes them."""
    scenario, weights = calibration.scenario, calibration.weights
    uncertain = {
        path: str(value.distribution)
        for path, value in scenario.parameters().items()
        if value.constant is None
    }
    drawn = {path: calibration.ensemble.parameters[path] for path in uncertain}
    kept = weights >= LIGHTEST
    for path, numbers in drawn.items():
        if (number := number_at(type(scenario), path)) is not None:
            kept &= ~number.refused(numbers)  # the far end of a normal may lie beyond the bounds
    table = np.stack([numbers[kept] for numbers in drawn.values()], axis=1)
    rows = [
        f"{weight:.9g}," + ",".join(f"{number:.9g}" for number in row)
        for weight, row in zip(weights[kept], table.astype(np.float32), strict=True)
    ]
    return draws_text(uncertain, rows)


def evidence(calibration: Calibration) -> list[Evidence]:
    """What the draws have learned from: what they held before, then the forecasts used."""
    scenario = calibration.scenario
    before = (scenario.draws.evidence or ()) if scenario.draws is not None else ()
    where = f"{scenario.name} ({scenario_hash(scenario)[:12]})"
    how = f"in the calibration of {where} with reliability {calibration.reliability:g}"
    return [*before, *(evidence_of(forecast.said, how) for forecast in calibration.used)]


def _why(calibration: Calibration) -> str:
    used = ", ".join(forecast.said.name for forecast in calibration.used)
    ensemble = calibration.ensemble
    return (
        f"posterior: {ensemble.draws:,} draws of {calibration.scenario.name} "
        f"({scenario_hash(calibration.scenario)[:12]}), seed {ensemble.seed}, weighted by "
        f"forecasts {used} with reliability {calibration.reliability:g}; "
        f"{calibration.effective_sample_size:.0f} effective draws, "
        f"{calibration.information_bits:.2f} bits"
    )
