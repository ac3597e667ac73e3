"""A question more: `Scenario.with_outcome`."""

import numpy as np
import pytest

import relsim


def test_an_outcome_more_leaves_the_others_as_they_were() -> None:
    scenario = relsim.load("us-russia-2021")
    asked = scenario.with_outcome("a_meeting", {"happened": {"deed": "summit"}}, title="A meeting")
    assert asked.outcomes["a_meeting"].title == "A meeting"
    assert "a_meeting" not in scenario.outcomes
    before = relsim.simulate(scenario, runs=512, draws=64)
    after = relsim.simulate(asked, runs=512, draws=64)
    assert np.array_equal(after.first_day[:-1], before.first_day)
    met = after.quantities["leaders_meetings"] > 0
    assert np.array_equal(after.happened("a_meeting"), met)


@pytest.mark.parametrize(
    ("when", "hint"),
    [({"happend": {"deed": "summit"}}, "happened"), ({"happened": {"deed": "sumit"}}, "summit")],
)
def test_a_wrong_condition_is_told_with_the_right_word(when: dict[str, object], hint: str) -> None:
    scenario = relsim.load("us-russia-2021")
    with pytest.raises(relsim.ScenarioError, match=f"did you mean '{hint}'"):
        scenario.with_outcome("question", when)
