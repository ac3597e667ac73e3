"""Sections of a scenario about the world: talks, treaties, issues, regions, projects, ladder."""

from typing import Annotated, Literal

from pydantic import model_validator

from relsim.scenario.actors import LogOdds, PerYear, Points, Share, Strength, Trials, Weeks, Weight
from relsim.scenario.fields.section import Claims, Date, Findings, Flag, Name, Section, Whole
from relsim.scenario.fields.values import Number, Value

Sigma = Annotated[Value, Number("1", minimum=0)]
Factor = Annotated[Value, Number("1", positive=True)]
PerWeek = Annotated[Value, Number("share")]


class Talks(Section):
    """How proposals become talks, talks rounds, and rounds agreements."""

    proposal_lifetime: Weeks
    preparation: Weeks
    round_every: Weeks
    summit_preparation: Weeks
    summit_held: Share
    document_offset: LogOdds
    responsiveness: Strength
    trust_weight: Weight
    hostility_weight: Weight
    goodwill_weight: Weight
    rivalry_weight: Weight
    agreement_trials: Trials
    chill_half_life: Weeks
    chill_weight: Strength
    ratification: Weeks
    summit_relief: Strength | None = None
    summit_relief_half_life: Weeks | None = None

    @model_validator(mode="after")
    def _relief_fades(self) -> "Talks":
        if (self.summit_relief is None) != (self.summit_relief_half_life is None):
            with Findings() as found:
                wish = "summit_relief and summit_relief_half_life go together"
                found.add(wish, "summit_relief")
        return self


class Party(Section):
    """Where a party stands in a treaty at the start, and an exit it has announced."""

    status: Literal["in_force", "notice_given", "left"] = "in_force"
    announced: Date | None = None
    leaves_after: Weeks | None = None
    why: str | None = None

    @model_validator(mode="after")
    def _known(self) -> "Party":
        with Findings() as found:
            pending = self.status == "notice_given"
            if pending and (self.announced is None or self.leaves_after is None):
                found.add("notice_given needs announced and leaves_after", "status")
            if not pending and (self.announced or self.leaves_after):
                found.add("announced and leaves_after go with status notice_given", "status")
        return self


class Treaty(Section):
    """A treaty between the two sides: who is in it, from when until when, and how one leaves.

    Before `in_force_from` nobody is in it, and nobody can leave.
    """

    name: str
    parties: dict[Name, Party]
    in_force_from: Date | None = None
    expires: Date | None = None
    notice: Weeks | None = None
    saved_by_agreement: Share | None = None
    source: str | None = None
    claim: Claims = ()
    why: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Treaty":
        begins, ends = self.in_force_from, self.expires
        if begins is not None and ends is not None and ends <= begins:
            with Findings() as found:
                found.add(f"must be after in_force_from ({begins}; got {ends})", "expires")
        return self


class Issue(Section):
    """A subject of talks; a standing one is always open, the others as opportunities come."""

    name: str
    standing: Flag = False
    arms: Flag = False
    agenda: Weight
    opening_rate: PerYear
    opening_half_life: Weeks
    agreement_rate: PerYear
    breakdown_rate: PerYear


class Region(Section):
    """Where the two collide: rate, severity, and how far one collision brings others."""

    name: str
    rate: PerYear
    severity_low: Points
    severity_high: Points
    severity_sigma: Sigma | None = None
    felt: Share
    excitation: Share
    excitation_half_life: Weeks


class Bursts(Section):
    """Hot weeks that both sides share: hostile moves come more often, in calm weeks less often."""

    start: PerWeek
    multiplier: Factor
    length: Weeks


class Project(Section):
    """Something that one side builds and the other would stop."""

    name: str
    builder: Name
    opposed_by: Name
    progress: Share
    pace: PerWeek
    disruption: Share
    delay: Weeks
    abandonment: PerYear


class Ladder(Section):
    """The escalation ladder: weekly chances up and down; the last rung is direct war."""

    rungs: tuple[str, ...]
    rupture_at: Whole
    posture_chance: Share
    collision_chance: Share
    momentum: Share
    harder: Share
    settling: Share

    @model_validator(mode="after")
    def _reachable(self) -> "Ladder":
        with Findings() as found:
            if not 3 <= len(self.rungs) <= 20:
                found.add(f"must name 3 to 20 rungs (got {len(self.rungs)})", "rungs")
            elif not 0 < self.rupture_at < len(self.rungs):
                wish = f"must be 1 to {len(self.rungs) - 1}"
                found.add(f"{wish} (got {self.rupture_at})", "rupture_at")
        return self


class Index(Section):
    """The relations index: a weighted mean of past weekly net Goldstein flows."""

    half_life: Weeks
    start: Annotated[Value, Number("goldstein")]
