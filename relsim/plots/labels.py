"""Labels in rows: each as near to its marks as the others leave room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from relsim.plots.style import text_width

__all__ = ["Label", "clustered", "cut", "placed"]

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
    found: list[Label] = []
    for text, rank in dict.fromkeys((text, rank) for _, text, rank in marks if text):
        places = sorted(place for place, *words in marks if words == [text, rank])
        width, group = text_width(text, size) + GAP, [places[0]]
        for place in places[1:]:
            if place - group[-1] < width and place - group[0] < 2 * width:
                group.append(place)
            else:
                found.append(_label(text, group, rank))
                group = [place]
        found.append(_label(text, group, rank))
    return found


def _label(text: str, marks: Sequence[float], rank: int) -> Label:
    words = text if len(marks) == 1 else f"{len(marks)} × {text}"
    return Label(words, tuple(marks), rank)


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
    """Marks that have a label; the more telling ones count more, and those below their marks."""
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
