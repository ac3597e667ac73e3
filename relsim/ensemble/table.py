"""The table of outcomes: as rows of text, as CSV, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relsim.ensemble.data import EnsembleData
from relsim.ensemble.limits import limits_of, unresolved
from relsim.escaping import csv_text, markup

__all__ = ["HEADINGS", "Row", "as_csv", "as_html", "rows"]

CSV_COLUMNS = (
    "outcome", "title", "probability", "mc_error", "mc_low_90", "mc_high_90", "low_90", "high_90",
    "spread", "hits", "runs", "median_date", "mc_refused", "mc_above_95", "mc_below_95",
)  # fmt: skip


class Row(NamedTuple):
    """One outcome in words; no digit that its error does not support."""

    title: str
    probability: str
    error: str
    interval: str
    median: str


HEADINGS = Row("Outcome", "Probability", "MC error", "90% over draws", "Median date")


def rows(ensemble: EnsembleData, outcomes: Sequence[str] | None = None) -> list[Row]:
    """One row for each outcome, all by default."""
    found = []
    for name in outcomes or ensemble.outcomes:
        estimate, median = ensemble.probability(name), ensemble.median_date(name)
        found.append(
            Row(
                ensemble.scenario.outcomes[name].title,
                estimate.value_text,
                estimate.error_text,
                estimate.interval_text,
                "" if median is None else median.isoformat(),
            )
        )
    return found


def as_csv(ensemble: EnsembleData) -> str:
    """All outcomes in full precision, one a line; what is not known is empty."""
    lines: list[tuple[object, ...]] = [CSV_COLUMNS]
    for name in ensemble.outcomes:
        found, median = ensemble.probability(name), ensemble.median_date(name)
        intervals = (*(found.mc_interval_90 or ("", "")), *(found.interval_90 or ("", "")))
        errors = (found.mc_error, *intervals, found.spread)
        title, rest = ensemble.scenario.outcomes[name].title, (found.refused, *found.mc_bounds)
        row = (name, title, found.value, *errors, found.hits, found.n, median or "", *rest)
        lines.append(row)
    return csv_text(lines)


def as_html(ensemble: EnsembleData) -> str:
    """The table of a notebook."""
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    body = "".join(
        "<tr>" + "".join(f"<td>{markup(cell)}</td>" for cell in row) + "</tr>"
        for row in rows(ensemble)
    )
    about = (
        f"{markup(ensemble.scenario.title)}: {ensemble.runs:,} runs over "
        f"{ensemble.draws:,} draws, seed {ensemble.seed}; {ensemble.health}, {limits_of(ensemble)}"
    )
    if warning := unresolved(ensemble):
        about += f"<br>{markup(warning)}"
    return (
        f"<table><caption>{about}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
