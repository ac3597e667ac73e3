"""The files that ship relsim agree: versions, pins, and what the wheel holds."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from zipfile import ZipFile

import pytest

from relsim.cli.main import main
from tests.unit.parsed import calls_and_imports

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def canonical(requirement: str) -> str:
    """The normalised name of a requirement: "ruamel.yaml>=0.18" is "ruamel-yaml"."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return {line.partition("==")[0]: line for line in lines if line and line[0] != "#"}


def test_the_lock_holds_exact_versions_and_nothing_else() -> None:
    exact = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.+!]*")
    assert [line for line in pins().values() if not exact.fullmatch(line)] == []


def test_the_lock_pins_everything_that_is_asked_for() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["dev"], *extras["docs"]]
    assert {canonical(requirement) for requirement in asked} <= set(pins())


def test_one_version_everywhere() -> None:
    version = re.escape(PROJECT["version"])
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+)", changelog, flags=re.MULTILINE)
    assert re.search(rf"^version: {version}$", citation, flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["version"]


CLOCKS = {"process_time", "perf_counter", "monotonic", "thread_time", "process_time_ns", "time"}
MAY_READ_CLOCKS = {
    # As a multiple of what reading the baseline takes in the same process.
    "tests/unit/scenario/costs.py",
    "tests/faults/killed.py",  # to kill in the middle of a chunk, whatever the machine's speed
}


SHORTEST_LIMIT = 120  # seconds, of a subprocess


def test_no_test_reads_a_clock() -> None:
    """What a test allows holds on a machine of any speed: tests/unit/scenario/costs.py compares."""
    reading = set()
    for file in (ROOT / "tests").rglob("*.py"):
        for node in calls_and_imports(file):
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                if isinstance(node.value, ast.Name) and node.value.id == "time":
                    reading.add(file.relative_to(ROOT).as_posix())
            elif isinstance(node, ast.ImportFrom) and node.module == "time":
                reading.add(file.relative_to(ROOT).as_posix())
    assert reading == MAY_READ_CLOCKS


def test_limits_of_subprocesses_guard_against_hanging_only() -> None:
    """No limit that a slow machine could meet: pytest's own ends what hangs."""
    limited = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / "tests").rglob("*.py")
        for node in calls_and_imports(file)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "timeout"
        and not (isinstance(word.value, ast.Constant) and float(word.value.value) >= SHORTEST_LIMIT)
    ]
    assert limited == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel that this checkout builds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("relsim_ir-*.whl")
    with ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_scenario(wheel: set[str]) -> None:
    scenarios = {f"relsim/scenarios/{file.name}" for file in (ROOT / "scenarios").glob("*.yaml")}
    assert scenarios
    assert scenarios <= wheel


def test_the_wheel_holds_every_module_and_its_types(wheel: set[str]) -> None:
    modules = {file.relative_to(ROOT).as_posix() for file in (ROOT / "relsim").rglob("*.py")}
    assert modules | {"relsim/py.typed"} <= wheel


def test_the_wheel_holds_the_templates(wheel: set[str]) -> None:
    templates = (ROOT / "relsim" / "scenario" / "templates").glob("*.yaml")
    assert {file.relative_to(ROOT).as_posix() for file in templates} <= wheel
    assert "relsim/scenario/templates/dyad.yaml" in wheel


def test_the_wheel_holds_the_records_of_events(wheel: set[str]) -> None:
    records = (ROOT / "relsim" / "history" / "data").glob("*.csv")
    assert {file.relative_to(ROOT).as_posix() for file in records} <= wheel
    assert "relsim/history/data/us_russia_1993_2021.csv" in wheel


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert [name for name in wheel if not name.startswith(("relsim/", "relsim_ir-"))] == []


def test_every_requirement_says_from_which_version_on() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["sensitivity"], *extras["remote"]]
    assert [requirement for requirement in asked if ">=" not in requirement] == []


def test_the_classifiers_begin_with_the_lowest_python() -> None:
    prefix = "Programming Language :: Python :: 3."
    minors = [c.removeprefix(prefix) for c in PROJECT["classifiers"] if c.startswith(prefix)]
    assert minors == [str(minor) for minor in range(int(minors[0]), int(minors[-1]) + 1)]
    assert PROJECT["requires-python"] == f">=3.{minors[0]}"


@pytest.mark.parametrize("command", ["relsim", "relsim-ir"])
def test_the_command_is_there_under_both_names(command: str) -> None:
    script = EntryPoint(command, PROJECT["scripts"][command], "console_scripts")
    assert script.load() is main


@pytest.mark.parametrize("failing", ["test", "lint", "docs", "nothing"])
def test_the_check_runs_everything_and_fails_if_anything_did(tmp_path: Path, failing: str) -> None:
    done = checked(tmp_path, failing)
    assert done.stdout.splitlines() == [
        "made env", "made lint", "made test required", "made docs required",
    ]  # fmt: skip
    assert "made browser" in done.stderr
    assert done.returncode == (failing != "nothing")


def test_the_check_goes_on_where_no_browser_can_be_installed(tmp_path: Path) -> None:
    done = checked(tmp_path, "browser")
    assert done.stdout.splitlines() == [f"made {t}" for t in ("env", "lint", "test", "docs")]
    assert "the tests in tests/browser are skipped" in done.stderr
    assert done.returncode == 0


def checked(folder: Path, failing: str) -> subprocess.CompletedProcess[str]:
    """What `.ci/run` does if one target of make fails; each says what it is told of the browser."""
    make = folder / "make"
    says = "echo made $1 $RELSIM_BROWSER"
    make.write_text(f'#!/bin/sh\n{says}\n[ "$1" != {failing} ]\n', "utf-8")
    make.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run(
        [ROOT / ".ci" / "run"], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_the_hooks_of_a_commit_are_the_linters_of_make() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    for tool in ("ruff check", "ruff format", "mypy"):
        assert f"/{tool}" in hooks
        assert f"$(BIN)/{tool}" in recipe
