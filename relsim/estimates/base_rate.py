"""Base rates: how often something came about in earlier periods of the same length."""

from __future__ import annotations

from dataclasses import dataclass

from relsim.estimates.formatting import text

__all__ = ["BaseRate"]


@dataclass(frozen=True)
class BaseRate:
    """How many earlier periods met an outcome.

    Attributes
    ----------
    hits, of : float
        Periods that met it, and all; sums of weights if older ones count for less.

    Examples
    --------
    >>> rate = BaseRate(2, 7)
    >>> rate.probability, str(rate)
    (0.3125, '.31 (2 of 7)')
    """

    hits: float
    of: float

    @property
    def probability(self) -> float:
        """That the next period meets it: (h + ½) / (n + 1), the mean of Jeffreys' posterior."""
        return (self.hits + 0.5) / (self.of + 1)

    def __str__(self) -> str:
        return f"{text(self.probability, 2)} ({self.hits:g} of {self.of:g})"

    def to_json(self) -> dict[str, float]:
        """Plain data for JSON."""
        return {"probability": self.probability, "hits": self.hits, "of": self.of}
