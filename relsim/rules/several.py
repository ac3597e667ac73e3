"""Rules under which an actor may move several times at one review.

Such a rule's probabilities are odds against hold, and the odds are read as the number of moves of
each kind that the time until the next review lets expect: while nothing that the rule looks at
changes, an actor makes as many moves a year at daily reviews as at monthly ones. Their number at a
review is Poisson distributed, as of moves that come at these rates, one by one.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from relsim.array_types import Array, Bytes, Floats, Integers
from relsim.rules.contract import added_up, row_at
from relsim.worlds.randomness.streams import rest

MOST = 8  # moves at one review; where 2 are expected .0003 are lost, where 4 are .03
LEAST = np.float32(1e-30)  # the least chance to hold: odds against it stay numbers
Marked = TypeVar("Marked", bound=Callable[..., Any])


class Round(NamedTuple):
    """The first, the second, … moves of a review: move rows[k] in run idx[k], idx rising."""

    rows: Bytes
    idx: Integers


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
    result: Floats = p / np.maximum(p[0], LEAST)
    return result


def chances_of_review(p: Floats) -> Floats:
    """The chance of each move to be made at least once at a review, and of none at all.

    The chances do not sum to 1: a review may see several moves. Shapes as in `expected_moves`.
    """
    expected = expected_moves(p)
    chance: Floats = -np.expm1(-expected)
    chance[0] = np.exp(-expected[1:].sum(axis=0))
    return chance


def rounds(
    p: Floats,
    total: Floats,
    uniforms: Floats,
    urges: Mapping[int, Floats] | None = None,
    once: Collection[int] = (),
) -> list[Round]:
    """The moves of a review, round by round; one round at least.

    An answer is given once: what an urge adds to a move's odds, the share 1 - exp(-urge) of them,
    brings one move of its kind at most. Answers come before a run's other moves.

    Parameters
    ----------
    p : float32, (moves, runs)
        Probability of each move.
    total : float32, (runs,)
        Sums of `p`.
    uniforms : float32, (2, runs)
        Uniforms in [0, 1): how many moves a run makes, and which.
    urges : mapping of move row to float32 (runs,), optional
        As in `View`.
    once : collection of int
        Rows of moves that nobody can make twice at a review: further ones are left out.
    """
    how_many, which = uniforms
    idx = np.flatnonzero(how_many >= np.exp(1 - total / np.maximum(p[0], LEAST)))
    how_many, which = how_many[idx], which[idx]
    odds = expected_moves(p.take(idx, axis=1))
    odds[0] = 0
    made = _Made(idx, once)
    for row, urge in (urges or {}).items():
        ordinary = odds[row] * np.exp(-np.maximum(urge[idx], 0))
        none = np.exp(ordinary - odds[row])
        odds[row] = ordinary
        answered = how_many >= none
        made.add(np.flatnonzero(answered), row)
        # What is left of the uniform says the rest.
        how_many = rest(how_many, np.where(answered, none, 0), np.where(answered, 1, none))
    _ordinary(made, added_up(odds), how_many, which)
    return made.rounds()


class _Made:
    """Moves of the runs that make any, collected run by run in the order in which they come."""

    def __init__(self, idx: Integers, once: Collection[int]) -> None:
        self._idx, self._count = idx, np.zeros(idx.size, dtype=np.int8)
        self._place = np.zeros(np.iinfo(np.int8).max + 1, dtype=np.int8)  # 0: any number of times
        self._place[list(once)] = np.arange(1, len(once) + 1)
        self._done = np.zeros((len(once) + 1, idx.size), dtype=np.bool_)
        self._moves: list[tuple[Array, ...]] = []

    def add(self, places: Integers, rows: Bytes | int) -> None:
        """The next move of these of the runs, each once."""
        if places.size:
            each = np.broadcast_to(np.asarray(rows, dtype=np.int8), places.shape)
            fresh = ~self._done[self._place[each], places]
            if not fresh.all():
                places, each = places[fresh], each[fresh]
            self._done[self._place[each], places] = True
            self._done[0] = False
            self._moves.append((places, each, self._count[places]))
            self._count[places] += 1

    def rounds(self) -> list[Round]:
        """Each run's first move, each run's second one, …"""
        if not self._moves:
            return [Round(np.empty(0, dtype=np.int8), self._idx[:0])]
        places, rows, number = (np.concatenate(parts) for parts in zip(*self._moves, strict=True))
        found = []
        for wanted in range(int(number.max()) + 1):
            those = np.flatnonzero(number == wanted)
            those = those[np.argsort(places[those], kind="stable")]
            found.append(Round(rows[those], self._idx[places[those]]))
        return found


def _ordinary(made: _Made, parts: Floats, how_many: Floats, which: Floats) -> None:
    """Add a Poisson number of moves, of the odds that are added up in `parts`."""
    mean = parts[-1].astype(np.float64)
    # Chances in float64: of so many moves, and of no more than so many.
    exactly = up_to = np.exp(-mean)
    places = np.arange(mean.size)
    for number in range(1, MOST + 1):
        more = np.flatnonzero(how_many >= up_to)
        if not more.size:
            return
        places, how_many, mean = places[more], how_many[more], mean[more]
        exactly, up_to, parts, which = exactly[more], up_to[more], parts[:, more], which[more]
        target, column = which * parts[-1], np.arange(more.size)
        rows = row_at(parts, target)
        made.add(places, rows)
        which = rest(target, parts[rows - 1, column], parts[rows, column])
        exactly = exactly * mean / number
        up_to = up_to + exactly
