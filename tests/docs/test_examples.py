"""The short examples run, small, and print what they promise."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import relsim
from tests.properties.comparing import shortened

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_quickstart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On some months of its scenario."""
    load = relsim.load
    monkeypatch.setattr(relsim, "load", lambda name: shortened(load(name), "2021-07-31"))
    figure = tmp_path / "course.png"
    example("quickstart").main(str(figure), runs=128, draws=64)
    printed = capsys.readouterr().out
    for outcome in relsim.load("us-russia-2021").outcomes.values():
        assert outcome.title in printed
    assert "détente: " in printed
    assert figure.stat().st_size > 10_000


@pytest.mark.slow
def test_calibrate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example("calibrate").main(str(tmp_path), runs=2048, draws=128)
    printed = capsys.readouterr().out
    assert "F4 'may be signs': meant 0.15 to 0.7, " in printed
    assert "draws bear weight, " in printed
    assert relsim.load(tmp_path / "posterior.yaml").draws is not None


@pytest.mark.slow
def test_a_dyad_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    example("own_dyad").main(runs=512, draws=64)
    assert "The leaders meet twice within a year" in capsys.readouterr().out


@pytest.mark.slow
def test_what_drives_an_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "drivers.png"
    example("drivers").main(str(figure), runs=2048, top=1)
    printed = capsys.readouterr().out
    assert "actors.US.gain: first-order 0." in printed
    assert "\nwithout C16 (Nothing collides" in printed
    assert figure.stat().st_size > 10_000


@pytest.mark.slow
def test_another_tool_drives_relsim(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("SALib", reason="the extra `sensitivity` is not installed")
    example("salib_drives_relsim").main(base=64)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    largest = max(rows, key=lambda row: float(row[-1]))
    assert largest[0] == "dyad.rivalry"
