"""Letters that the usual font lacks: drawn in an installed one that has them, or as a box."""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

import numpy as np
import numpy.typing as npt
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

from relsim.escaping import visible

BOX, NO_BOX = "\N{WHITE SQUARE}", "?"
BLANK = ("Last Resort", "LastResort", "Adobe Blank")  # have every letter, and show none
CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
MOST_LISTED = 12  # letters in a warning

# By weight, region and number of fonts: for each letter that was looked for, a font that has it.
_homes: dict[tuple[str, str, int], dict[str, str | None]] = {}
_missing: set[str] = set()  # letters met since `warned_once` began
_warned: set[str] = set()  # scripts of which a warning was given


def shown(text: str, weight: str = "normal") -> str:
    """A text with a box for each letter that no installed font has, escapes for hidden ones."""
    if text.isascii() and text.isprintable():
        return text
    text = visible(text)
    usual = tuple(rcParams["font.family"])
    lacking = _lacking(text, usual, weight)
    if not lacking:
        return text
    homes = _homes_of(lacking, weight)
    without = {letter for letter in lacking if homes[letter] is None}
    _missing.update(without)
    box = NO_BOX if _lacking(BOX, usual, weight) else BOX
    return "".join(box if letter in without else letter for letter in text)


def families(text: str, weight: str = "normal", usual: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of fonts that together have all letters of a text, the usual ones first."""
    first = tuple(usual) or tuple(rcParams["font.family"])
    lacking = _lacking(text, first, weight)
    homes = _homes_of(lacking, weight) if lacking else {}
    others = (homes[letter] for letter in text if letter in lacking)
    return (*first, *dict.fromkeys(name for name in others if name is not None))


def fit(artist: Artist) -> None:
    """Give each text in an artist fonts that have its letters."""
    for text in artist.findobj(Text):
        assert isinstance(text, Text)
        words, usual = text.get_text(), text.get_fontfamily()
        suited = families(words, str(text.get_fontweight()), usual)
        if suited != tuple(usual):
            text.set_fontfamily(list(suited))


@contextmanager
def unlogged() -> Iterator[None]:
    """Let matplotlib not warn that another font has one weight only."""
    log = logging.getLogger("matplotlib.font_manager")
    log.addFilter(_weightless)
    try:
        yield
    finally:
        log.removeFilter(_weightless)


def _weightless(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("findfont: Failed to find font weight")


@contextmanager
def warned_once() -> Iterator[None]:
    """Warn at the end of letters that no font has; of each script once in a process."""
    _missing.clear()
    with unlogged():
        yield
    new = {letter for letter in _missing if _script(letter) not in _warned}
    if not new:
        return
    scripts = sorted({_script(letter) for letter in new})
    _warned.update(scripts)
    letters = sorted(new)
    some = " ".join(letters[:MOST_LISTED]) + (" ..." if len(letters) > MOST_LISTED else "")
    wish = " and ".join(f"Noto Sans {script}" for script in scripts)
    warnings.warn(
        f"no installed font has the {' and '.join(scripts)} characters of a figure ({some}): it "
        f"shows boxes in their place; install a font that has them, such as {wish}",
        stacklevel=4,
    )


def _script(letter: str) -> str:
    """The script of a letter by its name: ``"Devanagari"``, ``"CJK"``."""
    word = unicodedata.name(letter, "other").split()[0]
    return "CJK" if word in CJK else word.capitalize()


def _seen(letter: str) -> bool:
    """Whether a letter leaves ink: no space, no control or selector."""
    return unicodedata.category(letter)[0] not in "CZ" and not "\ufe00" <= letter <= "\ufe0f"


@lru_cache(maxsize=1024)
def _lacking(text: str, usual: tuple[str, ...], weight: str) -> frozenset[str]:
    """Letters of a text that none of the usual fonts has."""
    lacking = frozenset(letter for letter in text if not letter.isascii() and _seen(letter))
    for name in usual if lacking else ():
        lacking -= _among(lacking, _file(name, weight))
    return lacking


def _file(family: str, weight: str) -> str:
    """The file that a font of that name is drawn from."""
    return findfont(FontProperties(family=family, weight=weight))


@lru_cache(maxsize=4096)
def _letters(file: str) -> npt.NDArray[np.uint32]:
    """What a font has, rising; nothing if it cannot be drawn in any size."""
    try:
        font = get_font(file)
        letters = font.get_charmap() if getattr(font, "scalable", True) else ()
    except (OSError, RuntimeError, ValueError):
        letters = ()
    return np.sort(np.fromiter(letters, dtype=np.uint32))


def _among(wanted: Iterable[str], file: str) -> frozenset[str]:
    """Those of some letters that a font has."""
    listed, letters = list(wanted), _letters(file)
    if not letters.size:
        return frozenset()
    codes = np.array([ord(letter) for letter in listed], dtype=np.uint32)
    there = letters[np.searchsorted(letters[:-1], codes)] == codes
    return frozenset(letter for letter, has in zip(listed, there, strict=True) if has)


def _homes_of(wanted: frozenset[str], weight: str) -> dict[str, str | None]:
    """For some letters, and others, the name of a font that has each, None if there is none."""
    region = _region(wanted)
    # With more fonts than before all are looked through again.
    homes = _homes.setdefault((weight, region, len(fontManager.ttflist)), {})
    left = wanted - homes.keys()
    for entries in (_listed, _unlisted):
        for name, letters in _chosen(left, weight, region, entries()) if left else ():
            homes.update(dict.fromkeys(letters, name))
            left -= letters
    homes.update(dict.fromkeys(left))
    return homes


def _chosen(
    wanted: frozenset[str], weight: str, region: str, entries: Iterable[FontEntry]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Fonts one after the other, each with the most of the letters that are left."""
    has: dict[str, frozenset[str]] = {}
    for entry in sorted(entries, key=lambda entry: _unlike_the_usual(entry, region)):
        name = entry.name
        if name not in has and not name.startswith(BLANK) and _among(wanted, entry.fname):
            has[name] = _among(wanted, _file(name, weight))
    left = wanted
    while best := max(has, key=lambda name: len(has[name] & left), default=None):
        if not has[best] & left:
            return
        yield best, has[best] & left
        left -= has[best]


def _region(wanted: frozenset[str]) -> str:
    """How fonts for Chinese, Japanese and Korean say for which they are made."""
    words = {unicodedata.name(letter, "").split(" ")[0] for letter in wanted}
    return "JP" if words & {"HIRAGANA", "KATAKANA"} else "KR" if "HANGUL" in words else "SC"


def _unlike_the_usual(entry: FontEntry, region: str) -> tuple[bool, bool, bool, bool, str]:
    """Sorts upright fonts of usual weight without serifs first, for the region if made for one."""
    return (entry.style != "normal", entry.weight not in (400, "normal"),
            "Sans" not in entry.name, not entry.name.endswith(region), entry.name)  # fmt: skip


def _listed() -> list[FontEntry]:
    """Fonts that matplotlib knows."""
    return fontManager.ttflist


def _unlisted() -> list[FontEntry]:
    """Fonts that were installed after matplotlib made its list; it knows them from now on."""
    known = {str(entry.fname) for entry in fontManager.ttflist}
    count = len(fontManager.ttflist)
    for file in sorted(set(findSystemFonts()) - known):
        with suppress(OSError, RuntimeError, ValueError, KeyError):
            fontManager.addfont(file)
    return fontManager.ttflist[count:]
