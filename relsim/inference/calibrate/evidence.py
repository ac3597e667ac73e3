"""What joint draws have learned from: the same forecast must not weigh them a second time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from relsim.errors import UsageError
from relsim.inference.calibrate.forecasts import Said
from relsim.scenario.files.joint_draws import Evidence
from relsim.scenario.schema import Scenario

__all__ = ["FORECASTS", "check_new", "evidence_of"]

FORECASTS = "forecasts"


def evidence_of(said: Said, how: str = "") -> Evidence:
    """A forecast as evidence; its hash is of what it is about and of the probability meant."""
    content = json.dumps([said.outcome, said.given, list(said.points)])
    digest = hashlib.sha256(content.encode()).hexdigest()
    text = f"forecast {said.name} ({said.says}), used {how}".rstrip()
    return Evidence(kind=FORECASTS, name=said.name, text=text, hash=digest)


def check_new(scenario: Scenario, forecasts: Iterable[Said]) -> None:
    """Raise UsageError if the scenario's joint draws may have learned from a forecast already."""
    if scenario.draws is None:
        return
    held = scenario.draws.evidence
    if not held:
        raise UsageError(
            f"{scenario.name} holds joint draws already, and their file does not say (under "
            "draws.evidence) what they have learned from: to calibrate it might count the same "
            "forecasts twice; calibrate the scenario that it extends"
        )
    twice = [one.text for said in forecasts for one in held if one.same_as(evidence_of(said))]
    if twice:
        raise UsageError(
            f"{scenario.name} holds joint draws already that have learned from "
            f"{'; '.join(twice)}: to calibrate it again would count the same forecasts twice; "
            "calibrate the scenario that it extends, or leave out these forecasts"
        )
