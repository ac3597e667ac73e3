"""Words of likelihood, and what a lexicon says that they mean; as lines to print, too.

A phrase is read as a whole or not at all: a term of the lexicon, or one of these on a term.

1. **Words without meaning of their own** around it are left out: "it is", "there is", "is", "are",
   "will", "a", "an", "the" before, "that" and "to" after. Capitals, hyphens, quotation marks and
   the shape of an apostrophe do not count, and "isn't" is "is not".
2. **"Very" and "highly"** are one word. Before "likely", "probable" and their opposites they halve
   the distance to the nearer end, 0 or 1 (Mosteller & Youtz 1990, Statistical Science 5(1):2-34),
   unless the lexicon has the phrase as a term.
3. **The complement**, 1 less the probability: of "likely" and "probable" after "not"; of a term
   that ends in "likely", "probably", "certain" or "certainly" before "not"; and of "more likely
   than not" by "less likely than not".

Everything else is refused. A shorter term inside a longer phrase is never used, since the rest may
turn it round ("scarcely probable", "far from certain", "likely to fail"); and what denies a strong
word need not mean its opposite ("not impossible", "not very likely").
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from relsim.errors import LONGEST_WORD, UnknownName, unknown
from relsim.lexicons.meaning import Meant, Points, points_of
from relsim.lexicons.terms import LEXICONS, Lexicon, Meaning, Range, Readers
from relsim.tables import Table

__all__ = [
    "FORMAT",
    "Line",
    "Reading",
    "lexicon_named",
    "lexicons_with",
    "listed",
    "meant_by",
    "nearest_terms",
    "read_phrase",
    "word_table",
]

STRENGTHENERS = {"very": "highly", "highly": "very"}
STRENGTHENED = ("likely", "probable", "unlikely", "improbable")
DENIED_AFTER = ("likely", "probable")  # "not likely"
DENIED_BEFORE = ("likely", "probably", "certain", "certainly")  # "almost certainly not"
NEAREST = 3  # terms that a refusal names
SMALL_WORDS = {"not", "no", "as", "about", "than", "the", "we", "are", "more", "very", "almost"}

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07`\u00b4", "'"))
_AROUND = " \t\r\n.,;:!?\u2026'\"\u201c\u201d\u201e\u00ab\u00bb"
_HYPHEN = re.compile("(?<=[a-z])[-\u2010\u2011](?=[a-z])")
_LEAD = re.compile(r"(?:(?:it is|it's|there is|is|are|will) )?(?:(?:an?|the) )?")
_TAIL = re.compile(" (?:that|to)$")


@dataclass(frozen=True)
class Reading:
    """What a lexicon makes of a phrase.

    Attributes
    ----------
    term : str
        The lexicon's term in it: ``"likely"`` in "not likely".
    lexicon : str
    points : tuple of float
        5, 50 and 95% points.
    operations : tuple of str
        What was done with the term, the last first: ``"complement of"``, ``"very"``.
    """

    term: str
    lexicon: str
    points: Points
    operations: tuple[str, ...] = ()

    @property
    def meant(self) -> Meant:
        """The distribution through the points."""
        return Meant(self.points)

    def __str__(self) -> str:
        return " ".join((*self.operations, self.term))


def lexicon_named(name: str) -> Lexicon:
    """The lexicon of a name.

    Raises
    ------
    UnknownName
        If there is none; with the nearest right name.
    """
    if name in LEXICONS:
        return LEXICONS[name]
    raise UnknownName(unknown("lexicon", name, LEXICONS))


def meant_by(phrase: str, lexicon: str = "survey") -> Meant:
    """What is meant by words of likelihood, as a distribution of a probability.

    Parameters
    ----------
    phrase : str
        A term of the lexicon, or what `relsim.lexicons.phrases` can make of one: ``"not likely"``.
    lexicon : str
        Key of `relsim.lexicons.terms.LEXICONS`.

    Raises
    ------
    UnknownName
        If there is no such lexicon, or it has no number for these words.

    Examples
    --------
    >>> meant_by("may happen").points
    (0.1, 0.4, 0.7)
    """
    return read_phrase(phrase, lexicon).meant


def read_phrase(phrase: str, lexicon: str) -> Reading:
    """Read a phrase by a lexicon: the whole of it, by the rules of this module.

    Raises
    ------
    UnknownName
        If there is no such lexicon, or it has no number for these words; with the nearest terms.

    Examples
    --------
    >>> reading = read_phrase("It isn't likely", "icd203")
    >>> str(reading), [round(point, 2) for point in reading.points]
    ('complement of likely', [0.14, 0.31, 0.56])
    """
    terms = lexicon_named(lexicon).terms
    found = _understood(phrase, terms)
    if found is None:
        raise UnknownName(_no_term(phrase, lexicon))
    term, operations = found
    meaning = terms[term]
    if meaning is None:
        raise UnknownName(
            f"lexicon {lexicon} names {term!r} and refuses to number it{_elsewhere(term)}; "
            "say what it means by `means`"
        )
    points = points_of(meaning)
    for operation in reversed(operations):
        points = OPERATIONS[operation](points)
    return Reading(term, lexicon, points, operations)


def lexicons_with(phrase: str) -> tuple[str, ...]:
    """The lexicons that give a number for a phrase."""
    found = {name: _understood(phrase, book.terms) for name, book in LEXICONS.items()}
    return tuple(
        name for name, read in found.items() if read and LEXICONS[name].terms[read[0]] is not None
    )


def nearest_terms(phrase: str, terms: Iterable[str]) -> list[str]:
    """The terms that look most like a phrase, or share a word with it; a few or none."""
    known, words = list(dict.fromkeys(terms)), _plain(phrase)
    if len(words) > LONGEST_WORD:
        return []
    close = difflib.get_close_matches(words, known, n=NEAREST)
    shared = [term for term in known if set(term.split()) & set(words.split()) - SMALL_WORDS]
    each = [term for word in words.split() for term in difflib.get_close_matches(word, known, n=1)]
    return list(dict.fromkeys((*close, *each, *shared)))[:NEAREST]


def _plain(phrase: str) -> str:
    """A phrase in small letters, one blank between words, without what stands around it."""
    text = phrase.casefold().translate(_APOSTROPHES).strip(_AROUND)
    return " ".join(_HYPHEN.sub(" ", text).replace("n't", " not").split())


def _understood(phrase: str, terms: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """The term that a phrase is, with the operations on it; None if it is none as a whole."""
    words = _plain(phrase)
    shorter = _TAIL.sub("", _LEAD.sub("", words, count=1))
    return _read(words, terms) or _read(shorter, terms)


def _read(words: str, terms: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    if found := _affirmed(words, terms):
        return found
    denied = _denied(words)
    found = _affirmed(denied, terms) if denied else None
    return (found[0], ("complement of", *found[1])) if found else None


def _affirmed(words: str, terms: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """A term, or one that is strengthened."""
    if words in terms:
        return words, ()
    first, _, rest = words.partition(" ")
    if first in STRENGTHENERS:
        if (twin := f"{STRENGTHENERS[first]} {rest}") in terms:
            return twin, ()
        if rest in STRENGTHENED and rest in terms:
            return rest, ("very",)
    return None


def _denied(words: str) -> str | None:
    """What a phrase denies, if it is one whose denial is the complement."""
    if words == "less likely than not":
        return "more likely than not"
    before, _, last = words.rpartition(" ")
    if last == "not" and before.rpartition(" ")[2] in DENIED_BEFORE:
        return before
    first, _, rest = words.partition(" ")
    return rest if first == "not" and rest in DENIED_AFTER else None


def _complement(points: Points) -> Points:
    return 1 - points[2], 1 - points[1], 1 - points[0]


def _halved(points: Points) -> Points:
    """Half the distance to the end that the median is nearer to."""
    if points[1] < 0.5:
        return points[0] / 2, points[1] / 2, points[2] / 2
    return _complement(_halved(_complement(points)))


OPERATIONS = {"complement of": _complement, "very": _halved}


def _no_term(phrase: str, lexicon: str) -> str:
    """What is wrong with a phrase that is no term, and what would be right."""
    own = LEXICONS[lexicon].terms
    near = nearest_terms(phrase, own)
    right = f"nearest: {_quoted(near)}" if near else f"it has: {', '.join(own)}"
    return (
        f"lexicon {lexicon} has no term {phrase[:60]!r}{_elsewhere(phrase)}; {right}; "
        "or say what it means by `means`"
    )


def _quoted(terms: Iterable[str]) -> str:
    return ", ".join(map(repr, terms))


def _elsewhere(phrase: str) -> str:
    """Which lexicons have a phrase."""
    others = lexicons_with(phrase)
    return f" (it is in {', '.join(others)})" if others else ""


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
        usual = spellings.partition(", ")[0]
        if meaning is None:
            yield Line(usual, name, usual, "refuses to number it", None)
        else:
            yield _line(usual, name)


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
    right = f"nearest: {_quoted(near)}" if near else "relsim words lists all there are"
    return (
        f"no lexicon has a term {phrase[:60]!r}, and no part of a phrase is used; {right}; "
        "a forecast may say what it means by `means`"
    )
