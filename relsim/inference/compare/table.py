"""A comparison as a page for readers, and as a table in full precision."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relsim.inference.compare.attribution import SHAPLEY
from relsim.scenario.relative import taken_out, taken_out_text
from relsim.scenario.titles import titles_of
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relsim.inference.compare.attribution import Attribution
    from relsim.inference.compare.compare import Comparison, Contrast, Variant
    from relsim.scenario.diff import Line
    from relsim.scenario.schema import Scenario

__all__ = ["full_table", "page", "part_table", "saved_text", "variant_table"]

MOST_LINES_SHOWN = 12
PATH = re.compile(r"\w+(\.\w+)+")
RESOLVED = 2  # standard errors of a difference of which parts are given in percent
FULL_HEADINGS = (
    "variant", "outcome", "title", "baseline", "in_variant", "difference", "mc_error",
    "mc_low_90", "mc_high_90", "low_90", "high_90", "spread", "flips", "runs", "variance_saved",
)  # fmt: skip
HEADINGS = ("Baseline", "Variant", "Difference", "MC error", "90% over draws", "Saved")
LEGEND = (
    "Difference: variant less baseline, paired run by run. MC error: its standard error.\n"
    "90% over draws: how far it differs between the sets of parameters held possible.\n"
    "Saved: variance that pairing took away."
)


def variant_table(variant: Variant, headline: str) -> Table:
    """One row for each outcome; no digit that its error does not support."""
    names = list(variant.outcomes)
    rows = [(contrast.title, *_cells(contrast)) for contrast in variant.outcomes.values()]
    return Table(("Outcome", *HEADINGS), rows, names.index(headline) if headline in names else None)


def _cells(contrast: Contrast) -> tuple[str, ...]:
    found = contrast.difference
    return (
        contrast.baseline.value_text,
        contrast.variant.value_text,
        found.value_text,
        found.error_text,
        found.interval_text,
        saved_text(found.variance_saved),
    )


def saved_text(saved: float | None) -> str:
    """The variance that pairing saved as a percentage; a dash if there was none to save."""
    return "–" if saved is None else f"{saved:.0%}"


def said(line: Line, titles: Mapping[str, str]) -> str:
    """A changed line, with the titles of its numbers in place of their paths."""
    return PATH.sub(lambda path: titles.get(path[0], path[0]), str(line))


def part_table(found: Attribution, titles: Mapping[str, str]) -> Table:
    """One row for each line, or lines that need each other, and one for their interaction."""
    total = found.difference
    resolved = abs(total.value) >= RESOLVED * total.mc_error and total.flips > 0
    named = list(zip(found.groups, found.shares, strict=True))
    parts = [("; with ".join(said(line, titles) for line in group), part) for group, part in named]
    if found.interaction is not None:
        parts.append(("interaction: what they do together beyond that", found.interaction))
    rows = [
        (line, p.value_text, p.error_text, f"{p.value / total.value:.0%}" if resolved else "–")
        for line, p in parts
    ]
    return Table(("Changed line", "Explains", "MC error", "Part"), rows)


def method_text(found: Attribution) -> str:
    """How the parts were found, and what they add up to."""
    total = f"{found.difference.value_text} {found.difference.error_text}"
    runs = f"{found.difference.n:,} runs"
    if len(found.groups) == 1:
        return f"One line, which explains all: {total} in the first {runs}."
    if found.method == SHAPLEY:
        return (
            f"Shapley values over all combinations of the lines, the first {runs} of each: they "
            f"add up to the difference in these runs, {total}."
        )
    return (
        f"Each line put in alone, the first {runs} of each; with the interaction they add up to "
        f"the difference in these runs, {total}."
    )


def page(comparison: Comparison, outcome: str) -> Page:
    """What a reader gets: a table for each variant, what explains it, how it was made.

    The difference in `outcome` is the one that is taken apart.
    """
    baseline = comparison.baseline
    title = f"{baseline.title}: variants compared with {baseline.name}"
    beside = taken_out_text(taken_out(baseline))
    parts: list[str | Table] = ["\n".join(filter(None, (title, beside)))]
    if len(comparison.variants) > 1:
        parts += _overview(comparison, outcome)
    for variant in comparison.variants.values():
        titles = titles_of(baseline) | titles_of(variant.scenario)
        parts += [_heading(variant, baseline, titles), variant_table(variant, baseline.headline)]
        if variant.left_out:
            parts.append(f"Not asked alike, and left out: {', '.join(variant.left_out)}")
        parts += _explained(variant, outcome, titles)
    return [*parts, f"{LEGEND}\n{_about(comparison)}"]


def _overview(comparison: Comparison, outcome: str) -> Page:
    """One outcome in all variants."""
    found = {name: v.outcomes[outcome] for name, v in comparison.variants.items()
             if outcome in v.outcomes}  # fmt: skip
    if not found:
        return []
    rows = [(name, *_cells(contrast)) for name, contrast in found.items()]
    return [f"{next(iter(found.values())).title}:", Table(("Variant", *HEADINGS), rows)]


def _heading(variant: Variant, baseline: Scenario, titles: Mapping[str, str]) -> str:
    if not variant.lines:
        return f"{variant.name}: nothing differs"
    shown = [f"  {said(line, titles)}" for line in variant.lines[:MOST_LINES_SHOWN]]
    if (rest := len(variant.lines) - MOST_LINES_SHOWN) > 0:
        shown.append(f"  and {rest} more")
    there = taken_out(baseline)
    if beside := taken_out_text([p for p in taken_out(variant.scenario) if p not in there]):
        shown.append(beside)
    return "\n".join((f"{variant.name} differs in", *shown))


def _explained(variant: Variant, outcome: str, titles: Mapping[str, str]) -> Page:
    contrast = variant.outcomes.get(outcome)
    found = contrast.attribution if contrast else None
    if contrast is None or found is None or len(found.groups) == 1:
        return []
    title = f"What explains the difference in “{contrast.title}”:"
    return [title, part_table(found, titles), method_text(found)]


def _about(comparison: Comparison) -> str:
    size = comparison.size
    failed = f"{comparison.failed_runs or 'no'} run{'' if comparison.failed_runs == 1 else 's'}"
    return (
        f"{size.runs:,} runs of each over {size.draws:,} draws, seed {size.seed}, in "
        f"{comparison.elapsed_seconds:.1f} s; {failed} failed"
    )


def full_table(comparison: Comparison) -> Table:
    """All outcomes of all variants in full precision; what is not known is None."""
    rows = []
    for variant in comparison.variants.values():
        for name, contrast in variant.outcomes.items():
            d = contrast.difference
            over_draws = d.interval_90 or (None, None)
            probabilities = (contrast.baseline.value, contrast.variant.value)
            rows.append(
                (variant.name, name, contrast.title, *probabilities, d.value, d.mc_error,
                 *d.mc_interval_90, *over_draws, d.interval_note or None, d.flips, d.n,
                 d.variance_saved)
            )  # fmt: skip
    return Table(FULL_HEADINGS, rows)
