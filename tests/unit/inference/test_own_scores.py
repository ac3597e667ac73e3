"""Log scores of each actor's week: against the likelihood, against rates by hand."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from relsim import Scenario, load
from relsim.array_types import Floats
from relsim.inference.calibrate.own_scores import (
    OwnScores,
    ScoringFilter,
    mixture_scores,
    own_scores,
)
from relsim.inference.calibrate.record_likelihood import Observation, Record
from relsim.processes.recorded import Look, Recorded
from relsim.worlds.stage import stage_of
from relsim.worlds.worlds import Worlds
from tests.unit.inference.test_record_likelihood import CERTAIN, END, EXACTLY, LAST, medians
from tests.unit.short_scenario import of_some_weeks

# Each alone in its merged class and on its day.
ALONE = (
    Recorded(9, "impose_sanctions", "US"),
    Recorded(12, "expel_diplomats", "RU", 3),
    Recorded(80, "military_posture", "RU"),
    Recorded(120, "impose_sanctions", "US"),
)
ONE_DAY = (Recorded(9, "impose_sanctions", "US"), Recorded(9, "expel_diplomats", "RU", 3))


@pytest.fixture(scope="module")
def certain(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file: Path = tmp_path_factory.mktemp("scores") / "certain.yaml"
    file.write_text(CERTAIN, "utf-8")
    return medians(of_some_weeks(load(file), END))


def scored(scenario: Scenario, moves: tuple[Recorded, ...], intensity: float = 0) -> OwnScores:
    record = Record(moves, 0, LAST)
    return own_scores(scenario, record, EXACTLY, {}, np.full((1, 2), intensity), 2, 1)


@pytest.mark.parametrize("intensity", [0.0, -0.7])
@pytest.mark.default_cases(1)
def test_where_nothing_is_joint_or_hidden_it_is_the_likelihood(
    certain: Scenario, intensity: float
) -> None:
    found = scored(certain, ALONE, intensity)
    np.testing.assert_allclose(found.own.sum(axis=1), found.weekly, atol=1e-4)
    assert found.own[1].max() < -1  # a week with moves of both sides
    assert (found.own[15] < 0).all()


def test_what_happens_on_the_day_is_no_ground_for_the_forecast_of_the_day(
    certain: Scenario,
) -> None:
    one, other = (scored(certain, moves) for moves in (ONE_DAY, ONE_DAY[::-1]))
    np.testing.assert_array_equal(one.own[1], other.own[1])
    assert abs(one.weekly[1] - other.weekly[1]).min() > 0.01  # the likelihood sees the answer


def test_rates_of_proposals_and_answers_by_hand() -> None:
    stage, weeks = stage_of(load("us-russia-1993")), 4
    names = [move.name for move in stage.moves]
    shape = (len(names), 1)

    def look(**odds: float) -> Look:
        rates = np.zeros(shape, dtype=np.float32)
        for name, value in odds.items():
            rates[names.index(name)] = value
        return Look(rates, rates > 0, np.zeros(shape, dtype=np.float32))

    us = look(propose_talks=0.02, accept_proposal=0.3, reject_proposal=0.1, suspend_talks=0.01)
    us.available[names.index("accept_proposal")] = False  # nothing is pending
    us.available[names.index("reject_proposal")] = False
    ru = look(propose_talks=0.04, propose_summit=0.01, criticize=0.05, reject_proposal=0.2)
    observation = Observation(unmodelled=1e-6, detected=0.25)
    watch = ScoringFilter(
        stage, Record((), 0, 6), observation, (1, 1), np.log(np.full((1, 1), 2, np.float32)),
        cast(Floats, np.float32(weeks)), seed=1,
    )  # fmt: skip
    looks = [us, ru]
    watch.days_passed(looks, 7)
    watch.day_began(looks)
    watch.moved(Recorded(3, "reject_proposal", "US"), looks)
    watch.moved(Recorded(3, "propose_summit", "RU", implied=True), looks)
    watch.week_ended(6, cast(Worlds, None))

    days = 7 * weeks + 3  # the weekly table lets a proposal lapse some three days late
    asked = 2 * 0.25 * (0.04 + 0.01)
    yes, no = (1 - np.exp(-0.4 * days)) * np.array([0.75, 0.25])
    refusals = asked * no + 2 * 0.01
    expected = 7 * (2 * 0.25 * 0.02 + asked * yes + refusals)
    assert watch.own[0][0] == pytest.approx([np.log(refusals) - expected], rel=1e-4)
    # A proposal of the US is pending: it is recorded, and so is its rejection.
    asked_of_ru = 2 * 0.25 * 0.02 * (1 - np.exp(-0.2 * days))
    expected = 7 * (asked + 2 * 0.05 + 0.2 + asked_of_ru)
    assert watch.own[0][1] == pytest.approx([-expected], rel=1e-4)


def test_a_mixture_forecasts_by_what_it_has_learned() -> None:
    """Against the product of all weeks: the sum of sequential scores is the log of its mean."""
    own = np.log(np.array([[0.9, 0.2, 0.5], [0.4, 0.1, 0.6], [0.3, 0.3, 0.2]]))
    scores, effective = mixture_scores(OwnScores(own[:, None], own), 0)
    assert scores.sum() == pytest.approx(np.log(np.exp(own.sum(axis=0)).mean()))
    assert effective[0] == pytest.approx(3)
    assert effective[2] < 2.2
    later, _ = mixture_scores(OwnScores(own[:, None], own), 1)
    assert later[0, 0] == pytest.approx(np.log(np.mean([0.4, 0.1, 0.6])))
