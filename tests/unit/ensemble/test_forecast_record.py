"""What a forecast record says of the question, and what a failed run says of where it failed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.errors import SimulationError
from relsim.rules import View
from relsim.scenario.schema import load
from relsim.simulate import simulate
from tests.properties.comparing import shortened


def test_a_record_holds_the_question_and_how_it_resolves() -> None:
    scenario = shortened(load("us-russia-2021"), "2021-07-31")
    record = simulate(scenario, 64, 64).record(("detente",))
    assert (record["title"], record["question"]) == (scenario.title, scenario.question)
    horizon = record["horizon"]
    assert isinstance(horizon, dict)
    assert (horizon["start"], horizon["known_until"]) == ("2021-01-20", "2021-04-06")
    outcomes = record["outcomes"]
    assert isinstance(outcomes, dict)
    asked = scenario.outcomes["detente"]
    assert outcomes["detente"]["title"] == asked.title
    assert outcomes["detente"]["resolves"] == asked.resolves


def test_a_rule_that_raises_is_reported_with_its_process_and_day() -> None:
    def rule(view: View, own: object) -> Floats:
        if view.day >= 120:
            raise ZeroDivisionError("nothing to divide by")
        hold = np.zeros(view.available.shape, np.float32)
        hold[0] = 1
        return hold

    with pytest.raises(
        SimulationError, match=r"^actor US on 2021-05-\d\d, day 12\d: Zero"
    ) as raised:
        simulate(shortened(load("us-russia-2021"), "2021-07-31"), 64, 64, rules={"US": rule})
    assert "nothing to divide by" in str(raised.value)
    assert any("in rule" in note for note in raised.value.__notes__), (
        "where it came from is reported"
    )


def test_runs_without_a_quantity_are_left_out_of_its_quantiles() -> None:
    base = simulate(shortened(load("us-russia-2021"), "2021-07-31"), 64, 64)
    values = next(iter(base.quantities.values()))
    half = np.where(np.arange(64) < 32, values, np.nan).astype(np.float32)
    found = replace(base, quantities={"half": half, "none": np.full_like(half, np.nan)}).record()
    quantities = found["quantities"]
    assert isinstance(quantities, dict)
    assert len(quantities["half"]) == 20
    assert set(quantities["half"]) <= {float(f"{value:.6g}") for value in half[:32]}
    assert quantities["none"] == []
