"""A run that is killed while it writes keeps what was finished, and is resumed to the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import StoreError
from relsim.runs.chunk_result import NOT_RUN
from relsim.store import manifest
from tests.faults.killed import CHUNKS, PATCHES, WIDTH, finished, run
from tests.properties.comparing import assert_same

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def _made_up_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in PATCHES:
        monkeypatch.setattr(module, name, value)


def kill(place: Path, kills: int) -> None:
    words = [sys.executable, "-m", "tests.faults.killed", str(place), str(kills), "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(words, cwd=ROOT, env=environment, check=True)


def check_what_is_left(folder: Path, whole: Ensemble) -> None:
    """All that was finished is there, and nothing else."""
    if not finished(folder):
        with pytest.raises(StoreError, match=r"no finished chunk|there is no folder"):
            relsim.open(folder)
        return
    chunks = manifest.read(folder).chunks
    if len(chunks) == CHUNKS:
        return
    with pytest.warns(UserWarning, match="is not finished"):
        left = relsim.open(folder)
    there = np.isin(np.arange(whole.runs) // WIDTH, list(chunks))
    assert left.unfinished == (~there).sum()
    assert (left.first_day[:, there] == whole.first_day[:, there]).all()
    assert (left.first_day[:, ~there] == NOT_RUN).all()
    for name, values in left.quantities.items():
        assert (values[there] == whole.quantities[name][there]).all()
        assert np.isnan(values[~there]).all()


def check_kills(place: Path, kills: int) -> int:
    """Kill runs, look at what is left, go on with each; return how many were killed half-way."""
    whole = run(place / "undisturbed")
    kill(place, kills)
    half_way = 0
    for number in range(kills):
        folder = place / str(number)
        half_way += 0 < finished(folder) < CHUNKS
        check_what_is_left(folder, whole)
        assert_same(run(folder, resume=True), whole)
        again, once = manifest.read(folder), manifest.read(place / "undisturbed")
        assert again.complete
        assert again.chunks == once.chunks
        arrays = {name: d for name, d in once.files.items() if name.startswith("result.zarr/")}
        assert arrays.items() <= again.files.items()
    return half_way


def test_a_killed_run_is_resumed_to_the_same_bits(tmp_path: Path) -> None:
    assert check_kills(tmp_path, 1) == 1


@pytest.mark.slow
def test_fifty_kills_most_of_them_half_way(tmp_path: Path) -> None:
    assert check_kills(tmp_path, 50) >= 30
