"""A calibrated scenario as files: one that extends the old, and its joint draws beside it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relsim.array_types import Doubles
from relsim.errors import RelsimError, UsageError
from relsim.inference.calibrate.evidence import evidence_of
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.joint_draws import Evidence, draws_text
from relsim.scenario.files.parsing import no_text
from relsim.scenario.files.places import SUFFIXES, packaged, resolve
from relsim.scenario.files.problems import number_at
from relsim.scenario.files.writing import to_yaml, yaml_lines
from relsim.scenario.relative import drawn_as
from relsim.scenario.schema import Scenario, load

if TYPE_CHECKING:
    from relsim.inference.calibrate.calibration import Calibration

__all__ = ["check_place", "write_posterior", "write_rows"]

DRAWS = ".draws.csv"
LIGHTEST = 1e-9  # a draw of less weight is left out
HEAD = "# Written by relsim. Numbers set here or later win over those of the draws.\n"


def write_posterior(
    calibration: Calibration, file: Path, base: str | os.PathLike[str] | None
) -> Path:
    """Write both files; see `Calibration.save`."""
    scenario, weights = calibration.scenario, calibration.weights
    uncertain = [path for path, v in scenario.parameters().items() if v.constant is None]
    columns = {path: calibration.ensemble.parameters[path] for path in uncertain}
    where = f"{scenario.name} ({scenario_hash(scenario)[:12]})"
    how = f"in the calibration of {where} with reliability {calibration.reliability:g}"
    evidence = [evidence_of(forecast.said, how) for forecast in calibration.used]
    return write_rows(scenario, columns, weights, _why(calibration), evidence, file, base)


def write_rows(
    scenario: Scenario,
    columns: Mapping[str, Doubles],
    weights: Doubles,
    why: str,
    evidence: Sequence[Evidence],
    file: Path,
    base: str | os.PathLike[str] | None,
    digits: int = 9,
) -> Path:
    """Write a scenario that extends `base` and draws some of its parameters jointly.

    Parameters
    ----------
    scenario : Scenario
        What `base` names, or what the new file holds whole.
    columns : mapping of dotted path to float64 (row,)
        Parameters that are drawn jointly.
    weights : float64, (row,)
        Sum to 1.
    why : str
        Where the rows come from.
    evidence : sequence of Evidence
        What they learned from, beside what the scenario's draws had before.
    file : Path
        The draws go to a file beside it.
    base : str or path, optional
        Name or file of the scenario.
    digits : int
        Of each number.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If a file exists already, cannot be written, or cannot extend `base`.
    """
    check_place(file)
    draws = file.with_suffix(DRAWS)
    beginning = _beginning(scenario, file, base)
    content = _text_of(scenario, columns, weights, digits)
    digest = hashlib.sha256(content.encode()).hexdigest()
    before = () if scenario.draws is None else scenario.draws.evidence or ()
    learned = [one.model_dump(exclude_none=True) for one in (*before, *evidence)]
    entry = {"draws": {"file": draws.name, "sha256": digest, "why": why, "evidence": learned}}
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


def _beginning(scenario: Scenario, file: Path, base: str | os.PathLike[str] | None) -> str:
    """The file without its draws: a line that extends the base, or the whole scenario."""
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


def _text_of(
    scenario: Scenario, columns: Mapping[str, Doubles], weights: Doubles, digits: int
) -> str:
    """The text of a file of draws; numbers in float32, as the engine takes them."""
    values, own = scenario.parameters(), drawn_as(scenario)
    kept = weights >= LIGHTEST
    for path, numbers in columns.items():
        if (number := number_at(type(scenario), path)) is not None:
            kept &= ~number.refused(numbers)  # the far end of a normal may lie beyond the bounds
    # The file holds what is drawn: the scenario's changes relative to the draws are made of it.
    drawn = {
        own[path]: values[path].distribution.undone(numbers[kept])
        for path, numbers in columns.items()
    }
    table = np.stack(list(drawn.values()), axis=1)
    rows = [
        f"{weight:.9g}," + ",".join(f"{number:.{digits}g}" for number in row)
        for weight, row in zip(weights[kept], table.astype(np.float32), strict=True)
    ]
    of = {own[path]: str(values[path].distribution.base) for path in columns}
    return draws_text(of, rows)


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
