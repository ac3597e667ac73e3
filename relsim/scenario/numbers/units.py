"""Units of the numbers in a scenario, and how they convert."""

from __future__ import annotations

__all__ = ["conversion", "same_dimension", "spelled"]

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
