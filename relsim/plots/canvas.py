"""The lanes of a run's timeline, drawn: heights in points, labels where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relsim.plots import style
from relsim.plots.paper import Inks, inside
from relsim.plots.style import text_width

if TYPE_CHECKING:
    from relsim.plots.timelines import Bar, Lane, Timeline

GAP = 5.0  # points between two labels of a row
SLACK = 1.05  # letters are up to so much wider on a coarse grid of pixels
STEM = 2.0  # points that the line to a mark takes in the rows that it crosses
TRIES = 30
MIDDLE = (0.5, 0.8, 0.2, 1.0, 0.0)

Span = tuple[float, float]


@dataclass(frozen=True)
class Label:
    """Words for one or more marks, all in points from the left edge of the axes.

    Attributes
    ----------
    text : str
    marks : tuple of float
        Where the marks stand.
    rank : int
        Labels of a low rank are placed first.
    left : float
        Where the text begins; set when it is placed.
    row : int
        0 is next to the marks; -1 until it is placed.
    stem : float
        The mark to which a line leads, from further rows or from a text that lies aside.
    width : float
        Of the text.
    """

    text: str
    marks: tuple[float, ...]
    rank: int
    left: float = 0.0
    row: int = -1
    stem: float = 0.0
    width: float = 0.0

    @property
    def aside(self) -> bool:
        """Whether the text lies to one side of its mark."""
        return not self.left + STEM < self.stem < self.left + self.width - STEM

    @property
    def by_middle(self) -> list[float]:
        """The marks, those nearest to the middle of all first."""
        middle = (self.marks[0] + self.marks[-1]) / 2
        return sorted(self.marks, key=lambda mark: abs(mark - middle))


def cut(text: str, width: float, size: float) -> str:
    """A text that is no wider than `width` points; what is left out stands as an ellipsis.

    Examples
    --------
    >>> cut("sanctions", 100.0, 9.0), cut("a rather long name", 40.0, 9.0)
    ('sanctions', 'a rath…')
    """
    if text_width(text, size) <= width:
        return text
    fitting = (n for n in range(len(text), 0, -1) if text_width(text[:n] + "…", size) <= width)
    return text[: next(fitting, 1)].rstrip() + "…"


def clustered(marks: Sequence[tuple[float, str, int]], size: float) -> list[Label]:
    """One label for marks of one text that stand closer than the text is wide.

    Parameters
    ----------
    marks : sequence of (place, text, rank)
        Places in points.
    size : float
        Of the letters, in points.

    Examples
    --------
    >>> [label.text for label in clustered([(0.0, "a", 1), (6.0, "a", 1), (90.0, "a", 1)], 9.0)]
    ['2 × a', 'a']
    """
    groups: list[tuple[str, int, list[float]]] = []
    for text, rank in dict.fromkeys((text, rank) for _, text, rank in marks if text):
        width, group = text_width(text, size) + GAP, list[float]()
        for place in sorted(place for place, *words in marks if words == [text, rank]):
            if not group or place - group[-1] >= width or place - group[0] >= 2 * width:
                group = []
                groups.append((text, rank, group))
            group.append(place)
    return [
        Label(text if len(group) == 1 else f"{len(group)} × {text}", tuple(group), rank)
        for text, rank, group in groups
    ]


def placed(
    labels: Sequence[Label], rows: int, width: float, size: float, lean: Sequence[float] = MIDDLE
) -> list[Label]:
    """Place labels in rows so that none overlaps another, or the line of another to its mark.

    A label that finds no room is placed earlier and all are tried again, first with the texts in
    the middle of their marks, then to their sides; the best try counts.

    Parameters
    ----------
    labels : sequence of Label
        In any order.
    rows : int
        How many rows there are.
    width : float
        Of the axes, in points.
    size : float
        Of the letters, in points.
    lean : sequence of float
        Shares of a text that may lie left of its mark, the best one first.

    Returns
    -------
    list of Label
        Those that found room.
    """
    best: list[Label] = []
    for turn in range(len(lean)):
        order = sorted(labels, key=lambda label: (label.rank, label.marks[0]))
        for _ in range(TRIES):
            found = _tried(order, rows, width, size, (*lean[turn:], *lean[:turn]))
            if _worth(found) > _worth(best):
                best = found
            there = {(label.text, label.marks) for label in found}
            left_out = [label for label in order if (label.text, label.marks) not in there]
            if not left_out:
                return found
            order = [left_out[0], *(label for label in order if label is not left_out[0])]
    return best


def _worth(labels: Sequence[Label]) -> float:
    """Marks that have a label; those of a low rank count more, and those below their marks."""
    return sum(len(label.marks) + 3.0 / (1 + label.rank) - 0.3 * label.aside for label in labels)


def _tried(
    order: Sequence[Label], rows: int, width: float, size: float, lean: Sequence[float]
) -> list[Label]:
    taken: list[list[Span]] = [[] for _ in range(rows)]
    found = []
    for label in order:
        wide = SLACK * text_width(label.text, size)
        home = _home(label, taken, width, wide, lean)
        if home is not None:
            left, row, stem = home
            taken[row].append((left, left + wide))
            for crossed in taken[:row]:
                crossed.append((stem - STEM, stem + STEM))
            found.append(replace(label, left=left, row=row, stem=stem, width=wide))
    return found


def _home(
    label: Label, taken: list[list[Span]], width: float, wide: float, lean: Sequence[float]
) -> tuple[float, int, float] | None:
    """The first place that is free: where the text begins, its row, and the mark it leads to."""
    for row, those in enumerate(taken):
        crossed = [other for nearer in taken[:row] for other in nearer]
        for mark in label.by_middle:
            if any(_overlap((mark - STEM, mark + STEM), other, 0.0) for other in crossed):
                continue
            for part in lean:
                left = min(max(mark - part * wide, 0.0), width - wide)
                if not any(_overlap((left, left + wide), other, GAP) for other in those):
                    return left, row, mark
    return None


def _overlap(one: Span, other: Span, gap: float) -> bool:
    return one[0] < other[1] + gap and other[0] < one[1] + gap


SMALL = style.FOOTER  # letters of labels
NAME, WORDS = 90.0, 120.0  # points that the name of a lane may take, and a label
ROW = 1.3 * SMALL  # a row of labels, in points
MARKS = 13.0  # a row of marks
BAR = 11.0  # thickness of a bar
SPACE = 8.0  # between lanes
MEETINGS = "Leaders meet"
ON_BARS = (0.0, 0.3, 0.6, 1.0)  # how a bar's label leans
HOSTILE_ROWS, CONCESSION_ROWS = 3, 1  # of labels below and above the marks of a side

# Class of move: shape, colour, size in points, on which side of the line, words.
CLASSES = {
    "strong_hostile": ("v", style.VERMILLION, 8.0, -1, "Strong hostile"),
    "hostile": ("v", style.ORANGE, 5.5, -1, "Hostile"),
    "neutral": ("o", style.BLACK, 4.0, 0, "Neutral"),
    "cooperative": ("^", style.BLUE, 6.5, 1, "Cooperative"),
}


def named(lane: str) -> str:
    """The name of a lane in lines, beside its axis."""
    return style.literal(style.wrapped(cut(lane, 2.5 * NAME, style.TICK), NAME, style.TICK))


def height_of(drawn: Timeline) -> float:
    """Height of all lanes, in points."""
    side = MARKS * 2 + ROW * (HOSTILE_ROWS + CONCESSION_ROWS) + SPACE
    talks = 2 * MARKS + ROW + SPACE
    treaties = len(drawn.treaties) * (BAR + 3.0) + SPACE
    collisions = SPACE / 2 + MARKS * 1.4 + ROW * 1.3 + SPACE
    return len(drawn.lanes) * side + talks + treaties + collisions


class Canvas:
    """Draws the lanes from the bottom up; heights in points, as they are once laid out."""

    def __init__(self, ax: Axes, drawn: Timeline) -> None:
        self.ax, self.drawn, self.inks = ax, drawn, inside(ax)
        self.width = style.axes_width(ax)
        figure = cast("Figure", ax.get_figure(root=True))
        height = float(ax.bbox.height / figure.dpi * style.INCH)
        lanes_high = min(height_of(drawn), 0.8 * height)
        # One unit of the vertical axis is a point, or less where the axes are too low.
        self.top = height_of(drawn)
        self.whole = self.top * height / lanes_high
        self.roomy = lanes_high == self.top
        self.left, self.right = ax.get_xlim()
        self.ticks: dict[float, str] = {}  # names of the lanes, by where they stand

    def draw(self) -> None:
        """Draw all lanes, then the index above them."""
        self.ax.set_ylim(0.0, self.whole)
        base = self._talks(self._treaties(self._collisions(SPACE / 2)))
        for lane in reversed(self.drawn.lanes):
            base = self._side(base, lane)
        self.ax.set_yticks([*self.ticks], [named(name) for name in self.ticks.values()])
        colours = {named(lane.name): lane.colour for lane in self.drawn.lanes}
        style.names_in_colour(self.ax, colours)
        self._index(base / self.whole)

    def _points(self, when: date) -> float:
        """Where a date stands, in points from the left edge."""
        return (style.place(when) - self.left) / (self.right - self.left) * self.width

    def _date(self, points: float) -> float:
        return self.left + points / self.width * (self.right - self.left)

    def _separate(self, base: float) -> None:
        self.ax.axhline(base - SPACE / 2, color=self.inks.faint, linewidth=0.8, zorder=1)

    def _bar(self, bar: Bar, middle: float, colour: str, thick: float = BAR) -> None:
        first, last = style.place(bar.first), style.place(bar.last + timedelta(days=1))
        self.ax.barh(
            middle, last - first, height=thick, left=first, color=colour, linewidth=0, zorder=2
        )

    def _text(self, points: float, y: float, words: str, ground: str | None = None) -> None:
        """Write on the axes, or on something of another colour."""
        inks = self.inks if ground is None else Inks(ground)
        self.ax.text(
            self._date(points), y, style.literal(words), fontsize=SMALL, color=inks.ink,
            ha="left", va="center", zorder=5,
            bbox={"facecolor": inks.ground, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip

    def _marks(self, dates: Sequence[date], y: float, shape: str, colour: str, size: float,
               face: str | None = None) -> None:  # fmt: skip
        colour = self.inks.mark(colour)
        if not dates:
            return  # a line of no points has a place all the same, the figure's corner
        self.ax.plot(
            [style.place(when) for when in dates], [y] * len(dates), linestyle="", marker=shape,
            markersize=size, color=colour, markerfacecolor=face or colour,
            markeredgewidth=1.4 if face or shape == "|" else 0.8, zorder=4, clip_on=False,
        )  # fmt: skip

    def _collisions(self, base: float) -> float:
        """Ticks of collisions, and above them the ladder where it is raised."""
        low = base + MARKS / 2
        self._marks(self.drawn.collisions, low, "|", style.VERMILLION, BAR)
        for bar in self.drawn.ladder:
            self._bar(bar, low + MARKS * 0.9, self.inks.mark(style.PURPLE), 0.4 * BAR)
        self._name_bars(self.drawn.ladder, low + MARKS * 0.9 + 0.8 * ROW)
        self.ticks[low] = "Collisions"
        return low + MARKS * 0.9 + ROW * 1.3 + SPACE

    def _name_bars(self, bars: Sequence[Bar], y: float) -> None:
        """Write the name of each bar at its beginning."""
        names = [Label(cut(bar.label, WORDS, SMALL), (self._points(bar.first),), 0) for bar in bars]
        for label in self._room(names, 1, ON_BARS):
            self._text(label.left, y, label.text)

    def _room(
        self, labels: Sequence[Label], rows: int, lean: Sequence[float] = MIDDLE
    ) -> list[Label]:
        return placed(labels, rows, self.width, SMALL, lean) if self.roomy else []

    def _treaties(self, base: float) -> float:
        """A bar for each treaty while both are in it, a pale one while one is left."""
        self._separate(base)
        begin = base
        for bars in reversed(self.drawn.treaties.values()):
            middle = base + BAR / 2
            for bar in bars:
                both = bar.kind == "both"
                colour = self.inks.mark(style.BLUE) if both else self.inks.faint
                self._bar(bar, middle, colour)
                self._name(bar, middle, colour, last=bar is bars[-1])
            base += BAR + 3.0
        if self.drawn.treaties:
            self.ticks[(begin + base - 3.0) / 2] = "Treaties"
        return base + SPACE

    def _name(self, bar: Bar, middle: float, colour: str, *, last: bool) -> None:
        """A bar's name inside it, or beside it if there is room."""
        words = cut(bar.label, self.width / 2, SMALL)
        wide = SLACK * style.text_width(words, SMALL)
        first, end = self._points(bar.first), self._points(bar.last)
        if end - first > wide + 10:
            self._text(first + 5, middle, words, colour)
        elif last and self.width - end > wide + 10:
            self._text(end + 5, middle, words)

    def _talks(self, base: float) -> float:
        """Leaders' meetings above; talks below, with sessions, agreements and their subject."""
        self._separate(base)
        bars, meetings = base + ROW + MARKS / 2, base + ROW + MARKS * 1.5 + 2
        for bar in self.drawn.talks:
            self._bar(bar, bars, self.inks.mark(style.SKY))
        self._name_bars(self.drawn.talks, base + ROW / 2 - 1)
        self._marks(self.drawn.sessions, bars, "|", self.inks.ink, BAR)
        self._marks(self.drawn.agreements, bars, "*", style.GREEN, 11.0)
        for signed, face in ((True, None), (False, self.inks.ground)):
            those = [when for when, document in self.drawn.meetings if document == signed]
            self._marks(those, meetings, "D", style.GREEN, 6.0, face)
        self.ticks |= {bars: "Talks", meetings: MEETINGS}
        return meetings + MARKS / 2 + SPACE

    def _side(self, base: float, lane: Lane) -> float:
        """One side's moves: hostile ones below its line, cooperative ones above."""
        self._separate(base)
        line = base + HOSTILE_ROWS * ROW + MARKS
        self.ax.axhline(line, color=self.inks.mark(lane.colour), linewidth=1.6, zorder=1)
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
        self.ticks[line] = lane.name
        return line + MARKS + CONCESSION_ROWS * ROW + SPACE

    def _stem(self, points: float, begin: float, end: float) -> None:
        where = self._date(points)
        self.ax.plot([where, where], [begin, end], color=self.inks.ink, linewidth=0.5, zorder=3)

    def _index(self, share: float) -> None:
        """The relations index above the lanes, on axes of its own with the same dates."""
        above = self.ax.inset_axes((0.0, share, 1.0, 1.0 - share))
        style.clean(above, grid="y")
        above.patch.set_visible(False)
        above.set_xlim(self.left, self.right)
        above.set_xticks(self.ax.get_xticks(), [""] * len(self.ax.get_xticks()))
        above.tick_params(axis="x", length=0.0)
        drawn = self.drawn
        line, fill = (self.inks.mark(colour) for colour in (style.BLUE, style.SKY))
        above.plot(drawn.dates, drawn.index, color=line, linewidth=2.0, zorder=3)
        above.fill_between(drawn.dates, drawn.index, 0.0, color=fill, alpha=0.35, linewidth=0)
        above.axhline(0.0, color=self.inks.ink, linewidth=1.0, zorder=2)
        above.set_ylabel("Relations index\n(points a week)")
