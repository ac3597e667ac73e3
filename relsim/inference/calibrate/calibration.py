"""Calibration on forecasts: the draws weighted by how well they fit what an author said.

How the weights come about stands in `relsim.inference.calibrate.weights`.
"""

from __future__ import annotations

import dataclasses
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relsim.arguments import number, seed_of, whole_number
from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.escaping import visible
from relsim.estimates import formatting
from relsim.inference.calibrate.evidence import check_new
from relsim.inference.calibrate.forecasts import (
    Judged,
    Level,
    Said,
    Tally,
    half_of_run,
    judged,
    said_by,
    tally,
)
from relsim.inference.calibrate.weights import (
    effective_size,
    exponents,
    information,
    information_alone,
    log_likelihood,
    rank_correlation,
    weights_of,
)
from relsim.runs.workers import check_workers
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario, scenario_of
from relsim.scenario.titles import titles_of
from relsim.simulate import Progress, extend, simulate
from relsim.tables import Page, Table, page_html, page_text

__all__ = [
    "FORMAT", "Calibration", "Shift", "calibrate", "calibrated", "interval", "level", "shifts",
    "short",
]  # fmt: skip


FORMAT = "relsim.calibrate/1"
RELIABILITY = 0.8  # of the article's author: parameters of the baseline, range .65 to .92
RUNS, DRAWS = 65_536, 1_024  # 64 runs a draw, at which their noise is a third of an author's
MOST_RUNS = 4 * RUNS
FEWEST_EFFECTIVE = 200  # draws; below, more are simulated
FEWEST_RUNS = 16  # of a draw, as its runs are halved
MOST_SHOWN = 10  # parameters that moved most
FORECAST_HEADINGS = (
    "", "Says", "Means (5–50–95%)", "Before: mean (5–95%)", "After: mean (5–95%)", "Inside",
    "Overlap", "Share", "Bits alone",
)  # fmt: skip
RARE = 0.02


@dataclass(frozen=True, repr=False)
class Shift(Brief):
    """How far calibration moved a parameter.

    Attributes
    ----------
    parameter, unit, title : str
        The title is what tables call it.
    prior_mean, prior_sd, mean, sd : float
    shift : float
        Of the mean, in prior standard deviations.
    error : float
        Standard error of `shift`, as the draws are finitely many.
    """

    parameter: str
    unit: str
    title: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    shift: float
    error: float


