"""The nested filter against exact likelihoods, and what coding intensity does to them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from relsim import Scenario, load
from relsim.array_types import Doubles
from relsim.inference.calibrate.record_likelihood import (
    Filtered,
    Observation,
    Record,
    agreed_proposals,
    filter_record,
    systematic,
)
from relsim.processes.recorded import Recorded, typical_days
from relsim.runs.driven import drive
from relsim.worlds.randomness.streams import Succession
from relsim.worlds.stage import stage_of
from tests.unit.short_scenario import of_some_weeks

CERTAIN = """\
schema: relsim/1
extends: us-russia-2021
name: certain
horizon: {known_until: 2021-01-20, count_from: 2021-01-21}
calendar: []
regions: null
actors:
  US: {review_every: 1 day, first_review: 0, audience: 0, openings_value: 0}
  RU: {review_every: 1 day, first_review: 0, audience: 0, openings_value: 0}
moves:
  propose_talks: {rate: {US: 0 per year, RU: 0 per year}}
  propose_summit: {rate: {US: 0 per year, RU: 0 per year}}
"""
EXACTLY = Observation(unmodelled=0.0)
MOVES = (
    Recorded(9, "impose_sanctions", "US"),
    Recorded(12, "expel_diplomats", "RU", 3),
    Recorded(12, "criticize", "RU"),
    Recorded(80, "threaten", "US"),
    Recorded(120, "goodwill_gesture", "RU"),
)
LAST, END = 139, date(2021, 6, 11)
ASKED = Recorded(10, "propose_summit", "RU", implied=True)
AGREED = (ASKED, Recorded(20, "accept_proposal", "US", implied=True))


def medians(scenario: Scenario, **others: object) -> Scenario:
    """The scenario with every parameter at its median, so that draws do not differ."""
    uncertain = {p: v for p, v in scenario.parameters().items() if v.constant is None}
    half = np.array([0.5])
    points = {p: float(v.distribution.quantile(half)[0]) for p, v in uncertain.items()}
    written = {p: f"{points[p]!r}" for p in uncertain}
    return scenario.vary(written).vary(others)


@pytest.fixture(scope="module")
def certain(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file = tmp_path_factory.mktemp("filter") / "certain.yaml"
    file.write_text(CERTAIN, "utf-8")
    return medians(of_some_weeks(load(file), END))


def weighed(
    scenario: Scenario,
    intensity: Doubles,
    runs: int = 2,
    seed: int = 1,
    observation: Observation = EXACTLY,
    moves: tuple[Recorded, ...] = MOVES,
    states: int = 1,
    last: int = LAST,
    **of_record: object,
) -> Filtered:
    record = Record(moves, 0, last, **of_record)  # type: ignore[arg-type]
    return filter_record(scenario, record, observation, {}, intensity, runs, seed, states)


def test_nothing_hidden_the_likelihood_is_exact(certain: Scenario) -> None:
    """Against what `drive` finds day by day: the odds of each move, the chance of none."""
    start = certain.horizon.start
    record = [(start + timedelta(days=m.day), m.actor, m.move, m.size, None) for m in MOVES]
    until = start + timedelta(days=LAST)
    driven = drive(certain, record, until=until, runs=64, draws=64)
    exact = np.log(driven.odds).sum(axis=0) + driven.log_none.sum(axis=(0, 1))
    assert exact.std() < 1e-4
    found = weighed(certain, np.zeros((1, 3)))
    # Each piece of a quiet week is looked at once, in its middle.
    np.testing.assert_allclose(found.log_likelihood, exact[0], atol=0.02)
    assert abs(exact[0]) > 10
    np.testing.assert_allclose(found.weekly.sum(axis=0), found.log_likelihood)


def test_a_planted_delay_changes_it(certain: Scenario) -> None:
    """An answer on the day is likelier than one three months late."""
    late = (*MOVES[:1], *MOVES[3:4], Recorded(104, "expel_diplomats", "RU", 3), *MOVES[4:])
    prompt = (*MOVES[:2], *MOVES[3:])
    rows = np.zeros((1, 1))
    found = [weighed(certain, rows, moves=moves).log_likelihood[0] for moves in (prompt, late)]
    assert found[0] > found[1] + 0.2


def alone(scenario: Scenario, moves: tuple[Recorded, ...], **of_filter: object) -> float:
    """The log-likelihood of a few moves, in which little that is not modelled helps."""
    little = Observation(unmodelled=1e-4)
    rates = {f"moves.propose_{what}.rate.{who}": 0.5 for what in ("talks", "summit")
             for who in ("US", "RU")}  # fmt: skip
    found = weighed(
        scenario.vary(rates), np.zeros((1, 1)), observation=little, moves=moves, **of_filter
    )  # type: ignore[arg-type]
    return float(found.log_likelihood[0])


def test_an_answer_that_is_sure_costs_nothing_on_the_next_day(certain: Scenario) -> None:
    """A debt of many expected answers a day brings one: its chance goes to 1, and no further."""
    moves = (Recorded(9, "expel_diplomats", "US", 3), Recorded(10, "expel_diplomats", "RU", 3))
    answered = "moves.expel_diplomats.answered.RU"
    unlikely, sure, surer = (
        alone(certain.vary({answered: kappa}), moves) for kappa in (2.0, 9.0, 11.0)
    )
    assert sure > unlikely + 2
    assert surer == pytest.approx(sure, abs=0.05)


def test_rates_beyond_all_measure_leave_numbers(certain: Scenario) -> None:
    moves = (
        Recorded(9, "expel_diplomats", "US", 3), Recorded(10, "expel_diplomats", "RU", 3),
        *AGREED, Recorded(120, "propose_talks", "RU"), Recorded(122, "reject_proposal", "US"),
    )  # fmt: skip
    wild = certain.vary(
        {"moves.expel_diplomats.answered.RU": 60, "actors.RU.gain": 40, "actors.US.gain": 40}
    )
    assert np.isfinite(alone(wild, moves))


def test_intensities_beyond_all_measure_leave_numbers(certain: Scenario) -> None:
    """Moves far from the draws may propose them; they are to be unlikely, and no warning."""
    found = weighed(certain, np.array([[-1e6, 0.0, 1e6]])).log_likelihood
    assert np.isfinite(found).all()
    assert found[1] > found[0] + 50
    assert found[1] > found[2] + 50


def test_the_chance_of_an_answer_on_some_day_is_one(certain: Scenario) -> None:
    """Summed over the days on which the answer may come, and that it does not come at all."""
    first = Recorded(7, "expel_diplomats", "US", 3)
    brief = of_some_weeks(certain, date(2021, 2, 6))
    answering = brief.vary({"moves.expel_diplomats.answered.RU": 6.5})
    days = range(8, 14)
    records = [(first, Recorded(day, "expel_diplomats", "RU", 3)) for day in days]
    logs = [
        filter_record(
            answering, Record(moves, 0, 13), EXACTLY, {}, np.zeros((1, 1)), 1, 1
        ).log_likelihood[0]
        for moves in ((first,), *records)
    ]
    none, *each = np.exp(np.array(logs) - logs[0])
    # What else is said of these days is nearly the same in all records.
    total = (none + sum(each)) * np.exp(logs[0])
    without = filter_record(
        brief.vary({"moves.expel_diplomats.answered.RU": -20}),
        Record((first,), 0, 13), EXACTLY, {}, np.zeros((1, 1)), 1, 1,
    ).log_likelihood[0]  # fmt: skip
    assert sum(each) > 0.3
    assert total == pytest.approx(np.exp(without), rel=0.03)


def test_a_meeting_that_was_agreed_and_is_not_recorded_was_called_off(certain: Scenario) -> None:
    likely, less = (
        alone(certain.vary({"talks.summit_held": held, "talks.chill_weight": 0}), AGREED)
        for held in (0.9, 0.5)
    )
    assert less - likely == pytest.approx(np.log(0.5 / 0.1), abs=0.01)


def test_a_meeting_that_is_recorded_later_was_not_called_off(certain: Scenario) -> None:
    met = (*AGREED, Recorded(130, "summit"))
    likely, less = (
        alone(certain.vary({"talks.summit_held": held, "talks.chill_weight": 0}), met)
        for held in (0.9, 0.5)
    )
    assert likely - less == pytest.approx(np.log(0.9 / 0.5), abs=0.01)


def test_talks_are_on_some_issue_of_the_agenda(certain: Scenario) -> None:
    """A text is the likelier, the sooner issues other than the first one bring texts."""
    asked = Recorded(10, "propose_talks", "RU", implied=True)
    accepted = Recorded(20, "accept_proposal", "US", implied=True)
    texts = (asked, accepted, Recorded(130, "agreement"))
    paths = [f"issues.{name}.agreement_rate" for name in certain.issues]
    assert paths[0] == "issues.arms_control.agreement_rate"
    slow, fast = (
        alone(certain.vary({paths[0]: 0.002} | dict.fromkeys(paths[1:], rate)),
              texts, runs=256)
        for rate in (0.002, 0.3)
    )  # fmt: skip
    assert fast > slow + 0.5


def test_a_proposal_that_lapses_was_not_accepted(certain: Scenario) -> None:
    """Each day on which it was pending counts: some 45, of a lifetime of six weeks."""
    asked = (Recorded(10, "propose_talks", "RU"),)
    path = "moves.accept_proposal.rate.US"
    rate = float(certain.parameters()[path].distribution.quantile(np.array([0.5]))[0])
    with_it, without = (
        [alone(certain.vary({path: k * rate}), moves) for k in (1.0, 3.0)] for moves in (asked, ())
    )
    fell = (with_it[0] - with_it[1]) - (without[0] - without[1])
    assert fell > 45 * rate / 365.25


def test_both_may_propose_what_is_agreed(certain: Scenario) -> None:
    stage = stage_of(certain)
    both = (ASKED, ASKED._replace(day=15, actor="US"), AGREED[1])
    assert agreed_proposals(both, stage) == set(both[:2])
    turned_down = (ASKED, Recorded(20, "reject_proposal", "US"))
    assert not agreed_proposals(turned_down, stage)
    assert not agreed_proposals((ASKED._replace(implied=False), AGREED[1]), stage)


def test_coding_intensity_scales_all_rates(certain: Scenario) -> None:
    """Log-likelihood at ln ω: n ln ω − (ω − 1) Λ more than at 0, with Λ moves expected."""
    log_omega = np.array([[0.0, 0.5, -0.7]])
    base, more, fewer = weighed(certain, log_omega).log_likelihood
    expected = (len(MOVES) * 0.5 - (more - base)) / np.expm1(0.5)
    assert expected > 1
    assert fewer - base == pytest.approx(-len(MOVES) * 0.7 - np.expm1(-0.7) * expected, abs=1e-3)


def test_eras_have_intensities_of_their_own(certain: Scenario) -> None:
    log_omega = np.array([[0.0, 0.0], [0.0, 0.9]])
    both = weighed(certain, log_omega, eras=(0, 150))
    assert both.log_likelihood[0] == pytest.approx(both.log_likelihood[1])
    second = weighed(certain, log_omega, eras=(0, 77))
    assert second.log_likelihood[0] != pytest.approx(second.log_likelihood[1])
    np.testing.assert_allclose(second.weekly[:11, 0], second.weekly[:11, 1])


def test_weeks_may_count_less_with_age(certain: Scenario) -> None:
    ages = np.linspace(0.1, 1, LAST // 7 + 1)
    found = weighed(certain, np.zeros((1, 1)), ages=ages)
    assert found.log_likelihood[0] == pytest.approx(ages[: len(found.weekly)] @ found.weekly[:, 0])


def test_what_is_impossible_costs_bits_only(certain: Scenario) -> None:
    """Nothing was proposed: an acceptance is refused, and stands at ε of one half."""
    moves = (*MOVES, Recorded(125, "accept_proposal", "US"))
    little = Observation(unmodelled=0.01)
    with_it, without = (
        weighed(certain, np.zeros((1, 1)), observation=little, moves=some).log_likelihood[0]
        for some in (moves, MOVES)
    )
    assert with_it - without == pytest.approx(np.log(0.005), abs=1e-3)


def test_the_estimate_is_unbiased(certain: Scenario) -> None:
    """With much hidden, means of likelihoods by one run and by 64 runs agree."""
    longer = of_some_weeks(certain, date(2021, 12, 31))
    hidden = longer.vary({"actors.US.audience": 1.5, "actors.RU.audience": 1.5})
    warm = tuple(Recorded(day, "goodwill_gesture", "US") for day in (40, 90, 130, 200))
    one = weighed(hidden, np.zeros((1, 2048)), runs=1, moves=warm, last=342).log_likelihood
    many = weighed(hidden, np.zeros((1, 64)), runs=64, seed=2, moves=warm, last=342).log_likelihood
    assert one.std() > 5 * many.std() > 0
    scaled = np.exp(one - many.mean()), np.exp(many - many.mean())
    error = np.sqrt(sum(part.var() / part.size for part in scaled))
    assert abs(scaled[0].mean() - scaled[1].mean()) < 4 * error


def test_the_state_of_a_day_is_kept_by_lineage(certain: Scenario) -> None:
    found = weighed(certain, np.zeros((1, 5)), state_day=20)
    assert found.states["hostility"].shape == (2, 5, 1)
    assert (
        found.states["stock"][0]
        > certain.parameters()["actors.US.sanctions_stock"].distribution.quantile(np.array([0.5]))[
            0
        ]
    ).all()
    assert not weighed(certain, np.zeros((1, 5))).states


def test_systematic_resampling_keeps_expected_numbers() -> None:
    weights = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 0.0, 1.0]])
    chosen = systematic(weights, Succession(1, "test"))
    np.testing.assert_array_equal(np.sort(chosen), [[0, 0, 1, 2], [3, 3, 3, 3]])


def test_typical_days_stand_for_all_days() -> None:
    typical = typical_days([3, 3, 20, 40], 50)
    assert sum(typical.values()) == 50
    assert all(days <= 7 for days in typical.values())


def test_counting_begins_on_the_first_day(certain: Scenario) -> None:
    found = weighed(certain, np.zeros((1, 1)))
    record = Record(MOVES, 70, LAST)
    later = filter_record(certain, record, EXACTLY, {}, np.zeros((1, 1)), 2, 1)
    assert not later.weekly[:10].any()
    np.testing.assert_allclose(later.weekly[10:], found.weekly[10:], atol=1e-6)


def test_several_states_of_a_draw_are_those_of_several_runs() -> None:
    random = Succession(1, "some weights")
    weights = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 0.0, 1.0]])
    for _ in range(8):
        chosen = systematic(weights, random, 8)
        assert [np.bincount(row, minlength=4).tolist() for row in chosen] == [
            [4, 2, 2, 0], [0, 0, 0, 8],
        ]  # fmt: skip


def test_as_many_states_are_kept_as_asked_for(certain: Scenario) -> None:
    hidden = certain.vary({"actors.US.audience": 1.5, "actors.RU.audience": 1.5})
    found = weighed(hidden, np.zeros((1, 3)), runs=4, state_day=100, states=8)
    assert found.states["hostility"].shape == (2, 3, 8)
    assert found.states["index"].shape == (3, 8)
