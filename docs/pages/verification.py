"""What is tested against exact answers, read off the tests themselves."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from docs.pages.markdown import code, first_sentence, note, table
from tests.verification.cases import LIMIT, Case

TESTS = Path(__file__).parents[2] / "tests"

INTRODUCTION = """
# Verification

How we know that the numbers follow from the equations. Whether the equations are right is another
question: see [the record](record.md) and [what learning does](learning.md).

`make test` runs it all. The tests stand by kind:

| folder | holds |
| --- | --- |
| `tests/verification` | exact answers: closed forms, limits, chains, independent slow twins |
| `tests/meaning` | what must be seen in the runs, as numbers, in at least 80% of draws |
| `tests/faults` | broken input: always a message with a place, never a traceback |
| `tests/unit`, `tests/cli`, `tests/figures` | single functions, commands, figures |
| `tests/docs` | every code block of these pages, and that computed pages are up to date |

## Against exact answers

Each check measures how far the engine is from an exact answer, in standard errors where chance
plays a part, else in units of float32's rounding; up to {limit:g} is accepted. **Each has planted
errors**, the same check with a wrong formula in it, and a test sees that every one of them is
rejected. The {count} checks, and what was planted:

"""

OTHERS = """
## By other means

These modules plant their errors in tests of their own.

"""

REPEATS = """
## Reproducibility

- The same scenario, seed, version, machine and lock file give the same bits, whatever the number of
  workers and the order in which chunks finish. Elsewhere outcome counts agree within a tolerance:
  floating-point libraries differ in the last bit.
- The first batches of a larger ensemble, at the same number of runs a draw, are the smaller one.
- A variant equal to the baseline differs in no run; one that changes something only after a date
  differs in nothing before it.

```python
import relsim

scenario = relsim.load("us-russia-2021")
small = relsim.simulate(scenario, runs=64, draws=64, seed=0)
large = relsim.simulate(scenario, runs=128, draws=128, seed=0)
assert (large.first_day[:, :64] == small.first_day).all()
```
"""


def page() -> str:
    """The page, as Markdown."""
    found = [(module, cases_of(module)) for module in modules("verification")]
    rows = [row for module, cases in found for row in checked(module, cases)]
    count = sum(len(cases) for _, cases in found)
    others = [
        (file_of(module), first_sentence(module.__doc__))
        for module, cases in found
        if not cases and not module.__name__.endswith("planted_errors")
    ]
    return "".join(
        [
            note(),
            INTRODUCTION.lstrip().format(limit=LIMIT, count=count),
            table(("check", "planted errors", "in"), rows),
            OTHERS,
            table(("module", "holds"), others),
            meaning(),
            REPEATS,
        ]
    )


def modules(kind: str) -> Iterator[ModuleType]:
    """The test modules of a kind."""
    for file in sorted((TESTS / kind).glob("test_*.py")):
        yield importlib.import_module(f"tests.{kind}.{file.stem}")


def cases_of(module: ModuleType) -> list[Case]:
    """The checks of a module that come with planted errors."""
    return [case for case in getattr(module, "CASES", ()) if isinstance(case, Case)]


def checked(module: ModuleType, cases: list[Case]) -> Iterator[tuple[str, str, str]]:
    """A row for each check of a module."""
    for case in cases:
        yield str(case), "; ".join(case.planted), file_of(module)


def file_of(module: ModuleType) -> str:
    """The name of a test module's file, without what all share."""
    return code(module.__name__.rsplit(".", 1)[1])


def meaning() -> str:
    """What must be seen in the runs."""
    rows = [(file_of(module), first_sentence(module.__doc__)) for module in modules("meaning")]
    if not rows:
        return ""
    return "\n## What must be seen in the runs\n\n" + table(("module", "holds"), rows)
