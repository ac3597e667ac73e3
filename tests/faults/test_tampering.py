"""A result folder that a stranger tampered with: one clear message, bounded work, no harm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from relsim.simulate import simulate
from tests.faults.tampering_kinds import KINDS
from tests.faults.tampering_messages import DRAWS, MEMORY, SCENARIO, few, write_bases
from tests.unit.scenario.test_joint_draws import ROWS
from tests.unit.scenario.test_joint_draws import write as write_draws

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, sockets and limits of POSIX")


def weighted(folder: Path) -> None:
    ensemble = simulate(SCENARIO, DRAWS, DRAWS)
    replace(ensemble, weights=np.linspace(0.5, 1.5, DRAWS)).save(folder)


def place_in_memory() -> str | None:
    """Where thousands of folders are made and removed at once, if the system has room there."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**29 else None


EVERY = pytest.param("every", marks=pytest.mark.slow)
OF_FEW_AND_OF_ALL = pytest.mark.parametrize("found", ["few", EVERY], indirect=True)
EACH_KIND = pytest.mark.parametrize(
    ("found", "name"),
    [("few", name) for name in few()]
    + [pytest.param("every", name, marks=pytest.mark.slow) for name in KINDS],
    indirect=["found"],
)


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the commands say of each kind, in one process that may have half a gigabyte."""
    every = ["every"] if request.param == "every" else []
    with TemporaryDirectory(dir=place_in_memory()) as folder:
        place, out = Path(folder), Path(folder, "found.json")
        write_bases(place, weighted, write_draws(place / "scenario", ROWS))
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.tampering_messages", folder, str(out), *every],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        result: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return result


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 60


@OF_FEW_AND_OF_ALL
@pytest.mark.parametrize("way", ["plot", "replay", "parameters", "resume"])
def test_what_nobody_touched_is_taken(way: str, found: dict[str, Any]) -> None:
    assert found[f"untouched: {way}"]["code"] == 0, found[f"untouched: {way}"]


@EACH_KIND
def test_tampering_is_reported_in_one_message(name: str, found: dict[str, Any]) -> None:
    kind, messages = KINDS[name], found[name]["messages"]
    assert messages
    for way, message in messages.items():
        code, said = message["code"], message["said"]
        assert code == 1, (way, said)
        assert re.search(kind.said, said.rstrip("\n")), (way, said)
        assert said.count("\n") == 1, said
        assert said.rstrip("\n").isprintable(), said
        assert len(said) < 600, said
        assert "result" in said, said


@EACH_KIND
def test_tampering_does_no_harm_and_little_work(name: str, found: dict[str, Any]) -> None:
    """What is not relsim's stays; little more is read than of an untouched folder."""
    assert found[name]["after"] == found[name]["before"]
    opened = found["untouched: parameters"]["read"]
    most = 2 * opened + 40 * 2**20  # the largest file that is read whole: 32 MB
    assert all(message["read"] <= most for message in found[name]["messages"].values())


@OF_FEW_AND_OF_ALL
def test_no_kind_takes_much_memory(found: dict[str, Any]) -> None:
    assert found["memory"] < MEMORY
