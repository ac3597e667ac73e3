"""Comparing log scores, against sums by hand and errors that are known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.history.log_scores import (
    BLOCK,
    WeeklyScores,
    compare_scores,
    score_error,
    score_table,
)

FRIDAY = date(1993, 1, 1)
WEEKS = 40


def scores(values: Doubles, first: date = FRIDAY) -> WeeklyScores:
    return WeeklyScores(first, values)


def steady(level: float, weeks: int = WEEKS, first: date = FRIDAY) -> WeeklyScores:
    return scores(np.full((weeks, 2), level), first)


def test_the_error_of_blocks_by_hand() -> None:
    # Blocks of two weeks sum to 3, 5 and 1; the last has one week. The mean is 9/5 a week, so that
    # they are off by -.6, 1.4 and -.8: 3/2 (.36 + 1.96 + .64) = 4.44.
    gains = np.array([1.0, 2.0, 0.0, 5.0, 1.0])
    assert score_error(gains, block=2) == pytest.approx(4.44**0.5, rel=1e-12)


def test_blocks_of_one_week_give_the_textbook_error() -> None:
    gains = np.random.default_rng(3).normal(size=50)
    assert score_error(gains, block=1) == pytest.approx(gains.std(ddof=1) * 50**0.5, rel=1e-12)


def test_the_error_of_blocks_is_that_of_weeks_that_hang_together() -> None:
    """Differences that are the same all through a block: blocks see it, single weeks do not."""
    rng = np.random.default_rng(5)
    of_blocks = rng.normal(size=(4000, 60))
    gains = np.repeat(of_blocks, BLOCK, axis=1)
    true = gains.sum(axis=1).std()
    told = np.array([score_error(one) for one in gains])
    single = np.array([score_error(one, block=1) for one in gains[:200]])
    assert np.sqrt((told**2).mean()) == pytest.approx(true, rel=0.03)
    assert np.sqrt((single**2).mean()) == pytest.approx(true / BLOCK**0.5, rel=0.1)


def test_sums_over_the_weeks_wholly_in_the_window() -> None:
    """The window begins and ends in the middle of weeks; forecasters begin in different ones."""
    rng = np.random.default_rng(1)
    base, model = rng.normal(size=(2, WEEKS, 2))
    found = compare_scores(
        {"base": scores(base), "model": scores(model[3:], FRIDAY + timedelta(days=21))},
        FRIDAY + timedelta(days=5 * 7 - 6),
        FRIDAY + timedelta(days=30 * 7 + 5),
    )
    reference, other = found
    assert (reference.gain, reference.error, reference.weeks) == (0, 0, 25)
    assert reference.nats == pytest.approx(base[5:30].sum(), rel=1e-12)
    assert other.nats == pytest.approx(model[5:30].sum(), rel=1e-12)
    assert other.gain == pytest.approx(other.nats - reference.nats, rel=1e-12)
    assert other.error == score_error((model - base)[5:30].sum(axis=1))


def test_the_first_and_the_last_day_of_the_window_count() -> None:
    one = {"base": steady(-1.0)}
    end = FRIDAY + timedelta(days=7 * WEEKS - 1)
    (whole,) = compare_scores(one, FRIDAY, end)
    (less,) = compare_scores(one, FRIDAY + timedelta(days=1), end - timedelta(days=1))
    assert (whole.weeks, whole.nats) == (WEEKS, -2 * WEEKS)
    assert (less.weeks, less.nats) == (WEEKS - 2, -2 * WEEKS + 4)


def test_another_reference_turns_the_sign() -> None:
    values = np.random.default_rng(2).normal(size=(WEEKS, 2))
    both = {"base": steady(-1.0), "model": scores(values)}
    end = both["base"].last_day
    forth, back = (
        compare_scores(both, FRIDAY, end)[1],
        compare_scores(both, FRIDAY, end, "model")[0],
    )
    assert (forth.gain, forth.error) == (pytest.approx(-back.gain), pytest.approx(back.error))
    table = score_table(compare_scores(both, FRIDAY, end, "model"))
    assert [row[0] for row in table.rows] == ["base", "model"]
    assert table.rows[0][2] == f"{back.gain:+.1f}"
    assert table.rows[1] == ("model", f"{values.sum():.1f}", None, None, WEEKS)


@pytest.mark.parametrize(
    ("given", "first", "last", "reference", "message"),
    [
        ({}, 0, 39, None, "there are no log scores"),
        ({"base": steady(-1)}, 0, 39, "bas", "unknown forecaster 'bas'; did you mean 'base'"),
        ({"base": steady(-1)}, 0, 8, None, "there are 8 whole weeks"),
        ({"base": steady(-1)}, 9, 1, None, "there are 0 whole weeks"),
        ({"base": steady(-1)}, 0, 41, None, "'base' has log scores from 1993-01-01 to 1993-10-07"),
        ({"base": steady(-1)}, -1, 20, None, "the window needs them from 1992-12-25 to 1993-05-20"),
        (
            {"base": steady(-1), "model": steady(-1, 39)},
            0, 40, None, "'model' has log scores from 1993-01-01 to 1993-09-30",
        ),
        (
            {"base": steady(-1), "model": steady(-1, 40, date(1993, 1, 2))},
            0, 40, None, "'model' begin on Saturdays, those of the reference on Fridays",
        ),
        (
            {"base": steady(-1), "model": scores(np.zeros((40, 3)))},
            0, 40, None, "'model' has log scores of 3 actors, the reference of 2",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_said(
    given: dict[str, WeeklyScores], first: int, last: int, reference: str | None, message: str
) -> None:
    start, end = (FRIDAY + timedelta(days=7 * weeks) for weeks in (first, last))
    with pytest.raises(UsageError, match=message):
        compare_scores(given, start, end - timedelta(days=1), reference)


def test_scores_that_are_none_are_refused() -> None:
    wrong = np.zeros((10, 2))
    wrong[3, 1] = -np.inf
    with pytest.raises(UsageError, match=r"log_score\[3, 1\] is -inf: all log scores must be fin"):
        scores(wrong)
    with pytest.raises(UsageError, match=r"must have the shape \(weeks, actors\) \(got \(10,\)\)"):
        scores(np.zeros(10))
