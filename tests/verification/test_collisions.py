"""Collisions: counts and severities against the Poisson and the self-exciting process."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.processes import shocks
from relsim.worlds.randomness.streams import Streams
from tests.verification.cases import Case, Result, counts_z, mean_z, variance_z, with_planted
from tests.verification.stage import TERM, WEEK, YEAR, Setting, scenario, set_stage

Counts = npt.NDArray[np.int8]
Moments = tuple[float, float]

WEEKS = -(-TERM // WEEK)  # the short week that ends the term is simulated as a whole one
RATES = {"europe": 12.0, "middle_east": 5.0, "africa": 0.8, "latin_america": 0.2}
LOW, HIGH = 3.0, 15.0  # Goldstein points


def region(name: str) -> dict[str, Setting]:
    """Settings of a region without self-excitation."""
    own: dict[str, Setting] = {
        "rate": RATES[name],
        "severity_low": LOW,
        "severity_high": HIGH,
        "excitation": 0.0,
    }
    return {f"regions.{name}.{key}": value for key, value in own.items()}


def collisions_by_day(
    name: str, settings: dict[str, Setting], width: int = 4096, until: tuple[int, ...] = (TERM,)
) -> tuple[list[Floats], Floats]:
    """Collisions so far at the end of each of some days, and the flow of all of them."""
    stage = set_stage(settings, width)
    worlds = stage.worlds
    stage.begin(shocks.collisions(worlds, stage.clock, stage.scene))
    counts = []
    for day in until:
        stage.play(day)
        counts.append(worlds.incidents[1].copy())
    return counts, worlds.flow


def poisson(weeks_a_year: float = YEAR) -> Result:
    """Mean and variance of a term's counts in each region: both are rate × time."""
    scores = []
    for name, rate in RATES.items():
        expected = rate * WEEKS / weeks_a_year
        sample = collisions_by_day(name, region(name))[0][-1]
        scores += [mean_z(sample, expected), variance_z(sample, expected)]
    return max(scores)


def at_most_one(uniforms: Floats, mean: Floats) -> tuple[Counts, Floats, Floats]:
    """Planted error: one Bernoulli trial a week, with the right mean."""
    return (uniforms >= 1 - mean).astype(np.int8), 1 - mean, np.ones_like(uniforms)


def rate_of_each_run() -> Result:
    """A rate that is drawn, one a run: the counts of each half have their own mean."""
    rates = np.repeat([4.0, 8.0], 2048)
    sample = collisions_by_day("europe", region("europe") | {"regions.europe.rate": rates})[0][-1]
    return max(
        mean_z(half, rate * WEEKS / YEAR)
        for half, rate in zip(np.split(sample, 2), (4.0, 8.0), strict=True)
    )


def mixed_up(uniforms: Floats, mean: Floats) -> tuple[Counts, Floats, Floats]:
    """Planted error: every run gets the rate of its neighbour at the other end."""
    return RIGHT_COUNTS(uniforms, mean[..., ::-1])


RIGHT_COUNTS = shocks.poisson_counts

# A self-exciting region: base rate a year, branching number, half-life in weeks.
BASE, BRANCHING, HALF_LIFE = 4.0, 0.4, 3.0
BURN_IN = 52 * WEEK


@functools.cache
def excited() -> tuple[Floats, Floats]:
    """Collisions after a burn-in of a year, and all of them."""
    settings = region("europe") | {
        "regions.europe.rate": BASE,
        "regions.europe.excitation": BRANCHING,
        "regions.europe.excitation_half_life": HALF_LIFE,
    }
    early, late = collisions_by_day("europe", settings, 8192, (BURN_IN, TERM))[0]
    return late - early, late


def hawkes_mean(factor: float = 1 / (1 - BRANCHING)) -> Result:
    """Mean rate μ / (1 − n), once the start is forgotten."""
    return mean_z(excited()[0], BASE * factor * (WEEKS - 52) / YEAR)


def hawkes_moments(weeks: int) -> Moments:
    """Exact mean and variance of the counts of the weekly process, from a calm start.

    With X what earlier collisions left of the rate, N ~ Poisson(Y (μ + X)) and
    X ← d (X + j N), the moments of X and of the sum S of N up to the second order are linear.
    """
    d, y = 0.5 ** (1 / HALF_LIFE), 1 / YEAR
    j = BRANCHING * (1 - d) / (d * y)
    x = xx = s = sx = ss = 0.0  # E X, E X², E S, E SX, E S²
    for _ in range(weeks):
        n = y * (BASE + x)
        nn = y * y * (BASE * BASE + 2 * BASE * x + xx) + n
        nx, ns = y * (BASE * x + xx), y * (BASE * s + sx)
        sx = d * (sx + j * ns + nx + j * nn)
        s, ss = s + n, ss + 2 * ns + nn
        x, xx = d * (x + j * n), d * d * (xx + 2 * j * nx + j * j * nn)
    return s, ss - s * s


