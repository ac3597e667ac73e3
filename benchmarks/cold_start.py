"""Seconds from a cold start, as a user waits: the help page, and the default run with its figures.

A process of its own for each, the fastest of a few, beside the budget.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLI = "from relsim.cli.main import main; raise SystemExit(main())"
CASES = (  # what, arguments, repeats, budget in seconds
    ("import relsim", None, 5, None),
    ("relsim --help", ["--help"], 5, 0.3),
    ("relsim run us-russia-2021", ["run", "us-russia-2021"], 2, 5.0),
)


def seconds(arguments: list[str] | None, folder: Path) -> float:
    """Wall time of one process that runs relsim with these arguments (None: imports it only)."""
    code = "import relsim" if arguments is None else CLI
    command = [sys.executable, "-c", code, *(arguments or [])]
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def fastest(arguments: list[str] | None, repeats: int) -> float:
    """The fastest of some repeats, each in an empty folder of its own."""
    times = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            times.append(seconds(arguments, Path(folder)))
    return min(times)


if __name__ == "__main__":
    for what, arguments, repeats, budget in CASES:
        limit = f"budget {budget:g} s" if budget else ""
        print(f"{what:<28} {fastest(arguments, repeats):6.2f} s   {limit}", flush=True)
