"""Printed outputs that the pages written by hand show: made by running what stands above them.

A block with the language ``text`` and the word ``output`` shows what the shell or Python block
above it prints, or the command that ``of="relsim ..."`` gives. ``lines="regular expression"`` keeps
the lines that it finds; ``first="..." count=3`` so many from the first that it finds; ``width=78``
wraps long lines as a terminal would. In a text, ``<!--=headline.error-->...<!--/-->`` holds a
number of the baseline's default ensemble.

`python -m docs.build --outputs` writes them all anew; a test compares them, number by number.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any

import relsim
from docs.fences import Command, Fence, commands, fences

ROOT = Path(__file__).resolve().parents[1]
CLI = "from relsim.cli.main import main; raise SystemExit(main())"
SHELLS = {"sh", "bash", "console"}
BASELINE = "us-russia-2021"
INLINE = re.compile(r"<!--=([\w.]+)-->(.*?)<!--/-->")
NUMBER = re.compile(r"\d*\.?\d+")
ELAPSED = re.compile(r"\bin \d+(\.\d+)? s\b")
CLOSE = 4  # units of the last digit by which a number may be off on another processor

Runner = Callable[[Command, str], str]


def written_by_hand() -> list[Path]:
    """The pages that show an output, and are not computed as a whole."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    hidden = {"_build", "generated"}
    return [
        page
        for page in pages
        if not hidden & set(page.relative_to(ROOT).parts)
        and re.search(r"^```text output|<!--=", page.read_text("utf-8"), flags=re.MULTILINE)
    ]


def run_relsim(command: Command, where: str) -> str:
    """Run a command of a page, and return what it prints.

    Raises
    ------
    AssertionError
        If it does not end with the exit code that the page says.
    """
    done = subprocess.run(
        [sys.executable, "-c", CLI, *command.words[1:]],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = f"{where}: `{' '.join(command.words)}` ended with {done.returncode}\n"
    assert done.returncode == command.exit_code, said + done.stdout + done.stderr
    return done.stdout


@dataclass
class Followed:
    """What came of doing what a page says: blocks run or checked, and the outputs it shows."""

    done: int = 0
    outputs: list[tuple[Fence, str]] = field(default_factory=list)


def follow(
    page: Path,
    run: Runner = run_relsim,
    check: Callable[[Fence, str], bool] = lambda fence, where: False,
) -> Followed:
    """Do what a page says, from top to bottom, in the present folder.

    Python blocks run in order in one namespace, `relsim` commands in between; files that the page
    shows (a YAML block with a file's name) are written. `check` is asked of all other blocks and
    commands, and says whether it checked one.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found, printed = Followed(), ""
    for fence in fences(page):
        where = f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name}:{fence.line}"
        found.done += 1
        if fence.language == "python":
            printed = _run_python(fence, namespace)
        elif fence.language in SHELLS:
            for command in commands(fence):
                if command.words[0] == "relsim":
                    printed = run(command, where)
                else:
                    check(Fence(page, command.line, "command", "", " ".join(command.words)), where)
        elif fence.language == "text" and fence.name == "output":
            if "of" in fence.options:
                words = tuple(shlex.split(fence.options["of"]))
                printed = run(Command(fence.line, words), where)
            found.outputs.append((fence, shown(printed, fence.options)))
        else:
            if fence.language == "yaml" and fence.name:
                Path(fence.name).write_text(fence.text, encoding="utf-8")
            found.done -= not check(fence, where)
    return found


def _run_python(fence: Fence, namespace: dict[str, Any]) -> str:
    # Blank lines in front make a traceback name the page's own lines.
    code = compile("\n" * fence.line + fence.text, str(fence.page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


def shown(printed: str, options: dict[str, str]) -> str:
    """The part of an output that a page shows.

    Raises
    ------
    ValueError
        If the output has no such line.
    """
    lines = printed.rstrip("\n").split("\n")
    if "first" in options:
        at = next((n for n, line in enumerate(lines) if re.search(options["first"], line)), None)
        lines = [] if at is None else lines[at : at + int(options.get("count", "1"))]
    elif "lines" in options:
        lines = [line for line in lines if re.search(options["lines"], line)]
    if not lines:
        raise ValueError(f"the output has no such line: {options}\n{printed[:2000]}")
    if "width" in options:
        lines = [part for line in lines for part in _wrapped(line, int(options["width"]))]
    return "\n".join(lines) + "\n"


def _wrapped(line: str, width: int) -> list[str]:
    body = line.lstrip(" ")
    own = " " * (len(line) - len(body))
    return wrap(body, width, initial_indent=own, subsequent_indent=own + "  ") or [""]


@cache
def numbers() -> dict[str, str]:
    """What a marker in a text may name."""
    ensemble = relsim.simulate(relsim.load(BASELINE))
    found = ensemble.probability(ensemble.scenario.headline)
    return {
        "headline.value": found.value_text,
        "headline.error": found.error_text,
        "headline.interval": found.interval_text,
        "headline.half": found.middle_half_text,
    }


def inline(text: str) -> Iterator[tuple[str, str]]:
    """Each marked number of a page: what it shows, and what it is."""
    for name, now in INLINE.findall(text):
        yield now, numbers()[name]


def same(old: str, new: str) -> bool:
    """Whether two outputs say the same: all words alike, and numbers, but for the last digits.

    The same scenario, seed and version give the same bits on one kind of processor; elsewhere
    numbers may differ a little. The seconds that a command took do not count.
    """
    old, new = (ELAPSED.sub("in … s", text) for text in (old, new))
    if old == new:
        return True
    if _words(old) != _words(new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(_close(one, other) for one, other in pairs)


def _words(text: str) -> list[str]:
    return NUMBER.sub("#", text).split()


def _close(one: str, other: str) -> bool:
    digits = max(len(text.partition(".")[2]) for text in (one, other))
    return abs(float(one) - float(other)) <= CLOSE * 10.0**-digits


def renew(page: Path) -> bool:
    """Write the outputs of a page anew; return whether any changed."""
    here = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            outputs = follow(page).outputs
        finally:
            os.chdir(here)
    lines = page.read_text("utf-8").split("\n")
    for fence, text in reversed(outputs):
        if ELAPSED.sub("", fence.text) != ELAPSED.sub("", text):
            end = lines.index("```", fence.line)  # a text between has no fence in it
            lines[fence.line : end] = text.rstrip("\n").split("\n")
    new = INLINE.sub(lambda m: f"<!--={m[1]}-->{numbers()[m[1]]}<!--/-->", "\n".join(lines))
    changed = new != page.read_text("utf-8")
    if changed:
        page.write_text(new, "utf-8")
    return changed
