"""Figure 5: one run's timeline: index, both sides' moves, talks, treaties, collisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relsim.inference.story import Story
from relsim.plots import style
from relsim.plots.labels import MIDDLE, SLACK, Label, clustered, cut, placed
from relsim.plots.swimlanes import Bar, Lane, ladder_bars, lanes, talks_bars, treaty_bars
from relsim.plots.words import counted, day, number, together

__all__ = ["Timeline", "timeline", "timeline_of"]

SMALL = style.FOOTER  # letters of labels
NAME, WORDS = 90.0, 120.0  # points that the name of a lane may take, and a label
ROW = 1.3 * SMALL  # a row of labels, in points
MARKS = 13.0  # a row of marks
BAR = 11.0  # thickness of a bar
SPACE = 8.0  # between lanes
MEETINGS = "Leaders meet"
ON_BARS = (0.0, 0.3, 0.6, 1.0)  # how a bar's label leans
HOSTILE_ROWS, CONCESSION_ROWS = 3, 1  # of labels below and above the marks of a side
INDEX = 120.0  # height of the index that a figure of its own plans for
FRAME = 190.0  # title, legend, date axis and footer of such a figure

# Class of move: shape, colour, size in points, on which side of the line, words.
CLASSES = {
    "strong_hostile": ("v", style.VERMILLION, 8.0, -1, "Strong hostile"),
    "hostile": ("v", style.ORANGE, 5.5, -1, "Hostile"),
    "neutral": ("o", style.BLACK, 4.0, 0, "Neutral"),
    "cooperative": ("^", style.BLUE, 6.5, 1, "Cooperative"),
}


@dataclass(frozen=True)
class Timeline:
    """What a run's timeline shows.

    Attributes
    ----------
    dates : datetime64 (weeks,)
    index : float32 (weeks,)
    known_until : date or None
    lanes : tuple of Lane
    talks, ladder : tuple of Bar
    treaties : dict of tuple of Bar
    sessions, agreements, collisions : tuple of date
    meetings : tuple of (date, bool)
        Leaders' meetings, with a joint document or without.
    """

    dates: npt.NDArray[np.datetime64]
    index: npt.NDArray[np.float32]
    known_until: date | None
    lanes: tuple[Lane, ...]
    talks: tuple[Bar, ...]
    ladder: tuple[Bar, ...]
    treaties: dict[str, tuple[Bar, ...]]
    sessions: tuple[date, ...]
    agreements: tuple[date, ...]
    collisions: tuple[date, ...]
    meetings: tuple[tuple[date, bool], ...]


def timeline_of(story: Story) -> Timeline:
    """The numbers of a run's timeline."""
    start = np.datetime64(story.scenario.horizon.start, "D")
    signed = {one.day for one in story.log if one.kind == "summit_with_document"}

    def dates(kind: str) -> tuple[date, ...]:
        return tuple(one.date for one in story.log if one.kind == kind)

    return Timeline(
        dates=start + story.week_days,
        index=story.series["index"],
        known_until=story.scenario.horizon.known_until,
        lanes=lanes(story),
        talks=talks_bars(story),
        ladder=ladder_bars(story),
        treaties=treaty_bars(story),
        sessions=dates("negotiation_round"),
        agreements=dates("agreement"),
        collisions=dates("collision"),
        meetings=tuple((one.date, one.day in signed) for one in story.log if one.kind == "summit"),
    )


def finding(story: Story) -> str:
    """What happened in the run, in words."""
    outcome = story.outcomes[story.scenario.headline]
    when = "never came about"
    if outcome.date is not None:
        when = f"came about on {together(day(outcome.date))}"
    drawn = timeline_of(story)
    strong = sum(mark.kind == "strong_hostile" for lane in drawn.lanes for mark in lane.marks)
    told = ", ".join(
        [
            together(counted(len(drawn.meetings), "leaders’ meeting")),
            together(counted(len(drawn.agreements), "agreement")),
            together(counted(strong, "strong hostile move")),
        ]
    )
    first, last = (number(float(drawn.index[week]), 4.0) for week in (0, -1))
    return (
        f"Run {story.run}: “{outcome.title}” {when}; {told}; "
        f"the relations index went from {first} to {last}"
    )


