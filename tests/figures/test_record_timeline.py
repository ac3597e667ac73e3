"""The timeline of a record: its bars are the events, and nothing in it overlaps."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from relsim.errors import UsageError
from relsim.history.event_counts import class_of
from relsim.history.events import BOTH, Event, held_out_record, packaged_record
from relsim.plots.record_timeline import finding, record_bars, record_timeline
from relsim.plots.style import finished, place
from relsim.scenario.schema import load
from tests.figures.test_figures import (
    DEUTERANOPIA,
    PROTANOPIA,
    alike,
    collisions,
    legend_colours,
)


def event(day: date, actor: str, move: str, kind: str = "recorded") -> Event:
    target = BOTH if actor == BOTH else "RU" if actor == "US" else "US"
    return Event.model_validate(
        {"date": day, "actor": actor, "target": target, "move": move, "what": "w", "source": "s",
         "confidence": 0.9, "kind": kind}
    )  # fmt: skip


FEW = (
    event(date(2020, 12, 31), "US", "threaten"),
    event(date(2021, 1, 1), "US", "goodwill_gesture"),
    event(date(2021, 1, 31), BOTH, "summit"),
    event(date(2021, 2, 1), "RU", "criticize"),
    event(date(2021, 2, 2), "RU", "propose_talks", "implied"),
)
CROWDED = (
    *(event(date(2021, 1, 1) + timedelta(n), "US", "threaten") for n in range(31)),
    event(date(2021, 1, 5), "US", "goodwill_gesture"),
    event(date(2021, 2, 1), "RU", "criticize"),
)
RECORDS = {"few": FEW, "crowded": CROWDED, "one": FEW[:1]}


def test_bars_by_hand() -> None:
    drawn = record_bars(FEW)
    assert (drawn.span, drawn.starts[0], drawn.ends[-1]) == (
        "month", date(2020, 12, 1), date(2021, 3, 1)
    )  # fmt: skip
    assert drawn.hostile == {"US": (1, 0, 0), "RU": (0, 0, 1)}
    assert drawn.cooperative == {"US": (0, 1, 0), "RU": (0, 0, 0)}
    assert drawn.joint == {"US": (0, 1, 0), "RU": (0, 1, 0)}
    assert (len(drawn.events), drawn.implied, drawn.others) == (4, 1, 0)
    assert finding(drawn) == (
        "Hostile moves are as many as cooperative ones, 2 to 2, 31 December 2020 to 1 February "
        "2021; the most hostile year is 2020, with 1"
    )


def test_spans_grow_with_the_record() -> None:
    assert record_bars(packaged_record()).span == "quarter"
    assert record_bars(held_out_record()).span == "month"
    long = (event(date(1000, 1, 1), "US", "threaten"), *FEW)
    assert record_bars(long).span == "decade"


def test_every_recorded_event_is_drawn_once_for_each_side() -> None:
    record = packaged_record()
    drawn = record_bars(record)
    for side in drawn.lanes:
        own = [e for e in record if e.kind == "recorded" and e.actor in (side, BOTH)]
        hostile = sum(class_of(e) == "hostile" for e in own)
        assert sum(drawn.hostile[side]) == hostile
        assert sum(drawn.cooperative[side]) + sum(drawn.joint[side]) == len(own) - hostile


def test_the_picture_has_the_bars() -> None:
    drawn = record_bars(packaged_record())
    ax = record_timeline(packaged_record())
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(bars) == 3 * 2 * len(drawn.starts)
    height = sum(abs(bar.get_height()) for bar in bars)
    assert height == sum(
        sum(counts[side])
        for counts in (drawn.hostile, drawn.cooperative, drawn.joint)
        for side in drawn.lanes
    )
    assert {round(bar.get_x(), 6) for bar in bars} == {round(place(d), 6) for d in drawn.starts}


@pytest.mark.parametrize("name", ["record", "held out", *RECORDS])
@pytest.mark.default_cases(2)
def test_nothing_overlaps_at_half_size(name: str) -> None:
    records = {"record": packaged_record(), "held out": held_out_record(), **RECORDS}
    scenario = load("us-russia-2021") if name != "held out" else None
    figure = finished(record_timeline(records[name], scenario=scenario, source="a file.csv"))
    assert collisions(figure) == []


def test_nothing_to_draw_is_reported() -> None:
    for events in ((), FEW[-1:], FEW[2:3]):
        with pytest.raises(UsageError, match="no recorded move of a side to draw"):
            record_timeline(events)


@pytest.mark.parametrize("vision", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
@pytest.mark.default_cases(1)
def test_colours_are_told_apart(vision: np.ndarray) -> None:
    legend = record_timeline(packaged_record()).get_legend()
    assert legend is not None
    colours = legend_colours(legend) | {"paper": (1.0, 1.0, 1.0, 1.0)}
    assert len(colours) == 4
    assert alike(colours, vision) == []