def shifts(ensemble: Ensemble, weights: Doubles) -> list[Shift]:
    """How far weighted draws move each uncertain parameter.

    Parameters
    ----------
    ensemble : Ensemble
        Of the draws before they are weighted.
    weights : float64 (draw,)
        Sum to 1.
    """
    values, found = ensemble.scenario.parameters(), []
    titles = titles_of(ensemble.scenario)
    for path, drawn in ensemble.parameters.items():
        if values[path].constant is not None:
            continue
        before, mean = float(drawn.mean()), float(weights @ drawn)
        apart, prior_sd = (drawn - mean) ** 2, float(drawn.std())
        found.append(
            Shift(
                parameter=path,
                unit=values[path].unit,
                title=titles[path],
                prior_mean=before,
                prior_sd=prior_sd,
                mean=mean,
                sd=float(np.sqrt(weights @ apart)),
                shift=(mean - before) / prior_sd,
                error=float(np.sqrt(weights**2 @ apart)) / prior_sd,
            )
        )
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Brief):
    """Draws of a scenario, weighted by an author's forecasts.

    Attributes
    ----------
    ensemble : Ensemble
        The prior draws and their runs.
    weights : float64 (draw,)
        Sum to 1.
    half_weights : float64 (2, draw)
        As if every other run were missing: the weights that each half of the runs gives.
    forecasts : tuple of Judged
    correlation : float64 (used forecast, used forecast)
        Rank correlation of the forecasts' log-odds over draws.
    reliability : float
    information_bits : float
        Gained by all forecasts together.
    elapsed_seconds : float
    """

    ensemble: Ensemble
    weights: Doubles
    half_weights: Doubles
    forecasts: tuple[Judged, ...]
    correlation: Doubles
    reliability: float
    information_bits: float
    elapsed_seconds: float

    @property
    def scenario(self) -> Scenario:
        """What was calibrated."""
        return self.ensemble.scenario

    @property
    def used(self) -> tuple[Judged, ...]:
        """The forecasts that it was calibrated on."""
        return tuple(forecast for forecast in self.forecasts if not forecast.skipped)

    @property
    def effective_sample_size(self) -> float:
        """Kish's effective number of draws."""
        return effective_size(self.weights)

    @property
    def resolved(self) -> bool:
        """Whether enough draws bear weight for the numbers to be trusted."""
        return self.effective_sample_size >= FEWEST_EFFECTIVE

    @property
    def effective_judgements(self) -> float:
        """How many independent judgements the forecasts amount to."""
        return float(exponents(self.correlation).sum())

    def weighted(self) -> Ensemble:
        """The same runs with weights, of which probabilities and dates take account.

        A run's weight comes from the other half of its draw's runs, since weights depend on the
        random numbers of the runs that they were made from.
        """
        other = 1 - half_of_run(self.ensemble)
        weights = self.half_weights[other, self.ensemble.draw_of_run]
        return dataclasses.replace(self.ensemble, weights=weights / self.ensemble.runs_per_draw)

    def parameters(self, most: int | None = MOST_SHOWN) -> tuple[Shift, ...]:
        """The parameters that moved most, in prior standard deviations; with None, all."""
        most = None if most is None else whole_number("most", most, least=0)
        found = sorted(shifts(self.ensemble, self.weights), key=lambda one: -abs(one.shift))
        return tuple(found[:most])

    def save(
        self, file: str | os.PathLike[str], base: str | os.PathLike[str] | None = None
    ) -> Path:
        """Write a scenario file that extends the calibrated one, and its draws beside it.

        Parameters
        ----------
        file : str or path
            A new file, ``posterior.yaml``; the draws go to ``posterior.draws.csv``.
        base : str or path, optional
            Name or file of the calibrated scenario, to extend. Without one, or if the scenario is
            not what stands there, the new file holds it whole.

        Returns
        -------
        Path

        Raises
        ------
        UsageError
            If a file exists already, cannot be written, or cannot extend `base`.
        """
        from relsim.inference.calibrate.posterior_file import write_posterior

        return write_posterior(self, local_path(file), base)

    def __str__(self) -> str:
        return visible(page_text(page(self)))

    def _repr_html_(self) -> str:
        return page_html(page(self))

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.calibrate/1)."""
        origin = self.ensemble.provenance
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **{key: origin[key] for key in ("scenario_hash", "seed", "versions", "created")},
            "runs": self.ensemble.runs,
            "draws": self.ensemble.draws,
            "failed_runs": self.ensemble.health.failed,
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "to": "forecasts",
            "reliability": self.reliability,
            "effective_sample_size": self.effective_sample_size,
            "resolved": self.resolved,
            "information_bits": self.information_bits,
            "effective_judgements": self.effective_judgements,
            "forecasts": {f.said.name: f.to_json() for f in self.forecasts},
            "correlation": self.correlation.tolist(),
            "parameters": [dataclasses.asdict(one) for one in self.parameters()],
        }


def calibrate(
    scenario: Scenario | str | os.PathLike[str],
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    reliability: float = RELIABILITY,
    max_runs: int = MOST_RUNS,
    progress: Progress | None = None,
) -> Calibration:
    """Weigh the draws of a scenario by how well they fit its forecasts.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file. Its `forecasts` say what an author said, and
        what that means.
    runs, draws : int, optional
        Size of the ensemble to begin with; 65,536 runs over 1,024 draws by default. It is doubled
        as long as under 200 draws bear weight, up to `max_runs`.
    seed, workers
        As for `simulate`.
    reliability : float
        Probability that the author's words are informative; 1 takes them at full weight.
    max_runs : int
        Where to stop doubling though fewer draws bear weight; 262,144 by default.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Returns
    -------
    Calibration

    Raises
    ------
    UsageError
        If no forecast of the scenario can be calibrated on, a number makes no sense, or the
        scenario's joint draws have learned from one of its forecasts, or do not say from what.
    SimulationError
        If every chunk breaks off.

    Examples
    --------
    The fewest runs there can be, over which too few draws bear weight.

    >>> import relsim
    >>> found = relsim.calibrate("us-russia-2021-prior", runs=1024, draws=64, max_runs=1024)
    >>> found.resolved, round(found.effective_sample_size)
    (False, 8)
    """
    began = time.perf_counter()
    scenario, reliability = scenario_of(scenario), reliability_of(reliability)
    seed, workers = seed_of(seed), check_workers(workers)
    wished = RUNS if runs is None else whole_number("runs", runs)
    max_runs = whole_number("max_runs", max_runs)
    usual = DRAWS if runs is None else None
    of_draws = usual if draws is None else whole_number("draws", draws)
    if of_draws is not None and wished < FEWEST_RUNS * of_draws:
        raise UsageError(f"calibration needs {FEWEST_RUNS} runs a draw at the least")
    said = [said_by(name, forecast) for name, forecast in scenario.forecasts.items()]
    if not any(one.outcome for one in said):
        raise UsageError(f"{scenario.name} has no forecast of an outcome to calibrate on")
    check_new(scenario, [one for one in said if one.outcome])
    ensemble = simulate(scenario, wished, of_draws, seed, workers, progress=progress)
    while True:
        found = calibrated(ensemble, said, reliability)
        if found.resolved or 2 * ensemble.runs > max_runs:
            return dataclasses.replace(found, elapsed_seconds=time.perf_counter() - began)
        ensemble = extend(ensemble, 2 * ensemble.runs, workers, progress)


def reliability_of(given: object) -> float:
    """The probability that an author's words are informative; raises UsageError if it is none."""
    reliability = number("reliability", given)
    if not 0 <= reliability <= 1:
        raise UsageError(f"reliability must be from 0 to 1 (got {reliability:g})")
    return reliability


