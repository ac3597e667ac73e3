"""What an unquoted word means in YAML 1.2: ``NO`` is text, ``0x1f`` a number, ``~`` nothing."""

from __future__ import annotations

import math
import re

__all__ = ["Scalar", "is_finite", "scalar_of"]

LONGEST_INTEGER = 400  # digits; a float ends at 308

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Scalar = str | int | float | bool | None


def scalar_of(text: str) -> Scalar:
    """Return what an unquoted scalar means in YAML 1.2's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < LONGEST_INTEGER else math.inf
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0) if len(text) < LONGEST_INTEGER else math.inf
    return text


def is_finite(number: float) -> bool:
    """Tell whether a number fits into a float."""
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond the floats
        return False
