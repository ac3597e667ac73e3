"""Sections on other outcomes and other questions: what goes together, what to watch, what is rare.

What to watch and what is rare was found by other commands; `relsim.report.records` reads it. How
forecasts have fared comes from a ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from relsim import plots
from relsim.ensemble.conditioning import Conditional, conditional
from relsim.ensemble.together import NOISE, Together, together
from relsim.estimates import formatting
from relsim.estimates.probability import Estimate
from relsim.history.one_step import EW4
from relsim.inference.rare.rarely import Rare
from relsim.inference.rare.table import page as rare_page
from relsim.inference.score.references import AUTHOR, BASE, HALF, STATUS_QUO
from relsim.inference.score.scoring import ScoredOutcome, Scores
from relsim.inference.score.table import page as score_page
from relsim.inference.signposts.signposts import Signpost
from relsim.inference.signposts.table import nothing_told, sentence
from relsim.plots.number_words import in_percent, title_and_unit
from relsim.report.inline_svg import picture_of
from relsim.report.subject import Subject
from relsim.story.paths import paths_text
from relsim.tables import Table

__all__ = ["hanging_together", "how_forecasts_fared", "rarely_shown", "what_to_watch"]

NONE = "–"  # where nothing is known
MOST_MAPPED = 24  # outcomes in the map, which has a cell for each pair
PROBABILITIES = ("Probability", "90%")  # how the rows of a rare outcome begin that hold some

# What scores call the forecasts that any other has to beat, in words.
REFERENCES = {
    BASE: "how often earlier terms in the packaged record met the outcome",
    EW4: "how often earlier terms met it, where one that ended four years earlier counts half",
    STATUS_QUO: "what comes about if neither government makes a move: 100% or 0%",
    AUTHOR: "the probability that the scenario’s author gave",
    HALF: "50% for every outcome",
}


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
    share = in_percent(formatting.text(post.information.share, 2))
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
    assert isinstance(table, Table)
    rows = [
        (what, in_percent(str(said)) if str(what).startswith(PROBABILITIES) else said)
        for what, said in table.rows
    ]
    hits = int(np.count_nonzero(subject.ensemble.happened(found.outcome)))
    return {
        "found": found,
        "said": in_percent(" ".join(filter(None, (found.value_text, found.error_text)))),
        "one_in": f"{float(f'{1 / found.value:.2g}'):,.0f}" if found.error_text else "",
        "hits": hits,
        "resolves": found.scenario.outcomes[found.outcome].resolves,
        "table": replace(table, rows=rows),
        "about": about,
        "picture": picture_of(plots.climbs(found), f"rare-{number}") if found.outlines else None,
        "paths": paths_text(found),
    }


def how_forecasts_fared(subject: Subject) -> Mapping[str, Any] | None:
    """What the forecasts of a ledger came to, with titles in place of names."""
    scores = subject.scores
    if scores is None:
        return None
    used = {skill.reference for skill in scores.skills}
    return {
        "page": [_titled(subject, scores, part) for part in score_page(scores)],
        "references": {name: words for name, words in REFERENCES.items() if name in used},
    }


def _titled(subject: Subject, scores: Scores, part: str | Table) -> str | Table:
    """A table of outcomes or quantities with their titles; other parts as they are."""
    if isinstance(part, str):
        return part
    titles = {
        "Question": (_question_title(subject, one) for one in scores.outcomes),
        "Quantity": (
            title_and_unit(one.quantity, subject.scenario).title for one in scores.numbers
        ),
    }.get(part.headings[0])
    if titles is None:
        return part
    rows = [(title, *rest) for title, (_, *rest) in zip(titles, part.rows, strict=True)]
    return replace(part, rows=rows)


def _question_title(subject: Subject, one: ScoredOutcome) -> str:
    """The title of an outcome, known of this report's scenario, and the day of its forecast."""
    spec = subject.scenario.outcomes.get(one.outcome)
    if spec is None or one.scenario != subject.scenario.name:
        return f"{one.outcome} of {one.scenario}, on {one.as_of}"
    return f"{spec.title}, on {one.as_of}"
