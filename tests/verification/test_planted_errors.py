"""No check that cannot fail: every verification has a planted error that turns it red."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.verification.__main__ import main
from tests.verification.cases import Case, z
from tests.verification.table import HEADINGS, Line, cases_of, modules, to_error

MODULES = {
    name: module
    for module in modules()
    if (name := module.__name__.rpartition(".")[2]) != Path(__file__).stem
}
PLANTED = [
    pytest.param(case, wrong, id=f"{case}: {wrong}")
    for module in MODULES.values()
    for case in cases_of(module)
    for wrong in case.planted
]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_plants_errors(name: str) -> None:
    """Each case has one at least; modules without cases plant theirs in tests of their own."""
    cases = cases_of(MODULES[name])
    assert all(case.planted for case in cases)
    if not cases:
        assert "planted" in inspect.getsource(MODULES[name]).casefold()


@pytest.mark.parametrize(("case", "wrong"), PLANTED)
@pytest.mark.default_cases(20)
def test_planted_error_is_rejected(case: Case, wrong: str) -> None:
    assert case.planted[wrong]().deviation > case.limit


def test_names_are_told_apart() -> None:
    names = [str(case) for module in MODULES.values() for case in cases_of(module)]
    assert len(names) == len(set(names)) > 30


def test_the_command_shows_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--case", "talks: share signed"]) == 0
    head, line, _, end = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == HEADINGS[0]
    assert line.startswith("talks: share signed  share  0.375")
    assert line.endswith("within")
    assert end == "1 of 1 checks within their limits"


@pytest.mark.parametrize(
    "words",
    [
        ["--case", "talks: share signed", "--plant", "breakdown's share"],
        ["--case", "Beta belief with failures only", "--plant", "all"],
    ],
)
def test_the_command_fails_with_an_error_planted(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert "0 of 1 checks within their limits" in capsys.readouterr().out


def test_a_deviation_that_is_no_number_is_a_miss() -> None:
    assert not Line("odd", z(float("nan"), 1.0, 0.1, "mean"), 4.0).within


def test_the_command_refuses_an_unknown_error() -> None:
    with pytest.raises(SystemExit):
        main(["--plant", "no such error"])


def test_numbers_are_shown_down_to_their_error() -> None:
    shown = to_error(3.14159, 0.012), to_error(5.1234e-10, 1e-13), to_error(0.0, 0.1)
    assert shown == ("3.142", "5.1234e-10", "0")