def hawkes_counts(moments: Callable[[int], Moments] = hawkes_moments) -> Result:
    mean, variance = moments(WEEKS)
    return max(mean_z(excited()[1], mean), variance_z(excited()[1], variance))


def as_if_poisson(weeks: int) -> Moments:
    """Planted error: the right mean, and the variance of a Poisson process."""
    mean, _ = hawkes_moments(weeks)
    return mean, mean


def severity_moments(count: int) -> Moments:
    """Mean and variance of the sum of some uniform severities."""
    return count * (LOW + HIGH) / 2, count * (HIGH - LOW) ** 2 / 12


def severities(count: int) -> Result:
    """Mean, variance and shape (Irwin–Hall) of a week's severity, given its collisions."""
    uniforms = Streams(1, (0,), 200_000).stream("test", "severity").uniforms(0)
    counts = np.full(uniforms.shape, count, dtype=np.int8)
    low, high = np.float32(LOW), np.float32(HIGH)
    total = shocks.severities(uniforms, counts, np.asarray(low), np.asarray(high))
    mean, variance = severity_moments(count)
    x = (total - count * LOW) / (HIGH - LOW)  # between 0 and count
    edges = np.linspace(0, count, 21)
    below = {1: edges, 2: np.where(edges < 1, edges**2 / 2, 1 - (2 - edges) ** 2 / 2)}[count]
    observed = np.histogram(x, edges)[0]
    shape = counts_z(observed, np.diff(below) * uniforms.size)
    return max(mean_z(total, mean), variance_z(total, variance), shape)


def one_size(uniforms: Floats, counts: Counts, low: Floats, high: Floats) -> Floats:
    """Planted error: collisions of one week are all of the same severity."""
    return (counts * (low + uniforms * (high - low))).astype(np.float32)


def less_than_high(uniforms: Floats, counts: Counts, low: Floats, high: Floats) -> Floats:
    """Planted error: severities fall one point short of their upper end."""
    return RIGHT_SEVERITIES(uniforms, counts, low, high - np.float32(0.1))


RIGHT_SEVERITIES = shocks.severities


def flow() -> Result:
    """What a term's collisions do to the flow: a compound Poisson sum, mean and variance."""
    _, total = collisions_by_day("europe", region("europe"), 8192)
    number = RATES["europe"] * WEEKS / YEAR
    mean, variance = severity_moments(1)
    return max(mean_z(total, -number * mean), variance_z(total, number * (variance + mean**2)))


def of_usual_size(
    uniforms: Floats, counts: Counts, low: Floats, high: Floats, sigma: Floats | None = None
) -> Floats:
    """Planted error: every collision has the mean severity."""
    return (counts * (low + high) / 2 * np.ones_like(uniforms)).astype(np.float32)


CASES = (
    Case(
        "collisions by region: counts",
        poisson,
        {
            "one Bernoulli a week": with_planted(poisson, shocks, "poisson_counts", at_most_one),
            "a year of 360 days": lambda: poisson(weeks_a_year=360 / WEEK),
        },
    ),
    Case(
        "collisions: a rate of each run",
        rate_of_each_run,
        {"runs mixed up": with_planted(rate_of_each_run, shocks, "poisson_counts", mixed_up)},
    ),
    Case(
        "self-exciting collisions: mean rate",
        hawkes_mean,
        {"first generation only": lambda: hawkes_mean(1 + BRANCHING)},
    ),
    Case(
        "self-exciting collisions: counts",
        hawkes_counts,
        {"variance of Poisson": lambda: hawkes_counts(as_if_poisson)},
    ),
    Case(
        "severity of one collision a week",
        lambda: severities(1),
        {
            "a tenth of a point short": with_planted(
                lambda: severities(1), shocks, "severities", less_than_high
            )
        },
    ),
    Case(
        "severity of two collisions a week",
        lambda: severities(2),
        {"one size": with_planted(lambda: severities(2), shocks, "severities", one_size)},
    ),
    Case(
        "collisions in the flow",
        flow,
        {"all of the mean severity": with_planted(flow, shocks, "severities", of_usual_size)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


def test_moments_of_self_excitement_tend_to_the_known_limits() -> None:
    """Mean rate μ / (1 − n); Fano factor 1 / (1 − n)² (Hawkes 1971)."""
    (early, early_variance), (late, late_variance) = hawkes_moments(5000), hawkes_moments(6000)
    assert late - early == pytest.approx(BASE / (1 - BRANCHING) * 1000 / YEAR)
    fano = (late_variance - early_variance) / (late - early)
    assert fano == pytest.approx(1 / (1 - BRANCHING) ** 2)
    assert len(scenario().regions) == len(RATES)
