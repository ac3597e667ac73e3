"""Keys in tables may break after a dot or an underscore, so that wide tables fit the page."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

BREAKS = re.compile(r"(?<=[._/])(?=\w)")
KEY = re.compile(r"^\S*[a-z][._/]\w\S*$")  # what has no space, and is no number


class Breaks(SphinxTransform):
    """Lets a browser break long keys in tables: ``<wbr>`` adds nothing to what is copied."""

    default_priority = 860

    def apply(self, **_: Any) -> None:
        """Split each key of each table."""
        for entry in self.document.findall(nodes.entry):
            for text in list(entry.findall(nodes.Text)):
                if KEY.match(text):
                    pieces: list[nodes.Node] = []
                    for piece in BREAKS.split(text):
                        pieces += [nodes.raw("", "<wbr>", format="html"), nodes.Text(piece)]
                    text.parent.replace(text, pieces[1:])


def setup(app: Any) -> dict[str, bool]:
    """Register the transform with Sphinx."""
    app.add_transform(Breaks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
