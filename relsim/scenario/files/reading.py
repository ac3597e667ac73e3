"""Scenario files to validated scenarios, or to every problem at once with file, line and column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from relsim.errors import Problem
from relsim.scenario.fields.section import Section
from relsim.scenario.files.extending import resolved
from relsim.scenario.files.parsing import Entry, plain
from relsim.scenario.files.places import name_of, resolve
from relsim.scenario.files.settings import applied, validated_entry

__all__ = ["Document", "read", "validated"]

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Document:
    """A scenario file, and all that it extends, read but not validated.

    Attributes
    ----------
    path : Path
        The file that was asked for.
    root : Entry
        The merged mapping; each entry knows its place.
    problems : tuple of Problem
        What is wrong with the text, whatever the schema says.
    """

    path: Path
    root: Entry
    problems: tuple[Problem, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """The merged mapping as plain data."""
        return cast("dict[str, Any]", plain(self.root))


def read(name_or_path: str | os.PathLike[str]) -> Document:
    """Read a scenario and all that it extends, without validating it.

    Raises
    ------
    UnknownName
        If there is no such scenario.
    ScenarioError
        If it is no YAML, too large, or extends what it may not.
    """
    path = resolve(name_or_path)
    root, problems = resolved(path)
    return Document(path, _named(root, path), tuple(problems))


def validated(document: Document, model: type[S], settings: Iterable[str] = ()) -> S:
    """Return the `model` that a document describes, after changing it by `settings`.

    Raises
    ------
    ScenarioError
        If anything is wrong with the document or the settings.
    """
    root, problems = applied(document.root, settings, model)
    context = {"folder": _folder(root, document)}
    return validated_entry(root, model, context, (*document.problems, *problems))


def _folder(root: Entry, document: Document) -> Path:
    """The folder of the file that names joint draws, which may be one that is extended."""
    entry = draws.child("file") if (draws := root.child("draws")) else None
    place = Path(entry.place.file if entry else document.path)
    return (place if place.is_file() else document.path).parent


def _named(root: Entry, path: Path) -> Entry:
    """Give the scenario its file's name if it has none of its own."""
    content = cast("dict[str, Entry]", root.content)
    if "name" in content:
        return root
    name = re.sub("[^a-z0-9]+", "-", name_of(path).lower()).strip("-") or "scenario"
    return replace(root, content={**content, "name": Entry(name, root.place, text=name)})
