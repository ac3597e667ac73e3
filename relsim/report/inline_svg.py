"""A figure as SVG within an HTML page: text as text, no style attribute, no name used twice.

A Content-Security-Policy that allows one style sheet forbids style attributes, so each property
that matplotlib writes becomes an attribute of its own. What the title states goes beside the
figure, where it is wrapped and read aloud, and so does what the footer says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from xml.etree import ElementTree

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from relsim.escaping import one_line
from relsim.plots.margins import Margins
from relsim.plots.paper import OwnAxes, OwnFigure
from relsim.plots.style import DPI, FOOTER_ID, TITLE_ID

__all__ = ["Picture", "inlined", "page_axes", "picture_of"]

WIDTH, HEIGHT = 6.4, 4.2  # inches: letters of 10 points can be read on a telephone, too
EDGE = 0.05  # inches around
WIDE = 500.0  # points, from which on a figure is shown as wide as the page
PLACES = 2  # decimals of coordinates, in points
NUMBER = re.compile(r"-?\d+\.\d+")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
LEFT_OUT = {"font-family", "stroke-dashoffset"}  # the page's own font; an offset of 0
DROPPED = {"metadata", "style"}


@dataclass(frozen=True)
class Picture:
    """A figure for a page.

    Attributes
    ----------
    name : str
        By which the page refers to it.
    finding : str
        What it shows, in words: its caption and its text alternative.
    svg : str
        The ``<svg>`` element, safe to stand in a page as it is.
    """

    name: str
    finding: str
    svg: str


def page_axes() -> Axes:
    """New axes of a size that can be read at the width of a telephone."""
    figure = OwnFigure(figsize=(WIDTH, HEIGHT), dpi=DPI)
    figure.set_layout_engine(Margins(EDGE, EDGE, FOOTER_ID))
    return figure.add_subplot(axes_class=OwnAxes)


def picture_of(ax: Axes, name: str) -> Picture:
    """The figure of some axes for a page; its title and its footer are taken off.

    Parameters
    ----------
    ax : Axes
        As a drawing function of `relsim.plots` returns them, on a figure of its own.
    name : str
        Unique in the page; letters, digits and hyphens.
    """
    finding = " ".join(_taken_off(ax).replace(r"\$", "$").split())
    figure = cast("Figure", ax.get_figure(root=True))
    figure.patch.set_visible(False)  # the page's ground is the figure's
    ax.patch.set_visible(False)
    if isinstance(figure, OwnFigure):
        figure.svg_text = "none"
    content = io.BytesIO()
    narrow = figure.get_size_inches()[0] <= WIDTH  # a legend may reach beyond it
    figure.savefig(
        content, format="svg", metadata={"Date": None}, bbox_inches="tight" if narrow else None
    )
    return Picture(name, one_line(finding), inlined(content.getvalue(), name))


def _taken_off(ax: Axes) -> str:
    """Take title and footer off; return the title."""
    title = ""
    for text in [child for child in ax.get_children() if isinstance(child, Text)]:
        if text.get_gid() == TITLE_ID:
            title = text.get_text()
            text.set_text("")
        if text.get_gid() == FOOTER_ID:
            text.remove()
    return title


def inlined(svg: bytes, name: str) -> str:
    """An SVG file of matplotlib as an element of a page.

    Parameters
    ----------
    svg : bytes
        The file.
    name : str
        Stands before each name in it, and in that of its caption, ``NAME-finding``.

    Examples
    --------
    >>> file = b'<svg viewBox="0 0 9 9"><g id="a"><path style="fill: red" d="M 0.123 0"/></g></svg>'
    >>> print(inlined(file, "fan"))
    <svg viewBox="0 0 9 9" role="img" aria-labelledby="fan-finding"><g><path d="M 0.12 0" fill="red" /></g></svg>
    """  # noqa: E501
    root = ElementTree.fromstring(svg)
    named = {found for element in root.iter() for found in _referred(element)}
    for element in list(root.iter()):
        for child in list(element):
            if _local(child.tag) in DROPPED:
                element.remove(child)
        _make_plain(element, name, named)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    if float(root.attrib["viewBox"].split()[2]) > WIDE:
        root.attrib["class"] = "wide"
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-finding"}
    return ElementTree.tostring(root, encoding="unicode")


def _local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def _referred(element: ElementTree.Element) -> Iterator[str]:
    """Names that an element refers to."""
    for key, value in element.attrib.items():
        if _local(key) == "href":
            yield value.removeprefix("#")
        yield from REFERENCE.findall(value)


def _make_plain(element: ElementTree.Element, name: str, named: set[str]) -> None:
    """Take out what a page must not hold or does not need."""
    element.tag = _local(element.tag)
    rules = [rule.partition(":") for rule in element.attrib.pop("style", "").split(";")]
    styled = {key.strip(): value.strip() for key, _, value in rules if value}
    attributes = {_local(key): value for key, value in element.attrib.items()} | styled
    if attributes.get("id") not in named:
        attributes.pop("id", None)
    element.attrib.clear()
    for key, value in attributes.items():
        if key not in LEFT_OUT:
            element.attrib[key] = _value(key, value, name)
    element.text, element.tail = _text(element.text), _text(element.tail)


def _value(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value.removeprefix('#')}"
    value = REFERENCE.sub(rf"url(#{name}-\1)", " ".join(value.split()))
    return NUMBER.sub(lambda found: f"{float(found[0]):.{PLACES}f}".rstrip("0").rstrip("."), value)


def _text(text: str | None) -> str | None:
    return one_line(text) if text and text.strip() else None
