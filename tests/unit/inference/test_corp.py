"""Reliability: a curve by hand, its parts, its band, and overconfidence that is planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit, ndtr

from relsim.array_types import Booleans, Doubles
from relsim.errors import UsageError
from relsim.inference.score.corp import FEWEST, Reliability, reliability, reliability_table
from relsim.worlds.randomness.streams import Succession

HISTORIES, DATES = 20, 10
QUESTIONS = np.repeat(np.arange(HISTORIES), DATES).tolist()


def simulated(seed: int) -> tuple[Doubles, Booleans]:
    """Forecasts of 20 histories at 10 dates each, and what came about, (forecasts,).

    A random walk ends above 0: its probability, given the walk until a date, is exact.
    """
    steps = Succession(seed, "test", "histories").normals((HISTORIES, DATES + 1))
    walk = np.cumsum(steps, axis=1)
    left = np.sqrt(DATES + 1 - np.arange(1, DATES + 1))
    said = ndtr(walk[:, :DATES] / left)
    return said.ravel(), np.repeat(walk[:, -1] > 0, DATES)


def overconfident(said: Doubles) -> Doubles:
    """Log-odds times two and a half."""
    return expit(2.5 * logit(np.clip(said, 1e-9, 1 - 1e-9)))


def judged(seed: int, *, bold: bool) -> Reliability:
    said, happened = simulated(seed)
    return reliability(overconfident(said) if bold else said, happened, QUESTIONS)


def test_the_curve_pools_what_is_out_of_order() -> None:
    """Shares 0, 1/2, 1/4, 1 of four forecasts each: the middle two are pooled to 3/8."""
    said = np.repeat([0.1, 0.3, 0.6, 0.9], 4)
    happened = [0] * 4 + [1, 1, 0, 0] + [1, 0, 0, 0] + [1] * 4
    found = reliability(np.tile(said, 2), happened * 2)
    assert found.said.tolist() == [0.1, 0.3, 0.6, 0.9]
    assert found.number.tolist() == [8] * 4
    assert found.meant == pytest.approx([0, 3 / 8, 3 / 8, 1])
    uncertainty, recalibrated = (7 / 16) * (9 / 16), (3 / 8) * (5 / 8) / 2
    assert found.uncertainty == pytest.approx(uncertainty)
    assert found.discrimination == pytest.approx(uncertainty - recalibrated)
    score = (0.01 + (0.49 + 0.09) / 2 + (0.16 + 3 * 0.36) / 4 + 0.01) / 4
    assert found.score == pytest.approx(score)
    assert found.miscalibration == pytest.approx(score - recalibrated)


@pytest.mark.parametrize("bold", [False, True])
def test_the_parts_add_up(bold: bool) -> None:
    found = judged(3, bold=bold)
    parts = found.miscalibration - found.discrimination + found.uncertainty
    assert parts == pytest.approx(found.score, abs=1e-12)
    assert found.miscalibration >= 0
    assert found.discrimination >= 0
    assert (np.diff(found.meant) >= -1e-12).all()


@pytest.mark.parametrize("seeds", [10, pytest.param(20, marks=pytest.mark.slow)])
def test_200_right_forecasts_lie_within_their_band_and_overconfident_ones_do_not(
    seeds: int,
) -> None:
    right = [judged(seed, bold=False) for seed in range(seeds)]
    bold = [judged(seed, bold=True) for seed in range(seeds)]
    assert all(found.number.sum() == 200 for found in right)
    assert np.mean([found.share_within for found in right]) > 0.8
    assert np.mean([found.share_within for found in bold]) < 0.7
    assert sum(found.p_value < 0.05 for found in right) <= seeds / 5, "1 in 20 is to be expected"
    assert sum(found.p_value < 0.05 for found in bold) >= 0.6 * seeds


def test_forecasts_of_one_question_are_no_independent_evidence() -> None:
    """Taken for 200 questions, the band is too narrow for what 20 say."""
    said, happened = simulated(5)
    together, apart = reliability(said, happened, QUESTIONS), reliability(said, happened)
    assert (apart.high - apart.low).mean() < 0.8 * (together.high - together.low).mean()


def test_too_few_forecasts_are_refused() -> None:
    with pytest.raises(UsageError, match=r"at least 20 forecasts \(got 19\)"):
        reliability([0.5] * (FEWEST - 1), [True] * (FEWEST - 1))
    with pytest.raises(UsageError, match="between 0 and 1"):
        reliability([1.5] * FEWEST, [True] * FEWEST)


def test_the_same_seed_gives_the_same_band() -> None:
    one, other = judged(2, bold=False), judged(2, bold=False)
    assert one.low.tolist() == other.low.tolist()
    said, happened = simulated(2)
    assert reliability(said, happened, QUESTIONS, 2).low.tolist() != one.low.tolist()


def test_the_table_says_the_parts() -> None:
    found = judged(1, bold=False)
    text = reliability_table(found).text()
    assert text.startswith("Reliability  ") or "of 200 forecasts" in text.splitlines()[0]
    assert f"{found.miscalibration:.3f}" in text
