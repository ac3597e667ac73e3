"""Cases of verification: a check that says how far the engine is from the exact answer.

Every case comes with planted errors, the same check with a wrong formula in it, which must be
rejected (`test_planted_errors` sees to that). A deviation is counted in standard errors, or where
nothing is random in units of the rounding that is allowed; up to its limit it is accepted.
`python -m tests.verification` runs them all and shows the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = npt.NDArray[Any]

LIMIT = 4.0  # by chance alone passed once in some 16,000 comparisons


# What a result compares. Of chi-square the exact value is its mean, the degrees of freedom.
RANDOM = ("mean", "variance", "share", "chi-square")
FIXED = ("value", "differences", "runs")


@dataclass(frozen=True, order=True)
class Result:
    """A comparison with an exact answer; results are in order of their deviations.

    Attributes
    ----------
    deviation : float
        How far apart the two are, in units of `error`.
    exact, found : float
        The exact value, and what relsim gives.
    error : float
        Standard error of `found`; where nothing is random, the unit of rounding.
    measure : str
        What the two are: one of `RANDOM` or of `FIXED`.
    """

    deviation: float
    exact: float = field(compare=False)
    found: float = field(compare=False)
    error: float = field(compare=False)
    measure: str = field(compare=False)


Check = Callable[[], Result]


class Kept(Protocol):
    """A function under `functools.cache`."""

    def cache_clear(self) -> None: ...


@dataclass(frozen=True)
class Case:
    """One exact answer.

    Attributes
    ----------
    name : str
    check : callable
        Compares the engine with the exact answer.
    planted : mapping
        What is wrong, and the same check with it.
    limit : float
        The largest deviation that is accepted.
    """

    name: str
    check: Check
    planted: Mapping[str, Check]
    limit: float = LIMIT

    def __str__(self) -> str:
        return self.name


def z(found: float, exact: float, error: float, measure: str) -> Result:
    """The distance between two numbers in standard errors."""
    return Result(float(abs(found - exact) / error), float(exact), float(found), error, measure)


def mean_z(sample: Numbers, expected: float) -> Result:
    """Distance of a sample's mean from its expectation, in standard errors."""
    x = np.asarray(sample, dtype=np.float64).ravel()
    return z(x.mean(), expected, float(x.std(ddof=1) / np.sqrt(x.size)), "mean")


def variance_z(sample: Numbers, expected: float) -> Result:
    """Distance of a sample's variance from its expectation, in standard errors."""
    x = np.asarray(sample, dtype=np.float64).ravel()
    squares = (x - x.mean()) ** 2
    error = float(squares.std(ddof=1) / np.sqrt(x.size))
    return z(x.var(ddof=1), expected, error, "variance")


def share_z(hits: float, trials: float, expected: float) -> Result:
    """Distance of a share from a probability, in standard errors of that probability."""
    error = float(np.sqrt(expected * (1 - expected) / trials))
    return z(hits / trials, expected, error, "share")


def counts_z(observed: Numbers, expected: Numbers, totals: int = 1) -> Result:
    """Pearson's chi-square of counts against expectations, as a normal deviate.

    `totals` is how many sums of the expectations were taken from the counts.
    """
    o, e = np.asarray(observed, np.float64).ravel(), np.asarray(expected, np.float64).ravel()
    assert e.min() >= 5, "too few expected for chi-square"
    chi_square, degrees = float((((o - e) ** 2) / e).sum()), o.size - totals
    deviate = float(-special.ndtri(max(special.chdtrc(degrees, chi_square), 1e-300)))
    return Result(deviate, degrees, chi_square, float(np.sqrt(2 * degrees)), "chi-square")


def rounding(actual: Numbers | float, expected: Numbers | float, unit: float = 1e-6) -> Result:
    """Largest relative deviation (absolute below 1), in units of float32's rounding."""
    a, e = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert a.shape == e.shape, f"shapes differ: {a.shape}, {e.shape}"
    allowed = unit * np.maximum(np.abs(e), 1)
    apart = np.abs(a - e) / allowed
    worst = np.unravel_index(int(apart.argmax()), a.shape)
    return Result(
        float(apart[worst]), float(e[worst]), float(a[worst]), float(allowed[worst]), "value"
    )


def differences(found: int | np.integer[Any]) -> Result:
    """A count of what should be alike to the bit and is not: one is too many."""
    return Result(10.0 * int(found), 0.0, float(found), 0.1, "differences")


@contextmanager
def planted(owner: object, name: str, wrong: object) -> Iterator[None]:
    """Plant an error: for a while the engine computes `owner.name` wrongly."""
    right = getattr(owner, name)
    setattr(owner, name, wrong)
    try:
        yield
    finally:
        setattr(owner, name, right)


def with_planted(check: Check, owner: object, name: str, wrong: object, *kept: Kept) -> Check:
    """The check, while the engine computes `owner.name` wrongly.

    What the functions `kept` have kept of the right engine, or keep of the wrong one, is
    forgotten before and after.
    """

    def run() -> Result:
        forget(kept)
        try:
            with planted(owner, name, wrong):
                return check()
        finally:
            forget(kept)

    return run


def forget(kept: Iterable[Kept]) -> None:
    for function in kept:
        function.cache_clear()
