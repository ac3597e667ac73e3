"""All cases of verification, run one by one: exact value, relsim's value, error, verdict."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.verification.cases import RANDOM, Case, Check, Result

HEADINGS = ("check", "of", "exact", "relsim", "standard error", "deviation", "verdict")


@dataclass(frozen=True)
class Line:
    """A check that was run, and what was found."""

    name: str
    result: Result
    limit: float

    @property
    def within(self) -> bool:
        """Whether the deviation is accepted; one that is no number is not."""
        return self.result.deviation <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The line in words, numbers to the digits that the error supports."""
        found = self.result
        error = f"{found.error:.2g}"
        return (
            self.name,
            found.measure,
            to_error(found.exact, found.error),
            to_error(found.found, found.error),
            error if found.measure in RANDOM else f"({error})",
            f"{found.deviation:.2f} of {self.limit:.3g}",
            "within" if self.within else "MISSED",
        )


def to_error(value: float, error: float) -> str:
    """A number down to the second digit of its error."""
    if not (math.isfinite(value) and error > 0) or value == 0:
        return f"{value:g}"
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2
    return f"{value:.{min(max(digits, 1), 12)}g}"


def modules() -> Iterator[ModuleType]:
    """The test modules of this folder."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        yield importlib.import_module(f"tests.verification.{file.stem}")


def cases_of(module: ModuleType) -> list[Case]:
    """The cases of a test module."""
    return [case for case in getattr(module, "CASES", ()) if isinstance(case, Case)]


def all_cases() -> list[Case]:
    """The cases of all modules."""
    return [case for module in modules() for case in cases_of(module)]


def right(cases: Iterable[Case]) -> Iterator[tuple[str, Check, float]]:
    """Each case: its name, its check, the largest deviation that is accepted."""
    for case in cases:
        yield case.name, case.check, case.limit


def wrong(cases: Iterable[Case], error: str) -> Iterator[tuple[str, Check, float]]:
    """Each case with an error planted; with all of its errors, one by one, if `error` is "all"."""
    for case in cases:
        for name, check in case.planted.items():
            if error in ("all", name):
                yield f"{case.name}: {name}", check, case.limit


def run(checks: Iterable[tuple[str, Check, float]]) -> Iterator[Line]:
    """Run checks."""
    for name, check, limit in checks:
        yield Line(name, check(), limit)
