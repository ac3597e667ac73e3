"""Conditions as data: when a run meets an outcome, in operators that an analyst writes in YAML.

A condition is a mapping with one key, its operator. Each class says what it asks, and on which
day it counts as met. Deeds count from the horizon's `count_from` on; a series counts in every
recorded week, and a week belongs to a window if its last day does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from relsim.errors import unknown
from relsim.scenario.conditions import operands
from relsim.scenario.conditions.operands import Count, Definition, Span, Weeks
from relsim.scenario.fields.section import Date, Finding, Findings, PathPart

__all__ = [
    "OPERATORS", "AllOf", "AnyOf", "AtLeast", "Condition", "Each", "FirstWeek", "Happened",
    "Mean", "Not", "Share", "Status", "Sustained", "Then", "WeeksAt",
    "operator_of", "subconditions", "walk",
]  # fmt: skip


Path = tuple[PathPart, ...]
SYNONYMS = {
    "and": "all", "or": "any", "never": "not", "occurred": "happened", "held": "sustained",
    "always": "sustained", "average": "mean", "count": "weeks", "every": "each", "before": "then",
    "after": "then", "sequence": "then", "fraction": "share", "treaty": "status",
}  # fmt: skip
SHORTEST_PERIOD = 28  # days: each period has arrays of its own


class Periods(Definition):
    """Equal periods from the start of the window; an unfinished one is left out."""

    period: Span
    in_at_least: Count
    of: Condition

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        with Findings() as found:
            if self.period.days < SHORTEST_PERIOD:
                found.add(f"must be at least {SHORTEST_PERIOD} days (got {self.period})", "period")
            for path, inner in walk(self.of):
                name = operator_of(inner)
                if isinstance(inner, Status):
                    found.add("is known on the last day of the term only", "of", *path, name)
                for key in _dates(inner):
                    wish = "has no place inside `each`: its periods set the days"
                    found.add(wish, "of", *path, name, key)
        return self


class Several(Definition):
    """A number of conditions out of a list."""

    n: Count
    of: Conditions

    @model_validator(mode="after")
    def _enough(self) -> Self:
        with Findings() as found:
            if self.n > len(self.of):
                found.add(f"must be at most {len(self.of)}, the length of `of` (got {self.n})", "n")
        return self


class Sequence(Definition):
    """Two things in order, the second strictly after the first."""

    first: Condition
    second: Condition
    within: Span | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        with Findings() as found:
            for name, part in (("first", self.first), ("second", self.second)):
                for path, inner in walk(part):
                    if not isinstance(inner, (Happened, Sustained, AnyOf, Then)):
                        wish = "`then` joins happened, sustained, any and then"
                        found.add(f"{wish} (got {operator_of(inner)})", name, *path)
        return self


class Watch(Definition):
    """A condition on the past, asked at the end of each week."""

    of: Condition
    onset: Weeks | None = None
    onset_from: Date | None = None
    from_: Date | None = Field(None, alias="from")
    until: Date | None = None

    @model_validator(mode="after")
    def _of_the_past(self) -> Self:
        with Findings() as found:
            for path, inner in walk(self.of):
                for message, key in _not_of_the_past(inner):
                    found.add(message, "of", *path, *key)
            found.check_order(self.from_, self.until, "until")
        return self


class Happened(Definition):
    """A deed; met on its day."""

    happened: operands.Deed


class Sustained(Definition):
    """A spell of weeks at a level; met on the day that it is complete."""

    sustained: operands.Spell


class WeeksAt(Definition):
    """A number of weeks at a level; met on the last day of the n-th."""

    weeks: operands.WeekCount


class Mean(Definition):
    """The mean of a series; met on the last day of the window."""

    mean: operands.Average


class Share(Definition):
    """A share of the weeks, or of blocks of weeks; met on the last day of the window."""

    share: operands.Blocks


class Status(Definition):
    """How a treaty stands; met on the last day of the term."""

    status: operands.TreatyStatus


class Each(Definition):
    """A condition asked afresh in each period; met with the n-th period that meets it."""

    each: Periods


class AtLeast(Definition):
    """Some of several conditions; met with the n-th."""

    at_least: Several


class AllOf(Definition):
    """All of several conditions; met with the last."""

    all: Conditions


class AnyOf(Definition):
    """One of several conditions; met with the first."""

    any: Conditions


class Not(Definition):
    """The contrary of a condition; met on the last day on which that could have been met."""

    not_: Condition = Field(alias="not")


class Then(Definition):
    """Two conditions in order, any occurrence of each; met on the day of the second."""

    then: Sequence


class FirstWeek(Definition):
    """The first week at whose end a condition on the past holds.

    Inside, `happened` looks back over `in_last` (or to the start), `sustained` asks for the
    spell that ends with that week. Met on the week's last day, or with `onset: 26 weeks` on the
    first day of the 26 weeks that end with it. With `onset_from`, only if that day is not earlier.
    """

    first_week: Watch


def _read(written: object, _: Callable[[Any], Any]) -> BaseModel:
    """Return the condition that `written` states: a mapping with one key, its operator.

    Raises
    ------
    pydantic.ValidationError
        Located at each key that is wrong; the text names the nearest right word.
    """
    if isinstance(written, tuple(OPERATORS.values())):
        return written  # type: ignore[return-value]
    if not isinstance(written, Mapping) or not written:
        wish = "must be a mapping with one operator, such as {happened: {deed: summit}}"
        raise _invalid([_problem(f"{wish} (got {written!r:.60})", (), written)])
    known = [key for key in written if key in OPERATORS]
    problems = _misplaced(written, known)
    if not problems:
        return OPERATORS[known[0]].model_validate(written)
    for key in known:  # so that all problems are reported at once
        try:
            OPERATORS[key].model_validate({key: written[key]})
        except ValidationError as error:
            problems += [_again(dict(found)) for found in error.errors(include_url=False)]
    raise _invalid(problems)


def _not_empty(listed: tuple[Any, ...]) -> tuple[Any, ...]:
    if not listed:
        raise ValueError("must list at least one condition")
    return listed


Condition: TypeAlias = Annotated[
    Happened | Sustained | WeeksAt | Mean | Share | Status | Each | AtLeast | AllOf | AnyOf | Not
    | Then | FirstWeek,
    WrapValidator(_read),
]  # fmt: skip
Conditions: TypeAlias = Annotated[tuple[Condition, ...], AfterValidator(_not_empty)]

OPERATORS: dict[str, type[BaseModel]] = {
    "happened": Happened, "sustained": Sustained, "weeks": WeeksAt, "mean": Mean, "share": Share,
    "status": Status, "each": Each, "at_least": AtLeast, "all": AllOf, "any": AnyOf, "not": Not,
    "then": Then, "first_week": FirstWeek,
}  # fmt: skip

_models: tuple[type[BaseModel], ...] = (Periods, Several, Sequence, Watch, *OPERATORS.values())
for _model in _models:
    _model.model_rebuild()


def operator_of(condition: Condition) -> str:
    """Return the word that a file writes for the condition's operator."""
    return next(name for name, model in OPERATORS.items() if type(condition) is model)


