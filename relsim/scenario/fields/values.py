"""Numbers of a scenario: with a unit, perhaps uncertain, with their source.

A schema class declares one as ``stake: Annotated[Value, Number("log-odds", minimum=0)]``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic_core import PydanticCustomError, core_schema

from relsim.brief import Brief
from relsim.scenario.fields.distributions import Distribution, interval, shortest
from relsim.scenario.fields.notation import INTERVAL, as_text, conversion, spelled, tokens
from relsim.scenario.fields.section import Findings, PathPart, Section

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

    from relsim.array_types import Booleans, Doubles

__all__ = [
    "NOTES", "ORIGINS", "RELATIVE", "Change", "ChangeError", "Number", "Origin", "Value",
    "change_of", "changed_text", "is_relative", "values_of", "written_form",
]  # fmt: skip

PURE = "1"  # the unit of a pure number, which its text leaves out
OUTERMOST = 1e-4  # bounds are held against this quantile and its mirror image

NOTES = ("title", "source", "origin", "claim", "reference", "why")
Origin = Literal["published", "counted", "fitted", "judged"]  # how a number came about
ORIGINS: tuple[str, ...] = get_args(Origin)
RELATIVE = ("scale", "shift", "same_as")  # a change relative to the draws
_KEYS = ("value", "unit", *RELATIVE, *NOTES)


@dataclass(frozen=True, repr=False)
class Value(Brief):
    """A number of a scenario, in the unit that its field declares.

    Attributes
    ----------
    distribution : Distribution
        In units of `unit`; of kind "point" when the number is certain. Its scale and shift are
        those of a change relative to the draws.
    unit : str
        The declared unit, whatever unit the file used.
    text : str
        As written, before such a change: ``"6 to 16 weeks"``.
    title : str or None
        What it is called in tables and figures; where there is none,
        `relsim.scenario.titles.titles_of` composes one.
    source, reference, why : str or None
        Key of the scenario's sources; where in it, or another work; the reason in words.
    claim : tuple of str
        Claims of the source that the number stands for.
    origin : str or None
        One of `ORIGINS`, where it is not that of the source: how the number came about.
    same_as : str or None
        The parameter whose draw this number is, in place of one of its own.
    """

    distribution: Distribution
    unit: str
    text: str
    source: str | None = None
    claim: tuple[str, ...] = ()
    reference: str | None = None
    why: str | None = None
    origin: str | None = None
    same_as: str | None = None
    title: str | None = None

    @property
    def constant(self) -> float | None:
        """The number itself if it is certain, else None."""
        return self.distribution.constant

    @property
    def with_unit(self) -> str:
        """As written, before a change relative to the draws, always with its unit."""
        has_unit = self.unit == PURE or tokens(self.text)[2]
        return self.text if has_unit else f"{self.text} {self.unit}"

    @property
    def changes(self) -> dict[str, Any]:
        """The change relative to the draws, as a file writes it; empty if there is none."""
        scale, shift = self.distribution.scale, self.distribution.shift
        unit = "" if self.unit == PURE else f" {self.unit}"
        given = {
            "scale": None if scale == 1 else int(scale) if scale == int(scale) else scale,
            "shift": f"{shortest(shift)}{unit}" if shift else None,
            "same_as": self.same_as,
        }
        return {key: written for key, written in given.items() if written is not None}

    def __str__(self) -> str:
        return changed_text(self.with_unit, self.changes)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        raise TypeError('declare the unit of a Value: Annotated[Value, Number("weeks")]')


@dataclass(frozen=True)
class Change:
    """A change relative to the draws: `scale` times a number, plus `shift`.

    Attributes
    ----------
    scale, shift : float
        The shift in the unit of the number.
    same_as : str or None
        The parameter whose number it is, in place of one's own.
    """

    scale: float = 1.0
    shift: float = 0.0
    same_as: str | None = None


class ChangeError(ValueError):
    """What is wrong with a change relative to the draws; the second argument is the key."""

    def __str__(self) -> str:
        return str(self.args[0])


def is_relative(written: object) -> bool:
    """Whether a number is written as a change relative to the draws, and as nothing else."""
    return (
        isinstance(written, Mapping)
        and "value" not in written
        and any(key in written for key in RELATIVE)
    )


def change_of(written: Mapping[Any, Any], unit: str, own_unit: str = "") -> Change:
    """Read `scale`, `shift` and `same_as` of a number's mapping.

    Parameters
    ----------
    written : mapping
        Other keys are left alone.
    unit : str
        In which the shift is returned.
    own_unit : str
        In which it is written if it names none; by default `unit`.

    Raises
    ------
    ChangeError
    """
    given = {key: written[key] for key in RELATIVE if written.get(key) is not None}
    numbers = {"scale": 1.0, "shift": 0.0}
    for key in numbers.keys() & given:
        try:
            kind, (*_, number), its_unit = tokens(given[key])
            if kind != "point" or (its_unit and key == "scale"):
                raise ValueError(f"must be one number (got {given[key]!r:.60})")
            factor = (
                1.0 if key == "scale" else conversion(spelled(its_unit or own_unit or unit), unit)
            )
            numbers[key] = number * factor
        except ValueError as error:
            raise ChangeError(str(error), key) from None
    same_as = given.get("same_as")
    if not isinstance(same_as, str | None):
        raise ChangeError(f"must be the path of a parameter (got {same_as!r:.60})", "same_as")
    return Change(numbers["scale"], numbers["shift"], same_as)


def changed_text(text: str, changes: Mapping[str, Any]) -> str:
    """A number, or nothing, and what changes it, as a reader sees it.

    Examples
    --------
    >>> changed_text("0.15 to 0.6 share", {"scale": 0.5, "shift": "-0.01 share"})
    '0.15 to 0.6 share × 0.5 - 0.01 share'
    """
    words = [f"same as {changes['same_as']}" if changes.get("same_as") else text]
    if changes.get("scale") is not None:
        words.append(f"× {as_text(changes['scale'])}")
    if changes.get("shift") is not None:
        shift = as_text(changes["shift"])
        words.append(f"- {shift[1:]}" if shift.startswith("-") else f"+ {shift.lstrip('+')}")
    return " ".join(filter(None, words))


@dataclass(frozen=True)
class Number:
    """What a field of type `Value` accepts; stands in its annotation.

    Parameters
    ----------
    unit : str
        The engine gets the number in this unit. Durations, rates ("per year") and shares are
        converted from the other units of their kind; a number without a unit is taken in this.
    minimum, maximum : float, optional
        Lowest and highest number allowed. A share lies in [0, 1] unless these say otherwise.
    positive : bool
        Refuse 0 and less.
    fixed : bool
        Refuse distributions.
    whole : bool
        Refuse fractions.
    """

    unit: str
    minimum: float | None = None
    maximum: float | None = None
    positive: bool = False
    fixed: bool = False
    whole: bool = False

    def parse(self, written: object) -> Value:
        """Return the value that a scenario writes as `written`; use it for defaults too.

        Raises
        ------
        ValueError
            If it cannot be read, is out of bounds, or is in a unit of another dimension.
        """
        try:
            return self._parse(written)
        except PydanticCustomError as error:
            raise ValueError(error.message()) from None

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest number allowed, infinite where there is no bound."""
        low, high = (0.0, 1.0) if self.unit == "share" else (-math.inf, math.inf)
        low = max(low, 0.0) if self.positive else low
        return (
            low if self.minimum is None else self.minimum,
            high if self.maximum is None else self.maximum,
        )

    def refused(self, numbers: Doubles) -> Booleans:
        """Which of many numbers the field does not accept, or float32 cannot hold; same shape."""
        import numpy as np

        low, high = self.bounds
        largest = float(np.finfo(np.float32).max)  # the engine takes numbers as float32
        wrong = ~((numbers >= max(low, -largest)) & (numbers <= min(high, largest)))
        if self.positive:
            wrong |= ~(numbers >= float(np.finfo(np.float32).smallest_subnormal))
        if self.whole:
            wrong |= numbers != np.rint(numbers)
        return wrong

    def refusal(self, number: float) -> str:
        """Say why a number is not accepted."""
        try:
            self.parse(number)
        except ValueError as error:
            return str(error)
        return f"must be a number that float32 can hold (got {shortest(number)})"

    def _parse(self, written: object) -> Value:
        if isinstance(written, Value):
            written = written_form(written)
        fields = written if isinstance(written, Mapping) else {"value": written}
        place = ("value",) if isinstance(written, Mapping) else ()
        with Findings() as found:
            notes = _notes(fields, found)
            try:
                number, unit = fields.get("value"), fields.get("unit")
                distribution, text, unit, tails = self._read(number, unit)
                change = change_of(fields, self.unit, unit)
                if change == Change():
                    self._check(distribution, f"(got {text}){tails}")
                distribution = distribution.then(change.scale, change.shift)
                if change != Change():
                    self.check_change(fields, text, distribution, change.same_as)
            except ChangeError as error:
                found.add(str(error), error.args[1])
            except _UnitError as error:
                found.add(str(error), *(("unit",) if "unit" in fields else place))
            except ValueError as error:
                found.add(str(error), *(place if "value" in fields else ()))
        return Value(distribution, self.unit, text, **notes, same_as=change.same_as)

    def check_change(
        self,
        written: Mapping[Any, Any],
        text: str,
        changed: Distribution,
        same_as: str | None = None,
    ) -> None:
        """Raise `ChangeError` unless the field accepts what a change makes of a number.

        Parameters
        ----------
        written : mapping
            The change.
        text : str
            The number before it, as written.
        changed : Distribution
            The number after it; not looked at with `same_as`, of which a field alone knows nothing.
        same_as : str, optional
            The parameter that the number is the same as.
        """
        key = next(key for key in RELATIVE if written.get(key) is not None)
        if self.fixed and same_as is not None:
            raise ChangeError("must be a number of its own, since it is not drawn", "same_as")
        try:
            if same_as is None:
                self._check(changed, f"(got {changed_text(text, written)})")
        except ValueError as error:
            raise ChangeError(str(error), key) from None

    def _read(self, written: object, unit: object) -> tuple[Distribution, str, str, str]:
        """Return the distribution in the declared unit, the text with its unit, the unit as
        written, and of an interval what to say if it reaches too far.
        """
        if written is None:
            raise ValueError("must have a `value`, a number or a distribution")
        kind, numbers, own_unit = tokens(written)
        if unit is not None and not isinstance(unit, str):
            raise _UnitError(f"must be text (got {unit!r:.60})")
        if unit and own_unit:
            raise _UnitError(f"stands in the value already ({own_unit[:40]!r}): give it once")
        its_unit = own_unit or unit or self.unit
        try:
            factor = conversion(spelled(its_unit), self.unit)
        except ValueError as error:
            raise _UnitError(str(error)) from None
        text = as_text(written) + (f" {unit}" if unit and unit != PURE else "")
        if kind == INTERVAL:
            low, high = (number * factor for number in numbers)
            tails = self._tails(low, high, numbers, own_unit)
            try:
                return interval(low, high, share=self.unit == "share"), text, its_unit, tails
            except ValueError as error:
                raise ValueError(f"{error}{tails}") from None
        return Distribution(kind, numbers).scaled(factor), text, its_unit, ""

    def _tails(self, low: float, high: float, written: tuple[float, ...], unit: str) -> str:
        """What to write for an interval of which a part lies out of bounds."""
        minimum, maximum = self.bounds
        if not low < high:
            return ""
        if minimum <= low and high <= maximum and not (self.positive and low <= 0):
            ends = ", ".join(map(shortest, written))
            return (
                ": one value in ten of a 90% interval lies outside it; for numbers between the two "
                f"ends alone write uniform({ends}){f' {unit}' if unit else ''}"
            )
        if low <= 0 <= minimum and high <= maximum:
            return ": a 90% interval from 0 or less reaches below 0; let it begin above 0"
        return ""

    def _check(self, distribution: Distribution, got: str) -> None:
        """Raise if the distribution is not what the field accepts."""
        if self.fixed and distribution.constant is None:
            raise ValueError(f"must be one number, not a distribution {got}")
        if self.whole and not _is_whole(distribution):
            raise ValueError(f"must be a whole number {got}")
        minimum, maximum = self.bounds
        low, high = _outermost(distribution, minimum, maximum)
        if self.positive and (low < 0 or (low == 0 and not distribution.open)):
            raise ValueError(f"must be positive {got}")
        if low < minimum:
            wish = "positive or zero" if minimum == 0 else f"at least {self._bound(minimum)}"
            raise ValueError(f"must be {wish} {got}")
        if high > maximum:
            raise ValueError(f"must be at most {self._bound(maximum)} {got}")

    def _bound(self, bound: float) -> str:
        return shortest(bound) if self.unit in (PURE, "share") else f"{shortest(bound)} {self.unit}"

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                _serialized, info_arg=True
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        text = {"type": "string"}
        value = {"anyOf": [{"type": "number"}, text]}
        claim = {"anyOf": [text, {"type": "array", "items": text}]}
        notes: dict[str, Any] = {note: claim if note == "claim" else text for note in NOTES}
        notes["origin"] = {"enum": list(ORIGINS)}
        mapping = {
            "type": "object",
            "properties": {
                "value": value,
                "unit": text,
                "scale": {"type": "number"},
                "shift": value,
                "same_as": text,
                **notes,
            },
            "required": ["value"],
            "additionalProperties": False,
        }
        return {"anyOf": [*value["anyOf"], mapping], "description": self._description()}

    def _description(self) -> str:
        low, high = self.bounds
        parts = [f"a number, unit {self.unit}"]
        if self.positive:
            parts.append("positive")
        elif math.isfinite(low):
            parts.append(f"at least {shortest(low)}")
        if math.isfinite(high):
            parts.append(f"at most {shortest(high)}")
        return ", ".join(parts) + ("" if self.fixed else "; or a distribution")


