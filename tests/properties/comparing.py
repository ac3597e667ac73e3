"""Whether two ensembles are the same to the bit, and small chunks for tests that need many."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from relsim.ensemble.ensemble import Ensemble
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario.files.joint_draws import place_of_draws
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan

SIMULATE = importlib.import_module("relsim.simulate")  # the name in relsim is the function
SIMULATE_CHUNKS = "relsim.runs.engine.simulate_chunks"  # wherever it is called from
ARRAYS = ("first_day", "move_counts", "joint_counts")
MAPPINGS = ("quantities", "parameters", "histograms", "edges")

Array = npt.NDArray[np.generic]


# Outcomes that a term of eleven months can have.
OF_A_SHORT_TERM = (
    "detente", "new_arms_control_agreement", "new_start_in_force", "open_skies_left_by_russia",
    "deadly_exchange", "colour_revolution_attempt", "nord_stream_2_completed",
)  # fmt: skip


def shortened(scenario: Scenario, end: str = "2021-12-31") -> Scenario:
    """The scenario until the end of 2021 or so: the engine in full, a quarter of the weeks."""
    known = _shortened.get((id(scenario), end))
    if known is not None:
        return known[1]
    plain = scenario.model_dump(by_alias=True, mode="json")
    outcomes = {name: plain["outcomes"][name] for name in OF_A_SHORT_TERM}
    horizon = plain["horizon"] | {"end": end}
    rest = {"headline": "detente", "forecasts": {}}
    data = plain | rest | {"horizon": horizon, "outcomes": outcomes}
    short = Scenario.model_validate(data, context=place_of_draws(scenario.draws))
    if len(_shortened) >= 64:
        _shortened.clear()
    _shortened[id(scenario), end] = scenario, short  # the first is kept, so that its id is its own
    return short


_shortened: dict[tuple[int, str], tuple[Scenario, Scenario]] = {}


def each(one: Callable[[Plan, int], ChunkResult]) -> Callable[..., list[ChunkResult]]:
    """A way to simulate chunks one after the other, in place of `simulate_chunks`."""

    def simulate_each(plan: Plan, chunks: Sequence[int], given: object = None) -> list[ChunkResult]:
        return [one(plan, chunk) for chunk in chunks]

    return simulate_each


def narrow(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Let chunks be as narrow as this, so that few runs fill several."""
    monkeypatch.setattr(SIMULATE, "Plan", partial(Plan, width=width))


def arrays(ensemble: Ensemble) -> dict[str, Array]:
    """Every array of an ensemble, by name."""
    found: dict[str, Array] = {name: getattr(ensemble, name) for name in ARRAYS}
    sample = ensemble.sample
    mappings: list[tuple[str, Mapping[str, Array]]] = [
        *((name, getattr(ensemble, name)) for name in MAPPINGS),
        ("sample", sample.series),
    ]
    found |= {f"{name}.{key}": array for name, held in mappings for key, array in held.items()}
    return found | {"sample.runs": sample.runs, "sample.log": sample.log}


def unlike(first: Mapping[str, Array], second: Mapping[str, Array]) -> list[str]:
    """Names of the arrays that are not the same to the bit; NaN is like NaN."""
    assert first.keys() == second.keys()
    return [
        name
        for name, array in first.items()
        if array.dtype != second[name].dtype
        or array.shape != second[name].shape
        or array.tobytes() != second[name].tobytes()
    ]


def assert_same(first: Ensemble, second: Ensemble) -> None:
    """Fail unless all that two ensembles hold is the same to the bit."""
    assert not unlike(arrays(first), arrays(second))


def assert_begins(large: Ensemble, small: Ensemble) -> None:
    """Fail unless the first runs of the larger ensemble are the smaller one, to the bit."""
    runs, draws = small.runs, small.draws
    assert runs < large.runs
    assert small.runs_per_draw == large.runs_per_draw

    def first(ensemble: Ensemble) -> dict[str, Array]:
        log = ensemble.sample.log
        found: dict[str, Array] = {
            "first_day": ensemble.first_day[:, :runs],
            "move_counts": ensemble.move_counts[:draws],
            "joint_counts": ensemble.joint_counts[:draws],
            "draw_of_run": ensemble.draw_of_run[:runs],
            "log": log[log["run"] < runs],
        }
        found |= {f"quantities.{k}": v[:runs] for k, v in ensemble.quantities.items()}
        found |= {f"parameters.{k}": v[:draws] for k, v in ensemble.parameters.items()}
        return found

    assert not unlike(first(large), first(small))
