"""The example that takes the effect of learning apart: what is common trend, what is own lesson."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from relsim.inference.drivers.ablations import choosing_by, of_another_run
from relsim.simulate import Plan, simulate_chunk
from tests.meaning.measuring import baseline
from tests.unit.short_scenario import short

FILE = Path(__file__).resolve().parents[2] / "examples" / "ablation.py"
RUNS, DRAWS = 8192, 512
LATE = "late_detente"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The example as a module, as worker processes would import it."""
    spec = importlib.util.spec_from_file_location("ablation", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ablation"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["ablation"]


@cache
def table(example: ModuleType) -> dict[str, object]:
    return {line.name: line for line in example.lines(RUNS, DRAWS)}


def gaps(example: ModuleType) -> dict[str, tuple[float, float]]:
    """Difference and its error on each line but the first."""
    found = {name: line.gap(LATE) for name, line in table(example).items()}  # type: ignore[attr-defined]
    return {name: (gap.value, gap.mc_error) for name, gap in found.items() if gap}


def test_a_yoked_run_gets_another_run_of_its_draw() -> None:
    runs = np.arange(2 * 5 * 64)
    other = of_another_run(runs, 5)
    assert sorted(other) == list(runs)
    assert (other != runs).all()
    assert (other % 64 == runs % 64).all()
    assert (other // 320 == runs // 320).all()


def test_choosing_by_ones_own_belief_changes_nothing() -> None:
    own = choosing_by(lambda view, _: view.pressure_works)
    usual, same = (
        simulate_chunk(Plan(short(), 1, 128, 2, rules, width=128), 0) for rules in ({}, {"US": own})
    )
    assert usual.first_day.tobytes() == same.first_day.tobytes()


@pytest.mark.slow
def test_a_script_without_a_fall_is_a_frozen_belief(example: ModuleType) -> None:
    still = example.scripted_fall(np.zeros(209, np.float32))
    scripted = simulate_chunk(Plan(baseline(), 1, 512, 8, {"US": still}, width=512), 0)
    frozen = simulate_chunk(Plan(baseline().vary(example.FROZEN), 1, 512, 8, width=512), 0)
    assert (scripted.first_day != frozen.first_day).any(axis=0).mean() < 0.01


@pytest.mark.slow
def test_the_mean_belief_falls_and_a_warm_start_begins_there(example: ModuleType) -> None:
    usual = table(example)["baseline: own lessons"].ensemble  # type: ignore[attr-defined]
    fall = example.mean_fall(usual)
    first, last = (
        usual.quantities["pressure_works_at_end.US"].mean() - fall[-1],
        usual.quantities["pressure_works_at_end.US"].mean(),
    )
    prior = usual.parameters[example.PRIOR]
    assert first == pytest.approx(prior.mean(), abs=0.002)
    warm = table(example)["warm start"].ensemble  # type: ignore[attr-defined]
    assert warm.parameters[example.PRIOR].mean() == pytest.approx(last, abs=0.01)
    # Each draw keeps its place.
    assert (np.argsort(warm.parameters[example.PRIOR]) == np.argsort(prior)).all()


@pytest.mark.slow
def test_freezing_matters_and_yoking_hardly(example: ModuleType) -> None:
    found = gaps(example)
    frozen, error = found["frozen"]
    assert frozen < -3 * error
    for name in ("yoked to another run", "scripted fall"):
        gap, error = found[name]
        assert abs(gap) < abs(frozen) / 2 + 2 * error


@pytest.mark.slow
def test_a_warm_start_leaves_less_to_learn(example: ModuleType) -> None:
    found = gaps(example)
    assert found["frozen"][0] < found["warm start, frozen"][0] < 0


@pytest.mark.slow
def test_the_table_is_printed(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[int, int, int, int]] = []

    def lines(runs: int, draws: int, seed: int, workers: int) -> list[object]:
        asked.append((runs, draws, seed, workers))
        return list(table(example).values())

    monkeypatch.setattr(example, "lines", lines)
    monkeypatch.setattr(sys, "argv", ["ablation.py", "--quick"])
    example.main()
    said = capsys.readouterr().out.splitlines()
    assert asked == [(8192, 512, 1, 1)]
    assert said[0] == "late_detente, 8,192 runs over 512 draws, seed 1"
    assert [line[:32].strip() for line in said[2:]] == list(table(example))
    assert all("±" in line for line in said[2:])
