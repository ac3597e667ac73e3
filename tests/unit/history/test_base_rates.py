"""Base rates: in how many earlier terms the record met an outcome."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest

from relsim import load, simulate
from relsim.ensemble.summary import BASE_RATE_HEADING, outcome_table
from relsim.estimates.base_rate import BaseRate
from relsim.history import events_until, packaged_record
from relsim.history.base_rates import (
    ARMS_TEXTS,
    RECORD_END,
    _known_starts,
    base_rates,
    fading_base_rates,
    met_in_past_terms,
    past_starts,
)
from relsim.history.events import held_out_record

SCENARIO = "us-russia-2021"
YEARS = range(2017, 1992, -4)


def recorded() -> list:
    events = events_until(packaged_record(), load(SCENARIO).horizon.known_until)
    return [event for event in events if event.kind == "recorded"]


def test_signs_are_counted_as_a_person_would() -> None:
    """By the years of the record's rows alone."""
    met = []
    for year in YEARS:
        first, end = datetime.date(year + 2, 1, 20), datetime.date(year + 4, 1, 20)
        kinds = {e.move for e in recorded() if first <= e.date < end}
        met.append(len(kinds & {"summit", "agreement", "ease_sanctions"}) >= 2)
    assert met_in_past_terms(load(SCENARIO))["signs_of_detente"].tolist() == met
    assert base_rates(load(SCENARIO))["signs_of_detente"] == BaseRate(sum(met), 7)


def test_new_treaties_on_arms_were_signed_in_two_terms() -> None:
    """SORT in 2002 and New START in 2010; START II came before the first term."""
    met = met_in_past_terms(load(SCENARIO))["new_arms_control_agreement"]
    assert [year for year, hit in zip(YEARS, met, strict=True) if hit] == [2009, 2001]


def test_each_text_on_arms_is_an_agreement_of_the_record() -> None:
    agreements = {e.date for e in packaged_record() if e.move == "agreement"}
    assert set(ARMS_TEXTS) <= agreements


def test_years_of_cooperation_and_competition_are_counted_as_a_person_would() -> None:
    """Weeks of each year, of strong hostile and of cooperative moves, from 7 April of the first."""
    scenario = load(SCENARIO)
    strong = {n for n, m in scenario.moves.items() if m.kind == "strong_hostile"}
    warm = {n for n, m in scenario.moves.items() if m.kind == "cooperative"}
    met = []
    for year in YEARS:
        start = datetime.date(year, 1, 20)
        good = 0
        for k in range(4):
            first, end = datetime.date(year + k, 1, 20), datetime.date(year + k + 1, 1, 20)
            weeks: dict[bool, set[int]] = {True: set(), False: set()}
            for e in recorded():
                hostile = e.move in strong or e.move.startswith(("leave_", "suspend_"))
                friendly = e.move in warm and not e.move.startswith(("propose_", "accept_"))
                counts = max(first, datetime.date(year, 4, 7)) <= e.date < end
                if counts and (hostile or friendly):
                    weeks[hostile].add((e.date - start).days // 7)
            good += all(len(found) >= 2 for found in weeks.values())
        met.append(good >= 3)
    assert met_in_past_terms(scenario)["mixed_relations"].tolist() == met


def test_what_rests_on_the_index_or_a_treaty_has_none() -> None:
    given = base_rates(load(SCENARIO))
    for name in ("detente", "freeze", "new_start_in_force", "direct_war", "colour_revolution"):
        assert name not in given


def test_nothing_after_the_scenario_is_known_sets_a_base_rate() -> None:
    starts = list(past_starts(load(SCENARIO).horizon, datetime.date(1993, 1, 1)))
    assert [start.year for start in starts] == list(YEARS)
    assert {(start.month, start.day) for start in starts} == {(1, 20)}


def test_a_leap_day_begins_its_spans_on_the_28th() -> None:
    horizon = load(SCENARIO).horizon.model_copy(
        update={"start": datetime.date(2020, 2, 29), "end": datetime.date(2021, 2, 28)}
    )
    starts = list(past_starts(horizon, datetime.date(2016, 1, 1)))
    assert [(start.year, start.day) for start in starts] == [
        (2019, 28), (2018, 28), (2017, 28), (2016, 28),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["us-russia-2021-20y"])
def test_too_few_earlier_terms_give_none(name: str) -> None:
    assert base_rates(load(name)) == {}


@pytest.mark.parametrize(
    ("start", "known", "latest"),
    [((2021, 1, 20), (2020, 1, 1), 2013), ((2029, 1, 20), (2029, 1, 1), 2017)],
)
def test_terms_that_the_record_does_not_see_to_their_end_are_left_out(
    start: tuple[int, int, int], known: tuple[int, int, int], latest: int
) -> None:
    day = datetime.date(*start)
    horizon = load(SCENARIO).horizon.model_copy(
        update={
            "start": day, "end": day.replace(year=day.year + 4),
            "known_until": datetime.date(*known),
        }
    )  # fmt: skip
    assert _known_starts(horizon)[0].year == latest
    assert packaged_record()[-1].date <= RECORD_END
    assert held_out_record()[0].date > RECORD_END


def test_forgetting_weighs_each_term_by_its_age() -> None:
    scenario = load(SCENARIO)
    met = met_in_past_terms(scenario)["new_arms_control_agreement"]
    known = scenario.horizon.known_until
    weights = np.array([0.5 ** ((known - datetime.date(y + 4, 1, 20)).days / 1461) for y in YEARS])
    found = fading_base_rates(scenario)["new_arms_control_agreement"]
    assert found.probability == pytest.approx((weights[met].sum() + 0.5) / (weights.sum() + 1))


def test_they_stand_in_table_and_record_where_known() -> None:
    ensemble = simulate(load(SCENARIO), runs=64, draws=64)
    rates = {"signs_of_detente": BaseRate(6, 7)}
    table = outcome_table(ensemble, None, rates)
    assert table.headings[-1] == BASE_RATE_HEADING
    shown = {row[0]: row[-1] for row in table.cells}
    assert shown["Signs of détente in the second half of the term"] == ".81 (6 of 7)"
    assert sum(map(bool, shown.values())) == 1
    assert BASE_RATE_HEADING not in outcome_table(ensemble, ["detente"], rates).headings
    record = json.loads(json.dumps(ensemble.record(None, rates)))
    assert record["outcomes"]["signs_of_detente"]["base_rate"] == {
        "probability": 0.8125, "hits": 6, "of": 7,
    }  # fmt: skip
    assert "base_rate" not in record["outcomes"]["detente"]


def test_spans_of_a_term_that_is_no_whole_years_do_not_overlap() -> None:
    horizon = load(SCENARIO).horizon.model_copy(update={"end": datetime.date(2022, 6, 20)})
    starts = list(past_starts(horizon, datetime.date(2014, 1, 1)))
    assert [start.year for start in starts] == [2019, 2017, 2015]
