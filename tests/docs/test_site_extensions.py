"""What the site adds to plain pages: links to the glossary, and tables that fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.first_use import GLOSSARY, pattern, terms

ROOT = Path(__file__).parents[2]
GLOSSARY_PAGE = """\
# Glossary

```{glossary}
draw
    A set of values.

draw weight
    What it counts.

run
    A history.
```
"""
PAGE = """\
# A run of each draw

A `run` of relsim has [a run](https://example.org) behind it. Draws weigh what their draw weights
say.
We run it, and draw it. Every run of the draw; another run.

| key | says |
| --- | --- |
| `actors.US.trust_value` | 0.5 |
"""
CONF = """\
import sys
sys.path.insert(0, {root!r})
project = "x"
extensions = ["myst_parser", "docs.first_use", "docs.wide_tables"]
"""


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("run", "they run it", None),
        ("run", "in 1,024 runs of it", "runs"),
        ("run", "every rundown", None),
        ("draw", "figures draw the eye", None),
        ("posterior", "The posterior", "posterior"),
        ("log-odds", "in log-odds", "log-odds"),
        ("prior", "a-prior", None),
    ],
)
def test_a_use_is_told_from_a_verb(term: str, text: str, found: str | None) -> None:
    use = pattern(term).search(text)
    assert (use and use[1]) == found


def test_longer_terms_come_first() -> None:
    found = terms(GLOSSARY_PAGE)
    assert found == ["draw weight", "draw", "run"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with all of it, as HTML."""
    from sphinx.application import Sphinx

    folder = tmp_path_factory.mktemp("site")
    texts = {f"{GLOSSARY}.md": GLOSSARY_PAGE, "index.md": PAGE, "conf.py": CONF}
    for name, text in texts.items():
        (folder / name).write_text(text.format(root=str(ROOT)) if name == "conf.py" else text)
    out = folder / "out"
    Sphinx(folder, folder, out, out / "trees", "html", status=None).build()
    return (out / "index.html").read_text("utf-8")


def test_the_first_use_of_each_term_is_a_link_and_no_other(built: str) -> None:
    linked = re.findall(rf'href="{GLOSSARY}.html#term-([\w-]+)"[^>]*><span[^>]*>([^<]+)', built)
    assert linked == [("draw-weight", "draw weights"), ("run", "run"), ("draw", "draw")]
    assert "Every <a" in built  # not the run within a link, in code, or in the heading


def test_long_keys_in_tables_may_break(built: str) -> None:
    (cell,) = re.findall(r"<td>(.*trust.*)</td>", built)
    assert cell.count("<wbr>") == 3
    assert re.sub(r"<[^>]+>", "", cell) == "actors.US.trust_value"
    assert "0.5" in built  # numbers stay whole


def test_the_front_page_has_no_list_of_pages_and_five_readers() -> None:
    page = (ROOT / "docs/index.md").read_text("utf-8")
    toctrees = re.findall(r"```\{toctree\}\n(.*?)```", page, flags=re.DOTALL)
    assert toctrees
    assert all(":hidden:" in one for one in toctrees)
    start = page.partition("## Start here")[2]
    assert re.findall(r"^\*\*(\w+)\*\*", start, flags=re.MULTILINE) == [
        "Analyst", "Forecaster", "Scholar", "Modeller", "Student",
    ]  # fmt: skip
    assert "figures/" in page
    assert "{include} baseline.md" in page


def test_each_term_of_the_glossary_is_used_somewhere() -> None:
    glossary = (ROOT / f"docs/{GLOSSARY}.md").read_text("utf-8")
    pages = [file for file in (ROOT / "docs").rglob("*.md") if file.stem != GLOSSARY]
    text = "\n".join(file.read_text("utf-8") for file in pages)
    assert [term for term in terms(glossary) if not pattern(term).search(text)] == []
