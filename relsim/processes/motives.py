"""The four motives of a choice, in log-odds from the reference state."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from relsim.array_types import Floats
from relsim.worlds.parameters import Parameters
from relsim.worlds.worlds import Worlds


@dataclass(frozen=True)
class MotiveTerms:
    """Parameters of the motives, and what does not change from week to week, added up."""

    stake: Floats
    belief_slope: Floats
    pressure_start: Floats
    engagement_start: Floats
    openings_value: Floats
    relief: Floats
    trust_value: Floats
    audience: Floats
    threat_cost: Floats
    retaliation: Floats
    hostility_saturation: Floats
    hostility_reference: Floats
    reciprocation: Floats
    goodwill_saturation: Floats
    goodwill_reference: Floats


def motive_terms(own: Mapping[str, Floats], parameters: Parameters) -> MotiveTerms:
    """Collect an actor's parameters; constants of each motive are folded together.

    `belief_felt` scales how far what was learned enters the utility: at 0 the belief is frozen
    there while its series goes on (the ablation of claim F4's cause).
    """
    stake, felt, e0 = own["stake"], own["belief_felt"], own["pressure_works"]
    return MotiveTerms(
        stake=stake,
        belief_slope=stake * felt,
        pressure_start=stake * (e0 * (1 - felt) - own["breakeven"]),
        engagement_start=own["gain"]
        - parameters["dyad.rivalry"]
        - own["openings_value"] * own["reference.openings"]
        - own["relief"] * own["reference.hardship"]
        - own["trust_value"] * own["reference.trust"],
        openings_value=own["openings_value"],
        relief=own["relief"],
        trust_value=own["trust_value"],
        audience=own["audience"],
        threat_cost=own["threat_cost"],
        retaliation=own["negative_reciprocity"],
        hostility_saturation=own["hostility_saturation"],
        hostility_reference=own["negative_reciprocity"] * own["reference.hostility"],
        reciprocation=own["positive_reciprocity"],
        goodwill_saturation=own["goodwill_saturation"],
        goodwill_reference=own["positive_reciprocity"] * own["reference.goodwill"],
    )


def saturation(x: Floats, half: Floats, out: Floats | None = None) -> Floats:
    """psi(x; s) = x / (x + s), for x ≥ 0."""
    result: Floats = np.divide(x, x + half, out=out)
    return result


def motives(
    worlds: Worlds, actor: int, terms: MotiveTerms, pressure_works: Floats, trust: Floats
) -> Floats:
    """Pressure, engagement, retaliation, reciprocation; float32, shape (4, runs).

    `pressure_works` and `trust` are the actor's beliefs, shape (runs,).
    """
    out = np.empty((4, worlds.width), dtype=np.float32)
    pressure, engagement, retaliation, reciprocation = out  # filled in place: many runs
    np.multiply(terms.belief_slope, pressure_works, out=pressure)
    pressure += terms.pressure_start
    np.multiply(terms.openings_value, worlds.openings.sum(axis=0), out=engagement)
    engagement += terms.engagement_start
    engagement += terms.relief * worlds.hardship[actor]
    engagement += terms.trust_value * trust
    engagement -= terms.audience * worlds.constraint[actor]
    engagement -= terms.threat_cost * worlds.committed[actor]
    engagement -= worlds.election[actor]
    saturation(worlds.hostility[actor], terms.hostility_saturation, out=retaliation)
    retaliation *= terms.retaliation
    retaliation -= terms.hostility_reference
    saturation(worlds.goodwill[actor], terms.goodwill_saturation, out=reciprocation)
    reciprocation *= terms.reciprocation
    reciprocation -= terms.goodwill_reference
    return out
