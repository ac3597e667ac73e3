"""What `relsim rare --json` printed, read again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from relsim.inference.rare.outline import FALL, RISE, Deed, Outline
from relsim.inference.rare.rarely import Rare
from relsim.inference.rare.table import FORMAT
from relsim.inference.rare.ways import of_update, way_of
from relsim.runs.provenance import UPDATED_THROUGH
from relsim.scenario.catalogue import DEEDS
from relsim.scenario.schema import Scenario

__all__ = ["MOST_PATHS", "rare_of_record"]

MOST_PATHS, LONGEST = 1000, 100  # paths; characters of a reason
NAME = re.compile(r"[\w.-]{1,100}")


def rare_of_record(data: Mapping[str, Any], scenario: Scenario) -> Rare:
    """A rare outcome as it was estimated. Titles are those of the scenario, not of the record.

    Parameters
    ----------
    data : mapping
        As `Rare.to_json` returns it, of a stranger perhaps.
    scenario : Scenario
        Of which it is: that this is so is for the caller to check.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError, OverflowError
        If it is something else.
    """
    way = way_of(scenario, data["outcome"])
    provenance: dict[str, object] = {"scenario_hash": str(data["scenario_hash"])}
    if data.get(UPDATED_THROUGH) is not None:
        way = of_update(way)
        provenance[UPDATED_THROUGH] = date.fromisoformat(data[UPDATED_THROUGH]).isoformat()
    if data["format"] != FORMAT or data["method"] != way.method:
        raise ValueError(FORMAT)
    if len(data["paths"]) > MOST_PATHS:
        raise ValueError("paths")
    value, gain = float(data["probability"]), data["gain"]
    error = math.inf if data["mc_error"] is None else float(data["mc_error"])
    if not (0 <= value <= 1 and error > 0 and (value == 0 or error < math.inf)):
        raise ValueError("probability")
    return Rare(
        scenario=scenario,
        outcome=data["outcome"],
        way=way,
        value=value,
        mc_error=error,
        mc_interval_90=_ends(data["mc_interval_90"]),
        refused=_reason(data["mc_refused"] or ""),
        bounds=_ends(data["mc_bounds"]) or (0.0, 1.0),
        interval_90=_ends(data["interval_90"]),
        interval_50=_ends(data["interval_50"]),
        interval_note=_reason(data["spread"] or ""),
        effective_draws=float(data["effective_draws"]),
        gain=None if gain is None else float(gain),
        outlines=tuple(_outline(one, scenario) for one in data["paths"]),
        runs=int(data["runs"]),
        draws=int(data["draws"]),
        failed_runs=int(data["failed_runs"]),
        seed=int(data["seed"]),
        provenance=provenance,
        elapsed_seconds=float(data["elapsed_seconds"]),
    )


def _ends(data: Any) -> tuple[float, float] | None:
    if data is None:
        return None
    low, high = (float(end) for end in data)
    if not 0 <= low <= high <= 1:
        raise ValueError("interval")
    return low, high


def _reason(text: Any) -> str:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError("text")
    return text


def _outline(data: Mapping[str, Any], scenario: Scenario) -> Outline:
    began, met = (_day(data[name], scenario) for name in ("began", "met"))
    deeds = tuple(_deed(one, scenario) for one in data["deeds"])
    climbed = any(deed.kind in (RISE, FALL) and deed.day >= began for deed in deeds)
    weight = float(data["weight"])
    if not (climbed and began <= met and 0 < weight < math.inf):
        raise ValueError("path")
    return Outline(int(data["draw"]), weight, began, met, deeds)


def _day(text: str, scenario: Scenario) -> int:
    return (date.fromisoformat(text) - scenario.horizon.start).days


def _deed(data: Mapping[str, Any], scenario: Scenario) -> Deed:
    kind, actor, subject = data["kind"], data["actor"], data["subject"]
    if kind not in scenario.moves and kind not in DEEDS and kind not in (RISE, FALL):
        raise ValueError("kind")
    if actor is not None and actor not in scenario.actors:
        raise ValueError("actor")
    if subject is not None and not NAME.fullmatch(subject):
        raise ValueError("subject")
    rung = kind in (RISE, FALL) or (subject is not None and subject.isdecimal())
    if rung and int(subject) not in range(len(scenario.ladder.rungs)):
        raise ValueError("rung")
    return Deed(_day(data["date"], scenario), kind, actor, subject)
