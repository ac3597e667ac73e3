"""Every code block of the README and the docs does what it says.

Python blocks of a page run in order in one namespace, `relsim ...` commands run in between, all in
one temporary folder. Scenario blocks are validated, and written to that folder if the fence names a
file (```yaml my-dyad.yaml). Other commands are checked for what they name, not run.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from relsim.errors import ScenarioError
from tests.docs.fences import Command, Fence, commands, fences

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if not {"_build", "generated"} & set(page.relative_to(ROOT).parts)
    ),
]
SHELLS = {"sh", "bash", "console"}
SHOWN = {"text", "json", "toml", "bibtex", "csv", "mermaid", "make", "html", "yaml"}
# To be read, not run: they fetch or change the reader's machine.
UNRUN = {"git", "cd", "pip", "pre-commit", "source", "cat", "ls", "open", "export", "conda"}
CLI = "from relsim.cli.main import main; raise SystemExit(main())"


def run_python(fence: Fence, namespace: dict[str, Any]) -> None:
    # Blank lines in front make a traceback name the page's own lines.
    code = compile("\n" * fence.line + fence.text, str(fence.page), "exec")
    exec(code, namespace)


def run_relsim(command: Command, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLI, *command.words[1:]],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    said = f"{where}: `{' '.join(command.words)}` ended with {done.returncode}\n"
    assert done.returncode == command.exit_code, said + done.stdout + done.stderr


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))


def check_command(command: Command, where: str) -> None:
    """Run a relsim command; of any other check what it names."""
    program, *words = command.words
    if program == "relsim":
        run_relsim(command, where)
    elif program == "make":
        wanted = {word for word in words if "=" not in word and not word.startswith("-")}
        assert wanted <= targets(), f"{where}: the Makefile has no target {wanted - targets()}"
    elif program in {"python", "python3"}:
        missing = [word for word in words if word.endswith(".py") and not (ROOT / word).is_file()]
        assert not missing, f"{where}: there is no file {missing}"
    else:
        assert program in UNRUN, f"{where}: nobody checks `{program}`"


def check_scenario(fence: Fence, folder: Path) -> None:
    """Write a block that shows a scenario file, and read it as a user would."""
    from relsim.scenario.reading import load

    file = folder / (fence.name or f"line-{fence.line}.yaml")
    file.write_text(fence.text, encoding="utf-8")
    load(str(file))


def follow(page: Path, folder: Path) -> int:
    """Do what a page says, from top to bottom; return how many blocks were run or checked."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    done = 0
    for fence in fences(page):
        where = f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name}:{fence.line}"
        done += 1
        if fence.language == "python":
            run_python(fence, namespace)
        elif fence.language in SHELLS:
            for command in commands(fence):
                check_command(command, where)
        elif fence.language == "yaml" and fence.text.startswith("schema: relsim/1"):
            check_scenario(fence, folder)
        else:
            done -= 1
            known = fence.language in SHOWN or fence.language.startswith("{")
            assert known, f"{where}: say what this block is (text, if it is output)"
    return done


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow(page, tmp_path)


PLANTED = {
    "python that raises": ("```python\n1 / 0\n```\n", ZeroDivisionError, "by zero"),
    "a name of another page": ("```python\nensemble\n```\n", NameError, "ensemble"),
    "a wrong claim": (
        "```python\nx = 1\n```\n```python\nassert x == 2, x\n```\n",
        AssertionError,
        "^1$",
    ),
    "an unknown target": ("```sh\nmake nonsense\n```\n", AssertionError, "no target.*nonsense"),
    "an unknown program": ("```console\n$ frobnicate\n```\n", AssertionError, "nobody checks"),
    "a missing file": ("```sh\npython examples/none.py\n```\n", AssertionError, "no file"),
    "a failing command": ("```sh\nrelsim no-such\n```\n", AssertionError, "ended with 2"),
    "a wrong exit code": (
        "```console\n$ relsim --help\n$ echo $?\n1\n```\n",
        AssertionError,
        "ended with 0",
    ),
    "a scenario with a slip": (
        "```yaml slip.yaml\nschema: relsim/1\nnmae: a\n```\n",
        ScenarioError,
        r"slip\.yaml:2:1: .*nmae",
    ),
    "a block of no language": ("```\nrelsim run x\n```\n", AssertionError, "say what this block"),
    "an open fence": ("```python\n1\n", ValueError, "page.md:1: .*never closed"),
}


@pytest.mark.parametrize(("text", "error", "said"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_fault_is_seen(
    text: str,
    error: type[Exception],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        follow(page, tmp_path)


def test_blocks_of_a_page_share_names_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nfrom pathlib import Path\nPath('seen').touch()\n```\n\n"
        "```sh\nmake run SCENARIO=x   # one target\ncd relsim\n```\n\n"
        "```text\nno code\n```\n\n"
        "```python\nassert Path('seen').exists()\n```\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert follow(page, tmp_path) == 3


def test_shell_lines_are_read_as_a_reader_would(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ relsim run us-russia-2021 \\\n    --runs 64\nan output\n"
        "$ relsim check bad.yaml   # a comment\nbad.yaml:1:1: ...\n$ echo $?\n1\n```\n",
        encoding="utf-8",
    )
    (fence,) = fences(page)
    first, second = commands(fence)
    assert first == Command(2, ("relsim", "run", "us-russia-2021", "--runs", "64"))
    assert second == Command(5, ("relsim", "check", "bad.yaml"), exit_code=1)
