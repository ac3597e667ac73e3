"""What the commands say of a result that was tampered with, in a process of little memory.

    python -m tests.faults.tampering_messages BASES OUT [EVERY]

BASES holds results as they were written; of few kinds, or with EVERY of all, a copy is taken and
tampered with, and what the commands say of it goes to the file OUT: one command, in turn, or with
EVERY each.
"""

from __future__ import annotations

import json
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import relsim
from relsim.errors import RelsimError
from relsim.scenario.schema import load
from relsim.simulate import Plan, simulate
from tests.cli.calling import invoke
from tests.faults.tampering_kinds import KINDS
from tests.properties.comparing import SIMULATE, shortened

WIDTH, RUNS, DRAWS = 64, 256, 64
MEMORY = 500_000_000  # bytes
HANG = 60  # seconds: many times what any takes
SCENARIO = shortened(load("us-russia-2021"), "2021-07-31")


def write_bases(place: Path, weighted: Callable[[Path], object], drawn: Path) -> None:
    """Results as they are written: whole, half finished, with weights, with joint draws."""
    with narrow():
        simulate(SCENARIO, RUNS, DRAWS, folder=place / "whole")

        def interrupt(done: int, total: int) -> None:
            if done >= 2 * WIDTH:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            simulate(SCENARIO, RUNS, DRAWS, folder=place / "half", progress=interrupt)
        simulate(shortened(load(drawn), "2021-07-31"), DRAWS, DRAWS, folder=place / "drawn")
    weighted(place / "weighted")


@contextmanager
def narrow() -> Iterator[None]:
    """Chunks of few runs."""
    before = SIMULATE.Plan
    SIMULATE.Plan = partial(Plan, width=WIDTH)
    try:
        yield
    finally:
        SIMULATE.Plan = before


def outcome_of(way: str, folder: Path) -> dict[str, Any]:
    """What a command says of a folder, and what it read of it."""
    before = bytes_read()
    signal.alarm(HANG)
    try:
        found = said(way, folder)
    finally:
        signal.alarm(0)
    return found | {"read": bytes_read() - before}


def said(way: str, folder: Path) -> dict[str, Any]:
    if way in ("plot", "replay"):
        words = {
            "plot": ["plot", str(folder), "--figure", "outcomes"],
            "replay": ["replay", str(folder), "--run", "1"],
        }
        done = invoke(*words[way])
        fine = done.exception is None or isinstance(done.exception, SystemExit)
        return {"code": done.exit_code, "said": done.output if fine else repr(done.exception)}
    try:
        if way == "resume":
            with narrow():
                simulate(SCENARIO, RUNS, DRAWS, folder=folder, resume=True)
        else:
            dict(relsim.open(folder).parameters)
    except RelsimError as error:
        return {"code": 1, "said": f"{error}\n"}
    return {"code": 0, "said": ""}


def bytes_read() -> int:
    """Bytes that this process has read, where the system says."""
    try:
        lines = Path("/proc/self/io").read_text("ascii").splitlines()
    except OSError:
        return 0
    return int(lines[0].split()[1])


def peak_memory() -> int:
    """The most bytes that this process has had in memory."""
    try:  # getrusage begins with the peak of the process that started this one
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
    except (OSError, StopIteration):
        usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return usage * (1024 if sys.platform != "darwin" else 1)  # Linux counts kilobytes


def files_of(place: Path) -> dict[str, str]:
    """What lies beside a result, and what of it is the user's."""
    own = [file for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
    return {
        file.relative_to(place).as_posix(): file.read_text("utf-8", "replace")
        for file in own
        if file.stat().st_size < 100 and file.read_bytes() == b"precious"
    }


def few() -> list[str]:
    """A tenth of the kinds, from all along their list."""
    return list(KINDS)[::10]


def main(bases: Path, out: Path, every: bool) -> None:
    """Tamper with copies of the bases; report of each what the commands say."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    found: dict[str, Any] = {}
    for base, ways in (("whole", ("plot", "replay", "parameters")), ("half", ("resume",))):
        shutil.copytree(bases / base, bases / "untouched" / "result")
        # What is read at first, modules say, does not count.
        for way in (*ways, "parameters") if "parameters" in ways else ways:
            found[f"untouched: {way}"] = outcome_of(way, bases / "untouched" / "result")
        shutil.rmtree(bases / "untouched")
    for number, name in enumerate(KINDS if every else few()):
        kind = KINDS[name]
        place = bases / f"tampered-{number}"
        folder = shutil.copytree(bases / kind.base, place / "result")
        kind.harm(folder)
        before = files_of(place)
        ways = kind.ways if every else (kind.ways[number % len(kind.ways)],)
        messages = {way: outcome_of(way, folder) for way in ways}
        found[name] = {"messages": messages, "before": before, "after": files_of(place)}
        shutil.rmtree(place)
    found["memory"] = peak_memory()
    out.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), len(sys.argv) > 3)
