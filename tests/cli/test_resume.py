"""``relsim run --resume``, Ctrl-C, and runs of which a chunk failed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from relsim.ensemble.opening import open_result
from relsim.errors import SimulationError
from relsim.runs.engine import simulate_chunks
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import load
from tests.cli.calling import Relsim
from tests.properties.comparing import SIMULATE_CHUNKS, each, shortened

SCENARIO = "us-russia-2021"
SHORT = "short.yaml"  # until the end of July 2021
RUN = ("run", SHORT, "--runs", "512", "--draws", "64", "--workers", "1")  # four chunks
SIMULATE = "relsim.simulate"


@pytest.fixture(autouse=True)
def _short(relsim_: Relsim) -> None:
    Path(SHORT).write_text(to_yaml(shortened(load(SCENARIO), "2021-07-31")), "utf-8")


def breaking(error: BaseException, at: int) -> Any:
    """A way to simulate chunks of which one raises an error."""

    def simulate(plan: Any, chunk: int) -> Any:
        if chunk == at:
            raise error
        return simulate_chunks(plan, (chunk,))[0]

    return each(simulate)


def failing(error: BaseException) -> Any:
    """A way to simulate chunks of which each raises an error, however wide it is."""

    def simulate(plan: Any, chunk: int, given: object = None) -> Any:
        raise error

    return simulate


def test_an_interrupted_run_is_kept_and_resumed(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("relsim.runs.plan.SIDE_BY_SIDE", 2)
        patch.setattr(SIMULATE_CHUNKS, breaking(KeyboardInterrupt(), 2))
        done = relsim_(*RUN, "--out", "half")
    assert done.exit_code == 130
    assert done.stdout == ""
    assert done.stderr == (
        "interrupted: what is finished is kept in half; the same command with --resume goes on\n"
    )
    plotted = relsim_("plot", "half", "--figure", "outcomes")
    assert plotted.exit_code == 0
    assert plotted.stderr == (
        "half is not finished: 256 of 512 runs are left out, since they were not simulated yet\n"
    )
    assert "--resume" in relsim_(*RUN, "--out", "half").stderr
    other = relsim_(*RUN, "--out", "half", "--resume", "--seed", "2")
    assert other.exit_code == 1
    assert other.stderr == (
        "half cannot be resumed: it was begun with seed 1, and 2 is asked for now\n"
    )
    resumed = relsim_(*RUN, "--out", "half", "--resume")
    assert resumed.exit_code == 0
    assert "wrote half: outcomes.csv" in resumed.stdout
    fresh = relsim_(*RUN, "--out", "new", "--resume")
    assert fresh.exit_code == 0
    assert Path("half/outcomes.csv").read_bytes() == Path("new/outcomes.csv").read_bytes()
    assert open_result("half") == open_result("new")


def test_a_failed_chunk_is_reported_with_the_command_that_shows_it(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = SimulationError("rule 'own' of US in week 3: returned numbers that are not finite", 5)
    broken = breaking(error, 1)
    monkeypatch.setattr(SIMULATE_CHUNKS, broken)
    for words in (("--out", "part"), ("--json",)):
        done = relsim_(*RUN, *words)
        assert done.exit_code == 3
        assert "done in part: 128 of 512 runs failed (1 chunk broke off)" in done.stderr
        assert "runs 128 to 255) failed at run 133, draw 5: rule 'own' of US" in done.stderr
        command = done.stderr.rpartition("see it with: ")[2].strip()
        monkeypatch.setattr("relsim.story.one_run.simulate_chunk", failing(error))
        shown = relsim_(*shlex.split(command)[1:])
        assert shown.exit_code == 1
        assert shown.stderr == f"{error}\n"
    assert json.loads(done.stdout)["failed_runs"] == 128
    assert open_result("part").failures[0].run == 133


def test_to_resume_takes_a_folder(relsim_: Relsim) -> None:
    done = relsim_(*RUN, "--json", "--resume")
    assert done.exit_code == 1
    assert "--resume needs the folder to go on with: name it with --out" in done.stderr


def test_where_every_chunk_fails_there_is_no_table(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(plan: Any, chunks: Any, given: object = None) -> Any:
        raise SimulationError("no day passes")

    monkeypatch.setattr(SIMULATE_CHUNKS, fail)
    done = relsim_(*RUN, "--json")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "no day passes\n")
