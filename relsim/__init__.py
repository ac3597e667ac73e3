"""Scenario forecasting in international relations.

>>> import relsim
>>> scenario = relsim.load("us-russia-2021")
>>> ensemble = relsim.simulate(scenario, runs=128, draws=64)
>>> ensemble
<Ensemble of us-russia-2021: 128 runs over 64 draws, seed 1>

Names are imported when they are first used, so that ``import relsim`` is quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relsim import history, plots
    from relsim.ensemble.ensemble import Ensemble
    from relsim.ensemble.opening import open_result as open
    from relsim.errors import (
        Problem,
        RelsimError,
        ScenarioError,
        SimulationError,
        StoreError,
        UnknownName,
        UsageError,
    )
    from relsim.estimates.probability import Difference, Estimate
    from relsim.inference.calibrate.calibration import Calibration, calibrate
    from relsim.inference.compare.compare import compare
    from relsim.inference.compare.comparison import Comparison
    from relsim.inference.drivers.ablations import Ablation, ablations
    from relsim.inference.drivers.drivers import drivers
    from relsim.inference.drivers.result import Drivers
    from relsim.scenario.canonical import scenario_hash
    from relsim.scenario.files.reading import load, packaged
    from relsim.scenario.schema import Scenario
    from relsim.simulate import simulate
    from relsim.story.replay import replay
    from relsim.story.story import Story

    __version__: str

__all__ = [
    "Ablation",
    "Calibration",
    "Comparison",
    "Difference",
    "Drivers",
    "Ensemble",
    "Estimate",
    "Problem",
    "RelsimError",
    "Scenario",
    "ScenarioError",
    "SimulationError",
    "StoreError",
    "Story",
    "UnknownName",
    "UsageError",
    "__version__",
    "ablations",
    "calibrate",
    "compare",
    "drivers",
    "history",
    "load",
    "open",
    "packaged",
    "plots",
    "replay",
    "scenario_hash",
    "simulate",
]

_HOMES = {
    "Comparison": "relsim.inference.compare.comparison",
    "Ablation": "relsim.inference.drivers.ablations",
    "Calibration": "relsim.inference.calibrate.calibration",
    "Difference": "relsim.estimates.probability",
    "Drivers": "relsim.inference.drivers.result",
    "Ensemble": "relsim.ensemble.ensemble",
    "Estimate": "relsim.estimates.probability",
    "Problem": "relsim.errors",
    "RelsimError": "relsim.errors",
    "Scenario": "relsim.scenario.schema",
    "ScenarioError": "relsim.errors",
    "SimulationError": "relsim.errors",
    "StoreError": "relsim.errors",
    "Story": "relsim.story.story",
    "UnknownName": "relsim.errors",
    "UsageError": "relsim.errors",
    "compare": "relsim.inference.compare.compare",
    "ablations": "relsim.inference.drivers.ablations",
    "drivers": "relsim.inference.drivers.drivers",
    "calibrate": "relsim.inference.calibrate.calibration",
    "load": "relsim.scenario.files.reading",
    "packaged": "relsim.scenario.files.reading",
    "replay": "relsim.story.replay",
    "scenario_hash": "relsim.scenario.canonical",
    "simulate": "relsim.simulate",
}


class _Package(ModuleType):
    """A package in which importing the module ``relsim.simulate`` does not hide the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if name != "simulate" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("relsim-ir")
    elif name in ("history", "plots"):
        found = import_module(f"relsim.{name}")
    elif name == "open":
        from relsim.ensemble.opening import open_result as found
    elif name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
