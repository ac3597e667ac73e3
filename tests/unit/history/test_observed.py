"""The record of a simulated run, from logs written by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from relsim import load
from relsim.history.events import BOTH
from relsim.history.observed import record_of_run
from relsim.runs.chunk_result import LOG_TYPE, vocabulary

SCENARIO = load("us-russia-1993")
WORDS = vocabulary(SCENARIO)
ACCEPTED = (
    (3, "propose_summit", "RU", "summit"), (9, "accept_proposal", "US", "summit"),
    (40, "summit", None, None),
)  # fmt: skip


def log(*rows: tuple[int, str, str | None, str | None]) -> npt.NDArray[np.void]:
    """Rows of a log: day, kind, actor, subject; the value is 7."""
    table = np.zeros(len(rows), LOG_TYPE)
    for place, (day, kind, actor, subject) in enumerate(rows):
        table[place]["day"], table[place]["kind"] = day, WORDS.kinds.index(kind)
        table[place]["actor"] = -1 if actor is None else WORDS.actors.index(actor)
        table[place]["subject"] = -1 if subject is None else WORDS.subjects.index(subject)
        table[place]["value"] = 7
    return table


def recorded(*rows: tuple[int, str, str | None, str | None], detected: float = 0) -> list[Any]:
    events = record_of_run(log(*rows), WORDS, SCENARIO, detected, seed=1)
    start = SCENARIO.horizon.start
    assert all(event.date >= start for event in events)
    return [((e.date - start).days, e.actor, e.move, e.kind) for e in events]


def test_an_accepted_proposal_is_implied() -> None:
    assert recorded(*ACCEPTED) == [
        (3, "RU", "propose_summit", "implied"), (9, "US", "accept_proposal", "implied"),
        (40, BOTH, "summit", "recorded"),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", ["reject_proposal", "proposal_lapsed"])
def test_another_is_seen_with_its_rejection_or_not_at_all(answer: str) -> None:
    mover = "US" if answer == "reject_proposal" else "RU"
    rows = ((3, "propose_talks", "RU", "talks"), (9, answer, mover, "talks"), *ACCEPTED[2:])
    assert recorded(*rows) == [(40, BOTH, "summit", "recorded")]
    seen = recorded(*rows, detected=1)
    assert [kind for _, _, kind, _ in seen] == [
        "propose_talks", *([answer] if answer == "reject_proposal" else []), "summit",
    ]  # fmt: skip
    assert {kind for *_, kind in seen} == {"recorded"}


def test_a_lapsed_proposal_is_not_what_a_later_answer_answers() -> None:
    rows = (
        (3, "propose_talks", "RU", "talks"), (30, "proposal_lapsed", "RU", "talks"),
        (40, "propose_talks", "US", "talks"), (45, "accept_proposal", "RU", "talks"),
    )  # fmt: skip
    assert [day for day, *_ in recorded(*rows)] == [40, 45]


def test_what_both_had_proposed_is_agreed_for_both() -> None:
    rows = (
        (3, "propose_summit", "RU", "summit"), (4, "propose_summit", "US", "summit"),
        (9, "accept_proposal", "US", "summit"), (30, "propose_talks", "RU", "talks"),
        (31, "propose_summit", "US", "summit"), (32, "accept_proposal", "US", "talks"),
    )  # fmt: skip
    assert [(day, kind) for day, *_, kind in recorded(*rows)] == [
        (day, "implied") for day in (3, 4, 9, 30, 32)
    ]


def test_moves_and_collisions_are_recorded_and_other_happenings_are_not() -> None:
    region = next(iter(SCENARIO.regions))
    rows = (
        (1, "impose_sanctions", "US", None), (2, "negotiation_round", None, None),
        (3, "opening", None, None), (4, "collision", None, region),
    )  # fmt: skip
    found = record_of_run(log(*rows), WORDS, SCENARIO, 1, seed=1)
    assert [(e.move, e.actor, e.target, e.size) for e in found] == [
        ("impose_sanctions", "US", "RU", None), ("collision", BOTH, region, 7),
    ]  # fmt: skip
    assert found[1].date == SCENARIO.horizon.start + timedelta(days=4)
