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
    from relsim.ensemble.over_rules import OverRules, over_rules
    from relsim.ensemble.together import Together, together
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
    from relsim.inference.calibrate.learning import HistoryCalibration, calibrate_to_history
    from relsim.inference.compare.compare import Comparison, compare
    from relsim.inference.drivers.ablations import Ablation, ablations
    from relsim.inference.drivers.drivers import Drivers, drivers
    from relsim.inference.rare.rarely import Rare, rare, rare_after
    from relsim.inference.score.scoring import Scores, score
    from relsim.inference.signposts.signposts import Signposts, signposts
    from relsim.inference.update.update import Update, update
    from relsim.report.reporting import report
    from relsim.scenario.canonical import scenario_hash
    from relsim.scenario.files.places import packaged
    from relsim.scenario.schema import Scenario, load
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
    "HistoryCalibration",
    "OverRules",
    "Problem",
    "Rare",
    "RelsimError",
    "Scenario",
    "ScenarioError",
    "Scores",
    "Signposts",
    "SimulationError",
    "StoreError",
    "Story",
    "Together",
    "UnknownName",
    "Update",
    "UsageError",
    "__version__",
    "ablations",
    "calibrate",
    "calibrate_to_history",
    "compare",
    "drivers",
    "history",
    "load",
    "open",
    "over_rules",
    "packaged",
    "plots",
    "rare",
    "rare_after",
    "replay",
    "report",
    "scenario_hash",
    "score",
    "signposts",
    "simulate",
    "together",
    "update",
]

# The module of each name that is imported when it is first used.
_MODULES = {
    "relsim.ensemble.ensemble": "Ensemble",
    "relsim.ensemble.over_rules": "OverRules over_rules",
    "relsim.ensemble.together": "Together together",
    "relsim.errors": "Problem RelsimError ScenarioError SimulationError StoreError UnknownName "
    "UsageError",
    "relsim.estimates.probability": "Difference Estimate",
    "relsim.inference.calibrate.calibration": "Calibration calibrate",
    "relsim.inference.calibrate.learning": "HistoryCalibration calibrate_to_history",
    "relsim.inference.compare.compare": "Comparison compare",
    "relsim.inference.drivers.ablations": "Ablation ablations",
    "relsim.inference.drivers.drivers": "Drivers drivers",
    "relsim.inference.rare.rarely": "Rare rare rare_after",
    "relsim.inference.score.scoring": "Scores score",
    "relsim.inference.signposts.signposts": "Signposts signposts",
    "relsim.inference.update.update": "Update update",
    "relsim.report.reporting": "report",
    "relsim.scenario.canonical": "scenario_hash",
    "relsim.scenario.files.places": "packaged",
    "relsim.scenario.schema": "Scenario load",
    "relsim.simulate": "simulate",
    "relsim.story.replay": "replay",
    "relsim.story.story": "Story",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


class _Package(ModuleType):
    """A package in which no module hides the function of its name: ``simulate``, ``report``."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in ("simulate", "report") or not isinstance(value, ModuleType):
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
