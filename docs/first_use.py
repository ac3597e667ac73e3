"""Links from the first use of each term on a page to the glossary, made while the site is built.

Pages are plain Markdown: nothing in them marks a term. Headings, links, code, tables' headings and
the API stay as they are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

GLOSSARY = "glossary"
LEFT_OUT = ("generated/", "api", "references")  # pages, or what their names begin with
AS_THEY_ARE = (
    nodes.literal, nodes.literal_block, nodes.reference, nodes.title, nodes.raw, nodes.math,
    nodes.math_block, nodes.thead, nodes.caption, nodes.image, addnodes.pending_xref,
    addnodes.toctree, nodes.citation, nodes.footnote,
)  # fmt: skip
# Words that are verbs, too: nouns after one of these.
NOUN = r"(?:an?|one|each|every|the|all|some|many|few|more|most|other|these|those|of|over|[\d,]+) "
ALSO_VERBS = ("run", "draw", "seed")


def terms(glossary: str) -> list[str]:
    """The terms of the page, longest first, so that a part of one is no term of its own."""
    (inside,) = re.findall(r"```\{glossary\}\n(.*?)```", glossary, flags=re.DOTALL)
    found = [line for line in inside.splitlines() if line and not line.startswith(" ")]
    return sorted(found, key=len, reverse=True)


def pattern(term: str) -> re.Pattern[str]:
    """Where a term is used, in the singular or the plural; group 1 is what becomes the link."""
    before = NOUN if term in ALSO_VERBS else ""
    return re.compile(rf"(?<![\w-]){before}({re.escape(term)}s?)(?![\w-])", re.IGNORECASE)


class FirstUse(SphinxTransform):
    """Puts the links into a page that was read."""

    default_priority = 850

    def apply(self, **_: Any) -> None:
        """Link each term once."""
        page = self.env.docname
        if page == GLOSSARY or page.startswith(LEFT_OUT):
            return
        left = {term: pattern(term) for term in self.env.glossary_terms}
        for text in list(self.document.findall(nodes.Text)):
            if left and not _within(text, AS_THEY_ARE):
                _link(text, left, page)


def _within(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def _link(text: nodes.Text, left: dict[str, re.Pattern[str]], page: str) -> None:
    """Replace a text by pieces, of which first uses are links; linked terms leave `left`."""
    whole, at, pieces = str(text), 0, list[nodes.Node]()
    uses = []
    for term, of in left.items():
        if use := of.search(whole):
            first, last = use.span(1)
            if all(last <= begin or first >= end for begin, end, _ in uses):
                uses.append((first, last, term))
    for first, last, term in sorted(uses):
        del left[term]
        link = addnodes.pending_xref(
            "", nodes.inline(text=whole[first:last]), refdomain="std", reftype="term",
            reftarget=term, refexplicit=True, refwarn=True, refdoc=page,
        )  # fmt: skip
        pieces += [nodes.Text(whole[at:first]), link]
        at = last
    if uses:
        text.parent.replace(text, [*pieces, nodes.Text(whole[at:])])


def _read(app: Any) -> None:
    app.env.glossary_terms = terms(Path(app.srcdir, f"{GLOSSARY}.md").read_text("utf-8"))


def setup(app: Any) -> dict[str, bool]:
    """Register the transform with Sphinx."""
    app.connect("builder-inited", _read)
    app.add_transform(FirstUse)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
