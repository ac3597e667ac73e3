"""What `relsim update --out` writes beside its result, read again: the forecast through time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import StoreError
from relsim.estimates.probability import Estimate
from relsim.history.events import Event
from relsim.inference.update.surprise import MoveSurprise, WeekSurprise
from relsim.inference.update.table import FORMAT
from relsim.inference.update.update import Stage, Update
from relsim.inference.update.weekly import Rejuvenation
from relsim.store.plain_files import read_json

__all__ = ["UPDATE_FILE", "read_update"]

UPDATE_FILE = "update.json"
LARGEST = 16 * 2**20  # bytes
MOST_ITEMS = 400_000


def read_update(file: Path, ensemble: Ensemble) -> Update:
    """An update as it was saved; without its draws and the events that counted.

    Parameters
    ----------
    file : Path
        ``update.json`` of a result folder.
    ensemble : Ensemble
        Of the same folder: the runs that go on from the last day.

    Raises
    ------
    StoreError
        If it is something else, or of another scenario.
    """
    try:
        data = read_json(file, LARGEST, MOST_ITEMS)
        if data["format"] != FORMAT or data["scenario"] != ensemble.scenario.name:
            raise ValueError(FORMAT)
        if not data["stages"]:
            raise ValueError("no forecast")
        return _update(data, ensemble)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise StoreError(
            f"{file} is no record that `relsim update --out` writes for {ensemble.scenario.name} "
            f"({type(error).__name__})"
        ) from None
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None


def _update(data: Mapping[str, Any], ensemble: Ensemble) -> Update:
    day = date.fromisoformat
    return Update(
        asked=ensemble.scenario,
        scenario=ensemble.scenario,
        asked_hash=str(data["scenario_hash"]),
        stages=tuple(_stage(stage, ensemble) for stage in data["stages"]),
        weeks=tuple(
            WeekSurprise(
                day(one["begins"]), float(one["bits"]),
                None if one["bits_beyond_ew4"] is None else float(one["bits_beyond_ew4"]),
                float(one["effective_draws"]), int(one["distinct_draws"]),
            )
            for one in data["weeks"]
        ),
        moves=tuple(_move(one, ensemble) for one in data["moves"]),
        rejuvenations=tuple(Rejuvenation(**one) for one in data["rejuvenations"]),
        least_effective=float(data["least_effective_draws"]),
        counted=(),
        left_out=tuple(map(Event.model_validate, data["not_counted"])),
        refused={
            (day(one["date"]), str(one["actor"]), str(one["move"])): float(one["share_of_runs"])
            for one in data["not_possible"]
        },
        ensemble=ensemble,
        population=None,
        seed=int(data["seed"]),
        draws=int(data["draws"]),
        runs=int(data["runs_per_draw"]),
        elapsed_seconds=float(data["elapsed_seconds"]),
    )  # fmt: skip


def _stage(data: Mapping[str, Any], ensemble: Ensemble) -> Stage:
    found = {name: Estimate.from_json(data["outcomes"][name]) for name in ensemble.outcomes}
    return Stage(
        date.fromisoformat(data["date"]), found, float(data["effective_draws"]),
        int(data["distinct_draws"]),
    )  # fmt: skip


def _move(data: Mapping[str, Any], ensemble: Ensemble) -> MoveSurprise:
    if data["move"] not in ensemble.scenario.moves:
        raise ValueError(data["move"])
    actor = None if data["actor"] is None else str(data["actor"])
    when, bits = date.fromisoformat(data["date"]), float(data["bits"])
    effect, error = float(data["effect_on_headline"]), float(data["effect_error"])
    return MoveSurprise(when, actor, data["move"], bits, bool(data["implied"]), effect, error)
