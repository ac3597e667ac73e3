"""A number that may be uncertain: its distribution, drawn by inverse function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relsim.brief import Brief
from relsim.scenario.numbers.families import KINDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Distribution", "interval", "shortest"]

Z_95 = 1.6448536269514722  # the 95% point of the standard normal
NEAREST_0 = 2.0**-53  # uniforms are kept this far from 0 and 1, where a normal has no quantile
LARGEST = 1e100  # of a parameter, so that no quantile overflows


@dataclass(frozen=True, repr=False)
class Distribution(Brief):
    """A number that may be uncertain, in the unit that the engine uses.

    Attributes
    ----------
    kind : str
        A key of ``KINDS``, or ``"point"`` for one certain number.
    parameters : tuple of float
        In the order in which a scenario writes them (see ``KINDS``).
    """

    kind: str
    parameters: tuple[float, ...]

    def __post_init__(self) -> None:
        family = KINDS[self.kind]
        names, given = family.names, self.parameters
        if names and len(given) != len(names):
            wanted = f"{self.kind}({', '.join(names)})"
            raise ValueError(f"must be written {wanted} (got {len(given)} numbers)")
        complaint = _too_large(given) or family.complaint(*given)
        if complaint:
            raise ValueError(f"{complaint} (got {self})")

    def __str__(self) -> str:
        numbers = ", ".join(shortest(number) for number in self.parameters)
        return numbers if self.kind == "point" else f"{self.kind}({numbers})"

    def quantile(self, u: Floats) -> Floats:
        """Return the values below which the shares `u` of the distribution lie.

        Parameters
        ----------
        u : float64 array of any shape
            Shares in [0, 1]; the ends are moved inside by 2**-53, so that every value is finite.

        Returns
        -------
        float64 array of the shape of `u`
        """
        import numpy as np

        inside = np.clip(np.asarray(u, dtype=np.float64), NEAREST_0, 1 - NEAREST_0)
        return np.asarray(KINDS[self.kind].quantile(inside, *self.parameters), dtype=np.float64)

    @property
    def mean(self) -> float:
        """The mean (for a logit-normal by Gauss-Hermite quadrature)."""
        return KINDS[self.kind].mean(*self.parameters)

    @property
    def median(self) -> float:
        """The value that half of the distribution lies below."""
        import numpy as np

        return float(self.quantile(np.array(0.5)))

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value that is possible; infinite where there is no end."""
        return KINDS[self.kind].support(*self.parameters)

    @property
    def open(self) -> bool:
        """Whether the ends of the support are never reached."""
        return KINDS[self.kind].open

    def scaled(self, factor: float) -> Distribution:
        """Return the distribution of `factor` times this number (a conversion of units).

        Raises
        ------
        ValueError
            For a beta or logit-normal, which lie between 0 and 1 in any unit.
        """
        if factor == 1.0:
            return self
        scales = KINDS[self.kind].scales
        if scales is None:
            raise ValueError(f"{self.kind} lies between 0 and 1 and takes no unit (got {self})")
        pairs = zip(self.parameters, scales * len(self.parameters), strict=False)
        return Distribution(self.kind, tuple(p * factor if s else p for p, s in pairs))


def interval(low: float, high: float, *, share: bool) -> Distribution:
    """Return the distribution with `low` and `high` as its 5% and 95% points.

    A share is logit-normal, a number with both points above 0 lognormal, any other normal.

    Raises
    ------
    ValueError
        If the ends are not in order, or not strictly between 0 and 1 for a share.
    """
    got = f"(got {shortest(low)} to {shortest(high)})"
    if not low < high:
        raise ValueError(f"a 90% interval goes from the lower to the higher number {got}")
    if share and (low <= 0 or high >= 1):
        raise ValueError(f"a 90% interval of a share lies strictly between 0 and 1 {got}")
    if share:
        return Distribution("logit-normal", _centre_and_sd(_logit(low), _logit(high)))
    if low > 0:
        centre, sd = _centre_and_sd(math.log(low), math.log(high))
        return Distribution("lognormal", (math.exp(centre), sd))
    return Distribution("normal", _centre_and_sd(low, high))


def shortest(number: float) -> str:
    """Return the shortest text that reads back as the same number: "3" for 3.0."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _centre_and_sd(low: float, high: float) -> tuple[float, float]:
    return (low + high) / 2, (high - low) / (2 * Z_95)


def _logit(share: float) -> float:
    return math.log(share) - math.log1p(-share)


def _too_large(numbers: tuple[float, ...]) -> str:
    return "" if all(abs(n) <= LARGEST for n in numbers) else "numbers must be below 1e100"
