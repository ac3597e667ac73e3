"""Log scores by week and actor, and how sure the difference between two forecasters is.

A forecaster's score of a week is the logarithm of the chance that it gave to what each actor did,
in nats; more is better. Moves come in bursts, so that weeks near each other are not independent:
the standard error of a difference is that of blocks of `BLOCK` weeks, with both actors in a block.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from relsim.array_types import Doubles
from relsim.errors import UsageError, unknown
from relsim.tables import Table

__all__ = ["BLOCK", "ScoreRow", "WeeklyScores", "compare_scores", "score_error", "score_table"]

WEEK = datetime.timedelta(days=7)
BLOCK = 8  # weeks


@dataclass(frozen=True, eq=False)
class WeeklyScores:
    """The log scores of one forecaster, in consecutive weeks of seven days.

    Attributes
    ----------
    first_week : date
        The first day of the first week.
    log_score : float64 (weeks, actors)
        Nats; the same order of actors for all forecasters that are compared.

    Raises
    ------
    UsageError
        If the scores have another shape, or one is not finite.

    Examples
    --------
    >>> WeeklyScores(datetime.date(1997, 1, 24), np.array([[-0.1, -4.2], [-0.1, -0.2]])).last_day
    datetime.date(1997, 2, 6)
    """

    first_week: datetime.date
    log_score: Doubles

    def __post_init__(self) -> None:
        shape = np.shape(self.log_score)
        if len(shape) != 2 or not all(shape):
            raise UsageError(f"log_score must have the shape (weeks, actors) (got {shape})")
        wrong = np.argwhere(~np.isfinite(self.log_score))
        if wrong.size:
            week, actor = wrong[0].tolist()
            raise UsageError(
                f"log_score[{week}, {actor}] is {self.log_score[week, actor]}: all log scores must "
                "be finite, so give every move some chance"
            )

    @property
    def last_day(self) -> datetime.date:
        """The last day of the last week."""
        return self.first_week + len(self.log_score) * WEEK - datetime.timedelta(days=1)


@dataclass(frozen=True)
class ScoreRow:
    """One forecaster beside the one that all are compared with.

    Attributes
    ----------
    name : str
    nats : float
        Sum of its log scores over weeks and actors.
    gain : float
        By how many nats it is better than the reference; 0 for the reference itself.
    error : float
        Standard error of `gain`; 0 for the reference itself.
    weeks : int
        How many weeks were scored, for all actors.
    """

    name: str
    nats: float
    gain: float
    error: float
    weeks: int


def compare_scores(
    scores: Mapping[str, WeeklyScores],
    first: datetime.date,
    last: datetime.date,
    reference: str | None = None,
) -> tuple[ScoreRow, ...]:
    """Sum the log scores of forecasters over a window of dates, and compare them with one.

    Parameters
    ----------
    scores : mapping of str to WeeklyScores
        By name of forecaster, on the same weeks and the same actors.
    first, last : date
        Weeks count that lie wholly in this window, both days included.
    reference : str, optional
        The forecaster that the others are compared with; by default the first of the mapping.

    Returns
    -------
    tuple of ScoreRow
        In the order of the mapping.

    Raises
    ------
    UsageError
        If there is no such forecaster, the forecasters' weeks or actors do not fit together, one of
        them has no score for a week of the window, or the window has fewer than two blocks.

    Examples
    --------
    >>> begin = datetime.date(1997, 1, 24)
    >>> scores = {"base": WeeklyScores(begin, np.full((16, 2), -0.5)),
    ...           "model": WeeklyScores(begin, np.full((16, 2), -0.25))}
    >>> for row in compare_scores(scores, begin, datetime.date(1997, 5, 15)):
    ...     print(row.name, row.nats, row.gain, row.error)
    base -16.0 0.0 0.0
    model -8.0 8.0 0.0
    """
    if not scores:
        raise UsageError("there are no log scores to compare")
    reference = next(iter(scores)) if reference is None else reference
    if reference not in scores:
        raise UsageError(unknown("forecaster", reference, scores))
    grid = scores[reference]
    week = grid.first_week + -((grid.first_week - first) // WEEK) * WEEK  # the first in the window
    weeks = (last + datetime.timedelta(days=1) - week) // WEEK
    if weeks <= BLOCK:
        raise UsageError(
            f"from {first} to {last} there are {max(weeks, 0)} whole weeks: a standard error needs "
            f"two blocks, so more than {BLOCK} weeks"
        )
    within = {
        name: _within(name, one, week, weeks, grid.log_score.shape[1])
        for name, one in scores.items()
    }
    rows = []
    for name, one in within.items():
        gains = (one - within[reference]).sum(axis=1)
        rows.append(
            ScoreRow(name, float(one.sum()), float(gains.sum()), score_error(gains), int(weeks))
        )
    return tuple(rows)


def _within(
    name: str, scores: WeeklyScores, week: datetime.date, weeks: int, actors: int
) -> Doubles:
    """The scores of so many weeks from one on, shape (weeks, actors)."""
    if scores.log_score.shape[1] != actors:
        raise UsageError(
            f"{name!r} has log scores of {scores.log_score.shape[1]} actors, the reference of "
            f"{actors}"
        )
    start, off = divmod(week - scores.first_week, WEEK)
    if off:
        raise UsageError(
            f"the weeks of {name!r} begin on {scores.first_week:%A}s, those of the reference on "
            f"{week:%A}s"
        )
    if start < 0 or start + weeks > len(scores.log_score):
        raise UsageError(
            f"{name!r} has log scores from {scores.first_week} to {scores.last_day}: the window "
            f"needs them from {week} to {week + weeks * WEEK - datetime.timedelta(days=1)}"
        )
    return scores.log_score[start : start + weeks]


def score_error(gains: Doubles, block: int = BLOCK) -> float:
    """Standard error of a sum of weekly differences, from blocks of weeks.

    Blocks are counted from the first week. With B blocks, the error is that of a sum of B
    independent terms: the root of B/(B − 1) times the sum of squares of each block's sum less its
    weeks times the mean of all weeks. The last block may be shorter.

    Parameters
    ----------
    gains : float64 (weeks,)
        Difference of two forecasters' log scores, summed over actors.
    block : int
        Weeks of a block; there must be more weeks than that.

    Examples
    --------
    >>> score_error(np.array([1.0, 1.0, 3.0, 3.0]), block=2)
    4.0
    """
    starts = np.arange(0, gains.size, block)
    off = np.add.reduceat(gains - gains.mean(), starts)
    return float(np.sqrt(starts.size / (starts.size - 1) * (off**2).sum()))


def score_table(rows: tuple[ScoreRow, ...]) -> Table:
    """What `compare_scores` found, as a table; log scores and gains in nats.

    Examples
    --------
    >>> print(score_table((ScoreRow("base", -920.3, 0.0, 0.0, 1262),
    ...                    ScoreRow("EW4", -896.1, 24.2, 9.73, 1262))).text())
    Forecaster  Log score  Gain   Standard error  Weeks
    base        -920.3                            1262
    EW4         -896.1     +24.2  9.7             1262
    """
    headings = ("Forecaster", "Log score", "Gain", "Standard error", "Weeks")
    cells = [(row.name, f"{row.nats:.1f}", *_gain(row), row.weeks) for row in rows]
    return Table(headings, cells)


def _gain(row: ScoreRow) -> tuple[str | None, str | None]:
    if row.gain == 0 == row.error:  # the reference, or one that gives the same chances
        return None, None
    return f"{row.gain:+.1f}", f"{row.error:.1f}"
