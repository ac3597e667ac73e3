"""``import relsim``: quick, few names, each of them there."""

from __future__ import annotations

import builtins
import subprocess
import sys
from functools import partial

import pytest

import relsim


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_loads_no_arrays() -> None:
    loaded = set(in_a_new_process("import sys, relsim; print(*sys.modules)").split())
    assert "relsim" in loaded
    assert loaded.isdisjoint({"numpy", "pydantic", "ruamel.yaml", "simpy", "rich", "zarr"})


@pytest.mark.parametrize("name", relsim.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(relsim, name)
    assert found is not None
    if name != "__version__":
        assert (found.__doc__ or "").strip()
    assert name in dir(relsim)


def test_all_is_sorted_and_a_star_brings_it() -> None:
    names = [name for name in relsim.__all__ if name != "__version__"]
    assert sorted(names) == names
    brought: dict[str, object] = {}
    exec("from relsim import *", brought)
    assert set(relsim.__all__) <= set(brought)
    assert (brought["simulate"], brought["Scenario"]) == (relsim.simulate, relsim.Scenario)
    assert brought["simulate"].__name__ == "simulate"  # type: ignore[attr-defined]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'relsim' has no attribute 'smulate'"):
        _ = relsim.smulate  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "before",
    [
        "import relsim.simulate",
        "from relsim.simulate import Plan",
        "import relsim.plots, relsim.cli.app",
        "import relsim; relsim.simulate; import relsim.simulate",
    ],
)
@pytest.mark.default_cases(1)
def test_simulate_is_the_function_whatever_was_imported(before: str) -> None:
    code = f"{before}\nimport relsim\nprint(type(relsim.simulate).__name__)"
    assert in_a_new_process(code) == "function"


def test_open_leaves_the_builtin_alone() -> None:
    assert relsim.open is not builtins.open
    assert relsim.open.__module__ == "relsim.ensemble.opening"


@pytest.mark.slow
def test_a_session_gives_the_same_numbers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[relsim.simulate.__module__]
    monkeypatch.setattr(module, "Plan", partial(module.Plan, width=64))  # to be quick
    scenario = relsim.load("us-russia-2021").vary({"actors.US.stake": 0.5})
    ensemble = relsim.simulate(scenario, runs=64, draws=64, seed=1)
    assert isinstance(ensemble, relsim.Ensemble)
    assert isinstance(ensemble.probability("detente"), relsim.Estimate)
    with pytest.raises(relsim.UnknownName):
        ensemble.probability("detante")
    again = relsim.simulate(scenario, runs=64, draws=64, seed=1)
    assert again == ensemble
    assert relsim.simulate(scenario, runs=64, draws=64, seed=2) != ensemble
