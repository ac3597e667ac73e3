"""How much of a difference each changed line explains.

The lines are put in and left out in turn, each time with the same draws and random streams. With a
few lines all their combinations are simulated and the Shapley value shares out the difference
exactly; with more, each line is put in alone, and what they do together beyond that is given apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from relsim.array_types import Integers
from relsim.brief import Brief
from relsim.estimates.probability import Difference, Share, share
from relsim.inference.paired_runs import PairedRuns
from relsim.scenario.diff import Line, lines_of, mixed
from relsim.scenario.schema import Scenario

__all__ = ["ONE_AT_A_TIME", "SHAPLEY", "Attribution", "Breakdown", "alone", "grouped", "shapley"]


MOST_LINES = 6  # of which all combinations are simulated
SHAPLEY, ONE_AT_A_TIME = "shapley", "one at a time"

Group = tuple[Line, ...]
Chosen = frozenset[int]  # numbers of groups


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


@dataclass(frozen=True, repr=False)
class Attribution(Brief):
    """The shares of the changed lines in a difference.

    Attributes
    ----------
    method : str
        ``"shapley"``: the shares add up to the difference. ``"one at a time"``: the share of a line
        is what it does alone, and `interaction` what the lines do together beyond that.
    groups : tuple of tuple of Line
        Lines that make no valid scenario without each other stand in one group.
    shares : tuple of Share
        One for each group.
    interaction : Share or None
        None with Shapley values.
    difference : Difference
        What is shared out: the difference in the runs that were simulated for it, the first ones.
    """

    method: str
    groups: tuple[Group, ...]
    shares: tuple[Share, ...]
    interaction: Share | None
    difference: Difference

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "method": self.method,
            "runs": self.difference.n,
            "difference": self.difference.to_json(),
            "shares": [
                {"lines": [str(line) for line in group], **part.to_json()}
                for group, part in zip(self.groups, self.shares, strict=True)
            ],
            "interaction": None if self.interaction is None else self.interaction.to_json(),
        }


class Breakdown:
    """What must be simulated to attribute the differences between a variant and its baseline.

    Attributes
    ----------
    lines : tuple of Line
    """

    def __init__(self, baseline: Scenario, variant: Scenario) -> None:
        self.lines = lines_of(baseline, variant)

        @cache
        def between(chosen: frozenset[Line]) -> Scenario | None:
            try:
                return mixed(baseline, variant, chosen)
            except ValidationError:
                return None

        self._between = between

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Lines that make no valid scenario without each other, together."""
        return grouped(self.lines, lambda lines: self._between(frozenset(lines)) is not None)

    @property
    def method(self) -> str:
        """How the difference is shared out."""
        return SHAPLEY if len(self.groups) <= MOST_LINES else ONE_AT_A_TIME

    def scenarios(self) -> Mapping[Chosen, Scenario]:
        """The scenarios that lie between the two, by the groups that they have of the variant."""
        count = len(self.groups)
        found = {}
        for chosen in _coalitions(count, count - 1 if self.method == SHAPLEY else 1):
            lines = frozenset(line for number in chosen for line in self.groups[number])
            scenario = self._between(lines)
            assert scenario is not None, "groups are such that each combination is valid"
            found[chosen] = scenario
        return found

    def attribution(
        self,
        outcome: str,
        paired: Mapping[Chosen, PairedRuns],
        usual: PairedRuns,
        changed: PairedRuns,
    ) -> Attribution:
        """Share out the difference of one outcome.

        Parameters
        ----------
        outcome : str
            Its name.
        paired : mapping of PairedRuns
            What came about in the scenarios of `scenarios`, under the same keys.
        usual, changed : PairedRuns
            The same runs of the baseline and of the variant.
        """
        count = len(self.groups)
        record = {**paired, frozenset(): usual, frozenset(range(count)): changed}
        valid = np.logical_and.reduce([found.valid for found in record.values()])
        worth = {key: found.happened[outcome].astype(np.int8) for key, found in record.items()}
        if self.method == SHAPLEY:
            numbers = range(2**count)
            numerators, scale = shapley(np.stack([worth[_members(number)] for number in numbers]))
        else:
            each = np.stack([worth[frozenset({number})] for number in range(count)])
            numerators = alone(worth[frozenset()], each, worth[frozenset(range(count))])
            scale = 1
        shares = [
            share(row, scale, *usual.sampling, valid=valid, parameters=usual.stratified)
            for row in numerators
        ]
        return Attribution(
            method=self.method,
            groups=self.groups,
            shares=tuple(shares[:count]),
            interaction=shares[count] if len(shares) > count else None,
            difference=changed.less(usual, outcome, valid),
        )


def _members(number: int) -> Chosen:
    """The groups whose bits are set."""
    return frozenset(bit for bit in range(number.bit_length()) if number >> bit & 1)


def _coalitions(count: int, largest: int) -> Iterator[Chosen]:
    """Every choice of 1 to `largest` of `count` things, small ones first."""
    for size in range(1, largest + 1):
        yield from map(frozenset, combinations(range(count), size))


def grouped(lines: Sequence[Line], valid: Callable[[Collection[Line]], bool]) -> tuple[Group, ...]:
    """Put lines into one group that make no valid scenario without each other.

    Parameters
    ----------
    lines : sequence of Line
        All together are valid.
    valid : callable
        Whether these lines alone, put into the baseline, make a valid scenario.

    Returns
    -------
    tuple of tuple of Line
        Any combination of groups is valid; if there are more than 6, each group alone is.
    """
    groups: list[Group] = [(line,) for line in lines]

    def fits(chosen: Chosen) -> bool:
        return valid([line for number in chosen for line in groups[number]])

    while True:
        count = len(groups)
        largest = count - 1 if count <= MOST_LINES else 1
        broken = next((c for c in _coalitions(count, largest) if not fits(c)), None)
        if broken is None:
            return tuple(groups)
        first, *others = sorted(_mended(broken, count, fits))
        groups[first] += tuple(line for number in others for line in groups[number])
        groups = [group for number, group in enumerate(groups) if number not in others]


def _mended(broken: Chosen, count: int, fits: Callable[[Chosen], bool]) -> Chosen:
    """The smallest valid choice that holds one that is not, with one or two more, or all."""
    rest = sorted(set(range(count)) - broken)
    for more in _coalitions(len(rest), min(2, len(rest))):
        wider = broken | {rest[number] for number in more}
        if fits(wider):
            return wider
    return frozenset(range(count))
