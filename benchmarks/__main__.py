"""All benchmarks, one after another: `make bench`.

    python -m benchmarks [NAME ...] [--ten-million]

Each is a process of its own. Their lines of JSON go to relsim-out/bench.jsonl, a line about the
machine first; `python -m docs.pages.performance relsim-out/bench.jsonl` makes the page of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import machine

NAMES = ("floor", "against_peers", "scaling", "memory", "cold_start", "storing")
OUT = Path("relsim-out/bench.jsonl")


def lines_of(name: str, words: list[str]) -> tuple[list[str], int]:
    """What a benchmark reports, shown as it comes, and its exit code."""
    found = []
    command = [sys.executable, "-m", f"benchmarks.{name}", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            found.append(line)
    return found, running.returncode


def main() -> int:
    """Run them; the exit code is 1 if one misses its goal or fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="all benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--ten-million", action="store_true", help="memory of ten million runs, too: ten minutes"
    )
    options = parser.parse_args()
    asked = options.names or [n for n in NAMES if find_spec(f"benchmarks.{n}")]
    if unknown := [name for name in asked if name not in NAMES]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    about = json.dumps({"benchmark": "machine"} | machine()) + "\n"
    print(about, end="", flush=True)
    OUT.parent.mkdir(exist_ok=True)
    missed = []
    with OUT.open("w", encoding="utf-8") as kept:
        kept.write(about)
        for name in asked:
            print(f"== {name}", file=sys.stderr, flush=True)
            more = options.ten_million and name == "memory"
            lines, code = lines_of(name, ["--ten-million"] if more else [])
            kept.writelines(lines)
            kept.flush()
            missed += [name] if code else []
    print(f"wrote {OUT}", file=sys.stderr)
    if missed:
        print(f"a goal was missed, or something failed, in {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
