"""Reading a condition by its operator, with errors that point at the wrong word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from relsim.errors import unknown
from relsim.scenario.section import Finding

__all__ = ["read_operator"]

SYNONYMS = {
    "and": "all", "or": "any", "never": "not", "occurred": "happened", "held": "sustained",
    "always": "sustained", "average": "mean", "count": "weeks", "every": "each", "before": "then",
    "after": "then", "sequence": "then", "fraction": "share", "treaty": "status",
}  # fmt: skip


def read_operator(written: object, operators: Mapping[str, type[BaseModel]]) -> BaseModel:
    """Return the condition that `written` states: a mapping with one key, its operator.

    Raises
    ------
    pydantic.ValidationError
        Located at each key that is wrong; the text names the nearest right word.
    """
    if isinstance(written, tuple(operators.values())):
        return written  # type: ignore[return-value]
    if not isinstance(written, Mapping) or not written:
        wish = "must be a mapping with one operator, such as {happened: {deed: summit}}"
        raise _invalid([_problem(f"{wish} (got {written!r:.60})", (), written)])
    known = [key for key in written if key in operators]
    problems = _misplaced(written, known, operators)
    if not problems:
        return operators[known[0]].model_validate(written)
    for key in known:  # so that all problems are reported at once
        try:
            operators[key].model_validate({key: written[key]})
        except ValidationError as error:
            problems += [_again(dict(found)) for found in error.errors(include_url=False)]
    raise _invalid(problems)


def _misplaced(
    written: Mapping[Any, Any], known: list[str], operators: Mapping[str, type[BaseModel]]
) -> list[InitErrorDetails]:
    """Return a problem for each key that is not the one operator."""
    problems = []
    for key in written:
        if key in known[:1]:
            continue
        if key in known:
            message = f"a second operator beside {known[0]!r}; join the two with all or any"
        elif known and key in _keys(operators[known[0]]):
            message = f"belongs inside {known[0]!r}: indent it"
        elif key in SYNONYMS:
            message = f"unknown operator {key!r}; did you mean {SYNONYMS[key]!r}?"
        else:
            message = unknown("operator", str(key), operators)
        problems.append(_problem(message, (str(key),), written[key]))
    return problems


def _keys(model: type[BaseModel]) -> list[str]:
    """Return the keys inside an operator, none if it takes a condition or a list."""
    inside = next(iter(model.model_fields.values())).annotation
    if not (isinstance(inside, type) and issubclass(inside, BaseModel)):
        return []
    return [field.alias or name for name, field in inside.model_fields.items()]


def _again(found: dict[str, Any]) -> InitErrorDetails:
    """Return a problem that pydantic reports in the form in which it takes one."""
    details = InitErrorDetails(type=found["type"], loc=found["loc"], input=found["input"])
    if found["type"] not in get_args(ErrorType):  # a custom one
        details["type"] = PydanticCustomError(found["type"], "{words}", found.get("ctx"))
    elif "ctx" in found:
        details["ctx"] = found["ctx"]
    return details


def _problem(message: str, place: tuple[str, ...], given: object) -> InitErrorDetails:
    """Return a finding whose place is the key itself."""
    context = {"words": message, "findings": (Finding((), message, of_key=bool(place)),)}
    kind = PydanticCustomError("findings", "{words}", context)
    return InitErrorDetails(type=kind, loc=place, input=given)


def _invalid(problems: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data("condition", problems)