def calibrated(ensemble: Ensemble, said: list[Said], reliability: float) -> Calibration:
    """Weigh the draws of an ensemble by forecasts.

    Raises
    ------
    UsageError
        If the runs say nothing about any of the forecasts.
    """
    tallies = {one.name: tally(ensemble, one) for one in said}
    seen = {name: found for name, found in tallies.items() if isinstance(found, Tally)}
    used = [one for one in said if one.name in seen]
    if not used:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in tallies.items())
        raise UsageError(f"no forecast can be calibrated on ({reasons})")
    meant = [one.meant for one in used]
    whole = [seen[one.name].whole for one in used]
    halves = list(zip(*(seen[one.name].halves for one in used), strict=True))
    correlation = rank_correlation(np.array([of_draws.log_odds for of_draws in whole]))
    powers = [float(power) for power in exponents(correlation)]
    weights, *by_half = (
        weights_of(
            [
                log_likelihood(of_draws, words, reliability, power)
                for of_draws, words, power in zip(part, meant, powers, strict=True)
            ]
        )
        for part in (whole, *halves)
    )
    half_weights = np.array(by_half)
    together = information(whole, halves, meant, reliability, powers)
    forecasts = []
    for one in said:
        if one not in used:
            forecasts.append(Judged(one, skipped=str(tallies[one.name])))
            continue
        number = used.index(one)
        bits = information_alone(whole[number], one.meant, reliability)
        forecasts.append(judged(one, seen[one.name], half_weights, powers[number], bits))
    return Calibration(
        ensemble, weights, half_weights, tuple(forecasts), correlation, reliability, together, 0.0
    )


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
            one.title,
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
