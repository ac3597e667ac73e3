"""Every code block of the README and the docs does what it says.

Python blocks of a page run in order in one namespace, `relsim ...` commands run in between, all in
one temporary folder. Scenario blocks are validated, and written to that folder if the fence names a
file (```yaml my-dyad.yaml). Other commands are checked for what they name, not run.
"""

import os
import re
from pathlib import Path

import pytest

from docs.fences import Command, Fence, commands, fences
from docs.outputs import Followed, follow, inline, same, written_by_hand
from relsim.errors import ScenarioError
from tests.cli.calling import invoke

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "run `python -m docs.build --outputs`"
PAGES = [
    ROOT / "README.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if not {"_build", "generated"} & set(page.relative_to(ROOT).parts)
    ),
]
# They take most of the time; `make docs` runs them.
SLOW = {
    f"docs/{name}.md"
    for name in (
        "reference/cli", "guides/compare", "guides/replay", "guides/own-scenario", "guides/scale",
        "guides/results", "guides/drivers", "guides/reading", "guides/scenario", "guides/outcomes",
        "guides/structural-uncertainty", "guides/past", "guides/events", "guides/uncertainty",
        "guides/calibrate", "guides/learn", "guides/report", "guides/score", "tutorial", "index",
        "verification", "reference/rules", "api", "guides/signposts", "guides/given",
        "guides/rare", "guides/update",
    )
} | {"README.md"}  # fmt: skip
SHOWN = {"text", "json", "toml", "bibtex", "csv", "mermaid", "make", "html", "yaml"}
# To be read, not run: they fetch or change the reader's machine.
UNRUN = {"git", "cd", "pip", "pre-commit", "source", "cat", "ls", "open", "export", "conda"}


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))


def check(fence: Fence, where: str) -> bool:
    """Check a block, or a command that is not relsim's, for what it names; say if it is checked."""
    if fence.language == "command":
        check_command(fence.text.split(), where)
        return True
    if fence.language == "yaml" and fence.text.startswith("schema: relsim/1"):
        check_scenario(fence)
        return True
    known = fence.language in SHOWN or fence.language.startswith("{")
    assert known, f"{where}: say what this block is (text, if it is output)"
    return False


def check_command(words: list[str], where: str) -> None:
    program, *rest = words
    if program == "make":
        wanted = {word for word in rest if "=" not in word and not word.startswith("-")}
        assert wanted <= targets(), f"{where}: the Makefile has no target {wanted - targets()}"
    elif program in {"python", "python3"}:
        missing = [word for word in rest if word.endswith(".py") and not (ROOT / word).is_file()]
        assert not missing, f"{where}: there is no file {missing}"
    else:
        assert program in UNRUN, f"{where}: nobody checks `{program}`"


def check_scenario(fence: Fence) -> None:
    """Read a block that shows a scenario file, as a user would."""
    from relsim.scenario.schema import load

    file = Path(fence.name or f"line-{fence.line}.yaml")
    file.write_text(fence.text, encoding="utf-8")
    load(str(file))


def stale(followed: Followed) -> list[str]:
    """The outputs that a page shows and that are not what is printed now."""
    return [
        f"{fence.page.name}:{fence.line}: shows\n{fence.text}but now it is\n{text}{REMEDY}"
        for fence, text in followed.outputs
        if not same(fence.text, text)
    ]


def case(page: Path) -> object:
    """A page, slow if it is one of those."""
    name = page.relative_to(ROOT).as_posix()
    return pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


def in_this_process(command: Command, where: str) -> str:
    """What a command of a page prints, without a process of its own: tests/cli start real ones."""
    done = invoke(*command.words[1:])
    said = f"{where}: `{' '.join(command.words)}` ended with {done.exit_code}\n"
    assert done.exit_code == command.exit_code, said + done.output
    return done.stdout


@pytest.mark.parametrize("page", [case(page) for page in PAGES])
def test_the_blocks_of_a_page(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remembered: None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})  # no pools: two pages at a time
    assert stale(follow(page, in_this_process, check)) == []


@pytest.mark.parametrize("page", written_by_hand(), ids=lambda page: page.name)
@pytest.mark.slow
def test_the_marked_numbers_of_a_page(page: Path) -> None:
    assert [pair for pair in inline(page.read_text("utf-8")) if not same(*pair)] == []


def test_a_stale_output_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    for text, count in (("a .466 ± .004 in 3 s", 0), ("a .469 ± .004", 0), ("a .48 ± .004", 1),
                        ("a .466 ± .009", 1), ("b .466 ± .004", 1)):  # fmt: skip
        page.write_text(
            f"```python\nprint('x')\nprint('{text}')\n```\n"
            "```text output lines=466|4\n"
            f"a .466 ± .004{' in 5 s' if 'in' in text else ''}\n```\n",
            encoding="utf-8",
        )
        assert len(stale(follow(page, check=check))) == count, text


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
        follow(page, check=check)


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
    assert follow(page, check=check).done == 3


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