class _UnitError(ValueError):
    """The unit is at fault, not the number."""


def _notes(fields: Mapping[Any, Any], found: Findings) -> dict[str, Any]:
    """Return what is said about a number besides the number; claims as a tuple."""
    for key in fields:
        found.check_name(str(key), _KEYS, key, what="key")
    notes: dict[str, Any] = {}
    for note in NOTES:
        given = fields.get(note)
        if given is None:
            continue
        several = note == "claim" and isinstance(given, (list, tuple))
        listed = tuple(given) if several else (given,)
        if not all(isinstance(item, str) for item in listed):
            found.add(f"must be text (got {given!r:.60})", note)
        elif note == "origin":
            found.check_name(given, ORIGINS, note, what="origin")
        notes[note] = listed if note == "claim" else given
    return notes


def _is_whole(distribution: Distribution) -> bool:
    numbers = (n * distribution.scale + distribution.shift for n in distribution.parameters)
    return distribution.kind in ("point", "choice") and all(n == int(n) for n in numbers)


def _outermost(distribution: Distribution, low: float, high: float) -> tuple[float, float]:
    """Return the ends to hold against the bounds: of the support, or the outer quantiles.

    The quantiles only where the support does not settle the matter, to spare importing scipy.
    """
    bottom, top = distribution.support
    if (low <= bottom and top <= high) or not distribution.open:
        return bottom, top
    import numpy as np

    ends = distribution.quantile(np.array([OUTERMOST, 1 - OUTERMOST]))
    return float(ends.min()), float(ends.max())


