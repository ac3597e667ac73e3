"""What is tested against exact answers, and what came of it; `make verification` makes it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from docs.pages.markdown import code, first_sentence, note, table
from relsim import __version__
from tests.verification.cases import LIMIT, Case
from tests.verification.table import HEADINGS, Line, cases_of

TESTS = Path(__file__).parents[2] / "tests"
COMMAND = "make verification"
NUMBERS = "exact,relsim,standard error,deviation"

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

Each check compares relsim with an exact answer. `make verification` runs them, prints this table,
and fails if one misses. The deviation is counted in standard errors where chance plays a part, else
in units of the rounding that is allowed, in brackets; its limit, {limit:g} as a rule, stands beside
it. Of several comparisons in one check the worst is shown. The exact value of a chi-square is its
mean, the degrees of freedom, and its deviation the normal deviate with the same chance, below zero
where counts agree better than usual. The {count} checks, with relsim {version}:

"""

PLANTED = """
## Planted errors

No check that cannot fail: each has planted errors, the same check with a wrong formula in it, and a
test sees that every one of them is rejected. `python -m tests.verification --plant all` shows how
far off each of them is.

"""

OTHERS = """
## By other means

These modules plant their errors in tests of their own.

"""

REPEATS = """
## Reproducibility

- The same scenario, seed, version and lock file give the same bits on one kind of processor,
  whatever the number of workers and the order in which chunks finish. Elsewhere outcome counts
  agree within a tolerance: NumPy's functions differ in the last bit where they use other
  instructions (SIMD).
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


def page(lines: Sequence[Line]) -> str:
    """The page, as Markdown, from the checks that were run."""
    found = [(module, cases_of(module)) for module in modules("verification")]
    others = [
        (file_of(module), first_sentence(module.__doc__))
        for module, cases in found
        if not cases and not module.__name__.endswith("planted_errors")
    ]
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(limit=LIMIT, count=len(lines), version=__version__),
            table(HEADINGS, [line.cells() for line in lines], right=NUMBERS),
            PLANTED,
            planted(),
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


def planted() -> str:
    """The table of the checks and their planted errors."""
    rows = [row for module in modules("verification") for row in checked(module, cases_of(module))]
    return table(("check", "planted errors", "in"), rows)


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
