"""How a scenario writes a number: "0.5", "6 to 16 weeks", "beta(4, 6)"."""

from __future__ import annotations

import math
import re

from relsim.errors import unknown
from relsim.scenario.fields.distributions import KINDS, shortest

__all__ = ["INTERVAL", "as_text", "conversion", "same_dimension", "spelled", "tokens"]

DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
SHARES = {"share": 1.0, "percent": 0.01}
_WRITTEN = {"day": "days", "week": "weeks", "month": "months", "year": "years", "%": "percent"}


def spelled(unit: str) -> str:
    """Return relsim's spelling of a unit: "1 week" has the unit "weeks", "%" is "percent"."""
    unit = " ".join(unit.split())
    return _WRITTEN.get(unit, unit)


def same_dimension(unit: str) -> tuple[str, ...]:
    """Return the units that convert into `unit`, itself included.

    A unit that relsim does not know ("rounds", "percent of GDP") converts only into itself.
    """
    for units in (tuple(DAYS), tuple(SHARES), tuple(f"per {day[:-1]}" for day in DAYS)):
        if unit in units:
            return units
    return (unit,)


def conversion(written: str, declared: str) -> float:
    """Return the factor that takes a number in `written` units to `declared` units.

    Raises
    ------
    ValueError
        If the two are of different dimensions; the message lists the units that would do.
    """
    if written == declared:
        return 1.0
    options = same_dimension(declared)
    if written not in options:
        wanted = options[0] if len(options) == 1 else "one of " + ", ".join(options)
        raise ValueError(f"unit must be {wanted} (got {written[:40]!r})")
    if declared in DAYS:
        return DAYS[written] / DAYS[declared]
    if declared in SHARES:
        return SHARES[written] / SHARES[declared]
    return _days_per(declared) / _days_per(written)


def _days_per(rate: str) -> float:
    """Return 7 for "per week"."""
    return DAYS[rate.removeprefix("per ") + "s"]


INTERVAL = "interval"  # the kind of "6 to 16", beside the kinds of distributions
LONGEST_TEXT = 200

_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_UNIT = r"(?:\s*(?![0-9.])(\S.*))?"
_INTERVAL_TEXT = re.compile(rf"({_NUMBER})\s+to\s+({_NUMBER}){_UNIT}")
_NUMBER_TEXT = re.compile(rf"({_NUMBER}){_UNIT}")
_UNIT_TEXT = re.compile(r"(?:[^\W\d_]|%)[^\d,]*")
_WORDS = r"([^\W\d]+(?:\s+(?!to\b)[^\W\d]+)*|%)"
_TWO_UNITS = re.compile(rf"({_NUMBER})\s*{_WORDS}\s+to\s+({_NUMBER})\s*{_WORDS}")
_DASHED = re.compile(rf"({_NUMBER})%?\s*(?:[-–—−…]|\.\.+)\s*({_NUMBER})(\s*[^\W\d].*|\s*%)?")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_CALL_TEXT = re.compile(r"([A-Za-z][A-Za-z_-]*)\s*\(([^()]*)\)(?:\s*(\S.*))?")


def tokens(written: object) -> tuple[str, tuple[float, ...], str]:
    """Return kind, numbers and unit as written.

    Raises
    ------
    ValueError
        If `written` is no number, interval or distribution.

    Examples
    --------
    >>> tokens("6 to 16 weeks")
    ('interval', (6.0, 16.0), 'weeks')
    """
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        return "point", (_finite(written),), ""
    if not isinstance(written, str):
        raise ValueError(f"must be a number or a distribution (got {written!r:.60})")
    text = written.strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"must be a number or a distribution (got {text[:40]!r}...)")
    if found := _plain(text):
        return found
    if match := _CALL_TEXT.fullmatch(text):
        return _kind(match[1]), _arguments(match[2], text), match[3] or ""
    wish = _meant(text) or 'must be a number, "6 to 16", or a distribution such as beta(4, 6)'
    raise ValueError(f"{wish} (got {text[:60]!r})")


def _plain(text: str) -> tuple[str, tuple[float, ...], str] | None:
    """Return what a text says that is a number or an interval, None if it is neither."""
    if match := _INTERVAL_TEXT.fullmatch(text):
        kind, numbers, unit = INTERVAL, match.groups()[:2], match[3] or ""
    elif match := _NUMBER_TEXT.fullmatch(text):
        kind, numbers, unit = "point", match.groups()[:1], match[2] or ""
    else:
        return None
    if unit and not _UNIT_TEXT.fullmatch(unit):
        return None
    return kind, tuple(map(_finite, numbers)), unit


def _meant(text: str) -> str:
    """Return how to write what a text seems to mean, "" if that is not plain."""
    if match := _TWO_UNITS.fullmatch(text):
        low, first, high, second = match.groups()
        if spelled(first) != spelled(second):
            return f"has two units, {first!r} and {second!r}: give both ends in one, at the end"
        blank = "" if second == "%" else " "
        return f'states its unit twice: write "{low} to {high}{blank}{second}"'
    if match := _DASHED.fullmatch(text):
        low, high, unit = match.groups()
        return f'must be a number or a 90% interval: write "{low} to {high}{unit or ""}"'
    without = (_COMMA.sub("", text), _COMMA.sub(".", text))
    right = [written for written in without if written != text and _plain(written)]
    if right:
        return f"has a comma in a number: write {' or, with a decimal point, '.join(right)}"
    return ""


def as_text(written: object) -> str:
    """Return a number or its notation as text, blanks tidied."""
    if isinstance(written, (int, float)):
        return shortest(float(written))
    return " ".join(str(written).split())


def _kind(word: str) -> str:
    kinds = [kind for kind in KINDS if kind != "point"]
    kind = word.lower().replace("_", "-")
    if kind in kinds:
        return kind
    raise ValueError(unknown("distribution", word, kinds))


def _arguments(listed: str, text: str) -> tuple[float, ...]:
    words = [word.strip() for word in listed.split(",")] if listed.strip() else []
    for word in words:
        if not re.fullmatch(_NUMBER, word):
            raise ValueError(f"must have numbers in its brackets (got {text[:60]!r})")
    return tuple(_finite(word) for word in words)


def _finite(number: float | str) -> float:
    try:
        value = float(number)
    except OverflowError:  # a whole number of more than 308 digits
        value = math.inf
    if not math.isfinite(value):
        shown = "beyond 1e308" if isinstance(number, int) else str(number)[:40]
        raise ValueError(f"must be a finite number (got {shown})")
    return value
