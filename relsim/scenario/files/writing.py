"""A scenario as YAML, everything filled in; and one to start from, every number a placeholder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from relsim.errors import UsageError
from relsim.escaping import HIDDEN
from relsim.scenario.fields.section import NAME_PATTERN, Section
from relsim.scenario.files.parsing import scalar_of
from relsim.scenario.files.places import shown

__all__ = ["dyad", "to_yaml", "write_new", "yaml_lines"]


WIDTH = 100
INDENT = "  "

# Safe without quotes anywhere: begins with a letter, and holds nothing that YAML may mean.
_PLAIN = re.compile(r"[^\W\d_][^:#,\[\]{}\"\\&*!|>%@`\s]*(?: [^:#,\[\]{}\"\\&*!|>%@`\s]+)*")
_UNPRINTABLE = re.compile(f"[{HIDDEN}]")


def to_yaml(scenario: Section) -> str:
    """Return a scenario file that needs no other; read again it has the same hash."""
    return "\n".join(yaml_lines(scenario.model_dump(mode="json", exclude_none=True))) + "\n"


def yaml_lines(data: Any, width: int = WIDTH) -> list[str]:
    """Return a mapping or a list as lines of YAML, an entry on one line if it fits into `width`."""
    if not _nests(data):
        return [_scalar(data)]
    if isinstance(data, list):
        return [line for item in data for line in _item(item, width)]
    return [line for key, value in data.items() for line in _entry(str(key), value, width)]


def _nests(data: Any) -> bool:
    return isinstance(data, (dict, list)) and bool(data)


def _item(item: Any, width: int) -> Iterable[str]:
    line = _on_one_line(item)
    if not _nests(item) or len("- " + line) <= width:
        return [f"- {line}"]
    first, *rest = yaml_lines(item, width - len("- "))
    return [f"- {first}", *(INDENT + line for line in rest)]


def _entry(key: str, value: Any, width: int) -> Iterable[str]:
    line = f"{_scalar(key)}: {_on_one_line(value)}"
    if not _nests(value) or len(line) <= width:
        return [line]
    return [f"{_scalar(key)}:", *(INDENT + line for line in yaml_lines(value, width - len(INDENT)))]


def _on_one_line(data: Any) -> str:
    if isinstance(data, dict):
        inside = (f"{_scalar(str(key))}: {_on_one_line(value)}" for key, value in data.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_on_one_line, data)) + "]"
    return _scalar(data)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _is_plain(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _is_plain(text: str) -> bool:
    """Whether a text stays a text without quotes: ``null`` and ``1.5`` do not."""
    means_itself = isinstance(scalar_of(text), str)
    return means_itself and bool(_PLAIN.fullmatch(text)) and not _UNPRINTABLE.search(text)


SCENARIO_NAME = "[a-z0-9][a-z0-9-]{0,79}"
# Words that YAML, in its old version or its new one, does not read as text.
NO_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
# First review and election season of each side; they differ, so that neither always goes first.
ACTORS = (
    {"first": "0", "begins": "2028-02-01", "ends": "2028-05-01"},
    {"first": "3", "begins": "2029-03-01", "ends": "2029-06-01"},
)


def dyad(name: str, actors: tuple[str, str] = ("A", "B"), title: str | None = None) -> str:
    """The text of a scenario of two actors, to be filled in.

    Parameters
    ----------
    name : str
        Of the scenario: small letters, digits and hyphens.
    actors : pair of str
        Keys of the two sides, such as country codes: letters, digits, ``_`` and ``-``.
    title : str, optional
        One line; by default made of the actors.

    Raises
    ------
    UsageError
        If a name cannot be one.
    """
    if not re.fullmatch(SCENARIO_NAME, name):
        raise UsageError(
            f"a scenario's name has small letters, digits and hyphens, at most 80, and begins with "
            f"no hyphen (got {name!r:.100})"
        )
    for actor in actors:
        if not re.fullmatch(NAME_PATTERN, actor) or len(actor) > 80:
            raise UsageError(
                f"an actor's name begins with a letter and goes on with letters, digits, _ and - "
                f"(got {actor!r:.100})"
            )
    if actors[0] == actors[1]:
        raise UsageError(f"a dyad has two actors (got {actors[0]!r} twice)")
    title = title if title is not None else f"{actors[0]} and {actors[1]}, 2027 to 2030"
    if not title.strip() or not title.isprintable():
        raise UsageError(f"a title is one line of text (got {title!r:.100})")
    a, b = (_as_yaml(actor) for actor in actors)
    sections = [
        _template("actor.yaml").substitute(key=key, **own)
        for key, own in zip((a, b), ACTORS, strict=True)
    ]
    return _template("dyad.yaml").substitute(
        name=_as_yaml(name),
        title=title,
        title_quoted=json.dumps(title, ensure_ascii=False),
        a=a,
        b=b,
        a_plain=actors[0],
        b_plain=actors[1],
        actors="".join(sections),
    )


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises
    ------
    UsageError
        If there is one already, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{shown(path)} exists already: remove it, or name another file") from None
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be written: {error.strerror}") from error


def _template(name: str) -> Template:
    return Template(files("relsim.scenario").joinpath("templates", name).read_text("utf-8"))


def _as_yaml(word: str) -> str:
    """A name as YAML of any version reads it as text."""
    return f'"{word}"' if word.lower() in NO_TEXT or word[0].isdigit() else word
