"""Weeks that measure linear combinations: draws keep the spread of a posterior that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from relsim.array_types import Doubles
from relsim.inference.calibrate.gaussians import Gaussian
from relsim.inference.update import weekly
from relsim.inference.update.leading import Columns
from relsim.inference.update.moving import moved
from relsim.inference.update.weekly import Found, Population, filter_weeks
from relsim.worlds.randomness.streams import Succession

NOISE = 0.8  # sd of the log-likelihood of all weeks together


@dataclass(frozen=True)
class Weeks:
    """Week t measures design[t] @ w with noise: the posterior is a Gaussian.

    The last coordinates are hardly measured.
    """

    design: Doubles
    seen: Doubles
    learned: int
    sd: float

    def posterior(self) -> tuple[Doubles, Doubles]:
        """Mean and covariance."""
        precision = np.eye(self.design.shape[1]) + self.design.T @ self.design / self.sd**2
        covariance = np.linalg.inv(precision)
        return covariance @ self.design.T @ self.seen / self.sd**2, covariance

    def evaluate(self, w: Doubles, others: Columns, number: int) -> Found:
        """Unbiased estimates of the likelihood of each week."""
        values = -0.5 * ((self.seen[:, np.newaxis] - self.design @ w.T) / self.sd) ** 2
        variance = NOISE**2 / len(values)
        noise = Succession(number, "noise of weeks").normals(values.shape)
        return Found(values + variance**0.5 * noise - variance / 2, values[:0])


def weeks(seed: int, learned: int, known: int, others: int, number: int, sd: float) -> Weeks:
    rng = np.random.Generator(np.random.Philox(seed))
    directions = np.linalg.qr(rng.standard_normal((learned, known)))[0]
    strong = rng.standard_normal((number, known)) * np.linspace(1, 0.3, known) @ directions.T
    design = np.hstack([strong, 0.03 * rng.standard_normal((number, others))])
    truth = rng.standard_normal(learned + others)
    return Weeks(design, design @ truth + sd * rng.standard_normal(number), learned, sd)


def spread(of: Weeks, chains: int, seed: int) -> tuple[float, float, float]:
    """Of the draws: sd over the true one, error of the mean, of what is learned; sd of the others.

    Errors are in true sds, root mean square.
    """
    draws = 4 * chains
    w = Succession(seed, "draws").normals((draws, of.design.shape[1]))
    start = Population(w, {}, np.zeros(draws), of.evaluate(w, {}, 0))
    last = len(of.seen) - 1
    found = filter_weeks(of.evaluate, start, 0, [], [last], seed=seed, moves=3, learned=of.learned)
    assert len(found.rejuvenations) > 3
    now = found.kept[last]
    mean, covariance = of.posterior()
    sds = np.sqrt(np.diag(covariance))
    middle = now.weights @ now.w
    wide = np.sqrt(now.weights @ (now.w - middle) ** 2) / sds
    off = ((middle - mean) / sds)[: of.learned]
    return (
        float(wide[: of.learned].mean()),
        float(np.sqrt((off**2).mean())),
        float(wide[of.learned :].mean()),
    )


def stay_aside(w: Doubles, around: Gaussian, rng: Succession) -> tuple[Doubles, Doubles]:
    """A planted error, and how it was before: what evidence says little of stays with its draw."""
    place, log_ratio = moved(w, around, rng)
    place[:, len(around.mean) :] = w[:, len(around.mean) :]
    return place, log_ratio


def stay(w: Doubles, around: Gaussian, rng: Succession) -> tuple[Doubles, Doubles]:
    """A planted error: no draw moves."""
    return w.copy(), np.zeros(len(w))


def test_draws_keep_their_spread_through_many_rejuvenations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = weeks(1, learned=12, known=6, others=12, number=40, sd=1.0)
    wide, off, others = spread(small, chains=256, seed=1)
    assert 0.93 < wide < 1.08
    assert off < 0.3
    assert 0.93 < others < 1.07
    monkeypatch.setattr(weekly, "moved", stay_aside)
    assert spread(small, chains=256, seed=1)[2] < 0.85
    monkeypatch.setattr(weekly, "moved", stay)
    assert spread(small, chains=256, seed=1)[1] > 0.45


@pytest.mark.slow
def test_draws_keep_their_spread_in_as_many_coordinates_as_the_baseline_has() -> None:
    large = weeks(2, learned=80, known=24, others=130, number=104, sd=7.0)
    wide, off, others = np.mean([spread(large, chains=256, seed=s) for s in (1, 2)], axis=0)
    assert 0.9 < wide < 1.05
    assert off < 0.3
    assert 0.93 < others < 1.05