def written_form(value: Value) -> dict[str, Any]:
    """Return the mapping that a scenario file would write for `value`."""
    notes = {note: getattr(value, note) for note in NOTES if getattr(value, note)}
    return {"value": value.text, **value.changes, **notes}


def _serialized(value: Value, info: core_schema.SerializationInfo[Any]) -> dict[str, Any]:
    """As written; or by meaning, in the canonical form that is hashed."""
    written = written_form(value)
    if isinstance(info.context, dict) and info.context.get("canonical"):
        # What it is called changes nothing that is simulated or learned.
        untitled = {key: entry for key, entry in written.items() if key != "title"}
        return {**untitled, "value": str(value.distribution.base), "unit": value.unit}
    return written


def values_of(entry: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Walk all numbers below `entry`, as (dotted path, Value) in the order of the schema.

    The unit of each is ``value.unit``.
    """
    if isinstance(entry, Value):
        yield path, entry
        return
    for key, child in _children(entry):
        if type(child) not in SCALARS:
            yield from values_of(child, f"{path}.{key}" if path else str(key))


SCALARS = frozenset((str, int, float, bool, date, type(None)))  # most entries are, of exactly these


def _children(entry: object) -> Iterable[tuple[PathPart, object]]:
    if isinstance(entry, Section):
        return [(key, getattr(entry, name)) for key, name in _keys_of(type(entry))]
    if isinstance(entry, Mapping):
        return entry.items()
    if isinstance(entry, (list, tuple)):
        return enumerate(entry)
    return ()


@cache
def _keys_of(section: type[Section]) -> tuple[tuple[str, str], ...]:
    """The key of each field in a file, and its name."""
    fields = section.model_fields.items()
    return tuple((field.alias or name, name) for name, field in fields)
