"""What `relsim signposts --json` printed, read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from relsim.ensemble.conditioning import PROVENANCE, Left
from relsim.estimates.probability import Difference, Estimate
from relsim.inference.signposts.information import Information
from relsim.inference.signposts.interventions import Doing
from relsim.inference.signposts.signposts import FORMAT, Signpost, Signposts
from relsim.inference.signposts.watchable import Candidate, candidates
from relsim.scenario.schema import Scenario

__all__ = ["MOST", "signposts_of_record"]

MOST = 100  # signposts of a record, and characters of a reason


def signposts_of_record(data: Mapping[str, Any], scenario: Scenario) -> Signposts:
    """Signposts as they were found. Titles are those of the scenario, not of the record.

    Parameters
    ----------
    data : mapping
        As `Signposts.to_json` returns it, of a stranger perhaps.
    scenario : Scenario
        Of which they are: that this is so is for the caller to check.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError, OverflowError
        If it is something else.
    """
    by, outcome = date.fromisoformat(data["by"]), str(data["outcome"])
    if data["format"] != FORMAT or len(data["signposts"]) > MOST:
        raise ValueError(FORMAT)
    listed = {one.name: one for one in candidates(scenario, by)}
    given = data.get(PROVENANCE)
    provenance = {
        "scenario_hash": str(data["asked_scenario_hash"]),
        "versions": {"relsim-ir": str(data["versions"]["relsim-ir"])},
    }
    return Signposts(
        scenario=scenario,
        outcome=outcome,
        by=by,
        probability=_estimate(data["probability"]),
        signposts=tuple(_signpost(one, listed[one["signpost"]]) for one in data["signposts"]),
        candidates=int(data["candidates"]),
        settled=_share(data["settled"]),
        condition=None if given is None else str(_left(given)),
        seed=int(data["seed"]),
        runs=int(data["runs"]),
        draws=int(data["draws"]),
        failures=(),
        provenance=provenance,
        elapsed_seconds=float(data["elapsed_seconds"]),
    )


def _left(data: Mapping[str, Any]) -> Left:
    numbers = int(data["runs"]), int(data["of_runs"]), int(data["draws"])
    return Left(str(data["condition"]), *numbers, float(data["effective_draws"]))


def _signpost(data: Mapping[str, Any], candidate: Candidate) -> Signpost:
    seen, unseen = _estimate(data["seen"]), _estimate(data["unseen"])
    why_not = str(data["why_not_done"] or "")
    if len(why_not) > MOST:
        raise ValueError("why_not_done")
    information = Information(
        _share(data["share"]), seen.value, unseen.value,
        *_with_ends(data, "bits"), *_with_ends(data, "likelihood_ratio"),
        *_with_ends(data, "likelihood_ratio_unseen"), _share(data["p_value"]),
    )  # fmt: skip
    doing = None if data["doing"] is None else _doing(data["doing"])
    return Signpost(candidate, information, seen, unseen, doing, why_not)


def _with_ends(data: Mapping[str, Any], name: str) -> tuple[float, tuple[float, float]]:
    low, high = data[f"{name}_interval_90"]
    return float(data[name]), (float(low), float(high))


def _doing(data: Mapping[str, Any]) -> Doing:
    effect = Difference.from_json(data["effect"])
    if not (-1 <= effect.value <= 1 and 0 < effect.mc_error <= 1):
        raise ValueError("effect")
    return Doing(
        usual=_estimate(data["usual"]),
        forced=_estimate(data["forced"]),
        prevented=None if data["prevented"] is None else _estimate(data["prevented"]),
        effect=effect,
        share_forced=_share(data["share_forced"]),
        share_prevented=_share(data["share_prevented"]),
        since=date.fromisoformat(data["since"]),
    )


def _estimate(data: Mapping[str, Any]) -> Estimate:
    """An estimate that can be one."""
    found = Estimate.from_json(data)
    for number in (found.value, *found.mc_bounds):
        _share(number)
    if not 0 < found.mc_error <= 1:
        raise ValueError("mc_error")
    return found


def _share(number: object) -> float:
    value = float(number)  # type: ignore[arg-type]  # TypeError is what is wanted
    if not 0 <= value <= 1:
        raise ValueError(number)
    return value
