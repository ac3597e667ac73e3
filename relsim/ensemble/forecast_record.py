"""The forecast record: what was forecast, from what, with which versions, and when."""

from __future__ import annotations

from collections.abc import Sequence

from relsim.ensemble.data import EnsembleData
from relsim.ensemble.limits import limits_of

__all__ = ["FORMAT", "forecast_record"]

FORMAT = "relsim.run/1"


def forecast_record(ensemble: EnsembleData, outcomes: Sequence[str]) -> dict[str, object]:
    """Plain data for JSON, with null where something is not known, never NaN."""
    scenario = ensemble.scenario
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "horizon": scenario.horizon.model_dump(mode="json"),
        **ensemble.provenance,
        "runs": ensemble.runs,
        "draws": ensemble.draws,
        "failed_runs": ensemble.health.failed,
        "limits": limits_of(ensemble).to_json(),
        "unfinished_runs": ensemble.unfinished,
        "elapsed_seconds": round(ensemble.elapsed_seconds, 3),
        "outcomes": {name: _outcome(ensemble, name) for name in outcomes},
    }


def _outcome(ensemble: EnsembleData, name: str) -> dict[str, object]:
    median = ensemble.median_date(name)
    date = None if median is None else median.isoformat()
    asked = ensemble.scenario.outcomes[name]
    about = {"title": asked.title, "resolves": asked.resolves}
    return about | ensemble.probability(name).to_json() | {"median_date": date}
