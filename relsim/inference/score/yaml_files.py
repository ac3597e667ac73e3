"""A YAML file that a person writes, as a checked section: every problem with line and column."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from relsim.errors import Problem, ScenarioError
from relsim.scenario.fields.section import Section
from relsim.scenario.files.parsing import parse, plain
from relsim.scenario.files.places import local_path, raw_text, shown
from relsim.scenario.files.problems import in_order, problems_of

__all__ = ["read_yaml"]

S = TypeVar("S", bound=Section)


def read_yaml(
    path: str | os.PathLike[str], model: type[S], context: Mapping[str, object], first: str
) -> S:
    """Read a file.

    Parameters
    ----------
    path : str or path
        Of the file.
    model : type of Section
        What it must hold.
    context : mapping
        What the checks of the model need to know.
    first : str
        How such a file begins.

    Raises
    ------
    ScenarioError
        If anything is wrong: lists every problem, each with its line and column.
    """
    file = local_path(path)
    raw, name = raw_text(file), shown(file)
    if not raw.strip():
        raise ScenarioError((Problem(name, 1, 1, "", f"is empty: it starts with `{first}`"),))
    root, problems = parse(raw, name)
    of_schema = list[Problem]()
    try:
        section = model.model_validate(plain(root), context=dict(context))
    except ValidationError as error:
        of_schema = problems_of(error, root, model)
    if problems or of_schema:
        raise ScenarioError(in_order(problems, of_schema))
    return section
