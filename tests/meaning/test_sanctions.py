"""What sanctions do and do not do: provoke, hurt little, lean on allies, push others together."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from relsim.scenario.schema import Scenario, load
from tests.meaning.measuring import (
    MOST,
    Doubles,
    SimulatedRuns,
    Tally,
    baseline,
    by_draw,
    moves_of_kind,
    rates,
    share,
    simulated,
    standard_error,
    times,
    usual,
    with_calendar,
)
from tests.properties.comparing import shortened

FORCED_ON = date(2021, 10, 6)
HALF_A_YEAR = 182
AFTER_KNOWN = 77
ENOUGH_FOR_CHANCES = 32  # runs a draw: expected counts hold little noise
CONCESSIONS = ("ease_sanctions", "release_prisoners")


# The vicious cycle (C09).


@cache
def russia(unmoved: bool) -> Scenario:
    """Until after the half year: the baseline, or a Russia that neither retaliates nor answers."""
    answers = [f"moves.{n}.answered.RU" for n, move in baseline().moves.items() if move.answered]
    scenario = (
        baseline().vary(times(0, "actors.RU.negative_reciprocity", *answers))
        if unmoved
        else baseline()
    )
    return shortened(scenario, "2022-04-30")  # the half year ends on 6 April


@cache
def strong_moves_without(unmoved: bool) -> Doubles:
    """Strong Russian moves to expect in the half year, in each run, if nothing is forced."""
    return strong_moves(russia(unmoved))


def strong_moves(scenario: Scenario) -> Doubles:
    first = (FORCED_ON - scenario.horizon.start).days
    tally = Tally(first, first + HALF_A_YEAR)
    simulated(scenario=scenario, rules={"RU": tally}, runs_a_draw=ENOUGH_FOR_CHANCES)
    return tally.of(*moves_of_kind(scenario, "strong_hostile"))


def provoked(move: str, *, unmoved: bool = False) -> Doubles:
    """Strong Russian moves that a US move brings within half a year, in each draw."""
    forced = with_calendar(russia(unmoved), {"date": FORCED_ON, "actor": "US", "move": move})
    return by_draw(strong_moves(forced) - strong_moves_without(unmoved))


def test_a_round_provokes_strong_russian_moves() -> None:
    more = provoked("impose_sanctions")
    assert share(more > 0.05) >= MOST
    assert 0.08 < more.mean() < 0.30


@pytest.mark.slow
def test_without_retaliation_and_debts_a_round_provokes_nothing() -> None:
    assert abs(provoked("impose_sanctions", unmoved=True).mean()) < 0.03


@pytest.mark.slow
def test_a_gesture_provokes_nothing() -> None:
    assert provoked("goodwill_gesture").mean() < 0.01


# Equal footing (C19, C24): hardship moves Russian concessions little, unless relief weighs.


def concessions_under_triple_hardship(relief: float | None) -> Doubles:
    """Relative change of expected Russian concessions in each draw."""
    changes = {} if relief is None else {"actors.RU.relief": relief}
    means = []
    for hardship in ({}, times(3, "actors.RU.exposure")):
        tally = Tally(AFTER_KNOWN)
        simulated(changes | hardship, rules={"RU": tally}, runs_a_draw=ENOUGH_FOR_CHANCES)
        means.append(by_draw(tally.of(*CONCESSIONS)))
    return means[1] / means[0] - 1


@pytest.mark.slow
def test_hardship_hardly_moves_russia() -> None:
    change = concessions_under_triple_hardship(relief=None)
    assert share(abs(change) < 0.10) >= MOST
    assert abs(change.mean()) < 0.10


@pytest.mark.slow
def test_hardship_would_move_a_russia_that_felt_it() -> None:
    change = concessions_under_triple_hardship(relief=1.0)
    assert share(change > 0.50) >= MOST


# Allied support (C25).


def at_end(result: SimulatedRuns, name: str) -> Doubles:
    """Mean of a weekly series over the last year, in each draw."""
    return by_draw(result.series[name][-52:].mean(axis=0))


@pytest.mark.slow
def test_lost_allied_support_lowers_hardship_by_its_share() -> None:
    lost = simulated(scenario=load("us-russia-2021-allied-support-lost"), kept_a_draw=16)
    hardship = at_end(lost, "hardship.RU") / at_end(usual(), "hardship.RU")
    support = at_end(lost, "third_party.europe") / at_end(usual(), "third_party.europe")
    assert support.mean() < 0.3
    assert share(abs(hardship - support) < 0.10) >= MOST
    for outcome in ("detente", "late_detente", "signs_of_detente"):
        change = lost.happened(outcome) - usual().happened(outcome)
        assert share(abs(by_draw(change)) < 0.05) >= MOST
        assert abs(change.mean()) < 0.05 * usual().happened(outcome).mean() + standard_error(change)


# Backfire (C28).


def bite(result: SimulatedRuns) -> Doubles:
    """Hardship a US round that bites, at the end, in each draw."""
    return at_end(result, "hardship.RU") / at_end(result, "stock.US")


@pytest.mark.slow
def test_more_rounds_push_russia_and_china_together() -> None:
    more = times(2, *rates(["impose_sanctions"], "US"))
    pressed = simulated(more, kept_a_draw=16)
    aligned = at_end(pressed, "third_party.china"), at_end(usual(), "third_party.china")
    assert share(aligned[0] > aligned[1]) >= MOST
    assert share(bite(pressed) < bite(usual())) >= MOST
    # Part of it is saturation; without alignment's answer to rounds the rest is gone.
    deaf = {"third_parties.china.pull": 0}
    apart, apart_pressed = (simulated(deaf | c, kept_a_draw=16) for c in ({}, more))
    level = at_end(apart, "third_party.china")
    assert at_end(apart_pressed, "third_party.china") == pytest.approx(level)
    with_answer = bite(pressed) / bite(usual())
    assert share(with_answer < bite(apart_pressed) / bite(apart)) >= MOST


@pytest.mark.slow
def test_a_placebo_of_the_same_size_changes_no_bite() -> None:
    more = simulated(times(2, *rates(["criticize"], "US")), kept_a_draw=16)
    assert abs((bite(more) / bite(usual())).mean() - 1) < 0.05


@pytest.mark.slow
def test_more_pressure_does_not_buy_detente() -> None:
    """The analyst's variant of maximum pressure: less détente, not more."""
    pressed = simulated(scenario=load("us-russia-2021-maximum-pressure"))
    fall = usual().happened("detente") - pressed.happened("detente")
    assert fall.mean() > 3 * standard_error(fall)
    assert share(by_draw(fall) >= 0) >= MOST
