"""Information in bits against closed forms: normal log-odds, normal words, known correlation.

Each is to come within .02 bits or a tenth of the exact value, whichever is more.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from relsim.estimates.deconvolution import over_draws
from relsim.inference.calibrate import weights as weighting
from relsim.inference.calibrate.forecasts import Tally
from relsim.lexicons.meaning import Meant
from tests.verification.cases import Case, Result
from tests.verification.forecasting import Z_95, meant

Doubles = npt.NDArray[np.float64]
Method = Callable[["Simulated"], float]

BITS, SHARE = 0.02, 0.1
STEPS = np.linspace(-7, 7, 561)  # of the quadrature, in standard deviations


@dataclass(frozen=True)
class Setting:
    """Forecasts of outcomes whose log-odds are linear in independent normal parameters.

    Attributes
    ----------
    means : tuple of float (forecast,)
    loadings : tuple of tuple of float (forecast, parameter)
        At most two parameters.
    words : tuple of (float, float) (forecast,)
        Mean and standard deviation of the log-odds that were meant.
    """

    means: tuple[float, ...]
    loadings: tuple[tuple[float, ...], ...]
    words: tuple[tuple[float, float], ...]

    @property
    def meant(self) -> list[Meant]:
        return [meant(mean, Z_95 * sd, Z_95 * sd) for mean, sd in self.words]

    @property
    def powers(self) -> list[float]:
        """Exponents by the exact rank correlation of normal log-odds."""
        loadings = np.array(self.loadings)
        length = np.sqrt((loadings**2).sum(axis=1))
        correlation = np.clip(loadings @ loadings.T / np.outer(length, length), -1, 1)
        return [float(a) for a in weighting.exponents(6 / np.pi * np.arcsin(correlation / 2))]

    def log_odds(self, parameters: Doubles) -> Doubles:
        """(forecast, ...), from parameters (parameter, ...)."""
        return np.tensordot(np.array(self.loadings), parameters, 1) + np.array(self.means).reshape(
            -1, *[1] * (parameters.ndim - 1)
        )

    def exact(self, reliability: float) -> float:
        """By quadrature over the parameters; every density is smooth and of no narrow width."""
        axes = np.meshgrid(*[STEPS] * len(self.loadings[0]), indexing="ij")
        prior = np.exp(-0.5 * sum(axis**2 for axis in axes))
        prior /= prior.sum()
        log_likelihood = np.zeros_like(prior)
        for log_odds, (mean, sd), power in zip(
            self.log_odds(np.array(axes)), self.words, self.powers, strict=True
        ):
            words = np.exp(-0.5 * ((log_odds - mean) / sd) ** 2)
            words /= (prior * words).sum()
            log_likelihood += power * np.log(reliability * words + 1 - reliability + 1e-300)
        posterior = prior * np.exp(log_likelihood)
        overall = posterior.sum()
        return float(((posterior * log_likelihood).sum() / overall - np.log(overall)) / np.log(2))


@dataclass(frozen=True, eq=False)
class Simulated:
    """What some runs of some draws show of a setting."""

    setting: Setting
    reliability: float
    tallies: Sequence[Tally]

    @classmethod
    def of(
        cls, setting: Setting, reliability: float, draws: int, runs: int, seed: int
    ) -> Simulated:
        """The outcomes of a run share its random number, as alike as they can be."""
        rng = np.random.default_rng([seed, draws, runs])
        count = len(setting.loadings[0])
        parameters = special.ndtri(
            (rng.permuted(np.tile(np.arange(draws), (count, 1)), axis=1) + 0.5) / draws
        )
        chances = special.expit(setting.log_odds(parameters))
        half = np.full((2, draws), runs // 2)
        hits = np.zeros((len(chances), 2, draws), dtype=np.int64)
        for part in range(2):
            for _ in range(runs // 2):
                hits[:, part] += rng.random(draws) < chances
        tallies = [Tally(h, half, over_draws(h.sum(axis=0), half.sum(axis=0))) for h in hits]
        return cls(setting, reliability, tallies)

    @property
    def whole(self) -> list[object]:
        return [tally.whole for tally in self.tallies]

    @property
    def halves(self) -> list[tuple[object, ...]]:
        return list(zip(*(tally.halves for tally in self.tallies), strict=True))

    def weights(self, part: Sequence[object]) -> Doubles:
        return weighting.weights_of(
            [
                weighting.log_likelihood(seen, words, self.reliability, power)  # type: ignore[arg-type]
                for seen, words, power in zip(
                    part, self.setting.meant, self.setting.powers, strict=True
                )
            ]
        )


def by_relsim(of: Simulated) -> float:
    setting = of.setting
    return weighting.information(
        of.whole, of.halves, setting.meant, of.reliability, setting.powers  # type: ignore[arg-type]
    )  # fmt: skip


def by_logarithms_of_weights(of: Simulated) -> float:
    """Planted: cross-entropy of the halves' weights, of which the noise has a logarithm taken."""

    def bits(first: Doubles, second: Doubles) -> float:
        return float(first @ np.log2(np.maximum(second, weighting.TINY) * second.size))

    whole, (one, other) = of.weights(of.whole), map(of.weights, of.halves)
    crossed = (bits(one, other) + bits(other, one)) / 2
    return max(0.0, (2 * bits(whole, whole) + crossed) / 3)


