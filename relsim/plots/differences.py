"""Figure 7: differences between variants and their baseline, each with both its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from matplotlib.axes import Axes

from relsim.errors import UnknownName, unknown
from relsim.inference.compare.compare import Comparison, Contrast, Variant
from relsim.plots import style
from relsim.plots.forest import ForestRow, forest
from relsim.plots.number_words import counted, in_percent
from relsim.plots.paper import drawing
from relsim.plots.runs import titled

__all__ = ["difference_rows", "differences"]

HEADINGS = ("Difference (points)", "90% over draws (points)")
EDGE = 0.05  # room at each side, as a share of what is drawn


def difference_rows(
    comparison: Comparison, subject: str | None = None, asked: str | None = None
) -> tuple[ForestRow, ...]:
    """The differences that are drawn, the largest rise first, the largest fall last.

    Parameters
    ----------
    comparison : Comparison
        What `relsim.compare` returned.
    subject : str, optional
        A variant, of which all outcomes are drawn; or an outcome, which is drawn for all variants.
        By default the one variant, or with several the headline.
    asked : str, optional
        The outcome that stands in bold among those of a variant; by default the headline.

    Raises
    ------
    UnknownName
        If there is no such variant or outcome.
    """
    drawn = _drawn(comparison, subject)
    bold = asked or comparison.baseline.headline
    if isinstance(drawn, Variant):
        found = [
            _row(contrast.title, contrast, contrast.name == bold)
            for contrast in drawn.outcomes.values()
        ]
    else:
        found = [_row(_title(comparison, name), contrast, False) for name, contrast in drawn]
    return tuple(sorted(found, key=lambda row: -row.value))


@drawing
def differences(
    comparison: Comparison,
    subject: str | None = None,
    ax: Axes | None = None,
    *,
    asked: str | None = None,
) -> Axes:
    """Draw how variants differ from their baseline.

    Parameters
    ----------
    comparison, subject, asked
        As for `difference_rows`.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the rows need.

    Returns
    -------
    Axes
        With the numbers in two columns to its right.
    """
    rows = difference_rows(comparison, subject, asked)
    ax, handles = forest(rows, HEADINGS, 0.0, ax)
    labels = [
        "Difference (± its standard error), with its 90% Monte Carlo interval",
        "90% interval over draws",
    ]
    pad = style.legend_above(ax, handles, labels, columns=1)
    style.headline(ax, finding(comparison, subject), pad)
    ends = [end for row in rows for end in (*row.sampling, *(row.over_draws or ()), 0.0)]
    edge = EDGE * (max(ends) - min(ends))
    ax.set_xlim(min(ends) - edge, max(ends) + edge)
    style.points(ax)
    ax.set_xlabel("Variant less baseline (percentage points)")
    _footer(ax, comparison)
    return ax


def finding(comparison: Comparison, subject: str | None = None) -> str:
    """What the figure shows, in words."""
    drawn = _drawn(comparison, subject)
    if isinstance(drawn, Variant):
        found = list(drawn.outcomes.values())
        summary = _count(found, "outcome")
        if not drawn.lines:
            return f"{drawn.name}: nothing differs"
        return f"{_title(comparison, drawn.name)}: {summary}"
    title = titled(comparison.baseline, drawn[0][1].name)
    return f"{title}: {_count([contrast for _, contrast in drawn], 'variant')}"


def _count(found: Sequence[Contrast], what: str) -> str:
    """How many differ one way, the other, or cannot be resolved by so many runs."""
    up = sum(contrast.difference.mc_interval_90[0] > 0 for contrast in found)
    down = sum(contrast.difference.mc_interval_90[1] < 0 for contrast in found)
    if what == "outcome":
        said = f"{up} of {counted(len(found), what)} likelier, {down} less likely"
    else:
        said = f"likelier in {up} of {counted(len(found), what)}, less likely in {down}"
    rest = len(found) - up - down
    return f"{said}, {rest} not resolved" if rest else said


def _drawn(comparison: Comparison, subject: str | None) -> Variant | list[tuple[str, Contrast]]:
    """A variant, or an outcome in each variant that asks it."""
    variants = comparison.variants
    if subject is None:
        only = next(iter(variants)) if len(variants) == 1 else None
        subject = only or comparison.baseline.headline
    if subject in variants:
        return variants[subject]
    found = [(name, v.outcomes[subject]) for name, v in variants.items() if subject in v.outcomes]
    if not found:
        known = [*variants, *comparison.baseline.outcomes]
        raise UnknownName(unknown("variant or outcome", subject, known))
    return found


def _title(comparison: Comparison, name: str) -> str:
    """A variant's title if it has one of its own, else its name."""
    title = comparison.variants[name].scenario.title
    return name if title == comparison.baseline.title else title


def _row(title: str, contrast: Contrast, bold: bool) -> ForestRow:
    found = contrast.difference
    texts = (
        in_points(f"{found.value_text} {found.error_text}"),
        in_points(found.interval_text),
    )
    return ForestRow(title, found.value, found.mc_interval_90, found.interval_90, texts, bold)


def in_points(text: str) -> str:
    """Differences of probabilities in percentage points, with a true minus.

    Examples
    --------
    >>> in_points("-.116 ± .003"), in_points("-.25 – +.02"), in_points("no spread resolved")
    ('−11.6 ± 0.3', '−25 – +2', 'no spread resolved')
    """
    said = in_percent(text)
    return said.removesuffix("%").replace("-", "−") if said.endswith("%") else said


def _footer(ax: Axes, comparison: Comparison) -> None:
    """Say what the figure was made from."""
    size, origin = comparison.size, comparison.provenance
    versions = cast("dict[str, str]", origin["versions"])
    parts = [
        f"baseline {comparison.baseline.name}",
        f"{counted(size.runs, 'run')} of each over {counted(size.draws, 'draw')}",
        f"seed {size.seed}",
        f"scenario hash {str(origin['scenario_hash'])[:8]}",
        f"relsim {versions['relsim-ir']}",
    ]
    if comparison.failed_runs:
        parts.insert(2, f"{comparison.failed_runs:,} of them failed")
    style.footnote(ax, parts)
