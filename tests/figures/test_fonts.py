"""Letters that the usual font lacks: another font's, or boxes and one warning."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.text import Text

from relsim.ensemble.ensemble import Ensemble
from relsim.plots import draw, fonts, outcomes
from tests.figures.ensembles import simulated

HAN, NAGARI = "中文标题", "शान्ति"


def font_with(letters: str, name: str, file: Path) -> None:
    """A font of black squares for some letters."""
    glyphs = {letter: f"u{ord(letter):04X}" for letter in letters}
    names = [".notdef", *glyphs.values()]
    pen = TTGlyphPen(None)
    corners = ((100, 0), (100, 700), (900, 700), (900, 0))
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({ord(letter): glyph for letter, glyph in glyphs.items()})
    made.setupGlyf(dict.fromkeys(names, square))
    made.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": name, "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(file)


@pytest.fixture
def only_dejavu(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No other fonts, and no warning given yet."""
    usual = [font for font in font_manager.fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", usual)
    monkeypatch.setattr(fonts, "findSystemFonts", list)
    for name in ("_homes", "_warned", "_missing"):
        monkeypatch.setattr(fonts, name, type(getattr(fonts, name))())
    return monkeypatch


def titled(*titles: str) -> Ensemble:
    """The simulated ensemble with other titles of its first outcomes, the headline included."""
    scenario = simulated().scenario
    asked = dict(scenario.outcomes)
    for name, title in zip(dict.fromkeys([scenario.headline, *asked]), titles, strict=False):
        asked[name] = asked[name].model_copy(update={"title": title})
    return replace(simulated(), scenario=scenario.model_copy(update={"outcomes": asked}))


def texts(figure: object) -> list[Text]:
    figure.draw_without_rendering()  # type: ignore[attr-defined]
    return [text for text in figure.findobj(Text) if text.get_text()]  # type: ignore[attr-defined]


def test_without_a_font_there_are_boxes_and_one_warning(
    only_dejavu: pytest.MonkeyPatch,
) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        figure = draw("outcomes", titled(HAN, NAGARI))
        drawn = texts(figure)
        texts(draw("cumulative", titled(HAN)))
    assert [one.category for one in warned] == [UserWarning]
    message = str(warned[0].message)
    assert "CJK and Devanagari characters" in message
    assert "中" in message
    assert "Noto Sans CJK" in message
    words = " ".join(text.get_text() for text in drawn)
    assert "□□□□" in words
    assert not set(words) & set(HAN + NAGARI)


def test_an_installed_font_is_used(only_dejavu: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "squares.ttf"
    font_with(HAN, "Squares Sans", file)
    font_manager.fontManager.addfont(file)
    figure = draw("outcomes", titled(f"{HAN}: 5 $ & 10%"))
    drawn = [text for text in texts(figure) if "中" in text.get_text()]
    assert len(drawn) >= 2, "the title and the name of the row"
    for text in drawn:
        assert text.get_fontfamily()[-1] == "Squares Sans"
        assert fonts.families(text.get_text(), "bold")[-1] == "Squares Sans"
    assert all("Squares Sans" not in text.get_fontfamily() for text in texts(figure)
               if text not in drawn)  # fmt: skip


def test_a_font_that_was_installed_since_is_found(
    only_dejavu: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Matplotlib keeps its list of fonts from one session to the next."""
    file = tmp_path / "new.ttf"
    font_with(NAGARI, "New Sans", file)
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    only_dejavu.setattr(fonts, "findSystemFonts", lambda: [str(broken), str(file)])
    assert fonts.families(NAGARI)[-1] == "New Sans"
    assert fonts.shown(NAGARI) == NAGARI


def test_fonts_are_searched_once_for_a_letter(
    only_dejavu: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    searched = []
    before = fonts._chosen
    only_dejavu.setattr(fonts, "_chosen", lambda *args: searched.append(1) or before(*args))
    for length in range(1, len(HAN)):
        fonts.shown(HAN)
        fonts.shown(HAN[:length])
        fonts.families(HAN[:length])
    assert len(searched) == 2, "among the fonts known, and among those installed since"
    assert fonts._missing == set(HAN)


def test_arabic_and_what_dejavu_has_stays_in_it(only_dejavu: pytest.MonkeyPatch) -> None:
    for text in ("علامات الانفراج", "Разрядка – détente’s “sign”", "−3 ± 1"):
        assert fonts.shown(text) == text
        assert fonts.families(text) == ("sans-serif",)


def test_a_user_s_axes_get_fonts_too(only_dejavu: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    file = tmp_path / "squares.ttf"
    font_with(HAN, "Squares Sans", file)
    font_manager.fontManager.addfont(file)
    ax = Figure(figsize=(9, 7), layout="constrained").subplots()
    outcomes(titled(HAN), ax)
    drawn = [text for text in texts(ax.figure) if "中" in text.get_text()]
    assert drawn
    assert all("Squares Sans" in text.get_fontfamily() for text in drawn)
