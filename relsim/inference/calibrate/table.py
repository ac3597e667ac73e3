"""A calibration as rows of text: for the terminal, and for the page of the docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relsim.estimates import formatting

if TYPE_CHECKING:
    from relsim.inference.calibrate.calibration import Calibration
    from relsim.inference.calibrate.forecasts import Judged, Level

__all__ = [
    "FORECAST_HEADINGS", "PARAMETER_HEADINGS", "forecast_rows", "interval", "level",
    "parameter_rows", "short",
]  # fmt: skip

FORECAST_HEADINGS = (
    "", "Says", "Means (5–50–95%)", "Before: mean (5–95%)", "After: mean (5–95%)", "Inside",
    "Overlap", "Share", "Bits alone",
)  # fmt: skip
PARAMETER_HEADINGS = ("Parameter", "Before", "After", "Shift, sds", "Error")
RARE = 0.02


def forecast_rows(found: Calibration) -> list[tuple[str, ...]]:
    """A row for each forecast; one that was not used has its words and what they mean."""
    return [_row(forecast) for forecast in found.forecasts]


def parameter_rows(found: Calibration) -> list[tuple[str, ...]]:
    """A row for each of the parameters that moved most: mean, (standard deviation), and how far."""
    return [
        (
            moved.parameter,
            f"{moved.prior_mean:.3g} (sd {moved.prior_sd:.2g})",
            f"{moved.mean:.3g} (sd {moved.sd:.2g}) "
            f"{'' if moved.unit == '1' else moved.unit}".rstrip(),
            f"{moved.shift:+.2f}",
            f"{moved.error:.2f}",
        )
        for moved in found.parameters()
    ]


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
    """Two decimals, more below .02 and above .98 where two would not tell."""
    near = min(probability, 1 - probability)
    places = 2 if near >= RARE else min(5, formatting.decimals(max(near, 1e-5)) + 1)
    return formatting.text(probability, places)
