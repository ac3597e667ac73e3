"""The page of performance says of each goal whether it is met, and how it was measured."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measuring import machine
from benchmarks.memory import bytes_of, peak
from benchmarks.scaling import YEARS, fitted, term
from docs import build
from docs.pages import performance
from relsim.scenario.schema import load

SCALING = {
    "benchmark": "scaling", "against": "runs", "unit": "runs", "at": [1.0, 2.0, 3.0],
    "seconds": [[1.0, 1.1], [2.0, 2.1], [3.0, 3.2]], "medians": [1.05, 2.05, 3.1],
    "slope": 1.025, "intercept": 0.0167, "r_squared": 0.9997, "goal": 0.99,
}  # fmt: skip
LINES: list[dict[str, Any]] = [
    {"benchmark": "machine"} | machine(),
    {
        "benchmark": "floor", "ratio": 3.2, "goal": 3.0,
        "seconds": {"floor": [0.1, 0.1], "simulation": [0.32, 0.33]},
        "ratios": {"floor": 1.0, "simulation": 3.2},
    },
    {
        "benchmark": "peers", "peer": "mesa", "version": "3", "runs": 512, "seconds": [1.0] * 5,
        "runs_per_second": 400.0, "ratio_to_relsim": 160.0, "goal": 100,
    },
    {
        "benchmark": "workers", "runs": 65_536, "ratio": 1.9, "goal": 1.8,
        "seconds": {"one": [3.0], "two processes": [1.6], "two threads": [2.9]},
        "seconds_to_start_a_pool": 1.0,
    },
    {
        "benchmark": "memory", "runs": 1_000_000, "short": False, "stored": True, "seconds": 25.0,
        "peak_bytes": 2**29, "peak_bytes_of_parent": 2**28, "goal": 2**30,
    },
    {
        "benchmark": "cold_start", "what": "relsim --help", "seconds": [0.2], "median": 0.2,
        "goal": 0.3,
    },
    SCALING,
]  # fmt: skip


def verdicts(lines: list[dict[str, Any]]) -> dict[str, bool | None]:
    return {row.figure: row.met for row in performance.goals(performance.Found(lines))}


def test_each_goal_has_its_verdict() -> None:
    found = verdicts(LINES)
    met = {figure for figure, verdict in found.items() if verdict}
    assert met == {
        "against the same model in Mesa, one core each",
        "two worker processes against one",
        "peak memory of 1,000,000 runs, parent and workers",
        "`relsim --help`, cold start",
        "cost against runs",
    }
    missed = {figure for figure, verdict in found.items() if verdict is False}
    assert missed == {
        "simulation of the baseline against its floor, one core",
        "1,000,000 runs into a folder, two workers",
    }
    assert set(verdicts([]).values()) == {None}


def test_the_page_shows_what_was_measured() -> None:
    text = performance.page(LINES)
    assert "its floor, one core | at most 3 × | 3.20 × | **no** |" in text
    assert f"Measured on {machine()['cpu']}" in text
    assert "![Seconds against horizon" in text
    assert "Nothing has been measured yet" in performance.page([])


def test_lines_of_a_benchmark_make_page_and_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "DOCS", tmp_path)
    monkeypatch.setattr(performance, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(performance, "FIGURE", tmp_path / "scaling.png")
    file = tmp_path / "bench.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES) + "\nnot a line\n", "utf-8")
    assert performance.main([str(file)]) == 0
    assert (tmp_path / "performance.md").read_text("utf-8") == performance.page(LINES)
    assert performance.page() == performance.page(LINES)  # again, from what is kept
    assert (tmp_path / "scaling.png").stat().st_size < 60_000


# The benchmarks' own numbers.


def test_a_line_is_fitted_and_what_is_no_line_is_seen() -> None:
    assert fitted([1, 2, 4], [5, 7, 11]) == pytest.approx((2, 3, 1))
    assert fitted([1, 2, 3, 4], [1, 4, 9, 16]).r_squared < 0.99


def test_terms_have_the_years_that_they_say() -> None:
    base = load("us-russia-2021")
    for years in YEARS:
        horizon = term(base, years).horizon
        assert math.isclose((horizon.end - horizon.start).days, 365.25 * years, abs_tol=1)


def test_memory_of_a_process_and_its_children_is_seen() -> None:
    waits = "x = bytearray(range(250)) * 600_000; import time; time.sleep(1)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {waits!r}], check=True)"
    most, alone, seconds = peak([sys.executable, "-c", both])
    assert 150e6 < most < 250e6
    assert alone < 100e6
    assert seconds > 1
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        ended.wait()
    assert bytes_of(ended.pid) == 0
