"""Records scored: what is read of them, skill and its interval, flags, references."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.ensemble.summary import EQUAL_PARTS, middles
from relsim.errors import ScenarioError, StoreError, UsageError
from relsim.history.events import events_until, packaged_record
from relsim.inference.score import references, scoring
from relsim.inference.score.crowds import Crowd
from relsim.inference.score.frozen import Frozen, read_record, record_of
from relsim.inference.score.references import references_of
from relsim.inference.score.resolutions import Resolution
from relsim.inference.score.scoring import Scores, score, scored
from relsim.inference.score.scoring_rules import crps_of_date, ranked_probability
from relsim.inference.score.table import page
from relsim.scenario.schema import load
from relsim.tables import page_text
from tests.properties.comparing import shortened
from tests.unit.inference.records import answers, outcome, record, written


def frozen(data: dict[str, Any], **references: dict[str, float]) -> Frozen:
    return Frozen(record_of(data, "planted"), references)


def resolved(scenario: str, name: str, answer: object, **more: object) -> Resolution:
    return Resolution.model_validate(
        {"scenario": scenario, "outcome": name, "answer": answer, **more}
    )


def test_what_was_simulated_is_scored_from_its_record_alone(tmp_path: Path) -> None:
    ensemble = relsim.simulate(shortened(relsim.load("us-russia-2021")), runs=512, draws=64)
    file = written(tmp_path / "record.json", ensemble.record())
    came = ensemble.happened("open_skies_left_by_russia")
    day = ensemble.scenario.date_of(200)
    given = answers(
        tmp_path / "answers.yaml",
        f"scenario: us-russia-2021, outcome: open_skies_left_by_russia, answer: {day}",
        "scenario: us-russia-2021, quantity: agreements, answer: 2",
    )
    found = score([file], given)
    (one,) = found.outcomes
    p = came.mean()
    assert one.marks.brier == pytest.approx((p - 1) ** 2)
    assert one.marks.log == pytest.approx(-np.log(p))
    days = ensemble.days("open_skies_left_by_russia")[came].astype(float)
    last = (ensemble.scenario.horizon.last - ensemble.scenario.horizon.start).days
    exact = crps_of_date(days, p, 200.0, last)
    assert one.marks.crps_days == pytest.approx(exact, rel=0.01)
    (number,) = found.numbers
    assert number.observed == 2
    assert found.open == len(ensemble.outcomes) - 1


def test_a_record_holds_the_middles_of_twenty_equal_parts() -> None:
    assert middles(np.arange(200)[::-1])[:3].tolist() == [5, 15, 25]
    assert middles(np.array([7])).tolist() == [7] * EQUAL_PARTS
    assert middles(np.array([])).size == 0
    doubled = middles(np.array([1, 2]), np.array([3.0, 1.0]))
    assert doubled.tolist() == [1] * 15 + [2] * 5
    assert middles(np.array([1, 2]), np.array([0.0, 0.0])).size == 0


@pytest.mark.slow
def test_an_author_is_in_the_record_with_what_was_meant() -> None:
    outcomes = relsim.simulate("us-russia-2021", runs=64, draws=64).record()["outcomes"]
    assert isinstance(outcomes, dict)
    assert outcomes["signs_of_detente"]["author"] == 0.4
    assert outcomes["colour_revolution"]["author"] is None, "a conditional forecast is another"
    assert outcomes["detente"]["author"] is None


def test_marks_of_a_case_by_hand() -> None:
    dates = ["2021-07-20", "2023-07-20"]
    one = frozen(record({"x": outcome(0.5, dates)}), x={"one half": 0.5, "sure": 1.0})
    found = scored([one], [resolved("planted", "x", "2023-07-20")]).outcomes[0]
    assert (found.marks.brier, found.early) == (0.25, True)
    assert found.marks.rps == pytest.approx(ranked_probability([0.25, 0, 0.25, 0, 0.5], 2))
    # 730 days at F = 1/4, then 550 to the end at 1/2 below 1
    assert found.marks.crps_days == pytest.approx(730 * 0.0625 + 550 * 0.25)
    p, marks = found.references["sure"]
    assert (p, marks.brier) == (1.0, 0.0)
    assert marks.log == pytest.approx(-np.log(0.99)), "as sure as 49 draws could be"


def test_without_a_day_yes_has_no_score_of_dates_and_no_has() -> None:
    one = frozen(record({"x": outcome(0.5, ["2021-07-20"]), "y": outcome(0.2, ["2021-07-20"])}))
    yes, no = scored(
        [one], [resolved("planted", "x", "yes"), resolved("planted", "y", "no")]
    ).outcomes
    assert (yes.marks.rps, yes.marks.crps_days, yes.early) == (None, None, False)
    assert no.marks.rps == pytest.approx(0.04)
    assert no.marks.crps_days == pytest.approx(1280 * 0.04)


def test_a_record_of_an_older_relsim_has_no_score_of_dates() -> None:
    one = frozen(record({"x": {"probability": 0.2}}), x={"one half": 0.5})
    found = scored([one], [resolved("planted", "x", "2021-07-20")])
    assert found.outcomes[0].marks.crps_days is None
    assert {skill.rule for skill in found.skills} == {"brier", "log"}


def many(scenarios: int, said: float, rate: float) -> Scores:
    """Scenarios of ten questions each; all, or none, of those of one come about."""
    names = [f"q{k}" for k in range(10)]
    held, given = [], []
    for number in range(scenarios):
        scenario, yes = f"s{number}", number < round(rate * scenarios)
        data = record({name: outcome(said) for name in names}, scenario)
        held.append(frozen(data, **{name: {"one half": 0.5} for name in names}))
        given += [resolved(scenario, name, "yes" if yes else "no") for name in names]
    return scored(held, given)


def test_the_interval_of_skill_is_that_of_scenarios_and_not_of_questions() -> None:
    """Means over 20 scenarios of .49 or .09, over .25: binomial, by its quantiles."""
    found = many(20, 0.3, 0.25)
    brier = next(skill for skill in found.skills if skill.rule == "brier")
    assert brier.skill == pytest.approx(1 - (0.25 * 0.49 + 0.75 * 0.09) / 0.25)
    assert brier.interval_90 is not None
    ends = [1 - (k / 20 * 0.49 + (1 - k / 20) * 0.09) / 0.25 for k in (8, 2)]
    assert brier.interval_90 == pytest.approx(ends, abs=0.081)
    wide = brier.interval_90[1] - brier.interval_90[0]
    assert wide > 0.3, "200 independent questions would give a third of that"


def test_few_scenarios_have_no_interval() -> None:
    found = many(4, 0.3, 0.25)
    assert all(skill.interval_90 is None for skill in found.skills)
    assert "fewer than 5 scenarios" in page_text(page(found))


def test_a_perfect_reference_leaves_no_skill() -> None:
    one = frozen(record({"x": outcome(0.5)}), x={"seer": 1.0})
    found = scored([one], [resolved("planted", "x", "yes")])
    assert [skill.skill for skill in found.skills if skill.rule == "brier"] == [None]


def test_what_can_come_early_one_way_only_is_flagged() -> None:
    soon, end = outcome(0.5, ["2021-07-20"]), outcome(0.5, ["2025-01-19"])
    one = frozen(record({"a": soon, "b": soon, "c": end, "d": end}))
    found = scored(
        [one],
        [
            resolved("planted", "a", "yes", on="2022-01-01"),
            resolved("planted", "c", "no", on="2022-01-01"),
        ],
    )
    assert [each.early for each in found.outcomes] == [True, False]
    assert (found.open, found.open_one_way) == (2, 1)
    text = page_text(page(found))
    assert "Early: 1 forecast answered before the last day" in text
    assert "Open: 2 forecasts of outcomes without a resolution, 1 of them of that kind." in text


def test_void_and_what_no_record_asks_are_counted() -> None:
    one = frozen(record({"x": outcome(0.5)}))
    found = scored([one], [resolved("planted", "x", "void"), resolved("other", "x", "yes")])
    assert (found.outcomes, found.void, found.unasked, found.open) == ((), 1, 1, 0)
    assert page_text(page(found)).startswith("Nothing is resolved yet.")


def test_a_day_outside_the_term_is_refused() -> None:
    one = frozen(record({"x": outcome(0.5)}))
    with pytest.raises(
        UsageError, match="2025-01-20 lies outside its term, 2021-01-20 to 2025-01-19"
    ):
        scored([one], [resolved("planted", "x", "2025-01-20")])


def test_an_answer_known_before_the_term_is_refused() -> None:
    one = frozen(record({"x": outcome(0.5)}))
    with pytest.raises(
        UsageError, match="planted, x: an answer known on 2021-01-19 is none, as the term begins on"
    ):
        scored([one], [resolved("planted", "x", "no", on="2021-01-19")])
    assert scored([one], [resolved("planted", "x", "no", on="2021-01-20")]).outcomes


def test_a_record_is_given_once_and_answers_are_read_before_anything_is_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = record({"x": outcome(0.5)})
    first, same = (written(tmp_path / f"{name}.json", data) for name in ("a", "b"))
    later = written(tmp_path / "c.json", data | {"seed": 2})
    given = answers(tmp_path / "answers.yaml", "scenario: planted, outcome: x, answer: no")
    assert len(score([first, later], given).outcomes) == 2
    with pytest.raises(UsageError, match="b.json holds the same record as .*a.json: give it once"):
        score([first, later, same], given)
    monkeypatch.setattr(scoring, "references_of", None)  # that simulates the status quo
    wrong = answers(tmp_path / "wrong.yaml", "scenario: planted, outcome: y, answer: no")
    with pytest.raises(ScenarioError, match="unknown outcome 'y'"):
        score([first], wrong)


def test_the_record_is_gone_through_once_for_both_base_rates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    scenario = load("us-russia-2021")
    met = references.met_in_past_terms(scenario)

    def counted(of: object) -> object:
        calls.append(of)
        return met

    monkeypatch.setattr(references, "met_in_past_terms", counted)
    module = sys.modules["relsim.history.base_rates"]  # its name is also that of a function
    monkeypatch.setattr(module, "met_in_past_terms", counted)
    given = references_of(record_of(record({"signs_of_detente": outcome(0.5)}), "x"), scenario)
    assert {"base rate", "EW4"} <= given["signs_of_detente"].keys()
    assert calls == [scenario]


def test_reliability_comes_with_twenty_forecasts() -> None:
    assert many(1, 0.3, 1.0).reliability is None
    found = many(2, 0.3, 0.5)
    assert found.reliability is not None
    assert found.reliability.number.tolist() == [20]
    json.dumps(found.to_json())


def test_base_rates_are_those_of_seven_terms_of_the_record() -> None:
    """Counted here by the years of the record's rows alone."""
    scenario = load("us-russia-2021")
    events = events_until(packaged_record(), scenario.horizon.known_until)
    met = []
    for year in range(2017, 1992, -4):
        first, end = datetime.date(year + 2, 1, 20), datetime.date(year + 4, 1, 20)
        kinds = {e.move for e in events if first <= e.date < end}
        met.append(len(kinds & {"summit", "agreement", "ease_sanctions"}) >= 2)
    data = record({"signs_of_detente": outcome(0.5, (), 0.4), "detente": outcome(0.2)})
    given = references_of(record_of(data, "planted"), scenario)
    assert given["signs_of_detente"]["base rate"] == pytest.approx((sum(met) + 0.5) / 8)
    ages = [
        (scenario.horizon.known_until - datetime.date(y + 4, 1, 20)).days
        for y in range(2017, 1992, -4)
    ]  # type: ignore[operator]
    weights = [0.5 ** (age / 1461) for age in ages]
    hits = sum(w for w, hit in zip(weights, met, strict=True) if hit)
    assert given["signs_of_detente"]["EW4"] == pytest.approx((hits + 0.5) / (sum(weights) + 1))
    assert given["signs_of_detente"]["author"] == 0.4
    assert "base rate" not in given["detente"], "its condition asks for the index, too"
    assert given["detente"]["status quo"] == 0