def subconditions(condition: Condition) -> Iterator[tuple[Path, Condition]]:
    """Walk the conditions directly inside `condition`, with their paths from it."""
    match condition:
        case Each(each=body):
            yield ("each", "of"), body.of
        case AtLeast(at_least=body):
            yield from ((("at_least", "of", n), part) for n, part in enumerate(body.of))
        case AllOf(all=parts) | AnyOf(any=parts):
            yield from (((operator_of(condition), n), part) for n, part in enumerate(parts))
        case Not(not_=inner):
            yield ("not",), inner
        case Then(then=pair):
            yield ("then", "first"), pair.first
            yield ("then", "second"), pair.second
        case FirstWeek(first_week=watch):
            yield ("first_week", "of"), watch.of


def walk(condition: Condition) -> Iterator[tuple[Path, Condition]]:
    """Walk `condition` and all that is inside it."""
    yield (), condition
    for path, inner in subconditions(condition):
        yield from ((path + below, part) for below, part in walk(inner))


def _dates(condition: Condition) -> list[str]:
    """Return the keys of `condition` itself that name dates."""
    body = getattr(condition, next(iter(type(condition).model_fields)))
    keys = {"from_": "from", "until": "until", "onset_from": "onset_from"}
    return [key for name, key in keys.items() if getattr(body, name, None)]


def _not_of_the_past(condition: Condition) -> Iterator[tuple[str, Path]]:
    """Say what keeps `condition` itself from being asked at the end of any week."""
    name = operator_of(condition)
    match condition:
        case Happened() | Sustained() | WeeksAt() | Mean():
            for key in _dates(condition):
                yield "has no place inside `first_week`: say it of first_week itself", (name, key)
            body = getattr(condition, name)
            if isinstance(body, operands.InWeeks) and body.in_last is None:
                yield "needs `in_last` inside `first_week`: how many weeks it looks back", (name,)
        case AllOf() | AnyOf() | AtLeast() | Not():
            return
        case _:
            wish = "`first_week` asks for happened, sustained, weeks, mean, all, any, at_least, not"
            yield f"{wish} (got {name})", (name,)


def _misplaced(written: Mapping[Any, Any], known: list[str]) -> list[InitErrorDetails]:
    """Return a problem for each key that is not the one operator."""
    problems = []
    for key in written:
        if key in known[:1]:
            continue
        if key in known:
            message = f"a second operator beside {known[0]!r}; join the two with all or any"
        elif known and key in _keys(OPERATORS[known[0]]):
            message = f"belongs inside {known[0]!r}: indent it"
        elif key in SYNONYMS:
            message = f"unknown operator {key!r}; did you mean {SYNONYMS[key]!r}?"
        else:
            message = unknown("operator", str(key), OPERATORS)
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
