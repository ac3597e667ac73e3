"""Rules under which an actor may move several times at one review.

Such a rule's probabilities are odds against hold, and the odds are read as the number of moves of
each kind that the time until the next review lets expect: while nothing that the rule looks at
changes, an actor makes as many moves a year at daily reviews as at monthly ones. Their number at a
review is Poisson distributed, as of moves that come at these rates, one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from relsim.rules.contract import added_up, row_at
from relsim.rules.view import Flags, Floats
from relsim.worlds.lots import rest

MOST = 8  # moves at one review; of 2 that are expected .0002 are lost, of 4 .03
LEAST = np.float32(1e-30)  # the least chance to hold: odds against it stay numbers
Marked = TypeVar("Marked", bound=Callable[..., Any])


class Round(NamedTuple):
    """The first, the second, … moves of a review: move rows[k] in run idx[k], idx rising."""

    rows: npt.NDArray[np.int8]
    idx: npt.NDArray[np.int64]


def several_moves(rule: Marked) -> Marked:
    """Mark a rule: its odds against hold say how many moves of each kind a review lets expect.

    Without the mark an actor makes one move at a review, or none, with the rule's probabilities.

    Examples
    --------
    >>> from relsim.rules import logit, several_moves
    >>> @several_moves
    ... def doubtful(view, parameters):
    ...     return logit(view, parameters, rationality=0.5)
    """
    rule.several_moves = True  # type: ignore[attr-defined]
    return rule


def makes_several(rule: Callable[..., Any]) -> bool:
    """Whether a rule is marked, or made of a marked one by `functools.partial`."""
    while isinstance(rule, partial):
        rule = rule.func
    return bool(getattr(rule, "several_moves", False))


def expected_moves(p: Floats) -> Floats:
    """How many moves of each kind a review lets expect, given the rule's probabilities.

    Parameters
    ----------
    p : float32, (moves, ...)
        Hold first.

    Returns
    -------
    float32, (moves, ...)
        Odds against hold; 1 for hold itself.
    """
    odds: Floats = p / np.maximum(p[0], LEAST)
    return odds


def chances_of_review(p: Floats) -> Floats:
    """The chance of each move to be made at least once at a review, and of none at all.

    The chances do not sum to 1: a review may see several moves. Shapes as in `expected_moves`.
    """
    expected = expected_moves(p)
    chance: Floats = -np.expm1(-expected)
    chance[0] = np.exp(-expected[1:].sum(axis=0))
    return chance


def rounds(p: Floats, total: Floats, lots: Floats, urges: Mapping[int, Floats]) -> Iterator[Round]:
    """The moves of a review, round by round.

    An answer is given once: what an unanswered move adds to the log-odds is spent by the first
    move of its kind, and a second one at the same review comes only as often as without it.

    Parameters
    ----------
    p : float32, (moves, runs)
    total : float32, (runs,)
        Sums of `p`.
    lots : float32, (2, runs)
        Uniforms in [0, 1): how many moves a run makes, and which.
    urges : mapping of move row to float32 (runs,)
        As in `View`.
    """
    how_many, which = lots
    expected = total / np.maximum(p[0], LEAST) - 1
    none = np.exp(-expected)
    idx = np.flatnonzero(how_many >= none)
    parts = p.take(idx, axis=1)
    parts[0] = 0
    parts = added_up(parts)
    how_many, which = how_many[idx], which[idx]
    # Chances in float64: of so many moves, and of no more than so many.
    exactly = none[idx].astype(np.float64)
    up_to, mean = exactly.copy(), expected[idx].astype(np.float64)
    spent = np.zeros((len(p), idx.size), dtype=np.bool_)
    for number in range(1, MOST + 1):
        target, column = which * parts[-1], np.arange(idx.size)
        rows = row_at(parts, target)
        made = Round(rows, idx)
        if number > 1:
            # What is left of the uniform says whether it comes, and then which is next.
            which = _left(target, parts, rows)
            made, which = _but_answers_twice(made, which, spent[rows, column], urges)
        yield made
        exactly = exactly * mean / number
        up_to = up_to + exactly
        more = np.flatnonzero(how_many >= up_to)
        if not more.size:
            return
        if number == 1:
            which = _left(target[more], parts[:, more], rows[more])
        else:
            which = which[more]
        spent[rows, column] = True
        parts, spent, idx, how_many = parts[:, more], spent[:, more], idx[more], how_many[more]
        exactly, up_to, mean = exactly[more], up_to[more], mean[more]


def _left(target: Floats, parts: Floats, rows: npt.NDArray[np.int8]) -> Floats:
    """What is left of uniforms that have picked these rows."""
    column = np.arange(rows.size)
    return rest(target, parts[rows - 1, column], parts[rows, column])


def _but_answers_twice(
    made: Round, lots: Floats, again: Flags, urges: Mapping[int, Floats]
) -> tuple[Round, Floats]:
    """A round without moves that only an urge brought which is spent; what is left of the lots."""
    kept = np.ones(again.shape, dtype=np.float32)
    for row, urge in urges.items():
        those = np.flatnonzero(again & (made.rows == row))
        kept[those] = np.exp(-np.maximum(urge[made.idx[those]], 0))
    comes = lots < kept
    left = rest(lots, np.where(comes, 0, kept), np.where(comes, kept, 1))
    return Round(made.rows[comes], made.idx[comes]), left
