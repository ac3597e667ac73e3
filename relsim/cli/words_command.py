"""``relsim words``: what a word of likelihood means, in every lexicon."""

from __future__ import annotations

from typing import Annotated

import typer

from relsim.cli.console import show_page, write
from relsim.errors import UnknownName


def words(
    terms: Annotated[
        list[str] | None,
        typer.Argument(metavar="TERM...", help="Phrases of likelihood, each quoted; else all."),
    ] = None,
    lexicon: Annotated[str | None, typer.Option(metavar="NAME", help="This lexicon alone.")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what words of likelihood mean, in every lexicon that has them.

    A phrase is a lexicon's term, or one denied or strengthened as the guide to calibration says; no
    part of a longer phrase is used. It is printed with what the lexicon gives, and with the 5, 50
    and 95% points of the probability meant that relsim makes of it.
    """
    from relsim.lexicons.listing import FORMAT, listed, word_table
    from relsim.lexicons.phrases import lexicon_named
    from relsim.lexicons.terms import LEXICONS

    names = list(LEXICONS) if lexicon is None else [lexicon]
    books = {name: lexicon_named(name) for name in names}
    found = listed(terms or (), names)
    if in_json:
        from relsim.runs.provenance import as_json

        about = {name: {"title": b.title, "source": b.source} for name, b in books.items()}
        plain = [line.to_json() for line in found]
        write(as_json({"format": FORMAT, "lexicons": about, "words": plain}))
        return
    if not found:
        raise UnknownName(f"no word of likelihood in any of: {', '.join(names)}")
    named = dict.fromkeys(line.lexicon for line in found)
    sources = [f"{name}: {books[name].title}. {books[name].source}" for name in named]
    show_page([word_table(found), "\n".join(sources)])
