"""Reference forecasters against scores by hand, against loops, and on simulated histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import log

import numpy as np
import pytest

from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.history.event_counts import COOPERATIVE as COOPERATIVE_EVENT
from relsim.history.event_counts import class_of
from relsim.history.events import BOTH, COLLISION, Event, packaged_record
from relsim.history.log_scores import compare_scores
from relsim.history.one_step import (
    BOUNDS,
    CLASSES,
    COOPERATIVE,
    COOPERATIVE_CLASSES,
    HALF_LIFE,
    HALF_LIVES,
    PRIOR_DAYS,
    PRIOR_MOVES,
    SAMES,
    ActorMoves,
    Excitation,
    actor_moves,
    fit_excitation,
    merged_class,
    opponent_scores,
    past_rates,
    step_scores,
)
from relsim.scenario.schema import load

START = date(1993, 1, 1)
KNOWN_UNTIL = date(2021, 4, 6)
NAMES = list(CLASSES)
SIDES = ("US", "RU")

Row = tuple[int, int, int]  # day, actor, class


def moves_of(rows: Sequence[Row], days: int) -> ActorMoves:
    day, actor, kind = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3).T
    return ActorMoves(day, actor, kind, SIDES, START, days)


def event(day: int, actor: str, move: str, kind: str = "recorded") -> Event:
    target = BOTH if actor == BOTH else "europe" if move == COLLISION else "US"
    if actor == "US":
        target = "RU"
    return Event.model_validate({
        "date": START + timedelta(days=day), "actor": actor, "target": target, "move": move,
        "what": "w", "source": "s", "confidence": 0.9, "kind": kind,
    })  # fmt: skip


# Classes of moves.


def matches(move: str) -> list[str]:
    """The classes that name a move, or else those that hold a beginning of it; by a loop."""
    exact = [name for name, moves in CLASSES.items() if move in moves]
    begun = [
        name
        for name, moves in CLASSES.items()
        if any(m.endswith("_") and move.startswith(m) for m in moves)
    ]
    return exact or begun


def moves_of_scenario(name: str) -> set[str]:
    moves = load(name).moves
    return {move for move, spec in moves.items() if not spec.joint and move != "hold"}


@pytest.mark.parametrize("source", ["record", "us-russia-1993", "us-russia-2021-prior"])
def test_each_move_belongs_to_exactly_one_class(source: str) -> None:
    moves = moves_of_scenario(source) if source != "record" else {
        e.move for e in packaged_record() if not e.joint and e.move != COLLISION
    }  # fmt: skip
    assert len(moves) > 15
    assert [move for move in moves if matches(move) != [merged_class(move)]] == []


def test_each_class_is_of_one_kind_and_has_a_move() -> None:
    """What is cooperative here is so elsewhere, and no class is empty."""
    moves = moves_of_scenario("us-russia-1993")
    assert {merged_class(move) for move in moves} == set(CLASSES)
    for move in moves:
        warm = class_of(event(0, "US", move)) == COOPERATIVE_EVENT
        assert warm == (merged_class(move) in COOPERATIVE_CLASSES), move


@pytest.mark.parametrize("move", ["summit", "agreement", "hold", COLLISION, "sing"])
def test_what_is_no_move_of_one_actor_has_no_class(move: str) -> None:
    with pytest.raises(UsageError, match=f"unknown move '{move}'; known: criticize, .*no merged"):
        merged_class(move)


# Which events are scored.


def test_recorded_moves_of_one_actor_are_scored() -> None:
    events = [
        event(13, "RU", "leave_inf"),
        event(0, "US", "threaten"),
        event(1, BOTH, "summit"),
        event(2, "RU", COLLISION),
        event(3, "RU", "propose_summit", "implied"),
        event(4, "RU", "propose_summit"),
        event(14, "RU", "threaten"),
        event(-1, "RU", "threaten"),
    ]
    moves = actor_moves(events, START, START + timedelta(days=19))
    assert moves.days == 14
    found = zip(moves.day, moves.actor, (NAMES[k] for k in moves.kind), strict=True)
    assert list(found) == [(0, 0, "words"), (4, 1, "proposals"), (13, 1, "relations")]
    assert moves.counts.sum() == 3
    assert moves.counts[4, 1, NAMES.index("proposals")] == 1


def test_each_move_of_the_record_is_scored_or_left_out_for_a_reason() -> None:
    record = packaged_record()
    moves = actor_moves(record, START, KNOWN_UNTIL)
    left_out = [e for e in record if e.joint or e.move == COLLISION or e.kind == "implied"]
    assert moves.day.size == len(record) - len(left_out) == 176
    assert moves.counts.max() == 1  # a move of a class a day at most, as the docstring says
    last = START + timedelta(days=moves.days - 1)
    assert KNOWN_UNTIL - timedelta(days=7) < last <= KNOWN_UNTIL


def test_what_cannot_be_scored_is_said() -> None:
    with pytest.raises(UsageError, match="from 1993-01-01 to 1993-01-06 there is no whole week"):
        actor_moves([], START, date(1993, 1, 6))
    with pytest.raises(UsageError, match=r"1993-01-01: unknown actor 'RU'; known: US, China"):
        actor_moves([event(0, "RU", "threaten")], START, KNOWN_UNTIL, ("US", "China"))
    with pytest.raises(UsageError, match="no move in the 14 days from 1993-01-01 on"):
        fit_excitation(moves_of([], 14), past_rates(moves_of([], 14)))
    with pytest.raises(UsageError, match="no term has a week from 1993-01-01 to 1993-01-14"):
        opponent_scores(moves_of([(0, 0, 0)], 14))
    later, early = START + timedelta(days=70), START + timedelta(days=35)
    for terms in ((later, early), (START, later)):
        with pytest.raises(UsageError, match="terms must begin after 1993-01-01, in rising order"):
            opponent_scores(random_moves(1, 20, 140), terms)
    with pytest.raises(UsageError, match="no move in the 35 days from 1993-01-01 on"):
        opponent_scores(moves_of([(90, 0, 0)], 140), (early, later))


# Rates and scores by hand.


def test_rates_of_all_history_by_hand() -> None:
    assert (PRIOR_MOVES, PRIOR_DAYS, len(CLASSES)) == (0.5, 91, 9)
    rates = past_rates(moves_of([(0, 0, 1), (2, 0, 1), (2, 0, 4), (2, 1, 8)], 7))
    # All moves over all days, times the share of the class: of nine equal ones, at first.
    first = [0.5 / 91 / 9, 1.5 / 92 * 1.5 / 5.5, 1.5 / 93 * 1.5 / 5.5]
    assert rates[:5, 0, 1].tolist() == pytest.approx(
        [*first, 3.5 / 94 * 2.5 / 7.5, 3.5 / 95 * 2.5 / 7.5], rel=1e-14
    )
    assert rates[3, 1, 8] == pytest.approx(1.5 / 94 * 1.5 / 5.5, rel=1e-14)
    assert rates[6, 1, 0] == pytest.approx(1.5 / 97 * 0.5 / 5.5, rel=1e-14)


def test_rates_that_fade_by_hand() -> None:
    """With a half-life of one day, days before count 1/2, 1/4, 1/8 ..., and so do their moves."""
    rates = past_rates(moves_of([(0, 0, 1), (2, 0, 1)], 7), half_life=1)
    assert rates[:4, 0, 1].tolist() == pytest.approx(
        [
            0.5 / 91 / 9,
            1 / 91.5 * 1 / 5,
            0.75 / 91.75 * 0.75 / 4.75,
            1.125 / 91.875 * 1.125 / 5.125,
        ],
        rel=1e-14,
    )


def test_what_lies_one_half_life_back_counts_half() -> None:
    rates = past_rates(moves_of([(0, 0, 1)], 1470), HALF_LIFE)
    length = sum(0.5 ** (age / HALF_LIFE) for age in range(1, 1462))
    assert rates[1461, 0, 1] == pytest.approx(1 / (PRIOR_DAYS + length) * 1 / 5, rel=1e-10)


def test_a_score_by_hand() -> None:
    """Two actors, two weeks, constant rates; each class of each actor at .01 a day."""
    rates = np.full((14, 2, 9), 0.01)
    scores = step_scores(moves_of([(0, 0, 1), (6, 0, 2), (7, 1, 8)], 14), rates)
    quiet = -7 * 9 * 0.01
    expected = [[quiet + 2 * log(0.01), quiet], [quiet, quiet + log(0.01)]]
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


def test_excitation_by_hand() -> None:
    """One hostile move of the first actor; half-lives of one day, so 1/2, 1/4, 1/8 ... of it."""
    rates = np.full((14, 2, 9), 0.01)
    moves = moves_of([(5, 0, 1), (7, 0, 1), (8, 1, 0), (8, 1, 8)], 14)
    scores = step_scores(moves, rates, Excitation(0.5, 0.4, 0.2, 1, 1, 0.75))
    # Of the first move, day 6 alone is in the first week: half of what it brings about.
    assert scores[0, 0] == pytest.approx(log(0.005) - 7 * 0.045 - 0.4 / 2, rel=1e-12)
    assert scores[0, 1] == pytest.approx(-7 * 0.045 - 0.2 / 2, rel=1e-12)
    # On day 7 a quarter of it is due: 3/4 in its own class, 1/4 spread over six hostile classes.
    again = log(0.005 + 0.4 / 4 * (0.75 + 0.25 / 6))
    brought = 0.4 * (1 / 2 - 1 / 2**8) + 0.4 * (1 - 1 / 2**6) + 2 * 0.2 * (1 - 1 / 2**5)
    assert scores[1, 0] == pytest.approx(again - 7 * 0.045 - brought, rel=1e-12)
    # On day 8 the other answers in words, a class of none of the moves; a gesture is unmoved by it.
    answer = log(0.005 + 0.2 * (1 / 8 + 1 / 2) * 0.25 / 6)
    brought = 0.2 * (1 / 2 - 1 / 2**8) + 0.2 * (1 - 1 / 2**6) + 2 * 0.4 * (1 - 1 / 2**5)
    assert scores[1, 1] == pytest.approx(answer + log(0.005) - 7 * 0.045 - brought, rel=1e-12)


def slow_rates(moves: ActorMoves, routine: Doubles, excitation: Excitation) -> Doubles:
    """Rates of all days, actors and classes, move by move and day by day."""
    rates = excitation.background * routine
    for cause, by, kind in zip(moves.day, moves.actor, moves.kind, strict=True):
        like = COOPERATIVE[kind] == COOPERATIVE
        for day in range(cause + 1, moves.days):
            for actor in range(2):
                own = actor == by
                half_life = excitation.own_half_life if own else excitation.other_half_life
                kept = 0.5 ** (1 / half_life)
                due = (excitation.own if own else excitation.other) * (1 - kept)
                due *= kept ** (day - cause - 1)
                share = routine[day, actor] * like / routine[day, actor][like].sum()
                rates[day, actor] += due * (1 - excitation.same) * share
                rates[day, actor, kind] += due * excitation.same
    return rates


def slow_scores(moves: ActorMoves, rates: Doubles) -> Doubles:
    daily = moves.counts * np.log(rates) - rates
    scores: Doubles = daily.reshape(-1, 7, 2, 9).sum(axis=(1, 3))
    return scores


def random_moves(seed: int, number: int, days: int) -> ActorMoves:
    rng = np.random.default_rng(seed)
    rows = zip(*(rng.integers(0, most, number).tolist() for most in (days, 2, 9)), strict=True)
    return moves_of(list(rows), days)


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_a_loop_over_days_and_classes(seed: int) -> None:
    moves = random_moves(seed, 12, 70)
    routine = past_rates(moves, 100.0)
    excitation = Excitation(0.6, 0.4, 0.3, 3.0, 30.0, 0.25 * seed)
    slow = slow_scores(moves, slow_rates(moves, routine, excitation))
    np.testing.assert_allclose(step_scores(moves, routine, excitation), slow, rtol=1e-10)
    np.testing.assert_allclose(step_scores(moves, routine), slow_scores(moves, routine), rtol=1e-10)


def test_the_fit_is_the_best_of_what_is_near() -> None:
    moves = actor_moves(packaged_record(), START, date(2001, 1, 19))
    rates = past_rates(moves, HALF_LIFE)
    best = fit_excitation(moves, rates)
    top = step_scores(moves, rates, best).sum()
    assert top > step_scores(moves, rates).sum()
    rng = np.random.default_rng(4)
    for _ in range(300):
        low, high = np.array(BOUNDS).T
        near = np.clip(best.weights + rng.normal(scale=0.1, size=3), low, high)
        background, own, other = near.tolist()
        shape = replace(
            best,
            own_half_life=float(rng.choice(HALF_LIVES)),
            other_half_life=float(rng.choice(HALF_LIVES)),
            same=float(rng.choice(SAMES)),
        )
        for one in (best, shape):
            tried = replace(one, background=background, own=own, other=other)
            assert step_scores(moves, rates, tried).sum() <= top + 1e-6


# Nothing of the day itself or later sets a rate.


def test_a_planted_move_changes_no_earlier_score() -> None:
    terms = (START + timedelta(days=364), START + timedelta(days=728))
    moves = random_moves(8, 60, 1092)
    before = opponent_scores(moves, terms)
    # Once in the second term, and once on the very day on which the second term begins.
    for day in (900, 728):
        rows = list(zip(moves.day.tolist(), moves.actor.tolist(), moves.kind.tolist(), strict=True))
        planted = moves_of([*rows, (day, 0, 1)], 1092)
        after = opponent_scores(planted, terms)
        week = (day - 364) // 7
        for name, one in after.items():
            assert one.first_week == before[name].first_week
            assert (one.log_score[:week] == before[name].log_score[:week]).all(), name
            assert (one.log_score[week] != before[name].log_score[week]).any(), name
            later = one.log_score[week + 1 :], before[name].log_score[week + 1 :]
            assert (later[0][:, 0] != later[1][:, 0]).all(), name


def test_a_day_has_no_influence_on_its_own_rates() -> None:
    with_it, without = moves_of([(3, 0, 1), (9, 0, 1)], 14), moves_of([(9, 0, 1)], 14)
    for half_life in (np.inf, 20.0):
        rates, others = past_rates(with_it, half_life), past_rates(without, half_life)
        assert (rates[:4] == others[:4]).all()
        assert rates[4, 0, 1] > others[4, 0, 1]
    # Two moves of one day do not excite each other.
    flat = np.full((7, 2, 9), 0.01)
    pair = moves_of([(3, 0, 1), (3, 1, 1)], 7)
    excited = step_scores(pair, flat, Excitation(1.0, 0.5, 0.5, 10, 10, 1.0))
    assert (excited < step_scores(pair, flat)).all()


def test_each_term_is_fitted_to_what_was_before_it() -> None:
    terms = (START + timedelta(days=365), START + timedelta(days=730))
    moves = random_moves(9, 80, 1092)
    found = opponent_scores(moves, terms)["EW4 with excitation"]
    rates = past_rates(moves, HALF_LIFE)
    assert found.first_week == START + timedelta(days=371)  # the first week that begins in it
    for first, last in ((53, 105), (105, 156)):
        fitted = fit_excitation(moves.before(first * 7), rates)
        expected = step_scores(moves, rates, fitted)[first:last]
        np.testing.assert_allclose(found.log_score[first - 53 : last - 53], expected, rtol=1e-9)


# Who wins on which history.


def simulated(routine: Doubles, excitation: Excitation, seed: int) -> ActorMoves:
    """A history of two actors with constant routine rates (actors, classes), day by day."""
    rng = np.random.default_rng(seed)
    days, rows, due = 7 * 52 * 12, [], np.zeros((2, 9))
    kept = 0.5 ** (1 / excitation.own_half_life)
    for day in range(days):
        happened = rng.poisson(excitation.background * routine + due * (1 - kept))
        due *= kept
        for actor, kind in np.argwhere(happened):
            rows += [(day, int(actor), int(kind))] * int(happened[actor, kind])
        due += excitation.own * happened + excitation.other * happened[::-1]
    return moves_of(rows, days)


TERMS = tuple(START + timedelta(days=7 * 52 * years) for years in (4, 8))
ROUTINE = np.geomspace(0.0005, 0.02, 9)[[range(9), range(8, -1, -1)]]
ALL = (START, START + timedelta(days=7 * 52 * 12 - 1))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.default_cases(1)
def test_excitation_wins_where_moves_bring_about_moves(seed: int) -> None:
    truth = Excitation(0.5, 0.3, 0.3, 10.0, 10.0, 1.0)
    moves = simulated(ROUTINE, truth, seed)
    base, fading, excited = compare_scores(opponent_scores(moves, TERMS), TERMS[0], ALL[1])
    assert excited.gain > 3 * excited.error > 0
    assert excited.nats > fading.nats + 20
    fitted = fit_excitation(moves, past_rates(moves, HALF_LIFE))
    assert (fitted.own, fitted.other) == (pytest.approx(0.3, abs=0.1), pytest.approx(0.3, abs=0.1))
    assert fitted.own_half_life == 10.0
    assert fitted.same >= 0.75
    assert base.gain == 0


@pytest.mark.slow
def test_the_base_rate_wins_where_nothing_changes() -> None:
    gains = np.zeros(3)
    for seed in (1, 2, 3):
        moves = simulated(ROUTINE, Excitation(), seed)
        rows = compare_scores(opponent_scores(moves, TERMS), TERMS[0], ALL[1])
        gains += [row.gain for row in rows]
    base, fading, excited = gains
    assert base == 0
    assert fading < -5
    assert excited < -5


def test_rates_that_do_not_change_are_learned_without_bias() -> None:
    """Also where days are forgotten, all moves together are as many as expected."""
    moves = simulated(ROUTINE, Excitation(), 6)
    for half_life in (np.inf, HALF_LIFE):
        expected = past_rates(moves, half_life)[moves.days // 4 :].sum()
        assert expected == pytest.approx(ROUTINE.sum() * moves.days * 3 / 4, rel=0.1)


def test_forgetting_wins_where_rates_change() -> None:
    moves = simulated(ROUTINE, Excitation(), 4)
    late = moves.day > moves.days // 2
    turned = moves_of(
        list(zip(moves.day.tolist(), moves.actor.tolist(),
                 np.where(late, 8 - moves.kind, moves.kind).tolist(), strict=True)),
        moves.days,
    )  # fmt: skip
    _, fading, _ = compare_scores(opponent_scores(turned, TERMS), TERMS[1], ALL[1])
    assert fading.gain > 3 * fading.error > 0


# The packaged record.


def test_the_record_has_memory() -> None:
    moves = actor_moves(packaged_record(), START, KNOWN_UNTIL)
    scores = opponent_scores(moves)
    assert scores["EW4"].first_week == date(1997, 1, 24)
    rows = compare_scores(scores, date(1997, 1, 20), KNOWN_UNTIL)
    assert [row.name for row in rows] == ["base rate", "EW4", "EW4 with excitation"]
    assert rows[0].weeks == 1262
    slow = slow_scores(moves, past_rates(moves))[-1262:].sum()
    assert rows[0].nats == pytest.approx(slow, rel=1e-12)
    assert rows[0].nats < rows[1].nats < rows[2].nats
