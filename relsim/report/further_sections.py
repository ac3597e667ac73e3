"""Sections on other outcomes and other questions: what goes together, what to watch, what is rare.

What to watch and what is rare was found by other commands; `relsim.report.records` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from relsim import plots
from relsim.ensemble.conditioning import Conditional, conditional
from relsim.ensemble.together import NOISE, Together, together
from relsim.estimates import formatting
from relsim.estimates.probability import Estimate
from relsim.inference.rare.rarely import Rare
from relsim.inference.rare.table import page as rare_page
from relsim.inference.signposts.signposts import Signpost
from relsim.inference.signposts.table import nothing_told, sentence
from relsim.plots.number_words import in_percent
from relsim.report.inline_svg import picture_of
from relsim.report.subject import Subject
from relsim.story.paths import paths_text
from relsim.tables import Table

__all__ = ["hanging_together", "rarely_shown", "what_to_watch"]

NONE = "–"  # where nothing is known
MOST_MAPPED = 24  # outcomes in the map, which has a cell for each pair


def hanging_together(subject: Subject) -> Mapping[str, Any] | None:
    """The headline if each other outcome comes about, and if not; all pairs as a map."""
    ensemble, headline = subject.ensemble, subject.outcome
    others = [name for name in subject.outcomes if name != headline]
    pairs = {name: conditional(ensemble, headline, {name: True}) for name in others}
    if all(pair.yes is None or pair.no is None for pair in pairs.values()):
        return None
    found = together(ensemble, subject.outcomes)
    order = sorted(pairs, key=lambda name: _weight(found, headline, name, pairs[name]))
    mapped = len(subject.outcomes) <= MOST_MAPPED
    return {
        "overall": in_percent(subject.probability.value_text),
        "table": Table(
            ("If this outcome comes about", "How likely that is", "Probability then", "if not",
             "Difference"),
            [_pair(found, headline, name, pairs[name]) for name in order],
        ),
        "noise": NOISE,
        "none": NONE,
        "picture": picture_of(plots.together(found), "together") if mapped else None,
        "most": MOST_MAPPED,
    }  # fmt: skip


def _pair(found: Together, headline: str, name: str, pair: Conditional) -> tuple[str, ...]:
    said = (_percent(one) for one in (pair.share, pair.yes, pair.no))
    return found.scenario.outcomes[name].title, *said, _apart(found, headline, name, pair)


def _weight(
    found: Together, headline: str, name: str, pair: Conditional
) -> tuple[bool, bool, float]:
    """What tells most comes first, then what is within noise, last what is not known."""
    cell, apart = found.cells.get((headline, name)), pair.contrast
    known = not (apart is None or cell is None)
    return not known, not (cell and cell.seen), -abs(apart.value) if apart else 0.0


def _percent(found: Estimate | None) -> str:
    return NONE if found is None else in_percent(found.value_text)


def _apart(found: Together, headline: str, name: str, pair: Conditional) -> str:
    """What the condition tells, in percentage points, marked if it is within noise."""
    apart, cell = pair.contrast, found.cells.get((headline, name))
    if apart is None or cell is None or pair.yes is None or pair.no is None:
        return NONE
    places = formatting.decimals(apart.mc_error)
    value = formatting.text(apart.value, places, signed=True)
    error = formatting.text(apart.mc_error, places)
    said = in_percent(f"{value} ± {error}").replace("-", "−").replace("%", " points")
    return said if cell.seen else f"{NOISE} {said}"


def what_to_watch(subject: Subject) -> Mapping[str, Any] | None:
    """What seeing each signpost tells, and what doing it would bring about."""
    found = subject.signposts
    if found is None:
        return None
    table = Table(
        ("Signpost", "How likely to be seen", "Probability if seen", "if not", "if forced",
         "if prevented"),
        [_signpost(post) for post in found.signposts],
    )  # fmt: skip
    return {
        "found": found,
        "condition": found.condition,
        "before": in_percent(found.probability.value_text),
        "settled": f"{found.settled:.0%}" if found.settled >= 0.005 else "",
        "nothing": "" if found.signposts else nothing_told(found),
        "sentences": [sentence(found, post, _signed_percent) for post in found.signposts],
        "table": table,
        "picture": picture_of(plots.signposts(found), "watch") if found.signposts else None,
    }


def _signed_percent(text: str) -> str:
    """A number of a sentence in percent, with a true minus."""
    return in_percent(text).replace("-", "−")


def _signpost(post: Signpost) -> tuple[str, ...]:
    doing = post.doing
    forced, prevented = (None, None) if doing is None else (doing.forced, doing.prevented)
    share = in_percent(formatting.text(post.told.share, 2))
    said = (_percent(one) for one in (post.seen, post.unseen, forced, prevented))
    return post.candidate.title, share, *said


def rarely_shown(subject: Subject) -> Mapping[str, Any] | None:
    """Outcomes that hardly any run meets, each with its paths if it has any."""
    if not subject.rare:
        return None
    return {
        "runs": subject.ensemble.runs,
        "updated": subject.update is not None,
        "condition": subject.condition,
        "several": [_rare(subject, one, n) for n, one in enumerate(subject.rare, start=1)],
    }


def _rare(subject: Subject, found: Rare, number: int) -> Mapping[str, Any]:
    _, table, about = rare_page(found)
    hits = int(np.count_nonzero(subject.ensemble.happened(found.outcome)))
    return {
        "found": found,
        "said": " ".join(filter(None, (found.value_text, found.error_text))),
        "one_in": f"{float(f'{1 / found.value:.2g}'):,.0f}" if found.error_text else "",
        "hits": hits,
        "resolves": found.scenario.outcomes[found.outcome].resolves,
        "table": table,
        "about": about,
        "picture": picture_of(plots.climbs(found), f"rare-{number}") if found.outlines else None,
        "paths": paths_text(found),
    }
