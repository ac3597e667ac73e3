"""How probabilities are written: no digit that the error does not support."""

from __future__ import annotations

import math

RARE = 0.01  # below it, or above its complement
SMALL = 1e-4  # below it a probability of a rare outcome is written with a power of ten


def decimals(error: float) -> int:
    """Decimals that an error supports: down to its first digit, once rounded.

    Examples
    --------
    >>> decimals(0.006), decimals(0.0234), decimals(0.0096)
    (3, 2, 2)
    """
    return max(1, -int(f"{error:.0e}".split("e")[1]))


def text(value: float, places: int, *, signed: bool = False) -> str:
    """A probability, or a signed difference of two, without the leading 0.

    Examples
    --------
    >>> text(0.2841, 3), text(-0.0123, 2, signed=True), text(1.0, 2)
    ('.284', '-.01', '1.00')
    """
    digits = f"{abs(value):.{places}f}".removeprefix("0")
    if not signed or not digits.strip("0."):
        return digits
    return ("-" if value < 0 else "+") + digits


def probability(value: float, error: float, upper: float) -> str:
    """A probability in the digits that its error supports.

    `upper` is the upper end of its confidence interval. Of a rare outcome at most three digits of
    that end are written.

    Examples
    --------
    >>> probability(0.28412, 0.006, 0.294), probability(0.00012345, 0.0000001, 0.000124)
    ('.284', '.000123')
    """
    places = decimals(error)
    return text(value, min(places, decimals(upper) + 2) if upper < RARE else places)


def small(value: float, digits: int) -> str:
    """A number with a power of ten.

    Examples
    --------
    >>> small(3.14159e-8, 1)
    '3.1e-8'
    """
    return f"{value:.{digits}e}".replace("e-0", "e-")


def rare(value: float, error: float) -> tuple[str, str]:
    """A probability down to the first digit of its error, and the error; powers of ten if small.

    Examples
    --------
    >>> rare(3.14159e-8, 4.2e-9), rare(0.00317, 0.00008), rare(2e-8, 0.0)
    (('3.1e-8', '4e-9'), ('.00317', '.00008'), ('2.0e-8', '0'))
    """
    if value >= SMALL:
        return probability(value, error, value + 2 * error), text(error, decimals(error))
    if error <= 0:
        return small(value, 1), "0"
    digits = math.floor(math.log10(value)) - math.floor(math.log10(error))
    return small(value, max(digits, 0)), small(error, 0)


def rare_between(low: float, high: float) -> str:
    """An interval as `between` writes it, with powers of ten if it is small.

    Examples
    --------
    >>> rare_between(2.2e-8, 4.1e-8), rare_between(0.0, 0.0021)
    ('2.2e-8–4.1e-8', '.0000–.0021')
    """
    if high >= SMALL:
        return between(low, high)
    return "–".join(small(end, 1) if end else "0" for end in (low, high))


def bound(value: float, low: float, high: float) -> str:
    """The bound of a value of which no more is known: on the side on which it lies."""
    return at_most(high) if value < 0.5 else at_least(low)


def at_most(bound: float) -> str:
    """``"<.000092"``: an upper bound in two digits, rounded up so that it stays one."""
    places = decimals(bound) + 1
    return "<" + text(math.ceil(bound * 10**places) / 10**places, places)


def at_least(bound: float) -> str:
    """``">.99991"``: a lower bound in two digits of its complement, rounded down."""
    places = decimals(1 - bound) + 1
    return ">" + text(math.floor(bound * 10**places) / 10**places, places)


def between(low: float, high: float, *, signed: bool = False) -> str:
    """An interval over draws, in two digits of its larger end or of its complement.

    Examples
    --------
    >>> between(0.0006, 0.0213), between(0.1234, 0.491), between(-0.12, 0.04, signed=True)
    ('.001–.021', '.12–.49', '-.12 – +.04')
    """
    size = max(abs(low), abs(high)) if signed else min(high, 1 - low)
    places = decimals(size) + 1
    dash = " – " if signed else "–"  # a sign beside a dash would be hard to read
    return f"{text(low, places, signed=signed)}{dash}{text(high, places, signed=signed)}"
