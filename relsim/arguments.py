"""What a call may be given: whole numbers, numbers, functions, paths; else an error in words."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from numbers import Real
from typing import Any

from relsim.errors import UsageError

__all__ = ["MOST", "callable_or_none", "number", "path_of", "seed_of", "whole_number"]

MOST = 10**10  # of runs, draws and whatever else is counted
LONGEST = 40  # characters of what was given, in a message
LARGEST_SEED = 2**63 - 1


def whole_number(name: str, given: object, least: int = 1, most: int = MOST) -> int:
    """Return a whole number; one written as a float, such as 2e2, is taken.

    Raises
    ------
    UsageError
        If it is none, or lies outside the bounds.

    Examples
    --------
    >>> whole_number("runs", 2e2)
    200
    """
    value = _whole(given)
    if value is None:
        raise UsageError(f"{name} must be a whole number (got {_shown(given)})")
    if value < least:
        wish = {0: "0 or more", 1: "positive"}.get(least, f"at least {least:,}")
        raise UsageError(f"{name} must be {wish} (got {_shown(given)})")
    if value > most:
        raise UsageError(f"{name} must be at most {most:,} (got {_shown(given)})")
    return value


def seed_of(given: object) -> int:
    """Return a seed: a whole number of 64 bits.

    Raises
    ------
    UsageError
        If it is none.
    """
    return whole_number("seed", given, least=-LARGEST_SEED, most=LARGEST_SEED)


def number(name: str, given: Any) -> float:
    """Return a finite number.

    Raises
    ------
    UsageError
        If it is none.
    """
    value = math.nan
    if _is_number(given):
        with suppress(OverflowError):  # a whole number beyond the floats
            value = float(given)
    if math.isfinite(value):
        return value
    raise UsageError(f"{name} must be a number (got {_shown(given)})")


def path_of(name: str, given: object) -> str | os.PathLike[str]:
    """Return a path.

    Raises
    ------
    UsageError
        If it is neither text nor a path.
    """
    if isinstance(given, str) or (
        isinstance(given, os.PathLike) and isinstance(os.fspath(given), str)
    ):
        return given
    raise UsageError(f"{name} must be a path, as text or a pathlib.Path (got {_shown(given)})")


def callable_or_none(name: str, given: object) -> None:
    """Raise UsageError unless something is a function, or None."""
    if given is not None and not callable(given):
        raise UsageError(f"{name} must be a function (got {_shown(given)})")


def _is_number(given: object) -> bool:
    return isinstance(given, Real) and type(given).__name__ not in ("bool", "bool_")


def _whole(given: Any) -> int | None:
    return int(given) if _is_number(given) and given % 1 == 0 else None  # infinity leaves NaN


def _shown(given: object) -> str:
    shown = str(given) if isinstance(given, Real) else repr(given)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
