"""Counts of events, against counting by hand, and tables that fit a line."""

from __future__ import annotations

from datetime import date

import pytest

from relsim.history.event_counts import (
    COOPERATIVE_MOVES,
    HOSTILE_MOVES,
    WAYS,
    class_of,
    counted_by,
    cross_table,
)
from relsim.history.events import BOTH, Event, packaged_record
from relsim.scenario.schema import load


def event(day: str, actor: str, move: str, confidence: float = 0.9) -> Event:
    target = BOTH if actor == BOTH else "RU" if actor != "RU" else "US"
    return Event(
        date=date.fromisoformat(day), actor=actor, target=target, move=move, what="w", source="s",
        confidence=confidence, kind="recorded",
    )  # fmt: skip


EVENTS = (
    event("2013-01-01", "US", "threaten"),
    event("2014-01-01", "RU", "threaten", 0.7),
    event("2014-02-01", "US", "impose_sanctions", 0.1),
    event("2014-03-01", BOTH, "summit"),
)


def test_counts_by_hand() -> None:
    assert list(counted_by(EVENTS, "year").items()) == [("2013", 1), ("2014", 3)]
    assert counted_by(EVENTS, "actor") == {"US": 2, "RU": 1, "both": 1}
    assert list(counted_by(EVENTS, "move")) == ["threaten", "impose_sanctions", "summit"]
    assert counted_by(EVENTS, "confidence") == {
        "0.9 or more": 2, "0.7 to 0.9": 1, "below 0.7": 1,
    }  # fmt: skip
    table = cross_table(EVENTS, "year")
    assert table.headings == ("Year", "US", "RU", "both", "all")
    assert list(table.rows) == [("2013", 1, None, None, 1), ("2014", 1, 1, 1, 3)]


@pytest.mark.parametrize("way", WAYS)
def test_all_events_are_counted(way: str) -> None:
    record = packaged_record()
    assert sum(counted_by(record, way).values()) == len(record)


def test_many_actors_share_a_column() -> None:
    many = [event("2014-01-01", f"Actor_number_{n}", "threaten") for n in range(20)]
    table = cross_table(many, "move")
    assert table.headings[-2:] == ("others", "all")
    (row,) = table.rows
    assert sum(n for n in row[1:-1] if isinstance(n, int)) == row[-1] == 20
    assert max(map(len, table.text().splitlines())) <= 80


def test_classes_are_those_of_the_catalogue() -> None:
    scenario = load("us-russia-2021")
    for name, move in scenario.moves.items():
        if name == "hold":
            continue
        one = event("2014-01-01", BOTH if move.joint else "US", name)
        assert class_of(one) == class_of(one, scenario)
        assert move.kind.endswith(class_of(one)), name
    assert not HOSTILE_MOVES & COOPERATIVE_MOVES
    assert class_of(event("2014-01-01", "US", "leave_abm")) == "hostile"
    assert class_of(event("2014-01-01", "US", "wave")) == "other"
