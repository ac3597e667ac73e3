"""Letters that the usual font lacks: drawn in an installed one that has them, or as a box."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
    get_font,
)
from matplotlib.text import Text

__all__ = ["families", "fit", "shown", "told_once"]

BOX, NO_BOX = "\N{WHITE SQUARE}", "?"
BLANK = ("Last Resort", "LastResort", "Adobe Blank")  # have every letter, and show none
CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
MOST_TOLD = 12  # letters in a warning

_missing: set[str] = set()  # letters met since `told_once` began
_told: set[str] = set()  # scripts of which a warning has told


def shown(text: str, weight: str = "normal") -> str:
    """A text with a box for each letter that no installed font has."""
    if text.isascii():
        return text
    usual = tuple(rcParams["font.family"])
    lacking = _lacking(text, usual, weight)
    if not lacking:
        return text
    _, without = _others(frozenset(lacking), len(fontManager.ttflist))
    _missing.update(without)
    box = NO_BOX if _lacking(BOX, usual, weight) else BOX
    return "".join(box if letter in without else letter for letter in text)


def families(text: str, weight: str = "normal", usual: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of fonts that together have all letters of a text, the usual ones first."""
    first = tuple(usual) or tuple(rcParams["font.family"])
    lacking = set() if text.isascii() else _lacking(text, first, weight)
    if not lacking:
        return first
    others, _ = _others(frozenset(lacking), len(fontManager.ttflist))
    return (*first, *others)


def fit(artist: Artist) -> None:
    """Give each text in an artist fonts that have its letters."""
    for text in artist.findobj(Text):
        assert isinstance(text, Text)
        words, usual = text.get_text(), text.get_fontfamily()
        suited = families(words, str(text.get_fontweight()), usual)
        if suited != tuple(usual):
            text.set_fontfamily(list(suited))


@contextmanager
def told_once() -> Iterator[None]:
    """Warn at the end of letters that no font has; of each script once in a process."""
    _missing.clear()
    yield
    new = {letter for letter in _missing if _script(letter) not in _told}
    if not new:
        return
    scripts = sorted({_script(letter) for letter in new})
    _told.update(scripts)
    letters = sorted(new)
    some = " ".join(letters[:MOST_TOLD]) + (" ..." if len(letters) > MOST_TOLD else "")
    wish = " and ".join(f"Noto Sans {script}" for script in scripts)
    warnings.warn(
        f"no installed font has the {' and '.join(scripts)} characters of a figure ({some}): it "
        f"shows boxes in their place; install a font that has them, such as {wish}",
        stacklevel=4,
    )


def _script(letter: str) -> str:
    """The script of a letter as its name tells: ``"Devanagari"``, ``"CJK"``."""
    word = unicodedata.name(letter, "other").split()[0]
    return "CJK" if word in CJK else word.capitalize()


def _seen(letter: str) -> bool:
    """Whether a letter leaves ink: no space, no control or selector."""
    return unicodedata.category(letter)[0] not in "CZ" and not "\ufe00" <= letter <= "\ufe0f"


@lru_cache(maxsize=1024)
def _lacking(text: str, usual: tuple[str, ...], weight: str) -> set[str]:
    """Letters of a text that none of the usual fonts has."""
    files = {str(findfont(FontProperties(family=name, weight=weight))) for name in usual}
    has = frozenset().union(*map(_letters, files))
    return {letter for letter in text if _seen(letter) and ord(letter) not in has}


@lru_cache(maxsize=64)
def _letters(file: str) -> frozenset[int]:
    """What a font has; nothing if it cannot be drawn in any size."""
    try:
        font = get_font(file)
        return frozenset(font.get_charmap()) if getattr(font, "scalable", True) else frozenset()
    except (OSError, RuntimeError, ValueError):
        return frozenset()


@lru_cache(maxsize=256)
def _others(wanted: frozenset[str], known: int) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of further fonts that have letters, and the letters that none has.

    `known` is the number of fonts that matplotlib knows: with more of them it looks again.
    """
    names, left = _chosen(wanted, fontManager.ttflist)
    if left:
        more, left = _chosen(left, _unlisted())
        names += more
    return tuple(names), left


def _chosen(
    wanted: frozenset[str], entries: Iterable[FontEntry]
) -> tuple[list[str], frozenset[str]]:
    """Fonts one after the other, each with the most of the letters that are left."""
    has: dict[str, frozenset[str]] = {}
    for entry in sorted(entries, key=_unlike_the_usual):
        if entry.name not in has and not entry.name.startswith(BLANK):
            has[entry.name] = wanted & frozenset(map(chr, _letters(entry.fname)))
    names, left = [], wanted
    while best := max(has, key=lambda name: len(has[name] & left), default=None):
        if not has[best] & left:
            break
        names.append(best)
        left -= has[best]
    return names, left


def _unlike_the_usual(entry: FontEntry) -> tuple[bool, bool, bool, str]:
    """Sorts upright fonts of usual weight without serifs first."""
    return (entry.style != "normal", entry.weight not in (400, "normal"),
            "Sans" not in entry.name, entry.name)  # fmt: skip


def _unlisted() -> list[FontEntry]:
    """Fonts that were installed after matplotlib made its list; it knows them from now on."""
    known = {str(entry.fname) for entry in fontManager.ttflist}
    count = len(fontManager.ttflist)
    for file in sorted(set(findSystemFonts()) - known):
        with suppress(OSError, RuntimeError, ValueError, KeyError):
            fontManager.addfont(file)
    return fontManager.ttflist[count:]
