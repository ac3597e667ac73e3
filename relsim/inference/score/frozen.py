"""Forecast records as they were frozen: what `relsim run` wrote, read from a stranger's file."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from relsim.ensemble.opening import open_result
from relsim.ensemble.summary import FORMAT
from relsim.errors import RelsimError, StoreError
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario, load
from relsim.store.folder import RECORD
from relsim.store.manifest import plainly
from relsim.store.plain_files import read_json

__all__ = ["Asked", "Frozen", "Record", "read_record", "record_of", "scenario_of_record"]

LARGEST_RECORD = 2**20  # bytes; the baseline's has under 50,000
MOST_ITEMS = 20_000
MOST_VALUES = 1_000  # of a date or a quantity
LONGEST_TEXT = 10_000

Probability = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Key = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    """A part of a record; what else stands there is left unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Horizon(_Part):
    """The term of a forecast: from the start until before the end."""

    start: datetime.date
    end: datetime.date
    known_until: datetime.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Horizon:
        if self.end <= self.start:
            raise ValueError("end must be after start")
        return self

    @property
    def last(self) -> datetime.date:
        """The last day of the term."""
        return self.end - datetime.timedelta(days=1)


class Asked(_Part):
    """One question of a record, and what was forecast.

    Attributes
    ----------
    title, resolves : str
    probability : float
    dates : tuple of date
        Days, all alike probable, that stand for when it comes about if it does. None in a record of
        an older relsim.
    author : float or None
        The probability that the scenario's author gave it.
    """

    title: Text = ""
    resolves: Text = ""
    probability: Probability
    dates: Annotated[tuple[datetime.date, ...], Field(max_length=MOST_VALUES)] | None = None
    author: Probability | None = None


class Record(_Part):
    """A forecast record (format relsim.run/1), without what no score needs.

    Attributes
    ----------
    scenario : str
    scenario_hash, created : str
        Empty if a record does not say.
    horizon : Horizon
    updated_through : date or None
        The last day of which an update knows the events.
    draws : int
    outcomes : dict of Asked
    quantities : dict of tuple of float
        Numbers, all alike probable, that stand for each quantity.
    """

    scenario: Key
    scenario_hash: Text = ""
    created: Text = ""
    horizon: Horizon
    updated_through: datetime.date | None = None
    draws: Annotated[int, Field(ge=1)]
    outcomes: dict[Key, Asked]
    quantities: dict[Key, Annotated[tuple[float, ...], Field(max_length=MOST_VALUES)]] = Field(
        default_factory=dict
    )

    @property
    def as_of(self) -> datetime.date:
        """What day the forecast is of: the last that it knew of, or that of the start."""
        return self.updated_through or self.horizon.known_until or self.horizon.start


References = Mapping[str, Mapping[str, float]]  # by outcome, then by name: probabilities


@dataclass(frozen=True)
class Frozen:
    """A forecast record with the forecasts that it has to beat.

    Attributes
    ----------
    record : Record
    references : mapping of str to mapping of str to float
        By outcome and name of the reference: its probability.
    """

    record: Record
    references: References = field(default_factory=dict)


def record_of(data: Any, called: str) -> Record:
    """A record from plain data.

    Raises
    ------
    StoreError
        If it is none that this version of relsim can use.
    """
    written = data.get("format") if isinstance(data, dict) else None
    if written != FORMAT:
        raise StoreError(
            f"{called} is no forecast record of relsim: its format must be {FORMAT!r} "
            f"(got {written!r:.60})"
        )
    try:
        return Record.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"])[:200]
        said = plainly(first["msg"])
        raise StoreError(
            f"{called} is no forecast record that this version of relsim can use ({path}: {said})"
        ) from None


def read_record(path: str | os.PathLike[str]) -> tuple[Record, Any]:
    """Read a forecast record.

    Parameters
    ----------
    path : str or path
        A ``record.json``, or the result folder that holds one.

    Returns
    -------
    record : Record
    data : dict
        All that stands in the file.

    Raises
    ------
    StoreError
        If there is none, or it is no record of relsim.
    """
    file = local_path(path)
    if file.is_dir():
        file = file / RECORD
        if not file.exists():
            raise StoreError(f"{file.parent} holds no {RECORD}: give the folder of a finished run")
    try:
        data = read_json(file, LARGEST_RECORD, MOST_ITEMS)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise StoreError(f"{file} is no forecast record of relsim: it is no JSON") from None
    return record_of(data, str(file)), data


def scenario_of_record(record: Record, path: str | os.PathLike[str]) -> Scenario | None:
    """The scenario that a record was made from, if it is at hand.

    It is that of the result folder, or the packaged one of that name if its hash is the record's.

    Raises
    ------
    StoreError
        If the path is a result folder that was changed.
    """
    folder: Path = local_path(path)
    if folder.is_dir():
        return open_result(folder).scenario
    from relsim.scenario.canonical import scenario_hash

    try:
        scenario = load(record.scenario)
    except RelsimError:
        return None
    return scenario if scenario_hash(scenario) == record.scenario_hash else None
