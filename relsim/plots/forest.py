"""Figures 1 and 7, forest plots: probabilities of all outcomes, and differences between variants.

Each row has a dot with its Monte Carlo interval on a bar over draws, with the numbers beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.headline import headline_of
from relsim.ensemble.over_rules import OverRules
from relsim.errors import UnknownName, unknown
from relsim.estimates.deconvolution import Interval
from relsim.estimates.probability import Estimate
from relsim.inference.compare.compare import Comparison, Contrast, Variant
from relsim.plots import style
from relsim.plots.number_words import (
    by_deadline,
    counted,
    in_percent,
    titled,
    versions,
    with_error,
    with_interval,
)
from relsim.plots.paper import drawing, inside, outside

NAME_WIDTH = 200.0  # points; longer titles are wrapped
GAP = 12.0  # points between the columns of numbers
ROW_GAP = 9.0  # points between rows; the vertical axis is in points
BAR = 11.0  # points: height of a bar
DARKER = 1.0  # opacity of the middle half
AROUND = 2.0  # inches: title, legend, axis and footer


@dataclass(frozen=True, repr=False)
class ForestRow(Brief):
    """One estimate as it is drawn.

    Attributes
    ----------
    title : str
    value : float
    sampling : (float, float)
        Its Monte Carlo interval.
    over_draws, half : (float, float) or None
        The 90% interval over draws, and the middle half where it is drawn.
    over_rules : (float, float) or None
        The range over decision rules, where it is known.
    texts : tuple of str
        A text for each column of numbers.
    bold : bool
    """

    title: str
    value: float
    sampling: Interval
    over_draws: Interval | None
    texts: tuple[str, ...]
    bold: bool
    half: Interval | None = None
    over_rules: Interval | None = None

    @property
    def weight(self) -> str:
        """Of its letters."""
        return "bold" if self.bold else "normal"


def forest(
    rows: Sequence[ForestRow],
    headings: Sequence[str],
    centre: float,
    ax: Axes | None,
    finding: str,
    legend: tuple[str, str],
) -> Axes:
    """Draw rows of estimates from the top down, with title and legend.

    Parameters
    ----------
    rows : sequence of ForestRow
        From top to bottom.
    headings : sequence of str
        Of the columns of numbers to the right.
    centre : float
        Where a dotted line stands: a half, or no difference.
    ax : Axes, optional
        By default those of a new figure, as high as the rows need.
    finding : str
        The title.
    legend : (str, str)
        What the dots with their lines are, and the pale bars.
    """
    titles, weights = [row.title for row in rows], [row.weight for row in rows]
    ax, places = style.row_axes(
        ax, titles, weights, width=NAME_WIDTH, size=style.TICK, gap=ROW_GAP, around=AROUND
    )
    dots, bars, halves = _draw_intervals(ax, rows, places, centre)
    _write_numbers(ax, rows, headings, places)
    handles = dict(zip(legend, (dots, bars), strict=True))
    if halves is not None:
        handles["Middle half over draws"] = halves
    for row, place in zip(rows, places.tolist(), strict=True):
        if row.over_rules is not None:
            handles["Range over decision rules"] = _draw_range(ax, row.over_rules, place)
    style.title_and_legend(ax, finding, handles, columns=1)
    return ax


def legend_of(value: str) -> tuple[str, str]:
    """The legend of estimates: what the dots are, with their errors, and the bars."""
    dots = f"{value} (± its standard error), with its 90% Monte Carlo interval"
    return dots, "90% interval over draws"


def _draw_intervals(
    ax: Axes, rows: Sequence[ForestRow], places: Doubles, centre: float
) -> tuple[object, object, object | None]:
    """Pale bars over draws, darker in the middle half; capped lines for Monte Carlo intervals."""
    values = np.array([row.value for row in rows])
    sampling = np.array([row.sampling for row in rows]).reshape(-1, 2)
    darker = {**style.pale(ax), "alpha": DARKER}
    for intervals, look in (
        ([row.over_draws for row in rows], style.pale(ax)),
        ([row.half for row in rows], darker),
    ):
        known = np.array([interval is not None for interval in intervals])
        ends = np.array([interval for interval in intervals if interval]).reshape(-1, 2)
        if not known.any() and look is darker:
            continue
        ax.barh(places[known], ends[:, 1] - ends[:, 0], left=ends[:, 0], height=BAR, **look)
    ax.axvline(centre, color=inside(ax).ink, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
    away = np.abs(sampling.T - values)
    dots = style.capped(ax, values, places, away, width=1.4, fmt="o", markersize=4.0, zorder=3)
    halves = Patch(**darker) if any(row.half for row in rows) else None
    return dots, Patch(**style.pale(ax)), halves


def _draw_range(ax: Axes, ends: Interval, place: float) -> object:
    """A thin line with ticks at its ends, below the bar."""
    below = place + 0.5 * (BAR + ROW_GAP)
    ink = inside(ax).mark(style.VERMILLION)
    (line,) = ax.plot(ends, [below, below], color=ink, linewidth=1.2, marker="|", markersize=6.0)
    return line


def _write_numbers(
    ax: Axes, rows: Sequence[ForestRow], headings: Sequence[str], places: Doubles
) -> None:
    """Columns of numbers to the right of the axes."""
    right = 0.0
    for number, heading in enumerate(headings):
        cells = [(heading, 0.0, "normal", 7.0)]
        cells += [
            (row.texts[number], place, row.weight, 0.0)
            for place, row in zip(places.tolist(), rows, strict=True)
        ]
        right += GAP + max(style.text_width(text, style.TICK, w) for text, _, w, _ in cells)
        for text, place, weight, up in cells:
            away = style.points_away(ax, right, up)
            ax.text(
                1.0, place, text, transform=ax.get_yaxis_transform() + away, ha="right",
                va="bottom" if text == heading else "center_baseline", usetex=False,
                fontsize=style.TICK, fontweight=weight, color=outside(ax).ink,
            )  # fmt: skip


EVEN = 0.5  # the probability of what is as likely as not


@dataclass(frozen=True, repr=False)
class Row(Brief):
    """One outcome as it is drawn.

    Attributes
    ----------
    name, title : str
    estimate : Estimate
    asked : bool
        Whether the scenario's question is about it.
    by : str
        Its own deadline, such as ``" by 30 June 2022"``; empty if that is the end of the term.
    """

    name: str
    title: str
    estimate: Estimate
    asked: bool
    by: str = ""

    @property
    def value_text(self) -> str:
        """``"21 ± 1%"``: probability and Monte Carlo error."""
        return with_error(self.estimate)

    @property
    def interval_text(self) -> str:
        """``"3–69%"``, or why there is no interval over draws."""
        return in_percent(self.estimate.interval_text)

    @property
    def half_text(self) -> str:
        """``"21–38%"``, the middle half; empty where the other column says why there is none."""
        found = self.estimate
        return "" if found.interval_note else in_percent(found.middle_half_text)


def rows(ensemble: Ensemble) -> tuple[Row, ...]:
    """All outcomes, the likeliest first; equals in the order of the scenario."""
    scenario = ensemble.scenario
    found = [
        Row(
            name=name,
            title=scenario.outcomes[name].title,
            estimate=ensemble.probability(name),
            asked=name == scenario.headline,
            by=by_deadline(scenario, name),
        )
        for name in ensemble.outcomes
    ]
    return tuple(sorted(found, key=lambda row: -row.estimate.value))


def outcomes_finding(drawn: tuple[Row, ...], hangs_on: str = "") -> str:
    """What the figure shows, in words; with what the outcome that was asked for hangs on most."""
    likely = sum(row.estimate.mc_bounds[0] > EVEN for row in drawn)
    unlikely = sum(row.estimate.mc_bounds[1] < EVEN for row in drawn)
    between = len(drawn) - likely - unlikely
    summary = f"{likely} of {len(drawn)} outcomes are likelier than not"
    if between:
        summary += f", {between} too close to call"
    asked = next((row for row in drawn if row.asked), None)
    if asked is None:
        return summary
    if asked.half_text:
        half = f"{asked.half_text} in half of the draws, {asked.interval_text} in 90% of them"
        found = f"{asked.title}: {in_percent(asked.estimate.value_text)}{asked.by} ({half})"
    else:
        found = f"{asked.title}: {with_interval(asked.estimate)}{asked.by}"
    hangs = "; ".join(in_percent(part) for part in hangs_on.split("; "))
    return "; ".join(filter(None, (found, hangs, summary)))


@drawing
def outcomes(ensemble: Ensemble, ax: Axes | None = None) -> Axes:
    """Draw the probability of every outcome, with its Monte Carlo interval and that over draws.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the outcomes need.

    Returns
    -------
    Axes
        With the numbers in three columns to its right.
    """
    drawn = rows(ensemble)
    headings = ("Probability", "Middle half", "90% over draws")
    asked = headline_of(ensemble)
    over_rules = None if asked is None else asked.over_rules
    hangs_on = asked.matters_most if asked is not None and asked.stands_out else ""
    found = [_forest_row(row, over_rules if row.asked else None) for row in drawn]
    title = outcomes_finding(drawn, hangs_on)
    ax = forest(found, headings, EVEN, ax, title, legend_of("Probability"))
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks(np.linspace(0, 1, 6))
    style.percent(ax, "x")
    own = ", or by the outcome’s own deadline" if any(row.by for row in drawn) else ""
    ax.set_xlabel(f"Probability by the end of the term{own}")
    style.footer(ax, ensemble)
    return ax


def _forest_row(row: Row, over_rules: OverRules | None) -> ForestRow:
    found = row.estimate
    texts = (row.value_text, row.half_text, row.interval_text)
    sampling, half = found.mc_bounds, None if found.interval_note else found.interval_50
    return ForestRow(
        row.title,
        found.value,
        sampling,
        found.interval_90,
        texts,
        row.asked,
        half,
        over_rules.range if over_rules else None,
    )


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
        found = [_row(one.title, one, one.name == bold) for one in drawn.outcomes.values()]
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
    finding = differences_finding(comparison, subject)
    headings = ("Difference (points)", "90% over draws (points)")
    ax = forest(rows, headings, 0.0, ax, finding, legend_of("Difference"))
    ends = [end for row in rows for end in (*row.sampling, *(row.over_draws or ()), 0.0)]
    edge = EDGE * (max(ends) - min(ends))
    ax.set_xlim(min(ends) - edge, max(ends) + edge)
    style.points(ax)
    ax.set_xlabel("Variant less baseline (percentage points)")
    size, failed = comparison.size, comparison.failed_runs
    parts = [
        f"baseline {comparison.baseline.name}",
        f"{counted(size.runs, 'run')} of each over {counted(size.draws, 'draw')}",
        *([f"{failed:,} of them failed"] if failed else []),
        f"seed {size.seed}",
        *versions(comparison.provenance),
    ]
    style.footnote(ax, parts)
    return ax


def differences_finding(comparison: Comparison, subject: str | None = None) -> str:
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
        said = f"{up} of {counted(len(found), what)} become likelier, {down} less likely"
    else:
        said = f"likelier in {up} of {counted(len(found), what)}, less likely in {down}"
    rest = len(found) - up - down
    return f"{said}; {rest} too small to tell from chance" if rest else said


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
    texts = (in_points(f"{found.value_text} {found.error_text}"), in_points(found.interval_text))
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
