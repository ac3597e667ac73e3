"""Sections about what is done and asked: the move catalogue, the calendar, outcomes, forecasts."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from relsim import cameo
from relsim.errors import RelsimError
from relsim.lexicons.meaning import Points
from relsim.lexicons.phrases import read_phrase
from relsim.scenario.actors import LogOdds, PerYear, Share, Weeks
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.fields.section import Claims, Date, Findings, Flag, Name, Section
from relsim.scenario.fields.values import Origin

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
        with Findings() as found:
            effects = JOINT_EFFECTS if self.joint else EFFECT_NAMES
            found.check_name(self.effect, effects, "effect", what="effect")
            if (self.effect in TREATY_EFFECTS) != (self.treaty is not None):
                words = " or ".join(TREATY_EFFECTS)
                wish = f"a move with effect {words} names its treaty, and no other does"
                found.add(wish, "treaty")
            if (self.effect == "expel") != (self.mass_share is not None):
                wish = "a move with effect expel has a mass_share, and no other does"
                found.add(wish, "mass_share")
            if (self.effect == "propose") != (self.proposes is not None):
                wish = "a move with effect propose says what it proposes, no other does"
                found.add(wish, "proposes")
            for key in ("includes", "preparation"):
                if getattr(self, key) is not None and not self.joint:
                    found.add("goes with a joint move", key)
            if self.joint and (self.rate or self.answered or self.expresses):
                wish = "a joint move is not chosen: it has no rate, answered, expresses"
                found.add(wish, "joint")
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
        with Findings() as found:
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
        return self


# What the engine reports beside the moves of the catalogue, and of whom and what.
DEEDS = {
    "negotiation_round": "a session of talks",
    "summit": "the leaders met in person, with or without a document",
    "summit_with_document": "the same, with a joint document; reported beside `summit`",
    "agreement": "a signed text or a jointly sponsored agreement; of the issue",
    "arms_text": "an arms-control text signed, extended or brought into force",
    "new_arms_agreement": "a new binding text on arms signed; reported beside `agreement`",
    "treaty_exit_notice": "a party announced that it leaves; by the party, of the treaty",
    "treaty_left": "a party's exit took effect; by the party, of the treaty",
    "treaty_expired": "a treaty ended on its date; of the treaty",
    "mass_expulsion": "twenty or more diplomats expelled at once; by the expelling side",
    "ladder_rise": "the escalation ladder rose; of the rung reached",
    "ladder_fall": "the escalation ladder fell; of the rung reached",
    "protest_attempt": "mass protest that aims at the government; by the country's actor",
    "overthrow": "the head of government left within 30 days of it; by the country's actor",
    "project_completed": "a project was completed; of the project",
    "proposal_lapsed": "a proposal was not answered in time; by the proposer, of talks or summit",
    "talks_opened": "talks convened; of the issue",
    "talks_called_off": "prepared talks did not convene",
    "meeting_called_off": "a prepared leaders' meeting was not held",
    "talks_broken_down": "talks ended without agreement",
    "collision": "the two collided in a region; of the region",
    "opening": "a shared issue opened a chance to work together; of the issue",
    "treaty_suspended": "a party no longer keeps to a treaty; by the party, of the treaty",
    "treaty_in_force": "a treaty entered into force on its date; of the treaty",
    "treaty_kept": "a text ended a party's notice or suspension; by the party, of the treaty",
}

# What the recorder writes each week.
SERIES = {
    "index": "the relations index at the end of the week",
    "flow": "the week's net Goldstein flow of salient moves",
    "rung": "the rung of the escalation ladder at the end of the week",
    "hostile": "1 in a week with a strong hostile move, else 0",
    "cooperative": "1 in a week with a cooperative move, else 0",
}


class Outcome(Section):
    """A question about the term: met by a run or not, and if so on a day.

    Attributes
    ----------
    title : str
    resolves : str
        The resolution criterion, in words that a stranger could judge by.
    when : Condition
        The same, as a condition on the record of a run.
    claim : tuple of str
        Claims of the source that it stands for.
    source, reference, why : str or None
    """

    title: Annotated[str, Field(min_length=1)]
    resolves: Annotated[str, Field(min_length=1)]
    when: Condition
    claim: Claims = ()
    source: str | None = None
    reference: str | None = None
    why: str | None = None


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

    @property
    def points(self) -> Points:
        """5, 50 and 95% points of the probability meant: `means`, or else the lexicon's.

        Raises
        ------
        UnknownName
            If the lexicon has no number for the words.
        """
        return self.means or read_phrase(self.says, self.lexicon or "").points


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
