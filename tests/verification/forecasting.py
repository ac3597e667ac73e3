"""A world in which it is known what an author meant: draws, hits, and words made from a draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

from relsim.estimates.deconvolution import DrawPosterior, over_draws
from relsim.inference.calibrate import weights as weighting
from relsim.lexicons.meaning import Meant

Doubles = npt.NDArray[np.float64]
Z_95 = 1.6448536269514722


def meant(median: float, below: float, above: float) -> Meant:
    """Words whose 5 and 95% points lie so far from the median, all in log-odds."""
    low, middle, high = special.expit([median - below, median, median + above])
    return Meant((float(low), float(middle), float(high)))


@dataclass(frozen=True, eq=False)
class World:
    """Draws with parameters and log-odds that are known, and the hits of some runs of each.

    Attributes
    ----------
    parameters : float64 (parameter, draw)
    log_odds : float64 (forecast, draw)
    spans : tuple of (float, float)
        How far the author's 5 and 95% points lie from the median, of each forecast.
    runs : int
        Of each draw.
    """

    parameters: Doubles
    log_odds: Doubles
    spans: tuple[tuple[float, float], ...]
    runs: int
    seed: int = 1

    @property
    def draws(self) -> int:
        return self.log_odds.shape[1]

    @cached_property
    def hits(self) -> npt.NDArray[np.int64]:
        rng = np.random.default_rng([self.seed, self.runs])
        return rng.binomial(self.runs, special.expit(self.log_odds))

    @cached_property
    def posteriors(self) -> list[DrawPosterior]:
        return [draw_posterior(hits, np.full(self.draws, self.runs)) for hits in self.hits]

    @cached_property
    def correlation(self) -> Doubles:
        return weighting.rank_correlation(np.array([seen.log_odds for seen in self.posteriors]))

    def words(self, planted: int, rng: np.random.Generator, reliability: float) -> list[Meant]:
        """What an author says whose world is the draw `planted`; errors are independent."""
        words = []
        for number, (below, above) in enumerate(self.spans):
            of = planted if rng.random() < reliability else int(rng.integers(self.draws))
            # What is meant less what is so has the author's distribution: take it off again.
            error = special.logit(float(meant(0.0, below, above).quantile(rng.random())))
            words.append(meant(self.log_odds[number, of] - error, below, above))
        return words


def draw_posterior(hits: npt.ArrayLike, runs: npt.ArrayLike) -> DrawPosterior:
    """What hits among runs say of the log-odds of each draw."""
    return DrawPosterior(np.asarray(hits), np.asarray(runs), over_draws(hits, runs))


def world(draws: int = 1024, runs: int = 64, seed: int = 1) -> World:
    """Four forecasts of three parameters: two hang on one of them, one on nothing known."""
    rng = np.random.default_rng([seed, 77])
    a, b, c = special.ndtri((rng.permuted(np.tile(np.arange(draws), (3, 1)), axis=1) + 0.5) / draws)
    log_odds = np.array([1.5 * a + 0.3, -1.2 * a + 0.4 * b, 1.4 * b - 1.0, 1.0 * c])
    return World(np.array([a, b, c]), log_odds, ((1.0, 1.0), (1.6, 1.1), (0.9, 1.6), (1.2, 1.2)),
                 runs, seed)  # fmt: skip


def place(values: Doubles, weights: Doubles, planted: int) -> float:
    """The weighted share of draws below the planted one, half of its own weight included."""
    below = float(weights[values < values[planted]].sum())
    return below + 0.5 * float(weights[planted])


def places(
    of: World,
    repetitions: int,
    weigh: object,
    reliability: float = 1.0,
    seed: int = 5,
) -> Iterator[Doubles]:
    """For each repetition the places of the planted parameters and log-odds in the posterior."""
    rng = np.random.default_rng(seed)
    sought = np.concatenate([of.parameters, of.log_odds])
    for _ in range(repetitions):
        planted = int(rng.integers(of.draws))
        weights = weigh(of, of.words(planted, rng, reliability))  # type: ignore[operator]
        yield np.array([place(values, weights, planted) for values in sought])
