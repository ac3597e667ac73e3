"""Under python -O, where zarr's checks are gone, results are refused; the rest works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from relsim.scenario.schema import load
from relsim.simulate import simulate
from tests.properties.comparing import shortened

SIZE = ("--runs", "64", "--draws", "64")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(
        simulate(shortened(load("us-russia-2021"), "2021-07-31"), 64, 64).save(
            tmp_path_factory.mktemp("optimised") / "result"
        )
    )


def relsim(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-O", "-m", "relsim", *words]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def refused(place: Path, *words: str) -> None:
    """That a command says why it does nothing, and writes nothing."""
    done = relsim(*words, cwd=place)
    assert done.returncode == 1
    assert done.stderr.startswith("results cannot be written or opened under python -O")
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    assert list(place.iterdir()) == []


def test_results_are_refused_before_anything_is_simulated(tmp_path: Path) -> None:
    refused(tmp_path, "run", "us-russia-2021", *SIZE, "--out", "new")


@pytest.mark.slow
def test_results_are_refused_before_anything_is_opened(stored: Path, tmp_path: Path) -> None:
    refused(tmp_path, "plot", str(stored))


@pytest.mark.slow
def test_what_needs_no_result_works(tmp_path: Path) -> None:
    done = relsim("run", "us-russia-2021", *SIZE, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 64