def timeline(story: Story, ax: Axes | None = None) -> Axes:
    """Draw one run's timeline.

    Parameters
    ----------
    story : Story
        See `relsim.replay`.
    ax : Axes, optional
        Where to draw; by default a new figure, as high as its lanes need. The relations index
        stands on inset axes above the lanes.

    Returns
    -------
    Axes
    """
    drawn = timeline_of(story)
    ax = style.axes((_height(drawn) + INDEX + FRAME) / style.INCH) if ax is None else ax
    style.clean(ax, grid="x")
    style.dated(ax, drawn.dates[0].item(), drawn.dates[-1].item())
    ax.set_xlim(style.place(story.scenario.horizon.start), style.place(drawn.dates[-1]))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0.0, pad=7.0)  # a mark on the first day is as wide
    handles, labels = _legend(drawn)
    known = []
    if drawn.known_until is not None:
        known = [style.known_line(ax, drawn.known_until)]
        labels.append(f"Known until {day(drawn.known_until)}")
    names = [MEETINGS, *(lane.name for lane in drawn.lanes)]
    # As wide as the names will be, so that the layout settles before places are found.
    ax.set_yticks([0.5] * len(names), [_named(name) for name in names])
    style.headline(ax, finding(story), style.legend_above(ax, [*handles, *known], labels))
    _footnote(ax, story)
    cast("Figure", ax.get_figure(root=True)).draw_without_rendering()
    Canvas(ax, drawn).draw()
    return ax


def _footnote(ax: Axes, story: Story) -> None:
    versions = cast("dict[str, str]", story.provenance["versions"])
    parts = [
        story.scenario.name,
        f"run {story.run} of draw {story.draw}",
        f"{counted(story.runs_per_draw, 'run')} a draw",
        f"seed {story.seed}",
        f"scenario hash {str(story.provenance['scenario_hash'])[:8]}",
        f"relsim {versions['relsim-ir']}",
    ]
    if story.forced is not None:
        forced = story.forced
        parts.insert(4, f"{forced.actor} made to {forced.move} on {forced.date}")
    style.footnote(ax, parts)


def _named(lane: str) -> str:
    return style.literal(style.wrapped(cut(lane, 2.5 * NAME, style.TICK), NAME, style.TICK))


def _height(drawn: Timeline) -> float:
    """Height of all lanes, in points."""
    side = MARKS * 2 + ROW * (HOSTILE_ROWS + CONCESSION_ROWS) + SPACE
    talks = 2 * MARKS + ROW + SPACE
    treaties = len(drawn.treaties) * (BAR + 3.0) + SPACE
    collisions = SPACE / 2 + MARKS * 1.4 + ROW * 1.3 + SPACE
    return len(drawn.lanes) * side + talks + treaties + collisions


def _legend(drawn: Timeline) -> tuple[list[object], list[str]]:
    """Handles and labels of what there is in this run."""

    def mark(shape: str, colour: str, size: float, face: str | None = None) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=shape, markersize=size, color=colour,
            markerfacecolor=face or colour, markeredgewidth=1.4 if face else 0.8,
        )  # fmt: skip

    kinds = {one.kind for lane in drawn.lanes for one in lane.marks}
    found: list[tuple[object, str]] = [
        (mark(shape, colour, size), words)
        for kind, (shape, colour, size, _, words) in CLASSES.items()
        if kind in kinds
    ]
    if any(signed for _, signed in drawn.meetings):
        found.append((mark("D", style.GREEN, 6.0), "Joint document"))
    if any(not signed for _, signed in drawn.meetings):
        found.append((mark("D", style.GREEN, 6.0, "white"), "No document"))
    if drawn.talks:
        found.append((Patch(facecolor=style.SKY), "Talks"))
    if drawn.sessions:
        found.append((mark("|", style.INK, BAR), "Session"))
    if drawn.agreements:
        found.append((mark("*", style.GREEN, 11.0), "Agreement"))
    if drawn.collisions:
        found.append((mark("|", style.VERMILLION, BAR), "Collision"))
    if drawn.ladder:
        found.append((Patch(facecolor=style.PURPLE), "Escalation"))
    return [handle for handle, _ in found], [words for _, words in found]


