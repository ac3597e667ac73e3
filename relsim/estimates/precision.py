"""Run until precise: a sequential rule that looks seldom, so that its intervals keep their word.

Whoever looks after each batch stops at the first one at which the error happens to come out small,
and has too narrow an interval. So whole batches are added, and looks are far apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from relsim.arguments import number
from relsim.errors import UsageError
from relsim.estimates.probability import Estimate, is_precise

FIRST_LOOK = 16  # batches; each later look is at twice as many
MOST_RUNS = 2**20  # where no bound is given


@dataclass(frozen=True)
class Precision:
    """A wish for a Monte Carlo error, and what came of it.

    Attributes
    ----------
    outcome : str
        The outcome whose probability is wanted.
    wished : float
        The largest Monte Carlo error.
    reached : bool
        False if the runs were at their bound first.
    max_runs : int
        The bound, in whole batches.
    """

    outcome: str
    wished: float
    reached: bool
    max_runs: int

    def __str__(self) -> str:
        wished, outcome = f"precision {self.wished:g}", self.outcome
        if self.reached:
            return f"{wished} reached for {outcome}"
        return f"{wished} not reached for {outcome} within {self.max_runs:,} runs"

    @classmethod
    def of(cls, provenance: Mapping[str, Any]) -> Precision:
        """What the provenance of an ensemble says of it."""
        return cls(**provenance["precision"])

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return asdict(self)


def check_precision(given: object) -> float:
    """Return a wished Monte Carlo error.

    Raises
    ------
    UsageError
        If it is no number between 0 and 1.
    """
    precision = number("precision", given)
    if not 0 < precision < 1:
        raise UsageError(f"precision must be between 0 and 1 (got {precision:g})")
    return precision


def looks(most: int) -> Iterator[int]:
    """Numbers of batches at which to look: 16, 32, 64, ..., and where it ends at the latest.

    Examples
    --------
    >>> list(looks(64)), list(looks(70)), list(looks(3))
    ([16, 32, 64], [16, 32, 64, 70], [3])
    """
    batches = FIRST_LOOK
    while batches < most:
        yield batches
        batches *= 2
    yield most


def until_precise(
    sample: Callable[[int], Estimate], precision: float, most: int
) -> tuple[int, bool]:
    """Ask for ever larger samples until one is precise.

    Parameters
    ----------
    sample : callable
        The estimate from the first so many batches.
    precision : float
        The largest Monte Carlo error; how it is judged, `relsim.estimates.probability.is_precise`
        says.
    most : int
        Batches at which to end at the latest.

    Returns
    -------
    batches : int
        Size of the last sample that was asked for.
    reached : bool
        Whether it is precise.

    Raises
    ------
    UsageError
        If the precision is not between 0 and 1.
    """
    precision = check_precision(precision)
    for batches in looks(most):
        reached = is_precise(sample(batches), precision)
        if reached:
            break
    return batches, reached
