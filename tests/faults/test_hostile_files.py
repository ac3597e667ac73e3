"""Files that are meant to harm the reader are refused at once, through the command line too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calling import invoke
from tests.unit.scenario.costs import BOUNDED, cost

MEMORY = 500e6  # bytes
HUGE = 200_000_000
BASE = """schema: relsim/1
name: hostile
extends: us-russia-2021
actors:
  US:
    stake: 3
"""

Writer = Callable[[Path], None]


def alias_bomb(path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    path.write_text(BASE + "\n".join(lines))


def huge(path: Path) -> None:
    """200 MB of text, of which the disk holds one line."""
    with path.open("wb") as file:
        file.write(BASE.encode())
        file.truncate(HUGE)


def holding(old: str, new: str) -> Writer:
    """The base with one word in place of another."""
    assert old in BASE
    return lambda path: path.write_text(BASE.replace(old, new, 1)) and None


def nested(word: str, before: str = " ") -> Writer:
    return lambda path: path.write_text(f"{BASE}moves:{before}{word * 10_000}") and None


OUTSIDE = "must be in the folder of this file"
HOSTILE: dict[str, tuple[Writer, str]] = {
    "alias bomb": (alias_bomb, "anchor"),
    "200 MB": (huge, "is larger than 1,000,000 bytes"),
    "10,000 brackets": (nested("["), "nested deeper than 64 levels"),
    "10,000 braces": (nested("{a: "), "nested deeper than 64 levels"),
    "10,000 dashes": (nested("- ", "\n"), "nested deeper than 64 levels"),
    "a Python object": (holding("3", "!!python/object/apply:os.system [echo]"), "tag"),
    "a path outside": (holding("us-russia-2021", "../../outside.yaml"), OUTSIDE),
    "an absolute path": (holding("us-russia-2021", "/etc/outside.yaml"), OUTSIDE),
    "not a number": (holding("3", ".nan"), "finite"),
    "beyond a double": (holding("3", "1e400"), "finite"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    write, said = HOSTILE[name]
    file = tmp_path / "hostile.yaml"
    write(file)
    invoke("check", "none.yaml")  # imports
    answers = []
    assert cost(lambda: answers.append(invoke("check", str(file)))) < BOUNDED
    (found,) = answers
    assert found.exit_code == 1, found.output
    assert found.output.startswith(f"{file}:"), found.output
    assert said in found.output


def test_a_file_as_good_as_the_hostile_ones_is_read(tmp_path: Path) -> None:
    """The refusals are not of the base itself."""
    file = tmp_path / "hostile.yaml"
    file.write_text(BASE)
    found = invoke("check", str(file))
    assert found.exit_code == 0, found.output


def test_they_take_no_memory(tmp_path: Path) -> None:
    """In a process that may not have more than half a gigabyte, none runs out of it."""
    for number, (write, _) in enumerate(HOSTILE.values()):
        write(tmp_path / f"hostile_{number}.yaml")
    files = [str(file) for file in sorted(tmp_path.iterdir())]
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY:.0f},) * 2)\n"
        f"sys.argv = ['relsim', 'check', *{files!r}]\n"
        "from relsim.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    blamed = {line.split(":")[0] for line in done.stdout.splitlines()}
    assert set(files) <= blamed, done.stdout + done.stderr
