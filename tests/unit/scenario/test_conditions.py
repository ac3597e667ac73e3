"""Conditions as data: how they are written, what is refused and with which words, round trips."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

import relsim
from relsim.errors import ScenarioError
from relsim.scenario.catalogue import DEEDS, SERIES, Outcome
from relsim.scenario.checks import Names, check_condition
from relsim.scenario.conditions.conditions import OPERATORS, Condition, Each, operator_of, walk
from relsim.scenario.conditions.operands import Duration, duration, portion
from relsim.scenario.conditions.windows import Range, Term, unmeetable
from relsim.scenario.fields.section import Name, Section
from relsim.scenario.files.reading import read as read_file
from relsim.scenario.files.reading import validated
from tests.properties.comparing import shortened
from tests.verification.outcome_conditions import conditions
from tests.verification.outcome_records import CASES

ADAPTER: TypeAdapter[Condition] = TypeAdapter(Condition)
read: Callable[[object], Condition] = ADAPTER.validate_python
SUMMIT = {"happened": {"deed": "summit"}}
AGREEMENT = {"happened": {"deed": "agreement"}}
BELOW: dict[str, Any] = {"weeks": {"series": "index", "below": 0}}
SPELL_OF_TWO = {"sustained": {"series": "index", "below": 0, "for": "2 weeks"}}
SPELL = {"sustained": {"series": "index", "below": 0, "for": "26 weeks"}}
TERM = Term.between(
    datetime.date(2021, 1, 20), datetime.date(2025, 1, 20), datetime.date(2021, 4, 7)
)


def complaints(written: object) -> dict[str, str]:
    """What is said against a condition, by the place it is said of."""
    with pytest.raises(ValidationError) as caught:
        read(written)
    said = {}
    for error in caught.value.errors():
        for finding in error.get("ctx", {}).get("findings", ()) or [None]:
            path = (*error["loc"], *(finding.path if finding else ()))
            said[".".join(map(str, path))] = finding.message if finding else error["msg"]
    return said


# Spans and portions


@pytest.mark.parametrize(
    ("text", "days", "weeks"),
    [("10 days", 10, 1), ("26 weeks", 182, 26), ("6 months", 183, 26), ("1 year", 365, 52)],
)
def test_a_span_has_days_and_weeks(text: str, days: int, weeks: int) -> None:
    span = duration(text)
    assert (span.days, span.weeks, str(span)) == (days, weeks, text)


def test_months_and_years_go_by_the_calendar() -> None:
    january = datetime.date(2024, 1, 31)
    assert duration("1 month").after(january) == datetime.date(2024, 2, 29)
    assert duration("1 month").after(january, 2) == datetime.date(2024, 3, 31)
    assert duration("1 year").after(datetime.date(2024, 2, 29)) == datetime.date(2025, 2, 28)
    assert duration("3 weeks").after(january, 2) == datetime.date(2024, 3, 13)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("26 wekes", "did you mean 'weeks'"),
        ("0 weeks", "above 0"),
        ("300 years", "at most 200 years"),
        ("1.5 years", 'such as "26 weeks"'),
        (26, "such as"),
        (None, "such as"),
    ],
)
def test_what_is_no_span(written: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        duration(written)


@pytest.mark.parametrize(
    ("written", "blocks", "at_least", "more"),
    [(9, 16, 9, 10), ("9 of 16", 16, 9, 10), ("50%", 16, 8, 9), (0.5, 7, 4, 4), ("30 %", 10, 3, 4)],
)
def test_a_portion_of_blocks(written: object, blocks: int, at_least: int, more: int) -> None:
    part = portion(written)
    assert (part.needed(blocks, more=False), part.needed(blocks, more=True)) == (at_least, more)
    assert portion(part) is part
    if isinstance(written, str):
        assert portion(str(part)) == part


@pytest.mark.parametrize("written", [True, -1, 1.5, "17 of 16", "120%", "half", None])
def test_what_is_no_portion(written: object) -> None:
    with pytest.raises(ValueError, match="9 of 16"):
        portion(written)


# What is refused


@pytest.mark.parametrize(
    ("written", "place", "words"),
    [
        ({"happend": {"deed": "summit"}}, "happend", "did you mean 'happened'?"),
        ({"all": [SUMMIT, {"or": [SUMMIT]}]}, "all.1.or", "did you mean 'any'?"),
        ({"zzz": 1}, "zzz", "known: happened, sustained"),
        ({"not": {**SUMMIT, **SPELL}}, "not.sustained", "join the two with all or any"),
        ({**SUMMIT, "from": "2021-05-01"}, "from", "belongs inside 'happened'"),
        ("summit", "", "a mapping with one operator"),
        ({}, "", "a mapping with one operator"),
        ({"all": []}, "all", "at least one condition"),
        ({"all": SUMMIT}, "all", "tuple"),
        ({"happened": {"deed": []}}, "happened.deed", "a list of deeds"),
        ({"happened": {"deed": "summit", "from_": "2021-05-01"}}, "happened.from_", "Extra"),
        (
            {"happened": {"deed": "summit", "from": "2021-05-01", "until": "2021-04-01"}},
            "happened.until", "must not lie before",
        ),
        (
            {"happened": {"deed": "summit", "from": "2021-05-01", "in_last": "1 year"}},
            "happened.in_last", "give one of the two",
        ),
        ({"weeks": {"series": "index"}}, "weeks", "needs a level"),
        ({"weeks": {"series": "index", "above": "0"}}, "weeks.above", "valid number"),
        ({"weeks": {"series": "index", "above": True}}, "weeks.above", "valid number"),
        ({"weeks": {"series": "index", "above": 0, "at_least": 1}}, "weeks.above", "one of"),
        ({"weeks": {"series": "index", "below": 0, "at_most": 1}}, "weeks.below", "one of"),
        ({"weeks": {"series": "index", "above": 1, "below": 0}}, "weeks.below", "not be under 1"),
        (
            {"weeks": {"series": "index", "above": 1, "in_last": "10 days"}},
            "weeks.in_last", "give whole weeks",
        ),
        ({"share": {"series": "index", "above": 1}}, "share", "needs `in_at_least`"),
        (
            {"share": {"series": "index", "above": 1, "in_at_least": 1, "more_than": 1}},
            "share.more_than", "give one of the two",
        ),
        ({"status": {"treaty": "pact", "is": "lost"}}, "status.is", "'left'"),
        ({"at_least": {"n": 2, "of": [SUMMIT]}}, "at_least.n", "at most 1"),
        ({"at_least": {"n": True, "of": [SUMMIT]}}, "at_least.n", "integer"),
        ({"then": {"first": SUMMIT, "second": {"not": SUMMIT}}}, "then.second", "(got not)"),
        ({"then": {"first": {"any": [{"all": [SUMMIT]}]}, "second": SUMMIT}},
         "then.first.any.0", "(got all)"),
        ({"each": {"period": "1 week", "in_at_least": 1, "of": SUMMIT}}, "each.period", "28 days"),
        (
            {"each": {"period": "1 year", "in_at_least": 1,
                      "of": {"status": {"treaty": "pact", "is": "left"}}}},
            "each.of.status", "last day of the term",
        ),
        (
            {"each": {"period": "1 year", "in_at_least": 1,
                      "of": {"not": {"happened": {"deed": "summit", "until": "2022-01-01"}}}}},
            "each.of.not.happened.until", "no place inside `each`",
        ),
        ({"first_week": {"of": {"mean": {"series": "index", "above": 0}}}},
         "first_week.of.mean", "needs `in_last`"),
        ({"first_week": {"of": {"all": [{"then": {"first": SUMMIT, "second": SUMMIT}}]}}},
         "first_week.of.all.0.then", "(got then)"),
        (
            {"first_week": {"of": {"happened": {"deed": "summit", "from": "2022-01-01"}}}},
            "first_week.of.happened.from", "say it of first_week",
        ),
    ],
)  # fmt: skip
def test_what_is_no_condition(written: object, place: str, words: str) -> None:
    said = complaints(written)
    assert place in said, said
    assert words in said[place]


def test_every_problem_is_reported_at_once() -> None:
    said = complaints({"all": [{"happend": {}, **SUMMIT}, {"weeks": {"serie": 1, "above": "x"}}]})
    assert set(said) == {"all.0.happend", "all.1.weeks.serie", "all.1.weeks.series",
                         "all.1.weeks.above"}  # fmt: skip
    assert set(complaints({**SUMMIT, "sustained": {"series": "index", "below": 0}})) == {
        "sustained", "sustained.for",
    }  # fmt: skip


class Questions(Section):
    name: str  # the reader fills it in
    outcomes: dict[Name, Outcome]


def test_a_wrong_word_is_shown_on_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(
        "outcomes:\n  talk:\n    title: They talk\n    resolves: They talked.\n    when:\n"
        "      all:\n        - happend: {deed: summit}\n        - weeks:\n"
        "            serie: index\n            above: 0\n        - at_least:\n"
        "            n: 2\n            of:\n              - happened: {deed: summit}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        validated(read_file(file), Questions)
    shown = {(problem.line, problem.column, problem.message) for problem in caught.value.problems}
    assert shown >= {
        (7, 11, "unknown operator 'happend'; did you mean 'happened'?"),
        (9, 13, "unknown key 'serie'; did you mean 'series'?"),
        (12, 16, "must be at most 1, the length of `of` (got 2)"),
    }


# Round trips


def unambiguous(condition: Condition) -> Any:
    return ADAPTER.dump_python(condition, mode="json", exclude_none=True)


@settings(max_examples=40)
@given(conditions())
def test_what_is_dumped_reads_the_same(written: dict[str, Any]) -> None:
    condition = read(written)
    assert read(unambiguous(condition)) == condition
    assert read(condition) is condition
    assert hash(read(written)) == hash(condition)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.default_cases(6)
def test_the_json_schema_knows_every_operator(case: str) -> None:
    schema = ADAPTER.json_schema()
    jsonschema.validate(CASES[case], schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"un" + operator: body for operator, body in CASES[case].items()}, schema
        )


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_says_when_it_is_met(operator: str) -> None:
    said = " ".join((OPERATORS[operator].__doc__ or "").casefold().split())
    assert "met on" in said or "met with" in said


def test_walking_finds_every_part_at_its_path() -> None:
    found = {".".join(map(str, path)): operator_of(part) for path, part in walk(
        read({"any": [{"not": {"all": [SUMMIT]}}, {"then": {"first": SUMMIT, "second": SPELL}}]})
    )}  # fmt: skip
    assert found == {
        "": "any", "any.0": "not", "any.0.not": "all", "any.0.not.all.0": "happened",
        "any.1": "then", "any.1.then.first": "happened", "any.1.then.second": "sustained",
    }  # fmt: skip


# Names and windows of a scenario


NAMES: Names = {
    "deed": ["criticize", *DEEDS],
    "treaty": ["pact"],
    "series": list(SERIES),
    "actor": ["US", "RU"],
    "subject": ["pipe"],
}


def checked(written: object, term: Term = TERM) -> dict[str, str]:
    found = check_condition(read(written), NAMES, term)
    return {".".join(map(str, path)): message for path, message in found}


@pytest.mark.parametrize(
    ("written", "place", "words"),
    [
        ({"happened": {"deed": "sumit"}}, "happened.deed", "did you mean 'summit'?"),
        ({"happened": {"deed": ["criticize", "critisize"]}}, "happened.deed.1", "'criticize'"),
        ({"happened": {"deed": "summit", "by": "USA"}}, "happened.by", "unknown actor 'USA'"),
        ({"happened": {"deed": "summit", "of": "pip"}}, "happened.of", "did you mean 'pipe'?"),
        ({"status": {"treaty": "pacte", "is": "left"}}, "status.treaty", "did you mean 'pact'?"),
        ({"status": {"treaty": "pact", "is": "left", "by": "R"}}, "status.by", "unknown actor"),
        ({"not": {"mean": {"series": "indx", "above": 0}}}, "not.mean.series", "'index'"),
        ({"happened": {"deed": "summit", "until": "2021-04-06"}}, "happened", "no day"),
        (
            {"happened": {"deed": "summit", "from": "2025-01-20"}},
            "happened.from", "after the last day of the term, 2025-01-19",
        ),
        (
            {"sustained": {"series": "index", "below": 0, "for": "5 years"}},
            "sustained.for", "209 weeks",
        ),
        (
            {"weeks": {"series": "index", "below": 0, "in_at_least": 9, "in_last": "8 weeks"}},
            "weeks", "9 of 8 weeks",
        ),
        ({"mean": {"series": "index", "below": 0, "in_last": "5 years"}}, "mean", "(209)"),
        (
            {"share": {"series": "flow", "below": 0, "per": "13 weeks", "in_at_least": "9 of 17"}},
            "share.in_at_least", "there are 16 blocks",
        ),
        (
            {"share": {"series": "flow", "below": 0, "per": "13 weeks", "more_than": 16}},
            "share.more_than", "one of 16 blocks",
        ),
        ({"each": {"period": "1 year", "in_at_least": 5, "of": SUMMIT}},
         "each.in_at_least", "at most 4"),
        (
            {"each": {"period": "1 year", "in_at_least": 4,
                      "of": {"sustained": {"series": "index", "below": 0, "for": "53 weeks"}}}},
            "each.of.sustained.for", "52 weeks",
        ),
        ({"happened": {"deed": "summit", "until": "2025-01-20"}}, "happened.until", "2025-01-19"),
        ({"happened": {"deed": "summit", "until": "2021-01-19"}}, "happened.until", "2021-01-20"),
        ({"happened": {"deed": "summit", "from": "2021-01-19"}}, "happened.from", "before the"),
        ({"not": {"mean": {"series": "index", "below": 0, "until": "2030-01-01"}}},
         "not.mean.until", "after the last day"),
        ({"share": {"series": "index", "below": 0, "in_at_least": "50%", "from": "2026-01-01"}},
         "share.from", "after the last day"),
        ({"share": {"series": "index", "below": 0, "in_at_least": "50%", "until": "2021-01-24"}},
         "share", "no whole block"),
        ({"sustained": {"series": "rung", "below": 3, "for": "2 weeks", "until": "2030-01-01"}},
         "sustained.until", "after the last day"),
        ({"first_week": {"of": SUMMIT, "until": "2030-01-01"}}, "first_week.until", "after the"),
        ({"first_week": {"of": SUMMIT, "from": "2030-01-01"}}, "first_week.from", "after the"),
        ({"first_week": {"of": SUMMIT, "from": "2022-01-19", "until": "2022-01-20"}},
         "first_week", "no week"),
        ({"first_week": {"of": SUMMIT, "until": "2021-03-01"}}, "first_week.of.happened", "no day"),
        ({"first_week": {"of": SUMMIT, "onset_from": "2026-01-01"}},
         "first_week.onset_from", "after the last day"),
        ({"first_week": {"of": SUMMIT, "onset": "26 weeks", "onset_from": "2024-09-01"}},
         "first_week.onset_from", "must be at most 2024-07-24"),
        ({"weeks": {"series": "hostile", "above": 0, "until": "2021-04-05"}},
         "weeks", "of 0 weeks"),
        (
            {"then": {"first": {"happened": {"deed": "summit", "from": "2023-01-01"}},
                      "second": {"happened": {"deed": "agreement", "until": "2023-01-01"}}}},
            "then.second", "must come after the first",
        ),
        (
            {"then": {"first": {"happened": {"deed": "summit", "until": "2022-01-01"}},
                      "second": {"happened": {"deed": "agreement", "from": "2023-01-01"}},
                      "within": "6 months"}},
            "then.within", "must reach from 2022-01-01 to 2023-01-01",
        ),
        ({"each": {"period": "1 month", "in_at_least": 47, "of": SUMMIT}},
         "each.of.happened", "in 2 of the 48 periods, and 47 are asked for"),
        (
            {"each": {"period": "1 month", "in_at_least": 47,
                      "of": {"at_least": {"n": 2, "of": [SUMMIT, AGREEMENT, BELOW]}}}},
            "each.of.at_least.of.0.happened", "in 2 of the 48 periods",
        ),
        (
            {"each": {"period": "1 month", "in_at_least": 1,
                      "of": {"any": [SUMMIT, {"weeks": {**BELOW["weeks"], "in_at_least": 9}}]}}},
            "each.of.any.1.weeks", "asks for 9 of",
        ),
    ],
)  # fmt: skip
def test_what_a_scenario_refuses(written: object, place: str, words: str) -> None:
    said = checked(written)
    assert next(iter(said)) == place
    assert words in said[place]


def test_a_sound_condition_passes() -> None:
    share = {"series": "flow", "below": 0, "per": "13 weeks", "in_at_least": "9 of 16"}
    each = {"period": "1 year", "in_at_least": 4, "of": {"not": SPELL}}
    assert checked({"all": [SUMMIT, SPELL, {"share": share}, {"each": each}]}) == {}
    then = {"first": {"happened": {"deed": "summit", "until": "2022-01-01"}}, "within": "1 year",
            "second": {"happened": {"deed": "agreement", "from": "2023-01-01"}}}  # fmt: skip
    assert checked({"then": then}) == {}


@pytest.mark.parametrize(
    ("of", "wanted"),
    [
        (SUMMIT, 46),
        ({"weeks": {"series": "hostile", "above": 0}}, 46),
        ({"all": [SUMMIT, {"not": SPELL_OF_TWO}]}, 46),
        ({"not": SUMMIT}, 48),
        ({"any": [SUMMIT, {"weeks": {"series": "index", "below": 0}}]}, 48),
        ({"at_least": {"n": 1, "of": [SUMMIT, {"weeks": {"series": "index", "below": 0}}]}}, 48),
        ({"each": {"period": "28 days", "in_at_least": 1, "of": SUMMIT}}, 46),
    ],
)
def test_each_needs_as_many_periods_as_it_asks_for_and_no_more(of: object, wanted: int) -> None:
    """Deeds count from 7 April: not in the first two of the 48 months from 20 January on."""

    def each(count: int) -> dict[str, Any]:
        return {"each": {"period": "1 month", "in_at_least": count, "of": of}}

    assert checked(each(wanted)) == {}
    assert checked(each(wanted + 1))


def test_periods_inside_periods_are_examined_once_each() -> None:
    """A nest of them takes as many steps as it has levels, not a power of that."""
    deep: dict[str, Any] = SUMMIT
    for _ in range(12):
        deep = {"each": {"period": "28 days", "in_at_least": 1, "of": deep}}
    asked: list[object] = []

    class Counting(Term):
        def deed_days(self, *of: Any) -> Range:
            asked.append(of)
            return super().deed_days(*of)

    term = Counting(TERM.start, TERM.days, TERM.count_day)
    assert checked(deep, term) == {}
    assert len(asked) == TERM.days // 28


# Windows


def test_a_week_belongs_to_the_window_that_holds_its_last_day() -> None:
    assert TERM.days == 1461
    assert TERM.weeks(TERM.whole) == Range(0, 208)
    assert TERM.weeks(Range(0, 6)) == Range(0, 0)
    assert TERM.weeks(Range(1, 12)) == Range(0, 0)
    assert TERM.weeks(Range(7, 1459)) == Range(1, 207)
    assert len(TERM.weeks(Range(0, 5))) == 0
    assert [TERM.record_day(week) for week in (0, 207, 208)] == [6, 1455, 1460]


def test_a_term_of_four_years_has_four() -> None:
    each = read({"each": {"period": "1 year", "in_at_least": 3, "of": SUMMIT}})
    assert isinstance(each, Each)
    assert each.each.period == Duration(1, "years")
    years = list(TERM.periods(each.each.period, TERM.whole))
    assert years == [Range(0, 364), Range(365, 729), Range(730, 1094), Range(1095, 1460)]
    halves = list(TERM.periods(duration("6 months"), years[1]))
    assert halves == [Range(365, 545), Range(546, 729)]
    assert list(TERM.periods(duration("3 years"), TERM.whole)) == [Range(0, 1094)]


# Another outcome: `Scenario.with_outcome`


def test_an_outcome_more_leaves_the_others_as_they_were() -> None:
    scenario = shortened(relsim.load("us-russia-2021"))
    asked = scenario.with_outcome("a_meeting", {"happened": {"deed": "summit"}}, title="A meeting")
    assert asked.outcomes["a_meeting"].title == "A meeting"
    assert "a_meeting" not in scenario.outcomes
    before = relsim.simulate(scenario, runs=64, draws=64)
    after = relsim.simulate(asked, runs=64, draws=64)
    assert np.array_equal(after.first_day[:-1], before.first_day)
    met = after.quantities["leaders_meetings"] > 0
    assert np.array_equal(after.happened("a_meeting"), met)


@pytest.mark.parametrize(
    ("when", "hint"),
    [({"happend": {"deed": "summit"}}, "happened"), ({"happened": {"deed": "sumit"}}, "summit")],
)
def test_a_wrong_outcome_is_reported_with_the_right_word(
    when: dict[str, object], hint: str
) -> None:
    scenario = relsim.load("us-russia-2021")
    with pytest.raises(relsim.ScenarioError, match=f"did you mean '{hint}'"):
        scenario.with_outcome("question", when)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"weeks": {"series": "rung", "at_least": 7}}, "rung goes from 0 to 6 (got 7)"),
        ({"weeks": {"series": "rung", "above": 6}}, "rung goes from 0 to 6 (got 6)"),
        ({"mean": {"series": "hostile", "below": 0}}, "hostile goes from 0 to 1 (got 0)"),
        ({"not": {"mean": {"series": "cooperative", "at_most": -1}}}, "cooperative goes from 0"),
        ({"weeks": {"series": "rung", "at_least": 6}}, ""),
        ({"mean": {"series": "hostile", "at_most": 0}}, ""),
        ({"share": {"series": "hostile", "per": "4 weeks", "take": "sum", "at_least": 3,
                    "in_at_least": "50%"}}, ""),
    ],
)  # fmt: skip
def test_a_level_beyond_the_ends_of_a_series_is_refused(
    condition: dict[str, Any], said: str
) -> None:
    scenario = relsim.load("us-russia-2021")
    if not said:
        asked = scenario.with_outcome("question", condition)
        assert asked.outcomes["question"].when == read(condition)
        return
    with pytest.raises(ScenarioError, match=re.escape(f"no week can meet it: {said}")):
        scenario.with_outcome("question", condition)


def test_a_term_of_a_week_has_one_week() -> None:
    first = datetime.date(2021, 1, 20)
    term = Term.between(first, first + datetime.timedelta(days=7), first)
    (found,) = unmeetable(read(SPELL), term)
    assert found == (("sustained", "for"), "must fit into its window of 1 week (got 26 weeks)")
