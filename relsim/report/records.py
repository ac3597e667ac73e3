"""Records that other commands printed, which a report shows: read, checked, held against it.

They may come from a stranger: their size is bounded, each number is checked, and what is wrong is
said in one message.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, Field, ValidationError

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import StoreError, UsageError
from relsim.inference.drivers.drivers import FORMAT as DRIVERS
from relsim.inference.drivers.drivers import Drivers
from relsim.inference.rare.rare_record import rare_of_record
from relsim.inference.rare.rarely import Rare
from relsim.inference.rare.table import FORMAT as RARE
from relsim.inference.signposts.signposts import FORMAT as SIGNPOSTS
from relsim.inference.signposts.signposts import Signposts
from relsim.inference.signposts.signposts_record import signposts_of_record
from relsim.inference.signposts.watchable import undeclared
from relsim.runs.provenance import UPDATED_THROUGH
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario
from relsim.store.plain_files import read_json

__all__ = ["RareGiven", "drivers_of", "rare_of", "signposts_of"]

LARGEST, MOST_ITEMS = 64 * 2**20, 2_000_000
WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError)

File: TypeAlias = str | os.PathLike[str]
RareGiven: TypeAlias = Rare | File | Sequence[Rare | File]
T = TypeVar("T")


class _Curve(BaseModel):
    probability: list[float] = Field(min_length=1)


class _Index(BaseModel):
    parameter: str
    title: str
    seen: bool
    first_order: float
    first_order_interval_90: tuple[float, float]
    curve: _Curve | None


class _Ablation(BaseModel):
    off: str
    difference: float
    mc_error: float


class _Variance(BaseModel):
    parameters: float | None


class _DriversRecord(BaseModel):
    """What a report takes from a record of drivers."""

    scenario_hash: str
    outcome: str
    runs: int
    draws: int
    paired_runs: int
    elapsed_seconds: float
    variance: _Variance
    indices: list[_Index]
    ablations: list[_Ablation]


def drivers_of(given: Drivers | File, ensemble: Ensemble) -> Mapping[str, Any]:
    """The record of what the headline depends on.

    Raises
    ------
    UsageError
        If it is of another scenario or outcome.
    StoreError
        If a file cannot be read, or is no such record.
    """
    data: Mapping[str, Any]
    if isinstance(given, Drivers):
        data, called = given.to_json(), "the drivers"
    else:
        called = str(local_path(given))
        data = _read(local_path(given), DRIVERS, "drivers", lambda data: data)
    try:
        found = _DriversRecord.model_validate(data).model_dump()
    except ValidationError:
        raise _no_record(called, "drivers", DRIVERS) from None
    _check(ensemble.scenario, called, found["scenario_hash"])
    _check_headline(ensemble, called, found["outcome"])
    if data.get("given") is not None:
        raise UsageError(f"{called} is given a condition, and the report is about all runs")
    return found


def signposts_of(given: Signposts | File, ensemble: Ensemble) -> Signposts:
    """What there is to watch; arguments and errors as of `drivers_of`."""
    asked = undeclared(ensemble.scenario)
    if isinstance(given, Signposts):
        called, found = "the signposts", given
        _check(asked, called, scenario_hash(undeclared(given.scenario)))
        through = given.provenance.get(UPDATED_THROUGH)
    else:
        called = str(local_path(given))

        def read(data: Mapping[str, Any]) -> tuple[Signposts, object]:
            _check(asked, called, data["asked_scenario_hash"])
            return signposts_of_record(data, asked), data.get(UPDATED_THROUGH)

        found, through = _read(local_path(given), SIGNPOSTS, "signposts", read)
    _check_headline(ensemble, called, found.outcome)
    _check_news(ensemble, called, through)
    return found


def _check_news(ensemble: Ensemble, called: str, through: object) -> None:
    """Raise UsageError unless something knows what happened until the day that the result does."""
    known = ensemble.provenance.get(UPDATED_THROUGH)
    if through != known:
        raise UsageError(f"{called}: made {_knows(through)}, and the result {_knows(known)}")


def _knows(through: object) -> str:
    """Until when what happened is known."""
    if through is None:
        return "without news"
    return f"with what happened through {through}"


def rare_of(given: RareGiven, ensemble: Ensemble) -> tuple[Rare, ...]:
    """Rare outcomes, one or several; arguments and errors as of `drivers_of`."""
    several = [given] if isinstance(given, Rare | str | os.PathLike) else list(given)
    found = {one.outcome: one for one in (_rare(each, ensemble) for each in several)}
    if len(found) < len(several):
        raise UsageError("two of the rare outcomes are the same: give one record of each")
    return tuple(found.values())


def _rare(given: Rare | File, ensemble: Ensemble) -> Rare:
    asked = undeclared(ensemble.scenario)
    if isinstance(given, Rare):
        _check(asked, "the rare outcome", scenario_hash(given.scenario))
        _check_news(ensemble, "the rare outcome", given.provenance.get(UPDATED_THROUGH))
        return given
    file = local_path(given)

    def read(data: Mapping[str, Any]) -> Rare:
        _check(asked, str(file), data["scenario_hash"])
        _check_news(ensemble, str(file), data.get(UPDATED_THROUGH))
        return rare_of_record(data, asked)

    return _read(file, RARE, "rare", read)


def _read(file: Path, form: str, command: str, made: Callable[[Mapping[str, Any]], T]) -> T:
    """What is made of a record of a format."""
    try:
        data = read_json(file, LARGEST, MOST_ITEMS)
        if data["format"] != form:
            raise ValueError(form)
        return made(data)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None
    except WRONG:
        raise _no_record(str(file), command, form) from None


def _no_record(called: str, command: str, form: str) -> StoreError:
    return StoreError(f"{called} is no record of `relsim {command} --json` (format {form})")


def _check(scenario: Scenario, called: str, found: object) -> None:
    """Raise UsageError if something is of another scenario."""
    if found != scenario_hash(scenario):
        raise UsageError(f"{called} is of another scenario than the result, or of another version")


def _check_headline(ensemble: Ensemble, called: str, outcome: str) -> None:
    headline = ensemble.scenario.headline
    if outcome != headline:
        raise UsageError(
            f"{called} is of {outcome}, and the report is about the headline, {headline}"
        )