def test_a_crowd_is_taken_at_the_day_of_the_forecast() -> None:
    series = {
        datetime.date(2021, 3, 1): 0.2,
        datetime.date(2021, 4, 6): 0.3,
        datetime.date(2021, 4, 7): 0.9,
    }
    crowd = Crowd(scenario="planted", outcome="x", series=series)
    asked = record_of(record({"x": outcome(0.5), "y": outcome(0.5)}), "planted")
    given = references_of(asked, None, [crowd])
    assert given == {"x": {"one half": 0.5, "crowd": 0.3}, "y": {"one half": 0.5}}
    assert crowd.at(datetime.date(2021, 2, 28)) is None
    later = record({"x": outcome(0.5)}) | {"updated_through": "2021-06-30"}
    updated = record_of(later, "planted")
    assert updated.as_of == datetime.date(2021, 6, 30)
    assert references_of(updated, None, [crowd])["x"]["crowd"] == 0.9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "relsim.run/2"}, "its format must be 'relsim.run/1'"),
        ({"draws": 0}, "draws: "),
        ({"outcomes": {"x": {"probability": 1.5}}}, r"outcomes.x.probability: "),
        ({"outcomes": {"x": {"probability": 0.5, "dates": ["soon"]}}}, r"outcomes.x.dates.0: "),
        ({"horizon": {"start": "2021-01-20", "end": "2020-01-20"}}, "end must be after start"),
        ({"quantities": {"n": [1] * 1001}}, r"quantities.n: "),
    ],
)
def test_a_record_that_is_none_is_refused(
    change: dict[str, object], said: str, tmp_path: Path
) -> None:
    file = written(tmp_path / "record.json", record({"x": outcome(0.5)}) | change)
    with pytest.raises(StoreError, match=said):
        read_record(file)


def test_a_file_from_a_stranger_is_safe_to_open(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(b"[" * 100_000)
    with pytest.raises(StoreError, match="too many entries"):
        read_record(file)
    file.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(StoreError, match="can have 1,048,576 at most"):
        read_record(file)
    file.write_bytes(b"\x80\x04N.")
    with pytest.raises(StoreError, match="is no JSON"):
        read_record(file)
    with pytest.raises(StoreError, match="holds no record.json"):
        read_record(_empty(tmp_path))
    with pytest.raises(StoreError, match="cannot be read"):
        read_record(tmp_path / "absent.json")


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"
