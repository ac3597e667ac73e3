"""Several moves at one review: how many, which, in what order, and answers given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from relsim.rules import RULES, View, logit, several_moves
from relsim.rules.several import (
    MOST,
    Round,
    chances_of_review,
    expected_moves,
    makes_several,
    rounds,
)
from relsim.scenario.schema import load
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.clock import Phase
from tests.properties.comparing import shortened
from tests.verification.stage import set_stage

Floats = npt.NDArray[np.float32]
RUNS = 200_000


def of_rates(*expected: float, runs: int = RUNS) -> Floats:
    """Probabilities of which the odds against hold are the numbers expected."""
    p = np.array([1.0, *expected], dtype=np.float32)
    return np.repeat((p / p.sum())[:, None], runs, axis=1)


def uniforms(seed: int, runs: int = RUNS) -> Floats:
    return np.random.default_rng(seed).random((2, runs), dtype=np.float32)


def made(p: Floats, seed: int = 1, urges: dict[int, Floats] | None = None) -> list[Round]:
    return rounds(p, p.sum(axis=0), uniforms(seed, p.shape[1]), urges)


def counts(found: list[Round], moves: int, runs: int = RUNS) -> npt.NDArray[np.int64]:
    """How often each run made each move, (moves, runs)."""
    table = np.zeros((moves, runs), dtype=np.int64)
    for rows, idx in found:
        assert (np.diff(idx) > 0).all()  # each run once, in rising order
        table[rows, idx] += 1
    return table


@pytest.mark.parametrize("expected", [(0.05, 0.2), (0.8, 0.0, 1.7), (3e-4,)])
def test_each_kind_is_poisson_by_its_odds(expected: tuple[float, ...]) -> None:
    table = counts(made(of_rates(*expected)), 1 + len(expected))
    assert not table[0].any()
    for number, mean in zip(table[1:], expected, strict=True):
        error = np.sqrt(max(mean, 1e-9) / RUNS)
        assert abs(number.mean() - mean) <= 4 * error
        for k in range(3):
            share = stats.poisson.pmf(k, mean)
            assert abs((number == k).mean() - share) <= 4.5 * np.sqrt(share * (1 - share) / RUNS)


def test_kinds_are_independent_of_each_other() -> None:
    table = counts(made(of_rates(0.7, 0.4)), 3)
    assert abs(np.corrcoef(table[1], table[2])[0, 1]) < 4 / np.sqrt(RUNS)


def test_two_reviews_of_a_week_are_one_of_a_fortnight() -> None:
    weekly = sum(counts(made(of_rates(0.3, 0.1), seed), 3) for seed in (1, 2))
    fortnight = counts(made(of_rates(0.6, 0.2), 3), 3)
    for one, other in zip(weekly[1:], fortnight[1:], strict=True):
        table = [np.bincount(np.minimum(x, 3), minlength=4) for x in (one, other)]
        assert stats.chi2_contingency(np.array(table)).pvalue > 1e-4


def test_an_answer_is_given_once() -> None:
    """Of n · e^u expected moves the part that the urge adds brings one at most, in front."""
    base, urge = 0.1, np.float32(3.0)
    n = base * np.exp(urge)
    found = made(of_rates(0.3, n), urges={2: np.full(RUNS, urge)})
    number = counts(found, 3)[2]
    answered = -np.expm1(-(n - base))
    assert abs(number.mean() - (answered + base)) < 4 * np.sqrt(number.var() / RUNS)
    none = np.exp(-n)
    assert abs((number == 0).mean() - none) < 4 * np.sqrt(none * (1 - none) / RUNS)
    first = found[0]
    assert (first.rows == 2).mean() > 0.8  # an answer comes before other moves
    assert counts(made(of_rates(0.3, n)), 3)[2].mean() > 1.9  # without an urge they all come


def test_what_is_made_once_is_not_made_again() -> None:
    p = of_rates(1.5, 0.8, 0.6)
    free = counts(made(p), 4)
    bound = counts(rounds(p, p.sum(axis=0), uniforms(1), once=[1, 3]), 4)
    np.testing.assert_array_equal(bound, [free[0], free[1] > 0, free[2], free[3] > 0])


def test_no_urge_is_as_without_one() -> None:
    p = of_rates(0.5, 0.2)
    with_it = counts(made(p, urges={1: np.zeros(RUNS, np.float32)}), 3)
    np.testing.assert_array_equal(with_it, counts(made(p), 3))


@pytest.mark.parametrize("hold", [0.0, 1e-38])
def test_where_hold_has_no_chance_the_most_are_made(hold: float) -> None:
    p = np.array([[hold], [1.0], [0.0]], dtype=np.float32)
    found = made(np.repeat(p, 5, axis=1))
    assert len(found) == MOST
    assert all((rows == 1).all() and idx.size == 5 for rows, idx in found)


def test_where_nothing_has_a_chance_there_is_one_empty_round() -> None:
    (only,) = made(of_rates(0.0, 0.0, runs=7))
    assert only.rows.dtype == np.int8
    assert only.idx.size == 0


def test_moves_without_a_chance_are_never_made() -> None:
    rng = np.random.default_rng(5)
    p = rng.exponential(size=(9, 50_000)) ** 4
    p[:, rng.random(50_000) < 0.5] *= rng.random((9, 1)) < 0.5
    p[0] += 0.2
    p = (p / p.sum(axis=0)).astype(np.float32)
    ends = np.zeros((2, 50_000)), np.full((2, 50_000), 1 - 2.0**-24)
    for uniforms in (*ends, rng.random((2, 50_000))):
        for rows, idx in rounds(p, p.sum(axis=0), uniforms.astype(np.float32)):
            assert (p[rows, idx] > 0).all()
            assert (rows > 0).all()


def test_chances_of_a_review() -> None:
    p = of_rates(0.5, 0.0, 2.0, runs=2)
    np.testing.assert_allclose(expected_moves(p)[:, 0], [1, 0.5, 0, 2], rtol=1e-6)
    expected = [np.exp(-2.5), -np.expm1(-0.5), 0, -np.expm1(-2)]
    np.testing.assert_allclose(chances_of_review(p)[:, 0], expected, rtol=1e-5)


def test_which_rules_make_several_moves() -> None:
    marked = {name for name, built_in in RULES.items() if makes_several(built_in.rule)}
    assert marked == {"logit", "expected_utility"}
    assert makes_several(partial(partial(logit, rationality=0.5)))
    assert not makes_several(lambda view, parameters: logit(view, parameters))
    assert makes_several(several_moves(lambda view, parameters: logit(view, parameters)))


def eager(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """Two of each move that is available are expected at each review."""
    p = np.where(view.available, np.float32(2), np.float32(0))
    p[0] = 1
    return p / p.sum(axis=0)


def test_each_move_of_a_review_must_be_possible_by_its_turn() -> None:
    stage = set_stage({"actors.US.sanctions_stock": 1.0}, width=256, days=140)
    stage.review("US", several_moves(eager))
    least = []

    def stock() -> npt.NDArray[np.float32]:
        least.append(float(stage.worlds.stock[0].min()))
        return stage.worlds.stock[0]

    stage.watch(stock, Phase.TABLE)
    stage.play()
    assert len(least) == 20
    assert min(least) >= 0  # eased no further than there are rounds
    reported = {
        kind: stage.happenings.count(kind, 256, "US") for kind in stage.worlds.stage.move_names
    }
    made = stage.worlds.move_counts[0]
    for row, kind in enumerate(stage.worlds.stage.move_names):
        np.testing.assert_array_equal(made[row], reported[kind])
    assert reported["leave_new_start"].max() == 1
    assert reported["propose_talks"].max() + reported["propose_summit"].max() <= 20  # one a review
    assert reported["impose_sanctions"].mean() > 15  # and of others several a review
    assert not reported["accept_proposal"].any()  # nobody proposed


def test_the_days_of_the_log_have_them_all() -> None:
    """Moves of one review stand in the log one after the other, each with its own chance."""
    plan = Plan(shortened(load("us-russia-2021")), 1, 128, 2, width=128, log_all=True)
    result = simulate_chunk(plan, 0)
    rows = Counter(
        (entry.day, entry.actor, int(run))
        for entry in result.log
        for run in entry.runs
        if entry.probability is not None
    )
    several = [key for key, number in rows.items() if number > 1]
    assert len(several) > 64
    moves = sum(rows.values())
    assert moves == result.move_counts.sum()
    chances = np.concatenate([e.probability for e in result.log if e.probability is not None])
    assert ((chances > 0) & (chances <= 1)).all()
