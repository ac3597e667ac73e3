"""Every rule of the table keeps the contract, and does what its line in the table says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.errors import SimulationError, UnknownName
from relsim.rules import RULES, Rule, View, logit, memory_one, rule_named
from relsim.rules.contract import checked
from relsim.scenario.actors import RULE_NAMES
from tests.unit.rules.seen import (
    GIVE,
    HOLD,
    MEET,
    NOTE,
    PARAMETERS,
    PER_YEAR,
    REVIEWS,
    SCOLD,
    STRIKE,
    calm,
    random_view,
    routine,
    taken,
)

STRATEGIES = ("tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift", "grit")
FORMS: dict[str, Rule] = {name: entry.rule for name, entry in RULES.items()} | {
    f"{name}, {form}": partial(RULES[name].rule, **options)
    for name in STRATEGIES
    for form, options in {"pure": {"pure": True}, "erring": {"error": 0.1}}.items()
}
forms = pytest.mark.parametrize("rule", FORMS.values(), ids=FORMS)
seeds = pytest.mark.parametrize("seed", range(4))
Doubles = npt.NDArray[np.float64]


def of(name: str, view: View, **options: Any) -> Floats:
    """What a built-in rule returns."""
    p, _ = checked(RULES[name].rule(view, PARAMETERS, **options), view, name)
    return p


def mixed(p: Floats) -> tuple[float, float, float]:
    """Chances to hold, to do something hostile, something cooperative, in the first run."""
    return float(p[HOLD, 0]), float(p[SCOLD, 0] + p[STRIKE, 0]), float(p[GIVE, 0] + p[MEET, 0])


# The table.


def test_the_names_that_scenarios_know_are_the_table() -> None:
    assert tuple(RULES) == RULE_NAMES


@pytest.mark.parametrize("name", RULES)
def test_each_rule_has_its_name_a_line_and_a_source(name: str) -> None:
    entry = RULES[name]
    assert entry.rule.__name__ == name
    assert entry.does
    assert entry.source
    assert max(len(entry.does), len(entry.source)) < 90
    assert "\n" not in entry.does + entry.source
    assert entry.rule.__doc__


def test_a_rule_is_found_by_its_name() -> None:
    assert rule_named("grit") is RULES["grit"].rule
    with pytest.raises(UnknownName, match="'grti'"):
        rule_named("grti")


# The contract.


@forms
@seeds
def test_probabilities_keep_the_contract(rule: Rule, seed: int) -> None:
    view = random_view(seed)
    p = rule(view, PARAMETERS)
    assert p.dtype == np.float32
    assert p.shape == view.available.shape
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    assert not p[~view.available].any()
    np.testing.assert_allclose(p.sum(axis=0, dtype=np.float64), 1, atol=1e-5)
    np.testing.assert_array_equal(checked(p, view, "rule")[0], p)


@forms
@seeds
def test_a_run_depends_on_itself_alone(rule: Rule, seed: int) -> None:
    view = random_view(seed)
    some = np.array([5, 299, 5, 0, 17])
    alone = rule(taken(view, some), PARAMETERS)
    # To the rounding of a matrix product, whose order of sums hangs on the width.
    np.testing.assert_allclose(rule(view, PARAMETERS)[:, some], alone, rtol=1e-5, atol=1e-7)


@forms
def test_a_rule_leaves_no_trace_and_says_the_same_again(rule: Rule) -> None:
    view, parameters = random_view(1), {k: v.copy() for k, v in PARAMETERS.items()}
    first = rule(view, parameters)
    rule(random_view(2), parameters)
    np.random.seed(3)  # noqa: NPY002 - nobody may listen to it
    np.testing.assert_array_equal(rule(view, parameters), first)
    assert parameters == PARAMETERS


@forms
def test_names_of_countries_say_nothing(rule: Rule) -> None:
    view = random_view(1)
    renamed = replace(view, actor="C", opponent="D", moves=tuple("uvwxyz"))
    np.testing.assert_array_equal(rule(renamed, PARAMETERS), rule(view, PARAMETERS))


@forms
def test_nothing_but_hold_can_be_chosen_where_nothing_else_is_available(rule: Rule) -> None:
    available = np.zeros((6, 3), np.bool_)
    available[HOLD] = True
    script = ((0, GIVE),)
    view = calm(3, available=available, script=script, script_done=np.zeros((1, 3), np.bool_))
    np.testing.assert_array_equal(rule(view, PARAMETERS), available.astype(np.float32))


def looks_around(view: View, parameters: Mapping[str, Floats]) -> Floats:
    return memory_one(replace(view, own_last=view.own_last[::-1]), parameters, (1, 0, 0, 1))


def hears_names(view: View, parameters: Mapping[str, Floats]) -> Floats:
    return logit(view, parameters, 1 + view.moves.count("give"))


def forgets_masks(view: View, parameters: Mapping[str, Floats]) -> Floats:
    return logit(replace(view, available=np.ones_like(view.available)), parameters)


def test_rules_that_break_the_contract_are_seen() -> None:
    with pytest.raises(AssertionError):
        test_a_run_depends_on_itself_alone(looks_around, 0)
    with pytest.raises(AssertionError):
        test_names_of_countries_say_nothing(hears_names)
    with pytest.raises(AssertionError):
        test_probabilities_keep_the_contract(forgets_masks, 0)


def test_a_view_cannot_be_written_to() -> None:
    hostility = np.ones(1, np.float32)
    view = calm(hostility=hostility)

    def meddler(view: View) -> None:
        view.hostility[:] = 0

    with pytest.raises(ValueError, match="read-only"):
        meddler(view)


BREACHES: dict[str, tuple[object, str]] = {
    "a list": ([[1.0]], "must return an array of shape"),
    "turned": (np.zeros((2, 6), np.float32), r"of shape \(6, 2\) \(got \(2, 6\)\)"),
    "words": (np.full((6, 2), "x"), "must return numbers"),
    "complex": (np.full((6, 2), 1 / 6 + 0j), "must return numbers"),
    "not a number": (np.full((6, 2), np.nan, np.float32), "not finite"),
    "too much": (np.full((6, 2), 0.25, np.float32), "sum to 1.5"),
    "negative": (np.array([[1.5], [-0.5], [0], [0], [0], [0]]) * np.ones(2), "negative"),
    "unavailable": (np.eye(6)[:, [GIVE, HOLD]], "gave a chance to give, which is unavailable"),
}


@pytest.mark.parametrize(("returned", "said"), BREACHES.values(), ids=BREACHES)
def test_a_breach_names_rule_actor_and_week(returned: object, said: str) -> None:
    available = np.ones((6, 2), np.bool_)
    available[GIVE] = False
    with pytest.raises(SimulationError, match=f"rule 'own' of A in week 11: .*{said}"):
        checked(returned, calm(2, available=available), "own")


# Strategies of memory one, move by move.


WISHES = {  # to cooperate, given the own and the other's latest move
    "tit_for_tat": {(GIVE, GIVE): 1, (GIVE, SCOLD): 0, (SCOLD, GIVE): 1, (STRIKE, STRIKE): 0},
    "generous_tit_for_tat": {
        (GIVE, GIVE): 1, (MEET, STRIKE): 1 / 3, (SCOLD, MEET): 1, (STRIKE, SCOLD): 1 / 3,
    },
    "win_stay_lose_shift": {
        (GIVE, MEET): 1, (GIVE, SCOLD): 0, (STRIKE, GIVE): 0, (SCOLD, STRIKE): 1,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", WISHES)
def test_a_strategy_answers_what_stands(name: str) -> None:
    for (own, other), wish in WISHES[name].items():
        view = calm(own_last=own, last_of_opponent=other)
        assert mixed(of(name, view, pure=True)) == pytest.approx((0, 1 - wish, wish), abs=1e-6)
        erring = wish * 0.8 + 0.1
        p = of(name, view, pure=True, error=0.1)
        assert mixed(p) == pytest.approx((0, 1 - erring, erring), abs=1e-6)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_is_nice_before_anyone_has_moved(name: str) -> None:
    assert mixed(of(name, calm(), pure=True)) == pytest.approx((0, 0, 1), abs=1e-6)


def test_routine_sets_how_often_and_which() -> None:
    """Ten salient moves a year, whatever is meant; 1 to 3 among gifts, 4 to 2 among blows."""
    a_review = 10 / REVIEWS
    kind = of("tit_for_tat", calm(last_of_opponent=GIVE))
    assert kind[[GIVE, MEET], 0] == pytest.approx([a_review / 4, 3 * a_review / 4])
    harsh = of("tit_for_tat", calm(last_of_opponent=STRIKE))
    assert harsh[[SCOLD, STRIKE], 0] == pytest.approx([2 * a_review / 3, a_review / 3])
    assert kind[HOLD, 0] == harsh[HOLD, 0] == pytest.approx(1 - a_review)
    assert kind[NOTE, 0] == harsh[NOTE, 0] == 0


def test_what_cannot_be_done_now_is_not_missed_elsewhere() -> None:
    available = np.ones((6, 1), np.bool_)
    available[[GIVE, MEET]] = False
    p = of("generous_tit_for_tat", calm(available=available, last_of_opponent=STRIKE))
    blows = 6 / REVIEWS * 2 / 3  # the third that is forgiven finds nothing to do
    assert mixed(p) == pytest.approx((1 - blows, blows, 0))


def test_no_more_than_one_move_a_review() -> None:
    often = routine([100 * rate for rate in PER_YEAR])
    assert mixed(of("tit_for_tat", calm(routine=often))) == pytest.approx((0, 0, 1), abs=1e-6)


def test_the_order_of_chances() -> None:
    order = [(GIVE, GIVE), (GIVE, SCOLD), (SCOLD, GIVE), (STRIKE, STRIKE)]
    for place, (own, other) in enumerate(order):
        chances = [0.0] * 4
        chances[place] = 0.7
        view = calm(own_last=own, last_of_opponent=other)
        p = memory_one(view, {}, tuple(chances), pure=True)  # type: ignore[arg-type]
        assert mixed(p) == pytest.approx((0, 0.3, 0.7), abs=1e-6)


# GRIT.


def test_grit_makes_its_steps_and_then_waits() -> None:
    for done in range(4):
        assert mixed(of("grit", calm(unanswered=done), pure=True)) == (0, 0, 1)
    assert mixed(of("grit", calm(unanswered=4), pure=True)) == (1, 0, 0)
    assert mixed(of("grit", calm(unanswered=4), pure=True, steps=6)) == (0, 0, 1)


def test_grit_answers_a_hostile_move_once_and_goes_on() -> None:
    hit = {"last_of_opponent": STRIKE, "unanswered": 4}
    fresh = calm(**hit, last_day_of_opponent=60, own_last=GIVE, own_last_day=53)
    assert mixed(of("grit", fresh, pure=True)) == (0, 1, 0)
    # A move of the same day was no answer to it.
    crossed = calm(**hit, last_day_of_opponent=60, own_last=STRIKE, own_last_day=60)
    assert mixed(of("grit", crossed, pure=True)) == (0, 1, 0)
    answered = calm(**hit, last_day_of_opponent=60, own_last=STRIKE, own_last_day=67)
    assert mixed(of("grit", answered, pure=True)) == (1, 0, 0)
    assert mixed(of("grit", replace(answered, unanswered=np.zeros(1, np.int16)), pure=True))[2] == 1


# Scripts.


def chosen(view: View) -> list[int]:
    p = of("scripted", view)
    assert (p.max(axis=0) == 1).all()
    return [int(row) for row in p.argmax(axis=0)]


def test_a_script_is_made_by_date_one_move_a_review() -> None:
    script = ((60, STRIKE), (63, GIVE), (63, SCOLD), (71, MEET))
    done = np.array([[0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0] * 5], np.bool_)
    view = calm(5, script=script, script_done=done)
    assert chosen(view) == [STRIKE, GIVE, SCOLD, HOLD, STRIKE]
    assert chosen(replace(view, day=71)) == [STRIKE, GIVE, SCOLD, MEET, STRIKE]
    assert chosen(replace(view, day=59)) == [HOLD] * 5


def test_what_must_wait_keeps_nothing_else_waiting() -> None:
    available = np.ones((6, 2), np.bool_)
    available[STRIKE, 0] = False
    script, done = ((60, STRIKE), (63, GIVE)), np.zeros((2, 2), np.bool_)
    assert chosen(calm(2, available=available, script=script, script_done=done)) == [GIVE, STRIKE]


# Expected utility.


@seeds
def test_expected_utility_is_logit_on_the_priors(seed: int) -> None:
    view = random_view(seed)
    drivers = view.drivers.copy()
    drivers[0] += 3.0 * (np.float32(0.4) - view.pressure_works)  # stake × (prior - belief)
    drivers[1] += 2.0 * (np.float32(0.3) - view.trust)
    expected = logit(replace(view, drivers=drivers), PARAMETERS)
    np.testing.assert_allclose(of("expected_utility", view), expected, rtol=1e-4, atol=1e-7)
    assert not np.allclose(of("logit", view), expected, atol=0.01)


def test_expected_utility_follows_what_is_felt_of_the_belief() -> None:
    view = random_view(0)
    unfelt = dict(PARAMETERS) | {"belief_felt": np.zeros((), np.float32)}
    trusting = replace(view, trust=np.full(300, 0.3, np.float32))
    p = RULES["expected_utility"].rule(trusting, unfelt)
    np.testing.assert_allclose(p, of("logit", view), rtol=1e-4, atol=1e-7)


def test_expected_utility_tends_to_the_best_reply() -> None:
    view = random_view(1)
    p = of("expected_utility", view, rationality=1e4)
    drivers = view.drivers.astype(np.float64)
    drivers[0] += 3.0 * (0.4 - view.pressure_works)
    drivers[1] += 2.0 * (0.3 - view.trust)
    worth: Doubles = view.expresses @ drivers
    worth[STRIKE] += view.urges[STRIKE]
    able = view.available & np.isfinite(view.routine)
    worth[~able] = -np.inf
    clear = np.sort(worth, axis=0)[-1] - np.sort(worth, axis=0)[-2] > 0.01
    assert clear.sum() > 200
    np.testing.assert_array_equal(p.argmax(axis=0)[clear], worth.argmax(axis=0)[clear])
    assert p.max(axis=0)[clear].min() > 0.999
