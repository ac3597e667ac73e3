"""Sections of a scenario about what is done: the move catalogue, the calendar, forecasts."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from relsim import cameo
from relsim.errors import RelsimError
from relsim.scenario.actors import LogOdds, PerYear, Share, Weeks
from relsim.scenario.numbers.values import Origin
from relsim.scenario.section import Claims, Date, Findings, Flag, Name, Section

# Effects that the engine knows; a test holds this list against the engine's table.
EFFECT_NAMES = (
    "none", "threat", "sanction", "ease", "expel", "posture", "leave", "suspend",
    "propose_talks", "propose_summit", "reject", "accept", "suspend_treaty", "propose",
)  # fmt: skip
JOINT_EFFECTS = ("none", "agree")
TREATY_EFFECTS = ("leave", "suspend_treaty")
DRIVER_NAMES = ("pressure", "engagement", "retaliation", "reciprocation")


class Expresses(Section):
    """A row of W: how far a move expresses each motive of choice (fixed numbers, no draws)."""

    pressure: float
    engagement: float
    retaliation: float
    reciprocation: float


class MoveSpec(Section):
    """One row of the catalogue: code, class, effect, routine rate and row of W of a move."""

    cameo: str
    kind: Literal["strong_hostile", "hostile", "neutral", "cooperative"] = Field(alias="class")
    effect: str = "none"
    treaty: Name | None = None
    proposes: Name | None = None
    joint: Flag = False
    includes: Name | None = None
    preparation: Weeks | None = None
    felt: Annotated[float, Field(ge=0, le=1)] = 1.0
    concession: Annotated[float, Field(ge=0, le=1)] = 0.0
    expresses: Expresses | None = None
    rate: dict[Name, Annotated[PerYear, "rate"]] = Field(default_factory=dict)
    answered: dict[Name, LogOdds] | None = None
    mass_share: Share | None = None
    source: str | None = None
    claim: Claims = ()
    why: str | None = None

    @field_validator("cameo", mode="before")
    @classmethod
    def _code(cls, written: object) -> object:
        if not isinstance(written, str):
            raise ValueError(f'must be a quoted CAMEO code such as "036" (got {written!r:.40})')
        if written:
            try:
                cameo.goldstein(written)
            except RelsimError as error:
                raise ValueError(str(error)) from None
        return written

    @model_validator(mode="after")
    def _whole(self) -> "MoveSpec":
        found = Findings()
        effects = JOINT_EFFECTS if self.joint else EFFECT_NAMES
        if self.effect not in effects:
            found.unknown(self.effect, effects, "effect", what="effect")
        if (self.effect in TREATY_EFFECTS) != (self.treaty is not None):
            words = " or ".join(TREATY_EFFECTS)
            found.add(f"a move with effect {words} names its treaty, and no other does", "treaty")
        if (self.effect == "expel") != (self.mass_share is not None):
            found.add("a move with effect expel has a mass_share, and no other does", "mass_share")
        if (self.effect == "propose") != (self.proposes is not None):
            found.add("a move with effect propose says what it proposes, no other does", "proposes")
        for key in ("includes", "preparation"):
            if getattr(self, key) is not None and not self.joint:
                found.add("goes with a joint move", key)
        if self.joint and (self.rate or self.answered or self.expresses):
            found.add("a joint move is not chosen: it has no rate, answered, expresses", "joint")
        found.done()
        return self

    @property
    def weight(self) -> float:
        """Goldstein weight of the code (GDELT table); 0 for a move without a code (hold)."""
        return cameo.goldstein(self.cameo) if self.cameo else 0.0

    def expression(self) -> tuple[float, float, float, float]:
        """The row of W; zeros for hold."""
        row = self.expresses
        if row is None:
            return (0.0, 0.0, 0.0, 0.0)
        return (row.pressure, row.engagement, row.retaliation, row.reciprocation)


class CalendarEntry(Section):
    """Something dated: a move (joint without an actor), a collision, a note, a change of numbers.

    A `collision` names its region and has a `severity`; with an `actor` it is force that this side
    used against a third party, which the other side alone remembers.

    What `set` draws keeps its parameter's random stream, so that a changed world stays paired with
    the unchanged one, unless it is `drawn_anew`. A `new_government` starts from its own priors.
    """

    date: Date
    actor: Name | None = None
    move: Name | None = None
    collision: Name | None = None
    severity: Annotated[float, Field(ge=0)] | None = None
    note: str | None = None
    set: dict[str, float | str | dict[str, str | float]] | None = None
    drawn_anew: Flag = False
    new_government: Name | None = None
    source: str | None = None
    claim: Claims = ()
    why: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "CalendarEntry":
        found = Findings()
        if not (self.move or self.collision or self.note or self.set or self.new_government):
            found.add("must have a move, a collision, a note, a set or a new_government")
        if self.move and self.collision:
            found.add("is an entry of its own: give it the same date", "collision")
        if (self.collision is None) != (self.severity is None):
            found.add("collision and severity go together", "severity")
        if self.drawn_anew and not self.set:
            found.add("goes with set", "drawn_anew")
        if self.actor is not None and self.move is None and self.collision is None:
            found.add("an actor needs a move or a collision", "actor")
        found.done()
        return self


class Forecast(Section):
    """A forecast of a source: its words of likelihood for an outcome, and what they mean."""

    outcome: Name | None = None
    given: Name | None = None
    says: str
    lexicon: str | None = None
    means: tuple[float, float, float] | None = None
    source: str
    claim: Claims = ()
    why: str

    @field_validator("means")
    @classmethod
    def _rising(cls, means: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if means is not None and not 0 < means[0] < means[1] < means[2] < 1:
            raise ValueError(f"must be three rising probabilities, 5, 50, 95% (got {means})")
        return means


class Source(Section):
    """A work that the scenario rests on."""

    title: str
    author: str | None = None
    date: Date | None = None
    year: int | None = None
    where: str | None = None
    origin: Origin | None = None
    claims: dict[str, str] = Field(default_factory=dict)
    aside: dict[str, str] | None = None
