"""How much of a joint effect is due to each part: the Shapley value, and one part at a time."""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

__all__ = ["alone", "shapley"]

Integers = npt.NDArray[np.int64]


def shapley(worths: npt.ArrayLike) -> tuple[Integers, int]:
    """The Shapley values of games with n players.

    Parameters
    ----------
    worths : array of int, shape (2**n, ...)
        What each coalition is worth; bit i of the first index says whether player i is in it.

    Returns
    -------
    numerators : int64 (n, ...)
    denominator : int
        n!, by which to divide. Numerators are whole, so they add up to n! times what all are worth
        together less what nobody is, to the bit.

    Notes
    -----
    The mean over all n! orders of arrival of what a player adds to those before it: with s others
    there, which s! (n − s − 1)! of the orders have (Shapley 1953, Annals of Mathematics Studies
    28:307-317).

    Examples
    --------
    Two gloves make a pair; the third player owns nothing:

    >>> numerators, denominator = shapley([0, 0, 0, 1, 0, 0, 0, 1])
    >>> (numerators / denominator).tolist()
    [0.5, 0.5, 0.0]
    """
    table = np.asarray(worths)
    players = table.shape[0].bit_length() - 1
    if table.shape[0] != 2**players:
        raise ValueError(f"must have a row for each of 2**n coalitions (got {table.shape[0]})")
    result = np.zeros((players, *table.shape[1:]), dtype=np.int64)
    for coalition in range(table.shape[0]):
        there = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                orders = factorial(there) * factorial(players - there - 1)
                with_it, without = table[coalition | 1 << player], table[coalition]
                result[player] += orders * (with_it.astype(np.int64) - without)
    return result, factorial(players)


def alone(nobody: npt.ArrayLike, each: npt.ArrayLike, everybody: npt.ArrayLike) -> Integers:
    """What each player adds when it comes alone; last what they add together beyond that.

    Parameters
    ----------
    nobody, everybody : array of int, shape (...)
        Worth of no player, and of all together.
    each : array of int, shape (n, ...)
        Worth of each player alone.

    Returns
    -------
    int64 (n + 1, ...)
        They add up to `everybody` less `nobody`.
    """
    none, singly, total = (np.asarray(a, dtype=np.int64) for a in (nobody, each, everybody))
    added = singly - none
    rest: Integers = total - none - added.sum(axis=0)
    return np.concatenate([added, rest[np.newaxis]])
