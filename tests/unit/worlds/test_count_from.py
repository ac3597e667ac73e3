"""What has happened counts: deeds of the calendar, from the day on that the horizon says."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import ScenarioError
from relsim.scenario.conditions.operands import duration
from relsim.scenario.conditions.windows import Range, Term
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import Scenario, load
from tests.properties.comparing import shortened
from tests.unit.worlds.test_monitors import met

MET = datetime.date(2021, 5, 20)
SUMMIT = {"happened": {"deed": "summit", "until": "2022-12-31"}}
EARLY = {"happened": {"deed": "agreement", "until": "2021-03-01"}}
ON_OR_BEFORE = {"happened": {"deed": "summit", "until": "2021-05-20"}}

# Of the deeds that the calendar below has, on known days: what is certain, and what is impossible.
CERTAIN: dict[str, tuple[Any, str]] = {
    "happened": (SUMMIT, "2021-05-20"),
    "by one side": ({"happened": {"deed": "expel_diplomats", "by": "RU", "until": "2021-05-31"}},
                    "2021-05-25"),
    "of a list": ({"happened": {"deed": ["summit", "agreement"], "until": "2021-05-31"}},
                  "2021-05-20"),
    "from its day": ({"happened": {"deed": "summit", "from": "2021-05-20"}}, "2021-05-20"),
    "all": ({"all": [SUMMIT, {"happened": {"deed": "expel_diplomats", "until": "2021-05-31"}}]},
            "2021-05-25"),
    "at_least": ({"at_least": {"n": 1, "of": [SUMMIT, {"happened": {"deed": "overthrow"}}]}},
                 "2021-05-20"),
    "then": ({"then": {"first": ON_OR_BEFORE, "second": {"happened": {"deed": "expel_diplomats"}},
                       "within": "5 days"}}, "2021-05-25"),
    "first_week": ({"first_week": {"of": {"happened": {"deed": "summit", "in_last": "1 month"}}}},
                   "2021-05-25"),  # the last day of its week
    "each": ({"each": {"period": "1 month", "in_at_least": 1,
                       "of": {"happened": {"deed": "summit"}}}}, "2021-05-20"),
    "a flag": ({"weeks": {"series": "cooperative", "above": 0, "until": "2021-05-25"}},
               "2021-05-25"),
    "a share of a flag": ({"share": {"series": "hostile", "above": 0, "in_at_least": "1 of 1",
                                     "from": "2021-05-25", "until": "2021-05-31"}}, "2021-05-31"),
}  # fmt: skip
IMPOSSIBLE: dict[str, Any] = {
    "not": {"not": SUMMIT},
    "nobody else": {"happened": {"deed": "expel_diplomats", "by": "US", "until": "2021-05-31"}},
    "before it": {"happened": {"deed": "summit", "until": "2021-05-19"}},
    "then on one day": {"then": {"first": ON_OR_BEFORE, "second": ON_OR_BEFORE}},
    "a month later": {"first_week": {"of": {"not": {"happened": {"deed": "summit"}}},
                                     "from": "2021-05-25"}},
}  # fmt: skip


@cache
def base() -> Scenario:
    return shortened(load("us-russia-2021"), "2023-01-20")


def known(**horizon: str | None) -> Scenario:
    """The baseline as of June 2021: the leaders have met, then Moscow has expelled diplomats."""
    data = base().model_dump(mode="json", exclude_none=True)
    data["horizon"] |= {"known_until": "2021-06-01", **horizon}
    data["calendar"] += [
        {"date": "2021-05-20", "move": "summit", "why": "suppose that they met"},
        {"date": "2021-05-25", "actor": "RU", "move": "expel_diplomats", "why": "suppose so"},
    ]
    return Scenario.model_validate(data)


def asking(scenario: Scenario, conditions: dict[str, Any]) -> Scenario:
    named = {f"it{number}": when for number, when in enumerate(conditions.values())}
    for name, when in named.items():
        scenario = scenario.with_outcome(name, when)
    return scenario


@cache
def simulated() -> Ensemble:
    asked = {name: when for name, (when, _) in CERTAIN.items()} | IMPOSSIBLE
    return relsim.simulate(asking(known(), asked), runs=64, draws=64)


@pytest.mark.parametrize("case", CERTAIN)
def test_what_has_happened_is_certain(case: str) -> None:
    days = simulated().first_day[simulated().outcomes.index(f"it{list(CERTAIN).index(case)}")]
    expected = (datetime.date.fromisoformat(CERTAIN[case][1]) - base().horizon.start).days
    assert set(days.tolist()) == {expected}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_it_rules_out_has_probability_zero(case: str) -> None:
    number = len(CERTAIN) + list(IMPOSSIBLE).index(case)
    assert simulated().probability(f"it{number}").value == 0


def test_counts_of_meetings_and_moves_begin_with_it() -> None:
    usual = relsim.simulate(base(), runs=64, draws=64)
    assert simulated().quantities["leaders_meetings"].min() >= 1
    assert usual.quantities["leaders_meetings"].min() == 0
    expel = [name for name, move in base().moves.items() if not move.joint].index("expel_diplomats")
    assert simulated().move_counts[:, 1, expel].sum() >= 64


@pytest.mark.parametrize(
    ("count_from", "day"), [("2021-04-07", 120), ("2021-05-20", 120), ("2021-05-21", None)]
)
def test_deeds_count_from_that_day_on(count_from: str, day: int | None) -> None:
    """And with the deed the flag of its week, which ends on 25 May, and the count of meetings."""
    met = {"happened": {"deed": "summit", "until": "2021-06-01"}}
    flag = {"weeks": {"series": "cooperative", "above": 0, "until": "2021-05-25"}}
    asked = asking(known(count_from=count_from), {"met": met, "flag": flag})
    found = relsim.simulate(asked, runs=64, draws=64)
    assert [set(days.tolist()) for days in found.first_day[-2:]] == [
        {-1} if day is None else {when} for when in (day, 125)
    ]
    assert (found.quantities["leaders_meetings"].min() > 0) == (day is not None)


def test_by_default_they_count_from_the_start(tmp_path: Path) -> None:
    horizon = known(count_from=None).horizon
    assert (horizon.count_from, horizon.term.count_day) == (None, 0)
    asked = asking(known(count_from=None), {"signed": EARLY})
    days = set(relsim.simulate(asked, runs=64, draws=64).first_day[-1].tolist())
    assert days == {(datetime.date(2021, 2, 3) - horizon.start).days}


@pytest.mark.parametrize("name", [name for name in packaged() if "2021" in name])
def test_packaged_scenarios_ask_of_what_the_article_could_not_know(name: str) -> None:
    assert load(name).horizon.count_from == datetime.date(2021, 4, 7)


@pytest.mark.parametrize("day", ["2021-01-19", "2025-01-20"])
def test_it_lies_within_the_term(day: str) -> None:
    with pytest.raises(ScenarioError, match=r"horizon\.count_from: must lie within the term"):
        base().vary({"horizon.count_from": day})


def test_a_replay_gives_the_day_of_the_calendar_as_the_reason() -> None:
    asked = asking(known(), {"met": SUMMIT})
    outcome = relsim.replay(asked, 3, runs=64, draws=64).outcomes["it0"]
    assert outcome.date == MET
    assert outcome.reason.evidence.startswith("20 May 2021")


def test_a_window_that_would_leave_out_a_deed_of_the_calendar_is_refused() -> None:
    sanctions = {"deed": "impose_sanctions", "until": "2021-12-31"}
    since = {"happened": {**sanctions, "from": "2021-02-01", "by": "US"}}
    with pytest.raises(ScenarioError, match="would leave out impose_sanctions of 2021-03-02"):
        base().with_outcome("it", {"not": since})
    base().with_outcome("it", {"happened": {**sanctions, "from": "2021-02-01", "by": "RU"}})
    base().with_outcome("it", {"happened": {**sanctions, "from": "2021-03-03", "by": "US"}})
    base().vary({"horizon.count_from": None}).with_outcome("it", since)


# Spans of deeds by the calendar


def first_day_of(when: dict[str, Any], deeds: dict[int, str]) -> int:
    return met(when, {day: [kind] for day, kind in deeds.items()}, days=1461)


@pytest.mark.parametrize(
    ("in_last", "first"),
    [("6 months", "2024-07-20"), ("1 month", "2024-12-20"), ("1 year", "2024-01-20"),
     ("4 years", "2021-01-20"), ("182 days", "2024-07-22")],
)  # fmt: skip
def test_the_last_months_begin_on_the_same_day_of_the_month(in_last: str, first: str) -> None:
    """As the last period of `each` does, in a term from 20 January to 19 January."""
    day = (datetime.date.fromisoformat(first) - base().horizon.start).days
    when = {"happened": {"deed": "summit", "in_last": in_last}}
    assert first_day_of(when, {day: "summit"}) == day
    if day:
        assert first_day_of(when, {day - 1: "summit"}) == -1


def test_within_months_goes_by_the_calendar_too() -> None:
    """From 20 January (day 0) to 20 July 2021 (day 181), which is six months and not 183 days."""
    parts = {"first": {"happened": {"deed": "a"}}, "second": {"happened": {"deed": "b"}}}
    when = {"then": {**parts, "within": "6 months"}}
    assert first_day_of(when, {0: "a", 181: "b"}) == 181
    assert first_day_of(when, {0: "a", 182: "b"}) == -1


def test_a_span_may_reach_back_beyond_the_calendar() -> None:
    first = Term(datetime.date(1, 1, 2), 400)
    assert first.before(30, duration("200 years")) == first.before(3, duration("1 week")) == 0
    last = Term(datetime.date(9999, 1, 1), 300)
    assert list(last.periods(duration("6 months"), last.whole)) == [Range(0, 180)]
    assert list(last.periods(duration("90 days"), last.whole))[-1] == Range(180, 269)


# Files as users write them


LATE = """\
schema: relsim/1
extends: us-russia-2021
headline: late
outcomes:
  late:
    title: A summit before 2030
    resolves: The leaders meet before 1 January 2030.
    when: {happened: {deed: summit, until: 2029-12-31}}
"""
MONTHLY = """\
schema: relsim/1
extends: us-russia-2021
outcomes:
  monthly:
    title: Many rounds
    resolves: The US imposes sanctions in at least COUNT months of the term.
    when:
      each: {period: 1 month, in_at_least: COUNT, of: {happened: {deed: impose_sanctions, by: US}}}
"""


def test_a_date_after_the_term_is_refused_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "late.yaml"
    file.write_text(LATE, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (8, 44)
    assert problem.message == (
        "must not lie after the last day of the term, 2025-01-19 (got 2029-12-31)"
    )
    file.write_text(LATE.replace("2029-12-31", "2025-01-19"), "utf-8")
    load(file)


def test_each_may_leave_out_periods_before_deeds_count(tmp_path: Path) -> None:
    file = tmp_path / "monthly.yaml"
    file.write_text(MONTHLY.replace("COUNT", "20"), "utf-8")
    load(file)
    file.write_text(MONTHLY.replace("COUNT", "47"), "utf-8")
    with pytest.raises(ScenarioError, match="in 2 of the 48 periods, and 47 are asked for"):
        load(file)
