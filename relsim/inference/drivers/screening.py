"""First-order effects of all parameters, and which of them chance alone would not show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from relsim.array_types import Booleans, Doubles, Integers
from relsim.errors import SimulationError
from relsim.inference.drivers.indices import (
    FEWEST_BATCHES,
    Tally,
    between,
    coefficients,
    first_order,
    squared,
    total_effect,
    waves,
    within,
)
from relsim.worlds.randomness.streams import Streams, Succession

__all__ = ["Index", "Row", "Screening", "Split", "screen", "total_effect_of"]

SHUFFLES = 499  # of the batches, for what chance alone shows
LEVEL = 0.95
SEEN = 2.0  # standard errors by which the draws must differ for an index to mean anything


@dataclass(frozen=True)
class Index:
    """A share of the variance between draws.

    Attributes
    ----------
    value : float
        Unbiased, so that it may come out below 0 where there is nothing.
    error : float
        Standard error, by leaving out one batch of draws at a time.
    interval_90 : (float, float)
        By Student's t, cut off at 0, and at 1 where it is a share of one parameter.
    """

    value: float
    error: float
    interval_90: tuple[float, float]


@dataclass(frozen=True)
class Split:
    """The variance of the indicator, by the law of total variance.

    Attributes
    ----------
    parameters : Index or None
        Share of the variance between draws in that of the indicator, p(1 − p); None if draws do
        not differ beyond the noise.
    between, within : float
        Variance of the draws' probabilities, and the mean variance within a draw.
    between_error : float
        Standard error of `between`.
    """

    parameters: Index | None
    between: float
    between_error: float
    within: float

    @property
    def resolved(self) -> bool:
        """Whether draws differ beyond the noise, so that shares of their variance mean anything."""
        return self.between > SEEN * self.between_error


@dataclass(frozen=True)
class Row:
    """The first-order effect of one parameter.

    Attributes
    ----------
    parameter : str
    first_order : Index
    p_value : float
        Share of shuffles in which *any* parameter shows as large an index by chance.
    """

    parameter: str
    first_order: Index
    p_value: float

    @property
    def seen(self) -> bool:
        """Whether it differs from nothing beyond chance, all parameters considered together."""
        return self.p_value <= 1 - LEVEL


@dataclass(frozen=True)
class Screening:
    """The effects of all parameters.

    Attributes
    ----------
    split : Split
    ranked : tuple of Row
        The largest first; none if the draws do not differ beyond the noise.
    chance : float or None
        The index that the largest of as many parameters without effect stays below in 95 of 100
        such analyses.
    additive : Index or None
        What the first-order effects of all parameters make together.
    whole : bool (batches,)
        Batches of which every draw has two runs or more; the others are left out.
    variances : float64 (1 + batches,)
        Variance between draws: of all batches, then with each left out.
    """

    split: Split
    ranked: tuple[Row, ...]
    chance: float | None
    additive: Index | None
    whole: Booleans
    variances: Doubles


def jackknifed(estimates: Doubles, least: float = 0.0, most: float = 1.0) -> Index:
    """An index from its estimate, first, and those with each batch left out.

    Source: Efron & Stein 1981, Annals of Statistics 9:586-596. A bootstrap of batches covers less
    where they are few. Of a parameter that does nothing the jackknife's error is hardly known
    itself; there it is `least`, the error by chance. No index is above `most`.
    """
    value, others = float(estimates[0]), estimates[1:]
    batches = others.size
    error = float(np.sqrt((batches - 1) / batches * ((others - others.mean()) ** 2).sum()))
    error = max(error, least)
    half = error * float(special.stdtrit(batches - 1, 0.95))
    low, high = (float(np.clip(end, 0.0, most)) for end in (value - half, value + half))
    return Index(value, error, (low, high))


def leaving_out(batches: int) -> Doubles:
    """Weights of batches: all of them, then with each left out; (1 + batches, batches)."""
    return np.vstack([np.ones(batches), 1.0 - np.eye(batches)])


def screen(
    tally: Tally, parameters: Mapping[str, Doubles], seed: int, jointly: Collection[str] = ()
) -> Screening:
    """First-order effects of all parameters on the draws' expectations.

    Parameters
    ----------
    tally : Tally
        Mean outcome of each draw's runs.
    parameters : mapping of path to float64 (draws,)
        Values of the parameters to try.
    seed : int
        Of the shuffles.
    jointly : collection of str
        Those that are drawn together, from the rows of joint draws. Different batches hold the same
        rows, so that what a finite number of rows shows by accident does not average out; it is
        found by giving each row another row's numbers, and taken off.

    Raises
    ------
    SimulationError
        If fewer than 8 batches are whole.
    """
    whole = tally.whole
    if int(whole.sum()) < FEWEST_BATCHES:
        raise SimulationError(
            f"{int(whole.sum())} batches of 64 draws are whole, and indices need "
            f"{FEWEST_BATCHES}: too many runs failed"
        )
    kept = tally.only(whole)
    weights = leaving_out(int(whole.sum()))
    variances = between(kept, weights)
    among = jackknifed(variances)
    inside = within(kept, weights)
    split = Split(None, among.value, among.error, float(inside[0]))
    if not split.resolved:
        return Screening(split, (), None, None, whole, variances)
    split = replace(split, parameters=jackknifed(variances / (variances + inside)))
    shuffled = _shuffled(weights.shape[1], seed)
    largest = np.full(SHUFFLES, -np.inf)
    found: dict[str, Index] = {}
    together = np.zeros(variances.size)
    from_rows = {
        path: values.reshape(whole.size, -1)[whole]
        for path, values in parameters.items()
        if path in jointly
    }
    accidents = _by_accident(kept, from_rows, seed) if from_rows else {}
    for path, values in parameters.items():
        products = coefficients(kept, values.reshape(whole.size, -1)[whole])
        own = np.diagonal(products, axis1=1, axis2=2)
        shares = first_order(own, weights) / variances
        if path in accidents:
            by_chance = accidents[path] / variances[0]
            shares, by_chance = shares - by_chance.mean(), by_chance - by_chance.mean()
        else:
            by_chance = _by_chance(products, shuffled) / variances[0]
        together += shares
        found[path] = jackknifed(shares, float(by_chance.std()))
        largest = np.maximum(largest, by_chance)
    rows = [
        Row(path, index, float((1 + (largest >= index.value).sum()) / (1 + SHUFFLES)))
        for path, index in found.items()
    ]
    chance = float(np.quantile(largest, LEVEL)) if rows else None
    ranked = sorted(rows, key=lambda row: -row.first_order.value)
    most = np.inf if from_rows else 1.0  # what parameters tell of each other counts for each
    additive = jackknifed(together, most=most)
    return Screening(split, tuple(ranked), chance, additive, whole, variances)


def _by_accident(tally: Tally, from_rows: Mapping[str, Doubles], seed: int) -> dict[str, Doubles]:
    """First-order variances of parameters with the rows of their joint draws shuffled.

    All draws of a row get the numbers of one other row, in all batches, so that outcomes belong to
    rows as before and to no parameter.

    Parameters
    ----------
    tally : Tally
        Mean outcome of each draw's runs.
    from_rows : mapping of path to float64 (batches, draws)
        Values of all parameters that are drawn together.
    seed : int
        Of the shuffles.

    Returns
    -------
    dict of path to float64 (shuffles,)
    """
    columns = np.stack([values.ravel() for values in from_rows.values()])
    _, first, row = np.unique(columns, axis=1, return_index=True, return_inverse=True)
    batches, draws = tally.means.shape
    sums = np.zeros((first.size, batches))
    of_batch = np.repeat(np.arange(batches), draws)
    np.add.at(sums, (row.ravel(), of_batch), (tally.means - tally.means.mean()).ravel() / draws)
    of_rows = [waves(column)[:, first] for column in columns]
    starts = np.cumsum([0, *(len(one) for one in of_rows[:-1])])
    stacked, once = np.concatenate(of_rows), np.ones(batches)
    orders = np.argsort(Succession(seed, "drivers, rows").uniforms((SHUFFLES, first.size)), axis=1)
    found = [np.add.reduceat(squared(stacked[:, order] @ sums, once), starts) for order in orders]
    return dict(zip(from_rows, np.array(found).T, strict=True))


def _shuffled(batches: int, seed: int) -> Integers:
    """Orders of the batches, (shuffles, batches)."""
    uniforms = Streams(seed, (0,), batches).stream("drivers", "shuffles", SHUFFLES).uniforms(0)
    return np.argsort(uniforms, axis=1)


def _by_chance(products: Doubles, shuffled: Integers) -> Doubles:
    """First-order variances with the batches' outcomes shuffled, shape (shuffles,).

    Parameters of one batch stand beside the outcomes of another: whatever shows is chance. With
    the largest over all parameters taken of each shuffle, no allowance for their number is left to
    make (Westfall & Young 1993, "Resampling-based multiple testing").
    """
    batches = np.arange(shuffled.shape[1])
    mixed = products[:, batches, shuffled].transpose(1, 0, 2)
    return first_order(mixed, np.ones((1, batches.size)))


def total_effect_of(screening: Screening, differences: Tally) -> Index:
    """The total effect of a parameter, as a share of the variance between draws.

    Parameters
    ----------
    screening : Screening
        What `screen` found.
    differences : Tally
        Of the paired differences, parameter redrawn less as drawn; of the first batches of the
        screening's ensemble, or of all.
    """
    usable = np.flatnonzero(differences.whole & screening.whole[: differences.whole.size])
    place = np.flatnonzero(screening.whole)
    # A batch that is left out of the variance is left out of the differences, too.
    weights = leaving_out(place.size)[:, np.searchsorted(place, usable)]
    found = total_effect(differences.only(usable), weights)
    return jackknifed(found / screening.variances)
