"""A number that may be uncertain: its distribution, drawn by inverse function."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relsim.brief import Brief

if TYPE_CHECKING:
    from relsim.array_types import Array, Doubles

__all__ = ["KINDS", "Distribution", "Family", "interval", "shortest"]

WIDEST_LOG = 20.0  # sd of a logarithm, so that no quantile overflows
SHAPES = (1e-3, 1e6)  # between these scipy inverts the beta and gamma functions well
HERMITE_NODES = 64


@dataclass(frozen=True)
class Family:
    """What is known of one kind of distribution; each function takes its parameters last."""

    names: tuple[str, ...]  # empty: any number of values
    complaint: Callable[..., str]  # what is wrong with the parameters, "" if nothing
    quantile: Callable[..., Array]
    mean: Callable[..., float]
    support: Callable[..., tuple[float, float]]
    scales: tuple[bool, ...] | None  # which parameters carry the unit (repeated); None: no unit
    open: bool = False  # the ends of the support are never reached


def _unless(right: bool, wish: str) -> str:
    return "" if right else wish


def _shapes(*shapes: float) -> str:
    low, high = SHAPES
    right = all(low <= shape <= high for shape in shapes)
    return _unless(right, f"shapes must be positive, from {low:g} to {high:g}")


def _normal_quantile(u: Doubles, mean: float, sd: float) -> Doubles:
    from scipy.special import ndtri

    return mean + sd * ndtri(u)


def _lognormal_quantile(u: Doubles, median: float, sd_of_log: float) -> Doubles:
    import numpy as np
    from scipy.special import ndtri

    return median * np.exp(sd_of_log * ndtri(u))


def _lognormal_mean(median: float, sd_of_log: float) -> float:
    return median * math.exp(sd_of_log**2 / 2)


def _logit_normal_quantile(u: Doubles, mean: float, sd: float) -> Doubles:
    from scipy.special import expit

    return expit(_normal_quantile(u, mean, sd))


def _logit_normal_mean(mean: float, sd: float) -> float:
    import numpy as np
    from scipy.special import expit

    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    return float(np.sum(weights * expit(mean + sd * nodes)) / np.sum(weights))


def _beta_quantile(u: Doubles, a: float, b: float) -> Doubles:
    from scipy.special import betaincinv

    return betaincinv(a, b, u)


def _gamma_quantile(u: Doubles, shape: float, scale: float) -> Array:
    from scipy.special import gammaincinv

    return scale * gammaincinv(shape, u)


def _triangular_quantile(u: Doubles, low: float, mode: float, high: float) -> Doubles:
    import numpy as np

    width, rise = high - low, mode - low
    left = low + np.sqrt(u * width * rise)
    right = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u * width < rise, left, right)


def _choice_quantile(u: Doubles, *values: float) -> Doubles:
    """Each value is as likely as the others, in the order in which they are written."""
    import numpy as np

    which = np.minimum((u * len(values)).astype(np.int64), len(values) - 1)
    return np.asarray(values, dtype=np.float64)[which]


def _point_quantile(u: Doubles, value: float) -> Doubles:
    import numpy as np

    return np.full(np.shape(u), value)


KINDS: dict[str, Family] = {
    "point": Family(
        ("value",),
        lambda value: "",
        _point_quantile,
        lambda value: value,
        lambda value: (value, value),
        (True,),
    ),
    "normal": Family(
        ("mean", "sd"),
        lambda mean, sd: _unless(sd > 0, "sd must be positive"),
        _normal_quantile,
        lambda mean, sd: mean,
        lambda mean, sd: (-math.inf, math.inf),
        (True, True),
        open=True,
    ),
    "lognormal": Family(
        ("median", "sd of the log"),
        lambda median, sd: _unless(
            median > 0 and 0 < sd <= WIDEST_LOG,
            f"median and sd must be positive, sd at most {WIDEST_LOG:g}",
        ),
        _lognormal_quantile,
        _lognormal_mean,
        lambda median, sd: (0.0, math.inf),
        (True, False),
        open=True,
    ),
    "logit-normal": Family(
        ("mean of the logit", "sd of the logit"),
        lambda mean, sd: _unless(sd > 0, "sd must be positive"),
        _logit_normal_quantile,
        _logit_normal_mean,
        lambda mean, sd: (0.0, 1.0),
        None,
        open=True,
    ),
    "beta": Family(
        ("a", "b"),
        _shapes,
        _beta_quantile,
        lambda a, b: a / (a + b),
        lambda a, b: (0.0, 1.0),
        None,
        open=True,
    ),
    "gamma": Family(
        ("shape", "scale"),
        lambda shape, scale: _shapes(shape) or _unless(scale > 0, "scale must be positive"),
        _gamma_quantile,
        lambda shape, scale: shape * scale,
        lambda shape, scale: (0.0, math.inf),
        (False, True),
        open=True,
    ),
    "triangular": Family(
        ("low", "mode", "high"),
        lambda low, mode, high: _unless(
            low <= mode <= high and low < high, "low, mode and high must be in order"
        ),
        _triangular_quantile,
        lambda low, mode, high: (low + mode + high) / 3,
        lambda low, mode, high: (low, high),
        (True, True, True),
    ),
    "uniform": Family(
        ("low", "high"),
        lambda low, high: _unless(low < high, "low must be below high"),
        lambda u, low, high: low + (high - low) * u,
        lambda low, high: (low + high) / 2,
        lambda low, high: (low, high),
        (True, True),
    ),
    "choice": Family(
        (),
        lambda *values: _unless(len(values) > 0, "choice needs at least one value"),
        _choice_quantile,
        lambda *values: sum(values) / len(values),
        lambda *values: (min(values), max(values)),
        (True,),
    ),
}


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
    scale, shift : float
        What is drawn by kind and parameters is multiplied by `scale`, then `shift` is added.
    """

    kind: str
    parameters: tuple[float, ...]
    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        family = KINDS[self.kind]
        names, given = family.names, self.parameters
        if names and len(given) != len(names):
            wanted = f"{self.kind}({', '.join(names)})"
            raise ValueError(f"must be written {wanted} (got {len(given)} numbers)")
        complaint = _too_large((*given, self.scale, self.shift)) or family.complaint(*given)
        if complaint:
            raise ValueError(f"{complaint} (got {self})")

    def __str__(self) -> str:
        numbers = ", ".join(shortest(number) for number in self.parameters)
        drawn = numbers if self.kind == "point" else f"{self.kind}({numbers})"
        scale = "" if self.scale == 1 else f" × {shortest(self.scale)}"
        return drawn + scale + (f" + {shortest(self.shift)}" if self.shift else "")

    @property
    def base(self) -> Distribution:
        """What is drawn, before `scale` and `shift`."""
        return Distribution(self.kind, self.parameters)

    @property
    def constant(self) -> float | None:
        """The number itself if it is certain, else None."""
        if self.kind == "point":
            return self.parameters[0] * self.scale + self.shift
        return None if self.scale else self.shift

    def then(self, scale: float, shift: float) -> Distribution:
        """The distribution of this number × `scale` + `shift`."""
        return replace(self, scale=self.scale * scale, shift=self.shift * scale + shift)

    def changed(self, drawn: Doubles) -> Doubles:
        """What `scale` and `shift` make of numbers that were drawn from `base`."""
        same = self.scale == 1 and self.shift == 0
        return drawn if same else drawn * self.scale + self.shift

    def undone(self, numbers: Doubles) -> Doubles:
        """The inverse of `changed`; `scale` is not 0."""
        same = self.scale == 1 and self.shift == 0
        return numbers if same else (numbers - self.shift) / self.scale

    def quantile(self, u: Doubles) -> Doubles:
        """Return the values below which the shares `u` of the distribution lie.

        With a `scale` below 0 the shares above them: what becomes of the draw at `u` of `base`.

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
        drawn = np.asarray(KINDS[self.kind].quantile(inside, *self.parameters), dtype=np.float64)
        return self.changed(drawn)

    @property
    def mean(self) -> float:
        """The mean (for a logit-normal by Gauss-Hermite quadrature)."""
        return KINDS[self.kind].mean(*self.parameters) * self.scale + self.shift

    @property
    def median(self) -> float:
        """The value that half of the distribution lies below."""
        import numpy as np

        return float(self.quantile(np.array(0.5)))

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value that is possible; infinite where there is no end."""
        if self.scale == 0:
            return self.shift, self.shift
        ends = (end * self.scale + self.shift for end in KINDS[self.kind].support(*self.parameters))
        low, high = sorted(ends)
        return low, high

    @property
    def open(self) -> bool:
        """Whether the ends of the support are never reached."""
        return KINDS[self.kind].open and self.scale != 0

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
        return replace(
            self,
            parameters=tuple(p * factor if s else p for p, s in pairs),
            shift=self.shift * factor,
        )


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
