"""Run every check against an exact answer and show the numbers; exit code 1 if one misses.

With `--write` the page docs/verification.md is made from them. With `--plant` errors stand in the
checks, one at a time: every line must be a miss, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys

from relsim.tables import Table
from tests.verification.table import HEADINGS, Line, all_cases, right, run, wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the checks."""
    parser = argparse.ArgumentParser(prog="python -m tests.verification", description=__doc__)
    parser.add_argument("--case", help="only the checks with this in their names")
    parser.add_argument("--plant", metavar="ERROR", help='plant this error, or "all" one by one')
    parser.add_argument("--write", action="store_true", help="make the page docs/verification.md")
    options = parser.parse_args(arguments)
    if options.write and (options.case or options.plant):
        parser.error("--write is for all checks as they are")
    cases = [case for case in all_cases() if (options.case or "") in case.name]
    checks = list(wrong(cases, options.plant) if options.plant else right(cases))
    if not checks:
        parser.error("no check has such a name")
    lines = list(run(checks))
    print(Table(HEADINGS, [line.cells() for line in lines]).text())
    missed = [line for line in lines if not line.within]
    print(f"\n{len(lines) - len(missed)} of {len(lines)} checks within their limits")
    if options.write and not missed:
        write_page(lines)
    return 1 if missed else 0


def write_page(lines: list[Line]) -> None:
    """Make docs/verification.md anew."""
    from docs.build import DOCS
    from docs.pages import verification

    (DOCS / "verification.md").write_text(verification.page(lines), "utf-8")
    print("docs/verification.md")


if __name__ == "__main__":
    sys.exit(main())
