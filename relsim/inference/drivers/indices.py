"""Sensitivity indices of a probability, from runs: what is chance, and what parameters do.

An outcome's indicator varies between runs for two reasons: draws differ in its probability, and
chance differs between the runs of one draw. By the law of total variance its variance is the sum of
both; indices are shares of the first part alone, Var(p), with p the probability of a draw.

All estimates are sums over pairs of *different* things whose noises are independent: two runs of a
draw where a squared probability is wanted, two batches of draws where the square of a mean is. So
the noise of finitely many runs and draws has mean zero in them, whatever its law, and needs no
model. Each is unbiased, and may come out below zero where the truth is near zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Doubles, Integers
from relsim.brief import Brief
from relsim.estimates.confidence import of_share
from relsim.estimates.counts import Counts
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = [
    "FEWEST_BATCHES", "Curve", "Tally", "between", "coefficients", "curve", "first_order", "ranks",
    "squared", "total_effect", "waves", "within",
]  # fmt: skip

WAVES = 6  # cosines of a parameter's rank in which its effect is looked for
THIN = 1e-6  # a direction this thin, beside the widest, is none: a parameter of few values
FEWEST_BATCHES = 8
BINS = 10  # of equal numbers of draws


@dataclass(frozen=True)
class Tally:
    """Sums of a number over the runs of each draw; of an indicator, or of a paired difference.

    Attributes
    ----------
    runs, total, squares : float64 (batches, draws of a batch)
        Runs of each draw, the sum of the number over them, and of its square.
    """

    runs: Doubles
    total: Doubles
    squares: Doubles

    @classmethod
    def of(cls, values: npt.ArrayLike, runs_per_draw: int) -> Tally:
        """Tally a number a run, shape (runs,), in the order of an ensemble; NaN is left out."""
        by_run = np.asarray(values, dtype=np.float64).reshape(-1, runs_per_draw, DRAWS_PER_BATCH)
        valid = ~np.isnan(by_run)
        known = np.where(valid, by_run, 0.0)
        return cls(valid.sum(axis=1) * 1.0, known.sum(axis=1), (known**2).sum(axis=1))

    @property
    def whole(self) -> Booleans:
        """Batches of which every draw has two runs or more, shape (batches,)."""
        return np.asarray(np.all(self.runs >= 2, axis=1))

    def only(self, batches: Booleans | Integers) -> Tally:
        """The tally of some batches, flagged or numbered."""
        return Tally(self.runs[batches], self.total[batches], self.squares[batches])

    @property
    def means(self) -> Doubles:
        """Mean of each draw, shape (batches, draws)."""
        return np.asarray(self.total / self.runs)

    @property
    def mean_squares(self) -> Doubles:
        """Unbiased for the square of each draw's expectation, shape (batches, draws).

        The mean of the products of two different runs of a draw: given the draw they are
        independent, so the product's expectation is the square of theirs. Of a paired difference,
        whose two runs share their random streams, it is the square of the draws' difference.
        """
        return np.asarray((self.total**2 - self.squares) / (self.runs * (self.runs - 1)))


def squared(means: Doubles, weights: Doubles) -> Doubles:
    """Unbiased for the square of an expectation, from the independent means of batches.

    Parameters
    ----------
    means : float64 (..., batches)
        Mean of each batch.
    weights : float64 (..., batches)
        How often each batch counts; all 1, or those of a bootstrap.

    Returns
    -------
    float64 (...)
        The mean of the products of two different batches, a batch never with itself.
    """
    weighted = weights * means
    products = weighted.sum(axis=-1) ** 2 - (weighted**2).sum(axis=-1)
    pairs = weights.sum(axis=-1) ** 2 - (weights**2).sum(axis=-1)
    return np.asarray(products / pairs)


def between(tally: Tally, weights: Doubles) -> Doubles:
    """Variance of the draws' expectations, the noise within draws removed; shape of one weight."""
    squares = tally.mean_squares.mean(axis=1)
    mean_square = (weights * squares).sum(axis=-1) / weights.sum(axis=-1)
    return np.asarray(mean_square - squared(tally.means.mean(axis=1), weights))


def within(tally: Tally, weights: Doubles) -> Doubles:
    """Mean over draws of the variance between the runs of one draw."""
    inside = (tally.squares / tally.runs - tally.mean_squares).mean(axis=1)
    return np.asarray((weights * inside).sum(axis=-1) / weights.sum(axis=-1))


def waves(values: Doubles, weights: Doubles | None = None) -> Doubles:
    """Cosines of a parameter's rank, orthonormal over its draws.

    Parameters
    ----------
    values : float64 (draws,)
        The parameter in each draw.
    weights : float64 (draws,), optional
        How much each draw counts; by default all alike.

    Returns
    -------
    float64 (waves, draws)
        Each of mean 0 and mean square 1, uncorrelated; 6, or fewer if the parameter has few values.

    Notes
    -----
    Cosines of the rank are a regression on given data (COSI; Plischke 2012, "How to compute
    variance-based sensitivity indicators with your spreadsheet software", Environmental Modelling
    & Software 35:55-56). What an effect has beyond the sixth is missed: of a straight line in the
    rank .1%, of a whole sine wave .6%.
    """
    order = np.arange(1, WAVES + 1)[:, np.newaxis]
    shares = np.ones(values.size) if weights is None else weights
    shares = shares / shares.sum()
    raw = np.cos(np.pi * order * ranks(values, weights))
    raw = raw - (raw * shares).sum(axis=1, keepdims=True)
    lengths, directions = np.linalg.eigh((raw * shares) @ raw.T)
    kept = lengths > max(THIN * lengths[-1], THIN**2)
    return np.asarray((directions[:, kept] / np.sqrt(lengths[kept])).T @ raw)