class Canvas:
    """Draws the lanes from the bottom up; heights in points, as they are once laid out."""

    def __init__(self, ax: Axes, drawn: Timeline) -> None:
        self.ax, self.drawn = ax, drawn
        self.width = style.axes_width(ax)
        figure = cast("Figure", ax.get_figure(root=True))
        height = float(ax.bbox.height / figure.dpi * style.INCH)
        lanes_high = min(_height(drawn), 0.8 * height)
        # One unit of the vertical axis is a point, or less where the axes are too low.
        self.top = _height(drawn)
        self.whole = self.top * height / lanes_high
        self.roomy = lanes_high == self.top
        self.left, self.right = ax.get_xlim()

    def draw(self) -> None:
        """Draw all lanes, then the index above them."""
        self.ax.set_ylim(0.0, self.whole)
        ticks: list[tuple[float, str]] = []
        base = self._collisions(SPACE / 2, ticks)
        base = self._treaties(base, ticks)
        base = self._talks(base, ticks)
        for lane in reversed(self.drawn.lanes):
            base = self._side(base, lane, ticks)
        places, names = zip(*ticks, strict=True)
        self.ax.set_yticks(places, [_named(name) for name in names])
        self._index(base / self.whole)

    def _points(self, when: date) -> float:
        """Where a date stands, in points from the left edge."""
        return (style.place(when) - self.left) / (self.right - self.left) * self.width

    def _date(self, points: float) -> float:
        return self.left + points / self.width * (self.right - self.left)

    def _separate(self, base: float) -> None:
        self.ax.axhline(base - SPACE / 2, color=style.FAINT, linewidth=0.8, zorder=1)

    def _bar(self, bar: Bar, middle: float, colour: str, thick: float = BAR) -> None:
        first, last = style.place(bar.first), style.place(bar.last + timedelta(days=1))
        self.ax.barh(
            middle, last - first, height=thick, left=first, color=colour, linewidth=0, zorder=2
        )

    def _text(
        self, points: float, y: float, words: str, colour: str = style.INK, ground: str = "white"
    ) -> None:
        self.ax.text(
            self._date(points), y, style.literal(words), fontsize=SMALL, color=colour,
            ha="left", va="center", zorder=5,
            bbox={"facecolor": ground, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip

    def _marks(self, dates: Sequence[date], y: float, shape: str, colour: str, size: float,
               face: str | None = None) -> None:  # fmt: skip
        if not dates:
            return  # a line of no points has a place all the same, the figure's corner
        self.ax.plot(
            [style.place(when) for when in dates], [y] * len(dates), linestyle="", marker=shape,
            markersize=size, color=colour, markerfacecolor=face or colour,
            markeredgewidth=1.4 if face or shape == "|" else 0.8, zorder=4, clip_on=False,
        )  # fmt: skip

    def _collisions(self, base: float, ticks: list[tuple[float, str]]) -> float:
        """Ticks of collisions, and above them the ladder where it is raised."""
        low = base + MARKS / 2
        self._marks(self.drawn.collisions, low, "|", style.VERMILLION, BAR)
        for bar in self.drawn.ladder:
            self._bar(bar, low + MARKS * 0.9, style.PURPLE, 0.4 * BAR)
        for label in self._room(self._beginnings(self.drawn.ladder), 1, ON_BARS):
            self._text(label.left, low + MARKS * 0.9 + 0.8 * ROW, label.text)
        ticks.append((low, "Collisions"))
        return low + MARKS * 0.9 + ROW * 1.3 + SPACE

    def _beginnings(self, bars: Sequence[Bar]) -> list[Label]:
        """A label for each bar, at its beginning."""
        return [
            Label(cut(bar.label, WORDS, SMALL), (self._points(bar.first),), 0) for bar in bars
        ]

    def _room(
        self, labels: Sequence[Label], rows: int, lean: Sequence[float] = MIDDLE
    ) -> list[Label]:
        return placed(labels, rows, self.width, SMALL, lean) if self.roomy else []

    def _treaties(self, base: float, ticks: list[tuple[float, str]]) -> float:
        """A bar for each treaty while both are in it, a pale one while one is left."""
        self._separate(base)
        begin = base
        for bars in reversed(self.drawn.treaties.values()):
            middle = base + BAR / 2
            for number_, bar in enumerate(bars):
                both = bar.kind == "both"
                self._bar(bar, middle, style.BLUE if both else style.FAINT)
                last = number_ == len(bars) - 1
                self._name(bar, middle, both, last)
            base += BAR + 3.0
        if self.drawn.treaties:
            ticks.append(((begin + base - 3.0) / 2, "Treaties"))
        return base + SPACE

    def _name(self, bar: Bar, middle: float, both: bool, last: bool) -> None:
        """A bar's name inside it, or beside it if there is room."""
        words = cut(bar.label, self.width / 2, SMALL)
        wide = SLACK * style.text_width(words, SMALL)
        first, end = self._points(bar.first), self._points(bar.last)
        if end - first > wide + 10:
            colours = ("white", style.BLUE) if both else (style.INK, style.FAINT)
            self._text(first + 5, middle, words, *colours)
        elif last and self.width - end > wide + 10:
            self._text(end + 5, middle, words)

    def _talks(self, base: float, ticks: list[tuple[float, str]]) -> float:
        """Leaders' meetings above; talks below, with sessions, agreements and their subject."""
        self._separate(base)
        bars, meetings = base + ROW + MARKS / 2, base + ROW + MARKS * 1.5 + 2
        for bar in self.drawn.talks:
            self._bar(bar, bars, style.SKY)
        for label in self._room(self._beginnings(self.drawn.talks), 1, ON_BARS):
            self._text(label.left, base + ROW / 2 - 1, label.text)
        self._marks(self.drawn.sessions, bars, "|", style.INK, BAR)
        self._marks(self.drawn.agreements, bars, "*", style.GREEN, 11.0)
        for signed, face in ((True, None), (False, "white")):
            those = [when for when, document in self.drawn.meetings if document == signed]
            self._marks(those, meetings, "D", style.GREEN, 6.0, face)
        ticks += [(bars, "Talks"), (meetings, MEETINGS)]
        return meetings + MARKS / 2 + SPACE

    def _side(self, base: float, lane: Lane, ticks: list[tuple[float, str]]) -> float:
        """One side's moves: hostile ones below its line, cooperative ones above."""
        self._separate(base)
        line = base + HOSTILE_ROWS * ROW + MARKS
        self.ax.axhline(line, color=style.FAINT, linewidth=0.8, zorder=1)
        for kind, (shape, colour, size, side, _) in CLASSES.items():
            those = [mark.when for mark in lane.marks if mark.kind == kind]
            self._marks(those, line + side * MARKS / 2, shape, colour, size)
        for below, rows in ((True, HOSTILE_ROWS), (False, CONCESSION_ROWS)):
            named = [
                (self._points(mark.when), cut(mark.label, WORDS, SMALL), mark.rank)
                for mark in lane.marks
                if mark.label and (CLASSES[mark.kind][3] < 0) == below
            ]
            edge = line - MARKS + 1 if below else line + MARKS - 1
            for label in self._room(clustered(named, SMALL), rows):
                step = -(label.row + 0.5) * ROW if below else (label.row + 0.5) * ROW
                self._text(label.left, edge + step, label.text)
                if label.row or label.aside:
                    end = abs(step) if label.aside else label.row * ROW
                    middle = line - MARKS / 2 if below else line + MARKS / 2
                    self._stem(label.stem, middle, edge + (-end if below else end))
        ticks.append((line, lane.name))
        return line + MARKS + CONCESSION_ROWS * ROW + SPACE

    def _stem(self, points: float, begin: float, end: float) -> None:
        where = self._date(points)
        self.ax.plot([where, where], [begin, end], color=style.INK, linewidth=0.5, zorder=3)

    def _index(self, share: float) -> None:
        """The relations index above the lanes, on axes of its own with the same dates."""
        above = self.ax.inset_axes((0.0, share, 1.0, 1.0 - share))
        style.clean(above, grid="y")
        above.patch.set_visible(False)
        above.set_xlim(self.left, self.right)
        above.set_xticks(self.ax.get_xticks(), [""] * len(self.ax.get_xticks()))
        above.tick_params(axis="x", length=0.0)
        drawn = self.drawn
        above.plot(drawn.dates, drawn.index, color=style.BLUE, linewidth=2.0, zorder=3)
        above.fill_between(drawn.dates, drawn.index, 0.0, color=style.SKY, alpha=0.35, linewidth=0)
        above.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
        above.set_ylabel("Relations index\n(points a week)")
