"""Files of resolutions and of crowds: what is read, and where each mistake stands."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from relsim.errors import ScenarioError
from relsim.inference.score.crowds import read_crowds
from relsim.inference.score.resolutions import read_resolutions
from tests.unit.inference.records import answers

ASKED = {"planted": (("war", "treaty"), ("meetings",))}


def test_every_kind_of_answer_is_read(tmp_path: Path) -> None:
    file = answers(
        tmp_path / "a.yaml",
        "scenario: planted, outcome: war, answer: no",
        "scenario: planted, outcome: treaty, answer: 2022-03-01, source: newspaper",
        "scenario: planted, quantity: meetings, answer: 3",
        "scenario: other, outcome: anything, answer: yes, on: 2024-01-01",
        "scenario: other, outcome: more, answer: void",
    )
    war, treaty, meetings, anything, more = read_resolutions(file, ASKED)
    assert (war.happened, war.known, war.day) == (False, None, None)
    day = datetime.date(2022, 3, 1)
    assert (treaty.happened, treaty.known, treaty.day) == (True, day, day)
    assert (meetings.answer, meetings.answer_text) == (3.0, "3")
    assert (anything.happened, anything.known) == (True, datetime.date(2024, 1, 1))
    assert more.happened is None


WISH = "must be yes, no, void, a number, or a day such as 2021-09-10"
WRONG = {
    "outcome: wra, answer: no": "3:34: resolutions.0.outcome: unknown outcome 'wra'; did you mean",
    "quantity: meeting, answer: 1": "unknown quantity 'meeting'; did you mean 'meetings'?",
    "outcome: war, answer: maybe": f"3:47: resolutions.0.answer: {WISH} (got 'maybe')",
    "outcome: war, answer: true": WISH,
    "outcome: war, answer: 2021-02-30": WISH,
    "outcome: war, answer: 1": "must be yes, no, void or a day (got 1)",
    "quantity: meetings, answer: yes": "must be a number, or void (got yes)",
    "answer: yes": "names an outcome or a quantity, and not both",
    "outcome: war, quantity: meetings, answer: yes": "and not both",
    "outcome: war": "3:5: resolutions.0.answer: is missing",
    "outcome: war, anwser: no": "unknown key 'anwser'; did you mean 'answer'?",
    "outcome: war, answer: 2022-03-01, on: 2022-02-01": "must not lie before the answer",
    "outcome: war, answer: .inf": "must be a finite number",
    "outcome: &a war, answer: no": "anchors are not used",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_mistake_is_reported_with_its_place(line: str, tmp_path: Path) -> None:
    file = answers(tmp_path / "a.yaml", f"scenario: planted, {line}")
    with pytest.raises(ScenarioError) as raised:
        read_resolutions(file, ASKED)
    assert WRONG[line] in str(raised.value)
    assert str(raised.value).startswith(f"{file}:3:")
    assert "\n" not in str(raised.value), "one mistake, one message"


def test_a_question_is_answered_once(tmp_path: Path) -> None:
    line = "scenario: planted, outcome: war, answer: no"
    with pytest.raises(ScenarioError, match=r":4:5: resolutions.1: answers the same .* number 1"):
        read_resolutions(answers(tmp_path / "a.yaml", line, line))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty: it starts with `schema: relsim.resolutions/1`"),
        (b"schema: relsim/1\nresolutions: []", "must be one of relsim.resolutions/1"),
        (b"- 1", "must be a mapping of keys"),
        (b"\xff", "is not UTF-8"),
        (b"resolutions: [[[[", "is not valid YAML"),
        (b"#" * 1_000_001, "is larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_none_is_refused(text: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(text)
    with pytest.raises(ScenarioError, match=said):
        read_resolutions(file)


def test_a_crowd_is_read(tmp_path: Path) -> None:
    file = tmp_path / "crowd.yaml"
    file.write_text(
        "schema: relsim.crowd/1\ncrowds:\n"
        "  - {scenario: planted, outcome: war, name: us, series: {2021-03-01: 0.25}}\n",
        "utf-8",
    )
    (crowd,) = read_crowds(file, {})
    assert (crowd.name, crowd.series) == ("us", {datetime.date(2021, 3, 1): 0.25})


@pytest.mark.parametrize("series", ["{2021-03-01: 1.25}", "{soon: 0.5}", "{}"])
def test_a_wrong_series_is_reported_with_its_place(series: str, tmp_path: Path) -> None:
    file = tmp_path / "crowd.yaml"
    text = "schema: relsim.crowd/1\ncrowds:\n  - scenario: planted\n    outcome: war\n"
    file.write_text(f"{text}    series: {series}\n", "utf-8")
    with pytest.raises(ScenarioError, match=r":5:\d+: crowds.0.series"):
        read_crowds(file, {})


def test_an_outcome_that_no_record_has_is_no_question_for_a_crowd(tmp_path: Path) -> None:
    file = tmp_path / "crowd.yaml"
    text = "schema: relsim.crowd/1\ncrowds:\n  - scenario: planted\n    outcome: wor\n"
    file.write_text(f"{text}    series: {{2021-03-01: 0.5}}\n", "utf-8")
    with pytest.raises(ScenarioError, match=r":4:\d+: crowds.0.outcome: .*did you mean 'war'"):
        read_crowds(file, {"planted": (["war"], [])})
