"""Sections of a scenario about who acts: actors, third parties, the dyad, internal order."""

from typing import Annotated

from pydantic import model_validator

from relsim.scenario.fields.section import Date, Findings, Name, Section
from relsim.scenario.fields.values import Number, Value

# Rules by which an actor may choose; a test holds this list against the engine's table.
RULE_NAMES = (
    "logit", "expected_utility", "tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift",
    "grit", "scripted", "always_hold",
)  # fmt: skip
SCRIPTED = "scripted"
RULE_GROUP = "relsim.rules"  # entry points of packages that bring rules

LogOdds = Annotated[Value, Number("log-odds")]
Strength = Annotated[Value, Number("log-odds", minimum=0)]
Share = Annotated[Value, Number("share")]
Trials = Annotated[Value, Number("trials", positive=True)]
Weeks = Annotated[Value, Number("weeks", positive=True)]
Points = Annotated[Value, Number("goldstein", minimum=0)]
SomePoints = Annotated[Value, Number("goldstein", positive=True)]
Rounds = Annotated[Value, Number("rounds", minimum=0)]
SomeRounds = Annotated[Value, Number("rounds", positive=True)]
PercentOfGdp = Annotated[Value, Number("percent of GDP", minimum=0)]
Days = Annotated[Value, Number("days", fixed=True, whole=True, positive=True)]
Weight = Annotated[Value, Number("1")]
PerYear = Annotated[Value, Number("per year", minimum=0)]


class Reference(Section):
    """The reference state at which an actor follows its routine; the motives are centred on it."""

    hostility: Share
    goodwill: Share
    hardship: PercentOfGdp
    trust: Share
    openings: Annotated[Value, Number("openings", minimum=0)]


class Season(Section):
    """A span of days before an election in which warmth towards the other side costs more."""

    begins: Date
    ends: Date
    why: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Season":
        if self.ends <= self.begins:
            with Findings() as found:
                found.add(f"must be after begins ({self.begins}; got {self.ends})", "ends")
        return self


class ScriptedMove(Section):
    """A move of a scripted actor, made at its first review from that date on that allows it."""

    date: Date
    move: Name
    why: str | None = None


class Actor(Section):
    """A government: how often it reviews, what it wants, believes, remembers and suffers."""

    name: str
    rule: Name = "logit"
    script: tuple[ScriptedMove, ...] = ()
    review_every: Days
    first_review: Annotated[Value, Number("days", fixed=True, whole=True, minimum=0)]

    # Pressure: stake · (belief that it works − breakeven).
    stake: Strength
    breakeven: Share
    pressure_works: Share
    pressure_trials: Trials
    learning_rate: Annotated[Value, Number("trials", minimum=0)]
    belief_half_life: Weeks
    trial_window: Annotated[Value, Number("weeks", fixed=True, whole=True, positive=True)]
    belief_felt: Share

    # Engagement.
    gain: LogOdds
    openings_value: Strength
    relief: Annotated[Value, Number("log-odds per percent of GDP", minimum=0)]
    trust_value: Strength
    audience: Strength
    threat_cost: Strength
    threat_half_life: Weeks
    constraint_relaxation: Weeks
    election_weight: LogOdds
    elections: tuple[Season, ...] = ()

    # The belief that cooperation is reciprocated.
    trust: Share
    trust_trials: Trials
    trust_rate: Annotated[Value, Number("trials", minimum=0)]
    trust_half_life: Weeks
    trust_window: Weeks

    # Reciprocity and memory.
    negative_reciprocity: Strength
    positive_reciprocity: Strength
    memory_half_life: Weeks
    hostility_saturation: SomePoints
    goodwill_saturation: SomePoints
    hostility_at_start: Points
    goodwill_at_start: Points
    debt_half_life: Weeks
    momentum: Strength | None = None
    momentum_half_life: Weeks | None = None
    momentum_reference: Annotated[Value, Number("moves", minimum=0)] | None = None

    # Sanctions, as sender and as target.
    sanctions_stock: Rounds
    round_half_life: Weeks
    bite_saturation: SomeRounds
    bite_alone: Share = Number("share").parse(1)
    exposure: PercentOfGdp
    hardship_lag: Weeks

    reference: Reference

    @model_validator(mode="after")
    def _momentum_fades(self) -> "Actor":
        if (self.momentum is None) != (self.momentum_half_life is None):
            with Findings() as found:
                found.add("momentum and momentum_half_life go together", "momentum")
        if self.momentum_reference is not None and self.momentum is None:
            with Findings() as found:
                found.add("goes with momentum", "momentum_reference")
        return self


class ThirdParty(Section):
    """A party around the dyad: it supports a sender of sanctions, or aligns with their target."""

    name: str
    supports: Name | None = None
    aligns_with: Name | None = None
    level: Share
    floor: Share
    ceiling: Share
    pull: Share
    half_life: Weeks

    @model_validator(mode="after")
    def _one_role(self) -> "ThirdParty":
        if (self.supports is None) == (self.aligns_with is None):
            with Findings() as found:
                found.add("must have one of supports and aligns_with")
        return self


class Dyad(Section):
    """What both sides share: the standing rivalry, a lasting cost of engagement."""

    rivalry: LogOdds


class InternalOrder(Section):
    """Mass-protest attempts against a government, and their success."""

    attempt_rate: PerYear
    hardship_weight: Annotated[Value, Number("log-odds per percent of GDP")]
    constraint_weight: LogOdds
    success: Share
    support: Share
    support_usual: Share
    support_lost: Annotated[Value, Number("share per percent of GDP")]
    support_weight: Strength


def installed_rule_names() -> tuple[str, ...]:
    """Names of the rules that installed packages bring; looking for them takes a while."""
    from importlib.metadata import entry_points

    return tuple(sorted({entry.name for entry in entry_points(group=RULE_GROUP)}))