def ranks(values: Doubles, weights: Doubles | None = None) -> Doubles:
    """Ranks over their number, in (0, 1); equal values stand at the middle of theirs.

    With weights, float64 (draws,), it is the share of the weight that lies below, in [0, 1].
    """
    _, place = np.unique(values, return_inverse=True)
    of_value = np.bincount(place, weights)
    middle: Doubles = (np.cumsum(of_value) - of_value / 2) / of_value.sum()
    return middle[place]


def coefficients(tally: Tally, parameter: Doubles) -> Doubles:
    """Products of a parameter's waves with the draws' means, batch by batch.

    Parameters
    ----------
    tally : Tally
        Mean outcome of each draw's runs.
    parameter : float64 (batches, draws)
        The parameter in each draw.

    Returns
    -------
    float64 (waves, batches, batches)
        Entry (w, a, b): waves of batch a with the outcomes of batch b. On the diagonal stands what
        the parameter does; beside it, where nothing belongs together, what chance does.
    """
    # Centring takes the level out, which would be noise here.
    means = tally.means - tally.means.mean()
    shaped = waves(parameter.ravel()).reshape(-1, *parameter.shape)
    return np.asarray(shaped @ means.T / parameter.shape[1])


def first_order(found: Doubles, weights: Doubles) -> Doubles:
    """Variance of E[p | parameter] from the coefficients of batches, shape (waves, batches)."""
    # A leading axis of weights, if there is one, stands before that of the waves.
    return np.asarray(squared(found, weights[..., np.newaxis, :]).sum(axis=-1))


def total_effect(tally: Tally, weights: Doubles) -> Doubles:
    """Half the mean square of the change of p as one parameter is drawn again (Jansen 1999).

    Parameters
    ----------
    tally : Tally
        Of the differences between two runs that share their random streams and all other
        parameters.
    weights : float64 (..., batches)
        As for `squared`.

    Notes
    -----
    Source: Jansen 1999, Computer Physics Communications 117:35-43. The two runs of a pair share
    their random streams, so the noise of their difference has no binomial law; the products of two
    different pairs of one draw have none of it in their mean.
    """
    squares = tally.mean_squares.mean(axis=1)
    return np.asarray((weights * squares).sum(axis=-1) / weights.sum(axis=-1) / 2)


@dataclass(frozen=True, repr=False)
class Curve(Brief):
    """P(outcome | parameter), in bins of equal numbers of draws.

    Attributes
    ----------
    at : float64 (bins,)
        Median of the parameter in each bin, in the engine's unit.
    edges : float64 (bins + 1,)
        Lowest value of each bin, and the highest of all.
    probability, mc_error : float64 (bins,)
        Share of the runs in which the outcome happened; its standard error, over draws and runs.
    low, high : float64 (bins,)
        90% interval of `probability`.
    """

    at: Doubles
    edges: Doubles
    probability: Doubles
    mc_error: Doubles
    low: Doubles
    high: Doubles

    def to_json(self) -> dict[str, list[float]]:
        """Plain data for JSON."""
        return {name: values.tolist() for name, values in vars(self).items()}


def curve(values: Doubles, hits: Doubles, draw_of_run: Integers, runs_per_batch: int) -> Curve:
    """Estimate P(outcome | parameter).

    Parameters
    ----------
    values : float64 (draws,)
        The parameter in each draw.
    hits : float64 (runs,)
        1, 0, or NaN for a run that does not count.
    draw_of_run : int64 (runs,)
        The draw of each run.
    runs_per_batch : int
        Runs of a batch of 64 draws.

    Notes
    -----
    Bins are of ranks, so a parameter with few values has fewer of them; where runs are left out,
    they hold equal numbers of those that count. Errors are over batches, as for any probability
    (`relsim.estimates.probability.estimate`).
    """
    known, happened = ~np.isnan(hits), hits == 1
    counted = np.bincount(draw_of_run[known], minlength=values.size).astype(np.float64)
    place = np.minimum(np.floor(ranks(values, counted) * BINS), BINS - 1)
    rows = []
    for number in np.unique(place[counted > 0]):
        inside = (place == number) & (counted > 0)
        counts = Counts(draw_of_run, runs_per_batch, known & inside[draw_of_run])
        sums = counts.of(happened)
        p = float(sums.batch.sum()) / counts.total
        error, _, (low, high), _ = of_share(
            sums.draw, counts.runs.draw, counts.error(sums), counts.total
        )
        rows.append((float(np.median(values[inside])), float(values[inside].min()),
                     p, error, low, high))  # fmt: skip
    at, lowest, p_of, errors, lows, highs = np.array(rows).T
    return Curve(at, np.append(lowest, values[counted > 0].max()), p_of, errors, lows, highs)
