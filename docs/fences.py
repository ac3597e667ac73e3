"""The fenced blocks of a Markdown page, and the commands in a shell block."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Fence:
    """A fenced block: where it stands, what it says it is, and its text."""

    page: Path
    line: int  # of the opening fence, from 1
    language: str
    name: str  # a second word after the language: the file that the block shows
    text: str
    options: dict[str, str] = field(default_factory=dict)  # key=value words behind these


@dataclass(frozen=True)
class Command:
    """A line of a shell block, and the exit code that the page says it has."""

    line: int
    words: tuple[str, ...]
    exit_code: int = 0


def fences(page: Path) -> list[Fence]:
    """All fenced blocks of a page; a fence that is never closed is an error."""
    found: list[Fence] = []
    opened: tuple[int, str, str] | None = None
    body: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        mark = line.strip()
        ticks = mark[: len(mark) - len(mark.lstrip("`"))]
        if opened is None:
            if len(ticks) >= 3:
                opened, body = (number, ticks, mark[len(ticks) :].strip()), []
        elif mark == ticks and len(ticks) >= len(opened[1]):
            start, _, info = opened
            words = shlex.split(info)
            options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            language, name = (*(word for word in words if "=" not in word), "", "")[:2]
            found.append(Fence(page, start, language, name, "\n".join(body) + "\n", options))
            opened = None
        else:
            body.append(line)
    if opened is not None:
        raise ValueError(f"{page}:{opened[0]}: this fence is never closed")
    return found


def commands(fence: Fence) -> list[Command]:
    """The commands of a shell block.

    In `sh` and `bash` blocks every line is one, in `console` blocks those after `$ `; a backslash
    joins lines. `$ echo $?` with its output says the exit code of the command before.
    """
    prompt = "$ " if fence.language == "console" else ""
    found: list[Command] = []
    lines = iter(enumerate(fence.text.splitlines(), fence.line + 1))
    for number, line in lines:
        if not line.startswith(prompt) or not line.strip():
            continue
        whole = line.removeprefix("$ ")
        while whole.endswith("\\"):
            whole = whole[:-1] + next(lines)[1]
        if whole.strip() == "echo $?":
            last = found.pop()
            found.append(Command(last.line, last.words, int(next(lines)[1])))
        elif words := tuple(shlex.split(whole, comments=True)):
            found.append(Command(number, words))
    return found
