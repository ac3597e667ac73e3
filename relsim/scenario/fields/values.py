"""Numbers of a scenario: with a unit, perhaps uncertain, with their source.

A schema class declares one as ``stake: Annotated[Value, Number("log-odds", minimum=0)]``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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

__all__ = ["NOTES", "ORIGINS", "Number", "Origin", "Value", "values_of", "written_form"]

PURE = "1"  # the unit of a pure number, which its text leaves out
OUTERMOST = 1e-4  # bounds are held against this quantile and its mirror image

NOTES = ("title", "source", "origin", "claim", "reference", "why")
Origin = Literal["published", "counted", "fitted", "judged"]  # how a number came about
ORIGINS: tuple[str, ...] = get_args(Origin)
_KEYS = ("value", "unit", *NOTES)


@dataclass(frozen=True, repr=False)
class Value(Brief):
    """A number of a scenario, in the unit that its field declares.

    Attributes
    ----------
    distribution : Distribution
        In units of `unit`; of kind "point" when the number is certain.
    unit : str
        The declared unit, whatever unit the file used.
    text : str
        As written: ``"6 to 16 weeks"``.
    title : str or None
        What it is called in tables and figures; where there is none,
        `relsim.scenario.titles.titles_of` composes one.
    source, reference, why : str or None
        Key of the scenario's sources; where in it, or another work; the reason in words.
    claim : tuple of str
        Claims of the source that the number stands for.
    origin : str or None
        One of `ORIGINS`, where it is not that of the source: how the number came about.
    """

    distribution: Distribution
    unit: str
    text: str
    source: str | None = None
    claim: tuple[str, ...] = ()
    reference: str | None = None
    why: str | None = None
    origin: str | None = None
    title: str | None = None

    @property
    def constant(self) -> float | None:
        """The number itself if it is certain, else None."""
        certain = self.distribution.kind == "point"
        return self.distribution.parameters[0] if certain else None

    def __str__(self) -> str:
        has_unit = self.unit == PURE or tokens(self.text)[2]
        return self.text if has_unit else f"{self.text} {self.unit}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        raise TypeError('declare the unit of a Value: Annotated[Value, Number("weeks")]')


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
                distribution, text, tails = self._read(fields.get("value"), fields.get("unit"))
                self._check(distribution, f"(got {text}){tails}")
            except _UnitError as error:
                found.add(str(error), *(("unit",) if "unit" in fields else place))
            except ValueError as error:
                found.add(str(error), *(place if "value" in fields else ()))
        return Value(distribution, self.unit, text, **notes)

    def _read(self, written: object, unit: object) -> tuple[Distribution, str, str]:
        """Return the distribution in the declared unit, the text with its unit, and of an interval
        what to say if it reaches too far.
        """
        if written is None:
            raise ValueError("must have a `value`, a number or a distribution")
        kind, numbers, own_unit = tokens(written)
        if unit is not None and not isinstance(unit, str):
            raise _UnitError(f"must be text (got {unit!r:.60})")
        if unit and own_unit:
            raise _UnitError(f"stands in the value already ({own_unit[:40]!r}): give it once")
        try:
            factor = conversion(spelled(own_unit or unit or self.unit), self.unit)
        except ValueError as error:
            raise _UnitError(str(error)) from None
        text = as_text(written) + (f" {unit}" if unit and unit != PURE else "")
        if kind == INTERVAL:
            low, high = (number * factor for number in numbers)
            tails = self._tails(low, high, numbers, own_unit)
            try:
                return interval(low, high, share=self.unit == "share"), text, tails
            except ValueError as error:
                raise ValueError(f"{error}{tails}") from None
        return Distribution(kind, numbers).scaled(factor), text, ""

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
        if self.fixed and distribution.kind != "point":
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
            "properties": {"value": value, "unit": text, **notes},
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
    numbers = distribution.parameters
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
    return float(ends[0]), float(ends[1])


def written_form(value: Value) -> dict[str, Any]:
    """Return the mapping that a scenario file would write for `value`."""
    notes = {note: getattr(value, note) for note in NOTES if getattr(value, note)}
    return {"value": value.text, **notes}


def _serialized(value: Value, info: core_schema.SerializationInfo[Any]) -> dict[str, Any]:
    """As written; or by meaning, in the canonical form that is hashed."""
    written = written_form(value)
    if isinstance(info.context, dict) and info.context.get("canonical"):
        # What it is called changes nothing that is simulated or learned.
        untitled = {key: entry for key, entry in written.items() if key != "title"}
        return {**untitled, "value": str(value.distribution), "unit": value.unit}
    return written


def values_of(entry: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Walk all numbers below `entry`, as (dotted path, Value) in the order of the schema.

    The unit of each is ``value.unit``.
    """

    if isinstance(entry, Value):
        yield path, entry
        return
    for key, child in _children(entry):
        yield from values_of(child, f"{path}.{key}" if path else str(key))


def _children(entry: object) -> Iterable[tuple[PathPart, object]]:
    if isinstance(entry, Section):
        fields = type(entry).model_fields
        return [(field.alias or name, getattr(entry, name)) for name, field in fields.items()]
    if isinstance(entry, Mapping):
        return entry.items()
    if isinstance(entry, (list, tuple)):
        return enumerate(entry)
    return ()
