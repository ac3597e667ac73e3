"""A scenario to start from: complete, runnable, and every number a placeholder."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from relsim.errors import UsageError
from relsim.scenario.files.places import shown
from relsim.scenario.section import NAME_PATTERN

__all__ = ["dyad", "write_new"]

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
