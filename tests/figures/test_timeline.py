"""Figure 5: one run's timeline shows the run's log, and can be read."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from relsim.plots.canvas import GAP, SLACK, Label, clustered, placed
from relsim.plots.style import DPI, finished, text_width
from relsim.plots.timelines import finding, timeline, timeline_of
from relsim.scenario.schema import Scenario, load
from relsim.story.story import Story
from tests.figures.drawings import story_of
from tests.figures.test_figures import SMALLEST, visible_texts

RUNS = (0, 3, 5, 12, 40)


@lru_cache(maxsize=32)
def story(run: int, name: str = "us-russia-2021", change: str | None = None) -> Story:
    return story_of(load(name), run, change)


def half_size(figure: Figure) -> FigureCanvasAgg:
    figure.set_dpi(DPI / 2)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def everything(ax: Axes, canvas: FigureCanvasAgg) -> list[tuple[str, Bbox]]:
    """Texts of the lanes and of the index above them, where they are drawn."""
    texts: list[Text] = visible_texts(ax)
    for above in ax.child_axes:
        low, high = above.get_ylim()
        inside = [tick for tick in above.yaxis.get_major_ticks() if low <= tick.get_loc() <= high]
        texts += [above.yaxis.label, *(tick.label1 for tick in inside)]
    for text in texts:
        assert text.get_fontsize() * DPI / 2 / 72 >= SMALLEST, text
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in texts]


def markers(ax: Axes) -> list[Bbox]:
    """Where moves, meetings and agreements are drawn; ticks and lines are thin enough."""
    boxes = []
    for line in ax.lines:
        if line.get_marker() in ("v", "^", "o", "D", "*"):
            half = line.get_markersize() / 2 * DPI / 2 / 72
            for x, y in ax.transData.transform(np.column_stack(line.get_data())):
                boxes.append(Bbox.from_extents(x - half, y - half, x + half, y + half))
    return boxes


def overlap(one: Bbox, other: Bbox) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    return bool(wide > 0.5 and min(one.y1, other.y1) - max(one.y0, other.y0) > 0.5)


def faults(drawn: Story) -> list[str]:
    """Texts that overlap another one or a mark, or leave the figure, at half size."""
    ax = timeline(drawn)
    figure = finished(ax)
    canvas = half_size(figure)
    boxes = everything(ax, canvas)
    found = [
        f"{name!r} leaves the figure"
        for name, box in boxes
        if min(box.x0, box.y0) < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1
    ]
    found += [
        f"{one!r} overlaps {other!r}"
        for (one, a), (other, b) in combinations(boxes, 2)
        if overlap(a, b)
    ]
    marks = markers(ax)
    return found + [f"{name!r} hides a mark" for name, b in boxes for m in marks if overlap(b, m)]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.default_cases(1)
def test_nothing_overlaps_at_half_size(run: int) -> None:
    assert faults(story(run)) == []


@pytest.mark.slow
def test_twenty_years_can_be_read() -> None:
    assert faults(story(1, "us-russia-2021-20y")) == []


@pytest.mark.slow
def test_long_names_can_be_read() -> None:
    data = load("us-russia-2021").model_dump(by_alias=True, mode="json")
    data["actors"]["US"]["name"] = "The United States of America and $6 billion"
    data["treaties"]["new_start"]["name"] = "A treaty on the further reduction of " * 4
    for issue in data["issues"].values():
        issue["name"] = f"{issue['name']}, and all that goes with it in the longer run"
    data["ladder"]["rungs"][1] = "an incident of some kind that nobody meant to happen"
    assert faults(story_of(Scenario.model_validate(data), 12)) == []


def test_an_overlap_would_be_seen() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relsim.plots.canvas.placed", crowded)
        assert any("overlaps" in fault for fault in faults(story(0)))


def crowded(labels: list[Label], *more: object) -> list[Label]:
    """Every label in the first row, at its first mark."""
    return [Label(one.text, one.marks, 0, left=one.marks[0], row=0) for one in labels]


# The numbers


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.default_cases(1)
def test_it_holds_what_the_log_holds(run: int) -> None:
    drawn, log = timeline_of(story(run)), story(run).log
    moves = story(run).scenario.moves
    for lane, actor in zip(drawn.lanes, story(run).scenario.actors, strict=True):
        made = [h for h in log if h.actor == actor and h.kind in moves]
        assert [mark.when for mark in lane.marks] == [h.date for h in made]
        assert [mark.kind for mark in lane.marks] == [moves[h.kind].kind for h in made]
        for mark in lane.marks:
            assert mark.label or mark.kind != "strong_hostile"
    kinds = Counter(h.kind for h in log)
    assert len(drawn.sessions) == kinds["negotiation_round"]
    assert len(drawn.agreements) == kinds["agreement"]
    assert len(drawn.collisions) == kinds["collision"]
    assert len(drawn.meetings) == kinds["summit"]
    assert sum(signed for _, signed in drawn.meetings) == kinds["summit_with_document"]
    assert len(drawn.talks) == kinds["talks_opened"]
    np.testing.assert_array_equal(drawn.index, story(run).series["index"])


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.default_cases(1)
def test_talks_last_as_the_weekly_record_has_it(run: int) -> None:
    drawn, weeks = timeline_of(story(run)), story(run).week_days
    under_way = np.zeros(len(weeks), bool)
    start = story(run).scenario.horizon.start
    for bar in drawn.talks:
        first, last = ((when - start).days for when in (bar.first, bar.last))
        under_way |= (weeks >= first) & ((weeks < last) | (last == weeks[-1]))
    np.testing.assert_array_equal(under_way, story(run).series["talks"] == 2)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.default_cases(2)
def test_treaties_stand_as_the_weekly_record_has_it(run: int) -> None:
    drawn, weeks = timeline_of(story(run)), story(run).week_days
    start = story(run).scenario.horizon.start
    for treaty in story(run).scenario.treaties:
        both = [bar for bar in drawn.treaties.get(treaty, ()) if bar.kind == "both"]
        stands = np.zeros(len(weeks), bool)
        for bar in both:
            first, last = ((when - start).days for when in (bar.first, bar.last))
            stands |= (weeks >= first) & ((weeks < last) | (last == weeks[-1]))
        np.testing.assert_array_equal(stands, story(run).series[f"in_force.{treaty}"] == 1)


def test_every_mark_is_drawn() -> None:
    ax, drawn = timeline(story(0)), timeline_of(story(0))
    shown: Counter[str] = Counter()
    for line in ax.lines:
        if isinstance(line, Line2D) and line.get_linestyle() == "None":
            shown[str(line.get_marker())] += len(line.get_xdata())
    kinds = Counter(mark.kind for lane in drawn.lanes for mark in lane.marks)
    assert shown["v"] == kinds["strong_hostile"] + kinds["hostile"]
    assert shown["^"] == kinds["cooperative"]
    assert shown["D"] == len(drawn.meetings)
    assert shown["*"] == len(drawn.agreements)
    assert shown["|"] == len(drawn.sessions) + len(drawn.collisions)
    (above,) = ax.child_axes
    np.testing.assert_array_equal(above.lines[0].get_ydata(), drawn.index)


# Title, footer, axes


def plain(text: str) -> str:
    return text.replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.default_cases(1)
def test_the_title_says_what_happened(run: int) -> None:
    said = plain(finding(story(run)))
    outcome = story(run).outcomes[story(run).scenario.headline]
    when = "never came about"
    if outcome.date is not None:
        when = f"came about on {outcome.date.day} {outcome.date:%B %Y}"
    assert said.startswith(f"Run {run}: “{outcome.title}” {when}")
    ax = timeline(story(run))
    assert plain(ax.get_title(loc="left")) == said


def footer(ax: Axes) -> str:
    (note,) = [text.get_text() for text in ax.texts if text.get_gid() == "relsim-footer"]
    return plain(str(note))


def test_the_footer_says_where_it_comes_from() -> None:
    said = footer(timeline(story(12)))
    digest = str(story(12).provenance["scenario_hash"])[:8]
    for part in ("us-russia-2021", f"run 12 of draw {story(12).draw}", "seed 1", digest):
        assert part in said
    changed = story(12, change="2022-05-01 US leave_new_start")
    assert "US made to leave_new_start on 2022-05-04" in footer(timeline(changed))


def test_it_draws_on_the_axes_given() -> None:
    figure = Figure(figsize=(8, 3))
    ax = figure.subplots()
    assert timeline(story(12), ax) is ax
    assert len(ax.child_axes) == 1
    figure.canvas.draw()


# Labels


def places() -> st.SearchStrategy[list[tuple[float, str, int]]]:
    words = st.sampled_from(["sanctions", "posture", "leaves New START", "threat"])
    return st.lists(st.tuples(st.floats(0, 500), words, st.integers(0, 5)), max_size=30)


@given(marks=places(), rows=st.integers(1, 3))
@pytest.mark.slow
def test_labels_never_meet(marks: list[tuple[float, str, int]], rows: int) -> None:
    labels = clustered(marks, 8.5)
    assert sum(len(label.marks) for label in labels) == len(marks)
    found = placed(labels, rows, 500.0, 8.5)
    assert found or not labels
    boxes = [(one, one.left, one.left + SLACK * text_width(one.text, 8.5)) for one in found]
    for one, left, right in boxes:
        assert left >= 0
        assert right <= 500.0 + 1e-9
        assert one.stem in one.marks
    for (one, left, right), (other, start, end) in combinations(boxes, 2):
        if one.row == other.row:
            assert right + GAP <= start + 1e-9 or end + GAP <= left + 1e-9
        elif one.row < other.row:
            assert not left < other.stem < right
        else:
            assert not start < one.stem < end
