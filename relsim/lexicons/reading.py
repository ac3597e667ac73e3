"""Words of likelihood found in a phrase, and what a lexicon says that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from relsim.errors import UnknownName, nearest
from relsim.lexicons.meaning import Meant, Points, points_of
from relsim.lexicons.terms import LEXICONS, Lexicon

__all__ = ["Reading", "lexicon_named", "lexicons_with", "meant_by", "read_phrase"]

STRENGTHENERS = ("very", "highly", "extremely")
NEGATIONS = ("not", "never", "hardly")
LONGEST = 400  # characters of a phrase


@dataclass(frozen=True)
class Reading:
    """What a lexicon makes of a phrase.

    Attributes
    ----------
    term : str
        The words of likelihood found in it: ``"may"`` in "may be signs".
    lexicon : str
    points : tuple of float
        5, 50 and 95% points.
    modifiers : tuple of str
        Those that stand before the term and were reckoned in by rule.
    """

    term: str
    lexicon: str
    points: Points
    modifiers: tuple[str, ...] = ()

    @property
    def meant(self) -> Meant:
        """The distribution through the points."""
        return Meant(self.points)

    def __str__(self) -> str:
        return " ".join((*self.modifiers, self.term))


def lexicon_named(name: str) -> Lexicon:
    """The lexicon of a name.

    Raises
    ------
    UnknownName
        If there is none; with the nearest right name.
    """
    if name in LEXICONS:
        return LEXICONS[name]
    hint = nearest(name, LEXICONS)
    right = f"did you mean {hint!r}?" if hint else f"known: {', '.join(LEXICONS)}"
    raise UnknownName(f"unknown lexicon {name[:60]!r}; {right}")


def meant_by(phrase: str, lexicon: str = "survey") -> Meant:
    """What is meant by words of likelihood, as a distribution of a probability.

    Parameters
    ----------
    phrase : str
        A word, or wording that holds one: ``"unlikely to succeed"``.
    lexicon : str
        Key of `relsim.lexicons.terms.LEXICONS`.

    Raises
    ------
    UnknownName
        If there is no such lexicon, or it has no number for these words.

    Examples
    --------
    >>> meant_by("may be signs").points
    (0.1, 0.4, 0.7)
    """
    return read_phrase(phrase, lexicon).meant


def read_phrase(phrase: str, lexicon: str) -> Reading:
    """Find the words of likelihood in a phrase, and read them by a lexicon.

    The longest of the lexicon's terms counts, of equally long ones the first. What the lexicon has
    under its own entry ("very unlikely") is read there. Otherwise "very" and its like halve the
    distance to the nearer end, 0 or 1; a negation takes the complement and halves its distance to
    the nearer end (Mosteller & Youtz 1990, Statistical Science 5(1):2-34).

    Raises
    ------
    UnknownName
        If there is no such lexicon, or it has no number for these words.
    """
    terms = lexicon_named(lexicon).terms
    words = _words(phrase)
    found = _longest(words, terms)
    if found is None:
        raise UnknownName(_no_term(phrase, lexicon, words))
    place, term = found
    meaning = terms[term]
    if meaning is None:
        raise UnknownName(
            f"lexicon {lexicon} names {term!r} and refuses to number it{_elsewhere(term)}; "
            "say what it means by `means`"
        )
    points, modifiers = points_of(meaning), list[str]()
    for word in reversed(words[:place]):
        if word in STRENGTHENERS:
            points = _halved(points)
        elif word in NEGATIONS:
            points = _halved((1 - points[2], 1 - points[1], 1 - points[0]))
        else:
            break
        modifiers.insert(0, word)
    return Reading(term, lexicon, points, tuple(modifiers))


def lexicons_with(term: str) -> tuple[str, ...]:
    """The lexicons that give a number for a term, whatever its spelling's case."""
    wanted = " ".join(_words(term))
    return tuple(name for name, book in LEXICONS.items() if book.terms.get(wanted) is not None)


def _words(phrase: str) -> list[str]:
    return re.findall("[a-z]+", phrase[:LONGEST].casefold())


def _longest(words: list[str], terms: Iterable[str]) -> tuple[int, str] | None:
    """Where the longest term begins among words, and which it is."""
    best: tuple[int, str] | None = None
    for term in terms:
        parts = term.split()
        for place in range(len(words) - len(parts) + 1):
            if words[place : place + len(parts)] == parts and (
                best is None or (-len(parts), place) < (-len(best[1].split()), best[0])
            ):
                best = place, term
    return best


def _halved(points: Points) -> Points:
    """Half the distance to the end that the median is nearer to."""
    if points[1] < 0.5:
        return points[0] / 2, points[1] / 2, points[2] / 2
    return 1 - (1 - points[0]) / 2, 1 - (1 - points[1]) / 2, 1 - (1 - points[2]) / 2


def _no_term(phrase: str, lexicon: str, words: list[str]) -> str:
    """What is wrong with a phrase that holds no term, and what would be right."""
    known = [term for book in LEXICONS.values() for term in book.terms]
    message = f"lexicon {lexicon} has no word for {phrase[:60]!r}"
    if other := _longest(words, known):
        return f"{message}{_elsewhere(other[1])}; or say what it means by `means`"
    own = LEXICONS[lexicon].terms
    hint = next((close for word in words if (close := nearest(word, own))), None)
    if hint := hint or nearest(phrase, own):
        return f"{message}; did you mean {hint!r}?"
    return f"{message}; it has: {', '.join(own)}"


def _elsewhere(term: str) -> str:
    """Which lexicons have a word."""
    others = lexicons_with(term)
    return f": {term!r} is in {', '.join(others)}" if others else ""
