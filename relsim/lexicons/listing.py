"""Words and what each lexicon makes of them, as lines to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from relsim.errors import UnknownName
from relsim.lexicons.meaning import Points
from relsim.lexicons.phrases import nearest_terms, read_phrase
from relsim.lexicons.terms import LEXICONS, Meaning, Range, Readers
from relsim.tables import Table

__all__ = ["FORMAT", "Line", "listed", "word_table"]

FORMAT = "relsim.words/1"


@dataclass(frozen=True)
class Line:
    """A phrase in one lexicon.

    Attributes
    ----------
    phrase, lexicon : str
    term : str
        How the phrase was read: a term, or an operation on one.
    given : str
        What the lexicon gives for the term.
    points : tuple of float or None
        5, 50 and 95% points of the probability meant; None if the lexicon refuses to number it.
    """

    phrase: str
    lexicon: str
    term: str
    given: str
    points: Points | None

    @property
    def meant(self) -> str:
        """The points in per cent."""
        if self.points is None:
            return "no number"
        return " - ".join(_per_cent(point) for point in self.points)

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return asdict(self)


def listed(phrases: Sequence[str], lexicons: Iterable[str]) -> list[Line]:
    """What lexicons make of phrases; of all their words if no phrase is given.

    Raises
    ------
    UnknownName
        If no lexicon has a word for one of the phrases.
    """
    names = list(lexicons)
    if not phrases:
        return [line for name in names for line in _all_of(name)]
    lines = []
    for phrase in phrases:
        found, complaints = [], []
        for name in names:
            try:
                found.append(_line(phrase, name))
            except UnknownName as error:
                complaints.append(str(error))
        if not found:
            raise UnknownName(complaints[0] if len(names) == 1 else _nowhere(phrase))
        lines += found
    return lines


def word_table(lines: Sequence[Line]) -> Table:
    """One row for each phrase in each lexicon."""
    rows = [(line.phrase, line.lexicon, line.term, line.given, line.meant) for line in lines]
    return Table(("Words", "Lexicon", "Read as", "It gives", "Meant: 5–50–95%"), rows)


def _all_of(name: str) -> Iterator[Line]:
    for spellings, meaning in LEXICONS[name].entries:
        if meaning is None:
            yield Line(spellings[0], name, spellings[0], "refuses to number it", None)
        else:
            yield _line(spellings[0], name)


def _line(phrase: str, name: str) -> Line:
    reading = read_phrase(phrase, name)
    given = _given(LEXICONS[name].terms[reading.term])
    return Line(phrase, name, str(reading), given, reading.points)


def _given(meaning: Meaning) -> str:
    if isinstance(meaning, Range):
        return f"{meaning.low:g} to {meaning.high:g}%"
    if isinstance(meaning, Readers):
        outer = "" if meaning.p5 is None else f", 90% {meaning.p5:g} to {meaning.p95:g}"
        quartiles = f"half {meaning.lower_quartile:g} to {meaning.upper_quartile:g}"
        return f"median {meaning.median:g}%, {quartiles}{outer}"
    return "a judgement"


def _per_cent(share: float) -> str:
    """Two digits of it, or of what is missing to 100."""
    near = min(share, 1 - share)
    return f"{100 * share:.{0 if near >= 0.095 else 1 if near >= 0.0095 else 2}f}"


def _nowhere(phrase: str) -> str:
    near = nearest_terms(phrase, (term for book in LEXICONS.values() for term in book.terms))
    right = f"nearest: {', '.join(map(repr, near))}" if near else "relsim words lists all there are"
    return (
        f"no lexicon has a term {phrase[:60]!r}, and no part of a phrase is used; {right}; "
        "a forecast may say what it means by `means`"
    )
