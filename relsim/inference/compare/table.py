"""A comparison as rows of text, as plain text, as CSV, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from relsim.escaping import csv_text, markup
from relsim.inference.compare.attribution import SHAPLEY

if TYPE_CHECKING:
    from relsim.inference.compare.attribution import Attribution
    from relsim.inference.compare.comparison import Comparison, Contrast, Variant

__all__ = [
    "CSV_COLUMNS", "HEADINGS", "PARTS", "PartRow", "Row", "as_csv", "as_html", "as_text",
    "part_rows", "records", "rows", "saved_text",
]  # fmt: skip

MOST_LINES_TOLD = 12
RESOLVED = 2  # standard errors of a difference of which parts are told in percent
CSV_COLUMNS = (
    "variant", "outcome", "title", "baseline", "in_variant", "difference", "mc_error",
    "mc_low_90", "mc_high_90", "low_90", "high_90", "spread", "flips", "runs", "variance_saved",
)  # fmt: skip

Layout = Callable[[Sequence[str], Sequence[Sequence[str]], int | None], str]


class Row(NamedTuple):
    """One outcome in words; no digit that its error does not support."""

    title: str
    baseline: str
    variant: str
    difference: str
    error: str
    interval: str
    saved: str


class PartRow(NamedTuple):
    """What one changed line explains, in words."""

    line: str
    share: str
    error: str
    part: str


HEADINGS = Row(
    "Outcome", "Baseline", "Variant", "Difference", "MC error", "90% over draws", "Saved"
)
PARTS = PartRow("Changed line", "Explains", "MC error", "Part")
LEGEND = (
    "Difference: variant less baseline, paired run by run. MC error: its standard error.\n"
    "90% over draws: how far it differs between the sets of parameters held possible.\n"
    "Saved: variance that pairing took away."
)


def rows(variant: Variant) -> list[Row]:
    """One row for each outcome."""
    return [row(contrast) for contrast in variant.outcomes.values()]


def row(contrast: Contrast) -> Row:
    """One outcome of one variant."""
    found = contrast.difference
    return Row(
        contrast.title,
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


def part_rows(found: Attribution) -> list[PartRow]:
    """One row for each line, or lines that need each other, and one for their interaction."""
    total = found.difference
    resolved = abs(total.value) >= RESOLVED * total.mc_error and total.flips > 0
    named = list(zip(found.groups, found.shares, strict=True))
    parts = [("; with ".join(map(str, group)), part) for group, part in named]
    if found.interaction is not None:
        parts.append(("interaction: what they do together beyond that", found.interaction))
    return [
        PartRow(
            line,
            part.value_text,
            part.error_text,
            f"{part.value / total.value:.0%}" if resolved else "–",
        )
        for line, part in parts
    ]


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


def as_text(comparison: Comparison, outcome: str, layout: Layout) -> str:
    """The comparison for a reader: a table for each variant, what explains it, how it was made."""
    bold = comparison.baseline.headline
    parts = [f"{comparison.baseline.title}: variants compared with {comparison.baseline.name}"]
    if len(comparison.variants) > 1:
        parts += _overview(comparison, outcome, layout)
    for variant in comparison.variants.values():
        names = list(variant.outcomes)
        at = names.index(bold) if bold in names else None
        parts += [_heading(variant), layout(HEADINGS, rows(variant), at)]
        if variant.left_out:
            parts.append(f"Not asked alike, and left out: {', '.join(variant.left_out)}")
        parts += _explained(variant, outcome, layout)
    return "\n\n".join([*parts, f"{LEGEND}\n{_about(comparison)}"])


def _overview(comparison: Comparison, outcome: str, layout: Layout) -> list[str]:
    """One outcome in all variants."""
    found = {name: v.outcomes[outcome] for name, v in comparison.variants.items()
             if outcome in v.outcomes}  # fmt: skip
    if not found:
        return []
    table = [row(contrast)._replace(title=name) for name, contrast in found.items()]
    title = next(iter(found.values())).title
    return [f"{title}:", layout(HEADINGS._replace(title="Variant"), table, None)]


def _heading(variant: Variant) -> str:
    if not variant.lines:
        return f"{variant.name}: nothing differs"
    told = [f"  {line}" for line in variant.lines[:MOST_LINES_TOLD]]
    if rest := len(variant.lines) - MOST_LINES_TOLD:
        told += [f"  and {rest} more"] if rest > 0 else []
    return "\n".join((f"{variant.name} differs in", *told))


def _explained(variant: Variant, outcome: str, layout: Layout) -> list[str]:
    contrast = variant.outcomes.get(outcome)
    if contrast is None or contrast.attribution is None:
        return []
    found = contrast.attribution
    if len(found.groups) == 1:
        return []
    return [
        f"What explains the difference in “{contrast.title}”:",
        layout(PARTS, part_rows(found), None),
        method_text(found),
    ]


def _about(comparison: Comparison) -> str:
    size = comparison.size
    failed = f"{comparison.failed_runs or 'no'} run{'' if comparison.failed_runs == 1 else 's'}"
    return (
        f"{size.runs:,} runs of each over {size.draws:,} draws, seed {size.seed}, in "
        f"{comparison.elapsed_seconds:.1f} s; {failed} failed"
    )


def as_csv(comparison: Comparison) -> str:
    """All outcomes of all variants in full precision, one a line; what is not known is empty."""
    return csv_text([CSV_COLUMNS, *records(comparison)])  # None is an empty cell


def records(comparison: Comparison) -> list[tuple[object, ...]]:
    """A tuple of `CSV_COLUMNS` for each variant and outcome."""
    found = []
    for variant in comparison.variants.values():
        for name, contrast in variant.outcomes.items():
            d = contrast.difference
            over_draws = d.interval_90 or (None, None)
            probabilities = (contrast.baseline.value, contrast.variant.value)
            found.append(
                (variant.name, name, contrast.title, *probabilities, d.value, d.mc_error,
                 *d.mc_interval_90, *over_draws, d.spread or None, d.flips, d.n, d.variance_saved)
            )  # fmt: skip
    return found


def as_html(comparison: Comparison) -> str:
    """The tables of a notebook."""
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    tables = []
    for variant in comparison.variants.values():
        body = "".join(
            "<tr>" + "".join(f"<td>{markup(cell)}</td>" for cell in cells) + "</tr>"
            for cells in rows(variant)
        )
        lines = markup("; ".join(map(str, variant.lines[:MOST_LINES_TOLD])))
        caption = f"{markup(variant.name)} against {markup(comparison.baseline.name)}"
        tables.append(
            f"<table><caption>{caption}: {lines or 'nothing differs'}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
    return "".join(tables) + f"<p>{markup(_about(comparison))}</p>"
