"""Numbers relative to the draws: whose draw each is, which are drawn jointly, what they may be."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.fields.section import Findings, PathPart
from relsim.scenario.fields.values import (
    RELATIVE,
    ChangeError,
    Number,
    Value,
    change_of,
    changed_text,
    is_relative,
    values_of,
)
from relsim.scenario.files.joint_draws import DrawTable
from relsim.scenario.files.problems import number_at

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

MOST_NAMED = 6  # parameters, in one line
# Units in which a number may be negative.
SIGNED = ("log-odds", "log-odds per percent of GDP", "share per percent of GDP", "goldstein", "1")


def with_draws_of_others(values: Mapping[str, Value]) -> dict[str, Value]:
    """The numbers; one that is the same as another has that one's distribution, before changes."""

    def drawn(value: Value) -> Value:
        if value.same_as is None or value.same_as not in values:
            return value
        own, other = value.distribution, values[value.same_as].distribution.base
        return replace(value, distribution=other.then(own.scale, own.shift))

    return {path: drawn(value) for path, value in values.items()}


def drawn_as(scenario: "Scenario") -> dict[str, str]:
    """For each parameter the one whose draw it is: itself, or that which it is the same as."""
    return {path: value.same_as or path for path, value in values_of(scenario)}


def held_jointly(scenario: "Scenario") -> tuple[str, ...]:
    """Parameters that are drawn from the scenario's file of joint draws."""
    if scenario.draws is None:
        return ()
    values, own, columns = scenario.parameters(), drawn_as(scenario), scenario.draws.columns
    held = columns.keys() - set(scenario.draws.set_later or ())
    return tuple(
        path
        for path in dict.fromkeys((*columns, *values))
        if own.get(path) in held
        and values[path].distribution.scale != 0
        and str(values[path].distribution.base) == columns[own[path]]
    )


def taken_out(scenario: "Scenario") -> tuple[str, ...]:
    """Parameters that the file of joint draws holds, and that are not drawn from it any more."""
    columns = () if scenario.draws is None else scenario.draws.columns
    held = set(held_jointly(scenario))
    return tuple(path for path in columns if path not in held)


def taken_out_text(paths: Sequence[str]) -> str:
    """Say of parameters that they are not drawn from the posterior any more; "" of none.

    Examples
    --------
    >>> taken_out_text(["actors.US.gain"])
    'No longer drawn from the posterior: actors.US.gain'
    """
    if not paths:
        return ""
    rest = len(paths) - MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"No longer drawn from the posterior: {', '.join(paths[:MOST_NAMED])}{more}"


def dated_number(unit: str) -> Number:
    """What a dated change may set a number to, in the unit of its parameter."""
    return Number(unit, minimum=None if unit in SIGNED else 0.0)


def check_relative(
    path: str,
    written: Mapping[str, object],
    drawn_anew: bool,
    values: Mapping[str, Value],
    found: Findings,
    *place: PathPart,
) -> None:
    """A dated change relative to the draws leaves a number that its parameter can have."""
    for key in written:
        found.check_name(key, RELATIVE, *place, key, what="key")
    if drawn_anew:
        found.add("is relative to a draw, and drawn_anew makes another", *place)
    try:
        change = change_of(written, values[path].unit)
        other = values.get(change.same_as or path)
        if other is None or other.unit != values[path].unit or change.same_as == path:
            _note_wrong_other(path, change.same_as or path, values, found, *place, "same_as")
        else:
            changed = other.distribution.then(change.scale, change.shift)
            dated_number(other.unit).check_change(written, str(other), changed)
    except ChangeError as error:
        found.add(str(error), *place, error.args[1])


def check_same(scenario: "Scenario", found: Findings) -> None:
    """A number that is the same as another names one of its unit, with a draw of its own."""
    values = scenario.parameters()
    for path, value in values.items():
        if value.same_as is None:
            continue
        place = (*parts_of(path), "same_as")
        number, other = number_at(type(scenario), path), values.get(value.same_as)
        if other is None or number is None or other.unit != value.unit or value.same_as == path:
            _note_wrong_other(path, value.same_as, values, found, *place)
        elif other.same_as not in (None, path):
            found.add(
                f"{value.same_as} is the same as {other.same_as} itself: name that one (two "
                "numbers may exchange their draws, but there are no chains)",
                *place,
            )
        else:
            try:
                number.check_change(value.changes, other.with_unit, value.distribution)
            except ChangeError as error:
                found.add(str(error), *place)


def _note_wrong_other(
    path: str, other: str, values: Mapping[str, Value], found: Findings, *place: PathPart
) -> None:
    """Note why a number cannot be the same as another."""
    if other not in values:
        found.check_name(other, sorted(values), *place, what="parameter")
    elif other == path:
        found.add("is the number itself: name another parameter", *place)
    else:
        units = f"{other} is in {values[other].unit}, {path} in {values[path].unit}"
        found.add(f"must name a number of the same unit ({units})", *place)


def check_changed_draws(scenario: "Scenario", table: DrawTable, found: Findings) -> None:
    """What changes make of the joint draws of numbers is what these can be."""
    values, own, held = scenario.parameters(), drawn_as(scenario), held_jointly(scenario)
    columns = {path: place for place, path in enumerate(table.columns, start=1)}
    for path, changed, number, written, place in _changes(scenario, values):
        if path not in held or found.at(*place):
            continue
        numbers = changed.changed(table.numbers[:, columns[own[path]]])
        if (wrong := number.refused(numbers)).any():
            row = int(wrong.argmax())
            key = next(key for key in RELATIVE if key in written)
            drawn = f"the draw of {own[path]} at {table.place(row, columns[own[path]])}"
            said = number.refusal(float(numbers[row]))
            found.add(f"{said}: {changed_text(drawn, {**written, 'same_as': None})}", *place, key)


def _changes(
    scenario: "Scenario", values: Mapping[str, Value]
) -> Iterator[tuple[str, Distribution, Number, Mapping[str, object], tuple[PathPart, ...]]]:
    """All changes relative to the draws: of what, to what, what it may be, as written, where."""
    for path, value in values.items():
        if value.changes and (number := number_at(type(scenario), path)) is not None:
            yield path, value.distribution, number, value.changes, parts_of(path)
    for place, entry in enumerate(scenario.calendar):
        for path, written in (entry.set or {}).items():
            if path in values and isinstance(written, Mapping) and is_relative(written):
                with suppress(ChangeError):  # found before
                    change = change_of(written, values[path].unit)
                    other = change.same_as or path
                    if other in values:
                        changed = values[other].distribution.then(change.scale, change.shift)
                        here = ("calendar", place, "set", path)
                        yield other, changed, dated_number(values[path].unit), written, here


def parts_of(path: str) -> tuple[PathPart, ...]:
    """A dotted path as keys and positions in lists."""
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))
