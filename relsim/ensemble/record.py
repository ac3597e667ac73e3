"""The forecast record: what was forecast, from what, with which versions, and when."""

from __future__ import annotations

import datetime
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from operator import index
from typing import TYPE_CHECKING

from relsim.ensemble.limits import limits_of
from relsim.escaping import visible
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from relsim.ensemble.ensemble import Ensemble

__all__ = ["FORMAT", "as_json", "forecast_record", "provenance"]

FORMAT = "relsim.run/1"
PACKAGES = ("relsim-ir", "numpy", "scipy", "simpy")


def provenance(
    scenario: Scenario, seed: int, chunk_width: int, custom_rules: tuple[str, ...]
) -> dict[str, object]:
    """What a reader needs to make the same ensemble again."""
    return {
        "scenario_hash": scenario_hash(scenario),
        "seed": index(seed),  # NumPy's whole numbers are none of JSON's
        "chunk_width": chunk_width,
        "versions": {name: _version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "custom_rules": list(custom_rules),
        "reproducible_from_the_file_alone": not custom_rules,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout on the path, nothing installed
        return "not installed"


def forecast_record(ensemble: Ensemble, outcomes: Sequence[str]) -> dict[str, object]:
    """Plain data for JSON, with null where something is not known, never NaN."""
    scenario = ensemble.scenario
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "horizon": scenario.horizon.model_dump(mode="json"),
        **ensemble.provenance,
        "runs": ensemble.runs,
        "draws": ensemble.draws,
        "failed_runs": ensemble.health.failed,
        "limits": limits_of(ensemble).to_json(),
        "unfinished_runs": ensemble.unfinished,
        "elapsed_seconds": round(ensemble.elapsed_seconds, 3),
        "outcomes": {name: _outcome(ensemble, name) for name in outcomes},
    }


def as_json(data: Mapping[str, object]) -> str:
    """Plain data as JSON that people can read, too; NaN is refused."""
    return visible(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def _outcome(ensemble: Ensemble, name: str) -> dict[str, object]:
    median = ensemble.median_date(name)
    date = None if median is None else median.isoformat()
    asked = ensemble.scenario.outcomes[name]
    about = {"title": asked.title, "resolves": asked.resolves}
    return about | ensemble.probability(name).to_json() | {"median_date": date}
