"""What one yes-or-no thing tells of another: in bits, as a likelihood ratio, and beyond chance.

Everything is by draw: runs of one draw share its parameters, so that draws count, not runs. Errors
are those of linearised estimates, whose moves are added up within each draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.estimates.confidence import Z_90, effective

__all__ = [
    "FEWEST", "LEVEL", "Information", "choose", "conditional_information", "information_of",
    "information_of_all", "score_test",
]  # fmt: skip

FEWEST = 20  # effective draws that must hold it, its contrary, the outcome, and its contrary
LEVEL = 0.05  # of the family of those chosen (Holm 1979, Scand. J. Stat. 6:65-70)
LEAST = 0.1  # of what the first one tells: what adds less is left out as redundant


class Information(NamedTuple):
    """What something that is seen, or not, tells of an outcome.

    Attributes
    ----------
    share : float
        Probability that it is seen.
    seen, unseen : float
        Probability of the outcome if it is seen, and if it is not.
    bits, bits_interval_90 : float, (float, float)
        Mutual information of the two.
    ratio, ratio_interval_90 : float, (float, float)
        Likelihood ratio of its being seen: by what the odds of the outcome are multiplied.
    absence, absence_interval_90 : float, (float, float)
        Likelihood ratio of its not being seen.
    p_value : float
        Chance of as much if it told nothing; two-sided, by the score test.
    """

    share: float
    seen: float
    unseen: float
    bits: float
    bits_interval_90: tuple[float, float]
    ratio: float
    ratio_interval_90: tuple[float, float]
    absence: float
    absence_interval_90: tuple[float, float]
    p_value: float


def _cells(x: Booleans, y: Booleans, weights: Doubles) -> Doubles:
    """Shares of the four, float64 (2, 2): seen or not by outcome or not."""
    code = 2 * x.astype(np.int64) + y
    shares: Doubles = np.bincount(code, weights, 4).reshape(2, 2) / weights.sum()
    return shares


def _bits(shares: Doubles) -> float:
    """Mutual information of a table of shares, (2, 2); in bits."""
    expected = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    there = shares > 0
    return float((shares[there] * np.log2(shares[there] / expected[there])).sum())


def conditional_information(x: Booleans, y: Booleans, z: Booleans, weights: Doubles) -> float:
    """Bits that x tells of y once z is known: I(x; y | z)."""
    total = 0.0
    for value in (True, False):
        part = z == value
        mass = float(weights[part].sum())
        if mass > 0:
            total += mass / float(weights.sum()) * _bits(_cells(x[part], y[part], weights[part]))
    return total


def _enough(x: Booleans, y: Booleans, draw: Integers, weights: Doubles) -> bool:
    """Whether enough draws and runs could show that x tells something of y."""
    shares, runs = [], effective(weights)
    for flags in (x, y):
        with_it = np.bincount(draw, weights * flags)
        without = np.bincount(draw, weights) - with_it
        if min(effective(with_it), effective(without)) < FEWEST:
            return False
        share = float(with_it.sum() / weights.sum())
        shares.append(min(share, 1 - share))
    return shares[0] * shares[1] * runs >= FEWEST


def score_test(x: Booleans, y: Booleans, draw: Integers, weights: Doubles) -> tuple[float, float]:
    """Whether x tells anything of y.

    Parameters
    ----------
    x, y : bool, (runs,)
        What is seen, and the outcome.
    draw : int64, (runs,)
        The draw of each run.
    weights : float64, (runs,)
        0 leaves a run out.

    Returns
    -------
    z : float
        Covariance over its standard error between draws; its sign says in which direction.
    p_value : float
        Two-sided, by the normal distribution; 1 if nothing can be said: under 20 effective draws
        hold x, its contrary, y or its contrary, or under 20 runs would hold the rarest pair of
        these if x told nothing.
    """
    if not _enough(x, y, draw, weights):
        return 0.0, 1.0
    total = weights.sum()
    moves = weights * (x - (weights * x).sum() / total) * (y - (weights * y).sum() / total)
    by_draw = np.bincount(draw, moves)
    error = math.sqrt(float((by_draw**2).sum()))
    z = float(by_draw.sum()) / error if error > 0 else 0.0
    return z, float(2 * special.ndtr(-abs(z)))


def information_of(x: Booleans, y: Booleans, draw: Integers, weights: Doubles) -> Information:
    """What x tells of y, with 90% intervals; arguments as for `score_test`.

    Notes
    -----
    With the shares p of the four kinds of runs, a run moves the information by log₂ p(x, y) /
    (p(x) p(y)) − I, and the log of a likelihood ratio P(x | y) / P(x | not y) by the relative
    moves of its two shares (the delta method). The bias of I, 1 / (2 n ln 2) bits, is left. Where
    no run holds one of the four, a ratio counts half a run there (Haldane 1956, Ann. Hum. Genet.
    20:309-311), and the variance of its log is larger by 2.
    """
    w = weights / weights.sum()
    shares = _cells(x, y, weights)
    bits = _bits(shares)
    expected = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(shares > 0, np.log2(shares / expected), 0.0)
    error = _error(w * (surprise[x.astype(np.int64), y.astype(np.int64)] - bits), draw)
    outcome = float(shares[:, 1].sum())
    ratios = [_ratio(x == value, y, draw, w, outcome) for value in (True, False)]
    (ratio, of_ratio), (absence, of_absence) = ratios
    seen = shares[1].sum()
    return Information(
        share=float(seen),
        seen=float(shares[1, 1] / seen),
        unseen=float(shares[0, 1] / (1 - seen)),
        bits=bits,
        bits_interval_90=(max(bits - Z_90 * error, 0.0), bits + Z_90 * error),
        ratio=ratio,
        ratio_interval_90=of_ratio,
        absence=absence,
        absence_interval_90=of_absence,
        p_value=score_test(x, y, draw, weights)[1],
    )


def _error(moves: Doubles, draw: Integers) -> float:
    """Standard error of a mean of which these are the moves of the runs."""
    return math.sqrt(float((np.bincount(draw, moves) ** 2).sum()))


def _ratio(
    x: Booleans, y: Booleans, draw: Integers, w: Doubles, outcome: float
) -> tuple[float, tuple[float, float]]:
    """P(x | y) / P(x | not y), with its interval."""
    half_run = 0.5 / effective(w)
    held = [float(w[x & y].sum()), float(w[x & ~y].sum())]
    none = held.count(0.0)
    with_it = (held[0] or half_run) / outcome
    without = (held[1] or half_run) / (1 - outcome)
    moves = w * np.where(
        y,
        (x - held[0] / outcome) / (outcome * with_it),
        -(x - held[1] / (1 - outcome)) / ((1 - outcome) * without),
    )
    ratio, half = with_it / without, Z_90 * math.hypot(_error(moves, draw), math.sqrt(2 * none))
    return ratio, (ratio * math.exp(-half), ratio * math.exp(half))


def choose(
    seen: Sequence[Booleans], y: Booleans, draw: Integers, weights: Doubles, most: int
) -> list[int]:
    """Choose what tells most and says little of what the others say already.

    Parameters
    ----------
    seen : sequence of bool, (runs,)
        The candidates.
    y, draw, weights
        As for `score_test`.
    most : int
        At most so many are chosen.

    Returns
    -------
    list of int
        Their places, in the order in which they were chosen.

    Notes
    -----
    Conditional mutual information maximisation (Fleuret 2004, J. Mach. Learn. Res. 5:1531-1555):
    the next is the candidate whose least information, given any one that is chosen, is largest.
    It ends where that is under a tenth of what the first tells. Candidates too rare for the score
    test are left out.
    """
    able = [k for k, x in enumerate(seen) if _enough(x, y, draw, weights)]
    adds = {k: _bits(_cells(seen[k], y, weights)) for k in able}
    chosen: list[int] = []
    first = 0.0
    while adds and len(chosen) < most:
        best = max(adds, key=lambda k: adds[k])
        first = first or adds[best]
        if adds.pop(best) < LEAST * first:
            break
        chosen.append(best)
        for k in adds:
            if adds[k] >= LEAST * first:  # what is under it never comes back
                beside = conditional_information(seen[k], y, seen[best], weights)
                adds[k] = min(adds[k], beside)
    return chosen


def information_of_all(
    seen: Sequence[Booleans], y: Booleans, draw: Integers, weights: Doubles, half: Booleans,
    most: int,
) -> dict[int, Information]:  # fmt: skip
    """Choose on one half of the draws, and measure on the other what stands beyond chance.

    Parameters
    ----------
    seen, y, draw, weights, most
        As for `choose`, of all runs.
    half : bool, (runs,)
        The runs of the draws on which they are measured; they are chosen on the others.

    Returns
    -------
    dict of int to Information
        By place, those that tell most first.

    Notes
    -----
    Reported is what the score test shows on the measuring half at 5% over all that were chosen, by
    Holm's rule, in the direction in which it showed on the other half. If nothing is there to be
    seen, something is reported in 2.5% of cases at most, since half of the false ones point the
    other way.
    """
    finding, measuring = np.where(half, 0.0, weights), np.where(half, weights, 0.0)
    chosen = choose(seen, y, draw, finding, most)
    tests = {k: score_test(seen[k], y, draw, measuring) for k in chosen}
    standing = []
    for rank, k in enumerate(sorted(chosen, key=lambda k: tests[k][1])):
        if tests[k][1] > LEVEL / (len(chosen) - rank):
            break
        if tests[k][0] * score_test(seen[k], y, draw, finding)[0] > 0:
            standing.append(k)
    found = {k: information_of(seen[k], y, draw, measuring) for k in standing}
    return dict(sorted(found.items(), key=lambda item: -item[1].bits))
