"""The outcomes of an ensemble as a page for readers, and as a table in full precision."""

from __future__ import annotations

from collections.abc import Sequence

from relsim.ensemble.data import EnsembleData
from relsim.ensemble.limits import limits_of, unresolved
from relsim.tables import Page, Table

__all__ = ["full_table", "outcome_table", "page"]

HEADINGS = ("Outcome", "Probability", "MC error", "90% over draws", "Median date")
FULL_HEADINGS = (
    "outcome", "title", "probability", "mc_error", "mc_low_90", "mc_high_90", "low_90", "high_90",
    "spread", "hits", "runs", "median_date", "mc_refused", "mc_above_95", "mc_below_95",
)  # fmt: skip
LEGEND = (
    "MC error: standard error, since the runs are finitely many.\n"
    "90% over draws: how far the probability differs between the sets of parameters held possible."
)


def outcome_table(ensemble: EnsembleData, outcomes: Sequence[str] | None = None) -> Table:
    """One row for each outcome, all by default; no digit that its error does not support."""
    scenario, names = ensemble.scenario, outcomes or ensemble.outcomes
    rows = []
    for name in names:
        found, median = ensemble.probability(name), ensemble.median_date(name)
        said = (found.value_text, found.error_text, found.interval_text)
        rows.append((scenario.outcomes[name].title, *said, median))
    return Table(
        HEADINGS, rows, names.index(scenario.headline) if scenario.headline in names else None
    )


def full_table(ensemble: EnsembleData) -> Table:
    """All outcomes in full precision; what is not known is empty."""
    rows = []
    for name in ensemble.outcomes:
        found, none = ensemble.probability(name), (None, None)
        errors = (found.mc_error, *(found.mc_interval_90 or none), *(found.interval_90 or none))
        counted = (found.spread, found.hits, found.n, ensemble.median_date(name), found.refused)
        title = ensemble.scenario.outcomes[name].title
        rows.append((name, title, found.value, *errors, *counted, *found.mc_bounds))
    return Table(FULL_HEADINGS, rows)


def page(ensemble: EnsembleData, outcomes: Sequence[str] | None = None) -> Page:
    """What a reader gets: the question, the outcomes, how they were found, and their limits."""
    names = outcomes or ensemble.outcomes
    about = (
        f"{ensemble.runs:,} runs over {ensemble.draws:,} draws, seed {ensemble.seed}, "
        f"in {ensemble.elapsed_seconds:.1f} s; health: {ensemble.health}, {limits_of(ensemble)}"
    )
    below = filter(None, (LEGEND, unresolved(ensemble, names), about))
    title = f"{ensemble.scenario.title}\n{ensemble.scenario.question}"
    return [title, outcome_table(ensemble, names), "\n".join(below)]
