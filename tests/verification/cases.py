"""Cases of verification: a check that says how far the engine is from the exact answer.

Every case comes with planted errors, the same check with a wrong formula in it, which must be
rejected (`test_planted_errors` sees to that). A deviation is counted in standard errors, or where
nothing is random in units of the rounding that float32 allows; up to `LIMIT` it is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = npt.NDArray[Any]
Check = Callable[[], float]

LIMIT = 4.0  # by chance alone passed once in some 16,000 comparisons


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
        The deviation of the engine from the exact answer; at most `LIMIT` if the engine is right.
    planted : mapping
        What is wrong, and the same check with it.
    """

    name: str
    check: Check
    planted: Mapping[str, Check]

    def __str__(self) -> str:
        return self.name


def mean_z(sample: Numbers, expected: float) -> float:
    """Distance of a sample's mean from its expectation, in standard errors."""
    x = np.asarray(sample, dtype=np.float64).ravel()
    return float(abs(x.mean() - expected) / (x.std(ddof=1) / np.sqrt(x.size)))


def variance_z(sample: Numbers, expected: float) -> float:
    """Distance of a sample's variance from its expectation, in standard errors."""
    x = np.asarray(sample, dtype=np.float64).ravel()
    squares = (x - x.mean()) ** 2
    return float(abs(x.var(ddof=1) - expected) / (squares.std(ddof=1) / np.sqrt(x.size)))


def share_z(hits: float, trials: float, expected: float) -> float:
    """Distance of a share from a probability, in standard errors of that probability."""
    return float(abs(hits / trials - expected) / np.sqrt(expected * (1 - expected) / trials))


def counts_z(observed: Numbers, expected: Numbers, totals: int = 1) -> float:
    """Pearson's chi-square of counts against expectations, as a normal deviate.

    `totals` is how many sums of the expectations were taken from the counts.
    """
    o, e = np.asarray(observed, np.float64).ravel(), np.asarray(expected, np.float64).ravel()
    assert e.min() >= 5, "too few expected for chi-square"
    chi_square = float((((o - e) ** 2) / e).sum())
    return float(-special.ndtri(max(special.chdtrc(o.size - totals, chi_square), 1e-300)))


def rounding(actual: Numbers | float, expected: Numbers | float, unit: float = 1e-6) -> float:
    """Largest relative deviation (absolute below 1), in units of float32's rounding."""
    a, e = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert a.shape == e.shape, f"shapes differ: {a.shape}, {e.shape}"
    return float((np.abs(a - e) / np.maximum(np.abs(e), 1)).max() / unit)


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

    def run() -> float:
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
