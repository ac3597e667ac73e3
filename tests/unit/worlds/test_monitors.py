"""Monitors on short records whose outcomes can be counted by hand."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from relsim.errors import UsageError
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.windows import Term
from relsim.worlds.monitors import Monitors

START = datetime.date(2021, 1, 20)
read: Callable[[object], Condition] = TypeAdapter(Condition).validate_python
Deeds = dict[int, list[str]]


def met(
    written: object,
    deeds: Deeds | None = None,
    days: int = 70,
    count_day: int = 0,
    **series: Sequence[float],
) -> int:
    """The day on which one run meets a condition; deeds by day, series by week."""  # fmt: skip
    term = Term(START, days, count_day)
    monitors = Monitors({"it": read(written)}, term, 1)
    one = np.array([0])
    for week in range(-(-days // 7)):
        last = term.record_day(week)
        for day in range(7 * week, last + 1):
            for deed in (deeds or {}).get(day, []):
                kind, _, actor = deed.partition(" by ")
                monitors.happened(kind, actor or None, one, day)
        monitors.week(
            last, {name: np.array([values[week]], np.float32) for name, values in series.items()}
        )
    return int(monitors.finish()[0, 0])


def happened(deed: str, **more: Any) -> dict[str, Any]:
    return {"happened": {"deed": deed, **more}}


def test_a_deed_counts_from_a_day_on() -> None:
    assert met(happened("summit"), {9: ["summit"]}, count_day=10) == -1
    assert met(happened("summit"), {9: ["summit"], 10: ["summit"]}, count_day=10) == 10


def test_a_deed_by_the_other_side_is_another() -> None:
    assert met(happened("expel", by="US"), {3: ["expel by RU"], 8: ["expel by US"]}) == 8


def test_dates_are_included() -> None:
    window = {"from": "2021-01-30", "until": "2021-02-01"}  # days 10 to 12
    assert [met(happened("summit", **window), {day: ["summit"]}) for day in (9, 10, 12, 13)] == [
        -1, 10, 12, -1,
    ]  # fmt: skip


def test_a_spell_is_met_on_the_day_it_is_complete() -> None:
    spell = {"sustained": {"series": "index", "at_least": 0, "for": "3 weeks"}}
    assert met(spell, index=[0, 0, -1, 0, 0, 0, 0, -1, -1, -1]) == 5 * 7 + 6


def test_the_last_short_week_is_a_week() -> None:
    spell = {"sustained": {"series": "index", "above": 0, "for": "2 weeks"}}
    assert met(spell, days=16, index=[0, 1, 1]) == 15


def test_several_are_met_with_the_nth_all_with_the_last_any_with_the_first() -> None:
    three = [happened("a"), happened("b"), happened("c")]
    deeds = {5: ["c"], 20: ["a"], 40: ["b"]}
    assert met({"at_least": {"n": 2, "of": three}}, deeds) == 20
    assert met({"all": three}, deeds) == 40
    assert met({"any": three}, deeds) == 5
    assert met({"at_least": {"n": 2, "of": three}}, {5: ["c", "c"], 9: ["c"]}) == -1


def test_a_contrary_is_known_when_the_window_closes() -> None:
    assert met({"not": happened("summit")}) == 69
    assert met({"not": happened("summit", until="2021-01-30")}, {11: ["summit"]}) == 10
    assert met({"not": happened("summit")}, {69: ["summit"]}) == -1


def test_then_is_strictly_after_and_any_pair_will_do() -> None:
    after = {"then": {"first": happened("a"), "second": happened("b"), "within": "7 days"}}
    assert met(after, {5: ["a", "b"]}) == -1
    assert met(after, {5: ["b", "a"], 6: ["b"]}) == 6
    assert met(after, {5: ["a"], 13: ["b"]}) == -1
    assert met(after, {5: ["a"], 12: ["b"]}) == 12
    assert met(after, {5: ["a"], 30: ["a"], 33: ["b"]}) == 33
    assert met(after, {5: ["a"], 9: ["a", "b"]}) == 9
    assert met(after, {5: ["a", "a", "b"]}) == -1
    ever = {"then": {"first": happened("a"), "second": happened("b")}}
    assert met(ever, {0: ["a"], 69: ["b"]}) == 69
    assert met(after, {0: ["a"], 3: ["b"]}) == 3


def test_the_contrary_of_then_is_known_when_the_second_is_out_of_time() -> None:
    second = {"any": [happened("b", until="2021-01-30"), happened("c", until="2021-02-01")]}
    assert met({"not": {"then": {"first": happened("a"), "second": second}}}) == 12


def test_a_share_of_blocks_is_judged_at_the_end() -> None:
    flow = [-1, -1, 3, 1, -5, 1, -1, 1, 0, -9]  # blocks of three: 1, -3, 0; the last is unfinished
    share = {"series": "flow", "per": "3 weeks", "take": "sum", "below": 0}
    assert met({"share": {**share, "in_at_least": "1 of 3"}}, flow=flow) == 69
    assert met({"share": {**share, "in_at_least": 2}}, flow=flow) == -1
    assert met({"share": {**share, "more_than": "33%"}}, flow=flow) == 69


def test_each_period_starts_afresh() -> None:
    twice = {"weeks": {"series": "hostile", "above": 0, "in_at_least": 2}}
    each = {"each": {"period": "5 weeks", "in_at_least": 2, "of": twice}}
    assert met(each, hostile=[1, 0, 0, 0, 1, 0, 1, 0, 1, 0]) == 8 * 7 + 6
    assert met(each, hostile=[1, 0, 0, 0, 0, 1, 1, 1, 1, 1]) == -1


DETENTE: dict[str, Any] = {
    "onset": "4 weeks",
    "of": {
        "all": [
            {"sustained": {"series": "index", "at_least": 0, "for": "4 weeks"}},
            {"not": happened("exit", in_last="4 weeks")},
            happened("summit", in_last="6 weeks"),
        ]
    },
}


def test_a_first_week_looks_back_and_is_dated_at_the_onset() -> None:
    watch, good = {"first_week": DETENTE}, [0.0] * 10
    assert met(watch, {2: ["summit"]}, index=good) == 0
    assert met(watch, {2: ["summit"]}, index=[-1, *good]) == 7
    assert met(watch, {2: ["summit"], 20: ["exit"]}, index=good) == -1  # then it is too long ago
    assert met(watch, {10: ["summit"], 20: ["exit"]}, index=good) == 21
    assert met(watch, {2: ["summit"]}, index=[0, 0, 0, -1, *good]) == -1


def test_an_onset_from_a_day_wants_none_earlier() -> None:
    late = {"first_week": {**DETENTE, "onset_from": "2021-01-27"}}  # day 7
    deeds = {2: ["summit"], 40: ["summit"]}
    assert met(late, deeds, index=[-1, *[0.0] * 9]) == 7
    assert met(late, deeds, index=[0.0] * 10) == -1


def test_the_mean_of_the_past_needs_all_its_weeks() -> None:
    mean = {"first_week": {"of": {"mean": {"series": "index", "above": 0, "in_last": "3 weeks"}}}}
    assert met(mean, index=[9, 9, -8, -1, -9, 0, 0, 1, 1, 1]) == 2 * 7 + 6
    assert met(mean, index=[9, 9, -18, -1, -9, 0, 0, 1, 1, 1]) == 7 * 7 + 6


def test_the_mean_of_one_week_is_that_week() -> None:
    mean = {"mean": {"series": "index", "above": 0, "from": "2021-01-27", "until": "2021-02-02"}}
    assert met(mean, index=[-1, 1, *[-1] * 8]) == 13
    assert met({"mean": {**mean["mean"], "until": "2021-02-01"}}, index=[1] * 10) == -1


def test_inside_each_the_past_begins_with_the_period() -> None:
    mean = {"first_week": {"of": {"mean": {"series": "index", "above": 0, "in_last": "3 weeks"}}}}
    each = {"each": {"period": "5 weeks", "in_at_least": 2, "of": mean}}
    assert met(each, index=[1, 1, 1, 1, 9, 1, -5, 3, 3, 0]) == 8 * 7 + 6


def test_a_deed_of_the_first_day_is_of_the_past() -> None:
    ever = {"first_week": {"of": happened("summit")}}
    assert met(ever, {0: ["summit"]}) == 6
    lately = {"first_week": {"of": happened("summit", in_last="2 weeks")}}
    assert met(lately, {0: ["summit"]}) == 6


def test_deeds_differ_by_subject() -> None:
    monitors = Monitors({"it": read(happened("done", of="pipe"))}, Term(START, 14), 3)
    monitors.happened("done", None, np.array([0, 1]), 3, "dam")
    monitors.happened("done", None, np.array([1, 2]), 5, "pipe")
    assert monitors.finish().tolist() == [[-1, 5, 5]]
    assert monitors.kinds == {"done"}


def test_a_status_is_asked_of_the_caller() -> None:
    when = {"status": {"treaty": "pact", "is": "left", "by": "RU"}}
    monitors = Monitors({"it": read(when)}, Term(START, 14), 2)
    asked = []

    def status(treaty: str, word: str, party: str | None) -> Any:
        asked.append((treaty, word, party))
        return np.array([False, True])

    assert monitors.finish(status).tolist() == [[-1, 13]]
    assert asked == [("pact", "left", "RU")]
    with pytest.raises(UsageError, match="pact"):
        monitors.finish()


def test_a_term_too_long_for_its_days_is_refused() -> None:
    with pytest.raises(UsageError, match="32767"):
        Monitors({"it": read(happened("summit"))}, Term(START, 32767), 1)