def with_all_believed(of: Simulated) -> float:
    """Planted: the author is taken at their word."""
    return by_relsim(Simulated(of.setting, 1.0, of.tallies))


def with_no_regard_for_correlation(of: Simulated) -> float:
    """Planted: every forecast counts in full."""
    ones = [1.0] * len(of.tallies)
    return weighting.information(
        of.whole, of.halves, of.setting.meant, of.reliability, ones  # type: ignore[arg-type]
    )  # fmt: skip


SETTINGS = {
    "one forecast": Setting((0.0,), ((1.0,),), ((0.8, 0.6),)),
    "one forecast, far off": Setting((-1.0,), ((1.0,),), ((1.0, 0.4),)),
    "one forecast, draws alike": Setting((0.0,), ((0.5,),), ((0.5, 0.5),)),
    "two forecasts": Setting((0.0, -0.5), ((1.0, 0.0), (0.8, 0.6)), ((0.8, 0.8), (0.2, 0.6))),
    "two forecasts, far off": Setting(
        (-1.0, -0.8), ((1.0, 0.0), (0.6, 0.8)), ((0.8, 0.5), (0.3, 0.5))
    ),
    "one thing said three times": Setting((0.0,) * 3, ((1.0,),) * 3, ((0.8, 0.8),) * 3),
}
SIZES = ((1024, 64), (1024, 256), (1024, 1024), (256, 64), (4096, 64))


@functools.cache
def runs_of(name: str, reliability: float, draws: int, runs: int, seed: int) -> Simulated:
    return Simulated.of(SETTINGS[name], reliability, draws, runs, seed)


def bits(
    name: str, reliability: float, size: tuple[int, int], method: Method = by_relsim, seeds: int = 3
) -> Result:
    """The mean over some seeds, so that a bias is seen and not the noise of one ensemble."""
    exact = SETTINGS[name].exact(reliability)
    found = float(
        np.mean([method(runs_of(name, reliability, *size, seed)) for seed in range(seeds)])
    )
    allowed = max(BITS, SHARE * exact)
    return Result(abs(found - exact) / allowed, exact, found, allowed, "value")


def case(name: str, reliability: float, wrong: Method) -> Case:
    size = SIZES[0]
    planted = (wrong.__doc__ or "").removeprefix("Planted: ").partition(",")[0].rstrip(".")
    return Case(
        f"information in bits: {name}, reliability {reliability:g}",
        functools.partial(bits, name, reliability, size),
        {planted: functools.partial(bits, name, reliability, size, wrong)},
        limit=1.0,
    )


CASES = (
    *(case(name, r, with_all_believed) for name in SETTINGS for r in (0.5, 0.8)),
    *(case(name, 1.0, by_logarithms_of_weights) for name in SETTINGS),
    Case(
        "information in bits: one thing said three times, counted once",
        functools.partial(bits, "one thing said three times", 0.8, SIZES[1]),
        {
            "correlation forgotten": functools.partial(
                bits, "one thing said three times", 0.8, SIZES[1], with_no_regard_for_correlation
            )
        },
        limit=1.0,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


@pytest.mark.parametrize("size", SIZES[1:], ids=str)
@pytest.mark.parametrize("reliability", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("name", ["one forecast", "two forecasts"])
@pytest.mark.default_cases(4)
def test_other_sizes(name: str, reliability: float, size: tuple[int, int]) -> None:
    assert bits(name, reliability, size, seeds=2).deviation <= 1


@pytest.mark.parametrize("name", ["one forecast", "one forecast, far off"])
def test_quadrature_agrees_with_the_closed_form(name: str) -> None:
    """Normal prior and normal words: the posterior is normal, its divergence known."""
    setting = SETTINGS[name]
    ((sd,),), (mean,), ((said, width),) = setting.loadings, setting.means, setting.words
    variance = 1 / (1 / sd**2 + 1 / width**2)
    posterior = variance * (mean / sd**2 + said / width**2)
    nats = np.log(sd / variance**0.5) + (variance + (posterior - mean) ** 2) / (2 * sd**2) - 0.5
    assert setting.exact(1.0) == pytest.approx(nats / np.log(2), rel=1e-6)


def test_no_more_bits_than_the_effective_draws_allow() -> None:
    """The divergence is at most log₂(draws / effective draws), by Jensen's inequality."""
    for name in SETTINGS:
        for reliability in (0.5, 1.0):
            here = runs_of(name, reliability, *SIZES[0], 0)
            weights = here.weights(here.whole)
            most = np.log2(weights.size / weighting.effective_size(weights))
            assert 0 < by_relsim(here) < most + 0.05
