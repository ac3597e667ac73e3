"""Reasons: the parts of a condition account for the whole, on random records."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from relsim.scenario.catalogue import Outcome
from relsim.scenario.schema import Scenario, load
from relsim.story.reasons import Reason, reasons
from relsim.story.reasons import Records as StoryRecords
from relsim.worlds.record import Entry
from tests.verification.outcome_conditions import conditions, records
from tests.verification.outcome_records import (
    CASES,
    Records,
    by_brute_force,
    random_records,
    read,
)

BASE = load("us-russia-2021")
NAMED = BASE.model_copy(update={"treaties": {**BASE.treaties, "pact": BASE.treaties["new_start"]}})


def reason_of(written: dict[str, Any], recorded: Records) -> Reason:
    """Why the first of these runs met a condition or not."""
    outcome = Outcome(title="-", resolves="-", when=read(written))
    scenario: Scenario = NAMED.model_copy(update={"outcomes": {"it": outcome}})
    one = recorded.of_one(0)
    log = [Entry(day, kind, by, of, runs, 0.0) for day, kind, by, of, runs in one.deeds]
    series = {name: values[:, 0] for name, values in one.series.items()}
    return reasons(scenario, StoryRecords(recorded.term, log, series), one.status)["it"]


def expected(written: dict[str, Any], recorded: Records) -> datetime.date | None:
    day = int(by_brute_force({"it": written}, recorded.of_one(0))[0, 0])
    return None if day < 0 else recorded.term.start + datetime.timedelta(days=day)


def check(written: dict[str, Any], reason: Reason, recorded: Records) -> None:
    """The day is the condition's, each part's is its own, and they add up."""
    assert reason.date == expected(written, recorded)
    assert reason.met == (reason.date is not None)
    ((operator, body),) = written.items()
    met = [part.met for part in reason.parts]
    if operator in ("all", "any", "at_least"):
        listed = body["of"] if operator == "at_least" else body
        assert len(met) == len(listed)
        wanted = {"all": len(listed), "any": 1}.get(operator) or body["n"]
        assert reason.met == (sum(met) >= wanted)
        for part, of_part in zip(listed, reason.parts, strict=True):
            check(part, of_part, recorded)
    elif operator == "not" and met:
        assert met == [not reason.met]
        check(body, reason.parts[0], recorded)
    elif operator == "each":
        assert reason.met == (sum(met) >= body["in_at_least"])
    elif operator == "then":
        check(body["first"], reason.parts[0], recorded)
        check(body["second"], reason.parts[1], recorded)
        assert not reason.met or all(met)
    elif operator == "first_week":
        check_week(body, reason)
    else:
        check_evidence(operator, body, reason)


def check_week(body: dict[str, Any], reason: Reason) -> None:
    """At the week where they are read, the parts hold as the whole does."""
    if reason.evidence == "no week to look at":
        assert not reason.parts
        return
    held = "first held" in reason.evidence
    assert reason.met or not held or "too early" in reason.evidence
    assert all(part.met for part in reason.parts) == held
    for part in reason.parts:
        check_past(part)


def check_past(reason: Reason) -> None:
    """Inside a week too, several add up."""
    met = [part.met for part in reason.parts]
    words = reason.asks.split()
    if reason.asks.startswith("at least") and met:
        assert reason.met == (sum(met) >= int(words[2]))
    elif words[0] in ("all", "any") and met:
        assert reason.met == (all(met) if words[0] == "all" else any(met))
    elif words[0] == "not" and met:
        assert reason.met == (not met[0])
    for part in reason.parts:
        check_past(part)


def check_evidence(operator: str, body: dict[str, Any], reason: Reason) -> None:
    """What is said of the record decides as the condition does."""
    words = reason.evidence.split()
    if operator == "happened":
        assert reason.met == (words[0] != "never")
    elif operator == "weeks":
        assert reason.met == (int(words[0]) >= body.get("in_at_least", 1))
    elif operator == "share":
        assert int(words[0]) <= int(words[2])
    elif operator == "mean" and reason.met:
        assert words[0] == "mean"


@settings(max_examples=60)
@given(written=conditions(), recorded=records())
def test_the_parts_account_for_the_whole(written: dict[str, Any], recorded: Records) -> None:
    check(written, reason_of(written, recorded), recorded)


@pytest.mark.parametrize("case", CASES)
def test_each_operator_has_words_met_and_unmet(case: str) -> None:
    """Of runs that meet the case and of some that do not."""
    many = random_records(1, width=60)
    seen = set()
    for run in range(many.width):
        recorded = many.of_one(run)
        reason = reason_of(CASES[case], recorded)
        check(CASES[case], reason, recorded)
        assert reason.asks
        seen.add(reason.met)
    assert seen == {True, False}


def test_evidence_is_in_words() -> None:
    recorded = random_records(3, width=1, number=0)
    recorded.series["index"][:] = -1
    recorded.series["index"][3:9] = 0.5
    for written, said in (
        ({"sustained": {"series": "index", "above": 0, "for": "2 weeks"}}, "longest spell 6 weeks"),
        ({"weeks": {"series": "index", "above": 0}}, "6 weeks"),
        ({"mean": {"series": "index", "below": 0}}, "mean −0.59"),
        ({"share": {"series": "index", "per": "3 weeks", "above": 0, "in_at_least": 1}}, "2 of 7"),
        ({"happened": {"deed": "summit"}}, "never"),
        ({"status": {"treaty": "pact", "is": "left"}}, "no notice, no exit"),
    ):
        assert reason_of(written, recorded).evidence == said
    recorded.deeds.append((5, "summit", None, None, np.zeros(1, np.int64)))
    assert reason_of({"happened": {"deed": "summit"}}, recorded).evidence == (
        "never when it counts, but on 25 January 2021"
    )
