"""No check that cannot fail: every verification has a planted error that turns it red."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from tests.verification.cases import Case

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
MODULES.remove(Path(__file__).stem)


def cases_of(name: str) -> list[Case]:
    module = importlib.import_module(f"tests.verification.{name}")
    return [case for case in getattr(module, "CASES", ()) if isinstance(case, Case)]


PLANTED = [
    pytest.param(case, wrong, id=f"{case}: {wrong}")
    for name in MODULES
    for case in cases_of(name)
    for wrong in case.planted
]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_plants_errors(name: str) -> None:
    """Each case has one at least; modules without cases plant theirs in tests of their own."""
    cases = cases_of(name)
    if cases:
        assert all(case.planted for case in cases)
    else:
        module = importlib.import_module(f"tests.verification.{name}")
        assert "planted" in inspect.getsource(module).casefold()


@pytest.mark.parametrize(("case", "wrong"), PLANTED)
def test_planted_error_is_rejected(case: Case, wrong: str) -> None:
    assert case.planted[wrong]().deviation > case.limit


def test_names_are_told_apart() -> None:
    names = [str(case) for name in MODULES for case in cases_of(name)]
    assert len(names) == len(set(names)) > 30
