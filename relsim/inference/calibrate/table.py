"""A calibration as a page for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relsim.estimates import formatting
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.inference.calibrate.calibration import Calibration
    from relsim.inference.calibrate.forecasts import Judged, Level

__all__ = ["forecast_table", "interval", "level", "page", "parameter_table", "short"]

FORECAST_HEADINGS = (
    "", "Says", "Means (5–50–95%)", "Before: mean (5–95%)", "After: mean (5–95%)", "Inside",
    "Overlap", "Share", "Bits alone",
)  # fmt: skip
RARE = 0.02


def page(found: Calibration) -> Page:
    """What a reader gets: forecasts before and after, conflicts, parameters, how it was made."""
    ensemble = found.ensemble
    about = (
        f"{ensemble.runs:,} runs over {ensemble.draws:,} draws, seed {ensemble.seed}, in "
        f"{found.elapsed_seconds:.1f} s; {found.effective_sample_size:.0f} effective draws; "
        f"{found.information_bits:.2f} bits gained from {len(found.used)} forecasts that amount to "
        f"{found.effective_judgements:.1f} independent ones; reliability {found.reliability:g}"
    )
    conflicts = [f"{one.said.name}: {one.conflict}" for one in found.used if one.conflict]
    conflicts = conflicts or ["No conflict: every mean lies in the author's 90% interval."]
    skipped = [f"{f.said.name}: not used, {f.skipped}" for f in found.forecasts if f.skipped]
    below = "\n".join((*conflicts, *skipped))
    return [found.scenario.title, forecast_table(found), below, parameter_table(found), about]


def forecast_table(found: Calibration) -> Table:
    """A row for each forecast; one that was not used has its words and what they mean."""
    return Table(FORECAST_HEADINGS, [_row(forecast) for forecast in found.forecasts])


def parameter_table(found: Calibration) -> Table:
    """The parameters that moved most: mean, (standard deviation), and how far."""
    rows = [
        (
            one.parameter,
            f"{one.prior_mean:.3g} (sd {one.prior_sd:.2g})",
            f"{one.mean:.3g} (sd {one.sd:.2g}) {'' if one.unit == '1' else one.unit}".rstrip(),
            f"{one.shift:+.2f}",
            f"{one.error:.2f}",
        )
        for one in found.parameters()
    ]
    return Table(("Parameter", "Before", "After", "Shift, sds", "Error"), rows)


def _row(forecast: Judged) -> tuple[str, ...]:
    said, before, after = forecast.said, forecast.prior, forecast.posterior
    means = "–".join(short(point) for point in said.points)
    if before is None or after is None:
        return said.name, said.says, means, "", "", "", "", "", ""
    inside = f"{'yes' if before.inside else 'no'} > {'yes' if after.inside else 'no'}"
    overlap = f"{short(before.overlap)} > {short(after.overlap)}"
    return (
        said.name, said.says, means, level(before), level(after), inside, overlap,
        f"{forecast.exponent:.2f}", f"{forecast.information_bits:.2f}",
    )  # fmt: skip


def level(found: Level) -> str:
    """``".74 (.10–1.00)"``: the mean, and the 5 and 95% points over draws."""
    return f"{short(found.mean)} ({interval(found.points[0], found.points[2])})"


def interval(low: float, high: float) -> str:
    """``".10–1.00"``."""
    return f"{short(low)}–{short(high)}"


def short(probability: float) -> str:
    """Two decimals, more below .02 and above .98 where two would all be 0 or 9."""
    near = min(probability, 1 - probability)
    places = 2 if near >= RARE else min(5, formatting.decimals(max(near, 1e-5)) + 1)
    return formatting.text(probability, places)
