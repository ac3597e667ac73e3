"""Where an ensemble comes from: scenario, seed, versions; and plain data as JSON."""

from __future__ import annotations

import datetime
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from operator import index

from relsim.escaping import visible
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario

UPDATED_THROUGH = "updated_through"  # the last day of which an update knows the events
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


def known_until(scenario: Scenario, origin: Mapping[str, object]) -> datetime.date | None:
    """The last day of which runs know what happened: that of their update, else the scenario's.

    `origin` is the provenance of the runs.
    """
    through = origin.get(UPDATED_THROUGH)
    if through is None:
        return scenario.horizon.known_until
    return datetime.date.fromisoformat(str(through))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout on the path, nothing installed
        return "not installed"


def as_json(data: Mapping[str, object]) -> str:
    """Plain data as JSON that people can read, too; NaN is refused."""
    return visible(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
