"""The answer in words: likelihood by Directive 203, confidence by the rule that the page states."""

from __future__ import annotations

import pytest

from relsim.ensemble.over_rules import OverRules
from relsim.estimates.probability import Estimate
from relsim.report.answer import confidence_of, likelihood, percentage, word_for
from relsim.scenario.schema import load


def found(value: float, over_draws: tuple[float, float] | None, error: float = 0.005) -> Estimate:
    ends = (value - 1.645 * error, value + 1.645 * error)
    note = "" if over_draws else "under 20 draws"
    return Estimate(value, error, ends, over_draws, note, 4096, int(4096 * value))


def rules(*values: float) -> OverRules:
    return OverRules("o", 64, 64, 1, {f"rule {n}": found(v, None) for n, v in enumerate(values)})


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (0.0, "almost no chance"), (0.0499, "almost no chance"), (0.05, "very unlikely"),
        (0.2, "unlikely"), (0.4499, "unlikely"), (0.45, "roughly even chance"), (0.55, "likely"),
        (0.8, "very likely"), (0.95, "almost certain"), (1.0, "almost certain"),
    ],
)  # fmt: skip
def test_words_follow_the_directive(value: float, word: str) -> None:
    assert word_for(value) == word


def test_likelihood_names_outcome_word_date_and_number() -> None:
    scenario = load("us-russia-2021")
    said = likelihood(scenario, "detente", found(0.83, (0.7, 0.9)))
    assert said == "“Détente” is very likely to come about by 19 January 2025: 83%."


def test_likelihood_and_confidence_stand_apart() -> None:
    estimate = found(0.5, (0.4, 0.6))
    said = likelihood(load("us-russia-2021"), "detente", estimate)
    assert "onfidence" not in said
    assert "likely" not in confidence_of(estimate, rules(0.4, 0.6)).sentence


@pytest.mark.parametrize(
    ("over_draws", "under_rules", "level"),
    [
        ((0.4, 0.6), (0.45, 0.6), "high"),  # odds 2.25 times
        ((0.25, 0.5), (0.45, 0.6), "high"),  # 3 times
        ((0.24, 0.5), (0.45, 0.6), "moderate"),
        ((0.4, 0.6), (0.2, 0.6), "moderate"),  # 6 times
        ((0.1, 0.5), (0.45, 0.6), "moderate"),  # 9 times
        ((0.1, 0.55), (0.45, 0.6), "low"),
        ((0.4, 0.6), (0.0, 0.6), "low"),
        ((0.4, 0.6), (0.45, 1.0), "low"),
        ((0.4, 0.6), None, "moderate"),
        (None, (0.45, 0.6), "low"),
        ((0.5, 0.5), (0.5, 0.5), "high"),
    ],
)
def test_confidence_goes_by_the_widest_range(
    over_draws: tuple[float, float] | None, under_rules: tuple[float, float] | None, level: str
) -> None:
    known = None if under_rules is None else rules(*under_rules)
    assert confidence_of(found(0.5, over_draws), known).level == level


def test_a_large_monte_carlo_error_lowers_confidence() -> None:
    noisy = found(0.5, (0.45, 0.55), error=0.2)
    assert confidence_of(noisy, rules(0.5)).level == "low"
    assert "Monte Carlo error" in confidence_of(noisy, rules(0.5)).sentence


def test_rare_outcomes_are_judged_by_their_odds() -> None:
    estimate = found(0.002, (0.0002, 0.0085), error=0.0002)
    assert confidence_of(estimate, rules(0.002)).level == "low"


def test_a_bound_is_shown_as_one() -> None:
    none = Estimate(0.0, 0.001, None, None, "under 50 hits", 4096, 0, "no hits", (0.0, 0.001))
    assert percentage(none) == "<0.10%"
